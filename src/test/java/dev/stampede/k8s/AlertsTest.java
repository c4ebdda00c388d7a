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
import java.util.Set;
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

    private static List<Rule> rules() {
        return Manifests.of(Rendered.of("prod")).only(PrometheusRule.class).getSpec().getGroups().stream()
                .flatMap(group -> group.getRules().stream())
                .toList();
    }

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
        String scrape = given().get(metrics).then().statusCode(200).extract().asString();
        for (Rule rule : rules()) {
            List<Selector> selectors = Selector.of(rule.getExpr().getStrVal());
            assertFalse(selectors.isEmpty(), rule.getAlert());
            for (Selector selector : selectors) {
                assertTrue(selector.isIn(scrape), rule.getAlert() + ": " + selector + " is not exported");
            }
        }
    }

    @Test
    void whatMustNotPassUnseenHasAnAlert() {
        Set<String> alerts = rules().stream().map(Rule::getAlert).collect(Collectors.toSet());
        assertEquals(rules().size(), alerts.size());
        assertTrue(alerts.containsAll(Set.of(
                "StampedeSealLag",
                "StampedeBreakerOpen",
                "StampedeDrift",
                "StampedeRedisAhead",
                "StampedeDiscards",
                "StampedeSlow")));
    }
}
