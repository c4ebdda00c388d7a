package dev.stampede.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static io.restassured.RestAssured.given;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.Cookie;
import dev.stampede.access.Sessions;
import dev.stampede.http.Api;
import dev.stampede.http.Json;
import dev.stampede.support.PackagedGateway;
import dev.stampede.support.TestKey;
import io.restassured.RestAssured;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The console of the packaged gateway in Debian's chromium, as people use it. What drives a browser is large: only
 * {@code mvn verify -Pbrowser} compiles and runs this, and {@code -Dchromium=...} says where another browser is.
 * Pictures of all pages are in {@code target/browser} afterwards.
 */
@Tag("servers")
class ConsoleInBrowser {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path PICTURES = Path.of("target", "browser");
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static final String CAFE = "corner-cafe";
    private static final String OF_CAFE = "/programs/" + CAFE;
    /** A member who has done a bit of everything. */
    private static final String ANNA = "anna-1042";

    @TempDir
    private static Path directory;

    private static PackagedGateway gateway;
    private static Playwright playwright;
    private static Browser chromium;
    private static final Map<String, Cookie> SESSIONS = new HashMap<>();

    private final List<BrowserContext> windows = new ArrayList<>();

    /** Who looks: which colours and language he likes, and how wide his window is. */
    enum Look {
        LIGHT(ColorScheme.LIGHT, "en-GB", 1280),
        DARK(ColorScheme.DARK, "de-DE", 1280),
        LIGHT_PHONE(ColorScheme.LIGHT, "de-DE", 390),
        DARK_PHONE(ColorScheme.DARK, "en-GB", 390);

        private final ColorScheme colours;
        private final String language;
        private final int width;

        Look(ColorScheme colours, String language, int width) {
            this.colours = colours;
            this.language = language;
            this.width = width;
        }

        Browser.NewContextOptions options() {
            return new Browser.NewContextOptions()
                    .setColorScheme(colours)
                    .setLocale(language)
                    .setTimezoneId("Europe/Vienna")
                    .setViewportSize(width, 800);
        }

        Path picture(String name) {
            return PICTURES.resolve(name + "-" + name().toLowerCase(Locale.ROOT).replace('_', '-') + ".png");
        }
    }

    @BeforeAll
    static void begin() throws IOException {
        Files.createDirectories(PICTURES);
        gateway = PackagedGateway.in(directory).startedBefore().withExamples();
        Process process = gateway.start("gateway.log");
        gateway.awaitReady(process, "gateway.log");
        RestAssured.baseURI = "http://localhost";
        RestAssured.port = gateway.port();
        playwright = Playwright.create(
                new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        chromium = playwright
                .chromium()
                .launch(new BrowserType.LaunchOptions()
                        .setExecutablePath(Path.of(System.getProperty("chromium", "/usr/bin/chromium")))
                        .setArgs(List.of("--no-sandbox", "--disable-background-networking")));
        var unused = cafe(CAFE);
        anna();
    }

    @AfterAll
    static void end() throws IOException {
        if (playwright != null) {
            playwright.close();
        }
        gateway.close();
    }

    @AfterEach
    void closeWindows() {
        windows.forEach(BrowserContext::close);
    }

    /** Publishes the programme of the pages under an id, and waits until it is in force. */
    private static ObjectNode cafe(String id) throws IOException {
        ObjectNode document = (ObjectNode) JSON.readTree(Files.readString(Path.of("src/browser/corner-cafe.json")));
        document.put("program", id);
        given().contentType("application/json")
                .body(document.toString())
                .post("/v1/programs/" + id + "/versions")
                .then()
                .statusCode(201);
        awaitVersion(id, 1);
        return document;
    }

    private static void awaitVersion(String program, int version) {
        await().atMost(PATIENCE)
                .until(() -> given().get("/v1/programs/" + program).path("version") instanceof Integer now
                        && now == version);
    }

    private static void anna() {
        Api anna = Api.of(CAFE, ANNA);
        given().contentType("application/json")
                .body("{\"attributes\":{\"birthDate\":\"1994-05-17\",\"emailOptIn\":true}}")
                .put(anna.path())
                .then()
                .statusCode(201);
        done(anna.post(
                "earn",
                "till-3-2207",
                "{\"amount\":\"236.00\",\"currency\":\"EUR\",\"store\":\"vienna-1\",\"channel\":\"till\","
                        + "\"reference\":\"receipt 2207\"}"));
        done(anna.post("redeem", "{\"reward\":\"cake\",\"reference\":\"receipt 2230\"}"));
        String coffees = done(anna.post(
                        "earn",
                        "app-77120",
                        "{\"amount\":\"27.60\",\"currency\":\"EUR\",\"channel\":\"app\",\"items\":["
                                + "{\"sku\":\"melange\",\"categories\":[\"coffee\"],\"quantity\":\"4\","
                                + "\"amount\":\"18.40\"},"
                                + "{\"sku\":\"strudel\",\"quantity\":\"2\",\"amount\":\"9.20\"}]}"))
                .path("id");
        done(anna.post("operations/" + coffees + "/reverse", "{\"items\":[{\"line\":1,\"quantity\":\"1\"}]}"));
        anna.post("redeem", "{\"points\":5000}").then().statusCode(422);
        done(anna.post(
                "adjust",
                "{\"points\":25,\"reason\":\"waited 20 minutes, ticket 8812\",\"text\":\"Sorry for the wait.\"}"));
        done(anna.post("holds", "{\"points\":100,\"ttlSeconds\":1800}"));
    }

    @CanIgnoreReturnValue
    private static Response done(Response response) {
        response.then().statusCode(201);
        return response;
    }

    private static String purchase(String amount) {
        return "{\"amount\":\"" + amount + "\",\"currency\":\"EUR\",\"store\":\"vienna-1\",\"channel\":\"till\"}";
    }

    /** A new key that may do no more than that, and only in one programme. */
    private static String key(String program, String name, String... scopes) {
        return given().contentType("application/json")
                .body(Map.of("name", name, "scopes", List.of(scopes)))
                .post("/v1/programs/" + program + "/keys")
                .then()
                .statusCode(201)
                .extract()
                .path("key");
    }

    private Visitor nobody(Look look) {
        BrowserContext window = chromium.newContext(look.options());
        windows.add(window);
        return new Visitor(window, gateway.api());
    }

    private Visitor signedIn(String key, Look look) {
        return new Visitor(window(key, look), gateway.api());
    }

    private BrowserContext window(String key, Look look) {
        BrowserContext window = chromium.newContext(look.options());
        windows.add(window);
        window.addCookies(List.of(SESSIONS.computeIfAbsent(key, ConsoleInBrowser::session)));
        return window;
    }

    private static Cookie session(String key) {
        String session = given().redirects()
                .follow(false)
                .contentType("application/x-www-form-urlencoded")
                .formParam("api-key", key)
                .post("/console/login")
                .then()
                .statusCode(303)
                .extract()
                .cookie(Sessions.COOKIE);
        return new Cookie(Sessions.COOKIE, session).setUrl(gateway.api() + "/console");
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    /** All pages, by the names of their pictures. */
    private static Map<String, String> pages() {
        JsonPath operations = given().get("/v1/programs/" + CAFE + "/accounts/" + ANNA + "/operations?limit=50")
                .jsonPath();
        String earn = operations.getString("items.find { it.key == 'app-77120' }.id");
        String code = operations.getString("items.find { it.code != null }.code");
        Map<String, String> pages = new LinkedHashMap<>();
        pages.put("programmes", "");
        pages.put("live", "/live");
        pages.put("members", OF_CAFE + "/members");
        pages.put("members-found", OF_CAFE + "/members?q=till-3-2207");
        pages.put("members-none", OF_CAFE + "/members?q=till-3-9999");
        pages.put("member", OF_CAFE + "/accounts/" + ANNA);
        pages.put("member-declined", OF_CAFE + "/accounts/" + ANNA + "?type=declined");
        pages.put("lot", OF_CAFE + "/accounts/" + ANNA + "/lots/2027-12-31");
        pages.put("operation", OF_CAFE + "/accounts/" + ANNA + "/operations/" + earn);
        pages.put("programme", OF_CAFE);
        pages.put("version", OF_CAFE + "/versions/1");
        pages.put("promotions", OF_CAFE + "/promotions");
        pages.put("promotions-none", "/programs/demo/promotions");
        pages.put("rewards", OF_CAFE + "/rewards");
        pages.put("rewards-code", OF_CAFE + "/rewards?code=" + code);
        pages.put("keys", OF_CAFE + "/keys");
        return pages;
    }

    @ParameterizedTest
    @EnumSource
    void everyPageIsForEverybody(Look look) {
        Visitor visitor = nobody(look);
        visitor.opens("/login");
        looksAt(visitor, look, "login");
        visitor.complainsOfNothing();

        Visitor all = signedIn(TestKey.TEXT, look);
        pages().forEach((name, below) -> {
            all.opens(below);
            assertEquals(
                    look.language.substring(0, 2), all.page().locator("html").getAttribute("lang"), name);
            if (name.equals("live")) {
                assertThat(all.page().locator("#live-table tr").nth(1)).isAttached();
            }
            looksAt(all, look, name);
        });
        all.page().keyboard().press("?");
        assertThat(all.page().locator("#help")).isVisible();
        looksAt(all, look, "help");

        all.opens(OF_CAFE + "/accounts/nobody");
        all.mayBeRefused();
        looksAt(all, look, "problem");
        all.complainsOfNothing();
    }

    private static void looksAt(Visitor visitor, Look look, String name) {
        visitor.picture(look.picture(name));
        visitor.looksAround();
    }

    @Test
    void whoeverIsNotSignedInGetsToWhereHeCanDoThat() {
        Visitor visitor = nobody(Look.LIGHT);
        pages().forEach((name, below) -> {
            visitor.opens(below);
            assertEquals("/login", visitor.place(), name);
        });
        visitor.page().getByLabel("API key").fill("stk_live_no_such_key");
        visitor.page().keyboard().press("Enter");
        assertThat(visitor.page().getByRole(AriaRole.ALERT)).isVisible();
        visitor.mayBeRefused();
        looksAt(visitor, Look.LIGHT, "login-refused");
        visitor.complainsOfNothing();
    }

    @Test
    void theKeyboardDoesEverything() {
        Visitor visitor = nobody(Look.LIGHT);
        visitor.opens("/login");
        visitor.page().keyboard().type(key(CAFE, "at the counter", "read"));
        visitor.page().keyboard().press("Enter");
        visitor.page().waitForURL("**/console");
        goesTo(visitor, CAFE + "/members");
        visitor.page().keyboard().press("/");
        visitor.page().keyboard().type("receipt 2207");
        visitor.page().keyboard().press("Enter");
        visitor.page().waitForURL("**/members?q=*");
        assertThat(visitor.page().locator("main")).containsText("Nothing found"); // this one is not unique
        visitor.page().keyboard().press("/");
        visitor.page().keyboard().type(ANNA);
        visitor.page().keyboard().press("Enter");
        goesTo(visitor, "/accounts/" + ANNA);
        assertThat(visitor.page().locator("h1")).containsText(ANNA);
        visitor.page().keyboard().press("?");
        assertThat(visitor.page().locator("#help")).isVisible();
        visitor.page().keyboard().press("Escape");
        assertThat(visitor.page().locator("#help")).isHidden();
        visitor.complainsOfNothing();
    }

    /** With the tab key to a link, which it follows. */
    private static void goesTo(Visitor visitor, String link) {
        visitor.page().waitForSelector("a[href$='" + link + "']");
        for (int i = 0; i < 40; i++) {
            visitor.page().keyboard().press("Tab");
            if (visitor.page().evaluate("() => document.activeElement.getAttribute('href')") instanceof String href
                    && href.endsWith(link)) {
                visitor.page().keyboard().press("Enter");
                visitor.page().waitForURL("**" + link);
                return;
            }
        }
        throw new AssertionError("the tab key does not get to " + link);
    }

    @Test
    void anAgentSeesWhyThereWereNoMorePointsAndGivesThem() {
        String account = "bert-2071";
        Api member = Api.of(CAFE, account);
        done(member.post("earn", "till-7-4711", purchase("12.00")));
        Visitor agent = signedIn(key(CAFE, "service desk", "read", "adjust"), Look.LIGHT);
        Page page = agent.page();
        agent.opens("");
        page.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName("Corner Café"))
                .click();
        page.waitForURL("**/members");

        page.keyboard().press("/");
        page.keyboard().type("till-7-4711");
        page.keyboard().press("Enter");
        assertThat(page.locator("main tbody")).containsText("The Idempotency-Key");
        page.locator("main tbody a").first().click();
        assertThat(page.locator("#available")).hasText("12");
        page.evaluate("() => window.sameWindow = true");

        Locator earn = page.locator(".history > li").first();
        earn.locator("summary").click();
        assertThat(earn).containsText("big-basket gives nothing: ");
        assertThat(earn).containsText("12");
        agent.picture(Look.LIGHT.picture("agent-why"));

        done(member.post("earn", purchase("5.00"))); // he is at a till meanwhile
        assertThat(page.locator("#available")).hasText("17");

        page.getByText("Give or take points").click();
        page.getByLabel("Points (below 0: take)").fill("12");
        page.getByLabel("Reason").locator("visible=true").fill("the sign in the shop said double");
        page.getByLabel("Text for the member").locator("visible=true").fill("Double beans, as promised.");
        page.locator("#actions details[open] button").first().click();
        assertThat(page.locator("#outcome")).containsText("+12");
        assertThat(page.locator("#available")).hasText("29");
        assertThat(page.locator(".history > li").first()).containsText("the sign in the shop said double");
        agent.picture(Look.LIGHT.picture("agent-adjusted"));
        assertEquals(true, page.evaluate("() => window.sameWindow"), "the page was not loaded again");
        assertEquals(29, member.available());
        agent.looksAround();
        agent.complainsOfNothing();
    }

    @Test
    void aManagerTriesADraftAndPublishesIt() throws IOException {
        String program = "corner-cafe-2";
        ObjectNode document = cafe(program);
        Visitor manager = signedIn(key(program, "programme office", "read", "program"), Look.LIGHT);
        Page page = manager.page();
        manager.opens("/programs/" + program);

        page.getByLabel("Amount").fill("12.00");
        tries(page, false);
        assertThat(page.locator("#tried")).containsText("Would give 12 points.");
        assertThat(page.locator("#tried")).containsText("big-basket gives nothing");

        String draft = page.locator("#document").inputValue();
        assertEquals(document.path("name"), JSON.readTree(draft).path("name"));
        page.locator("#document").fill(draft.replace("\"15.00\"", "\"10.00\""));
        tries(page, true);
        assertThat(page.locator("#tried")).containsText("Would give 24 points.");

        page.locator("button[formaction$='/simulations']").click();
        assertThat(page.locator("#simulated .simulation .badge")).hasText("done");
        page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Check"))
                .click();
        assertThat(page.locator("#checked")).containsText("Would be version 2");
        assertThat(page.locator("#checked .diff").first()).containsText("10.00");
        manager.picture(Look.LIGHT.picture("manager-checked"));
        page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Publish"))
                .click();
        assertThat(page.locator("#checked")).containsText("Is version 2");

        awaitVersion(program, 2);
        Response earned = done(Api.of(program, "carla-9").post("earn", purchase("12.00")));
        assertEquals(24, Json.of(earned).getLong("points"));
        manager.opens("/programs/" + program);
        assertThat(page.locator("main")).containsText("from 10 EUR");
        manager.complainsOfNothing();
    }

    private static void tries(Page page, boolean draft) {
        page.getByLabel("by the draft below").setChecked(draft);
        page.getByRole(
                        AriaRole.BUTTON,
                        new Page.GetByRoleOptions().setName("Try").setExact(true))
                .click();
    }

    /** What a member, a till or a document says is text, whatever it says. */
    @Test
    void hostileTextStaysText() {
        String hostile = "<script>document.title='taken'</script><img src=x onerror=alert(1)>{c:actions}";
        Api member = Api.of("demo", "eve-1");
        given().contentType("application/json")
                .body(Map.of("attributes", Map.of("nickname", hostile)))
                .put(member.path())
                .then()
                .statusCode(201);
        done(member.keyed("till-666")
                .body(Map.of("points", 5, "reference", hostile))
                .post(member.path("earn")));
        done(member.keyed(Api.key())
                .body(Map.of("points", 1, "reason", hostile, "text", hostile))
                .post(member.path("adjust")));
        var unused = key("demo", hostile, "read");

        Visitor visitor = signedIn(TestKey.TEXT, Look.LIGHT);
        String of = "/programs/demo";
        for (String below : List.of("/accounts/eve-1", "/keys", "/members?q=" + encoded(hostile))) {
            visitor.opens(of + below);
            assertThat(visitor.page().locator("main")).containsText(hostile);
        }
        visitor.opens(of + "/accounts/" + encoded(hostile).replace("+", "%20"));
        visitor.opens(of + "/rewards?code=" + encoded(hostile));
        visitor.mayBeRefused();
        visitor.opens(of + "/accounts/eve-1");
        visitor.page().locator(".history summary").first().click();
        assertThat(visitor.page().locator(".history .more").first()).containsText(hostile);
        assertFalse(visitor.page().title().contains("taken"));
        visitor.complainsOfNothing();
    }

    /** Two tabs during a rush: both show each second that the gateway knows, and the same of it. */
    @Test
    void liveLosesNoSecondInTwoTabs() throws InterruptedException {
        int seconds = Integer.getInteger("seconds", 15);
        BrowserContext window = window(TestKey.TEXT, Look.LIGHT);
        List<Visitor> tabs = List.of(new Visitor(window, gateway.api()), new Visitor(window, gateway.api()));
        List<Map<String, String>> seen = List.of(new TreeMap<>(), new TreeMap<>());
        Instant end = Instant.now().plusSeconds(seconds);
        try (Rush rush = new Rush(gateway.api(), CAFE, end)) {
            for (Visitor tab : tabs) {
                tab.opens("/live");
            }
            do {
                TimeUnit.SECONDS.sleep(3);
                for (int i = 0; i < tabs.size(); i++) {
                    seen.get(i).putAll(rows(tabs.get(i).page()));
                }
            } while (Instant.now().isBefore(end));
            String picture =
                    System.getProperty("picture", PICTURES.resolve("live.png").toString());
            tabs.get(0).page().screenshot(new Page.ScreenshotOptions().setPath(Path.of(picture)));
            rush.stop();
            assertTrue(rush.done() > 50L * seconds, () -> rush.done() + " operations");
        }
        Map<String, String> known = new TreeMap<>();
        JsonPath history = given().get("/v1/live/history?seconds=600").jsonPath();
        List<String> at = history.getList("items.at");
        List<Integer> earned = history.getList("items.earned");
        for (int i = 0; i < at.size(); i++) {
            known.put(at.get(i), String.format(Locale.ENGLISH, "%,d", earned.get(i)));
        }
        for (Map<String, String> tab : seen) {
            String first = ((TreeMap<String, String>) tab).firstKey();
            String last = ((TreeMap<String, String>) tab).lastKey();
            assertTrue(tab.size() > seconds - 8, () -> seconds + " seconds, seen " + tab.keySet());
            assertEquals(new TreeMap<>(known).subMap(first, true, last, true), tab);
        }
        tabs.forEach(Visitor::complainsOfNothing);
    }

    /** The points that were earned, by second, of the last ten seconds. */
    @SuppressWarnings("unchecked")
    private static Map<String, String> rows(Page page) {
        return (Map<String, String>)
                page.evaluate("() => Object.fromEntries([...document.querySelectorAll('#live-table tr')]"
                        + ".map(row => [row.querySelector('time').dateTime, row.children[5].textContent]))");
    }
}
