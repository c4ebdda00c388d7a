package dev.stampede.pricing;

import static dev.stampede.pricing.TestTerms.money;
import static dev.stampede.pricing.TestTerms.points;
import static dev.stampede.pricing.TestTerms.rates;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.stampede.points.Unpriceable;
import org.junit.jupiter.api.Test;

class CostTest {
    private static Cost cost(String amount, String rate) {
        return Cost.of(money(amount), rates("1", rate), "standard");
    }

    @Test
    void costsRoundUp() {
        assertEquals(500, cost("5.00", "100").points());
        assertEquals(501, cost("5.01", "99.9").points());
        assertEquals(1, cost("0.01", "1").points());
        assertEquals(34, cost("100.00", "0.333334").points());
        assertEquals(0, cost("0.00", "100").points());
    }

    @Test
    void oneOperationMovesOnlySoMany() {
        assertEquals(1_000_000_000_000L, cost("999999999999.01", "1").points());
        assertThrows(Unpriceable.class, () -> cost("1000000000000.01", "1"));
    }

    @Test
    void itSaysWhy() {
        assertEquals(
                new Calculation("redeem:standard", 6, "0.55 EUR x 10 = 5.5, rounded up"),
                cost("0.55", "10").explanation());
        assertEquals(new Cost(300, null), Cost.of(points(300), rates("1", "100"), "standard"));
    }
}
