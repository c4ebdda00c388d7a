package dev.stampede.seal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Quantiles out of buckets, against those of the times themselves. */
class LatenciesTest {
    @Test
    void bucketsRise() {
        int before = 0;
        for (long nanos = 0; nanos < TimeUnit.SECONDS.toNanos(20); nanos += 10_000 + nanos / 100) {
            int bucket = Latencies.bucket(nanos);
            assertTrue(bucket == before || bucket == before + 1, "at " + nanos);
            before = bucket;
        }
        assertEquals(Latencies.BUCKETS - 1, before);
        assertEquals(Latencies.BUCKETS - 1, Latencies.bucket(Long.MAX_VALUE));
        assertEquals(0, Latencies.bucket(-1));
    }

    @Test
    void quantilesAreRightToATenth() {
        for (long seed = 1; seed <= 20; seed++) {
            Random random = new Random(seed);
            Latencies latencies = new Latencies();
            long[] times = new long[5000];
            for (int i = 0; i < times.length; i++) {
                times[i] = (long) (Math.exp(13 + 2 * random.nextGaussian()) + 300_000); // around 0.7 ms
                latencies.record(times[i]);
            }
            Arrays.sort(times);
            for (double share : new double[] {0.5, 0.9, 0.99}) {
                double right = times[(int) (share * times.length)] / 1e6;
                double told = Latencies.quantileMs(latencies.counts(), share);
                assertEquals(right, told, Math.max(0.1 * right, 0.07), "seed " + seed + ", " + share);
            }
        }
    }

    @Test
    void ofNothingThereIsNone() {
        assertTrue(Double.isNaN(Latencies.quantileMs(new long[Latencies.BUCKETS], 0.99)));
    }
}
