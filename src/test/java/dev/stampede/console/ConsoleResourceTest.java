package dev.stampede.console;

import static io.restassured.RestAssured.given;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.endsWith;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.startsWith;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stampede.access.Sessions;
import dev.stampede.http.Api;
import dev.stampede.http.Sandbox;
import dev.stampede.support.BackendsResource;
import dev.stampede.support.TestKey;
import io.quarkus.test.common.TestResourceScope;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The console as a browser sees it, but for what scripts do there. */
@QuarkusTest
@WithTestResource(value = BackendsResource.class, scope = TestResourceScope.GLOBAL)
@Tag("servers")
class ConsoleResourceTest {
    private static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self'";
    private static final Pattern LINK = Pattern.compile("(?:href|src)=\"([^\"]*)\"");

    private static Browser withScopes(String... scopes) {
        return Browser.signedIn(key(scopes).path("key"));
    }

    private static Response key(String... scopes) {
        return given().contentType("application/json")
                .body(Map.of("name", "agent", "scopes", List.of(scopes)))
                .post("/v1/programs/demo/keys")
                .then()
                .statusCode(201)
                .extract()
                .response();
    }

    private static String member(Api api) {
        return "/programs/demo/accounts/" + api.account();
    }

    @Test
    void aKeyOpensASessionAndSigningOutEndsIt() {
        given().redirects().follow(false).get("/console").then().statusCode(303).header("Location", "/console/login");
        given().header("HX-Request", "true")
                .get("/console")
                .then()
                .statusCode(401)
                .header("HX-Redirect", "/console/login");
        given().get("/console/login")
                .then()
                .statusCode(200)
                .body(containsString("name=\"api-key\""))
                .body("html.head.title", equalTo("Sign in - Stampede"));
        given().contentType("application/x-www-form-urlencoded")
                .formParam("api-key", TestKey.TEXT.replace("stk_live_O", "stk_live_P"))
                .post("/console/login")
                .then()
                .statusCode(401)
                .body(containsString("not valid"))
                .header("Set-Cookie", (String) null);

        Response begun = given().redirects()
                .follow(false)
                .contentType("application/x-www-form-urlencoded")
                .formParam("api-key", " " + TestKey.TEXT + "\n")
                .post("/console/login");
        begun.then()
                .statusCode(303)
                .header("Location", endsWith("/console"))
                .header(
                        "Set-Cookie",
                        allOf(
                                startsWith(Sessions.COOKIE + "="),
                                containsString("; Path=/console; HttpOnly; SameSite=Strict"),
                                not(containsString("Secure")),
                                not(containsString("stk_")))); // of this machine, in clear text
        String session = begun.cookie(Sessions.COOKIE);
        given().cookie(Sessions.COOKIE, session)
                .get("/console")
                .then()
                .statusCode(200)
                .body(containsString("/programs/demo/members"));
        given().redirects()
                .follow(false)
                .cookie(Sessions.COOKIE, session)
                .post("/console/logout")
                .then()
                .statusCode(303)
                .header("Set-Cookie", containsString("Max-Age=0"));
        given().redirects()
                .follow(false)
                .cookie(Sessions.COOKIE, session)
                .get("/console")
                .then()
                .statusCode(303)
                .header("Location", "/console/login");
        given().header("Host", "gateway.example")
                .redirects()
                .follow(false)
                .contentType("application/x-www-form-urlencoded")
                .formParam("api-key", TestKey.TEXT)
                .post("/console/login")
                .then()
                .statusCode(303)
                .header("Set-Cookie", containsString("; Secure"));
    }

    @Test
    void aSessionIsForTheConsoleOnlyAndAKeyIsNot() {
        given().redirects()
                .follow(false)
                .header(TestKey.HEADER, TestKey.BEARER)
                .get("/console/programs/demo")
                .then()
                .statusCode(303);
        Browser.signedIn()
                .asks()
                .header(TestKey.HEADER, "")
                .get("/v1/programs")
                .then()
                .statusCode(401);
    }

    @Test
    void aRevokedKeysSessionEnds() {
        Response key = key("read");
        Browser browser = Browser.signedIn(key.path("key"));
        browser.sees("/programs/demo/members");
        given().delete("/v1/programs/demo/keys/" + key.path("id")).then().statusCode(204);
        browser.get("/programs/demo/members").then().statusCode(303).header("Location", "/console/login");
    }

    /** Nobody fills the gateway's memory with sessions, or throws others out of it. */
    @Test
    void aKeyHasSoManySessions() {
        String key = key("read").path("key");
        Browser first = Browser.signedIn(key);
        Browser second = Browser.signedIn(key);
        for (int i = 3; i <= 8; i++) {
            first.sees("/programs/demo/members");
            var unused = Browser.signedIn(key);
        }
        first.sees("/programs/demo/members");
        Browser ninth = Browser.signedIn(key);
        first.get("/programs/demo/members").then().statusCode(303).header("Location", "/console/login");
        second.sees("/programs/demo/members");
        ninth.sees("/programs/demo/members");
    }

    @Test
    void pagesOfOthersCannotSendAnything() {
        Api api = Api.with(10);
        Browser browser = Browser.signedIn();
        for (Map<String, String> headers : List.of(
                Map.of("Origin", "https://evil.example"),
                Map.of("Origin", "null"),
                Map.of("Origin", "x"),
                Map.of("Sec-Fetch-Site", "cross-site"),
                Map.of("Sec-Fetch-Site", "same-site"))) {
            browser.asks()
                    .headers(headers)
                    .contentType("application/x-www-form-urlencoded")
                    .formParams(adjust(api, "1000", Api.key()))
                    .post("/console/programs/demo/do/adjust")
                    .then()
                    .statusCode(403)
                    .body(containsString("another site"));
        }
        given().header("Origin", "https://evil.example")
                .contentType("application/x-www-form-urlencoded")
                .formParam("api-key", TestKey.TEXT)
                .post("/console/login")
                .then()
                .statusCode(403);
        assertEquals(10, api.available());
    }

    @Test
    void everyPageHasThePolicyAlsoErrors() {
        Browser browser = Browser.signedIn();
        for (String below : List.of(
                "/login",
                "",
                "/programs/demo",
                "/programs/demo/members",
                "/programs/demo/promotions",
                "/programs/demo/rewards",
                "/programs/demo/keys",
                "/programs/nobody",
                "/programs/demo/accounts/nobody",
                "/nothing",
                "/assets/x/y")) {
            browser.get(below)
                    .then()
                    .statusCode(below.contains("no") || below.contains("/x") ? 404 : 200)
                    .contentType(startsWith("text/html"))
                    .header("Content-Security-Policy", startsWith(POLICY))
                    .header("X-Content-Type-Options", "nosniff")
                    .header("Referrer-Policy", "same-origin")
                    .header("Cache-Control", "no-store");
        }
        given().redirects()
                .follow(false)
                .get("/console/nothing")
                .then()
                .header("Content-Security-Policy", notNullValue());
        given().post("/console/nothing").then().header("Content-Security-Policy", notNullValue());
    }

    @Test
    void everyLinkAndFileIsThere() {
        Api api = Api.with(10);
        Browser browser = Browser.signedIn();
        given().get("/console/assets/now/console.css")
                .then()
                .statusCode(200)
                .header("Cache-Control", "no-cache"); // pages of problems know no hash
        Set<String> seen = new TreeSet<>();
        TreeSet<String> next = new TreeSet<>(Set.of("/console", "/console/programs/demo", "/console" + member(api)));
        while (!next.isEmpty() && seen.size() < 90) {
            String path = next.pollFirst();
            if (!seen.add(path)) {
                continue;
            }
            Response page = browser.asks().get(path);
            assertEquals(200, page.statusCode(), path);
            if (page.contentType().startsWith("text/html")) {
                String html = page.asString();
                assertFalse(html.contains("NOT_FOUND") || html.contains("{c:") || html.contains("{s:"), path);
                assertFalse(html.contains(" style=") || html.contains(" onclick="), path);
                Matcher link = LINK.matcher(html);
                while (link.find()) {
                    String to = link.group(1).replace("&amp;", "&").replaceFirst("#.*", "");
                    boolean ofOthers = to.contains("/programs/") && !to.contains("/programs/demo");
                    if (!to.startsWith("data:") && !to.isEmpty() && !ofOthers) {
                        next.add(to);
                    }
                }
            }
        }
        assertTrue(seen.stream().anyMatch(path -> path.endsWith("/htmx.js")), seen.toString());
        assertTrue(seen.stream().anyMatch(path -> path.contains("/versions/1")), seen.toString());
        new Assets()
                .paths()
                .values()
                .forEach(path -> browser.asks()
                        .get(path)
                        .then()
                        .statusCode(200)
                        .header("Cache-Control", containsString("immutable")));
    }

    private static Map<String, String> adjust(Api api, String points, String key) {
        return Map.of("of-account", api.account(), "points", points, "reason", "goodwill", "idempotency-key", key);
    }

    @Test
    void adjustingChangesTheBalanceOnceAndShowsItsCall() {
        Api api = Api.with(10);
        Browser browser = Browser.signedIn();
        browser.sees(member(api)).body(containsString("id=\"available\">10<"));
        String key = Api.key();
        Map<String, String> form = adjust(api, "5", key);

        Map<String, String> shown = new java.util.HashMap<>(form);
        shown.put("show", "true");
        browser.sends("/programs/demo/do/adjust", shown)
                .then()
                .statusCode(200)
                .body(containsString("Idempotency-Key: " + key))
                .body(containsString("$STAMPEDE_KEY"))
                .body(not(containsString("stk_")))
                .body(containsString("/v1/programs/demo/accounts/" + api.account() + "/adjust"));
        assertEquals(10, api.available());

        for (int i = 0; i < 2; i++) { // the second is a repeat
            browser.sends("/programs/demo/do/adjust", form)
                    .then()
                    .statusCode(200)
                    .header("HX-Trigger", "changed")
                    .body(containsString("+5"))
                    .body(containsString("curl -X POST"));
        }
        assertEquals(15, api.available());
        browser.sees(member(api))
                .body(containsString("id=\"available\">15<"))
                .body(containsString("goodwill"))
                .body(containsString("Adjustment"))
                .body(containsString("OfTheTests01"));
        browser.sends("/programs/demo/do/adjust", adjust(api, "-100", Api.key()))
                .then()
                .statusCode(422)
                .body(containsString("insufficient_points"));
        browser.sends("/programs/demo/do/adjust", adjust(api, "many", Api.key()))
                .then()
                .statusCode(400);
        browser.sends("/programs/demo/do/nothing", Map.of()).then().statusCode(404);
        assertEquals(15, api.available());
    }

    @Test
    void freezingAndReversingAreCallsToo() {
        Api api = Api.fresh();
        String earned = api.post("earn", "{\"points\":10}").path("id");
        Browser browser = Browser.signedIn();
        Map<String, String> of = Map.of("of-account", api.account(), "reason", "fraud");
        browser.sends("/programs/demo/do/freeze", with(of)).then().statusCode(200);
        browser.sees(member(api)).body(containsString("frozen"));
        browser.sends("/programs/demo/do/unfreeze", with(of)).then().statusCode(200);
        browser.sees(member(api) + "/operations/" + earned).body(containsString(earned));
        browser.sends("/programs/demo/do/reverse", with(Map.of("of-account", api.account(), "of-operation", earned)))
                .then()
                .statusCode(200);
        assertEquals(0, api.available());
    }

    private static Map<String, String> with(Map<String, String> form) {
        Map<String, String> keyed = new java.util.HashMap<>(form);
        keyed.put("idempotency-key", Api.key());
        return keyed;
    }

    @Test
    void whatPeopleWriteIsShownAsTheyWroteIt() {
        String script = "<script>alert(1)</script>";
        Api api = Api.fresh();
        given().contentType("application/json")
                .body(Map.of("attributes", Map.of("name", script)))
                .put(api.path())
                .then()
                .statusCode(201);
        Browser browser = Browser.signedIn();
        Map<String, String> form = new java.util.HashMap<>(adjust(api, "5", Api.key()));
        form.put("reason", script);
        form.put("text", script);
        browser.sends("/programs/demo/do/adjust", form).then().statusCode(200).body(not(containsString(script)));
        browser.sees(member(api)).body(not(containsString(script))).body(containsString("&lt;script&gt;alert(1)"));
        browser.get("/programs/demo/members?q=%3Cscript%3E")
                .then()
                .statusCode(200)
                .body(not(containsString("<script>")));
        browser.sends("/programs/demo/versions", Map.of("document", script))
                .then()
                .body(not(containsString(script)));
    }

    @Test
    void pagesShowWhatTheApiSays() throws Exception {
        Api api = Api.with(1234);
        api.post("holds", "{\"points\":34}").then().statusCode(201);
        api.post("redeem", "{\"points\":5000}").then().statusCode(422);
        Browser browser = Browser.signedIn();
        browser.sees(member(api))
                .body(containsString("id=\"available\">1,200<"))
                .body(containsString("release"))
                .body(containsString("Hold"));
        browser.sees(member(api) + "?type=declined").body(containsString("insufficient_points"));
        browser.get("/programs/demo/members?q=" + api.account()).then().body(containsString(api.account()));
        browser.sees("/programs/demo").body(containsString("in force"));
        try (Sandbox sandbox = Sandbox.of("cashback", "2026-06-01T00:00:00Z").published()) {
            String of = "/programs/" + sandbox.document().path("program").asText();
            browser.sees(of).body(containsString("Plus")).body(containsString("Sandbox"));
            browser.sees(of + "/promotions");
            browser.sees(of + "/rewards");
            browser.sends(of + "/quote", Map.of("amount", "10.00", "currency", "GBP"))
                    .then()
                    .statusCode(200)
                    .body(containsString("Would give 10 points"));
        }
    }

    @Test
    void historyGoesOnWithOlderOnes() {
        Api api = Api.fresh();
        for (int i = 1; i <= 21; i++) {
            api.post("earn", "{\"points\":" + i + "}").then().statusCode(201);
        }
        Browser browser = Browser.signedIn();
        String html = browser.sees(member(api)).extract().asString();
        Matcher older =
                Pattern.compile("hx-get=\"/console([^\"]*/older[^\"]*)\"").matcher(html);
        assertTrue(older.find(), html);
        browser.sees(older.group(1).replace("&amp;", "&"))
                .body(containsString("+1<"))
                .body(not(containsString("+2<")));
    }

    @Test
    void aDraftIsCheckedBeforeItIsPublished() throws Exception {
        try (Sandbox sandbox = Sandbox.of("cashback", "2026-06-01T00:00:00Z").published()) {
            Browser browser = Browser.signedIn();
            String of = "/programs/" + sandbox.document().path("program").asText();
            String draft = browser.sees(of).extract().htmlPath().getString("**.find { it.@id == 'document' }");
            String other = draft.replaceFirst("\"name\" : \"[^\"]*\"", "\"name\" : \"Another\"");
            browser.sends(of + "/versions", Map.of("document", other))
                    .then()
                    .statusCode(200)
                    .body(containsString("Would be version 2"))
                    .body(containsString("Another"));
            browser.sends(of + "/versions", Map.of("document", "{}"))
                    .then()
                    .statusCode(422)
                    .body(containsString("program_invalid"));
            browser.sends(of + "/versions", Map.of("document", other, "publish", "true"))
                    .then()
                    .statusCode(200)
                    .body(containsString("Is version 2"));
            browser.sees(of).body(containsString("Another"));
        }
    }

    @Test
    void aDraftIsShownBesideWhatIsInForce() throws Exception {
        try (Sandbox sandbox = Sandbox.of("coffee", "2026-12-01T08:00:00Z").published()) {
            Browser browser = Browser.signedIn();
            String of = "/programs/" + sandbox.document().path("program").asText();
            String draft = browser.sees(of).extract().htmlPath().getString("**.find { it.@id == 'document' }");
            browser.sends(of + "/versions", Map.of("document", draft))
                    .then()
                    .statusCode(200)
                    .body(containsString("The rules are those of version 1"));
            ObjectNode other = (ObjectNode) new ObjectMapper().readTree(draft);
            ((ObjectNode) other.at("/promotions/0/give")).put("multiply", "3");
            String text = other.toPrettyString();
            browser.sends(of + "/versions", Map.of("document", text))
                    .then()
                    .statusCode(200)
                    .body(containsString("Beside version 1"))
                    .body(containsString("<del>gone: "))
                    .body(containsString("<ins>new: "))
                    .body(containsString("3 times the base"))
                    .body(containsString("<ins>+ "));
            browser.sends(of + "/versions", Map.of("document", text, "publish", "true"))
                    .then()
                    .statusCode(200);
            browser.sees(of + "/versions/1").body(containsString("Beside version 2"));
            browser.sees(of + "/versions/2").body(not(containsString("Beside version")));
        }
    }

    @Test
    void aSimulationIsStartedWatchedAndShown() throws Exception {
        try (Sandbox sandbox = Sandbox.of("coffee", "2026-12-01T08:00:00Z").published()) {
            sandbox.account("a")
                    .post("earn", "{\"amount\":\"10.00\",\"currency\":\"USD\"}")
                    .then()
                    .statusCode(201);
            sandbox.moveTo("2026-12-03T08:00:00Z");
            Browser browser = Browser.signedIn();
            String of = "/programs/" + sandbox.document().path("program").asText();
            String draft = browser.sees(of)
                    .body(containsString("Simulate the draft"))
                    .extract()
                    .htmlPath()
                    .getString("**.find { it.@id == 'document' }");
            Map<String, String> days = Map.of("from", "2026-12-01", "to", "2026-12-03", "document", draft);
            browser.sends(of + "/simulations", Map.of("from", "2026-12-01", "to", "then", "document", draft))
                    .then()
                    .statusCode(400);
            browser.sends(of + "/simulations", Map.of("from", "2026-12-01", "to", "2026-12-03", "document", "{}"))
                    .then()
                    .statusCode(422);
            String started = browser.sends(of + "/simulations", days)
                    .then()
                    .statusCode(200)
                    .body(containsString("/simulations"))
                    .extract()
                    .asString();
            Matcher path = Pattern.compile("/console(/programs/[^\"]*/simulations/[0-9a-f-]{36})")
                    .matcher(started);
            assertTrue(path.find(), started);
            await().untilAsserted(() -> browser.sees(path.group(1)).body(containsString("role=\"status\">done<")));
            browser.sees(path.group(1))
                    .body(containsString("By what gave the points"))
                    .body(containsString("Redeems that the draft would have declined"))
                    .body(containsString("Outstanding at the end"))
                    .body(containsString("Members"))
                    .body(not(containsString("hx-trigger=\"load delay:2s\"")));
            browser.sends(path.group(1) + "/cancel", Map.of()).then().statusCode(200); // it has ended
            browser.sends(of + "/simulations", Map.of("from", "2026-12-01", "to", "2026-12-03", "version", "1"))
                    .then()
                    .statusCode(200);
            withScopes("read").sends("/programs/demo/simulations", days).then().statusCode(403);
        }
    }

    @Test
    void aMemberIsShownInDetail() {
        Api api = Api.fresh();
        String earned =
                api.post("earn", "{\"points\":50,\"reference\":\"bon-1\"}").path("id");
        api.post("holds", "{\"points\":20}").then().statusCode(201);
        Browser browser = Browser.signedIn();
        String page = browser.sees(member(api))
                .body(containsString("By month of expiry"))
                .body(containsString("data-until="))
                .extract()
                .asString();
        Matcher lot = Pattern.compile("/console(/programs/demo/accounts/[^\"]*/lots/[0-9-]+)\"")
                .matcher(page);
        assertTrue(lot.find(), page);
        browser.sees(lot.group(1)).body(containsString("+50")).body(containsString("bon-1"));
        browser.sees(member(api) + "/operations/" + earned)
                .body(containsString("What the till was told"))
                .body(containsString("data-copy=\"complaint-" + earned))
                .body(containsString("Reference: bon-1"))
                .body(containsString("&quot;reference&quot;"));
    }

    @Test
    void aPromotionHasAWindowAndABudget() throws Exception {
        try (Sandbox sandbox = Sandbox.of("coffee", "2026-12-11T20:00:00Z").published()) {
            sandbox.account("a")
                    .post("earn", "{\"amount\":\"20.00\",\"currency\":\"USD\"}")
                    .then()
                    .statusCode(201);
            Browser.signedIn()
                    .sees("/programs/" + sandbox.document().path("program").asText() + "/promotions")
                    .body(containsString("running"))
                    .body(containsString(
                            "(" + sandbox.document().path("timeZone").asText() + ")"))
                    .body(containsString("Left"));
        }
    }

    @Test
    void aPageSaysWhenATillHasItsKey() {
        Browser browser = Browser.signedIn();
        String name = "t" + System.nanoTime();
        String made = browser.sends(
                        "/programs/demo/do/pair", Map.of("name", name, "location", "s & t", "scopes", "earn"))
                .then()
                .statusCode(200)
                .body(containsString("Waiting for the till"))
                .extract()
                .asString();
        Matcher asks =
                Pattern.compile("hx-get=\"/console([^\"]*/pairing[^\"]*)\"").matcher(made);
        Matcher code = Pattern.compile("class=\"secret\">([^<]*)<").matcher(made);
        assertTrue(asks.find() && code.find(), made);
        String path = asks.group(1).replace("&amp;", "&");
        browser.asks()
                .urlEncodingEnabled(false)
                .get("/console" + path)
                .then()
                .statusCode(200)
                .body(containsString("Waiting for the till"));
        given().contentType("application/json")
                .body(Map.of("code", code.group(1)))
                .post("/v1/pairings/claim")
                .then()
                .statusCode(201);
        browser.asks()
                .urlEncodingEnabled(false)
                .get("/console" + path)
                .then()
                .statusCode(200)
                .body(containsString("The till has its key"))
                .body(not(containsString("hx-trigger")));
        browser.asks()
                .urlEncodingEnabled(false)
                .get("/console" + path.replaceFirst("until=.*", "until=2020-01-01T00:00:00Z"))
                .then()
                .statusCode(200)
                .body(containsString("has ended"));
    }

    @Test
    void keysAreMadeAndRevokedAndTillsPaired() {
        Browser browser = Browser.signedIn();
        String name = "k" + System.nanoTime();
        String made = browser.sends(
                        "/programs/demo/do/create-key", Map.of("name", name, "scopes", List.of("read", "earn")))
                .then()
                .statusCode(200)
                .body(containsString("stk_live_"))
                .extract()
                .asString();
        Matcher id = Pattern.compile("stk_live_([0-9A-Za-z]{12})_").matcher(made);
        assertTrue(id.find());
        browser.sees("/programs/demo/keys")
                .body(containsString(name))
                .body(containsString("read, earn"))
                .body(not(containsString("stk_live_")));
        browser.sends("/programs/demo/do/revoke-key", Map.of("of-key", id.group(1)))
                .then()
                .statusCode(200);
        given().get("/v1/programs/demo/keys/" + id.group(1)).then().body("state", equalTo("revoked"));
        browser.sends("/programs/demo/do/pair", Map.of("name", name, "location", "store-1", "scopes", "earn"))
                .then()
                .statusCode(200)
                .body(containsString("Type this at the till"));
    }

    @Test
    void aKeyWithoutAScopeNeitherSeesNorDoes() {
        Api api = Api.with(10);
        Browser reader = withScopes("read");
        reader.sees(member(api))
                .body(containsString("id=\"available\">10<"))
                .body(not(containsString("do/adjust")))
                .body(not(containsString("/demo/keys")))
                .body(not(containsString("/demo/promotions")));
        reader.sees("/programs/demo").body(not(containsString("id=\"document\"")));
        reader.sends("/programs/demo/do/adjust", adjust(api, "5", Api.key()))
                .then()
                .statusCode(403)
                .body(containsString("needs adjust"));
        reader.sends("/programs/demo/do/create-key", Map.of("name", "x", "scopes", "read"))
                .then()
                .statusCode(403);
        reader.get("/programs/demo/keys").then().statusCode(403);
        reader.get("/programs/demo/promotions").then().statusCode(403);
        reader.sends("/programs/demo/versions", Map.of("document", "{}")).then().statusCode(403);
        reader.sees(""); // its own programme
        Browser keys = withScopes("keys");
        keys.sees("/programs/demo/keys").body(not(containsString("/demo/members")));
        keys.get(member(api)).then().statusCode(403);
        assertEquals(10, api.available());
    }

    @Test
    void anotherProgrammeIsNotThere() throws Exception {
        Browser browser = withScopes("read", "adjust");
        try (Sandbox sandbox = Sandbox.of("cashback", "2026-06-01T00:00:00Z").published()) {
            String of = "/programs/" + sandbox.document().path("program").asText();
            for (String below : List.of(of, of + "/members", of + "/accounts/m", of + "/rewards")) {
                browser.get(below).then().statusCode(404).body(containsString("program_not_found"));
            }
            browser.sends(of + "/do/adjust", Map.of("of-account", "m", "points", "1", "reason", "r"))
                    .then()
                    .statusCode(404);
        }
    }

    @Test
    void germanIsSpokenToWhoAsksForIt() {
        Browser browser = Browser.signedIn();
        browser.asks()
                .header("Accept-Language", "de-DE,de;q=0.9,en;q=0.5")
                .get("/console/programs/demo")
                .then()
                .statusCode(200)
                .body("html.@lang", equalTo("de"))
                .body(containsString("Mitglieder"))
                .body(containsString("Prämien"))
                .body(containsString("Punkte"));
        browser.asks()
                .header("Accept-Language", "fr")
                .get("/console/programs/demo")
                .then()
                .body("html.@lang", equalTo("en"));
        browser.asks().header("Accept-Language", ";;;").get("/console").then().statusCode(200);
    }

    @Test
    void theStreamOfAnAccountTakesTheSession() {
        Api api = Api.with(10);
        given().redirects()
                .follow(false)
                .get("/console" + member(api) + "/events")
                .then()
                .statusCode(303);
        Browser.signedIn()
                .asks()
                .head("/console" + member(api) + "/events")
                .then()
                .statusCode(200)
                .contentType(startsWith("text/event-stream"));
    }

    @Test
    void theLivePageIsForKeysOfAllProgrammes() {
        Browser browser = Browser.signedIn();
        browser.sees("/live").body(containsString("data-stream=\"/console/live/stream\""));
        browser.get("/live/history?seconds=60").then().statusCode(200).body("step", equalTo(1));
        browser.asks().head("/console/live/stream").then().statusCode(200).contentType(startsWith("text/event-stream"));
        Browser one = withScopes("read");
        one.sees("/live").body(not(containsString("/console/live/stream")));
        one.get("/live/history").then().statusCode(403);
        one.get("/live/stream").then().statusCode(403);
    }

    @Test
    void searchSaysWhyItFound() {
        Api api = Api.fresh();
        String key = Api.key();
        api.post("earn", key, "{\"points\":10}").then().statusCode(201);
        Browser.signedIn()
                .sees("/programs/demo/members?q=" + key)
                .body(containsString(api.account()))
                .body(containsString("The Idempotency-Key"));
    }
}
