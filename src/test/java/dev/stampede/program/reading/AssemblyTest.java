package dev.stampede.program.reading;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.stampede.document.AttributeValue;
import dev.stampede.document.CountedAs;
import dev.stampede.document.Event;
import dev.stampede.document.Expiry;
import dev.stampede.document.Give;
import dev.stampede.document.ItemAttribute;
import dev.stampede.document.Limit;
import dev.stampede.document.Match;
import dev.stampede.document.Measure;
import dev.stampede.document.MemberAttribute;
import dev.stampede.document.MemberLimit;
import dev.stampede.document.Per;
import dev.stampede.document.Points;
import dev.stampede.document.ProgramDocument;
import dev.stampede.document.Progress;
import dev.stampede.document.Promotion;
import dev.stampede.document.Rate;
import dev.stampede.document.Reward;
import dev.stampede.document.Stacking;
import dev.stampede.document.Tiers;
import dev.stampede.document.When;
import java.math.BigDecimal;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.MonthDay;
import java.time.ZoneId;
import java.util.Currency;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AssemblyTest {
    private static ProgramDocument read(String text) {
        Reading reading = DocumentReader.read(text);
        assertNotNull(reading.document(), () -> reading.findings().toString());
        return reading.document();
    }

    private static ProgramDocument published(String name) {
        return read(Documents.published(name));
    }

    private static Promotion promotion(ProgramDocument document, String id) {
        return document.promotions().stream()
                .filter(promotion -> promotion.id().equals(id))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void theHead() {
        ProgramDocument coffee = published("coffee");

        assertEquals("coffee", coffee.program());
        assertEquals("Coffee chain", coffee.name());
        assertEquals(0, coffee.basedOn());
        assertEquals(Instant.parse("2026-12-01T08:00:00Z"), coffee.effectiveFrom());
        assertNull(coffee.corrects());
        assertNull(coffee.reason());
        assertEquals(new ProgramDocument.Sandbox(Instant.parse("2026-12-01T08:00:00Z")), coffee.sandbox());
        assertEquals(ZoneId.of("America/Los_Angeles"), coffee.timeZone());
        assertEquals(Currency.getInstance("USD"), coffee.currency());
        assertEquals(
                new Points(
                        new Points.Names("Star", "Stars"),
                        new Expiry.Months(6, Expiry.End.MONTH),
                        0,
                        Points.Clawback.DEBT,
                        0,
                        true,
                        7,
                        Points.UniqueReferences.NONE,
                        null,
                        null),
                coffee.points());
        assertEquals(ProgramDocument.Scope.BASKET, coffee.rounding().scope());
        assertEquals(ProgramDocument.Scope.LINE, published("airline").rounding().scope());
        assertEquals(
                new Expiry.Inactivity(18, Set.of(Expiry.Renewal.EARN, Expiry.Renewal.REDEEM)),
                published("beauty").points().expiry());
        assertEquals(new Expiry.Never(), published("stamp").points().expiry());
        assertEquals(
                new Expiry.Days(90),
                read(Documents.published("stamp")
                                .replace("{\"type\": \"never\"}", "{\"type\": \"days\", \"days\": 90}"))
                        .points()
                        .expiry());
    }

    @Test
    void theOptionalHead() {
        ProgramDocument document = read(Documents.published("stamp")
                .replace("\"basedOn\": 0,", "\"basedOn\": 3, \"corrects\": 2, \"reason\": \"typo\",")
                .replace("From\": \"2026-09-01T00:00:00Z\"", "From\": \"now\"")
                .replace(
                        "\"backdateDays\": 2",
                        "\"backdateDays\": 2, \"uniqueReferences\": \"none\"," + " \"stepUpAbove\": 500"));

        assertEquals(3, document.basedOn());
        assertEquals(2, document.corrects());
        assertEquals("typo", document.reason());
        assertNull(document.effectiveFrom());
        assertEquals(500, document.points().stepUpAbove());
        assertEquals(new ProgramDocument.Sandbox(Instant.parse("2026-09-01T00:00:00Z")), document.sandbox());
        assertNull(document.points().taxRate());
    }

    @Test
    void attributesAndMeasures() {
        ProgramDocument airline = published("airline");

        assertEquals(
                List.of(
                        new MemberAttribute.BirthDate("birthDate", 0, MemberAttribute.LeapDay.FEB28),
                        new MemberAttribute.Code("homeAirport", 3)),
                airline.attributes());
        assertEquals(
                new MemberAttribute.Flag("emailOptIn"),
                published("coffee").attributes().get(1));
        assertEquals(
                List.of(
                        new ItemAttribute.Code("bookingClass", 1),
                        new ItemAttribute.Code("carrier", 2),
                        new ItemAttribute.Whole("distance", 20000),
                        new ItemAttribute.Whole("segments", 8)),
                airline.itemAttributes());
        assertEquals(
                List.of(new ItemAttribute.Fraction("litres", 3, 1000)),
                published("coalition").itemAttributes());
        assertEquals(
                List.of(new Measure.PointsEarned("stars", Set.of(Measure.Part.BASE, Measure.Part.TIER))),
                published("coffee").measures());
        assertEquals(List.of(new Measure.Amount("spend")), published("beauty").measures());
        assertEquals(
                new Measure.ByRate(
                        "segments",
                        new Match(Set.of(), Set.of("flight"), Map.of(), null),
                        new Rate.ByAttribute("segments", 1, new BigDecimal("1"), null, 0, List.of())),
                airline.measures().get(1));
    }

    @Test
    void earnRules() {
        ProgramDocument airline = published("airline");
        Match awards = airline.earn().get(0).match();

        assertEquals(Set.of("flight"), awards.categories());
        assertEquals(
                Map.of("bookingClass", List.of(new AttributeValue.Code("X"), new AttributeValue.Code("I"))),
                awards.attributes());
        assertEquals(new Rate.None(), airline.earn().get(0).rate());
        Rate.ByAttribute flown =
                assertInstanceOf(Rate.ByAttribute.class, airline.earn().get(1).rate());
        assertEquals(500, flown.minimum());
        assertNotNull(flown.factor());
        assertEquals("bookingClass", flown.factor().attribute());
        assertEquals(new BigDecimal("1.75"), flown.factor().table().get("C"));
        assertEquals(
                List.of("F", "J", "C", "W", "Y", "B", "M", "K", "Q"),
                List.copyOf(flown.factor().table().keySet()));
        assertEquals(new BigDecimal("0"), flown.factor().otherwise());
        assertEquals("extras", airline.earn().get(2).name());
        assertEquals(
                new Rate.ByAmount(4, new BigDecimal("1.00"), Rate.Units.WHOLE, List.of()),
                airline.earn().get(2).rate());
        assertEquals(
                new Rate.ByAmount(
                        2,
                        new BigDecimal("1.00"),
                        Rate.Units.EXACT,
                        List.of(
                                new Rate.TierRate(Set.of("plus"), 5, new BigDecimal("2.00")),
                                new Rate.TierRate(Set.of("premium"), 3, new BigDecimal("1.00")))),
                published("cashback").earn().get(1).rate());
        assertEquals(new Rate.ByOperation(0), published("stamp").earn().get(0).rate());
    }

    @Test
    void redeemRules() {
        ProgramDocument airline = published("airline");

        assertEquals(1000, airline.redeem().get(0).minimum());
        assertEquals(1, airline.redeem().get(0).step());
        assertEquals(
                LocalDateTime.parse("2027-01-15T00:00"),
                airline.redeem().get(0).when().from());
        assertEquals(When.ALWAYS, airline.redeem().get(1).when());
        assertEquals(500, published("beauty").redeem().get(0).step());
    }

    @Test
    void tiers() {
        Tiers airline = published("airline").tiers();
        assertNotNull(airline);
        assertEquals(new Tiers.Period.Anniversary(12), airline.period());
        assertEquals(new Tiers.Validity.Until(Tiers.End.NEXT_PERIOD_END, 0), airline.validity());
        assertEquals(Tiers.Downgrade.ONE_DOWN, airline.downgrade());
        assertEquals(Tiers.OnReversal.LOWER, airline.onReversal());
        assertEquals(
                new Tiers.Level("member", "Member", new Tiers.Qualify.ByGrantOnly(), BigDecimal.ONE),
                airline.levels().get(0));
        assertEquals(
                new Tiers.Level(
                        "platinum",
                        "Platinum",
                        new Tiers.Qualify.All(List.of(
                                new Tiers.Threshold("qualifyingMiles", new BigDecimal("90000")),
                                new Tiers.Threshold("segments", new BigDecimal("40")))),
                        new BigDecimal("2")),
                airline.levels().get(3));
        Tiers coffee = published("coffee").tiers();
        assertNotNull(coffee);
        assertEquals(new Tiers.Period.Rolling(12), coffee.period());
        assertEquals(new Tiers.Validity.Months(12), coffee.validity());
        Tiers beauty = published("beauty").tiers();
        assertNotNull(beauty);
        assertEquals(new Tiers.Period.Calendar(12, MonthDay.of(1, 1)), beauty.period());
        assertEquals(
                new Tiers.Qualify.Any(List.of(new Tiers.Threshold("spend", new BigDecimal("350.00")))),
                beauty.levels().get(1).qualify());
        assertNull(published("stamp").tiers());
    }

    @Test
    void conditions() {
        When owl = promotion(published("coffee"), "night-owl").when();
        assertEquals(LocalDateTime.parse("2027-03-01T00:00"), owl.from());
        assertEquals(LocalDateTime.parse("2027-12-01T00:00"), owl.to());
        assertEquals(List.of(new When.Hours(23 * 60, 3 * 60)), owl.hours());
        assertEquals(Set.of(DayOfWeek.SATURDAY), owl.weekdays());
        When stars = promotion(published("coffee"), "double-star-day").when();
        assertEquals(
                Set.of(
                        LocalDate.parse("2026-12-08"),
                        LocalDate.parse("2027-01-12"),
                        LocalDate.parse("2027-02-09"),
                        LocalDate.parse("2027-03-14")),
                stars.dates());
        ProgramDocument beauty = published("beauty");
        assertEquals(
                List.of(new When.EarlyAccess(Set.of("rouge"), 72)),
                promotion(beauty, "event-rouge").when().earlyAccess());
        assertEquals(
                new When.Birthday.Month(),
                promotion(beauty, "birthday-points").when().birthday());
        assertEquals(
                new When.Birthday.Around(0, 6),
                published("coffee").rewards().get(7).when().birthday());
        assertEquals(
                List.of(new When.Hours(12 * 60, 24 * 60)),
                beauty.rewards().get(3).when().hours());
        When big = promotion(published("coalition"), "big-basket").when();
        assertEquals(Set.of("supermarket", "drugstore"), big.partners());
        assertEquals(new BigDecimal("50.00"), big.minimum());
        assertNull(big.items());
    }

    @Test
    void promotions() {
        ProgramDocument coffee = published("coffee");
        assertEquals(
                new Promotion(
                        "email-opt-in",
                        "Thanks for subscribing",
                        new Event.Action("email-opt-in"),
                        When.ALWAYS,
                        null,
                        new Give.Flat(25),
                        List.of(new Limit(CountedAs.USES, 1, Per.PROMOTION, null)),
                        null,
                        null,
                        0,
                        false,
                        false,
                        null),
                promotion(coffee, "email-opt-in"));
        assertEquals(
                new Give.Multiply(new BigDecimal("2"), Give.Of.BASE_AND_TIER, Give.On.BASKET),
                promotion(coffee, "double-star-day").give());
        assertEquals(
                new Give.Multiply(new BigDecimal("1.5"), Give.Of.BASE, Give.On.ITEMS),
                promotion(coffee, "happy-hour").give());
        assertEquals(
                new Progress.Streak(Progress.Unit.DAY, 5, true),
                promotion(coffee, "five-day-streak").progress());
        assertEquals(new Event.Purchase(), promotion(coffee, "happy-hour").event());
        assertEquals(
                new Progress.Count(Progress.Counts.QUANTITY, 9, true),
                promotion(published("stamp"), "stamps").progress());
        assertEquals(
                new Give.Gift("free-coffee", 60, 1),
                promotion(published("stamp"), "stamps").give());
        ProgramDocument beauty = published("beauty");
        assertEquals(new Event.Enrol(), promotion(beauty, "sign-up").event());
        assertEquals(
                new Event.TierReached("vib"), promotion(beauty, "welcome-vib").event());
        assertEquals(
                "birthday", promotion(beauty, "birthday-points").limits().get(0).counter());
        assertEquals(
                new Give.ByRate(
                        new Rate.ByAttribute("litres", 2, new BigDecimal("1"), null, 0, List.of()), Give.On.ITEMS),
                promotion(published("coalition"), "fuel-friday").give());
        assertEquals("fuel", promotion(published("coalition"), "fuel-friday").fundedBy());
        assertEquals(
                new Stacking(List.of(new Stacking.Group("coupons", Stacking.Mode.ALL)), 5000L),
                published("coalition").stacking());
    }

    @Test
    void rewardsAndLimits() {
        assertEquals(
                List.of(new Reward.Cost(Set.of("platinum"), 9000), new Reward.Cost(Set.of(), 10000)),
                published("airline").rewards().get(0).cost());
        assertEquals(
                List.of(new Reward.Cost(Set.of(), 25)),
                published("coffee").rewards().get(0).cost());
        assertEquals(
                new BigDecimal("100.00"), published("beauty").rewards().get(3).value());
        assertEquals(true, published("beauty").rewards().get(4).grantOnly());
        assertEquals(
                new MemberLimit("cap-a-month", MemberLimit.On.EARN, CountedAs.POINTS, 5000, Per.MONTH),
                published("cashback").limits().get(0));
    }

    @Test
    void partners() {
        ProgramDocument coalition = published("coalition");

        assertEquals(true, coalition.partnerRequired());
        assertEquals(3, coalition.partners().size());
        assertEquals("sm-burn", coalition.partners().get(0).redeem().get(0).id());
        assertEquals(
                new BigDecimal("0.0115"),
                coalition.partners().get(0).settlement().issue().get(1).price());
        assertEquals(List.of(), coalition.partners().get(1).settlement().accept());
    }

    @Test
    void nothingOfADocumentCanBeChanged() {
        ProgramDocument airline = published("airline");

        assertThrows(
                UnsupportedOperationException.class, () -> airline.promotions().clear());
        assertThrows(
                UnsupportedOperationException.class,
                () -> airline.earn().get(0).match().attributes().clear());
        Rate.ByAttribute flown =
                assertInstanceOf(Rate.ByAttribute.class, airline.earn().get(1).rate());
        assertNotNull(flown.factor());
        assertThrows(
                UnsupportedOperationException.class,
                () -> flown.factor().table().clear());
    }
}
