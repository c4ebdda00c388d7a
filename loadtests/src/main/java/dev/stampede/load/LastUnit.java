package dev.stampede.load;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;

/** When a stock ran out, how many had a piece of it, and how other calls fared in that second. */
final class LastUnit {
    private static final long HIGHEST_MS = 120_000;

    private final String calls;
    private final long stock;
    private final Map<Long, Histogram> others = new TreeMap<>();
    private long granted;
    private long unknown;
    private long outMs;

    /**
     * @param calls the name of those that take a piece, or are declined because nothing is left
     * @param stock how many pieces there are
     */
    LastUnit(String calls, long stock) {
        this.calls = calls;
        this.stock = stock;
    }

    /** @param tookMs from sending to the end of the answer */
    synchronized void answered(String name, Outcome outcome, long nowMs, long tookMs) {
        boolean decided = outcome == Outcome.OK || outcome == Outcome.DECLINED;
        if (!name.equals(calls)) {
            if (decided) {
                others.computeIfAbsent(nowMs / 1_000, second -> new Histogram(HIGHEST_MS, 2))
                        .recordValue(Math.min(HIGHEST_MS, Math.max(0, tookMs)));
            }
        } else if (outcome == Outcome.OK) {
            granted++;
        } else if (outcome == Outcome.DECLINED) {
            outMs = outMs == 0 ? nowMs : Math.min(outMs, nowMs);
        } else if (outcome != Outcome.REFUSED) {
            unknown++;
        }
    }

    /**
     * The p99 of other calls, in ms: in the second in which the first call was told that nothing is left, or in the
     * next one if that is higher; and that of the median second.
     */
    record Spike(long there, long median) {
        double ratio() {
            return (double) there / Math.max(1, median);
        }
    }

    /** Null if there was always something left. */
    synchronized Spike spike() {
        if (outMs == 0) {
            return null;
        }
        List<Long> all = others.values().stream().map(LastUnit::p99).sorted().toList();
        long second = outMs / 1_000;
        long there = Math.max(p99(others.get(second)), p99(others.get(second + 1)));
        return new Spike(there, all.isEmpty() ? 0 : all.get(all.size() / 2));
    }

    private static long p99(Histogram second) {
        return second == null ? 0 : second.getValueAtPercentile(99);
    }

    /**
     * What is wrong with what was given.
     *
     * @param used what the gateway says is used of the stock
     */
    synchronized void judge(long used, List<String> violations) {
        if (outMs == 0 && used < stock) {
            violations.add("the stock of " + stock + " did not run out: send more, or for longer");
        } else if (used != stock) {
            violations.add("of the stock of " + stock + " the gateway says that " + used + " are used");
        }
        if (granted > used || granted + unknown < used) {
            violations.add(granted + " calls had a piece, and the gateway says that " + used + " are used");
        }
    }

    synchronized String told() {
        return String.format(
                Locale.ROOT,
                "%,d of %,d pieces were given, and %,d calls are of unknown outcome",
                granted,
                stock,
                unknown);
    }
}
