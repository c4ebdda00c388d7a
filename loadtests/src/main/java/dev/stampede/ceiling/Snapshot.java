package dev.stampede.ceiling;

import java.io.BufferedWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/** What a snapshot that is held open, as pg_dump holds one, does to the seals of operations that use a budget. */
final class Snapshot {
    /** Before the snapshot, and after its end. */
    private static final int WINDOWS_BESIDE = 3;

    private static final int WINDOWS_HELD = 10;

    /** By how much the p99 of a seal may grow. */
    private static final double MOST = 2;

    private static final String NAME = "ceiling-snapshot";

    private static final Pattern LAG = Pattern.compile("\"sealLagP99Ms\":([0-9.]+)");

    private final Bench bench;
    private final Options options;
    private final App gateway;
    private final HttpClient client = HttpClient.newHttpClient();
    private final StringBuilder table =
            new StringBuilder("\n| | operations/s | seals/s | seal p99 ms, of the median second | of the worst |"
                    + " call p50, p99 ms | |\n|---|---:|---:|---:|---:|---|---|\n");
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

    /** @return the median of the p99 of its seconds, in ms */
    private double window(String name, int seconds) throws Exception {
        long before = seals();
        Measured measured = load(seconds);
        double rate = (seals() - before) / measured.seconds();
        double[] lags = lags(seconds);
        bad += measured.bad();
        String line = String.format(
                Locale.ROOT,
                "| %s | %,.0f | %,.0f | %.1f | %.1f | %.1f, %.1f | %s |",
                name,
                measured.rate(),
                rate,
                Samples.median(lags),
                Arrays.stream(lags).max().getAsDouble(),
                measured.p50Ms(),
                measured.p99Ms(),
                measured.bad() == 0 ? "" : measured.bad() + " bad (" + measured.why() + ")");
        System.out.println("  " + line);
        table.append(line).append('\n');
        return Samples.median(lags);
    }

    /** How many batches were ever sealed. */
    private long seals() throws Exception {
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + (gateway.port + 1000) + "/q/metrics"))
                .build();
        String metrics =
                client.send(request, HttpResponse.BodyHandlers.ofString()).body();
        return (long) Double.parseDouble(Text.found(metrics, "(?m)^stampede_seal_seconds_count\\S* (\\S+)$"));
    }

    /** Of each of the last seconds, as Live has them: the p99 from a batch's oldest proposal to its commit. */
    private double[] lags(int seconds) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create(gateway.url() + "/v1/live/history?seconds=" + Math.max(10, seconds)))
                .header("Authorization", "Bearer " + gateway.key)
                .build();
        double[] lags = LAG.matcher(client.send(request, HttpResponse.BodyHandlers.ofString())
                        .body())
                .results()
                .mapToDouble(found -> Double.parseDouble(found.group(1)))
                .toArray();
        if (lags.length < seconds / 2) {
            throw new Trouble("Live knows " + lags.length + " of " + seconds + " seconds");
        }
        return lags;
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
