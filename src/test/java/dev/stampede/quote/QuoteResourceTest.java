package dev.stampede.quote;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.anEmptyMap;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.nullValue;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stampede.http.Api;
import dev.stampede.support.BackendsResource;
import dev.stampede.support.TestIssuer;
import dev.stampede.support.TestKey;
import dev.stampede.support.TestProgram;
import dev.stampede.support.WorkedCase;
import io.quarkus.test.common.TestResourceScope;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.restassured.response.ValidatableResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(value = BackendsResource.class, scope = TestResourceScope.GLOBAL)
@Tag("servers")
class QuoteResourceTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** They are about a shared budget, which a quote does not know yet. */
    private static final Set<Integer> OF_BUDGETS = Set.of(6, 7);

    private static Response quote(String program, String body) {
        return given().contentType("application/json").body(body).post("/v1/programs/" + program + "/quote");
    }

    /** Of demo; single quotes will do. */
    private static Response quote(String body) {
        return quote("demo", body.replace('\'', '"'));
    }

    private static ValidatableResponse priced(Response answer) {
        return answer.then().statusCode(200);
    }

    private static void refused(String body, int status, String code) {
        quote(body).then().statusCode(status).body("code", equalTo(code));
    }

    /** A document of the repository. */
    private static ObjectNode document(String name) throws IOException {
        return (ObjectNode) JSON.readTree(Files.readString(Path.of("programs", name + ".json")));
    }

    /** A quote under a document of the repository. */
    private static ValidatableResponse under(String name, String at, String body) throws IOException {
        ObjectNode asked = (ObjectNode) JSON.readTree(body.replace('\'', '"'));
        asked.put("occurredAt", at);
        asked.set("document", document(name));
        return priced(quote(asked.path("document").path("program").asText(), asked.toString()));
    }

    @Test
    void equalsTheEarnRightAfterIt() {
        Api api = Api.fresh();
        String body = "{\"amount\":\"42.50\",\"currency\":\"EUR\",\"reference\":\"r\",\"channel\":\"till\","
                + "\"note\":\"n\","
                + "\"items\":[{\"sku\":\"coffee\",\"quantity\":\"2\",\"amount\":\"5.00\"}]}";
        String on = YearMonth.from(LocalDate.now(ZoneOffset.UTC).plusMonths(12))
                .atEndOfMonth()
                .toString();

        priced(quote("demo", body))
                .body("programVersion", equalTo(1))
                .body("points", equalTo(42))
                .body("tier", nullValue())
                .body("reached", nullValue())
                .body("measures", anEmptyMap())
                .body("gifts", empty())
                .body("explanation.rule", contains("base:base"))
                .body("explanation.points", contains(42))
                .body("explanation.text", contains("The rule base gives 42."))
                .body("expiresOn", equalTo(on))
                .body("availableOn", nullValue());
        api.post("earn", body)
                .then()
                .statusCode(201)
                .body("points", equalTo(42))
                .body("entries[0].lots[0].on", equalTo(on));
        priced(quote("{'points':7}")).body("points", equalTo(7)).body("explanation.rule", contains("stated"));
        priced(quote("{'items':[{'amount':'2.50'},{'amount':'-0.50'}]}")).body("points", equalTo(2));
        priced(quote("{'amount':'0.00','currency':'EUR'}")).body("points", equalTo(0));
        priced(quote("{'enrol':true}")).body("points", equalTo(0)).body("explanation", empty());
        priced(quote("{'amount':'3.00','currency':'EUR','version':1}"))
                .body("programVersion", equalTo(1))
                .body("points", equalTo(3));
    }

    /** The first step of each worked example is an earn of somebody new. */
    @Test
    void newcomersGetWhatTheExamplesSay() throws IOException {
        Set<String> programs = new HashSet<>();
        int quoted = 0;
        for (WorkedCase worked : WorkedCase.all()) {
            JsonNode step = worked.steps().path(0);
            if (!step.has("earn") || step.path("expect").has("refused") || OF_BUDGETS.contains(worked.id())) {
                continue;
            }
            ObjectNode document = worked.document();
            ObjectNode body =
                    WorkedCase.body(step.path("earn"), document.path("currency").asText());
            body.put("occurredAt", step.path("at").asText());
            body.set("document", document);

            ValidatableResponse answer = priced(quote(document.path("program").asText(), body.toString()));

            String what = worked.id() + ": " + answer.extract().asString();
            JsonNode told = JSON.readTree(answer.extract().asString());
            JsonNode expect = step.path("expect");
            assertEquals(expect.path("points").asLong(), told.path("points").asLong(), what);
            if (expect.has("tier")) {
                assertEquals(expect.path("tier"), told.path("reached"), what);
            }
            long sum = 0;
            for (JsonNode entry : told.path("explanation")) {
                sum += entry.path("points").asLong();
            }
            assertEquals(told.path("points").asLong(), sum, what);
            for (JsonNode entry : expect.path("explanation")) {
                boolean isTold = false;
                for (JsonNode each : told.path("explanation")) {
                    isTold |= each.path("rule").equals(entry.path("rule"))
                            && each.path("points").equals(entry.path("points"))
                            && each.path("reason").equals(entry.path("reason"));
                }
                assertTrue(isTold, what);
            }
            programs.add(worked.example());
            quoted++;
        }
        assertEquals(Set.of("airline", "beauty", "cashback", "coffee", "stamp"), programs);
        assertTrue(quoted >= 15, "quoted " + quoted);
    }

    @Test
    void aTierHasItsOwnRateBonusAndPromotions() throws IOException {
        String earn = "{'amount':'33.33','currency':'GBP'%s}";
        under("cashback", "2026-11-10T10:00:00Z", earn.formatted(""))
                .body("programVersion", nullValue())
                .body("points", equalTo(33));
        under("cashback", "2026-11-10T10:00:00Z", earn.formatted(",'tier':'plus'"))
                .body("tier", equalTo("plus"))
                .body("reached", equalTo("plus"))
                .body("points", equalTo(49));
        String buy = "{'amount':'100.00','currency':'USD','tier':'%s'}";
        under("beauty", "2026-11-03T04:59:59Z", buy.formatted("rouge"))
                .body("points", equalTo(150))
                .body("explanation.find { it.rule == 'tier:rouge' }.points", equalTo(50))
                .body("explanation.find { it.rule == 'promotion:event-rouge' }.reason", equalTo("from"));
        under("beauty", "2026-11-03T05:00:00Z", buy.formatted("rouge")).body("points", equalTo(450));
        under("beauty", "2026-11-05T05:00:00Z", buy.formatted("vib")).body("points", equalTo(325));
        under("beauty", "2026-11-05T05:00:00Z", buy.formatted("insider")).body("points", equalTo(100));
    }

    @Test
    void aPurchaseThatReachesATierSaysSo() throws IOException {
        under("beauty", "2026-06-01T16:00:00Z", "{'amount':'1000.00','currency':'USD'}")
                .body("points", equalTo(1150))
                .body("tier", equalTo("insider"))
                .body("reached", equalTo("rouge"))
                .body("measures.spend", equalTo("1000.00"))
                .body("gifts.reward", contains("rouge-gift"))
                .body("gifts.count", contains(1))
                .body("explanation.find { it.rule == 'grant:rouge-gift' }.count", equalTo(1))
                .body("explanation.find { it.rule == 'promotion:sign-up' }.points", equalTo(50));
        under(
                        "airline",
                        "2026-10-10T10:00:00Z",
                        "{'items':[{'amount':'800.00','categories':['flight'],"
                                + "'attributes':{'bookingClass':'J','distance':'3635','segments':'1'}}]}")
                .body("measures.segments", equalTo(1));
    }

    @Test
    void pointsOfACoalitionMatureAndNeedAPartner() throws IOException {
        String fuel = "{'items':[{'amount':'70.00','categories':['fuel'],'attributes':{'litres':'40.567'}}]%s}";
        under("coalition", "2026-11-06T10:00:00Z", fuel.formatted(",'partner':'fuel'"))
                .body("points", equalTo(121))
                .body("availableOn", equalTo("2026-11-20"));
        for (String partner : List.of("", ",'partner':'nobody'")) {
            ObjectNode asked =
                    (ObjectNode) JSON.readTree(fuel.formatted(partner).replace('\'', '"'));
            asked.set("document", document("coalition"));
            quote(asked.path("document").path("program").asText(), asked.toString())
                    .then()
                    .statusCode(400)
                    .body("code", equalTo("partner_unknown"));
        }
    }

    /** A promotion for birthdays, as a member of a program that has nothing else. */
    private static ObjectNode birthdays() throws IOException {
        ObjectNode document = (ObjectNode) JSON.readTree(
                TestProgram.of("birthdays").with("timeZone", "\"Asia/Tokyo\"").document());
        document.set(
                "attributes",
                JSON.readTree("[{\"id\":\"birthDate\",\"type\":\"birthDate\",\"noticeDays\":30,"
                        + "\"leapDay\":\"mar1\"},{\"id\":\"staff\",\"type\":\"boolean\"}]"));
        document.set(
                "promotions",
                JSON.readTree("[{\"id\":\"birthday\",\"when\":{\"birthday\":{\"before\":0,"
                        + "\"after\":0}},\"give\":{\"points\":100}},"
                        + "{\"id\":\"staff\",\"when\":{\"attributes\":{\"staff\":[true]}},\"give\":{\"points\":7}},"
                        + "{\"id\":\"opt-in\",\"event\":\"action:email-opt-in\",\"give\":{\"points\":25}},"
                        + "{\"id\":\"welcome\",\"event\":\"enrol\",\"give\":{\"points\":11}}]"));
        return document;
    }

    private static Response ofBirthdays(String body) throws IOException {
        ObjectNode asked = (ObjectNode) JSON.readTree(body.replace('\'', '"'));
        asked.set("document", birthdays());
        return quote("birthdays", asked.toString());
    }

    @Test
    void attributesDecideWhatIsGiven() throws IOException {
        String earn = "{'amount':'5.00','currency':'EUR','occurredAt':'%s','attributes':%s}";
        String leapling = "{'birthDate':'1996-02-29'}";
        priced(ofBirthdays(earn.formatted("2027-02-28T14:59:59Z", leapling)))
                .body("points", equalTo(5))
                .body("explanation.find { it.rule == 'promotion:birthday' }.reason", equalTo("birthday"));
        // the first of March in Tokyo
        priced(ofBirthdays(earn.formatted("2027-02-28T15:00:00Z", leapling))).body("points", equalTo(105));
        priced(ofBirthdays(earn.formatted("2028-02-28T15:00:00Z", leapling))).body("points", equalTo(105));
        priced(ofBirthdays(earn.formatted("2027-02-28T15:00:00Z", "{'staff':'true'}")))
                .body("points", equalTo(12))
                .body("explanation.find { it.rule == 'promotion:welcome' }.reason", equalTo("event"));
        priced(ofBirthdays("{'action':'email-opt-in','attributes':{}}")).body("points", equalTo(25));
        priced(ofBirthdays("{'action':'email-opt-in'}")).body("points", equalTo(36));
        priced(ofBirthdays("{'enrol':true}"))
                .body("points", equalTo(11))
                .body("explanation.rule", hasItem("promotion:welcome"));
        for (String bad : List.of(
                "{'birthDate':'1996-2-29'}", "{'birthDate':'1997-02-29'}", "{'staff':'yes'}", "{'birthDate':''}")) {
            ofBirthdays(earn.formatted("2027-02-28T15:00:00Z", bad))
                    .then()
                    .statusCode(400)
                    .body("code", equalTo("malformed"));
        }
        ofBirthdays(earn.formatted("2027-02-28T15:00:00Z", "{'shoe':'44'}"))
                .then()
                .statusCode(422)
                .body("code", equalTo("unknown_attribute"));
        ofBirthdays("{'action':'dance'}").then().statusCode(400).body("code", equalTo("unknown_action"));
    }

    @Test
    void underTheVersionInForceTheTimeIsJudgedAsInAnEarn() {
        String earn = "{'amount':'5.00','currency':'EUR','occurredAt':'%s'%s}";
        Instant now = Instant.now();
        priced(quote(earn.formatted(now.minus(30, ChronoUnit.DAYS), ""))).body("points", equalTo(5));
        refused(earn.formatted(now.minus(40, ChronoUnit.DAYS), ""), 422, "occurred_at_out_of_range");
        refused(earn.formatted(now.plusSeconds(60), ""), 422, "occurred_at_out_of_range");
        priced(quote(earn.formatted("2031-05-06T00:00:00Z", ",'version':1"))).body("expiresOn", equalTo("2032-05-31"));
        refused(earn.formatted(now, ",'version':77"), 404, "not_found");
    }

    @Test
    void whatIsNotAsDescribedIsRefused() {
        String earn = "{'amount':'5.00','currency':'EUR',%s}";
        for (String more : List.of(
                "'points':5",
                "'action':'a'",
                "'enrol':true",
                "'tier':'gold'",
                "'tier':''",
                "'attributes':[]",
                "'attributes':{'a':{}}",
                "'version':'1'",
                "'version':1,'document':{}",
                "'document':'text'",
                "'document':[]",
                "'document':{},'document':{}",
                "'document':{\"a\":[[[[[[[[[[[[}",
                "'enrol':'true'",
                "'occurredAt':'yesterday'")) {
            refused(earn.formatted(more), 400, "malformed");
        }
        refused(earn.formatted("'version':0"), 400, "invalid_amount");
        refused(earn.formatted("'ttl':5"), 400, "unknown_field");
        refused(earn.formatted("'document':{},'ttl':5"), 400, "unknown_field");
        refused(earn.formatted("'attributes':{'a':'b'}"), 422, "unknown_attribute");
        refused("{'amount':'5.00','currency':'USD'}", 422, "currency_mismatch");
        refused("{'amount':'5.001','currency':'EUR'}", 400, "invalid_amount");
        refused("{'amount':'5.00','currency':'EUR','items':[{'amount':'5.01'}]}", 400, "invalid_amount");
        refused("{'items':[{'amount':'-5.00'}]}", 400, "invalid_amount");
        refused("{'items':[{'amount':'5.00','attributes':{'a':'b'}}]}", 422, "unknown_attribute");
        refused("{'amount':'5.00','currency':'EUR','partner':'a'}", 400, "partner_unknown");
        refused("{}", 400, "malformed");
        refused("{'currency':'EUR'}", 400, "malformed");
        refused("{'enrol':false}", 400, "malformed");
        refused("{'enrol':true,'tier':'gold'}", 400, "malformed");
        refused("", 400, "malformed");
        refused("[]", 400, "malformed");
        quote("nobody", "{\"points\":5}").then().statusCode(404).body("code", equalTo("program_not_found"));
        quote("demo", " ".repeat(1024 * 1024 + 1)).then().statusCode(413);
        for (int bytes : List.of(256 * 1024, 256 * 1024 + 1)) { // no document can be meant
            given().header(TestKey.HEADER, TestIssuer.member("of-quotes"))
                    .contentType("application/json")
                    .body(" ".repeat(bytes))
                    .post("/v1/programs/demo/quote")
                    .then()
                    .statusCode(bytes > 256 * 1024 ? 413 : 400);
        }
        given().body("{}")
                .contentType("text/plain")
                .post("/v1/programs/demo/quote")
                .then()
                .statusCode(415);
        given().contentType("application/json")
                .body("{\"points\":5}")
                .post("/v1/programs/demo/quote?dryRun=true")
                .then()
                .statusCode(400);
    }

    @Test
    void aDocumentIsReadAsStrictlyAsAPublication() throws IOException {
        String earn = "{\"amount\":\"5.00\",\"currency\":\"EUR\",\"document\":%s}";
        String plain = TestProgram.of("new").with("clawback", "\"both\"").document();
        quote("new", earn.formatted(plain))
                .then()
                .statusCode(422)
                .body("code", equalTo("program_invalid"))
                .body("findings.pointer", contains("/points/clawback"))
                .body("findings.line", contains(15))
                .body("findings.column", contains(17));
        quote("new", earn.formatted("{\"a\":1,\"a\":2}"))
                .then()
                .statusCode(422)
                .body("findings.code", hasItem("duplicate_key"));
        quote("other", earn.formatted(TestProgram.of("new").document()))
                .then()
                .statusCode(422)
                .body("findings.pointer", contains("/program"));
        quote("new", earn.formatted(TestProgram.of("new").document()))
                .then()
                .statusCode(200)
                .body("points", equalTo(5));
        ObjectNode later = document("coffee");
        ((ObjectNode) later.path("points")).put("taxRate", "0.19");
        quote(later.path("program").asText(), earn.formatted(later))
                .then()
                .statusCode(422)
                .body("findings.findAll { it.level == 'error' }.code", contains("unsupported"))
                .body("findings.pointer", hasItem("/points/taxRate"));
    }

    @Test
    void ofTooManyAtOnceSomeAreRefused() throws IOException {
        String body = "{\"amount\":\"5.00\",\"currency\":\"EUR\",\"occurredAt\":\"2026-12-02T18:00:00Z\",\"document\":"
                + document("coffee").put("currency", "EUR") + "}";
        ExecutorService clients = Executors.newFixedThreadPool(32);
        List<CompletableFuture<Integer>> calls = new ArrayList<>();
        for (int i = 0; i < 128; i++) {
            calls.add(CompletableFuture.supplyAsync(() -> quote("coffee", body).statusCode(), clients));
        }
        Set<Integer> answers = calls.stream().map(CompletableFuture::join).collect(Collectors.toSet());
        clients.shutdown();
        assertEquals(Set.of(200, 503), answers);
        priced(quote("{'points':7}")).body("points", equalTo(7));
    }
}
