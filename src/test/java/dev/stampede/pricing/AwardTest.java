package dev.stampede.pricing;

import static dev.stampede.pricing.TestTerms.delays;
import static dev.stampede.pricing.TestTerms.expiry;
import static dev.stampede.pricing.TestTerms.money;
import static dev.stampede.pricing.TestTerms.ms;
import static dev.stampede.pricing.TestTerms.points;
import static dev.stampede.pricing.TestTerms.rates;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.stampede.points.Terms;
import dev.stampede.points.Unpriceable;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class AwardTest {
    private static final ZoneId UTC = ZoneOffset.UTC;

    private static final long NOON = ms("2026-11-21T12:00:00Z");

    private static Award award(String amount, String rate) {
        return Award.of(money(amount), rates(rate, "100"), NOON, UTC);
    }

    @Test
    void earnsRoundDown() {
        assertEquals(42, award("42.00", "1").points());
        assertEquals(42, award("42.99", "1").points());
        assertEquals(0, award("0.99", "1").points());
        assertEquals(0, award("0.00", "1").points());
        assertEquals(149, award("99.99", "1.5").points());
        assertEquals(0, award("1000.00", "0").points());
        assertEquals(33, award("100.00", "0.333333").points());
        assertEquals(1, award("1.00", "1.000000").points());
    }

    @Test
    void oneOperationMovesOnlySoMany() {
        assertEquals(1_000_000_000_000L, award("1000000000000.99", "1").points());
        Unpriceable tooMuch = assertThrows(Unpriceable.class, () -> award("1000000000001.00", "1"));
        assertEquals(Unpriceable.Why.INVALID_AMOUNT, tooMuch.why());
        assertEquals("The amount is worth more points than one operation may move.", tooMuch.getMessage());
        assertThrows(Unpriceable.class, () -> award("999999999999999.99", "999999999999.999999"));
    }

    @Test
    void anAmountIsOfTheProgramsCurrency() {
        Unpriceable foreign =
                assertThrows(Unpriceable.class, () -> Award.of(money("1.001", "USD"), rates("1", "100"), NOON, UTC));
        assertEquals(Unpriceable.Why.CURRENCY_MISMATCH, foreign.why());
        assertEquals("The currency of this program is EUR, not USD.", foreign.getMessage());
        Unpriceable fraction = assertThrows(Unpriceable.class, () -> award("1.001", "1"));
        assertEquals(Unpriceable.Why.INVALID_AMOUNT, fraction.why());
        assertEquals("amount has more decimals than EUR has (2).", fraction.getMessage());
    }

    @Test
    void itSaysWhy() {
        assertEquals(
                new Calculation("base", 42, "42.50 EUR x 1 = 42.5, rounded down"),
                award("42.50", "1.000000").explanation());
        assertEquals(
                new Calculation("base", 85, "42.50 EUR x 2 = 85"),
                award("42.50", "2").explanation());
        assertEquals(
                new Calculation("base", 0, "0.00 EUR x 1 = 0"),
                award("0.00", "1").explanation());
        assertEquals(
                new Calculation("given", 7, "the caller said how many"),
                Award.of(points(7), rates("1", "100"), NOON, UTC).explanation());
    }

    private static LocalDate expires(String earned, int months, boolean monthEnd) {
        return LocalDate.ofEpochDay(Award.of(points(1), expiry(months, monthEnd), ms(earned + "T23:59:59.999Z"), UTC)
                .on());
    }

    @Test
    void lotsLiveToTheEndOfAMonth() {
        assertEquals(LocalDate.parse("2027-11-30"), expires("2026-11-21", 12, true));
        assertEquals(LocalDate.parse("2026-11-30"), expires("2026-11-30", 0, true));
        assertEquals(LocalDate.parse("2027-02-28"), expires("2026-02-01", 12, true));
        assertEquals(LocalDate.parse("2028-02-29"), expires("2027-02-28", 12, true));
        assertEquals(LocalDate.parse("2026-12-31"), expires("2026-11-01", 1, true));
    }

    @Test
    void orToTheSameDay() {
        assertEquals(LocalDate.parse("2027-11-21"), expires("2026-11-21", 12, false));
        assertEquals(LocalDate.parse("2026-11-21"), expires("2026-11-21", 0, false));
        // no such day: the last one of that month
        assertEquals(LocalDate.parse("2026-02-28"), expires("2026-01-31", 1, false));
        assertEquals(LocalDate.parse("2028-02-29"), expires("2028-01-31", 1, false));
        assertEquals(LocalDate.parse("2029-02-28"), expires("2028-02-29", 12, false));
        assertEquals(LocalDate.parse("2026-04-30"), expires("2026-03-31", 1, false));
    }

    @Test
    void pointsMatureAfterSoManyDays() {
        assertNull(Award.of(points(1), delays(0, 0), NOON, UTC).matures());
        assertEquals(
                LocalDate.parse("2026-12-05").toEpochDay(),
                Award.of(points(1), delays(14, 0), NOON, UTC).matures());
    }

    @Test
    void itsDaysHoldUntilMidnight() {
        Terms rules = delays(0, 0);
        long midnight = ms("2026-11-22T00:00:00Z");
        assertEquals(midnight, Award.of(points(1), rules, NOON, UTC).until());
        assertEquals(midnight, Award.of(points(1), rules, midnight - 1, UTC).until());
        assertEquals(
                midnight + 86_400_000, Award.of(points(1), rules, midnight, UTC).until());
    }
}
