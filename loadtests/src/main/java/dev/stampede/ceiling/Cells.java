package dev.stampede.ceiling;

import java.util.ArrayList;
import java.util.List;

/** What there is to load, in each mode. */
final class Cells {
    /** Of a large ledger: as many as Redis can be told of in the time that loads them. */
    static final int KNOWN_ACCOUNTS = 200_000;

    private final Options options;
    private final Apps apps;
    private final Wrk wrk;
    private final Pgbench pgbench;
    private final RedisBenchmark redis;
    private final List<Cell> cells = new ArrayList<>();

    private Cells(Bench bench) {
        options = bench.options;
        apps = bench.apps;
        wrk = bench.wrk;
        pgbench = new Pgbench(bench);
        redis = new RedisBenchmark(bench);
    }

    /** Of the mode, and of these the ones that were asked for. */
    static List<Cell> of(Bench bench) {
        Cells all = new Cells(bench);
        switch (bench.options.mode) {
            case "scale" -> all.scale();
            case "gateways" -> all.gateways();
            case "retries" -> all.retries();
            case "programs" -> all.programs();
            case "budgets" -> all.budgets();
            case "live" -> all.live();
            default -> all.ceilings();
        }
        List<Cell> cells = all.cells.stream()
                .filter(cell -> bench.options.cells.matcher(cell.name()).find())
                .toList();
        if (cells.isEmpty()) {
            throw new Trouble("no cell matches " + bench.options.cells);
        }
        return cells;
    }

    private void ceilings() {
        List<App> gateways = options.compares() ? List.of(apps.first(), apps.second()) : List.of(apps.first());
        App ceiling = apps.ceiling();
        for (String kind : List.of("earn", "balance")) {
            spread("http " + kind, ceiling, "/ceiling/programs/demo/accounts/", kind, Expected.NONE);
        }
        for (String kind : List.of("earn", "redeem")) {
            spread("propose-only " + kind, ceiling, App.PATH, kind, Expected.NONE);
        }
        for (String kind : List.of("earn", "redeem", "mixed", "balance", "hot")) {
            Expected expected = switch (kind) {
                case "mixed" -> Expected.NINE_OF_TEN;
                case "balance" -> Expected.NONE;
                default -> Expected.EVERY;
            };
            for (App gateway : gateways) {
                // by the build and not by the place, which --swap exchanges
                String build = gateway.name.equals("B") ? "B: gateway " : "gateway ";
                spread(build + kind, gateway, App.PATH, kind, expected);
            }
        }
        for (String kind : List.of("earn", "redeem", "hot")) {
            spread("one-transaction " + kind, apps.oneTransaction(), App.PATH, kind, Expected.EVERY);
        }
        for (String script : List.of("function", "statements")) {
            add("pgbench " + script, null, s -> pgbench.run(script, options.accounts, s), Expected.EVERY);
            add("pgbench " + script + " hot", null, s -> pgbench.run(script, 1, s), Expected.EVERY);
        }
        App seal = apps.seal();
        for (int size : List.of(1, 16, 64, 256)) {
            add("seal " + size, seal, s -> Seal.run(seal, size + " apart " + s), Expected.OWN);
        }
        add("seal run of 64", seal, s -> Seal.run(seal, "64 run " + s), Expected.OWN);
        add("redis propose", null, redis::run, Expected.OWN);
    }

    /** The same load on a ledger of a few accounts and on one of many. */
    private void scale() {
        App large = apps.large();
        spread("small earn", apps.first(), App.PATH, "earn", Expected.EVERY);
        add("large earn, few accounts", large, s -> wrk.earns(large, options.accounts, s), Expected.OWN);
        add("large earn, known accounts", large, s -> wrk.earns(large, KNOWN_ACCOUNTS, s), Expected.OWN);
        add("large earn, all accounts", large, s -> wrk.earns(large, options.scaleAccounts, s), Expected.OWN);
    }

    /** One account through one, two and three gateways at once, as many connections in all. */
    private void gateways() {
        List<App> gateways = new ArrayList<>(List.of(apps.first()));
        for (int n = 1; n <= 3; n++) {
            if (n > 1) {
                gateways.add(apps.another(n));
            }
            through("hot through " + n, List.copyOf(gateways), "hot", Expected.EVERY);
            through("earn through " + n, List.copyOf(gateways), "earn", Expected.EVERY);
        }
    }

    /** One account, a twentieth of whose calls are retries of what Redis has forgotten, beside the same without. */
    private void retries() {
        List<App> one = List.of(apps.first());
        List<App> two = List.of(apps.first(), apps.another(2));
        through("hot through 1", one, "hot", Expected.EVERY);
        through("one old key through 1", one, "hot-one-old", Expected.MOST);
        through("old keys through 1", one, "hot-old", Expected.MOST);
        through("hot through 2", two, "hot", Expected.EVERY);
        through("old keys through 2", two, "hot-old", Expected.MOST);
    }

    /** Earns under loyalty programs, beside plain ones; these are there twice, and what they differ by is noise. */
    private void programs() {
        App gateway = apps.first();
        spread("plain earn", gateway, App.PATH, "earn", Expected.EVERY);
        spread("coffee earn", gateway, Schemes.path(Schemes.COFFEE), "earn", Expected.EVERY);
        spread("earn of 50 promotions", gateway, Schemes.path(Schemes.FIFTY), "earn", Expected.EVERY);
        spread("plain earn again", gateway, App.PATH, "earn", Expected.EVERY);
        spread("earn with 1 KiB more", gateway, Schemes.path(Schemes.WIDE), "earn", Expected.EVERY);
    }

    /**
     * Earns with a bonus that comes out of a budget, beside the same bonus without; the latter is there twice through
     * one gateway, and what the two differ by is noise.
     */
    private void budgets() {
        String without = Schemes.path(Schemes.NO_BUDGET);
        String under = Schemes.path(Schemes.BUDGET);
        App gateway = apps.first();
        List<App> three = List.of(gateway, apps.another(2), apps.another(3));
        spread("earn without budget", gateway, without, "earn", Expected.EVERY);
        spread("earn under a budget", gateway, under, "earn", Expected.EVERY);
        spread("earn without budget again", gateway, without, "earn", Expected.EVERY);
        through("no budget through 3", three, without, "earn", Expected.EVERY);
        through("one budget through 3", three, under, "earn", Expected.EVERY);
    }

    /** The same load while two look at what it does, beside it alone, which is there twice. */
    private void live() {
        App gateway = apps.first();
        for (String kind : List.of("earn", "redeem")) {
            Cell.Load alone = seconds -> wrk.run(gateway, App.PATH, kind, options.accounts, seconds);
            add(kind + " alone", gateway, alone, Expected.EVERY);
            add(
                    kind + " with Live open",
                    gateway,
                    seconds -> {
                        try (Watchers watchers = Watchers.of(gateway, 2)) {
                            Measured measured = alone.run(seconds);
                            watchers.saw(seconds);
                            return measured;
                        }
                    },
                    Expected.EVERY);
            add(kind + " alone again", gateway, alone, Expected.EVERY);
        }
    }

    private void add(String name, App app, Cell.Load load, Expected expected) {
        cells.add(new Cell(name, app, load, expected));
    }

    private void spread(String name, App app, String path, String kind, Expected expected) {
        add(name, app, seconds -> wrk.run(app, path, kind, options.accounts, seconds), expected);
    }

    private void through(String name, List<App> gateways, String kind, Expected expected) {
        through(name, gateways, App.PATH, kind, expected);
    }

    private void through(String name, List<App> gateways, String path, String kind, Expected expected) {
        List<App> beside = gateways.subList(1, gateways.size());
        cells.add(new Cell(name, gateways.get(0), beside, s -> wrk.together(gateways, path, kind, s), expected));
    }
}
