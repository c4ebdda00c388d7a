package dev.stampede.seal;

import java.util.Arrays;
import java.util.concurrent.atomic.LongAdder;

/**
 * How long something took, each time since the start: counted in buckets, four for each doubling, so that the quantiles
 * of a second, and of several gateways together, can be told to about a tenth. Safe for use from any thread.
 */
public final class Latencies {
    /** From below 66 us to above 8.5 s. */
    public static final int BUCKETS = 65;

    private static final int UNIT_BITS = 16; // 65.5 us
    private static final double UNIT_MS = (1 << UNIT_BITS) / 1e6;
    private static final int LINEAR = 4; // so many of the first have the same width

    private final LongAdder[] counts = new LongAdder[BUCKETS];

    public Latencies() {
        Arrays.setAll(counts, i -> new LongAdder());
    }

    public void record(long nanos) {
        counts[bucket(nanos)].increment();
    }

    /** The counts by bucket. */
    public long[] counts() {
        return Arrays.stream(counts).mapToLong(LongAdder::sum).toArray();
    }

    static int bucket(long nanos) {
        long units = Math.max(0, nanos) >>> UNIT_BITS;
        if (units < LINEAR) {
            return (int) units;
        }
        int highest = Long.SIZE - 1 - Long.numberOfLeadingZeros(units);
        int quarter = (int) (units >>> (highest - 2)) & 3;
        return Math.min(BUCKETS - 1, LINEAR * (highest - 1) + quarter);
    }

    /**
     * The time in ms below which this share of all is, as if they were spread evenly in their bucket; NaN if there are
     * none. What is in the last bucket counts as the least that it can be.
     *
     * @param counts by bucket
     */
    public static double quantileMs(long[] counts, double share) {
        double rest = share * Arrays.stream(counts).sum();
        if (rest <= 0) {
            return Double.NaN;
        }
        for (int bucket = 0; bucket < BUCKETS - 1; bucket++) {
            if (rest <= counts[bucket]) {
                return UNIT_MS * (lowest(bucket) + (lowest(bucket + 1) - lowest(bucket)) * rest / counts[bucket]);
            }
            rest -= counts[bucket];
        }
        return UNIT_MS * lowest(BUCKETS - 1);
    }

    /** In units. */
    private static double lowest(int bucket) {
        return bucket < LINEAR ? bucket : (double) (LINEAR + bucket % LINEAR) * (1L << (bucket / LINEAR - 1));
    }
}
