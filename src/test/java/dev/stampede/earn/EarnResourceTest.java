package dev.stampede.earn;

import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.matchesPattern;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.http.Api;
import dev.stampede.http.Sandbox;
import dev.stampede.support.Backends;
import dev.stampede.support.BackendsResource;
import dev.stampede.support.TestProgram;
import io.quarkus.test.common.TestResourceScope;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(value = BackendsResource.class, scope = TestResourceScope.GLOBAL)
@Tag("servers")
class EarnResourceTest {

    @Test
    void anAmountIsPricedAndExplained() {
        Api api = Api.fresh();
        String on = YearMonth.from(LocalDate.now(ZoneOffset.UTC).plusMonths(12))
                .atEndOfMonth()
                .toString();
        String key = Api.key();
        Instant yesterday = Instant.now().minus(1, ChronoUnit.DAYS).truncatedTo(ChronoUnit.SECONDS);

        api.post(
                        "earn",
                        key,
                        "{\"amount\":\"42.50\",\"currency\":\"EUR\",\"reference\":\"r-1\",\"channel\":\"till\","
                                + "\"occurredAt\":\"" + yesterday.atOffset(ZoneOffset.ofHours(1))
                                + "\",\"note\":\"hello\","
                                + "\"store\":\"s-17\","
                                + "\"items\":[{\"sku\":\"coffee\",\"quantity\":\"2\",\"amount\":\"5.00\"},"
                                + "{\"amount\":\"3\",\"categories\":[\"b\",\"a\"]}]}")
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
                .body("explanation[0].rule", equalTo("base:base"))
                .body("explanation[0].points", equalTo(42))
                .body("explanation[0].text", equalTo("42.50 EUR x 1 = 42.5, rounded down"))
                .body("hold", nullValue())
                .body("reverses", nullValue())
                .body("occurredAt", equalTo(yesterday.toString()))
                .body("channel", equalTo("till"))
                .body("note", equalTo("hello"))
                .body("amount", equalTo("42.50"))
                .body("currency", equalTo("EUR"))
                .body("store", equalTo("s-17"))
                .body("items.sku", contains("coffee", null))
                .body("items[0].quantity", equalTo("2"))
                .body("items[1].amount", equalTo("3"))
                .body("items[1].categories", contains("b", "a"))
                .body("balance.available", equalTo(42))
                .body("balance.expiring[0].points", equalTo(42))
                .body("balance.version", equalTo(1))
                .body("createdAt", matchesPattern("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z"));
        api.get().then().statusCode(200);
    }

    @Test
    void anAmountMayBeWorthNothing() {
        Api api = Api.fresh();

        api.post("earn", "{\"amount\":\"0.99\",\"currency\":\"EUR\"}")
                .then()
                .statusCode(201)
                .body("points", equalTo(0))
                .body("explanation[0].points", equalTo(0));
        api.get().then().statusCode(200).body("available", equalTo(0)).body("expiring", hasSize(0));
    }

    /** A receipt that was paid by voucher is a purchase, too; so is a line that is free. */
    @Test
    void anAmountMayBeZero() {
        Api api = Api.fresh();

        api.post("earn", "{\"amount\":\"0.00\",\"currency\":\"EUR\",\"items\":[{\"sku\":\"gift\",\"amount\":\"0\"}]}")
                .then()
                .statusCode(201)
                .body("points", equalTo(0))
                .body("amount", equalTo("0.00"))
                .body("items[0].amount", equalTo("0"));
        api.post("earn", "{\"points\":0}").then().statusCode(400).body("code", equalTo("invalid_amount"));
        api.post("redeem", "{\"amount\":\"0.00\",\"currency\":\"EUR\"}")
                .then()
                .statusCode(400)
                .body("code", equalTo("invalid_amount"));
    }

    /** A program of one rate, whose points are known before the member is, checks lines as any other does. */
    @Test
    void linesHaveTheAttributesThatTheProgramDeclares() throws Exception {
        String attributes = "\"attributes\":{\"origin\":\"%s\"}";
        String line = "\"items\":[{\"amount\":\"3.00\"," + attributes + "}]";
        List<String> bodies = List.of("{" + line + "}", "{\"points\":5," + line + "}");
        try (Sandbox sandbox = Sandbox.of("demo", "2026-12-01T12:00:00Z").published()) {
            Api api = sandbox.account("m");
            for (String body : bodies) {
                api.post("earn", body.formatted("Assam"))
                        .then()
                        .statusCode(422)
                        .body("code", equalTo("unknown_attribute"));
            }
            api.get().then().statusCode(404);
            sandbox.with("itemAttributes", "[{'id':'origin','type':'code','maxLength':5}]")
                    .published();
            for (String body : bodies) {
                api.post("earn", body.formatted("Assam"))
                        .then()
                        .statusCode(201)
                        .body("items[0].attributes.origin", equalTo("Assam"));
                api.post("earn", body.formatted("Darjeeling"))
                        .then()
                        .statusCode(400)
                        .body("code", equalTo("invalid_amount"));
            }
        }
    }

    /** The day of a lot is counted from today, in the zone in which days end now: not from that of the purchase. */
    @Test
    void theLotOfALatePurchaseCountsFromTheLocalDayOfNow() throws Exception {
        try (Sandbox sandbox = Sandbox.of("demo", "2026-11-30T08:00:00Z").published()) {
            sandbox.moveTo("2026-11-30T12:00:00Z");
            sandbox.with("timeZone", "'Pacific/Auckland'").published(); // where it is 1 December
            Api api = sandbox.account("m");
            for (String promotions : List.of("[]", "[{'id':'five','name':'Five','give':{'points':5}}]")) {
                sandbox.with("promotions", promotions).published();
                api.post(
                                "earn",
                                "{\"amount\":\"5.00\",\"currency\":\"EUR\","
                                        + "\"occurredAt\":\"2026-11-30T09:00:00Z\"}")
                        .then()
                        .statusCode(201)
                        .body("programVersion", equalTo(1))
                        .body("entries[0].lots.on", contains("2027-12-31"));
            }
        }
    }

    @Test
    void aReceiptMayHaveReturnsAndWeighedGoodsAndManyLines() {
        Api api = Api.fresh();
        String lines = "{\"sku\":\"bottle-return\",\"quantity\":\"8\",\"amount\":\"-2.00\"},"
                + "{\"sku\":\"gift\",\"quantity\":\"1\",\"amount\":\"0.00\"},"
                + "{\"sku\":\"cheese\",\"quantity\":\"0.453\",\"amount\":\"9.06\"},"
                + "{\"sku\":\"screws\",\"quantity\":\"999999.999\",\"amount\":\"1\"},"
                + "{\"amount\":\"0\",\"sku\":null}"
                + ",{\"sku\":\"line\",\"quantity\":\"1.0\",\"amount\":\"0.00\"}".repeat(495);
        String key = Api.key();

        var answer = api.post("earn", key, "{\"points\":5,\"items\":[" + lines + "]}")
                .then()
                .statusCode(201)
                .body("items", hasSize(500))
                .body("items[0].amount", equalTo("-2.00"))
                .body("items[1].amount", equalTo("0.00"))
                .body("items[4].sku", nullValue())
                .extract()
                .asString();

        for (String line : List.of(
                "{\"sku\":\"bottle-return\",\"quantity\":\"8\",",
                "{\"sku\":\"cheese\",\"quantity\":\"0.453\",",
                "{\"sku\":\"screws\",\"quantity\":\"999999.999\",",
                "{\"amount\":\"0\"}",
                "{\"sku\":\"line\",\"quantity\":\"1.0\",")) {
            assertTrue(answer.contains(line), line);
        }
        // 1 is 1.0: the same receipt
        String again = lines.replace("\"1.0\"", "\"1\"").replace(",\"sku\":null", "");
        assertEquals(
                answer,
                api.post("earn", key, "{\"points\":5,\"items\":[" + again + "]}")
                        .then()
                        .statusCode(200)
                        .extract()
                        .asString());
    }

    @Test
    void aFieldThatIsNullIsNotThere() {
        Api api = Api.fresh();
        String key = Api.key();

        api.post(
                        "earn",
                        key,
                        "{\"points\":5,\"amount\":null,\"currency\":null,\"reference\":null,\"note\":null,"
                                + "\"occurredAt\":null,\"channel\":null,\"items\":null}")
                .then()
                .statusCode(201);
        api.post("earn", key, "{\"points\":5}").then().statusCode(200);
        api.post("earn", "{\"points\":null}").then().statusCode(400).body("code", equalTo("malformed"));
        String hold = api.post("holds", "{\"points\":2,\"ttlSeconds\":null}")
                .then()
                .statusCode(201)
                .extract()
                .path("hold.id");
        api.post("holds/" + hold + "/capture", "{\"points\":null}")
                .then()
                .statusCode(201)
                .body("hold.captured", equalTo(2));
    }

    @Test
    void aNoteMayHaveLinesAndIsCountedInCharacters() {
        Api api = Api.fresh();
        String note = "a\\tb\\r\\nc" + "\uD83D\uDE00".repeat(600);

        api.post("earn", "{\"points\":5,\"note\":\"" + note + "\"}")
                .then()
                .statusCode(201)
                .body("note", equalTo("a\tb\r\nc" + "\uD83D\uDE00".repeat(600)))
                .body("programVersion", equalTo(1));
        api.get("operations")
                .then()
                .statusCode(200)
                .body("items[0].note", equalTo("a\tb\r\nc" + "\uD83D\uDE00".repeat(600)))
                .body("items[0].programVersion", equalTo(1));
    }

    @Test
    void anEarnIsReplayed() {
        Api api = Api.fresh();
        String key = Api.key();
        Instant yesterday = Instant.now().minus(1, ChronoUnit.DAYS);
        String first = api.post(
                        "earn",
                        key,
                        "{\"points\":5,\"occurredAt\":\"" + yesterday.atOffset(ZoneOffset.ofHours(1)) + "\"}")
                .then()
                .statusCode(201)
                .extract()
                .asString();

        String again = api.post("earn", key, "{\"occurredAt\":\"" + yesterday + "\",\"points\":5}")
                .then()
                .statusCode(200)
                .header("Idempotency-Replayed", equalTo("true"))
                .extract()
                .asString();
        assertEquals(first, again);
        assertEquals(5, api.available());
    }

    /** A program that is one rate goes by the same rules as all others. */
    @Test
    void whatHappenedTooLongAgoOrLaterIsRefused() {
        Api api = Api.fresh();
        String purchase = "{\"amount\":\"5.00\",\"currency\":\"EUR\",\"occurredAt\":\"%s\"}";
        String tooLate = purchase.formatted(Instant.now().minus(32, ChronoUnit.DAYS));
        for (String at : new String[] {tooLate, purchase.formatted(Instant.now().plusSeconds(30))}) {
            api.post("earn", at).then().statusCode(422).body("code", equalTo("occurred_at_out_of_range"));
        }
        api.get().then().statusCode(404);
        api.post("earn", purchase.formatted(Instant.now().minus(31, ChronoUnit.DAYS)))
                .then()
                .statusCode(201)
                .body("points", equalTo(5));
    }

    @Test
    void aPurchaseIsPricedAsTheProgramWasThen() throws Exception {
        try (Sandbox sandbox = Sandbox.of("demo", "2026-12-01T12:00:00Z").published()) {
            sandbox.moveTo("2026-12-02T12:00:00Z");
            sandbox.with("/earn/0/rate/points", "3").published();
            Api api = sandbox.account("m");
            String purchase = "{\"amount\":\"5.00\",\"currency\":\"EUR\"%s}";
            api.post("earn", purchase.formatted("")).then().statusCode(201).body("points", equalTo(15));
            api.post("earn", purchase.formatted(",\"occurredAt\":\"2026-12-02T11:59:59Z\""))
                    .then()
                    .statusCode(201)
                    .body("programVersion", equalTo(1))
                    .body("points", equalTo(5));
            api.post("earn", purchase.formatted(",\"occurredAt\":\"2026-12-01T11:59:59Z\""))
                    .then()
                    .statusCode(422)
                    .body("code", equalTo("occurred_at_out_of_range"));
            // the rules of then had more than one rate, or those of now have
            String bonus = "[{'id':'five','name':'Five','give':{'points':5}}]";
            sandbox.moveTo("2026-12-03T12:00:00Z");
            sandbox.with("promotions", bonus).published();
            api.post("earn", purchase.formatted(",\"occurredAt\":\"2026-12-03T11:59:59Z\""))
                    .then()
                    .statusCode(201)
                    .body("programVersion", equalTo(2))
                    .body("points", equalTo(15));
            sandbox.moveTo("2026-12-04T12:00:00Z");
            sandbox.with("promotions", "[]").published();
            api.post("earn", purchase.formatted(",\"occurredAt\":\"2026-12-04T11:59:59Z\""))
                    .then()
                    .statusCode(201)
                    .body("programVersion", equalTo(3))
                    .body("points", equalTo(20));
        }
    }

    @Test
    void theLinesFitTheAmount() {
        Api api = Api.fresh();
        String purchase =
                "{\"amount\":\"5.00\",\"currency\":\"EUR\"," + "\"items\":[{\"amount\":\"%s\"},{\"amount\":\"%s\"}]}";
        api.post("earn", purchase.formatted("4.50", "0.51"))
                .then()
                .statusCode(400)
                .body("code", equalTo("invalid_amount"))
                .body("detail", equalTo("items cost more than amount."));
        api.post("earn", purchase.formatted("4.50", "0.501"))
                .then()
                .statusCode(400)
                .body("code", equalTo("invalid_amount"));
        api.post("earn", "{\"currency\":\"EUR\",\"items\":[{\"amount\":\"-1.00\"}]}")
                .then()
                .statusCode(400)
                .body("code", equalTo("invalid_amount"));
        api.post("earn", purchase.formatted("6.00", "-1.00"))
                .then()
                .statusCode(201)
                .body("points", equalTo(5));
    }

    @Test
    void aDryRunEnrolsNobody() {
        Api api = Api.fresh();

        api.keyed(Api.key())
                .body("{\"points\":5}")
                .post(api.path("earn?dryRun=true"))
                .then()
                .statusCode(200)
                .body("id", nullValue())
                .body("balance.available", equalTo(5));
        api.get().then().statusCode(404);
    }

    /** A program that delays, forgives, and enrols nobody by itself. */
    @Test
    void anotherProgramHasOtherRules() throws Exception {
        TestProgram.of("slow")
                .with("currency", "\"JPY\"")
                .with("earned", "3")
                .with("per", "\"200\"")
                .with("redeemed", "1")
                .with("expiry", "{\"type\": \"months\", \"months\": 1, \"end\": \"none\"}")
                .with("pendingDays", "3")
                .with("clawback", "\"forgive\"")
                .with("autoEnrol", "false")
                .insert(Backends.shared().postgres().jdbcUrl());
        Api api = Api.of("slow", Api.fresh().account());
        Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> api.put().statusCode() != 404);
        LocalDate today = LocalDate.now(ZoneOffset.UTC);

        Api.of("slow", Api.fresh().account())
                .post("earn", "{\"points\":5}")
                .then()
                .statusCode(404)
                .body("code", equalTo("account_not_found"));
        api.post("earn", "{\"amount\":\"1000.0\",\"currency\":\"JPY\"}")
                .then()
                .statusCode(400)
                .body("code", equalTo("invalid_amount"));
        api.post("earn", "{\"amount\":\"1000.00\",\"currency\":\"EUR\"}")
                .then()
                .statusCode(422)
                .body("code", equalTo("currency_mismatch"));
        String earn = api.post("earn", "{\"amount\":\"1150\",\"currency\":\"JPY\"}")
                .then()
                .statusCode(201)
                .body("points", equalTo(0))
                .body("entries[0].pending", equalTo(17))
                .body("entries[0].lots[0].on", equalTo(today.plusMonths(1).toString()))
                .body("availableOn", equalTo(today.plusDays(3).toString()))
                .body("explanation[0].text", equalTo("1150 JPY x 0.015 = 17.25, rounded down"))
                .body("balance.pending", equalTo(17))
                .body("balance.available", equalTo(0))
                .extract()
                .path("id");
        api.post("operations/" + earn + "/reverse", "{\"points\":7}")
                .then()
                .statusCode(201)
                .body("entries[0].pending", equalTo(-7))
                .body("balance.pending", equalTo(10))
                .body("balance.debt", equalTo(0));
    }
}
