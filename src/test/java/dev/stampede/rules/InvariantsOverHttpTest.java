package dev.stampede.rules;

import static io.restassured.RestAssured.given;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.stampede.account.Image;
import dev.stampede.award.MemberState;
import dev.stampede.codec.MemberText;
import dev.stampede.codec.Taken;
import dev.stampede.http.Api;
import dev.stampede.http.Sandbox;
import dev.stampede.http.Simulated;
import dev.stampede.support.Backends;
import dev.stampede.support.BackendsResource;
import dev.stampede.verify.Verification;
import io.quarkus.test.common.TestResourceScope;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import java.io.IOException;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The invariants of {@link InvariantsTest} over HTTP, with real servers: random programmes in the zone of Berlin, some
 * members, and all that can happen to their points, while the clock jumps over New Year and the changes of clocks and
 * new versions are published. A failure names its seed. Longer: {@code -Dstampede.invariants.programs=200}.
 */
@QuarkusTest
@WithTestResource(value = BackendsResource.class, scope = TestResourceScope.GLOBAL)
@Tag("servers")
@Tag("long")
class InvariantsOverHttpTest {
    private static final int PROGRAMS = Integer.getInteger("stampede.invariants.programs", 3);
    private static final int STEPS = Integer.getInteger("stampede.invariants.steps", 50);
    private static final int MEMBERS = 3;
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<String> BUCKETS = List.of("available", "held", "pending", "debt");

    @Test
    void holdInRandomHistories() throws Exception {
        long first = Long.getLong("stampede.seed", 20_261_130);
        Map<String, Integer> happened = new TreeMap<>();
        for (long seed = first; seed < first + PROGRAMS; seed++) {
            try (Sandbox sandbox = sandbox(new Random(seed), happened)) {
                new History(sandbox, seed, happened).play();
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("-Dstampede.seed=" + seed + ": " + e.getMessage(), e);
            }
        }
        for (String what : List.of(
                "earn 201",
                "late earn 201",
                "quote 200",
                "redeem 201",
                "holds 201",
                "capture 201",
                "void 201",
                "voids 201",
                "reverse all 201",
                "reverse points 201",
                "reverse amount 201",
                "reverse items 201",
                "version 201",
                "simulated",
                "nothing was spent",
                "all came back")) {
            assertTrue(happened.containsKey(what), () -> what + " in " + happened);
        }
    }

    /** A programme that the reader accepts, at one of the times around which days are special. */
    private static Sandbox sandbox(Random random, Map<String, Integer> happened) throws IOException {
        List<String> begins = List.of("2026-10-20T22:15:00Z", "2026-12-27T10:00:00Z", "2027-03-20T23:05:00Z");
        Sandbox sandbox = Sandbox.of("demo", begins.get(random.nextInt(begins.size())));
        sandbox.with("timeZone", "'Europe/Berlin'").with("tiers", "null");
        while (true) {
            JsonNode made = Documents.json(new RandomProgram(random).sharing().json());
            for (String field :
                    List.of("rounding", "measures", "earn", "stacking", "promotions", "budgets", "rewards")) {
                sandbox.with(
                        field,
                        made.path(field).isMissingNode()
                                ? "[]"
                                : made.path(field).toString());
            }
            sandbox.with("redeem", made.path("redeem").toString())
                    .with("limits", made.path("limits").toString());
            if (made.has("tiers")) {
                sandbox.with("tiers", made.path("tiers").toString());
            } else {
                sandbox.without("tiers");
            }
            for (String field : List.of("backdateDays", "pendingDays")) {
                sandbox.with("/points/" + field, made.path("points").path(field).toString());
            }
            int status = sandbox.dryRun();
            happened.merge("document " + status, 1, Integer::sum);
            if (status == 200) {
                return sandbox.published();
            }
            assertEquals(422, status);
        }
    }

    private static final class Member {
        final Api api;
        /** Of what it earned, paid and held, by the ids of the operations. */
        final List<String> earns = new ArrayList<>();

        final List<String> payments = new ArrayList<>();
        final List<String> holds = new ArrayList<>();
        final List<String> keys = new ArrayList<>();
        /** Of {@code payments} and {@code holds} those with a gift. */
        final List<String> gifts = new ArrayList<>();
        /** Whether an earn was reversed while its points or gifts were spent, and these stay with the member. */
        boolean keeps;

        final Set<String> seen = new HashSet<>();
        final Map<String, Long> buckets = new HashMap<>();

        Member(Api api) {
            this.api = api;
        }
    }

    private static final class History {
        private final Sandbox sandbox;
        private final Random random;
        private final Map<String, Integer> happened;
        private final List<Member> members = new ArrayList<>();
        private final Map<String, Long> limits = new HashMap<>();
        private final Instant begins;
        private Instant now;
        /** When the version in force took effect. */
        private Instant since;
        /** Whether all that was paid is given back. */
        private boolean undoing;

        History(Sandbox sandbox, long seed, Map<String, Integer> happened) {
            this.sandbox = sandbox;
            this.random = new Random(~seed);
            this.happened = happened;
            this.begins = Instant.parse(document().path("sandbox").path("now").asText());
            this.now = begins;
            this.since = begins.minusMillis(1);
            for (int i = 0; i < MEMBERS; i++) {
                members.add(new Member(sandbox.account("m" + i)));
            }
            for (JsonNode promotion : document().path("promotions")) {
                int number = 0;
                for (JsonNode limit : promotion.path("limits")) {
                    String counter =
                            limit.path("counter").asText(promotion.path("id").asText() + "." + number);
                    boolean isShared =
                            limit.has("counter") && limit.path("of").asText().equals("points");
                    limits.put(
                            isShared ? counter + ".points" : counter,
                            limit.path("max").asLong());
                    number++;
                }
            }
        }

        private JsonNode document() {
            return sandbox.document();
        }

        void play() throws Exception {
            for (int i = 0; i < STEPS; i++) {
                if (random.nextInt(3) > 0) {
                    now = now.plus(Duration.ofMinutes(1 + random.nextInt(60 * 72)));
                    sandbox.moveTo(now.toString());
                }
                if (random.nextInt(12) == 0) {
                    publish();
                }
                Member member = members.get(random.nextInt(MEMBERS));
                act(member);
                check(member);
            }
            simulate();
            for (Member member : members) {
                undoAll(member);
            }
            budgets();
            verify();
            simulate();
        }

        /** All that was sealed can be computed again, by whatever versions. */
        private void simulate() throws Exception {
            now = now.plus(Duration.ofMinutes(1));
            sandbox.moveTo(now.toString());
            JsonNode result = Simulated.by(sandbox, begins, now, "'version':1");
            assertEquals(0, result.path("notReproduced").path("count").asLong(), () -> "simulated " + result);
            exact();
        }

        /** Since a version is in force, it gives what was sealed. */
        private void exact() throws Exception {
            Instant from = since.plusMillis(1); // what was decided at that instant can be of the version before
            if (from.isBefore(now)) {
                String version = document().path("basedOn").asText();
                JsonNode result = Simulated.by(sandbox, from, now, "'version':" + version);
                assertEquals(Simulated.side(result, true), Simulated.side(result, false), () -> "exact " + result);
                assertEquals(0, result.path("declinedRedeems").path("count").asLong(), () -> "exact " + result);
                long operations = result.path("operations").asLong();
                happened.merge(operations > 0 ? "simulated" : "nothing to simulate", 1, Integer::sum);
            }
        }

        /** Other numbers and terms; the promotions that were there and their limits stay. */
        private void publish() throws Exception {
            exact();
            JsonNode extra = JSON.readTree("{\"id\":\"extra\",\"give\":{\"points\":" + (1 + random.nextInt(9)) + "}}");
            ObjectNode changed = document().deepCopy();
            List<JsonNode> promotions = new ArrayList<>();
            changed.path("promotions").forEach(each -> {
                if (!each.path("id").asText().equals("extra")) {
                    promotions.add(each);
                }
            });
            if (random.nextBoolean()) {
                promotions.add(extra);
            }
            sandbox.with("promotions", promotions.toString())
                    .with("/points/pendingDays", Integer.toString(random.nextInt(3) * 4))
                    .with("/points/graceDays", Integer.toString(random.nextInt(2) * 30))
                    .with("/points/clawback", random.nextBoolean() ? "'debt'" : "'forgive'")
                    .with("/redeem/0/points", Integer.toString(1 + random.nextInt(3)));
            if (sandbox.dryRun() == 200) { // one more promotion may be one that never gives anything
                sandbox.published();
                since = now;
                happened.merge("version 201", 1, Integer::sum);
            }
        }

        private void act(Member member) throws Exception {
            int what = member.earns.isEmpty() ? 0 : random.nextInt(20);
            boolean spends = member != members.get(0);
            if (what < 9) {
                earn(member);
            } else if (what < 13) {
                reverse(member, one(member.earns));
            } else if (what < 15 && spends) {
                String id = done(member, "redeem", "redeem", payment());
                member.payments.addAll(id == null ? List.of() : List.of(id));
            } else if (what < 17) {
                String body = spends ? payment() : "{'points':" + (1 + random.nextInt(30)) + "}";
                String id = done(
                        member,
                        "holds",
                        "holds",
                        body.substring(0, body.length() - 1) + ",'ttlSeconds':" + (30 + random.nextInt(1700)) + "}");
                member.holds.addAll(id == null ? List.of() : List.of(id));
                if (id != null && random.nextInt(3) > 0) {
                    check(member);
                    end(member, id, spends);
                }
            } else if (what == 17 && !member.holds.isEmpty()) {
                end(member, one(member.holds), spends);
            } else if (what == 18) {
                done(
                        member,
                        "voids",
                        "voids",
                        "{'key':'" + (random.nextInt(5) == 0 ? Api.key() : one(member.keys)) + "'}");
            } else if (!member.payments.isEmpty()) {
                done(
                        member,
                        "give back",
                        "operations/" + one(member.payments) + "/reverse",
                        random.nextBoolean() ? "{}" : "{'points':" + (1 + random.nextInt(20)) + "}");
            }
        }

        private void end(Member member, String hold, boolean spends) throws IOException {
            if (spends && random.nextBoolean()) {
                String id = done(member, "capture", "holds/" + hold + "/capture", captured());
                member.payments.addAll(id == null ? List.of() : List.of(id));
            } else {
                done(member, "void", "holds/" + hold + "/void", "{}");
            }
        }

        private <T> T one(List<T> of) {
            return of.get(random.nextInt(of.size()));
        }

        private String payment() {
            return switch (random.nextInt(3)) {
                case 0 -> "{'reward':'free'}";
                case 1 -> "{'amount':'0." + (10 + random.nextInt(40)) + "','currency':'EUR'}";
                default -> "{'points':" + (1 + random.nextInt(60)) + "}";
            };
        }

        private String captured() {
            return random.nextBoolean() ? "{}" : "{'points':" + (1 + random.nextInt(30)) + "}";
        }

        /** Asks; the operation's id, or null if it was refused or there was nothing to do. */
        @CanIgnoreReturnValue
        private String done(Member member, String what, String path, String body) throws IOException {
            String key = Api.key();
            Response response = member.api.post(path, key, body.replace('\'', '"'));
            happened.merge(what + " " + response.statusCode(), 1, Integer::sum);
            assertTrue(
                    Set.of(200, 201, 404, 409, 410, 422).contains(response.statusCode()),
                    () -> path + " " + body + ": " + response.asString());
            if (response.statusCode() != 201) {
                return null;
            }
            member.keys.add(key);
            JsonNode operation = JSON.readTree(response.asString());
            String id = operation.path("id").asText();
            if (operation.path("explanation").path(0).path("text").asText().equals("used as a gift")) {
                member.gifts.add(id);
            }
            boolean takesBack = operation.path("type").asText().matches("reverse|void")
                    && member.earns.contains(operation.path("reverses").asText());
            boolean forgives =
                    document().path("points").path("clawback").asText().equals("forgive");
            boolean stay = (forgives && !member.payments.isEmpty()) || !member.gifts.isEmpty();
            member.keeps |= takesBack && !undoing && stay;
            return id;
        }

        private void earn(Member member) throws IOException {
            ObjectNode body = (ObjectNode) JSON.readTree(purchase().replace('\'', '"'));
            boolean late = random.nextInt(3) == 0;
            if (late) {
                long most = Duration.ofDays(
                                document().path("points").path("backdateDays").asInt())
                        .toSeconds();
                Instant at = now.minusSeconds((long) (random.nextDouble() * (most - 7200)));
                body.put("occurredAt", (at.isBefore(begins) ? begins : at).toString());
            }
            Response quoted = given().contentType("application/json")
                    .body(body.deepCopy().put("account", member.api.account()).toString())
                    .post(sandbox.path("quote"));
            happened.merge("quote " + quoted.statusCode(), 1, Integer::sum);
            String key = Api.key();
            Response response = member.api.post("earn", key, body.toString());
            happened.merge((late ? "late earn " : "earn ") + response.statusCode(), 1, Integer::sum);
            assertEquals(201, response.statusCode(), () -> body + ": " + response.asString());
            JsonNode earned = JSON.readTree(response.asString());
            member.keys.add(key);
            member.earns.add(earned.path("id").asText());
            assertEquals(earned(earned), explained(earned), () -> "I1 " + earned);
            assertEquals(200, quoted.statusCode());
            JsonNode quote = JSON.readTree(quoted.asString());
            assertEquals(quote.path("points").asLong(), earned(earned), () -> "I5 " + quote + earned);
            assertEquals(
                    quote.path("measures"),
                    earned.has("measures") ? earned.path("measures") : JSON.createObjectNode(),
                    "I5 measures");
            for (int i = 0; i < earned.path("explanation").size(); i++) {
                assertEquals(
                        quote.path("explanation").path(i),
                        earned.path("explanation").path(i),
                        "I5 explanation");
            }
        }

        private static long earned(JsonNode operation) {
            long sum = 0;
            for (JsonNode entry : operation.path("entries")) {
                if (entry.path("type").asText().equals("earn")) {
                    sum += entry.path("points").asLong() + entry.path("pending").asLong();
                }
            }
            return sum;
        }

        /** A rule that a budget has cut is told twice. */
        private static long explained(JsonNode operation) {
            Map<String, Long> rules = new HashMap<>();
            operation
                    .path("explanation")
                    .forEach(each -> rules.merge(
                            each.path("rule").asText(), each.path("points").asLong(), Math::max));
            return rules.values().stream().mapToLong(Long::longValue).sum();
        }

        private String purchase() {
            if (random.nextInt(9) == 0) {
                return document().toString().contains("action:go")
                        ? "{'action':'go'}"
                        : "{'points':" + (1 + random.nextInt(50)) + "}";
            }
            List<String> items = new ArrayList<>();
            long sum = 0;
            int lines = random.nextInt(4);
            for (int i = 0; i < lines; i++) {
                long minor = random.nextInt(4) == 0 ? 0 : random.nextInt(3000);
                if (i > 0 && random.nextInt(4) == 0) {
                    minor = -random.nextInt((int) sum + 1);
                }
                sum += minor;
                String category = one(List.of("'a'", "'b'", "'a','b'", "'x'", ""));
                String quantity = random.nextInt(5) == 0 ? "0.453" : Integer.toString(1 + random.nextInt(5));
                items.add("{'categories':[" + category + "],'quantity':'" + quantity + "','amount':'" + money(minor)
                        + "'}");
            }
            long rest = lines == 0 || random.nextInt(4) == 0 ? random.nextInt(3000) : 0;
            return "{'amount':'" + money(sum + rest) + "','currency':'EUR','items':[" + String.join(",", items) + "]}";
        }

        private static String money(long minor) {
            return BigDecimal.valueOf(minor, 2).toPlainString();
        }

        private void reverse(Member member, String earn) throws IOException {
            String path = "operations/" + earn + "/reverse";
            switch (random.nextInt(5)) {
                case 0 -> done(member, "reverse all", path, "{}");
                case 1, 2 ->
                    done(
                            member,
                            "reverse amount",
                            path,
                            "{'amount':'" + money(1 + random.nextInt(1500)) + "','currency':'EUR'}");
                case 3 -> done(member, "reverse points", path, "{'points':" + (1 + random.nextInt(20)) + "}");
                default ->
                    done(
                            member,
                            "reverse items",
                            path,
                            "{'items':[{'line':" + random.nextInt(3) + ",'quantity':'" + one(List.of("1", "0.453", "2"))
                                    + "'}]}");
            }
        }

        /** I2, I3, I7 and I8, after each step. */
        private void check(Member member) throws Exception {
            JsonNode operations = null;
            List<JsonNode> news = new ArrayList<>();
            String cursor = "";
            while (operations == null || (!operations.path("cursor").isNull() && news.size() % 50 == 0)) {
                Response page = member.api.get("operations?limit=50" + cursor);
                if (page.statusCode() == 404) {
                    return; // nobody has enrolled him
                }
                operations = JSON.readTree(page.asString());
                cursor = "&cursor=" + operations.path("cursor").asText();
                for (JsonNode each : operations.path("items")) {
                    if (!member.seen.contains(each.path("id").asText())) {
                        news.add(each);
                    }
                }
                if (news.isEmpty()) {
                    return;
                }
            }
            Collections.reverse(news);
            for (JsonNode each : news) {
                member.seen.add(each.path("id").asText());
                for (JsonNode entry : each.path("entries")) {
                    for (String bucket : BUCKETS) {
                        String field = bucket.equals("available") ? "points" : bucket;
                        member.buckets.merge(bucket, entry.path(field).asLong(), Long::sum);
                    }
                }
                JsonNode balance = each.path("balance");
                for (String bucket : BUCKETS) {
                    long is = balance.path(bucket).asLong();
                    assertEquals(member.buckets.getOrDefault(bucket, 0L), is, () -> "I2 " + bucket + " " + each);
                    assertTrue(is >= 0, () -> "I3 " + each);
                }
                assertTrue(
                        balance.path("debt").asLong() == 0
                                || balance.path("available").asLong() == 0,
                        () -> "I8 " + each);
            }
            JsonNode last = news.get(news.size() - 1);
            if (Instant.parse(last.path("createdAt").asText()).equals(now)) {
                JsonNode there = JSON.readTree(member.api.get().asString());
                for (String bucket : BUCKETS) {
                    assertEquals(last.path("balance").path(bucket), there.path(bucket), bucket);
                }
            }
            state(member).counters().forEach((counter, count) -> {
                assertTrue(count > 0, () -> "I3 " + counter);
                assertTrue(count <= limits.getOrDefault(counter.name(), Long.MAX_VALUE), () -> "I7 " + counter);
            });
        }

        /** What the ledger has of the member besides his points. */
        private MemberState state(Member member) throws SQLException {
            try (Connection owner = owner();
                    var newest = owner.prepareStatement("SELECT image FROM operation WHERE program = ? AND account = ?"
                            + " ORDER BY version DESC LIMIT 1")) {
                newest.setString(1, document().path("program").asText());
                newest.setString(2, member.api.account());
                try (var row = newest.executeQuery()) {
                    assertTrue(row.next());
                    return MemberText.read(Image.parseKnown(row.getString(1)).member());
                }
            }
        }

        private static Connection owner() throws SQLException {
            return DriverManager.getConnection(Backends.shared().postgres().jdbcUrl());
        }

        /** I4: where all that was spent has come back, nothing is left. */
        private void undoAll(Member member) throws Exception {
            undoing = false;
            for (String hold : member.holds) {
                done(member, "void", "holds/" + hold + "/void", "{}");
            }
            for (String payment : member.payments) {
                done(member, "give back", "operations/" + payment + "/reverse", "{}");
            }
            undoing = true;
            Collections.shuffle(member.earns, random);
            for (String earn : member.earns) {
                done(member, "reverse all", "operations/" + earn + "/reverse", "{}");
            }
            check(member);
            if (member.keeps || hasLostGifts(member) || member.earns.isEmpty()) {
                return;
            }
            happened.merge(member.payments.isEmpty() ? "nothing was spent" : "all came back", 1, Integer::sum);
            JsonNode account = JSON.readTree(member.api.get().asString());
            for (String bucket : BUCKETS) {
                assertEquals(0, account.path(bucket).asLong(), () -> "I4 " + account);
            }
            MemberState state = state(member);
            assertEquals(Map.of(), state.counters(), "I4 counters");
            assertEquals(Map.of(), state.sums(), "I4 measures");
            assertEquals(Map.of(), state.stamps(), "I4 stamps");
            assertEquals(Map.of(), state.streaks(), "I4 streaks");
            assertEquals(List.of(), state.gifts(), "I4 gifts");
            if (document().path("tiers").path("downgrade").asText().equals("requalified")) {
                assertEquals("l0", account.path("tier").path("id").asText(), "I4 tier");
            }
        }

        /** Whether a gift ended while it was used, or may have: then nobody gets it back. */
        private boolean hasLostGifts(Member member) throws SQLException {
            long today = LocalDate.ofInstant(now, ZoneId.of("Europe/Berlin")).toEpochDay();
            try (Connection owner = owner();
                    var used = owner.prepareStatement("SELECT told FROM operation WHERE program = ? AND account = ?"
                            + " AND type IN ('redeem', 'hold') AND told LIKE '%\"gift\"%'")) {
                used.setString(1, document().path("program").asText());
                used.setString(2, member.api.account());
                try (var rows = used.executeQuery()) {
                    while (rows.next()) {
                        if (Taken.read(rows.getString(1)).gift().until() < today) {
                            return true;
                        }
                    }
                    return false;
                }
            }
        }

        /** I3. */
        private void budgets() throws IOException {
            JsonNode budgets =
                    JSON.readTree(given().get(sandbox.path("budgets")).asString());
            for (JsonNode each : budgets.path("items").isArray() ? budgets.path("items") : budgets) {
                long used = each.path("used").asLong();
                assertTrue(used >= 0 && each.path("left").asLong() >= 0, () -> "I3 " + each);
                assertEquals(
                        each.path("total").asLong(), used + each.path("left").asLong(), () -> "I3 " + each);
            }
        }

        private void verify() throws SQLException {
            try (Connection owner = owner()) {
                String wrong = Verification.of(owner, said -> {}).wrong();
                // other tests of this ledger edit their own accounts
                assertTrue(
                        wrong == null
                                || !wrong.contains(document().path("program").asText()),
                        wrong);
            }
        }
    }
}
