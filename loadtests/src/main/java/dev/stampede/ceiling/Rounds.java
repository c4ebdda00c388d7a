package dev.stampede.ceiling;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Every cell once a round, and there and back, so that no cell always follows the same one. */
final class Rounds {
    /** In which a large ledger's known accounts are put into Redis. */
    private static final int KNOWN_SECONDS = 90;

    private final Bench bench;
    private final Options options;
    private final List<Cell> cells;
    private final Set<App> apps = new LinkedHashSet<>();

    Rounds(Bench bench) {
        this.bench = bench;
        this.options = bench.options;
        this.cells = Cells.of(bench);
        apps.add(bench.apps.first()); // its servers are everybody's
        cells.stream().flatMap(Cell::apps).forEach(apps::add);
    }

    Samples measure() throws Exception {
        try (var turn = bench.turn("build")) {
            bench.apps.build(apps);
        }
        System.out.println("start and fill");
        Fill fill = new Fill(bench);
        for (App app : apps) {
            start(app, fill);
        }
        try (var turn = bench.turn("warm")) {
            for (App app : apps) {
                warm(app);
            }
        }
        Samples samples = new Samples(options.comparesWithItself());
        for (int round = 1; round <= options.rounds; round++) {
            try (var turn = bench.turn("round " + round + " of " + options.rounds)) {
                List<Cell> order = new ArrayList<>(cells);
                if (round % 2 == 0) {
                    Collections.reverse(order);
                }
                for (Cell cell : order) {
                    Sample sample = sample(cell);
                    samples.add(cell.name(), sample);
                    System.out.println(line(cell, sample.measured()));
                }
            }
        }
        return samples;
    }

    private void start(App app, Fill fill) throws Exception {
        bench.apps.start(app);
        if (app == bench.apps.first() && cells.stream().anyMatch(Rounds::isOneTransaction)) {
            fill.oneTransaction(app.servers);
        }
        if (app.name.equals("large")) {
            fill.copies(app, options.scaleAccounts);
        } else if (app.kind == App.Kind.GATEWAY && !options.mode.equals("scale")) {
            fill.points(app);
        }
        if (app == bench.apps.first()) {
            fill.programs(app);
        }
    }

    private static boolean isOneTransaction(Cell cell) {
        return cell.database().equals(Servers.ONE_TRANSACTION_DATABASE) && cell.expected() != Expected.OWN;
    }

    /** Each of the app's cells for a while, so that the compiler has seen what will be measured. */
    private void warm(App app) throws Exception {
        List<Cell> its = cells.stream().filter(cell -> cell.app() == app).toList();
        for (Cell cell : its) {
            int seconds = Math.max(1, Math.round(options.warm / (float) its.size()));
            Measured measured = cell.load().run(seconds);
            System.out.printf(Locale.ROOT, "  %-26s %8.0f/s%n", cell.name(), measured.rate());
        }
        if (app.name.equals("large")) {
            Measured measured = bench.wrk.earns(app, Cells.KNOWN_ACCOUNTS, KNOWN_SECONDS);
            System.out.printf(Locale.ROOT, "  %-26s %8.0f/s%n", "known accounts", measured.rate());
        }
    }

    private Sample sample(Cell cell) throws Exception {
        Servers servers = cell.app() == null ? bench.apps.first().servers : cell.app().servers;
        List<App> loaded = cell.apps().toList();
        long operationsBefore = operations(cell, servers);
        Ticks before = Ticks.now(servers, loaded);
        Measured measured;
        try {
            measured = cell.load().run(options.seconds);
        } catch (Trouble trouble) {
            measured = new Measured(0, options.seconds, Double.NaN, Double.NaN, 1, trouble.getMessage());
        }
        Ticks used = Ticks.now(servers, loaded).since(before);
        long moved = operations(cell, servers) - operationsBefore;
        long n = measured.operations();
        // Postgres has what was answered: nothing less, and no more than what was in flight at the end
        long off = cell.expected().off(n, moved, 2L * options.connections);
        return new Sample(
                measured.withBad(off, moved + " operations in Postgres"),
                cell.app() == null ? Double.NaN : Ticks.micros(used.server(), n),
                Ticks.micros(used.postgres(), n),
                Ticks.micros(used.redis(), n),
                Ticks.micros(used.load(), n));
    }

    private static long operations(Cell cell, Servers servers) throws Exception {
        return cell.expected() == Expected.OWN ? 0 : servers.operations(cell.database());
    }

    private static String line(Cell cell, Measured measured) {
        return String.format(
                Locale.ROOT,
                "  %-26s %8.0f/s  p50 %6.2f ms  p99 %6.2f ms%s",
                cell.name(),
                measured.rate(),
                measured.p50Ms(),
                measured.p99Ms(),
                measured.bad() == 0 ? "" : "  " + measured.bad() + " bad: " + measured.why());
    }
}
