import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.ToDoubleFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Measures the gateway beside what bounds it, in one run: starts what is measured, loads it cell by cell in interleaved
 * rounds, and prints medians, CPU an operation, and ratios that are taken within a round. README.md, beside this file,
 * says what each cell is.
 */
final class Ceiling {
    private static final int PGBENCH_CLIENTS = 32;
    private static final int FILLED_OPERATIONS = 4;
    private static final int FLOOD_CONNECTIONS = 2000;
    private static final int LEAST_ACCOUNTS = 512;
    /** Of a large ledger: as many as Redis can be told of in the time that loads them. */
    private static final int KNOWN_ACCOUNTS = 200_000;

    private static final int KNOWN_SECONDS = 90;
    private static final int COLD_BEFORE = 5;
    private static final int COLD_AFTER = 20;
    private static final String DATABASE = "stampede";
    private static final String ONE_TRANSACTION_DATABASE = "one_transaction";

    /** The share of answers that may be other than they should; a cell with more is invalid. */
    private static final double TOLERATED = 0.001;

    private final Options options;
    private final Path directory = Path.of(System.getProperty("ceiling.directory"));
    private final Path root = directory.getParent().getParent();
    private final Path work;
    private final String run = Long.toString(System.currentTimeMillis(), 36);
    private final List<Process> started = Collections.synchronizedList(new ArrayList<>());
    private final Map<String, App> apps = new LinkedHashMap<>();
    private final List<Cell> cells = new ArrayList<>();
    private final Map<Cell, List<Sample>> samples = new LinkedHashMap<>();
    private final AtomicInteger loads = new AtomicInteger();
    private List<String> loadCall;
    private List<String> proposeCall;
    private double redisRate = 10_000;

    // --- What is measured ----------------------------------------------------------------------------

    /** Something to load for a few seconds. */
    private record Cell(String name, App app, List<App> beside, Load load, Expected expected) {
        Cell(String name, App app, Load load, Expected expected) {
            this(name, app, List.of(), load, expected);
        }

        /** Whose CPU counts as the server's. */
        Stream<App> apps() {
            return Stream.concat(Stream.ofNullable(app), beside.stream());
        }

        @Override
        public String toString() {
            return name;
        }
    }

    @FunctionalInterface
    private interface Load {
        Measured run(int seconds) throws Exception;
    }

    /** How far a load moves the versions of the accounts in Postgres, per answer. */
    private enum Expected {
        EVERY,
        NINE_OF_TEN,
        /** Up to a twentieth are calls that were answered before. */
        MOST,
        NONE,
        /** The load sees to it itself. */
        OWN
    }

    /** What a load generator says. @param bad answers that were not as they should be */
    private record Measured(long operations, double seconds, double p50Ms, double p99Ms, long bad, String why) {
        double rate() {
            return operations / Math.max(0.001, seconds);
        }
    }

    /** The CPU that each process used, in ticks: the server under test, Postgres, Redis, and the load generator. */
    private record Ticks(long server, long postgres, long redis, long load) {}

    /** One cell in one round; CPU in microseconds an operation, NaN where the cell has no such process. */
    private record Sample(Measured measured, double server, double postgres, double redis, double load) {
        double rate() {
            return measured.rate();
        }

        boolean valid() {
            return measured.operations > 0 && measured.bad <= measured.operations * TOLERATED;
        }
    }

    private record Ratio(String of, String to) {}

    private static final List<Ratio> RATIOS = List.of(
            new Ratio("gateway earn", "propose-only earn"),
            new Ratio("gateway redeem", "propose-only redeem"),
            new Ratio("gateway earn", "one-transaction earn"),
            new Ratio("gateway redeem", "one-transaction redeem"),
            new Ratio("gateway hot", "one-transaction hot"),
            new Ratio("gateway earn", "pgbench statements"),
            new Ratio("gateway earn", "pgbench function"),
            new Ratio("gateway hot", "pgbench statements hot"),
            new Ratio("gateway hot", "pgbench function hot"),
            new Ratio("gateway earn", "seal 64"),
            new Ratio("propose-only earn", "http earn"),
            new Ratio("gateway earn", "http earn"),
            new Ratio("gateway balance", "http balance"),
            new Ratio("large earn, few accounts", "small earn"),
            new Ratio("large earn, known accounts", "small earn"),
            new Ratio("large earn, all accounts", "small earn"),
            new Ratio("hot through 2", "hot through 1"),
            new Ratio("hot through 3", "hot through 1"),
            new Ratio("one old key through 1", "hot through 1"),
            new Ratio("old keys through 1", "hot through 1"),
            new Ratio("old keys through 2", "hot through 2"),
            new Ratio("earn through 2", "earn through 1"),
            new Ratio("earn through 3", "earn through 1"),
            new Ratio("B: gateway earn", "gateway earn"),
            new Ratio("B: gateway redeem", "gateway redeem"),
            new Ratio("B: gateway mixed", "gateway mixed"),
            new Ratio("B: gateway balance", "gateway balance"),
            new Ratio("B: gateway hot", "gateway hot"));

    /** The same load on a ledger of a few accounts and on one of many. */
    private void scaleCells() {
        App large = app("large");
        wrkCell("small earn", app("gateway"), GATEWAY_PATH, "earn", Expected.EVERY);
        cells.add(new Cell(
                "large earn, few accounts",
                large,
                s -> wrk(large, GATEWAY_PATH, "earn", options.accounts, s),
                Expected.OWN));
        cells.add(new Cell(
                "large earn, known accounts",
                large,
                s -> wrk(large, GATEWAY_PATH, "earn", KNOWN_ACCOUNTS, s),
                Expected.OWN));
        cells.add(new Cell(
                "large earn, all accounts",
                large,
                s -> wrk(large, GATEWAY_PATH, "earn", options.scaleAccounts, s),
                Expected.OWN));
    }

    /** One account through one, two and three gateways at once, as many connections in all. */
    private void gatewaysCells() {
        List<App> gateways = new ArrayList<>(List.of(app("gateway")));
        for (int n = 1; n <= 3; n++) {
            if (n > 1) {
                gateways.add(app("gateway-" + n));
            }
            List<App> these = List.copyOf(gateways);
            for (String kind : List.of("hot", "earn")) {
                cells.add(new Cell(
                        kind + " through " + n,
                        these.get(0),
                        these.subList(1, n),
                        s -> together(these, kind, s),
                        Expected.EVERY));
            }
        }
    }

    /** One account, a twentieth of whose calls are retries of what Redis has forgotten, beside the same without. */
    private void retriesCells() {
        App one = app("gateway");
        List<App> two = List.of(one, app("gateway-2"));
        cells.add(new Cell("hot through 1", one, s -> together(List.of(one), "hot", s), Expected.EVERY));
        cells.add(new Cell("one old key through 1", one, s -> together(List.of(one), "hot-one-old", s), Expected.MOST));
        cells.add(new Cell("old keys through 1", one, s -> together(List.of(one), "hot-old", s), Expected.MOST));
        cells.add(new Cell("hot through 2", one, two.subList(1, 2), s -> together(two, "hot", s), Expected.EVERY));
        cells.add(new Cell("old keys through 2", one, two.subList(1, 2), s -> together(two, "hot-old", s), Expected.MOST));
    }

    private void cells() {
        App gateway = app("gateway");
        App ceiling = app("ceiling");
        App b = options.jarB == null ? null : app("B");
        App oneTransaction = app("one-transaction");

        for (String kind : List.of("earn", "balance")) {
            wrkCell("http " + kind, ceiling, "/ceiling/programs/demo/accounts/", kind, Expected.NONE);
        }
        for (String kind : List.of("earn", "redeem")) {
            wrkCell("propose-only " + kind, ceiling, GATEWAY_PATH, kind, Expected.NONE);
        }
        for (String kind : List.of("earn", "redeem", "mixed", "balance", "hot")) {
            Expected expected = kind.equals("mixed")
                    ? Expected.NINE_OF_TEN
                    : kind.equals("balance") ? Expected.NONE : Expected.EVERY;
            wrkCell("gateway " + kind, gateway, GATEWAY_PATH, kind, expected);
            if (b != null) {
                wrkCell("B: gateway " + kind, b, GATEWAY_PATH, kind, expected);
            }
        }
        for (String kind : List.of("earn", "redeem", "hot")) {
            wrkCell("one-transaction " + kind, oneTransaction, GATEWAY_PATH, kind, Expected.EVERY);
        }
        for (String script : List.of("function", "statements")) {
            cells.add(new Cell(
                    "pgbench " + script, null, s -> pgbench(script, options.accounts, s), Expected.EVERY));
            cells.add(new Cell("pgbench " + script + " hot", null, s -> pgbench(script, 1, s), Expected.EVERY));
        }
        App seal = app("seal");
        for (int size : List.of(1, 16, 64, 256)) {
            cells.add(new Cell("seal " + size, seal, s -> seal(seal, size + " apart " + s), Expected.OWN));
        }
        cells.add(new Cell("seal run of 64", seal, s -> seal(seal, "64 run " + s), Expected.OWN));
        cells.add(new Cell("redis propose", null, this::redis, Expected.OWN));
    }

    /** As in requests.lua. */
    private static final String EARN =
            "{\"amount\":\"42.50\",\"currency\":\"EUR\",\"reference\":\"20261121-0042-03-0199\"}";

    private static final String GATEWAY_PATH = "/v1/programs/demo/accounts/";

    private void wrkCell(String name, App app, String path, String kind, Expected expected) {
        cells.add(new Cell(name, app, seconds -> wrk(app, path, kind, options.accounts, seconds), expected));
    }

    private App app(String name) {
        return apps.computeIfAbsent(name, App::new);
    }

    /** A JVM under test. */
    private static final class App {
        final String name;
        Process process;
        int port;
        Servers servers;
        /** Where its accounts are. */
        String database = DATABASE;
        /** What it says, where it is not asked by HTTP. */
        BufferedReader said;

        App(String name) {
            this.name = name;
        }

        String url() {
            return "http://127.0.0.1:" + port;
        }
    }

    /** The embedded servers of a gateway, in its data directory. */
    private record Servers(Path data, int postgres, int redis, String versions) {
        /** In the format of PGPASSFILE; not there if the Postgres of this build needs none. */
        Path passwords() {
            return data.resolve("pgpass");
        }

        /** Of the user postgres; empty if there is none. */
        String postgresPassword() throws IOException {
            if (!Files.exists(passwords())) {
                return "";
            }
            return Files.readAllLines(passwords()).stream()
                    .map(line -> line.split(":"))
                    .filter(words -> words.length == 5 && words[3].equals("postgres"))
                    .map(words -> words[4])
                    .findFirst()
                    .orElse("");
        }

        /** Of the user who may do everything; empty if there is none. */
        String redisPassword() throws IOException {
            Path file = data.resolve("redis.password");
            return Files.exists(file) ? Files.readString(file).strip() : "";
        }

        String redisUrl() throws IOException {
            String password = redisPassword();
            return "redis://" + (password.isEmpty() ? "" : "default:" + password + "@") + "127.0.0.1:" + redis;
        }
    }

    // --- The run -------------------------------------------------------------------------------------

    public static void main(String... args) throws Exception {
        int status = 1;
        try {
            Options options = Options.of(args);
            Ceiling ceiling = new Ceiling(options);
            Runtime.getRuntime().addShutdownHook(new Thread(ceiling::stopAll));
            status = ceiling.measure();
        } catch (Trouble trouble) {
            System.err.println("ceiling: " + trouble.getMessage());
        }
        System.exit(status);
    }

    private Ceiling(Options options) {
        this.options = options;
        Path data = options.data == null ? directory.resolve("target") : options.data.toAbsolutePath();
        this.work = data.resolve("run-" + run);
    }

    private int measure() throws Exception {
        checkTools();
        switch (options.mode) {
            case "scale" -> scaleCells();
            case "gateways" -> gatewaysCells();
            case "retries" -> retriesCells();
            case "cold" -> {
                return cold();
            }
            case "overload" -> {
                return overload();
            }
            default -> cells();
        }
        cells.removeIf(cell -> !options.cells.matcher(cell.name).find());
        if (cells.isEmpty()) {
            throw new Trouble("no cell matches " + options.cells);
        }
        Set<App> wanted = new LinkedHashSet<>();
        wanted.add(app("gateway")); // its servers are everybody's
        cells.stream().flatMap(Cell::apps).forEach(wanted::add);
        try (Turn turn = turn("build")) {
            build(wanted);
        }
        System.out.println("start and fill");
        Files.createDirectories(work);
        for (App app : wanted) {
            start(app);
        }
        try (Turn turn = turn("warm")) {
            for (App app : wanted) {
                warm(app);
            }
            if (options.mode.equals("scale")) {
                wrk(app("large"), GATEWAY_PATH, "earn", KNOWN_ACCOUNTS, KNOWN_SECONDS);
            }
        }
        for (int round = 1; round <= options.rounds; round++) {
            try (Turn turn = turn("round " + round + " of " + options.rounds)) {
                // there and back, so that no cell always follows the same one
                List<Cell> order = new ArrayList<>(cells);
                if (round % 2 == 0) {
                    Collections.reverse(order);
                }
                for (Cell cell : order) {
                    Sample sample = sample(cell, options.seconds);
                    samples.computeIfAbsent(cell, c -> new ArrayList<>()).add(sample);
                    System.out.printf(
                            Locale.ROOT,
                            "  %-26s %8.0f/s  p50 %6.2f ms  p99 %6.2f ms%s%n",
                            cell.name,
                            sample.rate(),
                            sample.measured.p50Ms,
                            sample.measured.p99Ms,
                            sample.measured.bad == 0
                                    ? ""
                                    : "  " + sample.measured.bad + " bad: " + sample.measured.why);
                }
            }
        }
        write(heading("Ceilings") + results());
        return samples.values().stream().flatMap(List::stream).allMatch(Sample::valid) ? 0 : 1;
    }

    /** Each of the app's cells for a while, so that the compiler has seen what will be measured. */
    private void warm(App app) throws Exception {
        List<Cell> its = cells.stream().filter(cell -> cell.app == app).toList();
        for (Cell cell : its) {
            Measured measured = cell.load.run(Math.max(1, Math.round(options.warm / (float) its.size())));
            System.out.printf(
                    Locale.ROOT,
                    "  %-26s %8.0f/s%n",
                    cell.name,
                    measured.rate());
        }
    }

    private Sample sample(Cell cell, int seconds) throws Exception {
        long versionsBefore = versions(cell);
        Ticks before = ticks(cell);
        Measured measured;
        try {
            measured = cell.load.run(seconds);
        } catch (Trouble trouble) {
            measured = new Measured(0, seconds, Double.NaN, Double.NaN, 1, trouble.getMessage());
        }
        Ticks after = ticks(cell);
        measured = judged(cell, measured, versions(cell) - versionsBefore);
        return new Sample(
                measured,
                cell.app == null ? Double.NaN : micros(after.server - before.server, measured),
                micros(after.postgres - before.postgres, measured),
                micros(after.redis - before.redis, measured),
                micros(after.load - before.load, measured));
    }

    /** Whether Postgres has what was answered: nothing less, and no more than what was in flight at the end. */
    private Measured judged(Cell cell, Measured measured, long moved) {
        long least;
        long most = measured.operations + 2L * options.connections;
        switch (cell.expected) {
            case EVERY -> least = measured.operations;
            case NINE_OF_TEN -> {
                least = (long) (0.89 * measured.operations);
                most = (long) (0.91 * measured.operations) + 2L * options.connections;
            }
            case MOST -> least = (long) (0.94 * measured.operations);
            case NONE -> {
                least = 0;
                most = 0;
            }
            default -> {
                return measured;
            }
        }
        long off = Math.max(0, Math.max(least - moved, moved - most));
        return off == 0
                ? measured
                : new Measured(
                        measured.operations,
                        measured.seconds,
                        measured.p50Ms,
                        measured.p99Ms,
                        measured.bad + off,
                        measured.why + " " + moved + " operations in Postgres");
    }

    // --- Redis emptied under load --------------------------------------------------------------------

    /** What becomes of an earn load when Redis forgets every account: a second a line. */
    private int cold() throws Exception {
        App gateway = app("gateway");
        long accounts = options.coldAccounts;
        try (Turn turn = turn("build")) {
            build(Set.of(gateway));
        }
        try (Turn turn = turn("start and fill")) {
            Files.createDirectories(work);
            start(gateway);
            fillLedger(gateway, accounts);
            psql(gateway.servers, DATABASE, "ALTER SYSTEM SET track_functions = 'pl'");
            psql(gateway.servers, DATABASE, "SELECT pg_reload_conf()");
        }
        StringBuilder table = new StringBuilder("\n| second after the flush | operations/s | calls of load() |\n|---:|---:|---:|\n");
        Measured measured;
        try (Turn turn = turn("flush under load")) {
            measured = wrk(gateway, GATEWAY_PATH, "earn", accounts, options.warm);
            FutureTask<Measured> load =
                    new FutureTask<>(() -> wrk(gateway, GATEWAY_PATH, "earn", accounts, COLD_BEFORE + COLD_AFTER + 2));
            new Thread(load, "wrk").start();
            TimeUnit.SECONDS.sleep(1);
            long[] last = versionsAndLoads(gateway.servers);
            long lastNanos = System.nanoTime();
            long start = lastNanos;
            for (int second = -COLD_BEFORE; second < COLD_AFTER; second++) {
                if (second == 0) {
                    try (RedisSocket redis = new RedisSocket(gateway.servers)) {
                        redis.ask("FLUSHALL");
                    }
                }
                start += 1_000_000_000L;
                TimeUnit.NANOSECONDS.sleep(start - System.nanoTime());
                long[] now = versionsAndLoads(gateway.servers);
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
            measured = load.get();
        }
        write(heading("Redis emptied under load") + "\nEarns on " + accounts
                + " accounts, all of them in Postgres; Redis is emptied between second -1 and 1. p99 over all "
                + String.format(Locale.ROOT, "%.1f ms, ", measured.p99Ms) + measured.bad + " of " + measured.operations
                + " answers bad.\n" + table);
        return measured.bad <= measured.operations * TOLERATED ? 0 : 1;
    }

    private long[] versionsAndLoads(Servers servers) throws Exception {
        String both = psql(
                servers,
                DATABASE,
                "SELECT (SELECT sum(version) FROM account) || ' ' || (SELECT coalesce(sum(calls), 0) FROM"
                        + " pg_stat_user_functions WHERE funcname = 'load')");
        return Arrays.stream(both.split(" ")).mapToLong(Long::parseLong).toArray();
    }

    // --- Half the maximum, and twice ------------------------------------------------------------------

    /** What half of the maximum waits for, and what becomes of twice the maximum, each beside the maximum of its round. */
    private int overload() throws Exception {
        App gateway = app("gateway");
        try (Turn turn = turn("build")) {
            build(Set.of(gateway));
        }
        Files.createDirectories(work);
        start(gateway);
        try (Turn turn = turn("warm")) {
            Measured warm = wrk(gateway, GATEWAY_PATH, "earn", options.accounts, options.warm);
            flood(gateway, "earn", FLOOD_CONNECTIONS, 2 * warm.rate(), options.warm / 2);
        }
        StringBuilder table = new StringBuilder("\n| | maximum: earns/s | half: redeems/s | p50, p99 ms | half: balances/s |"
                + " p50, p99 ms | twice: calls/s | earned/s | of the maximum | 503: p50, p99, highest ms | memory MB |\n"
                + "|---|---:|---:|---|---:|---|---:|---:|---:|---|---:|\n");
        List<Double> kept = new ArrayList<>();
        long bad = 0;
        for (int round = 1; round <= options.rounds; round++) {
            try (Turn turn = turn("round " + round + " of " + options.rounds)) {
                Measured most = wrk(gateway, GATEWAY_PATH, "earn", options.accounts, options.seconds);
                Measured redeem = flood(gateway, "redeem", options.connections, most.rate() / 2, options.seconds);
                Measured balance = flood(gateway, "balance", options.connections, most.rate() / 2, options.seconds);
                long before = versions(gateway.servers, DATABASE);
                Measured twice = flood(gateway, "earn", FLOOD_CONNECTIONS, 2 * most.rate(), options.seconds);
                long moved = versions(gateway.servers, DATABASE) - before;
                // whatever was answered 2xx is there, and nothing that was not asked for
                long earned = twice.operations - twice.bad;
                Refusals refusals = refusals(gateway, 2 * most.rate(), options.seconds);
                bad += most.bad + redeem.bad + balance.bad + refusals.others + Math.max(0, earned - moved)
                        + Math.max(0, moved - earned - 2L * FLOOD_CONNECTIONS);
                kept.add(earned / twice.seconds / most.rate());
                String line = String.format(
                        Locale.ROOT,
                        "| %d | %,.0f | %,.0f | %.1f, %.1f | %,.0f | %.1f, %.1f | %,.0f | %,.0f | %.2f | %.1f, %.1f, %.0f | %d |",
                        round,
                        most.rate(),
                        redeem.rate(),
                        redeem.p50Ms,
                        redeem.p99Ms,
                        balance.rate(),
                        balance.p50Ms,
                        balance.p99Ms,
                        twice.rate(),
                        earned / twice.seconds,
                        kept.get(round - 1),
                        refusals.p50Ms,
                        refusals.p99Ms,
                        refusals.mostMs,
                        residentMegabytes(gateway));
                System.out.println("  " + line);
                table.append(line).append('\n');
            }
        }
        write(heading("Half the maximum, and twice") + "\nThe maximum with " + options.connections
                + " connections in a closed loop; half of it at random moments on as many; twice on " + FLOOD_CONNECTIONS
                + ", of which the gateway refuses what it has no place for, and once more with each call timed. Of the maximum kept, median: "
                + String.format(Locale.ROOT, "%.2f. ", median(kept, Double::doubleValue)) + bad
                + " answers neither 2xx nor (past the maximum) 503, or not as Postgres has it.\n" + table);
        return bad == 0 ? 0 : 1;
    }

    private static long residentMegabytes(App app) throws IOException {
        String status = Files.readString(Path.of("/proc/" + app.process.pid() + "/status"));
        return Long.parseLong(found(status, "VmRSS:\\s+(\\d+)")) / 1024;
    }

    // --- Load generators -----------------------------------------------------------------------------

    /** At that many calls a second, as long as a connection is free. */
    private Measured flood(App app, String kind, int connections, double rate, int seconds) throws Exception {
        return measured(wrkLines(
                app, GATEWAY_PATH, kind, options.accounts, seconds, connections, Long.toString(Math.round(rate))));
    }

    /** How soon calls are refused, and how many had an answer that is neither 2xx nor 503. */
    private record Refusals(double p50Ms, double p99Ms, double mostMs, long others) {}

    private Refusals refusals(App app, double rate, int seconds) throws Exception {
        List<String> lines = wrkLines(
                app,
                GATEWAY_PATH,
                "earn",
                options.accounts,
                seconds,
                FLOOD_CONNECTIONS,
                Long.toString(Math.round(rate)),
                "timed");
        long[] n = lines.stream()
                .filter(line -> line.startsWith("REFUSED "))
                .findFirst()
                .map(line -> Arrays.stream(line.substring(8).split(" ")).mapToLong(Long::parseLong).toArray())
                .orElseThrow(() -> new Trouble("wrk said: " + String.join("\n", lines)));
        return new Refusals(n[1] / 1e3, n[2] / 1e3, n[3] / 1e3, measured(lines).bad - n[0]);
    }

    private Measured wrk(App app, String path, String kind, long accounts, int seconds) throws Exception {
        return measured(wrkLines(app, path, kind, accounts, seconds, options.connections));
    }

    /** One load generator a gateway, all at once; latencies are the worst one's. */
    private Measured together(List<App> gateways, String kind, int seconds) throws Exception {
        List<FutureTask<List<String>>> loads = new ArrayList<>();
        for (App gateway : gateways) {
            FutureTask<List<String>> load = new FutureTask<>(() -> wrkLines(
                    gateway, GATEWAY_PATH, kind, options.accounts, seconds, options.connections / gateways.size()));
            loads.add(load);
            new Thread(load, "wrk").start();
        }
        Measured all = null;
        for (FutureTask<List<String>> load : loads) {
            Measured one = measured(load.get());
            all = all == null
                    ? one
                    : new Measured(
                            all.operations + one.operations,
                            Math.max(all.seconds, one.seconds),
                            Math.max(all.p50Ms, one.p50Ms),
                            Math.max(all.p99Ms, one.p99Ms),
                            all.bad + one.bad,
                            (all.why + " " + one.why).strip());
        }
        return all;
    }

    private List<String> wrkLines(
            App app, String path, String kind, long accounts, int seconds, int connections, String... rate)
            throws Exception {
        List<String> command = new ArrayList<>(List.of(
                "wrk",
                "-t1",
                "-c" + connections,
                "-d" + seconds + "s",
                "--timeout",
                "10s",
                "-s",
                directory.resolve("requests.lua").toString(),
                app.url(),
                "--",
                kind,
                path,
                Long.toString(accounts),
                run + "-" + loads.incrementAndGet()));
        command.addAll(List.of(rate));
        return output(command);
    }

    private static Measured measured(List<String> lines) {
        String result = lines.stream()
                .filter(line -> line.startsWith("RESULT "))
                .findFirst()
                .orElseThrow(() -> new Trouble("wrk said: " + String.join("\n", lines)));
        long[] n = Arrays.stream(result.substring(7).split(" ")).mapToLong(Long::parseLong).toArray();
        long bad = n[4] + n[5];
        return new Measured(
                n[0], n[1] / 1e6, n[2] / 1e3, n[3] / 1e3, bad, bad == 0 ? "" : n[4] + " not 2xx, " + n[5] + " broken");
    }

    private Measured pgbench(String script, int accounts, int seconds) throws Exception {
        Path log = work.resolve("pgbench");
        List<String> lines = output(app("gateway").servers, List.of(
                "pgbench",
                "--no-vacuum",
                "--protocol=prepared",
                "--client=" + PGBENCH_CLIENTS,
                "--jobs=1",
                "--time=" + seconds,
                "--define=accounts=" + accounts,
                "--file=" + directory.resolve("pgbench").resolve(script + ".sql"),
                "--log",
                "--log-prefix=" + log,
                "--sampling-rate=0.1",
                "--host=127.0.0.1",
                "--port=" + app("gateway").servers.postgres,
                "--username=postgres",
                ONE_TRANSACTION_DATABASE));
        String said = String.join("\n", lines);
        long operations = Long.parseLong(found(said, "transactions actually processed: (\\d+)"));
        double rate = Double.parseDouble(found(said, "tps = ([0-9.]+)"));
        long failed = Long.parseLong(found(said, "failed transactions: (\\d+)"));
        long bad = said.contains("aborted") ? operations : failed;
        double[] micros;
        try (Stream<Path> files = Files.list(work)) {
            List<Path> logs = files.filter(file -> file.getFileName().toString().startsWith("pgbench."))
                    .toList();
            List<String> rows = new ArrayList<>();
            for (Path each : logs) {
                rows.addAll(Files.readAllLines(each));
                Files.delete(each);
            }
            micros = rows.stream()
                    .mapToDouble(row -> Double.parseDouble(row.split(" ")[2]))
                    .sorted()
                    .toArray();
        }
        return new Measured(
                operations,
                operations / rate,
                quantile(micros, 0.5) / 1e3,
                quantile(micros, 0.99) / 1e3,
                bad,
                bad == 0 ? "" : "failed or aborted");
    }

    /** Asks {@code SealBatches}. */
    private Measured seal(App app, String line) throws Exception {
        BufferedWriter ask = app.process.outputWriter();
        ask.write(line + "\n");
        ask.flush();
        String result = app.said.readLine();
        if (result == null || !result.startsWith("RESULT ")) {
            throw new Trouble("SealBatches said: " + result);
        }
        long[] n = Arrays.stream(result.substring(7).split(" ")).mapToLong(Long::parseLong).toArray();
        return new Measured(n[0], n[1] / 1e6, n[2] / 1e3, n[3] / 1e3, n[4], n[4] == 0 ? "" : "not inserted");
    }

    /**
     * The gateway's own call of the propose function, as Redis' MONITOR shows it, on accounts and under keys that
     * redis-benchmark chooses; in a database of its own, where nothing is ever said to be sealed.
     */
    private Measured redis(int seconds) throws Exception {
        Servers servers = app("gateway").servers;
        if (proposeCall == null) {
            captureCalls(servers);
        }
        try (RedisSocket redis = new RedisSocket(servers)) {
            redis.ask("SELECT", "3");
            redis.ask("FLUSHDB");
            // its arguments are for everybody to see, so that it has a user without a secret, while it runs
            redis.ask("ACL", "SETUSER", "benchmark", "on", "nopass", "~*", "&*", "+@all", "-@admin", "-@dangerous");
            redis.ask("ACL", "SETUSER", "benchmark", "+config|get");
            for (int account = 0; account < options.accounts; account++) {
                List<String> load = new ArrayList<>(loadCall);
                load.set(3, redisKey(String.format(Locale.ROOT, "%012d", account)));
                redis.send(load);
            }
            for (int account = 0; account < options.accounts; account++) {
                redis.answer();
            }
            // some 1000 unsealed operations is what an account may have: well below
            long operations = (long) Math.min(redisRate * seconds, 500.0 * options.accounts);
            List<String> command = new ArrayList<>(List.of(
                    "redis-benchmark",
                    "-p",
                    Integer.toString(servers.redis),
                    "--user",
                    "benchmark",
                    "-a",
                    "none",
                    "--dbnum",
                    "3",
                    "-c",
                    Integer.toString(options.connections),
                    "-n",
                    Long.toString(operations),
                    "-r",
                    Integer.toString(options.accounts),
                    "--csv"));
            command.addAll(proposeCall);
            List<String> lines = output(command);
            // "test","rps","avg_latency_ms","min_latency_ms","p50_latency_ms","p95_latency_ms","p99_latency_ms",...
            String[] columns = lines.get(lines.size() - 1).split("\",\"");
            // the call itself is the first column, and holds what separates the others
            String[] numbers = Arrays.copyOfRange(columns, columns.length - 7, columns.length);
            redisRate = Double.parseDouble(numbers[0]);
            long proposed = Long.parseLong(redis.ask(
                            "EVAL",
                            "local n = 0 for _, key in ipairs(redis.call('KEYS', '*')) do"
                                    + " n = n + redis.call('HGET', key, 'h') end return n",
                            "0")
                    .substring(1));
            redis.ask("FLUSHDB");
            redis.ask("ACL", "DELUSER", "benchmark");
            return new Measured(
                    operations,
                    operations / redisRate,
                    Double.parseDouble(numbers[3]),
                    Double.parseDouble(numbers[5]),
                    operations - proposed,
                    operations == proposed ? "" : proposed + " proposed");
        }
    }

    private static String redisKey(String account) {
        return "stampede:{0}:demo:" + account;
    }

    /** Lets the gateway load an account and propose an earn, and takes down what it asks of Redis. */
    private void captureCalls(Servers servers) throws Exception {
        try (RedisSocket monitor = new RedisSocket(servers)) {
            monitor.ask("MONITOR");
            HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
            client.send(
                    earn(app("gateway"), "monitored", "key-of-the-monitored", EARN), HttpResponse.BodyHandlers.discarding());
            long until = System.nanoTime() + 10_000_000_000L;
            while (loadCall == null || proposeCall == null) {
                if (System.nanoTime() > until) {
                    throw new Trouble("MONITOR shows no call of the propose function");
                }
                List<String> call = monitored(monitor.answer());
                if (call.size() > 4 && call.get(0).equalsIgnoreCase("FCALL") && call.get(3).endsWith(":monitored")) {
                    if (call.get(1).startsWith("load_")) {
                        loadCall = call;
                    } else if (call.get(1).startsWith("propose_") && loadCall != null) {
                        proposeCall = call;
                    }
                }
            }
        }
        proposeCall.replaceAll(argument -> argument
                .replace("key-of-the-monitored", "__rand_int____rand_int__")
                .replaceAll("\"id\":\"[0-9a-f-]{24}[0-9a-f]{12}\"", "\"id\":\"0193508e-3c5f-7c4e-8f3a-__rand_int__\""));
        proposeCall.set(3, redisKey("__rand_int__"));
    }

    /** The words of a line of MONITOR: {@code +1700000000.0 [0 127.0.0.1:5000] "FCALL" "..."}. */
    private static List<String> monitored(String line) {
        List<String> words = new ArrayList<>();
        Matcher word = Pattern.compile("\"((?:[^\"\\\\]|\\\\.)*)\"").matcher(line);
        while (word.find()) {
            words.add(word.group(1).replaceAll("\\\\([\"\\\\])", "$1"));
        }
        return words;
    }

    /** Redis' protocol, as far as it is needed here: answers of one line. */
    private static final class RedisSocket implements AutoCloseable {
        private final Socket socket;
        private final BufferedWriter out;
        private final BufferedReader in;

        RedisSocket(Servers servers) throws IOException {
            socket = new Socket("127.0.0.1", servers.redis);
            socket.setSoTimeout(60_000);
            out = new BufferedWriter(new OutputStreamWriter(socket.getOutputStream(), StandardCharsets.ISO_8859_1));
            in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
            String password = servers.redisPassword();
            if (!password.isEmpty()) {
                ask("AUTH", password);
            }
        }

        String ask(String... words) throws IOException {
            send(List.of(words));
            return answer();
        }

        void send(List<String> words) throws IOException {
            out.write("*" + words.size() + "\r\n");
            for (String word : words) {
                out.write("$" + word.length() + "\r\n" + word + "\r\n");
            }
        }

        String answer() throws IOException {
            out.flush();
            String line = in.readLine();
            if (line == null || line.startsWith("-")) {
                throw new Trouble("Redis said: " + line);
            }
            return line;
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    // --- Starting and filling ------------------------------------------------------------------------

    private void checkTools() {
        List<String> missing = Stream.of("wrk", "pgbench", "psql", "redis-benchmark", "mvn")
                .filter(tool -> Stream.of(System.getenv("PATH").split(":"))
                        .noneMatch(place -> Files.isExecutable(Path.of(place, tool))))
                .toList();
        if (!missing.isEmpty()) {
            throw new Trouble("missing here: " + String.join(", ", missing)
                    + "; on Debian: apt-get install wrk postgresql redis-server maven");
        }
    }

    private void build(Set<App> wanted) throws Exception {
        if (!options.build) {
            return;
        }
        List<String> mvn = new ArrayList<>(List.of("mvn", "-q"));
        if (options.offline) {
            mvn.add("-o");
        }
        mvn.addAll(List.of("-DskipTests", "package"));
        if (options.jar == null) {
            build(root, mvn);
        }
        if (wanted.contains(app("ceiling")) || wanted.contains(app("seal"))) {
            List<String> profile = new ArrayList<>(mvn);
            profile.add("-Pceiling");
            build(root, profile);
        }
        if (wanted.contains(app("one-transaction"))) {
            build(directory.resolve("one-transaction"), mvn);
        }
    }

    private void build(Path where, List<String> command) throws Exception {
        Process process = new ProcessBuilder(command).directory(where.toFile()).inheritIO().start();
        started.add(process);
        if (process.waitFor() != 0) {
            throw new Trouble(String.join(" ", command) + " failed in " + where);
        }
    }

    private void start(App app) throws Exception {
        App gateway = app("gateway");
        if (app.name.equals("seal")) {
            startSealBatches(app, gateway.servers);
            return;
        }
        app.port = options.port + new ArrayList<>(apps.values()).indexOf(app);
        List<String> command = new ArrayList<>(List.of("java"));
        command.addAll(options.java);
        Path log = work.resolve(app.name + ".log");
        Path data = work.resolve(app.name);
        Map<String, String> settings = new LinkedHashMap<>();
        Map<String, String> secrets = new LinkedHashMap<>();
        settings.put("quarkus.http.host", "127.0.0.1");
        settings.put("quarkus.http.port", Integer.toString(app.port));
        String packaged = "quarkus-app/quarkus-run.jar";
        Path jar;
        switch (app.name) {
            case "gateway-2", "gateway-3" -> {
                jar = options.jar != null ? options.jar : root.resolve("target").resolve(packaged);
                settings.put("quarkus.datasource.reactive.url", postgresUrl(gateway.servers, DATABASE));
                settings.put("quarkus.datasource.username", "postgres");
                secrets.put("QUARKUS_DATASOURCE_PASSWORD", gateway.servers.postgresPassword());
                secrets.put("QUARKUS_REDIS_HOSTS", gateway.servers.redisUrl());
            }
            case "gateway", "large", "B" -> {
                jar = app.name.equals("B")
                        ? options.jarB
                        : options.jar != null ? options.jar : root.resolve("target").resolve(packaged);
                settings.put("stampede.data-dir", data.toString());
            }
            case "ceiling" -> {
                jar = root.resolve("target/ceiling").resolve(packaged);
                settings.put("quarkus.datasource.reactive.url", postgresUrl(gateway.servers, DATABASE));
                settings.put("quarkus.datasource.username", "postgres");
                // a database of its own: what it says is sealed there is not in Postgres
                secrets.put("QUARKUS_REDIS_HOSTS", gateway.servers.redisUrl() + "/1");
                secrets.put("QUARKUS_DATASOURCE_PASSWORD", gateway.servers.postgresPassword());
                // nor may anybody compare or sweep it
                settings.put("stampede.gateway.compare-interval", "1d");
                settings.put("stampede.gateway.sweep-interval", "1d");
            }
            case "one-transaction" -> {
                jar = directory.resolve("one-transaction/target").resolve(packaged);
                app.database = ONE_TRANSACTION_DATABASE;
                settings.put("quarkus.datasource.reactive.url", postgresUrl(gateway.servers, app.database));
                settings.put("quarkus.datasource.username", "postgres");
                secrets.put("QUARKUS_DATASOURCE_PASSWORD", gateway.servers.postgresPassword());
            }
            default -> throw new IllegalStateException(app.name);
        }
        if (!app.name.equals("one-transaction")) {
            settings.put("quarkus.management.host", "127.0.0.1");
            settings.put("quarkus.management.port", Integer.toString(app.port + 1000));
        }
        settings.forEach((name, value) -> command.add("-D" + name + "=" + value));
        command.add("-jar");
        command.add(jar.toAbsolutePath().toString());
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(work.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().putAll(secrets);
        app.process = builder.start();
        started.add(app.process);
        String said = "";
        for (long until = System.nanoTime() + 120_000_000_000L; !said.contains("Listening on"); ) {
            if (!app.process.isAlive() || System.nanoTime() > until) {
                throw new Trouble(app.name + " did not start; " + log + " says:\n" + said);
            }
            TimeUnit.MILLISECONDS.sleep(100);
            said = Files.readString(log);
        }
        if (settings.containsKey("stampede.data-dir")) {
            while (!said.contains("Redis ")) {
                TimeUnit.MILLISECONDS.sleep(100);
                said = Files.readString(log);
            }
            app.servers = new Servers(
                    data.toRealPath(),
                    Integer.parseInt(found(said, "Postgres \\S+ \\(embedded\\) at \\S+:(\\d+)")),
                    Integer.parseInt(found(said, "Redis \\S+ \\(embedded\\) at \\S+:(\\d+)")),
                    "Postgres " + found(said, "Postgres (\\S+) \\(embedded\\)") + ", Redis "
                            + found(said, "Redis (\\S+) \\(embedded\\)"));
        } else {
            app.servers = gateway.servers;
        }
        if (app.name.equals("gateway") && needsOneTransaction()) {
            psql(app.servers, DATABASE, "CREATE DATABASE " + ONE_TRANSACTION_DATABASE);
            psql(
                    app.servers,
                    ONE_TRANSACTION_DATABASE,
                    Files.readString(directory.resolve("one-transaction/schema.sql"))
                            + "INSERT INTO account SELECT 'demo', 'a-' || n, 1000000000, 1 FROM generate_series(1, "
                            + options.accounts + ") n; VACUUM ANALYZE account");
        }
        if (app.name.equals("large")) {
            fillLedger(app, options.scaleAccounts);
        } else if (settings.containsKey("stampede.data-dir") && Set.of("ceilings", "gateways", "retries").contains(options.mode)) {
            fill(app);
        }
    }

    private void startSealBatches(App app, Servers servers) throws Exception {
        Path built = root.resolve("target/ceiling/quarkus-app");
        List<String> command = new ArrayList<>(List.of("java"));
        command.addAll(options.java);
        command.addAll(List.of(
                "-cp",
                built.resolve("app/*") + ":" + built.resolve("lib/main/*") + ":" + built.resolve("lib/boot/*"),
                "dev.stampede.seal.SealBatches",
                Integer.toString(servers.postgres),
                Integer.toString(options.accounts),
                run));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectError(work.resolve(app.name + ".log").toFile());
        builder.environment().put("PGPASSWORD", servers.postgresPassword());
        app.process = builder.start();
        started.add(app.process);
        app.said = app.process.inputReader();
        app.servers = servers;
    }

    private boolean needsOneTransaction() {
        return cells.stream().anyMatch(cell -> cell.name.matches("(pgbench|one-transaction) .*"));
    }

    private static String postgresUrl(Servers servers, String database) {
        return "postgresql://127.0.0.1:" + servers.postgres + "/" + database;
    }

    /** Gives each account what can be redeemed for long. */
    private void fill(App app) throws Exception {
        HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        Semaphore places = new Semaphore(options.connections);
        AtomicInteger filled = new AtomicInteger();
        for (int account = 1; account <= options.accounts; account++) {
            HttpRequest earn = earn(app, "a-" + account, "fill", "{\"points\":1000000000}");
            places.acquire();
            client.sendAsync(earn, HttpResponse.BodyHandlers.discarding()).whenComplete((answer, error) -> {
                if (error == null && answer.statusCode() == 201) {
                    filled.incrementAndGet();
                }
                places.release();
            });
        }
        places.acquire(options.connections);
        if (filled.get() != options.accounts) {
            throw new Trouble("only " + filled + " of " + options.accounts + " accounts of " + app.name
                    + " could be filled");
        }
    }

    /**
     * Makes accounts of four earns each in Postgres alone, as copies of one that the gateway has made itself: their
     * heads, images and digests are their own, so that the gateway can go on from there.
     */
    private void fillLedger(App app, long accounts) throws Exception {
        HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        for (int i = 1; i <= FILLED_OPERATIONS; i++) {
            client.send(earn(app, "template", "fill-" + i, EARN), HttpResponse.BodyHandlers.discarding());
        }
        String of = " FROM operation WHERE account = 'template' AND version = " + FILLED_OPERATIONS;
        String image = psql(app.servers, DATABASE, "SELECT image" + of);
        String head = psql(app.servers, DATABASE, "SELECT id" + of);
        String kept = psql(app.servers, DATABASE, "SELECT digest || ' ' || lane FROM account WHERE account = 'template'");
        if (!kept.equals(sha1(image) + " " + lane("template"))) {
            throw new Trouble("digest and lane are " + kept + ", and not as this program would make them");
        }
        psql(app.servers, DATABASE, "CREATE UNLOGGED TABLE filling (n bigint, lane smallint, digest text)");
        ProcessBuilder builder = new ProcessBuilder(
                        "psql",
                        "--no-psqlrc",
                        "--quiet",
                        "--command=COPY filling FROM STDIN",
                        "--host=127.0.0.1",
                        "--port=" + app.servers.postgres,
                        "--username=postgres",
                        DATABASE)
                .inheritIO()
                .redirectInput(ProcessBuilder.Redirect.PIPE);
        builder.environment().put("PGPASSFILE", app.servers.passwords().toString());
        Process copy = builder.start();
        started.add(copy);
        try (BufferedWriter rows = copy.outputWriter()) {
            for (long n = 1; n <= accounts; n++) {
                String id = String.format(Locale.ROOT, "0193508e-0000-7%03x-8000-%012x", FILLED_OPERATIONS, n);
                rows.write(n + "\t" + lane("a-" + n) + "\t" + sha1(image.replace(head, id)) + "\n");
            }
        }
        if (copy.waitFor() != 0) {
            throw new Trouble("the rows to fill could not be copied");
        }
        started.remove(copy);
        String indexes = psql(
                app.servers,
                DATABASE,
                "SELECT indexdef || ';' FROM pg_indexes WHERE schemaname = 'public' AND tablename IN ('account',"
                        + " 'operation', 'entry') AND indexname NOT LIKE '%_pkey'");
        psql(
                app.servers,
                DATABASE,
                Pattern.compile("INDEX (\\S+) ON [^;]*;").matcher(indexes).results()
                        .map(index -> "DROP INDEX " + index.group(1) + ";")
                        .collect(Collectors.joining()));
        for (String table : List.of("account", "operation", "entry")) {
            System.out.println("  filling " + table);
            copyTemplate(app.servers, table);
        }
        System.out.println("  indexes and statistics");
        psql(app.servers, DATABASE, "SET maintenance_work_mem = '512MB';" + indexes);
        psql(app.servers, DATABASE, "DROP TABLE filling");
        psql(app.servers, DATABASE, "VACUUM ANALYZE");
        psql(app.servers, DATABASE, "CHECKPOINT");
    }

    private void copyTemplate(Servers servers, String table) throws Exception {
        String id = "('0193508e-0000-7' || lpad(to_hex(t.version), 3, '0') || '-8000-' || lpad(to_hex(f.n), 12, '0'))";
        List<String> columns = psql(
                        servers,
                        DATABASE,
                        "SELECT attname FROM pg_attribute WHERE attrelid = '" + table
                                + "'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum")
                .lines()
                .toList();
        String values = columns.stream()
                .map(column -> switch (column) {
                    case "lane", "digest" -> "f." + column;
                    case "account" -> "'a-' || f.n";
                    case "id", "head", "operation" -> id + "::uuid";
                    case "image" -> "replace(t.image, t.id::text, " + id + ")";
                    default -> "t." + column;
                })
                .collect(Collectors.joining(", "));
        psql(
                servers,
                DATABASE,
                "SET synchronous_commit = off; SET work_mem = '512MB'; INSERT INTO " + table + " ("
                        + String.join(", ", columns) + ") SELECT " + values + " FROM filling f, " + table
                        + " t WHERE t.account = 'template' ORDER BY f.lane, 'a-' || f.n, t.version");
    }

    private static String sha1(String text) throws Exception {
        return HexFormat.of()
                .formatHex(MessageDigest.getInstance("SHA-1").digest(text.getBytes(StandardCharsets.UTF_8)));
    }

    /** As {@code AccountId} has it. */
    private static int lane(String account) {
        int h = 31 * "demo".hashCode() + account.hashCode();
        h ^= h >>> 16;
        h *= 0x85ebca6b;
        h ^= h >>> 13;
        h *= 0xc2b2ae35;
        h ^= h >>> 16;
        return h & 255;
    }

    private static HttpRequest earn(App app, String account, String key, String body) {
        return HttpRequest.newBuilder(URI.create(app.url() + GATEWAY_PATH + account + "/earn"))
                .header("Content-Type", "application/json")
                .header("Idempotency-Key", key)
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
    }

    /** The servers of a gateway stop with it, so that it goes last. */
    private void stopAll() {
        List<Process> lastFirst = new ArrayList<>(started);
        Collections.reverse(lastFirst);
        for (Process process : lastFirst) {
            process.destroy();
            try {
                if (!process.waitFor(40, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                }
            } catch (InterruptedException e) {
                process.destroyForcibly();
            }
        }
        started.clear();
        if (!options.keep && Files.exists(work)) {
            try (Stream<Path> paths = Files.walk(work)) {
                for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            } catch (IOException e) {
                System.err.println("ceiling: " + work + " is left over: " + e);
            }
        }
    }

    // --- Taking turns --------------------------------------------------------------------------------

    /** A time in which nobody else measures. */
    private interface Turn extends AutoCloseable {
        @Override
        void close() throws Exception;
    }

    /** With {@code --lock}, waits until flock(1) has it; without, it is always our turn. */
    private Turn turn(String what) throws Exception {
        Process holder = null;
        if (options.lock != null) {
            holder = new ProcessBuilder("flock", options.lock.toString(), "sh", "-c", "echo held; read line")
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            started.add(holder);
            BufferedReader said = holder.inputReader();
            if (!"held".equals(said.readLine())) {
                throw new Trouble("could not get " + options.lock);
            }
        }
        System.out.println(what);
        Process held = holder;
        return () -> {
            if (held != null) {
                held.outputWriter().close();
                held.waitFor();
                started.remove(held);
            }
        };
    }

    // --- What the machine says -----------------------------------------------------------------------

    private Servers serversOf(Cell cell) {
        return (cell.app == null ? app("gateway") : cell.app).servers;
    }

    private long versions(Cell cell) throws Exception {
        if (cell.expected == Expected.OWN) {
            return 0;
        }
        String database = cell.app == null ? ONE_TRANSACTION_DATABASE : cell.app.database;
        return versions(serversOf(cell), database);
    }

    private long versions(Servers servers, String database) throws Exception {
        return Long.parseLong(psql(servers, database, "SELECT coalesce(sum(version), 0) FROM account"));
    }

    private Ticks ticks(Cell cell) throws IOException {
        Servers servers = serversOf(cell);
        long postgres = 0;
        long redis = 0;
        String postmaster = Files.readAllLines(servers.data.resolve("postgres/postmaster.pid")).get(0).strip();
        try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
            for (Path process : processes.filter(p -> p.getFileName().toString().matches("\\d+")).toList()) {
                try {
                    Path where = Files.readSymbolicLink(process.resolve("cwd"));
                    if (where.equals(servers.data.resolve("postgres"))) {
                        // the sessions that have ended since are the postmaster's
                        boolean parent = process.getFileName().toString().equals(postmaster);
                        postgres += ticks(process, parent ? 4 : 2);
                    } else if (where.equals(servers.data.resolve("redis"))) {
                        redis += ticks(process, 2);
                    }
                } catch (IOException | UncheckedIOException gone) {
                    // it has ended, or is none of ours
                }
            }
        }
        long server = 0;
        for (App app : cell.apps().toList()) {
            server += ticks(Path.of("/proc/" + app.process.pid()), 2);
        }
        long self = ticks(Path.of("/proc/self"), 4) - ticks(Path.of("/proc/self"), 2);
        return new Ticks(server, postgres, redis, self);
    }

    /** utime and stime of a process; with four fields also those of its children that have ended. */
    private static long ticks(Path process, int fields) throws IOException {
        String stat = Files.readString(process.resolve("stat"));
        String[] afterName = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        long ticks = 0;
        for (int i = 0; i < fields; i++) {
            ticks += Long.parseLong(afterName[11 + i]);
        }
        return ticks;
    }

    /** A tick is 10 ms on every Linux that Java runs on. */
    private static double micros(long ticks, Measured measured) {
        return ticks * 10_000.0 / Math.max(1, measured.operations);
    }

    private String psql(Servers servers, String database, String sql) throws Exception {
        Path file = work.resolve("statement.sql");
        Files.writeString(file, sql);
        return String.join(
                        "\n",
                        output(servers, List.of(
                                "psql",
                                "--no-psqlrc",
                                "--quiet",
                                "--tuples-only",
                                "--no-align",
                                "--set=ON_ERROR_STOP=1",
                                "--file=" + file,
                                "--host=127.0.0.1",
                                "--port=" + servers.postgres,
                                "--username=postgres",
                                database)))
                .strip();
    }

    private List<String> output(List<String> command) throws Exception {
        return output(null, command);
    }

    /** @param servers whose Postgres it logs in to; null if to none */
    private List<String> output(Servers servers, List<String> command) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        if (servers != null) {
            builder.environment().put("PGPASSFILE", servers.passwords().toString());
        }
        Process process = builder.start();
        started.add(process);
        List<String> lines = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .lines()
                .toList();
        int status = process.waitFor();
        started.remove(process);
        if (status != 0) {
            throw new Trouble(command.get(0) + " ended with " + status + ":\n" + String.join("\n", lines));
        }
        return lines;
    }

    private static String found(String text, String pattern) {
        Matcher matcher = Pattern.compile(pattern).matcher(text);
        if (!matcher.find()) {
            throw new Trouble("no " + pattern + " in:\n" + text);
        }
        return matcher.group(1);
    }

    private static double quantile(double[] sorted, double q) {
        return sorted.length == 0 ? Double.NaN : sorted[(int) Math.min(sorted.length - 1, q * sorted.length)];
    }

    // --- The report ----------------------------------------------------------------------------------

    private void write(String report) throws IOException {
        System.out.println();
        System.out.println(report);
        Files.createDirectories(options.out.toAbsolutePath().getParent());
        Files.writeString(options.out, report);
        System.out.println("Written to " + options.out);
    }

    private String heading(String title) throws Exception {
        Servers servers = app("gateway").servers;
        StringBuilder out = new StringBuilder("# " + title + "\n\n");
        row(out, "date", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        row(out, "command", "`" + String.join(" ", options.told) + "`");
        row(out, "machine", machine());
        row(
                out,
                "software",
                "Java " + System.getProperty("java.version") + ", " + servers.versions + ", "
                        + output(List.of("pgbench", "--version")).get(0));
        List<String> settings = new ArrayList<>();
        for (String name : List.of(
                "fsync", "synchronous_commit", "full_page_writes", "wal_sync_method", "shared_buffers", "max_wal_size")) {
            settings.add(name + " = " + psql(servers, DATABASE, "SHOW " + name));
        }
        row(out, "Postgres", String.join(", ", settings));
        row(
                out,
                "load",
                options.rounds + " rounds, " + options.seconds + " s a cell, each JVM warmed for " + options.warm
                        + " s, " + options.accounts + " accounts"
                        + (options.mode.equals("scale") ? " of " + options.scaleAccounts + " in the large ledger" : "")
                        + ", wrk -t1 -c" + options.connections + ", pgbench -c"
                        + PGBENCH_CLIENTS);
        return out.toString();
    }

    private String results() {
        StringBuilder out = new StringBuilder();
        out.append("\nMedians of the rounds. CPU in microseconds an operation, of all processes of each.\n\n");
        out.append("| cell | operations/s | p50 ms | p99 ms | JVM µs | Postgres µs | Redis µs | load µs | each round | |\n");
        out.append("|---|---:|---:|---:|---:|---:|---:|---:|---|---|\n");
        for (Cell cell : cells) {
            List<Sample> its = samples.get(cell);
            String bad = its.stream()
                    .filter(sample -> sample.measured.bad > 0)
                    .map(sample -> sample.measured.bad + " of " + sample.measured.operations + " bad ("
                            + sample.measured.why.strip() + ")" + (sample.valid() ? "" : " **invalid**"))
                    .collect(Collectors.joining("; "));
            out.append(String.format(
                    Locale.ROOT,
                    "| %s | %,.0f | %.2f | %.2f | %s | %s | %s | %s | %s | %s |%n",
                    cell.name,
                    median(its, Sample::rate),
                    median(its, sample -> sample.measured.p50Ms),
                    median(its, sample -> sample.measured.p99Ms),
                    whole(median(its, Sample::server)),
                    whole(median(its, Sample::postgres)),
                    whole(median(its, Sample::redis)),
                    whole(median(its, Sample::load)),
                    its.stream()
                            .map(sample -> String.format(Locale.ROOT, "%.0f", sample.rate()))
                            .collect(Collectors.joining(" ")),
                    bad));
        }
        out.append("\n| ratio | median | each round |\n|---|---:|---|\n");
        for (Ratio ratio : RATIOS) {
            List<Sample> of = samplesOf(ratio.of);
            List<Sample> to = samplesOf(ratio.to);
            if (of != null && to != null) {
                List<Double> each = IntStream.range(0, of.size())
                        .mapToObj(i -> of.get(i).rate() / to.get(i).rate())
                        .toList();
                out.append(String.format(
                        Locale.ROOT,
                        "| %s / %s | %.2f | %s |%n",
                        ratio.of,
                        ratio.to,
                        median(each, Double::doubleValue),
                        each.stream().map(r -> String.format(Locale.ROOT, "%.2f", r)).collect(Collectors.joining(" "))));
            }
        }
        return out.toString();
    }

    private static void row(StringBuilder out, String name, String value) {
        out.append("- ").append(name).append(": ").append(value).append('\n');
    }

    private List<Sample> samplesOf(String name) {
        return cells.stream()
                .filter(cell -> cell.name.equals(name))
                .map(samples::get)
                .findFirst()
                .orElse(null);
    }

    private static <T> double median(List<T> values, ToDoubleFunction<T> of) {
        double[] sorted = values.stream().mapToDouble(of).sorted().toArray();
        int n = sorted.length;
        return n % 2 == 1 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
    }

    private static String whole(double value) {
        return Double.isNaN(value) ? "" : String.format(Locale.ROOT, "%.0f", value);
    }

    private String machine() throws IOException {
        String model = found(Files.readString(Path.of("/proc/cpuinfo")), "model name\\s*: (.*)");
        long kilobytes = Long.parseLong(found(Files.readString(Path.of("/proc/meminfo")), "MemTotal:\\s+(\\d+)"));
        return model + ", " + Runtime.getRuntime().availableProcessors() + " cores, "
                + Math.round(kilobytes / 1048576.0) + " GiB, Linux " + System.getProperty("os.version") + ", data on "
                + Files.getFileStore(work).type();
    }

    // --- The command line ----------------------------------------------------------------------------

    /** Told to whoever started it, without a stack trace. */
    private static final class Trouble extends RuntimeException {
        Trouble(String message) {
            super(message);
        }
    }

    private static final class Options {
        private static final String USAGE =
                """
                usage: loadtests/ceiling/run [scale | cold | overload | gateways | retries] [options]
                  scale             a ledger of few accounts beside one of many, instead
                  cold              earns while Redis is emptied, instead
                  overload          half of the maximum, and twice, instead
                  gateways          one account, and all of them, through one, two and three gateways, instead
                  retries           one account, a twentieth of whose calls are late retries, instead
                  --rounds N        interleaved rounds (5)
                  --seconds N       of a cell in a round (5)
                  --warm N          seconds of load on each JVM before the first round (20)
                  --accounts N      over which load is spread (10000)
                  --scale-accounts N  of the large ledger, with four operations each (5000000)
                  --cold-accounts N (100000)
                  --connections N   of wrk (64)
                  --cells REGEX     only the cells in whose name this is found
                  --jar FILE        a gateway's quarkus-run.jar, instead of building this one
                  --jar-b FILE      a second gateway to compare with, on servers of its own: cells "B: gateway ..."
                  --java OPTION     for every JVM that is measured; can be repeated
                  --no-build        use what was built before
                  --offline         build with mvn -o
                  --port N          the first of the ports (28080); management ports are 1000 above
                  --data DIR        where data directories are made (loadtests/ceiling/target)
                  --keep            leave the data and logs there
                  --lock FILE       measure only while holding it (flock), and let others have it between rounds
                  --out FILE        the report (loadtests/results/ceiling[-scale|-cold|-overload|-gateways|-retries].md)""";

        int rounds = 5;
        int seconds = 5;
        int warm = 20;
        String mode = "ceilings";
        int accounts = 10_000;
        long scaleAccounts = 5_000_000;
        long coldAccounts = 100_000;
        int connections = 64;
        int port = 28_080;
        Pattern cells = Pattern.compile("");
        Path jar;
        Path jarB;
        Path data;
        Path lock;
        Path out;
        List<String> java = new ArrayList<>();
        boolean build = true;
        boolean offline;
        boolean keep;

        /** The command, without what makes no difference to the numbers. */
        final List<String> told = new ArrayList<>(List.of("loadtests/ceiling/run"));

        static Options of(String... args) {
            Options o = new Options();
            for (int i = 0; i < args.length; i++) {
                if (!args[i].matches("--(no-build|offline|keep|port|data|lock|out)")) {
                    o.told.add(args[i]);
                    if (args[i].startsWith("--") && i + 1 < args.length) {
                        o.told.add(args[i + 1].matches("[\\w.:=-]*") ? args[i + 1] : "'" + args[i + 1] + "'");
                    }
                }
                switch (args[i]) {
                    case "scale", "cold", "overload", "gateways", "retries" -> o.mode = args[i];
                    case "--no-build" -> o.build = false;
                    case "--offline" -> o.offline = true;
                    case "--keep" -> o.keep = true;
                    case "--help" -> throw new Trouble(USAGE);
                    default -> {
                        if (i + 1 == args.length) {
                            throw new Trouble(USAGE);
                        }
                        o.set(args[i], args[++i]);
                    }
                }
            }
            if (o.accounts < LEAST_ACCOUNTS) {
                throw new Trouble("--accounts must be " + LEAST_ACCOUNTS
                        + " or more: a batch of the cell seal 256 has no account twice, on either of two connections");
            }
            if (o.out == null) {
                o.out = Path.of(System.getProperty("ceiling.directory"))
                        .resolveSibling("results")
                        .resolve(o.mode.equals("ceilings") ? "ceiling.md" : "ceiling-" + o.mode + ".md");
            }
            return o;
        }

        private void set(String name, String value) {
            try {
                switch (name) {
                    case "--rounds" -> rounds = Integer.parseInt(value);
                    case "--seconds" -> seconds = Integer.parseInt(value);
                    case "--warm" -> warm = Integer.parseInt(value);
                    case "--accounts" -> accounts = Integer.parseInt(value);
                    case "--scale-accounts" -> scaleAccounts = Long.parseLong(value);
                    case "--cold-accounts" -> coldAccounts = Long.parseLong(value);
                    case "--connections" -> connections = Integer.parseInt(value);
                    case "--port" -> port = Integer.parseInt(value);
                    case "--cells" -> cells = Pattern.compile(value);
                    case "--jar" -> jar = Path.of(value);
                    case "--jar-b" -> jarB = Path.of(value);
                    case "--java" -> java.add(value);
                    case "--data" -> data = Path.of(value);
                    case "--lock" -> lock = Path.of(value);
                    case "--out" -> out = Path.of(value);
                    default -> throw new Trouble(USAGE);
                }
            } catch (IllegalArgumentException e) {
                throw new Trouble(name + " " + value + "?\n" + USAGE);
            }
        }
    }
}
