package dev.stampede.http.server;

import static io.restassured.RestAssured.given;
import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.startsWith;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.stampede.http.Api;
import dev.stampede.http.RawHttp;
import dev.stampede.support.BackendsResource;
import dev.stampede.support.TestKey;
import io.quarkus.test.common.TestResourceScope;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Bodies, headers, ids and parameters that nobody should send. None moves a point, none is a 500. */
@QuarkusTest
@WithTestResource(value = BackendsResource.class, scope = TestResourceScope.GLOBAL)
@Tag("servers")
@Tag("long")
class HostileInputTest {
    private Api api;

    @BeforeEach
    void someAccount() {
        api = Api.with(1000);
    }

    private void refused(String below, String body, String code) {
        api.post(below, body)
                .then()
                .statusCode(400)
                .contentType("application/problem+json")
                .body("code", equalTo(code));
    }

    private void nothingMoved() {
        api.get().then().statusCode(200).body("available", equalTo(1000)).body("version", equalTo(1));
    }

    @Test
    void numbersThatAreNoPoints() {
        for (String points : new String[] {
            "0",
            "-1",
            "-0",
            "1.5",
            "1.0",
            "1e3",
            "1E400",
            "1e-400",
            "1000000000001",
            "9007199254740993",
            "9223372036854775808",
            "18446744073709551617",
            "-9223372036854775809",
            "9".repeat(400),
            "9".repeat(60000),
            "0.1e1"
        }) {
            refused("earn", "{\"points\":" + points + "}", "invalid_amount");
            refused("redeem", "{\"points\":" + points + "}", "invalid_amount");
            refused("holds", "{\"points\":" + points + "}", "invalid_amount");
            refused("holds/" + UUID.randomUUID() + "/capture", "{\"points\":" + points + "}", "invalid_amount");
            refused("operations/" + UUID.randomUUID() + "/reverse", "{\"points\":" + points + "}", "invalid_amount");
        }
        for (String ttl : new String[] {"0", "-1", "1801", "1.5", "99999999999999999999"}) {
            refused("holds", "{\"points\":1,\"ttlSeconds\":" + ttl + "}", "invalid_amount");
        }
        nothingMoved();
    }

    @Test
    void numbersThatAreNoJson() {
        for (String points :
                new String[] {"01", "+1", "NaN", "Infinity", "-Infinity", "0x10", ".5", "5.", "1_000", "--1", "1e"}) {
            refused("earn", "{\"points\":" + points + "}", "malformed");
        }
        nothingMoved();
    }

    @Test
    void pointsOfAnotherType() {
        for (String points : new String[] {"\"5\"", "true", "[5]", "{\"a\":5}", "[]", "{}", "\"\""}) {
            refused("earn", "{\"points\":" + points + "}", "malformed");
            refused("redeem", "{\"points\":" + points + "}", "malformed");
            refused("holds", "{\"points\":5,\"ttlSeconds\":" + points + "}", "malformed");
        }
        nothingMoved();
    }

    @Test
    void amounts() {
        for (String amount : new String[] {
            "",
            " ",
            "-1",
            "-0.01",
            "+1",
            "1e2",
            "1,5",
            ".5",
            "5.",
            "00.5",
            "05",
            "1.001",
            "1.000",
            "NaN",
            "1 000",
            "٣",
            "1".repeat(16),
            "9".repeat(60000),
            "999999999999999",
            "1.0000000000001",
            "5.00€",
            "0x1"
        }) {
            refused("earn", "{\"amount\":\"" + amount + "\",\"currency\":\"EUR\"}", "invalid_amount");
            refused("redeem", "{\"amount\":\"" + amount + "\",\"currency\":\"EUR\"}", "invalid_amount");
        }
        for (String amount : new String[] {"0", "0.00"}) {
            refused("redeem", "{\"amount\":\"" + amount + "\",\"currency\":\"EUR\"}", "invalid_amount");
            refused("holds", "{\"amount\":\"" + amount + "\",\"currency\":\"EUR\"}", "invalid_amount");
        }
        for (String amount : new String[] {"5.00", "5", "null", "true", "[]", "{}"}) {
            refused("earn", "{\"amount\":" + amount + ",\"currency\":\"EUR\"}", "malformed");
        }
        for (String currency :
                new String[] {"\"eur\"", "\"EURO\"", "\"\"", "\"ZZZ\"", "5", "null", "[]", "\"EU\u0000\""}) {
            refused("earn", "{\"amount\":\"5.00\",\"currency\":" + currency + "}", "malformed");
        }
        refused("earn", "{\"amount\":\"5.00\"}", "malformed");
        refused("earn", "{\"currency\":\"EUR\"}", "malformed");
        refused("earn", "{\"points\":5,\"currency\":\"EUR\"}", "malformed");
        refused("earn", "{\"points\":5,\"amount\":\"5.00\",\"currency\":\"EUR\"}", "malformed");
        refused("redeem", "{\"points\":5,\"amount\":\"5.00\",\"currency\":\"EUR\"}", "malformed");
        for (String currency : new String[] {"USD", "JPY", "XXX"}) {
            api.post("earn", "{\"amount\":\"5.00\",\"currency\":\"" + currency + "\"}")
                    .then()
                    .statusCode(422)
                    .body("code", equalTo("currency_mismatch"));
        }
        nothingMoved();
    }

    @Test
    void bodiesThatAreNoObject() {
        for (String body : new String[] {
            "",
            " ",
            "\n",
            "null",
            "5",
            "\"x\"",
            "[]",
            "[{\"points\":5}]",
            "{",
            "}",
            "{\"points\":5",
            "{\"points\"}",
            "{points:5}",
            "{'points':5}",
            "{\"points\":5,}",
            "{,}",
            "{\"points\":5}}",
            "{\"points\":5}{\"points\":5}",
            "{\"points\":5} x",
            "{\"points\":5} null",
            "{\"points\":5}//c",
            "/*c*/{\"points\":5}",
            "\uFEFF{\"points\":5}",
            "{\"points\":5}\u0000",
            "{\"points\":5 \"note\":\"x\"}",
            "{\"note\":\"\t\",\"points\":5}",
            "{\"note\":\"\\x\",\"points\":5}"
        }) {
            refused("earn", body, "malformed");
        }
        for (String body : new String[] {"null", "[]", "5", "{", "{} {}", "x"}) {
            refused("holds/" + UUID.randomUUID() + "/capture", body, "malformed");
            refused("holds/" + UUID.randomUUID() + "/void", body, "malformed");
            refused("operations/" + UUID.randomUUID() + "/reverse", body, "malformed");
        }
        refused("voids", "", "malformed");
        refused("voids", "{}", "malformed");
        nothingMoved();
    }

    @Test
    void deepBodies() throws Exception {
        // not with RestAssured, which would lay them out for its log
        for (String body : new String[] {
            "{\"points\":" + "[".repeat(30000) + "]".repeat(30000) + "}",
            "{\"x\":".repeat(10000) + "1" + "}".repeat(10000),
            "[".repeat(60000)
        }) {
            String answer = RawHttp.exchange(RawHttp.ascii("POST " + api.path("earn")
                    + " HTTP/1.1\r\nHost: x\r\n" + TestKey.LINE
                    + "Idempotency-Key: k\r\nContent-Type: application/json\r\nConnection:"
                    + " close\r\n"
                    + "Content-Length: " + body.length() + "\r\n\r\n" + body));

            assertThat(answer, startsWith("HTTP/1.1 400 "));
            assertThat(answer, containsString("\"code\":\"malformed\""));
        }
        nothingMoved();
    }

    @Test
    void fieldsThatAreNotKnown() {
        for (String field : new String[] {
            "reward", "Points", "POINTS", "point", "", "balance", "id", "key", "ttlSeconds", "\\u0000", "__proto__"
        }) {
            refused("earn", "{\"points\":5,\"" + field + "\":\"x\"}", "unknown_field");
        }
        refused("redeem", "{\"rewards\":\"coffee\"}", "unknown_field");
        refused("redeem", "{\"points\":5,\"items\":[]}", "unknown_field");
        refused("redeem", "{\"points\":5,\"ttlSeconds\":5}", "unknown_field");
        refused("holds", "{\"points\":5,\"occurredAt\":\"2026-01-01T00:00:00Z\"}", "unknown_field");
        refused("holds/" + UUID.randomUUID() + "/capture", "{\"amount\":\"5\"}", "unknown_field");
        refused("holds/" + UUID.randomUUID() + "/void", "{\"points\":5}", "unknown_field");
        refused("operations/" + UUID.randomUUID() + "/reverse", "{\"key\":\"x\"}", "unknown_field");
        refused("voids", "{\"key\":\"x\",\"points\":5}", "unknown_field");
        refused("earn", "{\"points\":5,\"items\":[{\"sku\":\"a\",\"price\":\"5\"}]}", "unknown_field");
        given().contentType("application/json")
                .body("{\"tier\":\"gold\"}")
                .put(api.path())
                .then()
                .statusCode(400)
                .body("code", equalTo("unknown_field"));
        nothingMoved();
    }

    @Test
    void fieldsThatAreThereTwice() {
        refused("earn", "{\"points\":5,\"points\":5}", "malformed");
        refused("earn", "{\"points\":5,\"p\u006fints\":6}", "malformed");
        refused("earn", "{\"points\":5,\"items\":[{\"sku\":\"a\",\"sku\":\"b\"}]}", "malformed");
        given().contentType("application/json")
                .body("{\"attributes\":{\"a\":1,\"a\":2}}")
                .put(api.path())
                .then()
                .statusCode(400)
                .body("code", equalTo("malformed"));
        nothingMoved();
    }

    @Test
    void bytesThatAreNoUtf8() throws Exception {
        byte[][] sequences = {
            {(byte) 0xff},
            {(byte) 0xc0, (byte) 0x80},
            {(byte) 0xed, (byte) 0xa0, (byte) 0x80},
            {(byte) 0xe2, (byte) 0x82},
            {(byte) 0xf8, (byte) 0x88, (byte) 0x80, (byte) 0x80, (byte) 0x80},
            {(byte) 0x80},
            {(byte) 0xf4, (byte) 0x90, (byte) 0x80, (byte) 0x80}
        };
        for (byte[] sequence : sequences) {
            ByteArrayOutputStream body = new ByteArrayOutputStream();
            body.write("{\"points\":5,\"note\":\"".getBytes(StandardCharsets.US_ASCII));
            body.write(sequence);
            body.write("\"}".getBytes(StandardCharsets.US_ASCII));
            api.keyed(Api.key())
                    .body(body.toByteArray())
                    .post(api.path("earn"))
                    .then()
                    .statusCode(400)
                    .body("code", equalTo("malformed"));
        }
        api.keyed(Api.key())
                .body("{\"points\":5}".getBytes(StandardCharsets.UTF_16))
                .post(api.path("earn"))
                .then()
                .statusCode(400)
                .body("code", equalTo("malformed"));
        nothingMoved();
    }

    @Test
    void texts() {
        for (String field : new String[] {"reference", "channel", "note"}) {
            for (String value : new String[] {
                "\"\"",
                "5",
                "true",
                "[]",
                "{}",
                "\"a\\u0000b\"",
                "\"\\ud800\"",
                "\"\\udc00x\"",
                "\"a\\u000bb\"",
                "\"\\u007f\"",
                "\"" + "a".repeat(1001) + "\"",
                "\"" + "\uD83D\uDE00".repeat(1001) + "\""
            }) {
                refused("earn", "{\"points\":5,\"" + field + "\":" + value + "}", "malformed");
                refused("redeem", "{\"points\":5,\"" + field + "\":" + value + "}", "malformed");
            }
        }
        refused("earn", "{\"points\":5,\"reference\":\"" + "a".repeat(256) + "\"}", "malformed");
        refused("earn", "{\"points\":5,\"channel\":\"" + "a".repeat(65) + "\"}", "malformed");
        for (String oneLine : new String[] {"reference", "channel"}) {
            refused("earn", "{\"points\":5,\"" + oneLine + "\":\"a\\nb\"}", "malformed");
            refused("earn", "{\"points\":5,\"" + oneLine + "\":\"a\\tb\"}", "malformed");
        }
        nothingMoved();
    }

    @Test
    void theLongestTextsAreKept() {
        String reference = "r".repeat(254) + "\uD83D\uDE00";
        String note = "\uD83D\uDE00".repeat(1000);
        api.post(
                        "earn",
                        "{\"points\":5,\"reference\":\"" + reference + "\",\"channel\":\"" + "c".repeat(64)
                                + "\",\"note\":\"" + note + "\"}")
                .then()
                .statusCode(201)
                .body("reference", equalTo(reference))
                .body("note", equalTo(note));
    }

    @Test
    void timesAndItems() {
        for (String time : new String[] {
            "\"\"",
            "5",
            "\"2026-01-01\"",
            "\"2026-01-01T00:00:00\"",
            "\"2026-02-30T00:00:00Z\"",
            "\"2026-01-01T25:00:00Z\"",
            "\"2026-01-01 00:00:00Z\"",
            "\"+12026-01-01T00:00:00Z\"",
            "\"2026-01-01T00:00:00+99:00\"",
            "\"yesterday\""
        }) {
            refused("earn", "{\"points\":5,\"occurredAt\":" + time + "}", "malformed");
        }
        for (String items : new String[] {
            "{}",
            "5",
            "[5]",
            "[[]]",
            "[null]",
            "[{}]",
            "[{\"sku\":\"a\"}]",
            "[{\"sku\":\"a\",\"amount\":null}]",
            "[{\"sku\":\"a\",\"amount\":5}]",
            "[{\"amount\":\"1\",\"sku\":\"\"}]",
            "[{\"amount\":\"1\",\"sku\":5}]",
            "[{\"amount\":\"1\",\"sku\":\"" + "a".repeat(65) + "\"}]",
            "[{\"amount\":\"1\",\"quantity\":5}]",
            "[{\"amount\":\"1\",\"quantity\":1e9999999999999}]",
            "[{\"amount\":\"1\",\"categories\":\"a\"}]",
            "[{\"amount\":\"1\",\"categories\":[5]}]",
            "[{\"amount\":\"1\",\"categories\":[null]}]",
            "[{\"amount\":\"1\",\"categories\":[\"" + "a".repeat(65) + "\"]}]",
            "[{\"amount\":\"1\",\"categories\":[\"\\u0000\"]}]",
            "[{\"amount\":\"1\",\"categories\":[" + "\"a\",".repeat(8) + "\"a\"]}]",
            "[{\"amount\":\"1\",\"attributes\":[]}]",
            "[{\"amount\":\"1\",\"attributes\":{\"a\":{}}}]",
            "[{\"amount\":\"1\",\"attributes\":{\"a\":\"\"}}]",
            "[{\"amount\":\"1\",\"attributes\":{\"a\":\"\\ud800\"}}]",
            "[{\"amount\":\"1\",\"attributes\":{\"a\":" + "1".repeat(60000) + "}}]",
            "[" + "{\"amount\":\"1\"},".repeat(500) + "{\"amount\":\"1\"}]"
        }) {
            refused("earn", "{\"points\":5,\"items\":" + items + "}", "malformed");
        }
        for (String item : new String[] {
            "\"1\",\"quantity\":\"1000000\"",
            "\"1\",\"quantity\":\"-1\"",
            "\"1\",\"quantity\":\"0\"",
            "\"1\",\"quantity\":\"0.000\"",
            "\"1\",\"quantity\":\"0.1234\"",
            "\"1\",\"quantity\":\"1e2\"",
            "\"1\",\"quantity\":\"01\"",
            "\"1\",\"quantity\":\"" + "1".repeat(60000) + "\"",
            "\"1.234\"",
            "\"--1\"",
            "\"+1\""
        }) {
            refused("earn", "{\"points\":5,\"items\":[{\"sku\":\"a\",\"amount\":" + item + "}]}", "invalid_amount");
        }
        for (String what : new String[] {
            "\"action\":\"a\",\"points\":5",
            "\"action\":\"a\",\"amount\":\"1.00\",\"currency\":\"EUR\"",
            "\"action\":\"a\",\"items\":[]",
            "\"action\":\"\"",
            "\"points\":5,\"partner\":5",
            "\"points\":5,\"store\":\"" + "a".repeat(65) + "\"",
            "\"items\":[]",
            "\"currency\":\"EUR\""
        }) {
            refused("earn", "{" + what + "}", "malformed");
        }
        refused("earn", "{\"action\":\"a\"}", "unknown_action");
        refused("earn", "{\"points\":5,\"partner\":\"a\"}", "partner_unknown");
        nothingMoved();
    }

    @Test
    void keys() {
        for (String below : new String[] {
            "earn",
            "redeem",
            "holds",
            "voids",
            "holds/" + UUID.randomUUID() + "/capture",
            "holds/" + UUID.randomUUID() + "/void",
            "operations/" + UUID.randomUUID() + "/reverse"
        }) {
            given().contentType("application/json")
                    .body("{\"points\":5}")
                    .post(api.path(below))
                    .then()
                    .statusCode(400)
                    .body("code", equalTo("idempotency_key_missing"));
        }
        for (String key : new String[] {"a b", "a".repeat(256), "schlüssel", "a\tb"}) {
            api.keyed(key)
                    .body("{\"points\":5}")
                    .post(api.path("earn"))
                    .then()
                    .statusCode(400)
                    .body("code", equalTo("malformed"));
        }
        given().header("Idempotency-Key", "a", "b")
                .contentType("application/json")
                .body("{\"points\":5}")
                .post(api.path("earn"))
                .then()
                .statusCode(400)
                .body("code", equalTo("malformed"));
        for (String key :
                new String[] {"\"\"", "\"a b\"", "\"ü\"", "5", "null", "\"" + "a".repeat(256) + "\"", "\"a\\u0000\""}) {
            refused("voids", "{\"key\":" + key + "}", "malformed");
        }
        api.post("voids", "same", "{\"key\":\"same\"}").then().statusCode(400).body("code", equalTo("malformed"));
        nothingMoved();

        String odd = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~" + UUID.randomUUID();
        api.post("earn", odd, "{\"points\":5}").then().statusCode(201).body("key", equalTo(odd));
        api.post("earn", odd, "{\"points\":5}").then().statusCode(200);
        String longest = "k".repeat(255);
        api.post("earn", longest, "{\"points\":5}").then().statusCode(201);
        given().queryParam("key", odd)
                .get(api.path("operations"))
                .then()
                .statusCode(200)
                .body("items[0].key", equalTo(odd));
    }

    @Test
    void ids() {
        given().get("/v1/programs/nobody/accounts/a").then().statusCode(404).body("code", equalTo("program_not_found"));
        given().get("/v1/programs/a%20b/accounts/a").then().statusCode(404).body("code", equalTo("program_not_found"));
        given().get("/v1/programs/" + "p".repeat(65) + "/accounts/a")
                .then()
                .statusCode(404)
                .body("code", equalTo("program_not_found"));
        for (String account : new String[] {"a b", "a:b", "ä", "a".repeat(65), "a*", "a'b", "a;b", "a,b"}) {
            given().get("/v1/programs/demo/accounts/{account}", account)
                    .then()
                    .statusCode(400)
                    .body("code", equalTo("malformed"));
            given().put("/v1/programs/demo/accounts/{account}", account)
                    .then()
                    .statusCode(400)
                    .body("code", equalTo("malformed"));
        }
        for (String id : new String[] {
            "1",
            "nobody",
            "01a1ffd8-9e3b-7453-a7d1-9e788194395",
            "1-1-1-1-1",
            "01a1ffd8-9e3b-7453-a7d1-9e788194395fa",
            UUID.randomUUID().toString()
        }) {
            api.post("holds/" + id + "/capture", "{}").then().statusCode(404).body("code", equalTo("hold_not_found"));
            api.post("holds/" + id + "/void", "{}").then().statusCode(404).body("code", equalTo("hold_not_found"));
            api.post("operations/" + id + "/reverse", "{}")
                    .then()
                    .statusCode(404)
                    .body("code", equalTo("operation_not_found"));
            api.get("operations/" + id).then().statusCode(404).body("code", equalTo("operation_not_found"));
        }
        nothingMoved();
    }

    @Test
    void parameters() {
        for (String value : new String[] {"yes", "1", "TRUE", "", "true&dryRun=false"}) {
            given().contentType("application/json")
                    .body("{\"points\":5}")
                    .header("Idempotency-Key", Api.key())
                    .post(api.path("earn?dryRun=" + value))
                    .then()
                    .statusCode(400)
                    .body("code", equalTo("malformed"));
        }
        for (String query : new String[] {
            "limit=0",
            "limit=201",
            "limit=-1",
            "limit=x",
            "limit=1.5",
            "limit=",
            "limit=99999999999",
            "cursor=x",
            "cursor=",
            "cursor=LTE",
            "type=nothing",
            "type=",
            "type=EARN",
            "from=x",
            "to=2026-01-01",
            "from=",
            "reference=",
            "key=",
            "limit=5&limit=6"
        }) {
            api.get("operations?" + query).then().statusCode(400).body("code", equalTo("malformed"));
        }
        given().queryParam("reference", "\u0000")
                .get(api.path("operations"))
                .then()
                .statusCode(400)
                .body("code", equalTo("malformed"));
        for (String below : new String[] {
            "earn",
            "redeem",
            "holds",
            "voids",
            "holds/" + UUID.randomUUID() + "/capture",
            "holds/" + UUID.randomUUID() + "/void",
            "operations/" + UUID.randomUUID() + "/reverse"
        }) {
            for (String query :
                    new String[] {"dry_run=true", "DryRun=true", "dryrun", "dryRun=false&dry=1", "x[]=2", "limit=5"}) {
                refused(below + "?" + query, "{\"points\":5}", "malformed");
            }
        }
        for (String below : new String[] {
            "?nonsense=1",
            "?dryRun=true",
            "/operations?nonsense=1&x[]=2",
            "/operations?Limit=5",
            "/events?x",
            "/operations/" + UUID.randomUUID() + "?key=x"
        }) {
            given().get(api.path() + below).then().statusCode(400).body("code", equalTo("malformed"));
            given().head(api.path() + below).then().statusCode(400);
        }
        given().put(api.path() + "?attributes=x").then().statusCode(400).body("code", equalTo("malformed"));
        nothingMoved();
    }

    @Test
    void attributes() {
        for (String attributes : new String[] {
            "5",
            "[]",
            "\"x\"",
            "{\"a\":{}}",
            "{\"a\":[]}",
            "{\"\":1}",
            "{\"a\":\"\\u0000\"}",
            "{\"a\\u0000\":1}",
            "{\"a\":\"\\ud800\"}",
            "{\"a\":\"" + "x".repeat(4096) + "\"}",
            "{\"a\":" + "9".repeat(100) + "}"
        }) {
            given().contentType("application/json")
                    .body("{\"attributes\":" + attributes + "}")
                    .put(api.path())
                    .then()
                    .statusCode(400)
                    .body("code", equalTo("malformed"));
        }
        StringBuilder many = new StringBuilder("{\"a0\":0");
        for (int i = 1; i < 33; i++) {
            many.append(",\"a").append(i).append("\":0");
        }
        given().contentType("application/json")
                .body("{\"attributes\":" + many + "}}")
                .put(api.path())
                .then()
                .statusCode(400)
                .body("code", equalTo("malformed"));
        nothingMoved();
    }

    @Test
    void theMostOfOneOperation() {
        Api rich = Api.with(1_000_000_000_000L);

        rich.post("redeem", "{\"points\":1000000000000}").then().statusCode(201);
        assertEquals(0, rich.available());
    }
}
