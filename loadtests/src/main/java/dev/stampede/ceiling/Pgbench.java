package dev.stampede.ceiling;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/** The one transaction, without an HTTP server. */
final class Pgbench {
    static final int CLIENTS = 32;

    private static final String LOG = "pgbench";

    private final Bench bench;

    Pgbench(Bench bench) {
        this.bench = bench;
    }

    Measured run(String script, int accounts, int seconds) throws Exception {
        Servers servers = bench.apps.first().servers;
        List<String> command = List.of(
                "pgbench",
                "--no-vacuum",
                "--protocol=prepared",
                "--client=" + CLIENTS,
                "--jobs=1",
                "--time=" + seconds,
                "--define=accounts=" + accounts,
                "--file=" + bench.options.directory.resolve("pgbench").resolve(script + ".sql"),
                "--log",
                "--log-prefix=" + bench.work.resolve(LOG),
                "--sampling-rate=0.1",
                "--host=127.0.0.1",
                "--port=" + servers.postgres(),
                "--username=postgres",
                Servers.ONE_TRANSACTION_DATABASE);
        String said = String.join("\n", bench.programs.output(servers.login(), "", command));
        return measured(said, takeLatencies());
    }

    /** @param micros the latencies that were logged, sorted */
    static Measured measured(String said, double[] micros) {
        long operations = Long.parseLong(Text.found(said, "transactions actually processed: (\\d+)"));
        double rate = Double.parseDouble(Text.found(said, "tps = ([0-9.]+)"));
        long failed = Long.parseLong(Text.found(said, "failed transactions: (\\d+)"));
        return new Measured(
                        operations, operations / rate, quantile(micros, 0.5) / 1e3, quantile(micros, 0.99) / 1e3, 0, "")
                .withBad(said.contains("aborted") ? operations : failed, "failed or aborted");
    }

    private double[] takeLatencies() throws IOException {
        double[] micros = {};
        try (Stream<Path> files = Files.list(bench.work)) {
            for (Path log : files.filter(f -> f.getFileName().toString().startsWith(LOG + "."))
                    .toList()) {
                try (Stream<String> rows = Files.lines(log)) {
                    DoubleStream its = rows.mapToDouble(row -> Double.parseDouble(row.split(" ", -1)[2]));
                    micros = DoubleStream.concat(Arrays.stream(micros), its).toArray();
                }
                Files.delete(log);
            }
        }
        Arrays.sort(micros);
        return micros;
    }

    private static double quantile(double[] sorted, double q) {
        return sorted.length == 0 ? Double.NaN : sorted[(int) Math.min(sorted.length - 1, q * sorted.length)];
    }
}
