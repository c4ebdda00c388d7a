package dev.stampede.load;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;

/** Answers by request name and over time. Its size depends on the names and on nothing else. */
final class Measurements {
    private static final long HIGHEST_MS = 120_000;
    /** How many steps a plot has. */
    private static final int STEPS = 240;

    /** Times in ms of the answers under one name. */
    static final class Line {
        final Histogram decided = new Histogram(HIGHEST_MS, 3);
        final Histogram ok = new Histogram(HIGHEST_MS, 3);
        final Histogram refused = new Histogram(HIGHEST_MS, 3);
        long okCount;
        long declined;
        long refusedCount;
        long unknown;
        private long firstMs;
        private long lastMs;

        /** From its first answer to its last. */
        double seconds() {
            return Math.max(1, (lastMs - firstMs) / 1_000.0);
        }

        /** The share of its calls that were decided; 1 if there were none. */
        double answered() {
            return requests() == 0 ? 1 : (double) (okCount + declined) / requests();
        }

        long requests() {
            return okCount + declined + refusedCount + unknown;
        }
    }

    /** @param refused that were told to come again, 503 and 429 */
    record Step(double second, double okPerSecond, double refusedPerSecond, double p99) {}

    private static final class Bucket {
        private final Histogram decided = new Histogram(HIGHEST_MS, 2);
        private long ok;
        private long refused;
    }

    private final Map<String, Line> lines = new LinkedHashMap<>();
    private final Map<String, Histogram> observed = new LinkedHashMap<>();
    private final Map<Long, Bucket> buckets = new TreeMap<>();
    private final long stepMs;
    private long firstMs;
    private long lastMs;

    Measurements(Duration duration) {
        stepMs = Math.max(1_000, duration.toMillis() / STEPS / 1_000 * 1_000);
    }

    /** @param tookMs from sending to the end of the answer; ignored if there was none */
    synchronized void answered(String name, Outcome outcome, boolean told503, long nowMs, long tookMs) {
        if (firstMs == 0) {
            firstMs = nowMs;
        }
        lastMs = Math.max(lastMs, nowMs);
        Line line = lines.computeIfAbsent(name, n -> new Line());
        line.firstMs = line.requests() == 0 ? nowMs : line.firstMs;
        line.lastMs = Math.max(line.lastMs, nowMs);
        Bucket bucket = buckets.computeIfAbsent((nowMs - firstMs) / stepMs, n -> new Bucket());
        long ms = Math.min(HIGHEST_MS, Math.max(0, tookMs));
        if (outcome == Outcome.OK || outcome == Outcome.DECLINED) {
            line.decided.recordValue(ms);
            bucket.decided.recordValue(ms);
        }
        switch (outcome) {
            case OK -> {
                line.okCount++;
                line.ok.recordValue(ms);
                bucket.ok++;
            }
            case DECLINED -> line.declined++;
            case REFUSED -> {
                line.refusedCount++;
                bucket.refused++;
            }
            default -> line.unknown++;
        }
        if (told503) {
            line.refused.recordValue(ms);
        }
    }

    /** The time of something that is no request, such as an event. */
    synchronized void observed(String name, long tookMs) {
        observed.computeIfAbsent(name, n -> new Histogram(HIGHEST_MS, 3)).recordValue(Math.min(HIGHEST_MS, tookMs));
    }

    synchronized Map<String, Histogram> observed() {
        return new LinkedHashMap<>(observed);
    }

    synchronized Map<String, Line> lines() {
        return new LinkedHashMap<>(lines);
    }

    /** In ms, of the calls under one name that were decided; 0 if there were none. */
    synchronized long p99(String name) {
        Line line = lines.get(name);
        return line == null ? 0 : line.decided.getValueAtPercentile(99);
    }

    /** The share of the calls under one name that were decided; 1 if there were none. */
    synchronized double answered(String name) {
        Line line = lines.get(name);
        return line == null ? 1 : line.answered();
    }

    /** From the first answer to the last. */
    synchronized double seconds() {
        return Math.max(1, (lastMs - firstMs) / 1_000.0);
    }

    synchronized long firstMs() {
        return firstMs;
    }

    synchronized List<Step> steps() {
        double seconds = stepMs / 1_000.0;
        List<Step> steps = new ArrayList<>();
        long last = buckets.keySet().stream().mapToLong(Long::longValue).max().orElse(-1);
        // the last step is hardly ever a whole one
        for (long n = 0; n < Math.max(last, Math.min(1, last + 1)); n++) {
            Bucket bucket = buckets.getOrDefault(n, new Bucket());
            double p99 = bucket.decided.getTotalCount() == 0 ? Double.NaN : bucket.decided.getValueAtPercentile(99);
            steps.add(new Step(n * seconds, bucket.ok / seconds, bucket.refused / seconds, p99));
        }
        return steps;
    }
}
