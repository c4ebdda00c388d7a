package dev.stampede.earn;

import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.matchesPattern;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;

import dev.stampede.http.Api;
import dev.stampede.support.BackendsResource;
import io.quarkus.test.common.TestResourceScope;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.time.LocalDate;
import java.time.YearMonth;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(value = BackendsResource.class, scope = TestResourceScope.GLOBAL)
class EarnResourceTest {

    @Test
    void anAmountIsPricedAndExplained() {
        Api api = Api.fresh();
        String on = YearMonth.from(LocalDate.now(ZoneOffset.UTC).plusMonths(12))
                .atEndOfMonth()
                .toString();
        String key = Api.key();

        api.post(
                        "earn",
                        key,
                        "{\"amount\":\"42.50\",\"currency\":\"EUR\",\"reference\":\"r-1\",\"channel\":\"till\","
                                + "\"occurredAt\":\"2026-01-02T03:04:05+01:00\",\"note\":\"hello\","
                                + "\"items\":[{\"sku\":\"coffee\",\"quantity\":2,\"amount\":\"5.00\"},{\"sku\":\"tea\"}]}")
                .then()
                .statusCode(201)
                .contentType("application/json")
                .body("id", notNullValue())
                .body("type", equalTo("earn"))
                .body("account", equalTo(api.account()))
                .body("points", equalTo(42))
                .body("key", equalTo(key))
                .body("reference", equalTo("r-1"))
                .body("outcome", equalTo("ok"))
                .body("entries", hasSize(1))
                .body("entries[0].type", equalTo("earn"))
                .body("entries[0].points", equalTo(42))
                .body("entries[0].held", equalTo(0))
                .body("entries[0].lots[0].on", equalTo(on))
                .body("entries[0].lots[0].points", equalTo(42))
                .body("explanation", hasSize(1))
                .body("explanation[0].rule", equalTo("base"))
                .body("explanation[0].points", equalTo(42))
                .body("explanation[0].text", equalTo("42.50 EUR x 1 = 42.5, rounded down"))
                .body("hold", nullValue())
                .body("reverses", nullValue())
                .body("occurredAt", equalTo("2026-01-02T02:04:05Z"))
                .body("channel", equalTo("till"))
                .body("note", equalTo("hello"))
                .body("amount", equalTo("42.50"))
                .body("currency", equalTo("EUR"))
                .body("items.sku", contains("coffee", "tea"))
                .body("balance.available", equalTo(42))
                .body("balance.expiring[0].points", equalTo(42))
                .body("balance.version", equalTo(1))
                .body("createdAt", matchesPattern("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z"));
        api.get().then().statusCode(200);
    }
}
