package dev.stampede.ceiling;

import java.io.BufferedWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a snapshot that is held open, as pg_dump holds one, does to the seals of operations that use a budget. */
final class Snapshot {
    /** Before the snapshot, and after its end. */
    private static final int WINDOWS_BESIDE = 3;

    private static final int WINDOWS_HELD = 10;

    /** By how much the p99 of a seal may grow. */
    private static final double MOST = 2;

    private static final String NAME = "ceiling-snapshot";

    /** Of the gateway's histogram of one batch, from the call to its commit. */
    private static final Pattern BUCKET =
            Pattern.compile("(?m)^stampede_seal_seconds_bucket\\{[^}]*le=\"([^\"]+)\"[^}]*} (\\S+)$");

    private final Bench bench;
    private final Options options;
    private final App gateway;
    private final HttpClient client = HttpClient.newHttpClient();
    private final StringBuilder table =
            new StringBuilder("\n| | operations/s | seals/s | seal p50 ms | seal p99 ms | call p99 ms |\n"
                    + "|---|---:|---:|---:|---:|---:|\n");
    private long bad;

    Snapshot(Bench bench) {
        this.bench = bench;
        this.options = bench.options;
        this.gateway = bench.apps.first();
    }

    boolean measure() throws Exception {
        try (var turn = bench.turn("build")) {
            bench.apps.build(Set.of(gateway));
        }
        bench.apps.start(gateway);
        new Fill(bench).programs(gateway);
        int seconds = Math.max(1, options.held / WINDOWS_HELD);
        double[] before = new double[WINDOWS_BESIDE];
        double[] held = new double[WINDOWS_HELD];
        double[] after = new double[WINDOWS_BESIDE];
        try (var turn = bench.turn("warm, and a snapshot under load")) {
            Measured warm = load(options.warm);
            System.out.printf(Locale.ROOT, "  warm: %.0f/s%n", warm.rate());
            for (int i = 0; i < before.length; i++) {
                before[i] = window("before " + (i + 1), seconds);
            }
            Process holder = hold();
            for (int i = 0; i < held.length; i++) {
                held[i] = window("held for " + (i + 1) * seconds + " s", seconds);
            }
            release(holder);
            for (int i = 0; i < after.length; i++) {
                after[i] = window("after " + (i + 1), seconds);
            }
        }
        double[] last = Arrays.copyOfRange(held, WINDOWS_HELD - WINDOWS_BESIDE, WINDOWS_HELD);
        double growth = Samples.median(last) / Samples.median(before);
        String verdict = String.format(
                Locale.ROOT,
                "\nEarns under one budget on %d accounts. The p99 of a seal in the last %d windows is %.2f of that"
                        + " before (less than %.0f is asked for), and after the end of the snapshot %.2f; medians of"
                        + " the windows. %d answers bad.\n",
                options.accounts,
                WINDOWS_BESIDE,
                growth,
                MOST,
                Samples.median(after) / Samples.median(before),
                bad);
        System.out.print(verdict);
        Report.write(options.out, Report.heading("A snapshot that is held open", bench) + verdict + table);
        return growth < MOST && bad == 0;
    }

    private Measured load(int seconds) throws Exception {
        return bench.wrk.run(gateway, Schemes.path(Schemes.BUDGET), "earn", options.accounts, seconds);
    }

    /** @return the p99 of its seals, in ms */
    private double window(String name, int seconds) throws Exception {
        Map<Double, Double> earlier = buckets();
        Measured measured = load(seconds);
        Map<Double, Double> seals = buckets();
        earlier.forEach((most, count) -> seals.merge(most, -count, Double::sum));
        bad += measured.bad();
        double p99 = percentileMs(seals, 0.99);
        String line = String.format(
                Locale.ROOT,
                "| %s | %,.0f | %,.0f | %.2f | %.2f | %.2f |",
                name,
                measured.rate(),
                seals.get(Double.POSITIVE_INFINITY) / measured.seconds(),
                percentileMs(seals, 0.5),
                p99,
                measured.p99Ms());
        System.out.println("  " + line);
        table.append(line).append('\n');
        return p99;
    }

    /** How many seals have ever taken so many seconds or less. */
    private Map<Double, Double> buckets() throws Exception {
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + (gateway.port + 1000) + "/q/metrics"))
                .build();
        Map<Double, Double> buckets = new TreeMap<>();
        Matcher each = BUCKET.matcher(
                client.send(request, HttpResponse.BodyHandlers.ofString()).body());
        while (each.find()) {
            double most = each.group(1).equals("+Inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(each.group(1));
            buckets.put(most, Double.parseDouble(each.group(2)));
        }
        if (!buckets.containsKey(Double.POSITIVE_INFINITY)) {
            throw new Trouble("the gateway has no histogram of its seals");
        }
        return buckets;
    }

    /** Within its bucket, what is asked for is where it would be if all were spread evenly. */
    private static double percentileMs(Map<Double, Double> buckets, double share) {
        double wanted = share * buckets.get(Double.POSITIVE_INFINITY);
        double below = 0;
        double least = 0;
        for (Map.Entry<Double, Double> bucket : buckets.entrySet()) {
            double most = bucket.getKey();
            if (bucket.getValue() >= wanted && bucket.getValue() > below) {
                return 1e3
                        * (Double.isInfinite(most)
                                ? least
                                : least + (most - least) * (wanted - below) / (bucket.getValue() - below));
            }
            below = bucket.getValue();
            least = most;
        }
        return Double.NaN;
    }

    /** A transaction that has read something and does nothing more. */
    private Process hold() throws Exception {
        ProcessBuilder builder = new ProcessBuilder(gateway.servers.psql(Servers.DATABASE))
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().putAll(gateway.servers.login());
        builder.environment().put("PGAPPNAME", NAME);
        Process holder = bench.programs.start(builder);
        BufferedWriter psql = holder.outputWriter();
        psql.write("SET idle_in_transaction_session_timeout = 0;\nBEGIN ISOLATION LEVEL REPEATABLE READ;\n"
                + "SELECT count(*) FROM allotment;\n");
        psql.flush();
        for (int i = 0; !isHeld(); i++) {
            if (i == 100) {
                throw new Trouble("psql does not hold a snapshot");
            }
            TimeUnit.MILLISECONDS.sleep(100);
        }
        return holder;
    }

    private boolean isHeld() throws Exception {
        return gateway.servers
                .query(
                        Servers.DATABASE,
                        "SELECT count(*) FROM pg_stat_activity WHERE application_name = '" + NAME
                                + "' AND state = 'idle in transaction' AND backend_xmin IS NOT NULL")
                .equals("1");
    }

    private void release(Process holder) throws Exception {
        if (!isHeld()) {
            throw new Trouble("the snapshot was not held to the end");
        }
        holder.outputWriter().close();
        int unused = bench.programs.end(holder);
    }
}
