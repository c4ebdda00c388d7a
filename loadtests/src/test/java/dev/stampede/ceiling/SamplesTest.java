package dev.stampede.ceiling;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class SamplesTest {
    private static final Ratio RATIO = new Ratio("B: gateway earn", "gateway earn");

    private final Samples samples = new Samples(false);

    @Test
    void takesTheMiddleOne() {
        assertEquals(3, Samples.median(9, 1, 3));
        assertEquals(2.5, Samples.median(4, 1, 9, 1));
        assertEquals(7, Samples.median(7));
    }

    @Test
    void leavesNothingOfWhatAPlaceIsWorth() {
        double build = 1.05;
        double place = 1.2;
        assertEquals(build, Samples.geometricMean(build * place, build / place), 1e-9);
    }

    @Test
    void takesRatiosWithinARound() {
        // the machine is twice as fast in the second round
        for (long rate : List.of(100L, 200L, 100L)) {
            samples.add(RATIO.to(), sample(rate, 0));
        }
        for (long rate : List.of(110L, 180L, 120L)) {
            samples.add(RATIO.of(), sample(rate, 0));
        }
        assertArrayEquals(new double[] {1.1, 0.9, 1.2}, samples.each(RATIO), 1e-9);
        assertEquals(1.1, samples.median(RATIO), 1e-9);
        assertEquals(100, samples.median(RATIO.to(), Sample::rate));
    }

    @Test
    void hasARatioOnlyOfWhatWasMeasured() {
        samples.add(RATIO.to(), sample(100, 0));
        assertFalse(samples.has(RATIO));
        samples.add(RATIO.of(), sample(100, 0));
        assertTrue(samples.has(RATIO));
    }

    @Test
    void isInvalidWithOneBadSample() {
        samples.add("gateway earn", sample(10_000, 10));
        assertTrue(samples.valid());
        samples.add("gateway earn", sample(10_000, 11));
        assertFalse(samples.valid());
    }

    @Test
    void isInvalidWithoutAnyAnswer() {
        assertFalse(sample(0, 0).valid());
    }

    @Test
    void comparesWithWhatPostgresHas() {
        assertEquals(0, Expected.EVERY.off(1000, 1000, 10));
        assertEquals(0, Expected.EVERY.off(1000, 1010, 10));
        assertEquals(1, Expected.EVERY.off(1000, 1011, 10));
        assertEquals(1, Expected.EVERY.off(1000, 999, 10));
        assertEquals(1, Expected.NONE.off(1000, 1, 10));
        assertEquals(0, Expected.MOST.off(1000, 950, 10));
        assertEquals(0, Expected.NINE_OF_TEN.off(1000, 900, 10));
        assertEquals(70, Expected.NINE_OF_TEN.off(1000, 990, 10));
        assertEquals(0, Expected.OWN.off(1000, 5, 10));
    }

    private static Sample sample(long operations, long bad) {
        return new Sample(new Measured(operations, 1, 1, 2, bad, ""), 1, 1, 1, 1);
    }
}
