package dev.stampede.k8s;

import static io.restassured.RestAssured.given;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.http.Api;
import dev.stampede.support.BackendsResource;
import dev.stampede.support.TestProgram;
import io.fabric8.openshift.api.model.monitoring.v1.PrometheusRule;
import io.fabric8.openshift.api.model.monitoring.v1.Rule;
import io.quarkus.test.common.TestResourceScope;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** An alert on a metric that isn't there never goes off. */
@QuarkusTest
@WithTestResource(value = BackendsResource.class, scope = TestResourceScope.GLOBAL)
@Tag("servers")
class AlertsTest {
    @TestHTTPResource(value = "/metrics", management = true)
    String metrics;

    /** The tests' gateway fetches no keys: {@code PublishedKeys}. */
    private static final String ONLY_WITH_AN_ISSUER = "stampede_jwks_age_seconds";

    /** Alerts and dashboards, but for what only some gateways have. */
    @Test
    void everyMetricIsExported() {
        Api.with(1).post("redeem", "{\"points\":1}").then().statusCode(201);
        given().contentType("application/json")
                .body(TestProgram.of("with-a-budget")
                        .sandbox("now")
                        .with("rewards", "[{\"id\":\"pan\",\"cost\":1,\"stock\":{\"total\":7}}]")
                        .document())
                .post("/v1/programs/with-a-budget/versions")
                .then()
                .statusCode(201);
        given().header("Authorization", "Bearer x").get("/v1/programs").then().statusCode(401);
        given().get("/v1/programs/nowhere").then().statusCode(404);
        String scrape = given().get(metrics).then().statusCode(200).extract().asString();
        Map<String, String> expressions = new TreeMap<>(Expressions.ofAlerts());
        expressions.putAll(Expressions.ofDashboards());
        expressions.forEach((where, expression) -> {
            List<Selector> selectors = Selector.of(expression);
            assertFalse(selectors.isEmpty(), where);
            for (Selector selector : selectors) {
                assertTrue(
                        selector.isIn(scrape) || ONLY_WITH_AN_ISSUER.equals(selector.metric()),
                        where + ": " + selector + " is not exported");
            }
        });
    }

    @Test
    void whatMustNotPassUnseenHasAnAlert() {
        List<Rule> rules = Manifests.of(Rendered.of("prod")).only(PrometheusRule.class).getSpec().getGroups().stream()
                .flatMap(group -> group.getRules().stream())
                .toList();
        Set<String> alerts = rules.stream().map(Rule::getAlert).collect(Collectors.toSet());
        assertEquals(rules.size(), alerts.size());
        assertTrue(alerts.containsAll(Set.of(
                "StampedeSealLag",
                "StampedeBreakerOpen",
                "StampedeDrift",
                "StampedeRedisAhead",
                "StampedeDiscards",
                "StampedeSlow",
                "StampedeAuthStale",
                "StampedeCriticalShed")));
    }
}
