package dev.stampede.rules;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stampede.document.AttributeValue;
import dev.stampede.document.Budget;
import dev.stampede.document.CountedAs;
import dev.stampede.document.EarnRule;
import dev.stampede.document.Event;
import dev.stampede.document.Expiry;
import dev.stampede.document.Give;
import dev.stampede.document.ItemAttribute;
import dev.stampede.document.Limit;
import dev.stampede.document.Match;
import dev.stampede.document.Measure;
import dev.stampede.document.MemberAttribute;
import dev.stampede.document.MemberLimit;
import dev.stampede.document.Partner;
import dev.stampede.document.Per;
import dev.stampede.document.Points;
import dev.stampede.document.ProgramDocument;
import dev.stampede.document.Progress;
import dev.stampede.document.Promotion;
import dev.stampede.document.Rate;
import dev.stampede.document.RedeemRule;
import dev.stampede.document.Reward;
import dev.stampede.document.Stacking;
import dev.stampede.document.Tiers;
import dev.stampede.document.When;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.time.DayOfWeek;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.MonthDay;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Currency;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** Makes documents of JSON that is known to be right: it checks nothing. */
final class Documents {
    static final ObjectMapper JSON = new ObjectMapper();

    private Documents() {}

    static JsonNode resource(String name) {
        try (InputStream in = Documents.class.getResourceAsStream("/programs/" + name + ".json")) {
            return JSON.readTree(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static JsonNode json(String text) {
        try {
            return JSON.readTree(text.replace('\'', '"'));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static ProgramDocument read(JsonNode json) {
        return new ProgramDocument(
                json.path("program").asText("test"),
                json.path("name").asText("Test"),
                0,
                null,
                null,
                null,
                null,
                ZoneId.of(json.path("timeZone").asText("UTC")),
                Currency.getInstance(json.path("currency").asText("EUR")),
                points(json.path("points")),
                new ProgramDocument.Rounding(
                        word(ProgramDocument.Scope.class, json.path("rounding").path("scope"), "basket")),
                list(json.path("attributes"), Documents::attribute),
                list(json.path("itemAttributes"), Documents::itemAttribute),
                list(json.path("measures"), Documents::measure),
                list(json.path("earn"), Documents::earn),
                list(json.path("redeem"), Documents::redeem),
                json.has("tiers") ? tiers(json.path("tiers")) : null,
                new Stacking(
                        list(
                                json.path("stacking").path("groups"),
                                each -> new Stacking.Group(
                                        each.path("id").asText(), word(Stacking.Mode.class, each.path("mode"), "all"))),
                        number(json.path("stacking").path("maxBonusPerOperation"))),
                list(
                        json.path("budgets"),
                        each -> new Budget(
                                each.path("id").asText(),
                                word(CountedAs.class, each.path("of"), "points"),
                                each.path("total").asLong(),
                                word(Budget.Exhausted.class, each.path("exhausted"), "nothing"),
                                each.path("returns").asBoolean())),
                list(json.path("promotions"), Documents::promotion),
                list(json.path("rewards"), Documents::reward),
                list(
                        json.path("limits"),
                        each -> new MemberLimit(
                                each.path("id").asText(),
                                word(MemberLimit.On.class, each.path("on"), "earn"),
                                word(CountedAs.class, each.path("of"), "points"),
                                each.path("max").asLong(),
                                word(Per.class, each.path("per"), "day"))),
                list(json.path("partners"), Documents::partner),
                json.path("partnerRequired").asBoolean(false));
    }

    private static <T> List<T> list(JsonNode from, Function<JsonNode, T> read) {
        List<T> out = new ArrayList<>();
        from.forEach(each -> out.add(read.apply(each)));
        return out;
    }

    private static Set<String> words(JsonNode from) {
        return new LinkedHashSet<>(list(from, JsonNode::asText));
    }

    private static <E extends Enum<E>> E word(Class<E> of, JsonNode from, String otherwise) {
        String text = from.asText(otherwise).replaceAll("([A-Z])", "_$1").toUpperCase(Locale.ROOT);
        return Enum.valueOf(of, text);
    }

    private static Long number(JsonNode from) {
        return from.isMissingNode() ? null : from.asLong();
    }

    private static BigDecimal decimal(JsonNode from) {
        return from.isMissingNode() || from.isNull() ? null : new BigDecimal(from.asText());
    }

    private static Points points(JsonNode json) {
        return new Points(
                new Points.Names("point", "points"),
                expiry(json.path("expiry")),
                json.path("pendingDays").asInt(0),
                word(Points.Clawback.class, json.path("clawback"), "debt"),
                json.path("graceDays").asInt(0),
                json.path("autoEnrol").asBoolean(true),
                json.path("backdateDays").asInt(0),
                Points.UniqueReferences.NONE,
                null,
                null);
    }

    private static Expiry expiry(JsonNode json) {
        return switch (json.path("type").asText("never")) {
            case "months" ->
                new Expiry.Months(json.path("months").asInt(), word(Expiry.End.class, json.path("end"), "none"));
            case "days" -> new Expiry.Days(json.path("days").asInt());
            case "inactivity" -> new Expiry.Inactivity(json.path("months").asInt(), Set.of(Expiry.Renewal.EARN));
            default -> new Expiry.Never();
        };
    }

    private static MemberAttribute attribute(JsonNode json) {
        String id = json.path("id").asText();
        return switch (json.path("type").asText()) {
            case "birthDate" ->
                new MemberAttribute.BirthDate(
                        id,
                        json.path("noticeDays").asInt(),
                        json.path("leapDay").asText().equals("mar1")
                                ? MemberAttribute.LeapDay.MAR1
                                : MemberAttribute.LeapDay.FEB28);
            case "boolean" -> new MemberAttribute.Flag(id);
            case "code" -> new MemberAttribute.Code(id, json.path("maxLength").asInt());
            default -> new MemberAttribute.Text(id, json.path("maxLength").asInt());
        };
    }

    private static ItemAttribute itemAttribute(JsonNode json) {
        String id = json.path("id").asText();
        return switch (json.path("type").asText()) {
            case "integer" -> new ItemAttribute.Whole(id, json.path("max").asLong());
            case "decimal" ->
                new ItemAttribute.Fraction(
                        id, json.path("decimals").asInt(), json.path("max").asLong());
            default -> new ItemAttribute.Code(id, json.path("maxLength").asInt());
        };
    }

    private static Measure measure(JsonNode json) {
        String id = json.path("id").asText();
        return switch (json.path("of").asText()) {
            case "amount" -> new Measure.Amount(id);
            case "operations" -> new Measure.Operations(id);
            case "points" ->
                new Measure.PointsEarned(
                        id,
                        new LinkedHashSet<>(
                                list(json.path("include"), each -> word(Measure.Part.class, each, "base"))));
            default -> new Measure.ByRate(id, match(json.path("match")), rate(json.path("rate")));
        };
    }

    private static EarnRule earn(JsonNode json) {
        String id = json.path("id").asText();
        return new EarnRule(id, id, match(json.path("match")), rate(json.path("rate")));
    }

    private static Match match(JsonNode json) {
        return new Match(
                words(json.path("skus")),
                words(json.path("categories")),
                values(json.path("attributes")),
                json.has("quantity") ? json.path("quantity").asInt() : null);
    }

    private static Map<String, List<AttributeValue>> values(JsonNode json) {
        Map<String, List<AttributeValue>> out = new LinkedHashMap<>();
        json.fields()
                .forEachRemaining(each -> out.put(
                        each.getKey(),
                        list(
                                each.getValue(),
                                value -> value.isBoolean()
                                        ? new AttributeValue.Flag(value.asBoolean())
                                        : new AttributeValue.Code(value.asText()))));
        return out;
    }

    private static Rate rate(JsonNode json) {
        if (json.isTextual()) {
            return new Rate.None();
        }
        long points = json.path("points").asLong();
        BigDecimal per = decimal(json.path("per"));
        List<Rate.TierRate> byTier = list(
                json.path("byTier"),
                each -> new Rate.TierRate(
                        words(each.path("tiers")), each.path("points").asLong(), decimal(each.path("per"))));
        return switch (json.path("by").asText()) {
            case "amount" ->
                new Rate.ByAmount(points, per, word(Rate.Units.class, json.path("units"), "exact"), byTier);
            case "quantity" -> new Rate.ByQuantity(points, per, byTier);
            case "operation" -> new Rate.ByOperation(points);
            default ->
                new Rate.ByAttribute(
                        json.path("attribute").asText(),
                        points,
                        per,
                        json.has("factor") ? factor(json.path("factor")) : null,
                        json.path("minimum").asLong(0),
                        byTier);
        };
    }

    private static Rate.Factor factor(JsonNode json) {
        Map<String, BigDecimal> table = new LinkedHashMap<>();
        json.path("table").fields().forEachRemaining(each -> table.put(each.getKey(), decimal(each.getValue())));
        return new Rate.Factor(json.path("attribute").asText(), table, decimal(json.path("otherwise")));
    }

    private static RedeemRule redeem(JsonNode json) {
        return new RedeemRule(
                json.path("id").asText(),
                json.path("points").asLong(),
                decimal(json.path("value")),
                json.path("minimum").asLong(0),
                json.path("step").asLong(1),
                when(json.path("when")));
    }

    private static Partner partner(JsonNode json) {
        String id = json.path("id").asText();
        return new Partner(
                id,
                id,
                list(json.path("earn"), Documents::earn),
                list(json.path("redeem"), Documents::redeem),
                new Partner.Settlement(List.of(), List.of()));
    }

    private static Tiers tiers(JsonNode json) {
        JsonNode period = json.path("period");
        int months = period.path("months").asInt();
        JsonNode validity = json.path("validity");
        return new Tiers(
                switch (period.path("type").asText()) {
                    case "calendar" ->
                        new Tiers.Period.Calendar(
                                months,
                                MonthDay.parse("--" + period.path("startsOn").asText()));
                    case "anniversary" -> new Tiers.Period.Anniversary(months);
                    default -> new Tiers.Period.Rolling(months);
                },
                validity.has("months")
                        ? new Tiers.Validity.Months(validity.path("months").asInt())
                        : new Tiers.Validity.Until(
                                word(Tiers.End.class, validity.path("until"), "periodEnd"),
                                validity.path("graceDays").asInt()),
                word(Tiers.Downgrade.class, json.path("downgrade"), "keep"),
                word(Tiers.OnReversal.class, json.path("onReversal"), "keep"),
                list(json.path("levels"), Documents::level));
    }

    private static Tiers.Level level(JsonNode json) {
        String id = json.path("id").asText();
        JsonNode qualify = json.path("qualify");
        Tiers.Qualify by = new Tiers.Qualify.ByGrantOnly();
        if (qualify.has("any")) {
            by = new Tiers.Qualify.Any(list(qualify.path("any"), Documents::threshold));
        } else if (qualify.has("all")) {
            by = new Tiers.Qualify.All(list(qualify.path("all"), Documents::threshold));
        }
        return new Tiers.Level(
                id, id, by, new BigDecimal(json.path("multiplier").asText("1")));
    }

    private static Tiers.Threshold threshold(JsonNode json) {
        return new Tiers.Threshold(json.path("measure").asText(), decimal(json.path("atLeast")));
    }

    private static Promotion promotion(JsonNode json) {
        String id = json.path("id").asText();
        return new Promotion(
                id,
                id,
                event(json.path("event").asText("purchase")),
                when(json.path("when")),
                json.has("progress") ? progress(json.path("progress")) : null,
                give(json.path("give")),
                list(json.path("limits"), Documents::limit),
                json.has("budget") ? json.path("budget").asText() : null,
                json.has("group") ? json.path("group").asText() : null,
                json.path("priority").asInt(0),
                json.path("exclusive").asBoolean(false),
                json.path("qualifies").asBoolean(false),
                null);
    }

    private static Event event(String text) {
        String name = text.substring(text.indexOf(':') + 1);
        if (text.startsWith("action:")) {
            return new Event.Action(name);
        } else if (text.startsWith("tier:")) {
            return new Event.TierReached(name);
        }
        return text.equals("enrol") ? new Event.Enrol() : new Event.Purchase();
    }

    private static Progress progress(JsonNode json) {
        int target = json.path("target").asInt();
        boolean repeat = json.path("repeat").asBoolean();
        return json.path("type").asText().equals("count")
                ? new Progress.Count(word(Progress.Counts.class, json.path("counts"), "operations"), target, repeat)
                : new Progress.Streak(word(Progress.Unit.class, json.path("unit"), "day"), target, repeat);
    }

    private static Give give(JsonNode json) {
        if (json.has("multiply")) {
            return new Give.Multiply(
                    decimal(json.path("multiply")),
                    word(Give.Of.class, json.path("of"), "base"),
                    word(Give.On.class, json.path("on"), "basket"));
        } else if (json.has("reward")) {
            return new Give.Gift(
                    json.path("reward").asText(),
                    json.path("validDays").asInt(),
                    json.path("count").asInt(1));
        } else if (json.has("rate")) {
            return new Give.ByRate(rate(json.path("rate")), word(Give.On.class, json.path("on"), "basket"));
        }
        return new Give.Flat(json.path("points").asLong());
    }

    private static Limit limit(JsonNode json) {
        return new Limit(
                word(CountedAs.class, json.path("of"), "uses"),
                json.path("max").asLong(),
                word(Per.class, json.path("per"), "promotion"),
                json.has("counter") ? json.path("counter").asText() : null);
    }

    private static Reward reward(JsonNode json) {
        String id = json.path("id").asText();
        JsonNode cost = json.path("cost");
        return new Reward(
                id,
                id,
                cost.isNumber()
                        ? List.of(new Reward.Cost(Set.of(), cost.asLong()))
                        : list(
                                cost,
                                each -> new Reward.Cost(
                                        words(each.path("tiers")),
                                        each.path("points").asLong())),
                when(json.path("when")),
                list(json.path("limits"), Documents::limit),
                number(json.path("stock").path("total")),
                decimal(json.path("value")),
                json.path("grantOnly").asBoolean(false),
                null);
    }

    static When when(JsonNode json) {
        return new When(
                json.has("from") ? LocalDateTime.parse(json.path("from").asText()) : null,
                json.has("to") ? LocalDateTime.parse(json.path("to").asText()) : null,
                new LinkedHashSet<>(list(json.path("dates"), each -> LocalDate.parse(each.asText()))),
                new LinkedHashSet<>(list(json.path("weekdays"), Documents::weekday)),
                list(
                        json.path("hours"),
                        each -> new When.Hours(
                                minutes(each.path("from").asText()),
                                minutes(each.path("to").asText()))),
                words(json.path("channels")),
                words(json.path("stores")),
                words(json.path("partners")),
                decimal(json.path("minimum")),
                json.has("items") ? match(json.path("items")) : null,
                words(json.path("tiers")),
                list(
                        json.path("earlyAccess"),
                        each -> new When.EarlyAccess(
                                words(each.path("tiers")), each.path("hours").asInt())),
                values(json.path("attributes")),
                json.has("birthday") ? birthday(json.path("birthday")) : null);
    }

    private static DayOfWeek weekday(JsonNode json) {
        return Set.of(DayOfWeek.values()).stream()
                .filter(day -> day.name().startsWith(json.asText()))
                .findFirst()
                .orElseThrow();
    }

    private static int minutes(String time) {
        return time.equals("24:00") ? 1440 : LocalTime.parse(time).toSecondOfDay() / 60;
    }

    private static When.Birthday birthday(JsonNode json) {
        return json.isTextual()
                ? new When.Birthday.Month()
                : new When.Birthday.Around(
                        json.path("before").asInt(), json.path("after").asInt());
    }
}
