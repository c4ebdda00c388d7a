package dev.stampede.ceiling;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;

/** Loads by HTTP; requests.lua says what is sent, and what is said at the end. */
final class Wrk {
    /** The most urgent first. */
    static final List<String> CLASSES = List.of("capture", "redeem", "earn");

    /** At the beginning of calls of all classes; as in requests.lua. */
    private static final int HOLDING_SECONDS = 3;

    private final Bench bench;
    private final Options options;
    private final AtomicInteger loads = new AtomicInteger();

    Wrk(Bench bench) {
        this.bench = bench;
        this.options = bench.options;
    }

    /** In a closed loop. */
    Measured run(App app, String path, String kind, long accounts, int seconds) throws Exception {
        return measured(lines(app, path, kind, accounts, seconds, options.connections));
    }

    Measured earns(App app, long accounts, int seconds) throws Exception {
        return run(app, App.PATH, "earn", accounts, seconds);
    }

    /** At that many calls a second, as long as a connection is free. */
    Measured flood(App app, String kind, int connections, double rate, int seconds) throws Exception {
        String perSecond = Long.toString(Math.round(rate));
        return measured(lines(app, App.PATH, kind, options.accounts, seconds, connections, perSecond));
    }

    /** How soon calls are refused, and how many had an answer that is neither 2xx nor 503. */
    record Refusals(double p50Ms, double p99Ms, double mostMs, long others) {}

    Refusals refusals(App app, int connections, double rate, int seconds) throws Exception {
        String perSecond = Long.toString(Math.round(rate));
        List<String> lines = lines(app, App.PATH, "earn", options.accounts, seconds, connections, perSecond, "timed");
        long[] n = Text.numbers(lines, "REFUSED");
        return new Refusals(n[1] / 1e3, n[2] / 1e3, n[3] / 1e3, measured(lines).bad() - n[0]);
    }

    /**
     * What became of the calls of one class.
     *
     * @param refused got 503
     * @param others neither that nor an answer
     */
    record OfClass(long answered, long refused, long others, double p50Ms, double p99Ms, double mostMs) {
        /** The share of the answered. */
        double share() {
            return answered / (double) Math.max(1, answered + refused + others);
        }
    }

    /** Calls of all classes at once, and what became of each. */
    Map<String, OfClass> classes(App app, int connections, double rate, int seconds) throws Exception {
        String perSecond = Long.toString(Math.round(rate));
        List<String> lines =
                lines(app, App.PATH, "classes", options.accounts, HOLDING_SECONDS + seconds, connections, perSecond);
        Map<String, OfClass> classes = new LinkedHashMap<>();
        for (String name : CLASSES) {
            long[] n = Text.numbers(lines, "CLASS-" + name);
            classes.put(name, new OfClass(n[0], n[1], n[2], n[3] / 1e3, n[4] / 1e3, n[5] / 1e3));
        }
        return classes;
    }

    /** One load generator a gateway, all at once. */
    Measured together(List<App> gateways, String path, String kind, int seconds) throws Exception {
        List<FutureTask<List<String>>> loads = new ArrayList<>();
        for (App gateway : gateways) {
            FutureTask<List<String>> load = new FutureTask<>(
                    () -> lines(gateway, path, kind, options.accounts, seconds, options.connections / gateways.size()));
            loads.add(load);
            new Thread(load, "wrk").start();
        }
        Measured all = measured(loads.get(0).get());
        for (FutureTask<List<String>> load : loads.subList(1, loads.size())) {
            all = all.and(measured(load.get()));
        }
        return all;
    }

    private List<String> lines(
            App app, String path, String kind, long accounts, int seconds, int connections, String... more)
            throws Exception {
        List<String> command = new ArrayList<>(List.of(
                "wrk",
                "-t1",
                "-c" + connections,
                "-d" + seconds + "s",
                "--timeout",
                "10s",
                "-s",
                options.directory.resolve("requests.lua").toString(),
                app.url(),
                "--",
                kind,
                path,
                Long.toString(accounts),
                bench.run + "-" + loads.incrementAndGet()));
        command.addAll(List.of(more));
        return bench.programs.output(Map.of("STAMPEDE_KEY", app.key), "", command);
    }

    static Measured measured(List<String> lines) {
        long[] n = Text.numbers(lines, "RESULT");
        return new Measured(n[0], n[1] / 1e6, n[2] / 1e3, n[3] / 1e3, 0, "")
                .withBad(n[4] + n[5], n[4] + " not 2xx, " + n[5] + " broken");
    }
}
