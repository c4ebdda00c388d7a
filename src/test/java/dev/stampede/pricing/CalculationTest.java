package dev.stampede.pricing;

import static dev.stampede.pricing.TestTerms.money;
import static dev.stampede.pricing.TestTerms.points;
import static dev.stampede.pricing.TestTerms.rates;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.stampede.points.Unpriceable;
import org.junit.jupiter.api.Test;

class CalculationTest {
    private static Calculation of(String amount, String rate) {
        return Calculation.of(money(amount), rates(rate, "100"), "euros");
    }

    @Test
    void earnsRoundDown() {
        assertEquals(42, of("42.00", "1").points());
        assertEquals(42, of("42.99", "1").points());
        assertEquals(0, of("0.99", "1").points());
        assertEquals(0, of("0.00", "1").points());
        assertEquals(149, of("99.99", "1.5").points());
        assertEquals(0, of("1000.00", "0").points());
        assertEquals(33, of("100.00", "0.333333").points());
        assertEquals(1, of("1.00", "1.000000").points());
    }

    @Test
    void oneOperationMovesOnlySoMany() {
        assertEquals(1_000_000_000_000L, of("1000000000000.99", "1").points());
        Unpriceable tooMuch = assertThrows(Unpriceable.class, () -> of("1000000000001.00", "1"));
        assertEquals(Unpriceable.Why.INVALID_AMOUNT, tooMuch.why());
        assertEquals("The amount is worth more points than one operation may move.", tooMuch.getMessage());
        assertThrows(Unpriceable.class, () -> of("999999999999999.99", "999999999999.999999"));
    }

    @Test
    void anAmountIsOfTheProgramsCurrency() {
        Unpriceable foreign = assertThrows(
                Unpriceable.class, () -> Calculation.of(money("1.001", "USD"), rates("1", "100"), "euros"));
        assertEquals(Unpriceable.Why.CURRENCY_MISMATCH, foreign.why());
        assertEquals("The currency of this program is EUR, not USD.", foreign.getMessage());
        Unpriceable fraction = assertThrows(Unpriceable.class, () -> of("1.001", "1"));
        assertEquals(Unpriceable.Why.INVALID_AMOUNT, fraction.why());
        assertEquals("amount has more decimals than EUR has (2).", fraction.getMessage());
    }

    @Test
    void itSaysWhy() {
        assertEquals(new Calculation("base:euros", 42, "42.50 EUR x 1 = 42.5, rounded down"), of("42.50", "1.000000"));
        assertEquals(new Calculation("base:euros", 85, "42.50 EUR x 2 = 85"), of("42.50", "2"));
        assertEquals(new Calculation("base:euros", 0, "0.00 EUR x 1 = 0"), of("0.00", "1"));
        assertEquals(
                new Calculation("stated", 7, "the caller said how many"),
                Calculation.of(points(7), rates("1", "100"), "euros"));
    }
}
