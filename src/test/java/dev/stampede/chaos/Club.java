package dev.stampede.chaos;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stampede.account.AccountId;
import dev.stampede.account.Operation;
import dev.stampede.account.Receipt;
import dev.stampede.account.Reversal;
import dev.stampede.award.Claim;
import dev.stampede.award.Parts;
import dev.stampede.award.Shared;
import dev.stampede.chaos.Chain.Link;
import dev.stampede.chaos.Client.Ask;
import dev.stampede.codec.LapseRules;
import dev.stampede.codec.PartsText;
import dev.stampede.points.Grace;
import dev.stampede.pricing.Money;
import dev.stampede.rules.Call.Enrol;
import dev.stampede.rules.Call.Item;
import dev.stampede.rules.Call.Place;
import dev.stampede.rules.Call.Purchase;
import dev.stampede.rules.Call.Stated;
import dev.stampede.rules.CompiledProgram;
import dev.stampede.rules.LotDays;
import dev.stampede.rules.Returns;
import dev.stampede.support.Repricing;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Currency;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * The program {@code club}, which has tiers, promotions, rewards and limits: its versions, what its members ask for,
 * and the operations that their calls are, priced in pure Java by the version that the ledger names.
 */
final class Club {
    static final String ID = "club";

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String CURRENCY = "GBP";
    private static final long MINUTE_MS = 60_000;
    private static final long DAY_MS = 86_400_000;

    private final Map<Integer, CompiledProgram> programs = new TreeMap<>();
    /** The versions by the time from which they are in force, in ms since the epoch. */
    private final NavigableMap<Long, Integer> inForce = new TreeMap<>();
    /** The numbers of what its members share, by kind and name. */
    private final Map<String, Integer> totals = new HashMap<>();

    /** Without any version. */
    Club() {}

    // Its versions --------------------------------------------------------------------------------------

    /** The first version, in force since ever: only the owner of a database can do that. */
    static void begin(String jdbcUrl) throws SQLException {
        write(jdbcUrl, "SELECT make_budgets(p, d::json) FROM (VALUES (?, ?, ?)) AS first(p, v, d)", 0);
        write(
                jdbcUrl,
                "INSERT INTO program_version (program, version, document, effective_from, published_at)"
                        + " VALUES (?, ? + 1, ?, timestamptz '1970-01-01Z', clock_timestamp())",
                0);
    }

    /** Publishes the next version, in force in some seconds. */
    static void goOn(String jdbcUrl) throws SQLException {
        int newest;
        try (Connection connection = DriverManager.getConnection(jdbcUrl);
                PreparedStatement query =
                        connection.prepareStatement("SELECT max(version) FROM program_version WHERE program = ?")) {
            query.setString(1, ID);
            ResultSet row = query.executeQuery();
            row.next();
            newest = row.getInt(1);
        }
        write(
                jdbcUrl,
                "SELECT publish_program_3(p, d, v, NULL, NULL, 'chaos', NULL)"
                        + " FROM (VALUES (?, ?, ?)) AS next(p, v, d)",
                newest);
    }

    private static void write(String jdbcUrl, String sql, int basedOn) throws SQLException {
        try (Connection connection = DriverManager.getConnection(jdbcUrl);
                PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, ID);
            statement.setInt(2, basedOn);
            statement.setString(3, document(basedOn + 1));
            statement.execute();
        }
    }

    /** Another rate in each version, and other promotions. The levels stay what they are. */
    private static String document(int version) {
        try {
            ObjectNode document = (ObjectNode) JSON.readTree(Files.readString(Path.of("programs", "cashback.json")));
            document.remove("sandbox");
            document.put("program", ID).put("basedOn", version - 1).put("timeZone", "UTC");
            document.put("effectiveFrom", "now");
            document.withObject("/points")
                    .set("expiry", JSON.readTree("{\"type\": \"months\", \"months\": 6, \"end\": \"month\"}"));
            ((ObjectNode) document.at("/earn/2/rate")).put("points", 1 + version % 3);
            at(document, "/tiers/levels/1/qualify").set("any", reach("200.00"));
            at(document, "/tiers/levels/1").put("multiplier", "1." + version % 10);
            at(document, "/tiers/levels/2/qualify").set("any", reach("500.00"));
            document.set("redeem", JSON.readTree("[{\"id\": \"money\", \"points\": 5, \"value\": \"1.00\"}]"));
            document.set("promotions", JSON.readTree("""
                    [{"id": "welcome", "name": "Welcome", "event": "enrol", "give": {"points": 1%1$d}},
                     {"id": "risen", "name": "Up", "event": "tier:plus", "give": {"points": 5%1$d}},
                     {"id": "card", "name": "Card", "give": {"points": %1$d},
                      "progress": {"type": "count", "counts": "operations", "target": %2$d, "repeat": true}},
                     {"id": "mug-card", "name": "Mugs", "give": {"reward": "mug", "validDays": 30},
                      "progress": {"type": "count", "counts": "quantity", "target": 7, "repeat": true},
                      "when": {"items": {"categories": ["grocery"]}}},
                     {"id": "happy", "name": "Happy", "when": {"minimum": "10.00"}, "give": {"multiply": "1.%1$d"},
                      "limits": [{"of": "points", "max": 40, "per": "day"}], "group": "one"},
                     {"id": "app", "name": "App", "when": {"channels": ["app"]}, "give": {"points": %1$d},
                      "limits": [{"of": "uses", "max": 9, "per": "week"}], "group": "one"},
                     {"id": "first", "name": "First", "budget": "few", "give": {"points": 2%1$d},
                      "when": {"items": {"categories": ["grocery"]}}},
                     {"id": "extra", "name": "Extra", "budget": "pot", "give": {"multiply": "1.5"}}]
                    """.formatted(1 + version % 9, 2 + version % 3)));
            document.set("stacking", JSON.readTree("{\"groups\": [{\"id\": \"one\", \"mode\": \"best\"}]}"));
            document.set("rewards", JSON.readTree("""
                    [{"id": "mug", "name": "Mug", "cost": 40, "stock": {"total": 25}},
                     {"id": "cake", "name": "Cake", "cost": 9, "stock": {"total": 60},
                      "limits": [{"of": "uses", "max": 20, "per": "day"}]}]
                    """));
            document.set("budgets", JSON.readTree("""
                    [{"id": "few", "of": "uses", "total": 150, "exhausted": "nothing", "returns": true},
                     {"id": "pot", "of": "points", "total": 700, "exhausted": "partial", "returns": true}]
                    """));
            document.set("limits", JSON.readTree("""
                    [{"id": "most", "on": "earn", "of": "points", "max": 3000, "per": "day"},
                     {"id": "payout", "on": "redeem", "of": "points", "max": 2000, "per": "day"}]
                    """));
            return document.toString();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static ObjectNode at(ObjectNode document, String pointer) {
        return (ObjectNode) document.at(pointer);
    }

    private static JsonNode reach(String spend) throws JsonProcessingException {
        return JSON.readTree("[{\"measure\": \"spend\", \"atLeast\": \"" + spend + "\"}]");
    }

    /** So many versions, one a minute. */
    static Club of(int versions, long beginMs) {
        Club club = new Club();
        for (int version = 1; version <= versions; version++) {
            club.programs.put(version, Repricing.compiled(document(version)));
            club.inForce.put(version == 1 ? 0 : beginMs + version * MINUTE_MS, version);
        }
        for (String total : List.of("uses few", "points pot", "stock mug", "stock cake")) {
            club.totals.put(total, club.totals.size() + 1);
        }
        return club;
    }

    /** As a database has it. */
    static Club read(String jdbcUrl) {
        Club club = new Club();
        try (Connection connection = DriverManager.getConnection(jdbcUrl);
                PreparedStatement query = connection.prepareStatement(
                        "SELECT version, document, floor(extract(epoch FROM effective_from) * 1000)::bigint AS from_ms"
                                + " FROM program_version WHERE program = ? ORDER BY version");
                PreparedStatement shared = connection.prepareStatement(
                        "SELECT kind || ' ' || name AS total, id FROM budget WHERE program = ?")) {
            shared.setString(1, ID);
            ResultSet totals = shared.executeQuery();
            while (totals.next()) {
                club.totals.put(totals.getString("total"), totals.getInt("id"));
            }
            query.setString(1, ID);
            ResultSet rows = query.executeQuery();
            while (rows.next()) {
                club.programs.put(rows.getInt("version"), Repricing.compiled(rows.getString("document")));
                club.inForce.put(rows.getLong("from_ms"), rows.getInt("version"));
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        return club;
    }

    /**
     * What an operation shows to have been left of a total, where it found that too little: of a budget of points what
     * it gave, of others nothing; null where it was enough.
     */
    static Long left(Shared total, Link link) {
        if (total.kind() == Shared.Kind.STOCK) {
            return link.outcome().equals("out_of_stock") ? Long.valueOf(0) : null;
        }
        String promotion = total.kind() == Shared.Kind.USES ? "promotion:first" : "promotion:extra";
        if (link.besides().parts() != null && total.kind() == Shared.Kind.POINTS) {
            for (Parts.Share share : PartsText.read(link.besides().parts()).shares()) {
                if (share.rule().equals(promotion)) {
                    return share.full(); // also what a limit has cut since
                }
            }
        }
        String told = link.besides().told();
        Pattern gaveNothing = Pattern.compile("\\[\"" + promotion + "\",0,\\d+,\"budget\"]");
        return told != null && gaveNothing.matcher(told).find() ? Long.valueOf(0) : null;
    }

    /** The version that is in force at that time. */
    int inForceAt(long ms) {
        return inForce.floorEntry(ms).getValue();
    }

    // What its members ask for ----------------------------------------------------------------------------

    /** Says more of what is asked for than how many points: an amount, lines, a reward. Leaves some as they are. */
    static Ask said(Ask ask, Random random) {
        ObjectNode body = JSON.createObjectNode();
        switch (ask.kind()) {
            case EARN -> purchase(body, random);
            case REDEEM, HOLD -> payment(body, random);
            case REVERSE -> part(body, random);
            default -> {
                return ask;
            }
        }
        if (body.isEmpty()) {
            return ask;
        }
        if (ask.ttlSeconds() != null) {
            body.put("ttlSeconds", ask.ttlSeconds());
        }
        return ask.said(body.toString());
    }

    private static void purchase(ObjectNode body, Random random) {
        if (random.nextInt(10) == 0) {
            return; // points that the caller says
        }
        long sum = 0;
        for (int line = random.nextInt(4); line > 0; line--) {
            long amount = random.nextInt(1500);
            sum += amount;
            body.withArray("/items")
                    .addObject()
                    .put("amount", money(amount))
                    .put("quantity", random.nextInt(4) == 0 ? "0.453" : "" + (1 + random.nextInt(3)))
                    .putArray("categories")
                    .add(random.nextBoolean() ? "grocery" : random.nextInt(8) == 0 ? "gambling" : "other");
        }
        body.put("amount", money(sum + (random.nextInt(3) == 0 ? 0 : random.nextInt(3000))));
        body.put("currency", CURRENCY);
        if (random.nextInt(4) == 0) {
            body.put("channel", "app");
        }
    }

    private static void payment(ObjectNode body, Random random) {
        switch (random.nextInt(4)) {
            case 0 -> body.put("reward", random.nextBoolean() ? "mug" : "cake");
            case 1 -> body.put("amount", money(1 + random.nextInt(600))).put("currency", CURRENCY);
            default -> {}
        }
    }

    private static void part(ObjectNode body, Random random) {
        switch (random.nextInt(3)) {
            case 0 -> body.put("amount", money(1 + random.nextInt(1500))).put("currency", CURRENCY);
            case 1 ->
                body.putArray("items")
                        .addObject()
                        .put("line", random.nextInt(2))
                        .put("quantity", random.nextBoolean() ? "1" : "0.453");
            default -> {}
        }
    }

    private static String money(long minor) {
        return BigDecimal.valueOf(minor, 2).toPlainString();
    }

    // The operations that their calls are ---------------------------------------------------------------------

    /**
     * What a call asks for.
     *
     * @param account where it asks
     * @param key null where it has none
     * @param version that prices it; of what has no price, any or null
     * @param nowMs when it is decided
     * @param left what is known to be left of a total that members share; null where it is enough
     * @throws IllegalArgumentException if there is no such version
     */
    Operation operation(
            Call call, AccountId account, String key, Integer version, long nowMs, Function<Shared, Long> left) {
        return operation(call, account, key, version, nowMs)
                .sharing(total -> total.of(
                        totals.get(total.kind().name().toLowerCase(Locale.ROOT) + " " + total.name()),
                        left.apply(total)));
    }

    private Operation operation(Call call, AccountId account, String key, Integer version, long nowMs) {
        JsonNode said = said(call);
        Operation.Header header =
                new Operation.Header(account, key, call.kind() + " " + call.said() + call.points(), null, null, null);
        return switch (call.kind()) {
            case ENROL, EARN, REDEEM, HOLD -> {
                CompiledProgram program = program(version);
                yield priced(header.under(version), program, call, said, nowMs);
            }
            case CAPTURE -> new Operation.Capture(header, call.subject(), call.points(), Grace.NONE);
            case VOID_HOLD -> new Operation.Release(header, call.subject(), Grace.NONE);
            case VOID_KEY -> new Operation.VoidCall(header, call.voids(), lapse(), Grace.NONE, true);
            case REVERSE -> new Operation.Reverse(header, call.subject(), asked(call, said), lapse(), Grace.NONE, true);
            case GIFT, BALANCE, BY_KEY -> throw new IllegalArgumentException("nobody asks for that: " + call);
        };
    }

    private static Operation priced(
            Operation.Header header, CompiledProgram program, Call call, JsonNode said, long nowMs) {
        return switch (call.kind()) {
            case ENROL -> new Operation.Enrol(header, null, null, welcome(program, nowMs));
            case EARN -> earn(header, program, said, call.points(), nowMs);
            case HOLD -> {
                Operation.Claimed claimed = claim(program, said, call.points(), nowMs);
                yield new Operation.Hold(header, 0, claimed, call.ttlSeconds(), Grace.NONE, Receipt.NONE);
            }
            default -> new Operation.Redeem(header, 0, claim(program, said, call.points(), nowMs), Receipt.NONE);
        };
    }

    private CompiledProgram program(Integer version) {
        CompiledProgram program = version == null ? null : programs.get(version);
        if (program == null) {
            throw new IllegalArgumentException("there is no version " + version);
        }
        return program;
    }

    /** How time changes what the program knows of a member: the same in each version. */
    LapseRules lapse() {
        CompiledProgram any = program(1);
        return new LapseRules(any.levels(), any.backdateDays());
    }

    private static JsonNode said(Call call) {
        try {
            return call.said() == null ? JSON.createObjectNode() : JSON.readTree(call.said());
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(call.said(), e);
        }
    }

    private static Operation.Welcome welcome(CompiledProgram program, long nowMs) {
        LotDays days = program.lotDays(nowMs, program.zone());
        return new Operation.Welcome(
                program.price(new Enrol(Place.UNKNOWN), nowMs, nowMs), days.on(), days.matures(), tomorrow(nowMs));
    }

    private static long tomorrow(long nowMs) {
        return (Math.floorDiv(nowMs, DAY_MS) + 1) * DAY_MS;
    }

    private static Operation earn(
            Operation.Header header, CompiledProgram program, JsonNode said, Long points, long nowMs) {
        Place place = new Place(null, null, said.path("channel").asText(null));
        LotDays days = program.lotDays(nowMs, program.zone());
        return new Operation.Earn(
                header,
                0,
                program.price(
                        said.has("amount")
                                ? new Purchase(place, decimal(said, "amount"), lines(said))
                                : new Stated(place, points),
                        nowMs,
                        nowMs),
                days.on(),
                days.matures(),
                tomorrow(nowMs),
                true,
                Receipt.NONE);
    }

    private static List<Item> lines(JsonNode said) {
        List<Item> lines = new ArrayList<>();
        for (JsonNode line : said.path("items")) {
            lines.add(new Item(
                    null,
                    Set.of(line.path("categories").path(0).asText()),
                    decimal(line, "quantity"),
                    decimal(line, "amount"),
                    Map.of()));
        }
        return lines;
    }

    private static BigDecimal decimal(JsonNode of, String field) {
        return new BigDecimal(of.path(field).asText());
    }

    private static Operation.Claimed claim(CompiledProgram program, JsonNode said, Long points, long nowMs) {
        Place place = Place.UNKNOWN;
        Claim claim = said.has("reward")
                ? program.claimReward(said.path("reward").asText(), place, nowMs)
                : said.has("amount")
                        ? program.claimAmount(decimal(said, "amount"), place, nowMs)
                        : program.claimPoints(points, place, nowMs);
        return new Operation.Claimed(claim, nowMs + MINUTE_MS);
    }

    private static Reversal.Asked asked(Call call, JsonNode said) {
        if (said.has("amount")) {
            Currency currency = Currency.getInstance(said.path("currency").asText());
            return new Reversal.Asked(null, new Money(decimal(said, "amount"), currency), List.of());
        } else if (said.has("items")) {
            JsonNode line = said.path("items").path(0);
            long thousandths = decimal(line, "quantity").movePointRight(3).longValueExact();
            return new Reversal.Asked(
                    null, null, List.of(new Returns.Returned(line.path("line").asInt(), thousandths)));
        }
        return Reversal.Asked.points(call.points());
    }

    /** The local day of a time. */
    static LocalDate day(long ms) {
        return LocalDate.ofInstant(Instant.ofEpochMilli(ms), ZoneOffset.UTC);
    }
}
