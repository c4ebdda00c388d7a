package dev.stampede.load;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** The gateway's own numbers, read from its management port while a run goes on; at most some hundred readings. */
final class Gauges {
    private static final int READINGS = 480;

    /** In less, caches that fill up and code that warms up look like a leak. */
    static final Duration SHORTEST_SOAK = Duration.ofMinutes(10);

    /**
     * @param heapMb heap after the last collection: what the long-lived pool held then
     * @param residentMb resident memory of the process; NaN where its process isn't known
     * @param sealMs mean time of the seals since the reading before
     */
    record Reading(long atMs, double heapMb, double residentMb, double sealQueue, double inFlight, double sealMs) {}

    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
    private final HttpRequest request;
    private final long pid;
    private final List<Reading> readings = new ArrayList<>();
    private ScheduledExecutorService timer;
    private double sealCount;
    private double sealSeconds;

    Gauges(Parameters parameters) {
        request = HttpRequest.newBuilder(URI.create(parameters.managementUrl() + "/q/metrics"))
                .timeout(Duration.ofSeconds(2))
                .header("Accept", "text/plain")
                .build();
        pid = parameters.gatewayPid();
    }

    void start(Duration duration) {
        long everyMs = Math.max(1_000, duration.toMillis() / READINGS);
        timer = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "gauges");
            thread.setDaemon(true);
            return thread;
        });
        var unused = timer.scheduleAtFixedRate(this::note, 0, everyMs, TimeUnit.MILLISECONDS);
    }

    private void note() {
        var unused = read();
    }

    List<Reading> stop() {
        timer.shutdownNow();
        synchronized (readings) {
            return List.copyOf(readings);
        }
    }

    /** Waits until nothing is in flight; false if that takes too long, or can't be told. */
    boolean idle(Duration limit) throws InterruptedException {
        long deadline = System.nanoTime() + limit.toNanos();
        while (System.nanoTime() < deadline) {
            Reading reading = read();
            if (reading != null && reading.inFlight() == 0 && reading.sealQueue() == 0) {
                return true;
            }
            Thread.sleep(250);
        }
        return false;
    }

    /** Null if the management port doesn't answer: a run does without. */
    private synchronized Reading read() {
        try {
            String metrics = http.send(request, BodyHandlers.ofString()).body();
            double count = value(metrics, "stampede_seal_seconds_count");
            double seconds = value(metrics, "stampede_seal_seconds_sum");
            double sealMs = count > sealCount ? (seconds - sealSeconds) / (count - sealCount) * 1_000 : Double.NaN;
            sealCount = count;
            sealSeconds = seconds;
            Reading reading = new Reading(
                    System.currentTimeMillis(),
                    heapMb(metrics),
                    residentMb(),
                    value(metrics, "stampede_seal_queue"),
                    value(metrics, "stampede_in_flight"),
                    sealMs);
            synchronized (readings) {
                readings.add(reading);
            }
            return reading;
        } catch (java.io.IOException e) {
            return null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        }
    }

    /** Micrometer tells it as a part of the largest size that the long-lived pool may have. */
    static double heapMb(String metrics) {
        double largest = 0;
        for (String line : metrics.split("\n")) {
            if (line.startsWith("jvm_memory_max_bytes{area=\"heap\"")) {
                largest = Math.max(largest, number(line));
            }
        }
        return value(metrics, "jvm_memory_usage_after_gc") * largest / (1 << 20);
    }

    /** Of the first sample of that name; NaN if there is none. */
    static double value(String metrics, String name) {
        for (String line : metrics.split("\n")) {
            if (line.startsWith(name) && (line.charAt(name.length()) == ' ' || line.charAt(name.length()) == '{')) {
                return number(line);
            }
        }
        return Double.NaN;
    }

    private static double number(String line) {
        return Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1));
    }

    private double residentMb() {
        if (pid <= 0) {
            return Double.NaN;
        }
        try (var lines = Files.lines(Path.of("/proc/" + pid + "/status"))) {
            return lines.filter(line -> line.startsWith("VmRSS:"))
                    .mapToDouble(line -> Double.parseDouble(line.replaceAll("[^0-9]", "")) / 1024)
                    .findFirst()
                    .orElse(Double.NaN);
        } catch (java.io.IOException | java.io.UncheckedIOException e) {
            return Double.NaN;
        }
    }

    /** The slope of the least-squares line through the second half of the readings, in MB a minute. */
    static double heapTrend(List<Reading> readings) {
        List<Reading> half = readings.subList(readings.size() / 2, readings.size()).stream()
                .filter(reading -> Double.isFinite(reading.heapMb()))
                .toList();
        double x = half.stream().mapToDouble(r -> r.atMs() / 60_000.0).average().orElse(0);
        double y = half.stream().mapToDouble(Reading::heapMb).average().orElse(0);
        double xy = 0;
        double xx = 0;
        for (Reading reading : half) {
            double dx = reading.atMs() / 60_000.0 - x;
            xy += dx * (reading.heapMb() - y);
            xx += dx * dx;
        }
        return xx == 0 ? 0 : xy / xx;
    }
}
