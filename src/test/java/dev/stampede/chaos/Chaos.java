package dev.stampede.chaos;

import dev.stampede.account.AccountId;
import dev.stampede.account.Image;
import dev.stampede.chaos.Call.Kind;
import dev.stampede.chaos.Call.Outcome;
import dev.stampede.chaos.Client.Ask;
import dev.stampede.chaos.Listener.Heard;
import dev.stampede.chaos.Violation.Rule;
import dev.stampede.support.SmallDisk;
import io.vertx.core.Future;
import io.vertx.redis.client.impl.ZModem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/** One run: a world, shoppers in it, one fault after the other, and at the end the verdict. */
final class Chaos {
    /** How long {@code demo}'s points count now and then, instead of 12 months. */
    static final int SOONER_EXPIRY_MONTHS = 6;

    /** Once gateways work again: until the comparison has met every account. */
    private static final long LIES_MAY_SHOW_MS = 6_000;

    private static final long BEFORE_A_LIE_MS = 3_000;
    private static final long RECOVERY_LIMIT_MS = 60_000;
    /** In which gateways have to work again after a fault that came alone. */
    private static final long PROMISED_RECOVERY_MS = 5_000;

    private static final long SETTLE_LIMIT_MS = 60_000;
    /** Each with another third of the slots, or another of the two sealers. */
    private static final int PROBES = 6;

    private static final Logger LOG = Logger.getLogger(Chaos.class);
    private static final List<AccountId> PROBED = probed();
    private static final String GATEWAY = "gateway ";
    private static final int LISTENERS = 60;

    /**
     * @param redis which deployment of it
     * @param smallDisks whether Postgres' disks are such that can be full (and in memory)
     * @param faults which of those that the world knows
     * @param each whether all of them are inflicted, however long that takes
     * @param together how many faults at once
     * @param bug the guard to take away; null: none
     * @param pauseMs the shortest and the longest time for which something is paused
     * @param holdMs the same of any other fault; about half of it is the rest before the next
     * @param callsPerSecond that the shoppers aim at while all is well
     */
    record Settings(
            long seed,
            Function<World, RedisSide> redis,
            int gateways,
            boolean smallDisks,
            int shoppers,
            int accounts,
            int callsPerSecond,
            long forMs,
            Predicate<Fault> faults,
            boolean each,
            int together,
            PlantedBug bug,
            long[] pauseMs,
            long[] holdMs) {}

    private final Settings settings;
    private final Path directory;
    private final Random random;
    private final Report report;
    private final List<Judge.Window> lies = new ArrayList<>();
    private final List<String> log = new ArrayList<>();
    private long startedAt;
    private World world;
    private Client client;
    private List<Listener> listeners = List.of();
    private final Map<AccountId, List<Heard>> heard = new HashMap<>();
    private int probes;
    private long mixedSince;

    private Chaos(Settings settings, Path directory) {
        this.settings = settings;
        this.directory = directory;
        this.random = new Random(settings.seed);
        this.report = new Report(settings.seed);
    }

    /**
     * @param directory for logs and evidence; deleted if there is nothing to prove
     * @throws IllegalStateException if the world can't be started, or breaks in a way that was not asked for
     */
    static Report run(Settings settings, Path directory) throws Exception {
        if (Files.exists(directory)) {
            delete(directory);
        }
        Files.createDirectories(directory);
        return new Chaos(settings, directory).run();
    }

    private Report run() throws Exception {
        startedAt = System.nanoTime();
        say("seed " + settings.seed + ", logs in " + directory);
        if (settings.smallDisks && !SmallDisk.possible()) {
            say("no disk is filled: a tmpfs can't be mounted here");
        }
        try {
            world = new World(settings.seed, directory, settings.gateways, settings.smallDisks, settings.redis);
            if (settings.bug != null) {
                settings.bug.plant(world.jdbcUrl());
            }
            if (Fault.some(world, new Random(settings.seed), settings.faults).stream()
                    .anyMatch(fault -> fault.kind().equals(Fault.ANOTHER_RELEASE))) {
                var unused = world.nextRelease(); // while there is no load yet
            }
            client = new Client(world.vertx, world.gateways);
            List<Shopper> shoppers = shoppers();
            shoppers.forEach(Shopper::start);
            listeners = listeners();
            listeners.forEach(Listener::start);
            Thread.sleep(3000);
            long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(settings.forMs);
            try {
                faults(until);
            } catch (Exception e) {
                // what was answered until now is judged all the same
                say(e + ": " + e.getCause());
                report.violations(List.of(new Violation(Rule.RECOVERS, null, List.of(), e + ": " + e.getCause())));
            }
            Thread.sleep(2000);
            get(Future.all(shoppers.stream().map(Shopper::stop).toList()), 120);
            long quietAt = System.nanoTime();
            mixedUntil(quietAt);
            List<Violation> found = new ArrayList<>(settle());
            found.addAll(alarms());
            streamsCatchUp(quietAt);
            judge(found);
        } finally {
            Files.write(directory.resolve("chaos.log"), log);
            if (world != null) {
                keepServerLogs();
                world.close();
            }
        }
        if (report.violations().isEmpty()) {
            delete(directory);
        }
        return report;
    }

    private List<Shopper> shoppers() {
        List<Shopper> shoppers = new ArrayList<>();
        double pauseMs = 1000.0 * settings.shoppers / settings.callsPerSecond;
        for (int i = 1; i <= settings.shoppers; i++) {
            shoppers.add(new Shopper(world.vertx, client, i, settings.seed, settings.accounts, pauseMs));
        }
        return shoppers;
    }

    /** Some on popular accounts, and some on those that get gifts. */
    private List<Listener> listeners() {
        List<Listener> all = new ArrayList<>();
        for (int i = 0; i < LISTENERS; i++) {
            String account = i % 4 == 3 ? "star-" + i % Shopper.STARS : "m-" + i / 2;
            String program = i % 8 == 0 ? Club.ID : "demo";
            all.add(new Listener(world.vertx, world.gateways, i, AccountId.of(program, account), settings.seed));
        }
        return all;
    }

    private void streamsCatchUp(long quietAt) throws InterruptedException {
        long wait = Judge.CATCHES_UP_IN_MS - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - quietAt);
        Thread.sleep(Math.max(0, wait));
        listeners.forEach(listener -> {
            Heard all = listener.stop();
            heard.computeIfAbsent(all.account(), account -> new ArrayList<>()).add(all);
        });
    }

    private void say(String what) {
        String line = String.format("%7.1f s  %s", (System.nanoTime() - startedAt) / 1e9, what);
        log.add(line);
        LOG.info(line);
    }

    // Faults --------------------------------------------------------------------------------------------------

    private void faults(long until) throws Exception {
        List<Fault> deck = new ArrayList<>();
        int inflicted = 0;
        int atLeast = settings.each ? Fault.some(world, random, settings.faults).size() : 0;
        while (System.nanoTime() < until || inflicted < atLeast) {
            List<Fault> now = new ArrayList<>();
            while (now.size() < settings.together) {
                if (deck.isEmpty()) {
                    deck.addAll(Fault.some(world, random, settings.faults));
                    Collections.shuffle(deck, random);
                }
                Fault next = deck.remove(deck.size() - 1);
                if (now.stream().noneMatch(other -> other.system().equals(next.system()))) {
                    now.add(next);
                }
            }
            inflict(now);
            inflicted += now.size();
            expiry(random.nextBoolean() ? 12 : SOONER_EXPIRY_MONTHS);
            Thread.sleep(within(settings.holdMs) / 2);
        }
    }

    /** From some seconds on points are earned with another expiry, so that accounts get several lots. */
    private void expiry(int months) throws SQLException {
        try (Connection connection = DriverManager.getConnection(world.jdbcUrl());
                Statement statement = connection.createStatement()) {
            statement.execute("SELECT publish_program_3('demo', regexp_replace(document, '\"months\": [0-9]+',"
                    + " '\"months\": " + months + "'), version, NULL, NULL, 'chaos', NULL)"
                    + " FROM program_version WHERE program = 'demo' ORDER BY version DESC LIMIT 1");
        }
        Club.goOn(world.jdbcUrl());
    }

    private void inflict(List<Fault> faults) throws Exception {
        String name = faults.stream()
                .map(fault -> fault.kind() + " (" + fault.part() + ")")
                .collect(Collectors.joining(" + "));
        long begun = System.nanoTime();
        boolean pauses = faults.stream().anyMatch(Fault::pauses);
        long holdMs = within(pauses ? settings.pauseMs : settings.holdMs);
        say(name + ", for " + holdMs + " ms");
        try {
            List<Fault> done = new ArrayList<>();
            try {
                for (Fault fault : gatewaysFirst(faults)) {
                    done.add(0, fault);
                    fault.begin().run();
                }
                Thread.sleep(holdMs);
            } finally {
                end(done);
            }
            survivors(faults, begun, System.nanoTime());
            long recoveredMs = recovery();
            say("  recovered in " + recoveredMs + " ms");
            faults.forEach(fault -> report.fault(fault.kind(), recoveredMs, faults.size() > 1));
            if (faults.size() == 1 && recoveredMs > PROMISED_RECOVERY_MS) {
                report.violations(List.of(new Violation(
                        Rule.RECOVERS, null, List.of(), name + ": recovered in " + recoveredMs + " ms only")));
            }
            excuse(faults, begun);
            releases(begun);
            for (Fault fault : faults) {
                fault.mend().run();
            }
        } catch (Exception e) {
            throw new IllegalStateException(name + " could not be inflicted or ended", e);
        }
        get(recovered(System.nanoTime()), 2 * RECOVERY_LIMIT_MS / 1000);
    }

    private long within(long[] limits) {
        return limits[0] + (long) (random.nextDouble() * (limits[1] - limits[0]));
    }

    /** From shortly before the fault, since what was read then may be lost with it, until all was compared once. */
    private void excuse(List<Fault> faults, long begun) {
        for (Fault fault : faults) {
            lies.add(new Judge.Window(
                    begun - TimeUnit.MILLISECONDS.toNanos(BEFORE_A_LIE_MS),
                    System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LIES_MAY_SHOW_MS),
                    fault.lies()));
        }
    }

    /**
     * To gateways of releases with another form of images each other's image is none: they load their own over it,
     * without what is not sealed yet, or was sealed just now.
     */
    private void releases(long now) {
        long next = world.gateways.stream()
                .filter(GatewayProcess::isOfTheNextRelease)
                .count();
        boolean mixed = next > 0 && next < world.gateways.size();
        if (mixed && mixedSince == 0) {
            mixedSince = now;
        } else if (!mixed && mixedSince != 0) {
            mixedUntil(System.nanoTime());
        }
    }

    private void mixedUntil(long to) {
        if (mixedSince != 0) {
            lies.add(new Judge.Window(mixedSince, to, Fault.OF_ALL, true));
            mixedSince = 0;
        }
    }

    /** They need the others to notice, and to start again. */
    private static List<Fault> gatewaysFirst(List<Fault> faults) {
        return faults.stream()
                .sorted(Comparator.comparing(fault -> !fault.system().equals("gateway")))
                .toList();
    }

    /** All of them, even if one does not end as it should. */
    private static void end(List<Fault> faults) throws Exception {
        Exception trouble = null;
        for (Fault fault : faults) {
            try {
                fault.end().run();
            } catch (Exception e) {
                trouble = e;
            }
        }
        if (trouble != null) {
            throw trouble;
        }
    }

    /** Counts what the other gateways answered while one was away. */
    private void survivors(List<Fault> faults, long from, long to) {
        if (faults.size() > 1 || !faults.get(0).part().startsWith(GATEWAY)) {
            return;
        }
        int away = Integer.parseInt(faults.get(0).part().substring(GATEWAY.length()));
        List<Call> others = client.history().stream()
                .filter(call -> call.gateway() != away && call.answeredAt() >= from && call.sentAt() <= to)
                .toList();
        List<Call> failed = others.stream()
                .filter(call -> call.is(Outcome.UNKNOWN)
                        || (call.is(Outcome.REFUSED)
                                && Shopper.isPassing(call.told().code())))
                .toList();
        failed.forEach(call -> say("  the others left " + call));
        report.survivors(others.size(), failed.size());
    }

    /** Until each gateway has answered a write to each of some accounts with 2xx, in ms from now. */
    private long recovery() throws Exception {
        long from = System.nanoTime();
        get(recovered(from), 2 * RECOVERY_LIMIT_MS / 1000);
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - from);
    }

    private Future<?> recovered(long from) {
        List<Future<?>> all = new ArrayList<>();
        for (int gateway = 0; gateway < world.gateways.size(); gateway++) {
            for (AccountId account : PROBED) {
                all.add(probe(gateway, account, from));
            }
        }
        return Future.all(all);
    }

    private static List<AccountId> probed() {
        Map<Integer, AccountId> probed = new TreeMap<>();
        for (int i = 0; probed.size() < PROBES; i++) {
            AccountId account = AccountId.of("demo", "probe-" + i);
            int third = ZModem.generate("{" + account.lane() + "}") * 3 / 16_384;
            probed.putIfAbsent(2 * third + account.lane() % 2, account);
        }
        return List.copyOf(probed.values());
    }

    private Future<Void> probe(int gateway, AccountId account, long from) {
        Ask earn = Ask.of(0, Kind.EARN, account, "probe-" + ++probes).points(1L);
        return client.send(earn, gateway).compose(call -> {
            if (call.is(Outcome.OK)) {
                return Future.succeededFuture();
            }
            if (System.nanoTime() - from > TimeUnit.MILLISECONDS.toNanos(RECOVERY_LIMIT_MS)) {
                return Future.failedFuture("gateway " + gateway + " has not recovered in " + RECOVERY_LIMIT_MS
                        + " ms; its last answer to " + account.id() + ": " + call.told());
            }
            io.vertx.core.Promise<Void> over = io.vertx.core.Promise.promise();
            world.vertx.setTimer(50, id -> over.complete());
            return over.future().compose(v -> probe(gateway, account, from));
        });
    }

    private static void get(Future<?> future, long seconds) throws Exception {
        var unused = future.toCompletionStage().toCompletableFuture().get(seconds, TimeUnit.SECONDS);
    }

    // The verdict ---------------------------------------------------------------------------------------------

    /** Until Redis has nothing that Postgres hasn't; answers what differs if it does not come to that. */
    private List<Violation> settle() throws Exception {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(SETTLE_LIMIT_MS);
        while (true) {
            List<Violation> different = different();
            if (different.isEmpty() || System.nanoTime() > deadline) {
                say("settled");
                return different.isEmpty() ? readAll() : different;
            }
            Thread.sleep(500);
        }
    }

    private List<Violation> different() {
        Map<AccountId, String> images = world.images();
        List<Violation> different = new ArrayList<>();
        LedgerReader.read(world.jdbcUrl(), chain -> {
            String image = images.get(chain.account());
            int last = chain.links().size() - 1;
            String stored = last < 0 ? null : chain.links().get(last).image();
            if (image != null && !image.equals(stored)) {
                different.add(new Violation(
                        Rule.REDIS_AGREES,
                        chain.account(),
                        last < 0 ? List.of() : List.of(chain.links().get(last).id()),
                        "Redis has " + image + ", and Postgres " + stored));
            }
            images.remove(chain.account());
        });
        images.forEach((account, image) -> {
            if (Image.parseKnown(image).version() > 0) {
                different.add(new Violation(
                        Rule.REDIS_AGREES, account, List.of(), "Redis has " + image + ", and Postgres nothing"));
            }
        });
        return different;
    }

    /** The balance of each account, by each gateway: what they say now nothing excuses. Answers who said nothing. */
    private List<Violation> readAll() throws Exception {
        List<Violation> silent = new ArrayList<>();
        long lied = lies.stream().mapToLong(Judge.Window::to).max().orElse(0);
        long wait = TimeUnit.NANOSECONDS.toMillis(lied - System.nanoTime());
        if (wait > 0) {
            Thread.sleep(wait + 100);
        }
        List<AccountId> accounts = new ArrayList<>();
        Set<AccountId> newer = new HashSet<>();
        LedgerReader.read(world.jdbcUrl(), chain -> {
            accounts.add(chain.account());
            if (chain.isOfTheNextRelease()) {
                newer.add(chain.account());
            }
        });
        for (int gateway = 0; gateway < world.gateways.size(); gateway++) {
            boolean readsAll = world.gateways.get(gateway).isOfTheNextRelease();
            for (int i = 0; i < accounts.size(); i += 50) {
                List<Future<Call>> some = new ArrayList<>();
                for (AccountId account : accounts.subList(i, Math.min(accounts.size(), i + 50))) {
                    some.add(client.send(Ask.of(0, Kind.BALANCE, account, null), gateway));
                }
                get(Future.all(some), 60);
                some.stream()
                        .map(Future::result)
                        .filter(call -> !readsAll && newer.contains(call.account())
                                ? !Client.OF_A_NEWER_RELEASE.equals(call.told().code())
                                : !call.is(Outcome.OK)
                                        && !"account_not_found"
                                                .equals(call.told().code()))
                        .forEach(call -> silent.add(new Violation(
                                Rule.RECOVERS, call.account(), List.of(), "its balance is not told right: " + call)));
            }
        }
        return silent;
    }

    /** What only gateways know of, since they were last started. */
    private List<Violation> alarms() throws Exception {
        List<Violation> alarms = new ArrayList<>();
        for (GatewayProcess gateway : world.gateways) {
            for (String metric : List.of("stampede_bugs_total", "stampede_drift_total{found=\"ahead\"")) {
                double value = gateway.metric(metric);
                if (value > 0) {
                    alarms.add(new Violation(
                            Rule.NO_BUG, null, List.of(), "gateway " + gateway.number() + ": " + metric + " " + value));
                }
            }
        }
        return alarms;
    }

    private void judge(List<Violation> different) throws IOException {
        Map<AccountId, List<Call>> histories = client.history().stream()
                .collect(Collectors.groupingBy(Call::account, HashMap::new, Collectors.toList()));
        client.history().forEach(report::call);
        long wallMs = System.currentTimeMillis() - TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
        List<Violation> violations = new ArrayList<>(different);
        Club club = Club.read(world.jdbcUrl());
        SharedTotals totals = new SharedTotals();
        LedgerReader.read(
                world.jdbcUrl(),
                chain -> {
                    totals.add(chain);
                    List<Call> calls = histories.remove(chain.account());
                    List<Heard> streams = heard.getOrDefault(chain.account(), List.of());
                    Judge.Verdict verdict =
                            Judge.judge(chain, calls == null ? List.of() : calls, streams, lies, club, wallMs);
                    report.judged(chain, verdict);
                    violations.addAll(verdict.violations());
                    if (!verdict.violations().isEmpty()
                            || different.stream().anyMatch(v -> chain.account().equals(v.account()))) {
                        evidence(chain, calls == null ? List.of() : calls, violations);
                    }
                },
                snapshot -> violations.addAll(totals.violations(snapshot)));
        // of these Postgres has not even a row
        histories.forEach((account, calls) -> {
            Chain none = new Chain(account, Chain.Tip.BLANK, List.of());
            Judge.Verdict verdict =
                    Judge.judge(none, calls, heard.getOrDefault(account, List.of()), lies, club, wallMs);
            report.judged(none, verdict);
            violations.addAll(verdict.violations());
            if (!verdict.violations().isEmpty()) {
                evidence(none, calls, violations);
            }
        });
        report.violations(violations);
        report.shared(totals);
        violations.stream().limit(20).forEach(violation -> say("VIOLATION " + violation));
        if (!violations.isEmpty()) {
            say(violations.size() + " violations; all the evidence is in " + directory.toAbsolutePath());
        }
    }

    private void evidence(Chain chain, List<Call> calls, List<Violation> violations) {
        List<String> lines = new ArrayList<>();
        violations.stream().filter(v -> chain.account().equals(v.account())).forEach(v -> lines.add(v.toString()));
        lines.add("");
        lines.add("the account's row: " + chain.tip());
        chain.links().forEach(link -> lines.add(link.toString()));
        lines.add("");
        calls.stream()
                .sorted(Comparator.comparingLong(Call::sentAt))
                .map(call -> String.format(
                        "%.4f to %.4f s  %s",
                        (call.sentAt() - startedAt) / 1e9, (call.answeredAt() - startedAt) / 1e9, call))
                .forEach(lines::add);
        lines.add("");
        for (Heard stream : heard.getOrDefault(chain.account(), List.of())) {
            stream.events()
                    .forEach(event -> lines.add(String.format(
                            "%.4f s  listener %d: %s", (event.at() - startedAt) / 1e9, stream.listener(), event)));
        }
        try {
            Files.write(directory.resolve(chain.account().id() + ".txt"), lines);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private void keepServerLogs() throws IOException {
        Path servers = world.postgres.primary().dataDirectory().getParent().getParent();
        try (Stream<Path> paths = Files.walk(servers, 2)) {
            for (Path path : paths.filter(p -> p.getFileName().toString().startsWith("postgres.log"))
                    .toList()) {
                Files.copy(
                        path,
                        directory.resolve(path.getParent().getFileName() + "-" + path.getFileName()),
                        StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> paths = Files.walk(directory)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
