package dev.stampede.ceiling;

import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/** What becomes of an earn load when Redis forgets every account: a second a line. */
final class Cold {
    private static final int SECONDS_BEFORE = 5;
    private static final int SECONDS_AFTER = 20;

    private final Bench bench;
    private final App gateway;

    Cold(Bench bench) {
        this.bench = bench;
        this.gateway = bench.apps.first();
    }

    boolean measure() throws Exception {
        long accounts = bench.options.coldAccounts;
        try (var turn = bench.turn("build")) {
            bench.apps.build(Set.of(gateway));
        }
        try (var turn = bench.turn("start and fill")) {
            bench.apps.start(gateway);
            new Fill(bench).copies(gateway, accounts);
            gateway.servers.execute(Servers.DATABASE, "ALTER SYSTEM SET track_functions = 'pl'");
            gateway.servers.execute(Servers.DATABASE, "SELECT pg_reload_conf()");
        }
        StringBuilder table =
                new StringBuilder("\n| second after the flush | operations/s | calls of load() |\n|---:|---:|---:|\n");
        Measured measured;
        try (var turn = bench.turn("flush under load")) {
            Measured warm = bench.wrk.earns(gateway, accounts, bench.options.warm);
            System.out.printf(Locale.ROOT, "  before: %.0f/s%n", warm.rate());
            FutureTask<Measured> load =
                    new FutureTask<>(() -> bench.wrk.earns(gateway, accounts, SECONDS_BEFORE + SECONDS_AFTER + 2));
            new Thread(load, "wrk").start();
            TimeUnit.SECONDS.sleep(1);
            watch(table);
            measured = load.get();
        }
        Report.write(
                bench.options.out,
                Report.heading("Redis emptied under load", bench) + "\nEarns on " + accounts
                        + " accounts, all of them in Postgres; Redis is emptied between second -1 and 1. p99 over all "
                        + String.format(Locale.ROOT, "%.1f ms, ", measured.p99Ms()) + measured.bad() + " of "
                        + measured.operations() + " answers bad.\n" + table);
        return measured.bad() <= measured.operations() * Sample.TOLERATED;
    }

    private void watch(StringBuilder table) throws Exception {
        long[] last = operationsAndLoads();
        long lastNanos = System.nanoTime();
        long start = lastNanos;
        for (int second = -SECONDS_BEFORE; second < SECONDS_AFTER; second++) {
            if (second == 0) {
                try (RedisSocket redis = new RedisSocket(gateway.servers)) {
                    redis.tell("FLUSHALL");
                }
            }
            start += TimeUnit.SECONDS.toNanos(1);
            TimeUnit.NANOSECONDS.sleep(start - System.nanoTime());
            long[] now = operationsAndLoads();
            long nanos = System.nanoTime();
            String line = String.format(
                    Locale.ROOT,
                    "| %d | %.0f | %d |",
                    second < 0 ? second : second + 1,
                    (now[0] - last[0]) * 1e9 / (nanos - lastNanos),
                    now[1] - last[1]);
            System.out.println("  " + line);
            table.append(line).append('\n');
            last = now;
            lastNanos = nanos;
        }
    }

    private long[] operationsAndLoads() throws Exception {
        String both = gateway.servers.query(
                Servers.DATABASE,
                "SELECT (SELECT sum(version) FROM account) || ' ' || (SELECT coalesce(sum(calls), 0) FROM"
                        + " pg_stat_user_functions WHERE funcname = 'load')");
        return Arrays.stream(both.split(" ", -1)).mapToLong(Long::parseLong).toArray();
    }
}
