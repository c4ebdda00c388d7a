package dev.stampede.points;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.Currency;
import org.junit.jupiter.api.Test;

class RulesTest {
    private static Rules rules(String earnRate, String redeemRate, int months, boolean monthEnd) {
        return new Rules(
                Currency.getInstance("EUR"),
                new BigDecimal(earnRate),
                new BigDecimal(redeemRate),
                months,
                monthEnd,
                0,
                0,
                Rules.Clawback.DEBT,
                true);
    }

    private static long earned(String amount, String rate) {
        return rules(rate, "100", 12, true).earned(new BigDecimal(amount));
    }

    private static long priced(String amount, String rate) {
        return rules("1", rate, 12, true).priced(new BigDecimal(amount));
    }

    @Test
    void earnsRoundDown() {
        assertEquals(42, earned("42.00", "1"));
        assertEquals(42, earned("42.99", "1"));
        assertEquals(0, earned("0.99", "1"));
        assertEquals(0, earned("0.00", "1"));
        assertEquals(149, earned("99.99", "1.5"));
        assertEquals(0, earned("1000.00", "0"));
        assertEquals(33, earned("100.00", "0.333333"));
        assertEquals(1, earned("1.00", "1.000000"));
    }

    @Test
    void pricesRoundUp() {
        assertEquals(500, priced("5.00", "100"));
        assertEquals(501, priced("5.001", "100"));
        assertEquals(1, priced("0.01", "1"));
        assertEquals(34, priced("100.00", "0.333334"));
        assertEquals(0, priced("0.00", "100"));
    }

    @Test
    void largeAmountsStayExact() {
        assertEquals(9_000_000_000_000_000L, earned("9000000000000000.99", "1"));
        assertEquals(9_000_000_000_000_001L, priced("9000000000000000.01", "1"));
        assertThrows(ArithmeticException.class, () -> earned("99999999999999999999", "1"));
    }

    private static LocalDate expires(String earned, int months, boolean monthEnd) {
        return rules("1", "1", months, monthEnd).expiresOn(LocalDate.parse(earned));
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
}
