package dev.stampede.load;

import static io.gatling.javaapi.core.CoreDsl.StringBody;
import static io.gatling.javaapi.core.CoreDsl.atOnceUsers;
import static io.gatling.javaapi.core.CoreDsl.details;
import static io.gatling.javaapi.core.CoreDsl.dummy;
import static io.gatling.javaapi.core.CoreDsl.exec;
import static io.gatling.javaapi.core.CoreDsl.jmesPath;
import static io.gatling.javaapi.core.CoreDsl.nothingFor;
import static io.gatling.javaapi.core.CoreDsl.scenario;
import static io.gatling.javaapi.http.HttpDsl.header;
import static io.gatling.javaapi.http.HttpDsl.http;
import static io.gatling.javaapi.http.HttpDsl.status;

import io.gatling.http.response.Response;
import io.gatling.javaapi.core.Assertion;
import io.gatling.javaapi.core.ChainBuilder;
import io.gatling.javaapi.core.PopulationBuilder;
import io.gatling.javaapi.core.Session;
import io.gatling.javaapi.http.HttpProtocolBuilder;
import io.gatling.javaapi.http.HttpRequestActionBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;

/**
 * One run of a scenario: the calls it is made of, the record of what became of each, and the check at its end.
 *
 * <p>A scenario makes chains of {@link #earn}, {@link #redeem} and so on, and ends with {@link #check} behind its load:
 * a last user that waits until all is answered, compares what was told with what is there, and fails the request
 * "conservation" if it does not hold. {@link #holds} makes that the run's failure, after Gatling has written its
 * report.
 */
final class Run {
    private static final String CALL = "call";
    private static final String HOLD = "hold";
    private static final String TAG = "tag";
    private static final String HELD = "held";
    private static final String CONSERVATION = "conservation";
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    /** In a shorter run a p99 rests on a few calls, and on code that warms up. */
    private static final Duration SHORTEST_COMPARISON = Duration.ofMinutes(2);

    private static final String LAST = "last";
    private static final int COST_OF_LAST = 100;
    /** A version takes effect 5 s after it was published. */
    private static final Duration IN_FORCE = Duration.ofSeconds(7);

    /** After the load the key of a run may still be needed for a while. */
    private static final Duration KEY_REMAINS = Duration.ofHours(1);

    private static final int SEEDERS = 32;
    private static final int SEED_POINTS = 1_000_000;
    /** The longest there is: no hold of a short run should return its points by itself. */
    private static final int HOLD_SECONDS = 1_800;

    private final String scenario;
    private final Parameters parameters;
    private final RunId id = RunId.fresh();
    private final Client client;
    private final Measurements measured;
    private final Gauges gauges;
    private final Path scratch;
    private final Journal journal;
    private final AtomicLong numbers = new AtomicLong();
    private final AtomicLong open = new AtomicLong();
    private final ConcurrentLinkedQueue<String> contradictions = new ConcurrentLinkedQueue<>();
    private final AtomicLong contradicted = new AtomicLong();
    private final List<String> notes = new ArrayList<>();
    private List<Gauges.Reading> readings = List.of();
    private boolean watchHeap;
    private Comparison comparison;
    private final Map<String, Double> leastAnswered = new LinkedHashMap<>();
    private final Map<String, Long> highestP99 = new LinkedHashMap<>();
    private final Map<String, Long> mostDone = new LinkedHashMap<>();
    private LastUnit lastUnit;
    private long stockOfLast;
    private double highestSpike;

    Run(String scenario, Parameters parameters) {
        this.scenario = scenario;
        this.parameters = parameters;
        client = new Client(parameters, id);
        measured = new Measurements(parameters.duration());
        gauges = new Gauges(parameters);
        scratch = parameters.reports().resolveSibling("journals");
        journal = new Journal(scratch.resolve(id.text() + ".sent"));
    }

    /** The gateway's heap must not grow without bound: {@link Gauges#heapTrend}. */
    Run watchingHeap() {
        watchHeap = true;
        return this;
    }

    /**
     * The p99 of one request's decided calls must be at most so many times the other's; judged in runs that are long
     * enough.
     */
    Run comparing(String one, String other, double highest) {
        comparison = new Comparison(one, other, highest);
        return this;
    }

    /**
     * The run has a program of its own, with a reward of which there are so many, and which runs out. The p99 of other
     * calls in the second in which it does must be at most so many times that of the median second; judged in runs that
     * are long enough.
     */
    Run runningOut(long stock, double highest) {
        lastUnit = new LastUnit(LAST, stock);
        stockOfLast = stock;
        highestSpike = highest;
        return this;
    }

    /**
     * At least this share of one request's calls must be decided, and not refused or left open; judged in runs that are
     * long enough.
     */
    Run answering(String name, double least) {
        leastAnswered.put(name, least);
        return this;
    }

    /** The p99 of one request's decided calls must be at most so many ms; judged in runs that are long enough. */
    Run within(String name, long highestMs) {
        highestP99.put(name, highestMs);
        return this;
    }

    /** Of one request's calls at most so many may be done, and others must be refused. */
    Run limiting(String name, long most) {
        mostDone.put(name, most);
        return this;
    }

    private record Comparison(String one, String other, double highest) {}

    /** Gives every account points to begin with, so that redeems have something to take. */
    void begin() {
        if (lastUnit != null) {
            publish();
        }
        System.out.printf(
                Locale.ROOT,
                "run %s: %,d accounts get %,d points each%n",
                id.text(),
                parameters.accounts(),
                SEED_POINTS);
        var threads = Executors.newFixedThreadPool(SEEDERS);
        try {
            List<Callable<Void>> earns = new ArrayList<>();
            for (int n = 0; n < parameters.accounts(); n++) {
                Call call = new Call(numbers.getAndIncrement(), Kind.EARN, n, SEED_POINTS);
                earns.add(() -> {
                    client.earn(call);
                    record(call);
                    return null;
                });
            }
            for (Future<Void> earn : threads.invokeAll(earns)) {
                earn.get();
            }
        } catch (java.util.concurrent.ExecutionException e) {
            throw new IllegalStateException(
                    "the gateway at " + parameters.baseUrl() + " can't be used: "
                            + e.getCause().getMessage(),
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        } finally {
            threads.shutdownNow();
        }
        gauges.start(parameters.duration());
    }

    /** A new API key, which earns, and may make so many calls per second. It ends by itself after the run. */
    String keyOf(int perSecond) {
        try {
            return client.key(
                    "load test " + id.text(), perSecond, parameters.duration().plus(KEY_REMAINS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private void publish() {
        try {
            client.publish("""
                    {"format": "stampede.program/1", "program": "%s", "name": "Last units", "basedOn": 0,
                     "effectiveFrom": "now", "timeZone": "UTC", "currency": "EUR",
                     "points": {"names": {"one": "point", "other": "points"}, "expiry": {"type": "never"},
                      "pendingDays": 0, "clawback": "debt", "graceDays": 0, "autoEnrol": true, "backdateDays": 0},
                     "rounding": {"scope": "basket"}, "attributes": [], "measures": [],
                     "earn": [{"id": "base", "rate":
                      {"by": "amount", "points": 1, "per": "1.00", "units": "exact"}}],
                     "redeem": [{"id": "standard", "points": 100, "value": "1.00"}],
                     "stacking": {"groups": []}, "budgets": [], "limits": [], "promotions": [],
                     "rewards": [{"id": "%s", "name": "The last one", "cost": %d,
                      "stock": {"total": %d}}]}""".formatted(parameters.program(), LAST, COST_OF_LAST, stockOfLast));
            Thread.sleep(IN_FORCE.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /**
     * Connections are shared by all users, as those of a till's back end are; nothing is cached but by the scenario.
     */
    HttpProtocolBuilder protocol() {
        return protocol(parameters::key);
    }

    /** The same with another API key. */
    HttpProtocolBuilder protocol(Supplier<String> key) {
        return http.baseUrl(parameters.baseUrl() + "/v1/programs/" + parameters.program() + "/accounts")
                .authorizationHeader(session -> "Bearer " + key.get())
                .contentTypeHeader("application/json")
                .acceptHeader("*/*")
                .shareConnections()
                .disableCaching()
                .sseUnmatchedInboundMessageBufferSize(64);
    }

    ChainBuilder earn(IntSupplier account) {
        return earnOn(session -> account.getAsInt());
    }

    ChainBuilder earn(String name, IntSupplier account) {
        return once(name, Kind.EARN, session -> account.getAsInt(), 200);
    }

    ChainBuilder earnOn(ToIntFunction<Session> account) {
        return once("earn", Kind.EARN, account, 200);
    }

    ChainBuilder redeem(IntSupplier account) {
        return redeem("redeem", account);
    }

    ChainBuilder redeem(String name, IntSupplier account) {
        return once(name, Kind.REDEEM, session -> account.getAsInt(), 100);
    }

    /** Pays for the reward that runs out. */
    ChainBuilder redeemLast(IntSupplier account) {
        return exec(session -> session.set(
                        CALL,
                        opened(new Call(
                                numbers.getAndIncrement(), Kind.REDEEM, account.getAsInt(), COST_OF_LAST, LAST))))
                .exec(post(LAST))
                .exec(this::close);
    }

    /** Afterwards the session has the hold, if one was made. */
    ChainBuilder hold(IntSupplier account) {
        return once("hold", Kind.HOLD, session -> account.getAsInt(), 100);
    }

    /** Whether there is a hold to be captured or voided. */
    static boolean holds(Session session) {
        return session.contains(HOLD);
    }

    ChainBuilder capture() {
        return end("capture", Kind.CAPTURE);
    }

    ChainBuilder voidHold() {
        return end("void", Kind.VOID);
    }

    private ChainBuilder end(String name, Kind kind) {
        return exec(session -> {
                    Held held = session.get(HELD);
                    return session.set(CALL, opened(kind, held.account(), held.points(), 1));
                })
                .exec(post(name))
                .exec(this::close);
    }

    private record Held(int account, int points) {}

    /** @param below the points are random, from 1 to less than that */
    private ChainBuilder once(String name, Kind kind, ToIntFunction<Session> account, int below) {
        return exec(session -> {
                    int points = ThreadLocalRandom.current().nextInt(1, below);
                    Call call = opened(kind, account.applyAsInt(session), points, 1);
                    Session with = session.set(CALL, call);
                    return kind == Kind.HOLD ? with.set(HELD, new Held(call.account, call.points)) : with;
                })
                .exec(post(name))
                .exec(this::close);
    }

    /** The same call three times, one after the other. */
    ChainBuilder threeTimes(String name, Kind kind, IntSupplier account) {
        return exec(session -> session.set(
                        CALL,
                        opened(
                                kind,
                                account.getAsInt(),
                                ThreadLocalRandom.current().nextInt(1, 100),
                                3)))
                .exec(post(name), post(name + " again"), post(name + " again"))
                .exec(this::close);
    }

    /** The same call three times at once, as soon as a balance was read. */
    ChainBuilder threeAtOnce(String name, Kind kind, IntSupplier account) {
        String concurrent = name + " at once";
        return exec(session -> session.set(
                        CALL,
                        opened(
                                kind,
                                account.getAsInt(),
                                ThreadLocalRandom.current().nextInt(1, 100),
                                3)))
                .exec(http("balance")
                        .get(session -> path(call(session).account))
                        .transformResponse((response, session) -> {
                            var unused = measure("balance", response);
                            return response;
                        })
                        .resources(post(concurrent), post(concurrent), post(concurrent)))
                .exec(this::close);
    }

    /** Afterwards the session has its ETag. */
    ChainBuilder balance(IntSupplier account) {
        return exec(session -> session.set(CALL, opened(null, account.getAsInt(), 0, 1)))
                .exec(read("balance").check(status().is(200), header("ETag").saveAs(TAG)))
                .exec(this::close);
    }

    /** The balance of the account that {@link #balance} has read, if it is another one by now. */
    ChainBuilder balanceIfChanged() {
        return exec(session -> session.set(CALL, opened(null, session.getInt("account"), 0, 1)))
                .exec(read("balance with ETag")
                        .header("If-None-Match", session -> session.contains(TAG) ? session.getString(TAG) : "\"none\"")
                        .check(status().in(200, 304)))
                .exec(this::close);
    }

    private HttpRequestActionBuilder read(String name) {
        return http(name).get(session -> path(call(session).account)).transformResponse((response, session) -> {
            note(name, call(session), response);
            return response;
        });
    }

    private HttpRequestActionBuilder post(String name) {
        return http(name)
                .post(this::target)
                .header("Idempotency-Key", session -> id.key(call(session).number))
                .body(StringBody(Run::body))
                .transformResponse((response, session) -> {
                    note(name, call(session), response);
                    return response;
                })
                .check(
                        status().in(200, 201, 404, 409, 410, 422),
                        jmesPath("hold.id").optional().saveAs(HOLD));
    }

    private String target(Session session) {
        Call call = call(session);
        return switch (call.kind) {
            case EARN, REDEEM, HOLD -> path(call.account) + call.kind.path;
            case CAPTURE, VOID -> path(call.account) + "/holds/" + session.getString(HOLD) + call.kind.path;
        };
    }

    private static String body(Session session) {
        Call call = call(session);
        if (call.reward != null) {
            return "{\"reward\":\"" + call.reward + "\"}";
        }
        return switch (call.kind) {
            case EARN, REDEEM -> "{\"points\":" + call.points + "}";
            case HOLD -> "{\"points\":" + call.points + ",\"ttlSeconds\":" + HOLD_SECONDS + "}";
            case CAPTURE, VOID -> "{}";
        };
    }

    String path(int account) {
        return "/" + id.account(account);
    }

    private static Call call(Session session) {
        return session.get(CALL);
    }

    private Call opened(Kind kind, int account, int points, int times) {
        open.incrementAndGet();
        Call call = new Call(kind == null ? -1 : numbers.getAndIncrement(), kind, account, points);
        call.sending(times);
        return call;
    }

    private Call opened(Call call) {
        open.incrementAndGet();
        call.sending(1);
        return call;
    }

    private void note(String name, Call call, Response response) {
        Outcome outcome = measure(name, response);
        boolean several = name.endsWith(" again") || name.endsWith(" at once") || call.kind == Kind.HOLD;
        String id = several && outcome == Outcome.OK && response.status().code() != 304
                ? operationId(response.body().string())
                : null;
        call.answered(outcome, response.status().code(), id);
    }

    private Outcome measure(String name, Response response) {
        int status = response.status().code();
        boolean refused = status == 503 || status == 429;
        String body = refused ? response.body().string() : "";
        Outcome outcome = Outcome.of(status, body);
        long now = response.endTimestamp();
        measured.answered(name, outcome, status == 503, now, now - response.startTimestamp());
        if (lastUnit != null) {
            lastUnit.answered(name, outcome, now, now - response.startTimestamp());
        }
        if (refused) {
            if (response.headers().get("Retry-After") == null) {
                contradict("a " + status + " has no Retry-After");
            }
            if (!String.valueOf(response.headers().get("Content-Type")).startsWith("application/problem+json")
                    || !body.contains("\"retryable\":true")) {
                contradict("a " + status + " is no problem with retryable: true: " + body);
            }
        } else if (status == 400 || status == 405 || status == 413 || status == 415 || status >= 500) {
            contradict(name + " was answered " + status + ": " + response.body().string());
        }
        return outcome;
    }

    /** The first field of an operation. */
    static String operationId(String body) {
        String field = "\"id\":\"";
        int start = body.indexOf(field);
        int end = start < 0 ? -1 : body.indexOf('"', start + field.length());
        return end < 0 ? null : body.substring(start + field.length(), end);
    }

    /** All answers are there, or given up. */
    private Session close(Session session) {
        Call call = call(session);
        for (int n = call.missing(); n > 0; n--) {
            String name = call.kind == null ? "balance" : call.kind.name().toLowerCase(Locale.ROOT);
            measured.answered(name, Outcome.UNKNOWN, false, System.currentTimeMillis(), 0);
            if (lastUnit != null) {
                lastUnit.answered(call.reward == null ? name : LAST, Outcome.UNKNOWN, System.currentTimeMillis(), 0);
            }
        }
        if (call.kind != null) {
            record(call);
        }
        open.decrementAndGet();
        return session.remove(CALL).set("account", call.account).markAsSucceeded();
    }

    private void record(Call call) {
        if (call.contradiction() != null) {
            contradict("key " + id.key(call.number) + " " + call.contradiction());
        }
        journal.write(new Journal.Row(call.number, call.kind, call.account, call.points, call.outcome()));
    }

    /** Something that must not be so, whatever the check finds. Only the first ones are told. */
    void contradict(String what) {
        if (contradicted.incrementAndGet() <= 10) {
            contradictions.add(what);
        }
    }

    /** The time of something that is no request, such as an event. */
    void observed(String name, long tookMs) {
        measured.observed(name, tookMs);
    }

    /** A line for the summary. */
    void note(String line) {
        synchronized (notes) {
            notes.add(line);
        }
    }

    /** What comes after the load. */
    PopulationBuilder check() {
        return scenario(CONSERVATION)
                .exec(session -> session.set(HELD, conclude()))
                .exec(dummy(CONSERVATION, 1).withSuccess(session -> session.getBoolean(HELD)))
                .injectOpen(nothingFor(Duration.ofSeconds(1)), atOnceUsers(1));
    }

    /** The run fails where the check does. */
    static Assertion holds() {
        return details(CONSERVATION).failedRequests().count().is(0L);
    }

    private boolean conclude() {
        Conservation.Result result;
        try {
            result = checked();
        } catch (Exception e) {
            e.printStackTrace();
            result = new Conservation.Result(List.of(), List.of("the check could not be made: " + e));
        }
        boolean holds = result.violations().isEmpty();
        Summary summary = new Summary(scenario, parameters, measured, readings, result);
        System.out.println();
        System.out.print(summary.table());
        notes.forEach(System.out::println);
        result.facts().forEach(System.out::println);
        result.violations().forEach(violation -> System.out.println("FAILED: " + violation));
        System.out.println("conservation check of " + scenario + ": " + (holds ? "holds" : "FAILED"));
        try {
            System.out.println("summary: " + summary.write(id, report(), notes));
        } catch (IOException e) {
            System.out.println("the summary could not be written: " + e);
            return false;
        }
        return holds;
    }

    private Conservation.Result checked() throws Exception {
        for (long waited = 0; open.get() > 0 && waited < PATIENCE.toMillis(); waited += 100) {
            Thread.sleep(100);
        }
        long left = open.get();
        boolean idle = gauges.idle(Duration.ofSeconds(30));
        readings = gauges.stop();
        journal.close();
        Conservation.Result result =
                new Conservation(parameters, id, client).check(journal, scratch.resolve(id.text() + ".cleared"));
        List<String> violations = new ArrayList<>(contradictions);
        if (contradicted.get() > contradictions.size()) {
            violations.add((contradicted.get() - contradictions.size()) + " more of such answers");
        }
        if (left > 0) {
            violations.add(left + " users did not come to an end, and what they sent is not known");
        }
        if (readings.isEmpty()) {
            note("The management port at " + parameters.managementUrl() + " did not answer: no memory, no lag.");
        } else {
            if (!idle) {
                violations.add("30 s after the load the gateway still has operations in flight");
            }
            heap(violations);
        }
        compare(violations);
        answered(violations);
        limited(violations);
        last(violations);
        violations.addAll(result.violations());
        return new Conservation.Result(result.facts(), violations);
    }

    private void heap(List<String> violations) {
        if (!watchHeap) {
            return;
        }
        double trend = Gauges.heapTrend(readings);
        boolean judged = parameters.duration().compareTo(Gauges.SHORTEST_SOAK) >= 0;
        note(String.format(
                Locale.ROOT,
                "Heap after GC in the second half: %+.2f MB a minute; at most %.1f allowed%s.",
                trend,
                parameters.heapTrend(),
                judged ? "" : ", judged from " + Gauges.SHORTEST_SOAK.toMinutes() + " minutes on"));
        if (judged && trend > parameters.heapTrend()) {
            violations.add(String.format(Locale.ROOT, "the gateway's heap after GC grows by %.2f MB a minute", trend));
        }
    }

    private void compare(List<String> violations) {
        if (comparison == null) {
            return;
        }
        long one = measured.p99(comparison.one());
        long other = measured.p99(comparison.other());
        double ratio = (double) one / Math.max(1, other);
        boolean judged = parameters.duration().compareTo(SHORTEST_COMPARISON) >= 0;
        note(String.format(
                Locale.ROOT,
                "p99 of \"%s\" / p99 of \"%s\": %d ms / %d ms = %.2f; at most %.1f allowed%s.",
                comparison.one(),
                comparison.other(),
                one,
                other,
                ratio,
                comparison.highest(),
                judged ? "" : ", judged from " + SHORTEST_COMPARISON.toMinutes() + " minutes on"));
        if (judged && ratio > comparison.highest()) {
            violations.add(String.format(
                    Locale.ROOT,
                    "the p99 of \"%s\" is %.2f times that of \"%s\"",
                    comparison.one(),
                    ratio,
                    comparison.other()));
        }
    }

    private void answered(List<String> violations) {
        boolean judged = parameters.duration().compareTo(SHORTEST_COMPARISON) >= 0;
        String when = judged ? "" : ", judged from " + SHORTEST_COMPARISON.toMinutes() + " minutes on";
        leastAnswered.forEach((name, least) -> {
            double answered = measured.answered(name);
            note(String.format(
                    Locale.ROOT,
                    "Of the calls \"%s\" %.2f %% were answered; at least %.0f %% wanted%s.",
                    name,
                    100 * answered,
                    100 * least,
                    when));
            if (judged && answered < least) {
                violations.add(String.format(
                        Locale.ROOT, "only %.2f %% of the calls \"%s\" were answered", 100 * answered, name));
            }
        });
        highestP99.forEach((name, highest) -> {
            long p99 = measured.p99(name);
            note(String.format(Locale.ROOT, "p99 of \"%s\": %d ms; at most %d ms wanted%s.", name, p99, highest, when));
            if (judged && p99 > highest) {
                violations.add("the p99 of \"" + name + "\" is " + p99 + " ms");
            }
        });
    }

    private void limited(List<String> violations) {
        mostDone.forEach((name, most) -> {
            Measurements.Line line = measured.lines().getOrDefault(name, new Measurements.Line());
            note(String.format(
                    Locale.ROOT,
                    "Of the calls \"%s\" %,d were done, at most %,d allowed; %,d were refused.",
                    name,
                    line.okCount,
                    most,
                    line.refusedCount));
            if (line.okCount > most) {
                violations.add(String.format(Locale.ROOT, "%,d calls \"%s\" were done", line.okCount, name));
            }
            if (line.refusedCount == 0) {
                violations.add("no call \"" + name + "\" was refused");
            }
        });
    }

    private void last(List<String> violations) throws IOException, InterruptedException {
        if (lastUnit == null) {
            return;
        }
        note(lastUnit.told() + ".");
        lastUnit.judge(client.used(), violations);
        LastUnit.Spike spike = lastUnit.spike();
        if (spike == null) {
            return;
        }
        boolean judged = parameters.duration().compareTo(SHORTEST_COMPARISON) >= 0;
        note(String.format(
                Locale.ROOT,
                "p99 of the other calls in the second in which it ran out / in the median second: %d ms / %d ms = %.2f;"
                        + " at most %.1f allowed%s.",
                spike.there(),
                spike.median(),
                spike.ratio(),
                highestSpike,
                judged ? "" : ", judged from " + SHORTEST_COMPARISON.toMinutes() + " minutes on"));
        if (judged && spike.ratio() > highestSpike) {
            violations.add(String.format(
                    Locale.ROOT,
                    "the p99 of other calls is %.2f times as high when the stock runs out",
                    spike.ratio()));
        }
    }

    /** Gatling makes a run's directory at its start, and writes the report into it at the end. */
    private String report() throws IOException {
        String start = scenario.toLowerCase(Locale.ROOT) + "-";
        try (var directories = Files.list(parameters.reports())) {
            return directories
                    .map(directory -> directory.getFileName().toString())
                    .filter(name -> name.startsWith(start))
                    .max(String::compareTo)
                    .map(name -> "loadtests/target/gatling/" + name + "/index.html")
                    .orElse("in loadtests/target/gatling");
        }
    }
}
