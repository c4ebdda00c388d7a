package dev.stampede.ceiling;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What half of the maximum waits for, and what becomes of twice the maximum: of earns alone, and of calls of all
 * classes, of which the most urgent must be answered. Each beside the maximum of its round.
 */
final class Overload {
    private static final int FLOOD_CONNECTIONS = 2000;
    private static final String COLUMNS = """

            | | maximum: earns/s | half: redeems/s | p50, p99 ms | half: balances/s | p50, p99 ms | twice: calls/s \
            | earned/s | of the maximum | 503: p50, p99, highest ms | memory MB |
            |---|---:|---:|---|---:|---|---:|---:|---:|---|---:|
            """;

    private static final String CLASSES = """

            Twice the maximum of calls of all classes (60 % earns, 30 % redeems, 10 % captures): how many of each were
            answered, and in what time.

            | | captures % | p50, p99, highest ms | redeems % | p50, p99, highest ms \
            | earns % | p50, p99, highest ms |
            |---|---:|---|---:|---|---:|---|
            """;

    /** Of captures and redeems, which share must be answered; and how soon a capture. */
    private static final double CAPTURES = 0.99;

    private static final double REDEEMS = 0.95;
    private static final double CAPTURE_MS = 100;

    private final Bench bench;
    private final Options options;
    private final App gateway;
    private long bad;

    Overload(Bench bench) {
        this.bench = bench;
        this.options = bench.options;
        this.gateway = bench.apps.first();
    }

    boolean measure() throws Exception {
        try (var turn = bench.turn("build")) {
            bench.apps.build(Set.of(gateway));
        }
        bench.apps.start(gateway);
        try (var turn = bench.turn("warm")) {
            Measured warm = bench.wrk.earns(gateway, options.accounts, options.warm);
            int seconds = Math.max(1, options.warm / 2);
            Measured twice = bench.wrk.flood(gateway, "earn", FLOOD_CONNECTIONS, 2 * warm.rate(), seconds);
            System.out.printf(Locale.ROOT, "  %.0f/s, asked for twice that: %.0f/s%n", warm.rate(), twice.rate());
        }
        StringBuilder table = new StringBuilder(COLUMNS);
        StringBuilder classes = new StringBuilder(CLASSES);
        double[] kept = new double[options.rounds];
        double[] captures = new double[options.rounds];
        double[] captureMs = new double[options.rounds];
        double[] redeems = new double[options.rounds];
        for (int round = 1; round <= options.rounds; round++) {
            try (var turn = bench.turn("round " + round + " of " + options.rounds)) {
                kept[round - 1] = round(round, table);
                Map<String, Wrk.OfClass> of = classes(round, classes);
                captures[round - 1] = of.get("capture").share();
                captureMs[round - 1] = of.get("capture").p99Ms();
                redeems[round - 1] = of.get("redeem").share();
            }
        }
        Report.write(
                options.out,
                Report.heading("Half the maximum, and twice", bench) + "\nThe maximum with " + options.connections
                        + " connections in a closed loop; half of it at random moments on as many; twice on "
                        + FLOOD_CONNECTIONS
                        + ", of which the gateway refuses what it has no place for, and once more with each call timed."
                        + " Of the maximum kept, median: "
                        + String.format(Locale.ROOT, "%.2f. ", Samples.median(kept)) + bad
                        + " answers neither 2xx nor (past the maximum) 503, or not as Postgres has it.\n" + table
                        + classes
                        + String.format(
                                Locale.ROOT,
                                "\nMedians: %.1f %% of the captures (%.0f %% are asked for), p99 %.0f ms (%.0f),"
                                        + " %.1f %% of the redeems (%.0f %%).\n",
                                100 * Samples.median(captures),
                                100 * CAPTURES,
                                Samples.median(captureMs),
                                CAPTURE_MS,
                                100 * Samples.median(redeems),
                                100 * REDEEMS));
        return bad == 0
                && Samples.median(captures) >= CAPTURES
                && Samples.median(captureMs) <= CAPTURE_MS
                && Samples.median(redeems) >= REDEEMS;
    }

    private Map<String, Wrk.OfClass> classes(int round, StringBuilder table) throws Exception {
        double rate =
                bench.wrk.earns(gateway, options.accounts, options.seconds).rate();
        Map<String, Wrk.OfClass> classes = bench.wrk.classes(gateway, FLOOD_CONNECTIONS, 2 * rate, options.seconds);
        String line = "| " + round
                + classes.values().stream()
                        .map(of -> String.format(
                                Locale.ROOT,
                                " | %.1f | %.1f, %.1f, %.0f",
                                100 * of.share(),
                                of.p50Ms(),
                                of.p99Ms(),
                                of.mostMs()))
                        .collect(Collectors.joining())
                + " |";
        System.out.println("  " + line);
        table.append(line).append('\n');
        for (Wrk.OfClass of : classes.values()) {
            bad += of.others();
        }
        return classes;
    }

    /** @return how much of the maximum was kept at twice of it */
    private double round(int round, StringBuilder table) throws Exception {
        Measured most = bench.wrk.earns(gateway, options.accounts, options.seconds);
        double rate = most.rate();
        Measured redeem = bench.wrk.flood(gateway, "redeem", options.connections, rate / 2, options.seconds);
        Measured balance = bench.wrk.flood(gateway, "balance", options.connections, rate / 2, options.seconds);
        long before = gateway.servers.operations(Servers.DATABASE);
        Measured twice = bench.wrk.flood(gateway, "earn", FLOOD_CONNECTIONS, 2 * rate, options.seconds);
        long moved = gateway.servers.operations(Servers.DATABASE) - before;
        long earned = twice.operations() - twice.bad();
        Wrk.Refusals refusals = bench.wrk.refusals(gateway, FLOOD_CONNECTIONS, 2 * rate, options.seconds);
        // whatever was answered 2xx is there, and nothing that was not asked for
        bad += most.bad()
                + redeem.bad()
                + balance.bad()
                + refusals.others()
                + Expected.EVERY.off(earned, moved, 2L * FLOOD_CONNECTIONS);
        double kept = earned / twice.seconds() / rate;
        String line = String.format(
                Locale.ROOT,
                "| %d | %,.0f | %,.0f | %.1f, %.1f | %,.0f | %.1f, %.1f | %,.0f | %,.0f | %.2f | %.1f, %.1f, %.0f |"
                        + " %d |",
                round,
                rate,
                redeem.rate(),
                redeem.p50Ms(),
                redeem.p99Ms(),
                balance.rate(),
                balance.p50Ms(),
                balance.p99Ms(),
                twice.rate(),
                earned / twice.seconds(),
                kept,
                refusals.p50Ms(),
                refusals.p99Ms(),
                refusals.mostMs(),
                residentMegabytes());
        System.out.println("  " + line);
        table.append(line).append('\n');
        return kept;
    }

    private long residentMegabytes() throws IOException {
        String status = Files.readString(Path.of("/proc/" + gateway.process.pid() + "/status"));
        return Long.parseLong(Text.found(status, "VmRSS:\\s+(\\d+)")) / 1024;
    }
}
