package dev.stampede.gateway;

import dev.stampede.account.AccountId;
import dev.stampede.account.By;
import dev.stampede.account.CachedAccount;
import dev.stampede.account.Operation;
import dev.stampede.account.Receipt;
import dev.stampede.account.Signature;
import dev.stampede.account.UnreadableForm;
import dev.stampede.codec.LapseRules;
import dev.stampede.gateway.Unavailable.Code;
import dev.stampede.points.LocalDay;
import dev.stampede.points.MemberPoints;
import dev.stampede.postgres.LedgerClock;
import dev.stampede.postgres.PostgresServers;
import dev.stampede.propose.Proposer;
import dev.stampede.propose.SealNotices;
import dev.stampede.redis.RedisConfig;
import dev.stampede.seal.BudgetBook;
import dev.stampede.seal.Ledger;
import dev.stampede.seal.SealConfig;
import dev.stampede.seal.SealMeters;
import dev.stampede.seal.Sealer;
import dev.stampede.seal.SealerFactory;
import io.micrometer.core.instrument.MeterRegistry;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.impl.VertxInternal;
import io.vertx.redis.client.RedisOptions;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The one entrance for operations. Admits a bounded number of operations, hands each to the write path of its account,
 * and answers on the caller's event loop.
 */
public class Gateway {
    private static final Logger LOG = Logger.getLogger(Gateway.class);
    private static final long CLOSE_MS = 3000;
    private static final long COUNT_MS = 250;
    private static final int MOST_INVALID_CODES = 5;
    private static final int MOST_FREEZES = 10;
    private static final String INVALID_CODES =
            MOST_INVALID_CODES + " member codes within an hour were made by no gateway";
    private static final String NO_RULES = "The program's rules cannot be read now.";
    /** A new secret signs only when it is four times as old as this. */
    private static final long SECRETS_MS = 30_000;

    private final Vertx vertx;
    private final GatewayConfig config;
    private final GatewayMeters meters;
    private final LedgerClock clock;
    private final ProgramClocks clocks;
    private final ProgramTimes programs;
    private final SealNotices notices;
    private final BudgetBook budgets = new BudgetBook();
    private final SharedTotals totals = new SharedTotals(budgets);
    private volatile boolean counting;
    private volatile Consumer<List<Signature.Secret>> secretsWatcher = secrets -> {};
    private final List<WriteLoop> loops = new ArrayList<>();
    private final Places places;
    private final AtomicInteger reads = new AtomicInteger();
    private final SealMeters sealMeters;
    private final Background background;
    private final List<Long> timers = new ArrayList<>();

    /** An event loop with its connections and everything that runs on it. An account always uses the same one. */
    private record WriteLoop(
            Context context,
            Proposer proposer,
            Sealer sealer,
            Ledger ledger,
            WritePath path,
            Reads reads,
            Comparison comparison) {}

    /**
     * @param redis the location of Redis, as for the client library
     * @param postgres its servers; the one that takes writes is found among them
     * @param programs their clocks and time zones
     * @param ids generates ids that are never used again: UUIDs of version 7
     */
    public Gateway(
            Vertx vertx,
            RedisOptions redis,
            PostgresServers postgres,
            RedisConfig redisConfig,
            SealConfig sealConfig,
            GatewayConfig config,
            LedgerClock clock,
            ProgramTimes programs,
            Supplier<UUID> ids,
            SealerFactory sealers,
            MeterRegistry registry) {
        this.vertx = vertx;
        this.config = config;
        this.places = new Places(
                config.maxInFlight(), config.maxInFlightPerKey().orElse(Math.max(1, config.maxInFlight() / 4)));
        this.meters = new GatewayMeters(registry);
        this.clock = clock;
        this.clocks = new ProgramClocks(clock, programs);
        this.programs = programs;
        this.notices = new SealNotices(vertx, ((VertxInternal) vertx).createEventLoopContext(), redis);
        this.sealMeters = new SealMeters(registry);
        for (int i = 0; i < sealConfig.sealers(); i++) {
            Context context = ((VertxInternal) vertx).createEventLoopContext(); // each call takes the next event loop
            Proposer proposer = new Proposer(vertx, context, redis, redisConfig);
            Sealer sealer = sealers.sealer(
                    vertx,
                    context,
                    postgres,
                    sealConfig,
                    clock,
                    sealMeters,
                    (account, version, id) ->
                            proposer.noteSealed(account, version, id).onFailure(e -> meters.discarded("unnoted")),
                    budgets,
                    proposer::epoch);
            Ledger ledger = new Ledger(vertx, context, postgres, sealConfig, clock, sealer);
            Loader loader = new Loader(proposer, ledger, meters);
            Repairs repairs = new Repairs(proposer, sealer, ledger, meters);
            Comparison comparison = new Comparison(proposer, ledger, loader, repairs, clocks, config, meters);
            WritePath path = new WritePath(
                    vertx, proposer, sealer, ledger, loader, repairs, comparison, clocks, totals, ids, config, meters);
            Reads balances = new Reads(vertx, proposer, ledger, loader, repairs, config, meters, path::inHand);
            WriteLoop loop = new WriteLoop(context, proposer, sealer, ledger, path, balances, comparison);
            proposer.askForSecrets(() -> learnSecrets(loop));
            loops.add(loop);
        }
        background = new Background(vertx, this, config, meters);
        meters.gauge("stampede.in.flight", "Operations in flight", places::taken);
        meters.gauge("stampede.reads.in.flight", "Reads of balances and keys in flight", reads::get);
        meters.gauge("stampede.seal.queue", "Proposals waiting for their batch", this::sealQueue);
        budgets.onNew(total -> meters.budget(
                total,
                () -> budgets.told(total.number()),
                () -> budgets.now(total).total()));
        meters.gauge("stampede.redis.up", "Whether every write path is connected to Redis", () -> redisUp() ? 1 : 0);
        meters.gauge("stampede.postgres.up", "Whether Postgres takes writes", () -> postgresUp() ? 1 : 0);
        meters.gauge("stampede.clock.offset", "Offset of the clock from Postgres', in ms", () ->
                (int) Math.max(Integer.MIN_VALUE, Math.min(Integer.MAX_VALUE, clock.offsetMs())));
    }

    /** Connects. Fails if Redis or Postgres cannot be used. */
    public Future<Void> start() {
        List<Future<?>> connected = new ArrayList<>();
        for (WriteLoop loop : loops) {
            connected.add(on(
                    loop,
                    it -> it.sealer
                            .connect()
                            .compose(v -> it.ledger.connect())
                            .compose(v -> learnSecrets(it))
                            .recover(e -> Future.failedFuture(new NoStart("quarkus.datasource.reactive.url", e)))
                            .compose(v -> it.proposer
                                    .connect()
                                    .recover(e -> Future.failedFuture(new NoStart("quarkus.redis.hosts", e))))));
            timers.add(vertx.setPeriodic(100, id -> loop.context.runOnContext(v -> loop.path.checkDeadlines())));
            timers.add(vertx.setPeriodic(
                    SECRETS_MS,
                    id -> loop.context.runOnContext(
                            v -> learnSecrets(loop).onFailure(e -> LOG.debugf("secrets: %s", e.getMessage())))));
        }
        return Future.all(connected)
                .compose(v -> countBudgets())
                .recover(e -> connected.stream().allMatch(Future::succeeded)
                        ? Future.succeededFuture(List.of()) // counted again in a moment
                        : Future.failedFuture(e))
                .map(v -> {
                    timers.add(vertx.setPeriodic(COUNT_MS, id -> {
                        if (!counting) {
                            counting = true;
                            countBudgets().onComplete(counted -> counting = false);
                        }
                    }));
                    background.start();
                    return null;
                });
    }

    private Future<Void> learnSecrets(WriteLoop loop) {
        return loop.ledger
                .secrets()
                .onSuccess(secrets -> {
                    loop.proposer.secrets(secrets);
                    secretsWatcher.accept(secrets);
                })
                .mapEmpty();
    }

    /** Tells the secrets that all gateways share, the one that signs first, whenever they were read. */
    public void watchSecrets(Consumer<List<Signature.Secret>> watcher) {
        secretsWatcher = watcher;
    }

    private Future<List<BudgetBook.Total>> countBudgets() {
        return on(loops.get(0), loop -> loop.ledger.budgets(budgets));
    }

    /** What is left of all shared totals, as the ledger says now. */
    public Uni<List<BudgetBook.Total>> budgets() {
        return Uni.createFrom().emitter(emitter -> {
            Context caller = vertx.getOrCreateContext();
            countBudgets()
                    .onComplete(counted -> caller.runOnContext(v -> {
                        if (counted.succeeded()) {
                            emitter.complete(counted.result());
                        } else {
                            emitter.fail(new Unavailable(
                                    Code.UNAVAILABLE,
                                    "The budgets cannot be read now. Try again later.",
                                    counted.cause()));
                        }
                    }));
        });
    }

    /** Prices by what is left of shared totals, as it is known. */
    public SharedTotals totals() {
        return totals;
    }

    /** One of the two servers cannot be used. */
    public static final class NoStart extends RuntimeException {
        private final String setting;

        NoStart(String setting, Throwable cause) {
            super(cause.getMessage(), cause);
            this.setting = setting;
        }

        /** The setting that says where the server is. */
        public String setting() {
            return setting;
        }
    }

    /** Ends the background work, waits for what is in flight (bounded), and disconnects. */
    public Future<Void> stop() {
        background.stop();
        Promise<Void> drained = Promise.promise();
        long until = System.nanoTime() + config.answerTimeout().toNanos();
        vertx.setPeriodic(20, id -> {
            if (places.taken() == 0 || System.nanoTime() - until > 0) {
                vertx.cancelTimer(id);
                drained.tryComplete();
            }
        });
        return drained.future().compose(v -> {
            timers.forEach(vertx::cancelTimer);
            List<Future<?>> closed = new ArrayList<>();
            notices.close();
            for (WriteLoop loop : loops) {
                closed.add(on(
                        loop,
                        it -> it.sealer
                                .close()
                                .eventually(() -> it.ledger.close())
                                .onComplete(v2 -> it.proposer.close())));
            }
            Promise<Void> gone = Promise.promise();
            vertx.setTimer(CLOSE_MS, id -> gone.tryComplete()); // a hanging server does not delay the shutdown
            Future.join(closed).onComplete(all -> gone.tryComplete());
            return gone.future();
        });
    }

    /**
     * Does an operation. Fails with {@link Unavailable} if the operation cannot be done or its outcome is unknown; any
     * other failure is a bug.
     */
    public Uni<Answer> submit(Operation operation) {
        return submit(operation, null);
    }

    /**
     * @param again makes the operation for another time (ms since the epoch), if its days are no longer valid; null if
     *     it has none
     */
    public Uni<Answer> submit(Operation operation, @Nullable LongFunction<Operation> again) {
        return submit(operation, again, left -> {});
    }

    /** @param left told before the answer, in the caller's context, if the account has a rate and this was counted */
    public Uni<Answer> submit(Operation operation, @Nullable LongFunction<Operation> again, Consumer<RateLeft> left) {
        return submit(operation, again, left, false);
    }

    /** The answer that {@link #submit} would give; no points move. */
    public Uni<Answer> dryRun(Operation operation, @Nullable LongFunction<Operation> again, Consumer<RateLeft> left) {
        return submit(operation, again, left, true);
    }

    private Uni<Answer> submit(
            Operation operation, @Nullable LongFunction<Operation> again, Consumer<RateLeft> left, boolean dryRun) {
        return Uni.createFrom().emitter(emitter -> {
            long arrived = System.nanoTime();
            Context caller = vertx.getOrCreateContext();
            AtomicReference<@Nullable RateLeft> counted = new AtomicReference<>();
            admit(operation, again, counted, dryRun)
                    .recover(e -> limited(operation.header(), dryRun, e))
                    .onComplete(result -> {
                        meters.answered(
                                operation.type(),
                                outcome(result.result(), result.cause()),
                                System.nanoTime() - arrived);
                        count(result.result());
                        caller.runOnContext(v -> {
                            RateLeft rest = counted.get();
                            if (rest != null) {
                                left.accept(rest);
                            }
                            if (result.succeeded()) {
                                emitter.complete(result.result());
                            } else {
                                emitter.fail(result.cause());
                            }
                        });
                    });
        });
    }

    /** What happens in a sandbox moves no points that anybody owns. */
    private void count(@Nullable Answer answer) {
        if (answer instanceof Answer.Sealed sealed
                && !sealed.replayed()
                && sealed.operation().ok()
                && !clocks.isSandbox(sealed.operation().account())) {
            meters.moved(sealed.operation());
        }
    }

    /** A repeat gets its answer: a key that Redis has forgotten is looked up, as long as there are places for reads. */
    private Future<Answer> limited(Operation.Header call, boolean dryRun, Throwable why) {
        return !(why instanceof RateLimited) || dryRun || call.key() == null
                ? Future.failedFuture(why)
                : read(call.account(), loop -> loop.reads.answered(call))
                        .recover(e -> Future.succeededFuture(Optional.empty()))
                        .compose(before ->
                                before.map(Future::succeededFuture).orElseGet(() -> Future.failedFuture(why)));
    }

    /** @param counted gets what the account has left of its rate, before there is an answer */
    private Future<Answer> admit(
            Operation operation,
            @Nullable LongFunction<Operation> again,
            AtomicReference<@Nullable RateLeft> counted,
            boolean dryRun) {
        By by = operation.header().by();
        Unavailable full = places.take(by);
        if (full != null) {
            return Future.failedFuture(full);
        }
        WriteLoop loop = loop(operation.account());
        Promise<Answer> promise = Promise.promise();
        loop.context.runOnContext(v -> {
            Unavailable why = unavailable(loop, operation);
            if (why != null) {
                places.giveBack(by);
                promise.fail(why);
            } else {
                WritePath.Submitted submitted = loop.path.submit(operation, again, dryRun);
                submitted.answer().onComplete(answer -> {
                    counted.set(submitted.left().get());
                    promise.handle(answer);
                });
                submitted.finished().onComplete(done -> places.giveBack(by));
            }
        });
        return promise.future();
    }

    /** Why an operation is refused before Redis is asked; null if it is not. */
    private @Nullable Unavailable unavailable(WriteLoop loop, Operation operation) {
        AccountId account = operation.account();
        if (!loop.proposer.up(account)) {
            return new Unavailable(Code.UNAVAILABLE, "Redis is not reachable. Nothing was done. Try again later.");
        }
        if (loop.path.refusesWrites()) {
            return new Unavailable(Code.UNAVAILABLE, "Postgres does not answer. Nothing was done. Try again later.");
        }
        if (loop.proposer.waitingOfSeveral(account) >= config.maxInFlight() / 2 / loops.size()) {
            // this master hangs, even if that is not detected yet; keep room for the accounts of the other masters
            return new Unavailable(
                    Code.OVERLOADED,
                    "Too many operations wait for one Redis master. Nothing was done. Try again later.");
        }
        int most = config.maxInFlightPerAccount();
        if (most > 0 && operation.isLimited() && loop.path.underWay(account) >= most) {
            return new Unavailable(
                    Code.OVERLOADED,
                    "Too many operations of this account are in flight. Nothing was done. Try again later.");
        }
        return null;
    }

    private static String outcome(@Nullable Answer answer, @Nullable Throwable failure) {
        if (answer instanceof Answer.Sealed sealed) {
            return sealed.operation().ok()
                    ? (sealed.replayed() ? "replayed" : "ok")
                    : sealed.operation().outcome();
        } else if (answer instanceof Answer.Refused refused) {
            return refused.refusal().code();
        } else if (answer instanceof Answer.Unchanged) {
            return "unchanged";
        } else if (answer instanceof Answer.Would) {
            return "dry_run";
        }
        if (failure instanceof RateLimited) {
            return "rate_limited";
        } else if (failure instanceof NotTheirs) {
            return "forbidden";
        }
        return failure instanceof Unavailable unavailable
                ? unavailable.code().name().toLowerCase(java.util.Locale.ROOT)
                : "bug";
    }

    /** The account's newest image, from Redis, or from Postgres if Redis does not have it; null if there is none. */
    public Uni<@Nullable CachedAccount> peek(AccountId account) {
        return uni(account, loop -> loop.reads.peek(account));
    }

    /** The account at its newest sealed operation; null if there is none. */
    public Uni<@Nullable CachedAccount> sealedPeek(AccountId account) {
        return uni(account, loop -> loop.reads.sealedPeek(account));
    }

    /** The same, read from Postgres even if Redis has the account. */
    public Uni<@Nullable CachedAccount> sealedImage(AccountId account) {
        return uni(account, loop -> loop.reads.sealedImage(account));
    }

    /** What Postgres has under a key; {@link Unavailable} (outcome_unknown) while Redis has it unsealed. */
    public Uni<KeyLookup> findByKey(AccountId account, String key) {
        return uni(account, loop -> loop.reads.findByKey(account, key))
                .map(found -> new KeyLookup(found.operation(), found.voided()));
    }

    /**
     * The answer that the same call got before, if there was one; {@link Unavailable} (outcome_unknown) while that call
     * is in progress. For a call that would be refused: no points move.
     */
    public Uni<Optional<Answer>> answered(Operation.Header call) {
        return uni(call.account(), loop -> loop.reads.answered(call));
    }

    /** Calls {@code watcher} after any gateway has sealed an operation of the account; notices may be lost. */
    public void watch(AccountId account, Runnable watcher) {
        notices.watch(account, watcher);
    }

    public void unwatch(AccountId account, Runnable watcher) {
        notices.unwatch(account, watcher);
    }

    /** Calls {@code watcher} after any gateway has changed API keys; notices may be lost. */
    public void watchKeys(Runnable watcher) {
        notices.watchKeys(watcher);
    }

    /** Tells all gateways that API keys have changed: a hint, which may be lost. */
    public void tellKeysChanged() {
        WriteLoop loop = loops.get(0);
        loop.context.runOnContext(v ->
                loop.proposer.tellKeysChanged().onFailure(e -> LOG.debugf("a notice of keys: %s", e.getMessage())));
    }

    /** Calls {@code watcher} with what any gateway {@link #tellLive tells}, this one included; some may be lost. */
    public void watchLive(Consumer<String> watcher) {
        notices.watchLive(watcher);
    }

    /** Tells all gateways what this one has done in a second: information, which may be lost. */
    public void tellLive(String second) {
        WriteLoop loop = loops.get(0);
        loop.context.runOnContext(v ->
                loop.proposer.tellLive(second).onFailure(e -> LOG.debugf("telling what was done: %s", e.getMessage())));
    }

    /** What it has done, and does. */
    public Pulse pulse() {
        return new Pulse(
                meters.operations(),
                meters.answers().counts(),
                sealMeters.lags().counts(),
                meters.earned(),
                meters.redeemed(),
                places.taken(),
                sealQueue());
    }

    /** All shared totals, with what is left of each, as this gateway knows it. */
    public List<BudgetBook.Total> knownBudgets() {
        return budgets.told();
    }

    /** Whether calls to Postgres keep failing, so that writes are refused. */
    public boolean breakerOpen() {
        return loops.stream().anyMatch(loop -> loop.sealer.keepsFailing());
    }

    /** The offset of this machine's clock from Postgres', in ms: positive if this machine's is behind. */
    public long clockOffsetMs() {
        return clock.offsetMs();
    }

    /**
     * Notes that somebody has sent a member code that no gateway has made. After the fifth one within an hour the
     * account is frozen for spending, unless its sender has caused ten freezes within an hour. Does nothing where the
     * account is not open. Never fails: it is a side of a refusal.
     *
     * @param code its hash: the same code counts once
     * @param by who has sent it, which a freeze says; null if nobody knows
     */
    public Uni<Void> noteInvalidMemberCode(AccountId account, String code, @Nullable By by) {
        return Uni.createFrom().emitter(emitter -> {
            Context caller = vertx.getOrCreateContext();
            ifOpen(
                            account,
                            loop -> loop.proposer
                                    .noteInvalidCode(account, code, MOST_INVALID_CODES)
                                    .compose(tooMany ->
                                            tooMany ? freezeSpending(account, by) : Future.succeededFuture()))
                    .onFailure(e -> LOG.warnf("an invalid member code is not counted: %s", e.getMessage()))
                    .onComplete(done -> caller.runOnContext(v -> emitter.complete(null)));
        });
    }

    private Future<Void> ifOpen(AccountId account, Function<WriteLoop, Future<Void>> next) {
        return read(account, loop -> loop.reads.peek(account))
                .compose(there -> there != null && isOpen(there.image().state())
                        ? on(loop(account), next)
                        : Future.succeededFuture());
    }

    private Future<Void> freezeSpending(AccountId account, @Nullable By by) {
        String sender = by == null ? "nobody" : by.id();
        return ifOpen(
                account,
                loop -> loop.proposer
                        .noteFreeze(sender, account, clock.nowMs(), MOST_FREEZES)
                        .compose(may -> {
                            if (may) {
                                return freeze(account, by)
                                        .compose(v -> loop.proposer.forgetInvalidCodes(account, MOST_INVALID_CODES));
                            }
                            meters.leftOpen();
                            LOG.warnf(
                                    "%s: the account is not frozen, %s has caused %d freezes within an hour",
                                    INVALID_CODES, sender, MOST_FREEZES);
                            return Future.succeededFuture();
                        }));
    }

    private Future<Void> freeze(AccountId account, @Nullable By by) {
        ZoneId zone = zone(account);
        if (zone == null) {
            return Future.failedFuture(new Unavailable(Code.UNAVAILABLE, NO_RULES));
        }
        LongFunction<Operation> freeze = at -> new Operation.Freeze(
                Operation.Header.of(account, LocalDay.of(at, zone)).by(by),
                true,
                Receipt.byHand(INVALID_CODES, null, null));
        return admit(freeze.apply(clocks.nowMs(account)), freeze, new AtomicReference<>(), false)
                .map(answer -> {
                    if (answer instanceof Answer.Sealed sealed
                            && sealed.operation().ok()) {
                        meters.frozen();
                        LOG.warnf("an account was frozen for spending: %s", INVALID_CODES);
                    }
                    return null;
                });
    }

    private static boolean isOpen(MemberPoints state) {
        return state.enrolled() && !state.closed() && !state.isFrozen();
    }

    /** Marks a ticket for the account as used; answers false if it was so already, and fails if Redis cannot tell. */
    public Future<Boolean> useTicket(AccountId account, String nonce) {
        return on(loop(account), loop -> loop.proposer.useTicket(account, nonce));
    }

    /** Real time, in ms since the epoch: that at which operations are decided, except in sandboxes. */
    public long nowMs() {
        return clock.nowMs();
    }

    /** The time at which operations of the account are decided, in ms since the epoch. */
    public long nowMs(AccountId account) {
        return clocks.nowMs(account);
    }

    public boolean redisUp() {
        return loops.stream().allMatch(loop -> loop.proposer.allUp());
    }

    public boolean postgresUp() {
        return loops.stream().noneMatch(loop -> loop.path.refusesWrites());
    }

    /** The Postgres in which operations are sealed. */
    public record Primary(int server, String epoch) {}

    /** Null while there is none. */
    public @Nullable Primary primary() {
        for (WriteLoop loop : loops) {
            String epoch = loop.sealer.up() ? loop.sealer.epoch() : null;
            if (epoch != null) {
                return new Primary(loop.sealer.server(), epoch);
            }
        }
        return null;
    }

    /** Whether the clock is close enough to Postgres'. */
    public boolean clockTrue() {
        return Math.abs(clock.offsetMs()) <= config.maxClockOffset().toMillis();
    }

    public Duration retryAfter() {
        return config.retryAfter();
    }

    /** Whether less than that share of the places would be taken after {@code others} other writes. */
    public boolean hasRoom(int others, double share) {
        return places.hasRoom(others, share);
    }

    /** Whether a key, by its id, may have another operation in flight. */
    public boolean hasRoom(String key) {
        return places.hasRoom(key);
    }

    /** How many operations an account may have per second; 0: no limit. */
    public int rateLimitPerAccount() {
        return config.rateLimitPerAccount();
    }

    /** Operations in flight in this gateway. */
    public int inFlight() {
        return places.taken();
    }

    /** Proposals that wait for their batch. */
    public int sealQueue() {
        return loops.stream().mapToInt(loop -> loop.sealer.waiting()).sum();
    }

    Future<List<Short>> lanesDue(String owner, Duration lease) {
        return on(loops.get(0), loop -> loop.ledger.lanesDue(owner, lease));
    }

    Future<Ledger.Due> due(short lane, Ledger.Due before, int limit) {
        return on(loops.get(0), loop -> loop.ledger.due(lane, before, limit));
    }

    Future<Proposer.Scanned> scan(String cursor, int count) {
        return on(loops.get(0), loop -> loop.proposer.scan(cursor, count));
    }

    Future<ComparisonResult> compare(AccountId account) {
        return on(loop(account), loop -> loop.comparison.compare(account));
    }

    Future<Void> sweep() {
        return background.sweep();
    }

    /** In which time zone the account's days end; null while its program cannot be read. */
    public @Nullable ZoneId zone(AccountId account) {
        return programs.zone(account.program(), clock.nowMs());
    }

    /** Records what time alone has changed; not while the account's program cannot be read. */
    Future<Answer> lapse(AccountId account) {
        ZoneId zone = zone(account);
        if (zone == null) {
            return Future.failedFuture(new Unavailable(Code.UNAVAILABLE, NO_RULES));
        }
        LapseRules rules = programs.lapsing(account.program(), clocks.realMs());
        LongFunction<Operation> lapse =
                at -> new Operation.Lapse(Operation.Header.of(account, LocalDay.of(at, zone)), rules);
        return admit(lapse.apply(clocks.nowMs(account)), lapse, new AtomicReference<>(), false);
    }

    private WriteLoop loop(AccountId account) {
        return loops.get(account.lane() % loops.size());
    }

    /** Does a read. The number of reads is bounded separately: they never take the places of writes. */
    private <T extends @Nullable Object> Future<T> read(AccountId account, Function<WriteLoop, Future<T>> question) {
        if (reads.incrementAndGet() > config.maxReads()) {
            reads.decrementAndGet();
            return Future.failedFuture(
                    new Unavailable(Code.OVERLOADED, "Too many reads are in flight. Try again later."));
        }
        return on(loop(account), question).onComplete(result -> reads.decrementAndGet());
    }

    private <T extends @Nullable Object> Uni<T> uni(AccountId account, Function<WriteLoop, Future<T>> question) {
        return Uni.createFrom().emitter(emitter -> {
            Context caller = vertx.getOrCreateContext();
            read(account, question).onComplete(result -> {
                caller.runOnContext(v -> {
                    if (result.succeeded()) {
                        emitter.complete(result.result());
                    } else if (result.cause() instanceof Unavailable) {
                        emitter.fail(result.cause());
                    } else {
                        String why = result.cause() instanceof UnreadableForm unreadable
                                ? unreadable.getMessage()
                                : "The account cannot be read now. Try again later.";
                        emitter.fail(new Unavailable(Code.UNAVAILABLE, why, result.cause()));
                    }
                });
            });
        });
    }

    private static <T extends @Nullable Object> Future<T> on(WriteLoop loop, Function<WriteLoop, Future<T>> question) {
        Promise<T> promise = Promise.promise();
        loop.context.runOnContext(
                v -> Future.succeededFuture(loop).compose(question).onComplete(promise));
        return promise.future();
    }
}
