package dev.stampede.program.reading;

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
import java.math.BigDecimal;
import java.time.DayOfWeek;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Currency;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Makes the values of a document whose shape is right. What is missing gets its default here, and only here. A document
 * of another shape is a bug of the checks before: {@code IllegalStateException}.
 */
final class Assembly {
    private static final String PURCHASE = "purchase";
    private static final String ACTION = "action:";
    private static final String TIER = "tier:";

    private Assembly() {}

    static ProgramDocument document(Place root) {
        Place sandbox = root.field("sandbox");
        Place tiers = root.field("tiers");
        return new ProgramDocument(
                text(root, "program"),
                text(root, "name"),
                whole(root, "basedOn"),
                TextForm.instant(text(root, "effectiveFrom")),
                root.has("corrects") ? Long.valueOf(whole(root, "corrects")) : null,
                root.text("reason"),
                sandbox == null ? null : new ProgramDocument.Sandbox(TextForm.instant(text(sandbox, "now"))),
                ZoneId.of(text(root, "timeZone")),
                Currency.getInstance(text(root, "currency")),
                points(in(root, "points")),
                new ProgramDocument.Rounding(word(in(root, "rounding"), "scope", ProgramDocument.Scope.class)),
                each(root, "attributes", Assembly::memberAttribute),
                each(root, "itemAttributes", Assembly::itemAttribute),
                each(root, "measures", Assembly::measure),
                each(root, "earn", Assembly::earnRule),
                each(root, "redeem", Assembly::redeemRule),
                tiers == null ? null : tiers(tiers),
                stacking(in(root, "stacking")),
                each(root, "budgets", Assembly::budget),
                each(root, "promotions", Assembly::promotion),
                each(root, "rewards", Assembly::reward),
                each(root, "limits", Assembly::memberLimit),
                each(root, "partners", Assembly::partner),
                flag(root, "partnerRequired"));
    }

    private static Points points(Place points) {
        Place names = in(points, "names");
        return new Points(
                new Points.Names(text(names, "one"), text(names, "other")),
                expiry(in(points, "expiry")),
                small(points, "pendingDays"),
                word(points, "clawback", Points.Clawback.class),
                small(points, "graceDays"),
                flag(points, "autoEnrol"),
                small(points, "backdateDays"),
                word(points, "uniqueReferences", Points.UniqueReferences.NONE),
                points.has("stepUpAbove") ? Long.valueOf(whole(points, "stepUpAbove")) : null,
                points.has("taxRate") ? decimal(points, "taxRate") : null);
    }

    private static Expiry expiry(Place expiry) {
        return switch (text(expiry, "type")) {
            case "months" -> new Expiry.Months(small(expiry, "months"), word(expiry, "end", Expiry.End.class));
            case "days" -> new Expiry.Days(small(expiry, "days"));
            case "inactivity" ->
                new Expiry.Inactivity(small(expiry, "months"), words(expiry, "renewedBy", Expiry.Renewal.class));
            case "never" -> new Expiry.Never();
            default -> throw unknown(expiry);
        };
    }

    private static MemberAttribute memberAttribute(Place attribute) {
        String id = text(attribute, "id");
        return switch (text(attribute, "type")) {
            case "birthDate" ->
                new MemberAttribute.BirthDate(
                        id, small(attribute, "noticeDays"), word(attribute, "leapDay", MemberAttribute.LeapDay.class));
            case "boolean" -> new MemberAttribute.Flag(id);
            case "code" -> new MemberAttribute.Code(id, small(attribute, "maxLength"));
            case "text" -> new MemberAttribute.Text(id, small(attribute, "maxLength"));
            default -> throw unknown(attribute);
        };
    }

    private static ItemAttribute itemAttribute(Place attribute) {
        String id = text(attribute, "id");
        return switch (text(attribute, "type")) {
            case "code" -> new ItemAttribute.Code(id, small(attribute, "maxLength"));
            case "integer" -> new ItemAttribute.Whole(id, whole(attribute, "max"));
            case "decimal" -> new ItemAttribute.Fraction(id, small(attribute, "decimals"), whole(attribute, "max"));
            default -> throw unknown(attribute);
        };
    }

    private static Measure measure(Place measure) {
        String id = text(measure, "id");
        return switch (text(measure, "of")) {
            case "amount" -> new Measure.Amount(id);
            case "operations" -> new Measure.Operations(id);
            case "points" -> new Measure.PointsEarned(id, words(measure, "include", Measure.Part.class));
            case "rate" -> new Measure.ByRate(id, match(measure.field("match")), rate(in(measure, "rate")));
            default -> throw unknown(measure);
        };
    }

    private static EarnRule earnRule(Place rule) {
        return new EarnRule(text(rule, "id"), name(rule), match(rule.field("match")), rate(in(rule, "rate")));
    }

    private static Rate rate(Place rate) {
        if (rate.text() != null) {
            return new Rate.None();
        }
        return switch (text(rate, "by")) {
            case "amount" ->
                new Rate.ByAmount(
                        whole(rate, "points"),
                        decimal(rate, "per"),
                        word(rate, "units", Rate.Units.class),
                        each(rate, "byTier", Assembly::tierRate));
            case "quantity" ->
                new Rate.ByQuantity(
                        whole(rate, "points"), decimal(rate, "per"), each(rate, "byTier", Assembly::tierRate));
            case "attribute" ->
                new Rate.ByAttribute(
                        text(rate, "attribute"),
                        whole(rate, "points"),
                        decimal(rate, "per"),
                        factor(rate.field("factor")),
                        whole(rate, "minimum", 0),
                        each(rate, "byTier", Assembly::tierRate));
            case "operation" -> new Rate.ByOperation(whole(rate, "points"));
            default -> throw unknown(rate);
        };
    }

    private static Rate.TierRate tierRate(Place rate) {
        return new Rate.TierRate(texts(rate, "tiers"), whole(rate, "points"), decimal(rate, "per"));
    }

    private static Rate.@Nullable Factor factor(@Nullable Place factor) {
        if (factor == null) {
            return null;
        }
        Map<String, BigDecimal> table = new LinkedHashMap<>();
        in(factor, "table").entries().forEach(entry -> table.put(entry.name(), decimal(entry.value())));
        return new Rate.Factor(text(factor, "attribute"), table, decimal(factor, "otherwise"));
    }

    private static Match match(@Nullable Place match) {
        return match == null
                ? Match.ALL
                : new Match(
                        texts(match, "skus"),
                        texts(match, "categories"),
                        attributeValues(match),
                        match.has("quantity") ? Integer.valueOf(small(match, "quantity")) : null);
    }

    private static Map<String, List<AttributeValue>> attributeValues(Place conditions) {
        Map<String, List<AttributeValue>> values = new LinkedHashMap<>();
        Place attributes = conditions.field("attributes");
        if (attributes != null) {
            attributes
                    .entries()
                    .forEach(entry -> values.put(
                            entry.name(),
                            entry.value().elements().stream()
                                    .map(Assembly::attributeValue)
                                    .toList()));
        }
        return values;
    }

    private static AttributeValue attributeValue(Place value) {
        return value.node() instanceof Node.Flag flag
                ? new AttributeValue.Flag(flag.value())
                : new AttributeValue.Code(text(value));
    }

    private static RedeemRule redeemRule(Place rule) {
        return new RedeemRule(
                text(rule, "id"),
                whole(rule, "points"),
                decimal(rule, "value"),
                whole(rule, "minimum", 0),
                whole(rule, "step", 1),
                when(rule));
    }

    private static When when(Place owner) {
        Place when = owner.field("when");
        if (when == null) {
            return When.ALWAYS;
        }
        String from = when.text("from");
        String to = when.text("to");
        Set<LocalDate> dates = new LinkedHashSet<>();
        texts(when, "dates").forEach(date -> dates.add(LocalDate.parse(date)));
        Set<DayOfWeek> weekdays = new LinkedHashSet<>();
        texts(when, "weekdays").forEach(day -> weekdays.add(weekday(day)));
        return new When(
                from == null ? null : LocalDateTime.parse(from),
                to == null ? null : LocalDateTime.parse(to),
                dates,
                weekdays,
                each(when, "hours", hours -> new When.Hours(minutes(text(hours, "from")), minutes(text(hours, "to")))),
                texts(when, "channels"),
                texts(when, "stores"),
                texts(when, "partners"),
                when.has("minimum") ? decimal(when, "minimum") : null,
                when.has("items") ? match(when.field("items")) : null,
                texts(when, "tiers"),
                each(when, "earlyAccess", early -> new When.EarlyAccess(texts(early, "tiers"), small(early, "hours"))),
                attributeValues(when),
                birthday(when.field("birthday")));
    }

    private static DayOfWeek weekday(String word) {
        for (DayOfWeek day : DayOfWeek.values()) {
            if (day.name().startsWith(word)) {
                return day;
            }
        }
        throw new IllegalStateException("no weekday: " + word);
    }

    private static int minutes(String time) {
        return Integer.parseInt(time.substring(0, 2)) * 60 + Integer.parseInt(time.substring(3));
    }

    private static When.@Nullable Birthday birthday(@Nullable Place birthday) {
        if (birthday == null) {
            return null;
        }
        return birthday.text() != null
                ? new When.Birthday.Month()
                : new When.Birthday.Around(small(birthday, "before"), small(birthday, "after"));
    }

    private static Tiers tiers(Place tiers) {
        return new Tiers(
                period(in(tiers, "period")),
                validity(in(tiers, "validity")),
                word(tiers, "downgrade", Tiers.Downgrade.class),
                word(tiers, "onReversal", Tiers.OnReversal.class),
                each(
                        tiers,
                        "levels",
                        level -> new Tiers.Level(
                                text(level, "id"),
                                name(level),
                                qualify(level.field("qualify")),
                                level.has("multiplier") ? decimal(level, "multiplier") : BigDecimal.ONE)));
    }

    private static Tiers.Period period(Place period) {
        int months = small(period, "months");
        return switch (text(period, "type")) {
            case "calendar" -> new Tiers.Period.Calendar(months, TextForm.monthDay(text(period, "startsOn")));
            case "anniversary" -> new Tiers.Period.Anniversary(months);
            case "rolling" -> new Tiers.Period.Rolling(months);
            default -> throw unknown(period);
        };
    }

    private static Tiers.Validity validity(Place validity) {
        return validity.has("until")
                ? new Tiers.Validity.Until(word(validity, "until", Tiers.End.class), small(validity, "graceDays"))
                : new Tiers.Validity.Months(small(validity, "months"));
    }

    private static Tiers.Qualify qualify(@Nullable Place qualify) {
        if (qualify == null) {
            return new Tiers.Qualify.ByGrantOnly();
        }
        return qualify.has("any")
                ? new Tiers.Qualify.Any(each(qualify, "any", Assembly::threshold))
                : new Tiers.Qualify.All(each(qualify, "all", Assembly::threshold));
    }

    private static Tiers.Threshold threshold(Place threshold) {
        return new Tiers.Threshold(text(threshold, "measure"), decimal(threshold, "atLeast"));
    }

    private static Stacking stacking(Place stacking) {
        return new Stacking(
                each(
                        stacking,
                        "groups",
                        group -> new Stacking.Group(text(group, "id"), word(group, "mode", Stacking.Mode.class))),
                stacking.has("maxBonusPerOperation") ? Long.valueOf(whole(stacking, "maxBonusPerOperation")) : null);
    }

    private static Budget budget(Place budget) {
        return new Budget(
                text(budget, "id"),
                word(budget, "of", CountedAs.class),
                whole(budget, "total"),
                word(budget, "exhausted", Budget.Exhausted.class),
                flag(budget, "returns"));
    }

    private static Promotion promotion(Place promotion) {
        return new Promotion(
                text(promotion, "id"),
                name(promotion),
                event(promotion.text("event")),
                when(promotion),
                progress(promotion.field("progress")),
                give(in(promotion, "give")),
                each(promotion, "limits", Assembly::limit),
                promotion.text("budget"),
                promotion.text("group"),
                small(promotion, "priority", 0),
                flag(promotion, "exclusive"),
                flag(promotion, "qualifies"),
                promotion.text("fundedBy"));
    }

    private static Event event(@Nullable String event) {
        if (event == null || event.equals(PURCHASE)) {
            return new Event.Purchase();
        } else if (event.startsWith(ACTION)) {
            return new Event.Action(event.substring(ACTION.length()));
        } else if (event.startsWith(TIER)) {
            return new Event.TierReached(event.substring(TIER.length()));
        }
        return new Event.Enrol();
    }

    private static @Nullable Progress progress(@Nullable Place progress) {
        if (progress == null) {
            return null;
        }
        int target = small(progress, "target");
        boolean repeat = flag(progress, "repeat");
        return switch (text(progress, "type")) {
            case "count" -> new Progress.Count(word(progress, "counts", Progress.Counts.class), target, repeat);
            case "streak" -> new Progress.Streak(word(progress, "unit", Progress.Unit.class), target, repeat);
            default -> throw unknown(progress);
        };
    }

    private static Give give(Place give) {
        if (give.has("multiply")) {
            return new Give.Multiply(
                    decimal(give, "multiply"), word(give, "of", Give.Of.BASE), word(give, "on", Give.On.BASKET));
        } else if (give.has("points")) {
            return new Give.Flat(whole(give, "points"));
        } else if (give.has("rate")) {
            return new Give.ByRate(rate(in(give, "rate")), word(give, "on", Give.On.BASKET));
        }
        return new Give.Gift(text(give, "reward"), small(give, "validDays"), small(give, "count", 1));
    }

    private static Limit limit(Place limit) {
        return new Limit(
                word(limit, "of", CountedAs.class),
                whole(limit, "max"),
                word(limit, "per", Per.class),
                limit.text("counter"));
    }

    private static Reward reward(Place reward) {
        Place cost = in(reward, "cost");
        Place stock = reward.field("stock");
        Place code = reward.field("code");
        return new Reward(
                text(reward, "id"),
                name(reward),
                cost.node() instanceof Node.Numeral
                        ? List.of(new Reward.Cost(Set.of(), whole(cost)))
                        : each(reward, "cost", each -> new Reward.Cost(texts(each, "tiers"), whole(each, "points"))),
                when(reward),
                each(reward, "limits", Assembly::limit),
                stock == null ? null : Long.valueOf(whole(stock, "total")),
                reward.has("value") ? decimal(reward, "value") : null,
                flag(reward, "grantOnly"),
                code == null ? null : new Reward.Code(small(code, "validDays")));
    }

    private static MemberLimit memberLimit(Place limit) {
        return new MemberLimit(
                text(limit, "id"),
                word(limit, "on", MemberLimit.On.class),
                word(limit, "of", CountedAs.class),
                whole(limit, "max"),
                word(limit, "per", Per.class));
    }

    private static Partner partner(Place partner) {
        Place settlement = in(partner, "settlement");
        return new Partner(
                text(partner, "id"),
                name(partner),
                each(partner, "earn", Assembly::earnRule),
                each(partner, "redeem", Assembly::redeemRule),
                new Partner.Settlement(prices(settlement, "issue"), prices(settlement, "accept")));
    }

    private static List<Partner.Price> prices(Place settlement, String name) {
        return each(
                        settlement,
                        name,
                        price -> new Partner.Price(LocalDate.parse(text(price, "from")), decimal(price, "price")))
                .stream()
                .sorted(Comparator.comparing(Partner.Price::from))
                .toList();
    }

    private static String name(Place place) {
        String name = place.text("name");
        return name == null ? text(place, "id") : name;
    }

    private static Place in(Place place, String name) {
        Place field = place.field(name);
        if (field == null) {
            throw new IllegalStateException(place.pointer() + ": no " + name);
        }
        return field;
    }

    private static String text(Place place, String name) {
        return text(in(place, name));
    }

    private static String text(Place place) {
        String text = place.text();
        if (text == null) {
            throw unknown(place);
        }
        return text;
    }

    private static Set<String> texts(Place place, String name) {
        Set<String> texts = new LinkedHashSet<>();
        place.list(name).forEach(each -> texts.add(text(each)));
        return texts;
    }

    private static long whole(Place place, String name, long otherwise) {
        return place.has(name) ? whole(place, name) : otherwise;
    }

    private static long whole(Place place, String name) {
        return whole(in(place, name));
    }

    private static long whole(Place place) {
        if (place.node() instanceof Node.Numeral numeral) {
            return Long.parseLong(numeral.literal());
        }
        throw unknown(place);
    }

    /** A bound of the schema keeps it small; a stored document may have been within another one. */
    private static int small(Place place, String name) {
        return Math.toIntExact(whole(place, name));
    }

    private static int small(Place place, String name, long otherwise) {
        return Math.toIntExact(whole(place, name, otherwise));
    }

    private static BigDecimal decimal(Place place, String name) {
        return decimal(in(place, name));
    }

    private static BigDecimal decimal(Place place) {
        return new BigDecimal(place.node() instanceof Node.Numeral numeral ? numeral.literal() : text(place));
    }

    /** False if it is not there. */
    private static boolean flag(Place place, String name) {
        Place field = place.field(name);
        return field != null && field.node() instanceof Node.Flag flag && flag.value();
    }

    private static <E extends Enum<E>> E word(Place place, String name, Class<E> type) {
        return word(text(place, name), type);
    }

    private static <E extends Enum<E>> E word(Place place, String name, E otherwise) {
        String word = place.text(name);
        return word == null ? otherwise : word(word, otherwise.getDeclaringClass());
    }

    private static <E extends Enum<E>> Set<E> words(Place place, String name, Class<E> type) {
        Set<E> words = new LinkedHashSet<>();
        texts(place, name).forEach(word -> words.add(word(word, type)));
        return words;
    }

    /** {@code oneDown} is {@code ONE_DOWN}. */
    private static <E extends Enum<E>> E word(String word, Class<E> type) {
        return Enum.valueOf(type, word.replaceAll("([A-Z])", "_$1").toUpperCase(Locale.ROOT));
    }

    private static <T> List<T> each(Place place, String name, Function<Place, T> read) {
        List<T> list = new ArrayList<>();
        place.list(name).forEach(element -> list.add(read.apply(element)));
        return list;
    }

    private static IllegalStateException unknown(Place place) {
        return new IllegalStateException(place.pointer() + ": not of the shape that was checked");
    }
}
