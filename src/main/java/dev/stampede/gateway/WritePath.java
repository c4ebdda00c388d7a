package dev.stampede.gateway;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.stampede.account.AccountId;
import dev.stampede.account.Image;
import dev.stampede.account.LedgerSnapshot;
import dev.stampede.account.Operation;
import dev.stampede.account.OperationType;
import dev.stampede.account.Proposal;
import dev.stampede.account.SealedOperation;
import dev.stampede.account.Unique;
import dev.stampede.account.UnreadableForm;
import dev.stampede.codec.Gone;
import dev.stampede.gateway.Unavailable.Code;
import dev.stampede.points.Refusal;
import dev.stampede.points.Unpriceable;
import dev.stampede.postgres.PostgresUnavailable;
import dev.stampede.propose.ProposeReply;
import dev.stampede.propose.Proposer;
import dev.stampede.redis.RedisUnavailable;
import dev.stampede.seal.Ledger;
import dev.stampede.seal.LedgerLookup;
import dev.stampede.seal.Outcome;
import dev.stampede.seal.Sealer;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgException;
import io.vertx.redis.client.impl.types.ErrorType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The processing of operations: Redis proposes, Postgres seals, the caller is answered. A gateway has a few write
 * paths, each with its own event loop and connections. An account always uses the same one; therefore no locks are
 * needed. {@link Stage} draws the way of one operation.
 *
 * <p>An operation is proposed again, under the same key, until it is sealed or found in Postgres. This happens after
 * its image turned out to be wrong (it is discarded and loaded again), and after Redis did not answer (if Redis did
 * execute the first call, the second call finds its key there). Each proposal has a new id: no two can be confused.
 */
final class WritePath {
    private static final Logger LOG = Logger.getLogger(WritePath.class);
    private static final long RETRY_MS = 100;
    private static final long DAY_MS = 86_400_000;
    /** How often facts are read again before Redis is not believed any more. */
    private static final int MOST_STALE = 100;

    private static final long MOST_STALE_MS = 20;
    /** How often an attempt lets others try for units of which there may be too few for both, ... */
    private static final int MOST_TURNS = 7;
    /** ... and how long for the first time; then twice as long each time: 0.6 s in all. */
    private static final long TURN_MS = 5;

    private static final String KEEPS_CHANGING =
            "The account's state keeps changing. Send the call again with the same key.";

    private final Vertx vertx;
    private final Proposer proposer;
    private final Sealer sealer;
    private final Ledger ledger;
    private final Loader loader;
    private final Repairs repairs;
    private final Comparison comparison;
    private final ProgramClocks clocks;
    private final SharedTotals totals;
    private final Supplier<UUID> ids;
    private final GatewayConfig config;
    private final GatewayMeters meters;
    /** Oldest first; including attempts whose caller was told that the outcome is unknown. */
    private final Set<Attempt> underWay = new LinkedHashSet<>();
    /** How many of them each account has. */
    private final Map<AccountId, Integer> underWayByAccount = new HashMap<>();
    /** Accounts with too many unsealed operations, whose oldest ones are being sealed. */
    private final Set<AccountId> helped = new HashSet<>();

    /**
     * @param answer for the caller, in bounded time
     * @param finished completes when nothing of the attempt is in flight
     * @param left what the account has left of its rate, once there is an answer; null if the attempt was not counted
     */
    record Submitted(Future<Answer> answer, Future<Void> finished, Supplier<@Nullable RateLeft> left) {}

    WritePath(
            Vertx vertx,
            Proposer proposer,
            Sealer sealer,
            Ledger ledger,
            Loader loader,
            Repairs repairs,
            Comparison comparison,
            ProgramClocks clocks,
            SharedTotals totals,
            Supplier<UUID> ids,
            GatewayConfig config,
            GatewayMeters meters) {
        this.vertx = vertx;
        this.proposer = proposer;
        this.sealer = sealer;
        this.ledger = ledger;
        this.loader = loader;
        this.repairs = repairs;
        this.comparison = comparison;
        this.clocks = clocks;
        this.totals = totals;
        this.ids = ids;
        this.config = config;
        this.meters = meters;
    }

    /** @param again makes the operation for another time (ms since the epoch); null if it has no days */
    Submitted submit(Operation operation, @Nullable LongFunction<Operation> again, boolean dryRun) {
        Attempt attempt = new Attempt(
                operation,
                again,
                dryRun,
                System.nanoTime() + config.answerTimeout().toNanos());
        underWay.add(attempt);
        underWayByAccount.merge(operation.account(), 1, Integer::sum);
        attempt.finished.future().onComplete(done -> {
            underWay.remove(attempt);
            underWayByAccount.computeIfPresent(operation.account(), (id, count) -> count == 1 ? null : count - 1);
            totals.stopTrying(attempt);
        });
        step(attempt, () -> {
            if (operation instanceof Operation.Reverse
                    || operation instanceof Operation.VoidCall
                    || operation.changesAttributes()) {
                fetchFacts(attempt);
            } else {
                propose(attempt);
            }
        });
        return new Submitted(attempt.answer.future(), attempt.finished.future(), () -> attempt.left);
    }

    /** Answers the callers whose time is up; called periodically. */
    void checkDeadlines() {
        long now = System.nanoTime();
        Iterator<Attempt> oldestFirst = underWay.iterator();
        List<Attempt> late = new ArrayList<>(0);
        while (oldestFirst.hasNext()) {
            Attempt attempt = oldestFirst.next();
            if (attempt.deadlineNanos - now > 0) {
                break;
            }
            late.add(attempt);
        }
        for (Attempt attempt : late) {
            attempt.answer.tryFail(new Unavailable(
                    Code.OUTCOME_UNKNOWN, "There was no answer in time. Send the call again with the same key."));
        }
    }

    private void propose(Attempt attempt) {
        if (attempt.isAbandoned()) {
            attempt.finish(); // nothing of the attempt is in flight
            return;
        }
        if (attempt.tries++ >= config.maxTries()) {
            fail(attempt, Code.UNAVAILABLE, KEEPS_CHANGING);
            return;
        }
        Future<Repairs.Rewound> underWay = repairs.underWay(attempt.account());
        if (underWay != null) {
            attempt.tries--;
            attempt.enter(Stage.REPAIRING);
            underWay.onComplete(guarded(attempt, rewound -> propose(attempt)));
            return;
        }
        if (!attempt.keyLookedUp && (attempt.dryRun || repairs.isForgetful(attempt.account()))) {
            attempt.tries--;
            attempt.keyLookedUp = true;
            String key = attempt.operation.key();
            if (key == null) {
                lookUpClaim(attempt);
            } else {
                lookUpKey(attempt, key);
            }
            return;
        }
        if (!clocks.isConfirmed(attempt.account())) {
            if (attempt.tries < config.maxTries()) {
                later(attempt, RETRY_MS, () -> propose(attempt));
            } else {
                fail(attempt, Code.UNAVAILABLE, "The time of the sandbox is not known now. Try again later.");
            }
            return;
        }
        if (attempt.operation.shares() && !totals.knows(attempt.operation)) {
            if (attempt.tries < config.maxTries()) {
                later(attempt, RETRY_MS, () -> propose(attempt)); // a version is known a moment before its budgets
            } else {
                fail(attempt, Code.UNAVAILABLE, SharedTotals.UNKNOWN);
            }
            return;
        }
        if (attempt.operation.shares()
                && !attempt.dryRun
                && !totals.startTrying(attempt)
                && attempt.turns < MOST_TURNS) {
            attempt.tries--;
            later(attempt, TURN_MS << attempt.turns++, () -> propose(attempt));
            return;
        }
        UUID id = ids.get();
        Operation operation = attempt.propose(id);
        if (operation.shares()) {
            operation = totals.sharing(operation, attempt::left);
        }
        UUID tombstone = operation.voids() == null ? null : ids.get();
        long sent = System.nanoTime();
        proposer.propose(
                        operation,
                        id,
                        tombstone,
                        clocks.nowMs(attempt.account()),
                        attempt.facts,
                        rate(attempt),
                        attempt.dryRun)
                .onComplete(guarded(attempt, result -> {
                    meters.proposed(System.nanoTime() - sent);
                    if (result.succeeded()) {
                        proposed(attempt, result.result());
                    } else if (isOfPostgres(result.cause())) {
                        attempt.unknown |= !attempt.dryRun; // Redis has answered, but the answer cannot be checked yet
                        retryLater(attempt, result.cause(), () -> propose(attempt));
                    } else {
                        redisFailed(attempt, result.cause());
                    }
                }));
    }

    /** The limit that Redis applies; null for none. What may have been done already counts as it has counted. */
    private Proposer.@Nullable Rate rate(Attempt attempt) {
        int perSecond = config.rateLimitPerAccount();
        return perSecond == 0 || attempt.unknown || !attempt.operation.isLimited()
                ? null
                : new Proposer.Rate(perSecond, clocks.realMs());
    }

    /**
     * Looks up the key in Postgres before proposing, on accounts where callers repeat keys that Redis has forgotten, or
     * receipts; then the receipt. If such a key or receipt were proposed, the seal would refuse it, and all operations
     * that rest on it would have to be proposed again. Those of a dry run are also looked up: a dry run is never
     * sealed.
     */
    private void lookUpKey(Attempt attempt, String key) {
        AccountId account = attempt.account();
        attempt.enter(Stage.LOOKING_UP);
        meters.keyLookedUp();
        ledger.keyUsed(account, key).onComplete(guarded(attempt, used -> {
            if (used.failed() || !used.result()) {
                lookUpClaim(attempt); // the seal checks both in any case
                return;
            }
            if (!attempt.dryRun) {
                repairs.forgetful(account);
            }
            ledger.findByKey(account, key).onComplete(guarded(attempt, found -> {
                if (found.succeeded() && found.result().operation() != null) {
                    replay(attempt, found.result());
                } else {
                    propose(attempt);
                }
            }));
        }));
    }

    /** Proposes it after a look-up of what only one operation may have, if there is such a thing. */
    private void lookUpClaim(Attempt attempt) {
        Unique unique = attempt.operation.unique();
        if (unique == null) {
            propose(attempt);
            return;
        }
        attempt.enter(Stage.LOOKING_UP);
        ledger.claimed(attempt.account(), unique).onComplete(guarded(attempt, found -> {
            if (found.succeeded()) {
                attempt.usedBy(found.result());
            }
            propose(attempt);
        }));
    }

    private void proposed(Attempt attempt, ProposeReply reply) {
        if (reply instanceof ProposeReply.Metered metered) {
            attempt.left = new RateLeft(metered.calls(), metered.wholeMs());
            proposed(attempt, metered.reply());
            return;
        }
        AccountId account = attempt.account();
        if (!(reply instanceof ProposeReply.Decided)) {
            totals.stopTrying(attempt);
        }
        Future<Repairs.Rewound> underWay = repairs.underWay(account);
        if (underWay != null && (reply instanceof ProposeReply.Decided || reply instanceof ProposeReply.KeyUsed)) {
            // Redis replied before the rewind
            attempt.unknown = true;
            attempt.enter(Stage.REPAIRING);
            underWay.onComplete(guarded(attempt, rewound -> {
                if (rewound.succeeded() && rewound.result().dropped()) {
                    attempt.tries--;
                    again(attempt);
                } else {
                    attempt.enter(Stage.PROPOSING);
                    proposed(attempt, reply);
                }
            }));
        } else if (reply instanceof ProposeReply.Decided decided) {
            attempt.unknown = true;
            totals.decided(attempt, decided.own().decision().uses());
            attempt.enter(Stage.SEALING);
            sealer.seal(account, decided.chain())
                    .onComplete(guarded(attempt, outcome -> sealEnded(attempt, decided.own(), outcome.result())));
        } else if (reply instanceof ProposeReply.KeyUsed known) {
            known(attempt, known);
        } else if (reply instanceof ProposeReply.NotLoaded) {
            load(attempt);
        } else if (reply instanceof ProposeReply.NeedsFacts) {
            fetchFacts(attempt);
        } else if (reply instanceof ProposeReply.FactsStale) {
            attempt.tries--; // others may undo parts of the same target, one after the other
            int stale = ++attempt.stale;
            if (stale > 2 * MOST_STALE) {
                fail(attempt, Code.UNAVAILABLE, KEEPS_CHANGING);
            } else if (stale == MOST_STALE) {
                // what Redis says of the target is wrong
                discardAndRetry(attempt, proposer.discard(account).map(true));
            } else if (stale == (config.maxTries() + 1) / 2) {
                compareAndRetry(
                        attempt); // too often for a race: the image may be behind Postgres, or have another history
            } else {
                later(attempt, Math.min(MOST_STALE_MS, 1L + stale), () -> fetchFacts(attempt));
            }
        } else if (reply instanceof ProposeReply.AnotherDay day) {
            boolean far = Math.abs(clocks.nowMs(account) / 2 - day.atMs() / 2) > DAY_MS / 2; // an overflow is avoided
            if (far && !clocks.isSandbox(account)) {
                compareAndRetry(attempt); // no clock is off by this much: the image is wrong
            } else {
                attempt.remake(day.atMs());
                again(attempt);
            }
        } else if (reply instanceof ProposeReply.Full full) {
            attempt.tries--; // the next one says what the member can forget, and cannot get this reply
            forget(attempt, full);
        } else if (reply instanceof ProposeReply.TooManyUnsealed busy) {
            if (helped.add(account)) {
                // no unsealed operation is listed, and none is being sealed here: the report may be wrong
                boolean doubtful = busy.unsealed().isEmpty() && !sealer.holds(account);
                logged(account, doubtful ? repairs.makeRoom(account) : repairs.sealOrphans(account, busy.unsealed()))
                        .onComplete(done -> helped.remove(account));
            }
            fail(attempt, Code.OVERLOADED, "The account has too many operations in flight. Send the call again later.");
        } else if (reply instanceof ProposeReply.Limited limited) {
            attempt.left = null; // the refusal tells it
            attempt.finish(new RateLimited(limited.waitMs()));
        } else if (reply instanceof ProposeReply.NotEnrolled) {
            confirm(attempt, false, new Answer.Refused(Refusal.ACCOUNT_NOT_FOUND));
        } else if (reply instanceof ProposeReply.NeedsMemberCode) {
            attempt.finish(new Unpriceable(
                    Unpriceable.Why.MEMBER_CODE_REQUIRED,
                    "So many points are only spent with a code that the member shows: send it as memberCode."));
        } else if (reply instanceof ProposeReply.Unchanged unchanged) {
            if (attempt.operation instanceof Operation.Enrol) {
                confirm(attempt, true, new Answer.Unchanged(unchanged.image()));
            } else {
                attempt.finish(new Answer.Unchanged(unchanged.image()));
            }
        } else if (reply instanceof ProposeReply.DryRun would) {
            attempt.finish(new Answer.Would(
                    SealedOperation.of(would.proposal()),
                    would.proposal().decision().uses()));
        } else if (reply instanceof ProposeReply.Broken broken) {
            attempt.unknown |= !attempt.dryRun; // the operation may be decided although the reply cannot be read
            meters.discarded("broken");
            LOG.warnf("image of %s is broken, loading it again: %s", account, broken.message());
            if (++attempt.broken > 2) {
                bug(attempt, "the image stays broken: " + broken.message());
            } else {
                discardAndRetry(attempt, proposer.discard(account).map(true));
            }
        } else {
            throw new IllegalStateException("unknown kind of reply: " + reply);
        }
    }

    /** Proposes the operation again, with what no version of the program has any more of what the member remembers. */
    private void forget(Attempt attempt, ProposeReply.Full full) {
        Gone gone = clocks.gone(attempt.account(), full.promotions(), full.counters());
        if (gone != null) {
            attempt.forget(gone);
            again(attempt);
        } else if (attempt.tries++ < config.maxTries()) {
            later(attempt, RETRY_MS, () -> forget(attempt, full));
        } else {
            fail(attempt, Code.UNAVAILABLE, "The versions of the program are not known now. Try again later.");
        }
    }

    /**
     * Answers Redis' statement on the account's enrolment (and on its attributes, if the operation sets them) if
     * Postgres confirms it: Redis' word alone decides nothing.
     */
    private void confirm(Attempt attempt, boolean enrolled, Answer answer) {
        AccountId account = attempt.account();
        attempt.enter(Stage.CONFIRMING);
        ledger.find(account).onComplete(guarded(attempt, result -> {
            if (result.failed()) {
                postgresFailed(attempt, result.cause());
                return;
            }
            LedgerSnapshot there = result.result().account();
            UUID expected = attempt.operation instanceof Operation.Enrol enrol ? enrol.head() : null;
            if ((expected != null && !expected.equals(there.image().head()))
                    || there.image().state().enrolled() != enrolled
                    || (enrolled && !hasAttributes(there, attempt.operation))) {
                compareAndRetry(attempt);
            } else {
                attempt.finish(answer);
            }
        }));
    }

    private static boolean hasAttributes(LedgerSnapshot there, Operation operation) {
        return !(operation instanceof Operation.Enrol enrol)
                || enrol.set() == null
                || (enrol.set().text().equals(there.attributes()) && enrol.set().areIn(there.image()));
    }

    /** Seals proposals of other gateways; the gateway that is first seals them for all. */
    private void help(AccountId account, List<Proposal> unsealed) {
        if (!unsealed.isEmpty()) {
            logged(account, sealer.help(account, unsealed));
        }
    }

    @CanIgnoreReturnValue
    private static <T> Future<T> logged(AccountId account, Future<T> help) {
        return help.onFailure(e -> LOG.warnf("sealing for others on %s: %s", account, e.getMessage()));
    }

    private void sealEnded(Attempt attempt, Proposal own, Outcome outcome) {
        totals.stopTrying(attempt);
        switch (outcome.fate()) {
            case SEALED -> attempt.finish(Answer.Sealed.now(own));
            case REFUSED, REFUSED_ALONE -> resolve(attempt, own, outcome);
            case CULPRIT, BEHIND -> {
                attempt.enter(Stage.REPAIRING);
                repairs.rewind(attempt.account(), outcome)
                        .onComplete(guarded(attempt, rewound -> rewound(attempt, own, outcome, rewound)));
            }
            case POISONED -> {
                Future<Boolean> discard =
                        proposer.discard(attempt.account(), own.decision().version(), own.id());
                if (++attempt.inexplicable > 2) {
                    // repeated, so the cause is not an edited image but a bug
                    discard.onComplete(v -> bug(attempt, "a proposal that cannot be stored: " + own.id()));
                } else {
                    discardAndRetry(attempt, discard);
                }
            }
        }
    }

    private void rewound(Attempt attempt, Proposal own, Outcome outcome, AsyncResult<Repairs.Rewound> rewound) {
        boolean culprit = outcome.fate() == Outcome.Fate.CULPRIT;
        if (rewound.failed()) {
            // the proposal is not in Postgres and never will be
            retryLater(attempt, rewound.cause(), () -> resolve(attempt, own, outcome));
        } else if (culprit && outcome.reason() == Outcome.Reason.KEY) {
            LedgerLookup found = rewound.result().found();
            if (rewound.result().culprit().equals(own.id())
                    && found.operation() != null
                    && !found.operation().id().equals(own.id())) {
                replay(attempt, found);
            } else {
                resolve(attempt, own, outcome); // the rewind was for another culprit
            }
        } else if (culprit && outcome.reason() == Outcome.Reason.CLAIM) {
            learnClaim(attempt, own);
        } else if (culprit && outcome.reason() == Outcome.Reason.CODE) {
            attempt.remake(clocks.nowMs(attempt.account())); // with another code
            again(attempt);
        } else if (culprit && outcome.lack() != null) {
            LedgerLookup found = rewound.result().found();
            if (found.operation() != null && found.operation().id().equals(own.id())) {
                replay(attempt, found); // units came back, and another gateway has sealed it
                return;
            }
            attempt.lacks(outcome.lack().budget(), outcome.lack().left());
            attempt.tries--; // each time it asks for less
            again(attempt);
        } else {
            if (!culprit) {
                attempt.tries--; // the proposal was right by itself; the caller's deadline still bounds the attempts
            }
            again(attempt);
        }
    }

    /** Asks Postgres who has what only one operation may have, and proposes again: a decline if another one has it. */
    private void learnClaim(Attempt attempt, Proposal own) {
        Unique unique = Objects.requireNonNull(own.operation().unique());
        ledger.claimed(attempt.account(), unique).onComplete(guarded(attempt, found -> {
            if (found.failed()) {
                retryLater(attempt, found.cause(), () -> learnClaim(attempt, own));
            } else {
                if (found.result() == null) {
                    attempt.tries--; // whoever had claimed it was not sealed; the caller's deadline bounds the attempts
                }
                attempt.usedBy(found.result());
                again(attempt);
            }
        }));
    }

    /** Proposes the operation again, on the present state. */
    private void again(Attempt attempt) {
        if (attempt.isMade()) {
            fetchFacts(attempt);
        } else {
            propose(attempt);
        }
    }

    /** Finds out about a proposal that our call did not insert: it is in Postgres already, or never will be. */
    private void resolve(Attempt attempt, Proposal own, Outcome outcome) {
        attempt.enter(Stage.RESOLVING);
        Operation operation = attempt.operation;
        (operation.key() != null
                        ? ledger.findByKey(attempt.account(), operation.key())
                        : ledger.findById(attempt.account(), own.id()))
                .onComplete(guarded(attempt, result -> {
                    if (result.failed()) {
                        // repeated until known: a caller must not hear of a failure while the operation may be in
                        // Postgres
                        retryLater(attempt, result.cause(), () -> resolve(attempt, own, outcome));
                        return;
                    }
                    LedgerLookup found = result.result();
                    if (found.operation() != null && found.operation().id().equals(own.id())) {
                        // the commit was not answered; therefore no gateway has told Redis
                        proposer.noteSealed(attempt.account(), own.decision().version(), own.id())
                                .onFailure(e -> meters.discarded("unnoted"));
                        if (operation.key() != null) {
                            replay(attempt, found); // the operation may have been voided meanwhile
                        } else {
                            attempt.finish(Answer.Sealed.now(own));
                        }
                    } else if (found.operation() != null) {
                        // Redis had forgotten the key: the image contains a proposal that will never be sealed
                        meters.discarded("key");
                        attempt.enter(Stage.REPAIRING);
                        proposer.discard(attempt.account(), own.decision().version(), own.id())
                                .onComplete(guarded(attempt, v -> replay(attempt, found)));
                    } else {
                        wrongImage(attempt, own, found, outcome);
                    }
                }));
    }

    private void wrongImage(Attempt attempt, Proposal own, LedgerLookup found, Outcome outcome) {
        var decision = own.decision();
        boolean isAhead = outcome.reason() == Outcome.Reason.TIME;
        boolean explained = outcome.fate() != Outcome.Fate.REFUSED_ALONE
                || decision.target() != null
                || !decision.prev().equals(found.head())
                || !decision.digest().equals(found.digest());
        if ((isAhead || !explained) && ++attempt.inexplicable > 2 && isAhead) {
            // the clock was set back: since the account's last operation, or since this gateway has read it
            proposer.discard(attempt.account(), decision.version(), own.id())
                    .onComplete(v -> fail(
                            attempt,
                            Code.UNAVAILABLE,
                            clocks.isSandbox(attempt.account())
                                    ? "The sandbox's clock was set back. Move it forwards, or try again later."
                                    : "The database clock is behind the account's last operation. Try again later."));
            return;
        }
        if (attempt.inexplicable > 2) {
            bug(attempt, "refused without a conflict: " + own.id());
            return;
        }
        meters.discarded("refused");
        discardAndRetry(attempt, proposer.discard(attempt.account(), decision.version(), own.id()));
    }

    /** Redis contradicts Postgres: the image is discarded, unless the two agree by now. */
    private void compareAndRetry(Attempt attempt) {
        discardAndRetry(attempt, comparison.compare(attempt.account()).map(true));
    }

    private void discardAndRetry(Attempt attempt, Future<Boolean> discard) {
        attempt.enter(Stage.REPAIRING);
        discard.onComplete(guarded(attempt, result -> {
            if (result.succeeded()) {
                again(attempt);
            } else if (isOfPostgres(result.cause())) {
                postgresFailed(attempt, result.cause());
            } else {
                redisFailed(attempt, result.cause());
            }
        }));
    }

    private static boolean isOfPostgres(Throwable cause) {
        return cause instanceof PostgresUnavailable || cause instanceof PgException || cause instanceof UnreadableForm;
    }

    /** The key (or the key to void) was used before: waits until the operation is sealed, then looks it up. */
    private void known(Attempt attempt, ProposeReply.KeyUsed known) {
        AccountId account = attempt.account();
        attempt.unknown |= !known.ofVoid();
        Future<Outcome> pending = sealer.pending(account, known.id());
        if (pending == null && known.isBehind()) {
            attempt.enter(Stage.REPAIRING);
            // other proposals stand before it; each round seals them, or discards those that cannot be sealed
            repairs.sealOrphans(account, known.unsealed()).onComplete(guarded(attempt, drift -> {
                if (drift.failed() && isOfPostgres(drift.cause())) {
                    retryLater(attempt, drift.cause(), () -> again(attempt));
                } else if (drift.failed()) {
                    redisFailed(attempt, drift.cause());
                } else {
                    attempt.tries -= drift.result() == ComparisonResult.WRONG ? 0 : 1; // otherwise there was progress
                    later(attempt, 1, () -> again(attempt));
                }
            }));
            return;
        }
        help(account, known.unsealed());
        pending = sealer.pending(account, known.id());
        if (pending == null) {
            lookUpKnown(attempt, known);
            return;
        }
        attempt.enter(Stage.AWAITING);
        pending.onComplete(guarded(attempt, outcome -> {
            if (outcome.succeeded() && outcome.result().culprit() != null) {
                attempt.enter(Stage.REPAIRING);
                repairs.rewind(account, outcome.result()).onComplete(guarded(attempt, rewound -> again(attempt)));
            } else {
                lookUpKnown(attempt, known);
            }
        }));
    }

    private void lookUpKnown(Attempt attempt, ProposeReply.KeyUsed known) {
        attempt.enter(Stage.LOOKING_UP);
        Operation operation = attempt.operation;
        String key = Objects.requireNonNull(known.ofVoid() ? operation.voids() : operation.key());
        ledger.findByKey(attempt.account(), key).onComplete(guarded(attempt, result -> {
            if (result.failed()) {
                retryLater(attempt, result.cause(), () -> lookUpKnown(attempt, known));
            } else if (result.result().operation() == null
                    || (known.ofVoid() && !result.result().operation().id().equals(known.id()))) {
                // Redis has a key that Postgres lacks or has for another operation: the image is wrong
                meters.discarded("key");
                discardAndRetry(attempt, proposer.discard(attempt.account(), known.version(), known.id(), key));
            } else if (isOfOthers(attempt, result.result())) {
                attempt.finish(new NotTheirs());
            } else if (known.ofVoid()) {
                attempt.know(result.result().facts());
                propose(attempt);
            } else {
                replay(attempt, result.result());
            }
        }));
    }

    /**
     * Answers with the operation sealed under this key: by an earlier call, or by a proposal of this attempt whose
     * outcome was lost.
     */
    private void replay(Attempt attempt, LedgerLookup found) {
        Answer answer = Replay.of(attempt.operation.header(), found);
        attempt.finish(
                answer instanceof Answer.Sealed sealed
                                && attempt.hasProposed(sealed.operation().id())
                        ? new Answer.Sealed(sealed.operation(), false, false)
                        : answer);
    }

    private void load(Attempt attempt) {
        AccountId account = attempt.account();
        meters.reloaded();
        attempt.enter(Stage.LOADING);
        ledger.load(account).onComplete(guarded(attempt, result -> {
            if (result.failed()) {
                postgresFailed(attempt, result.cause());
            } else if (result.result().image().version() == 0 && !attempt.creates()) {
                notThere(attempt);
            } else {
                loader.put(account, result.result()).onComplete(guarded(attempt, put -> {
                    if (put.failed()) {
                        redisFailed(attempt, put.cause());
                    } else {
                        propose(attempt);
                    }
                }));
            }
        }));
    }

    /** The account was not found; answers this if Postgres confirms it under the row lock. */
    private void notThere(Attempt attempt) {
        ledger.find(attempt.account()).onComplete(guarded(attempt, result -> {
            if (result.failed()) {
                postgresFailed(attempt, result.cause());
            } else if (result.result().version() == 0) {
                attempt.finish(new Answer.Refused(Refusal.ACCOUNT_NOT_FOUND));
            } else {
                propose(attempt);
            }
        }));
    }

    /** Asks Postgres for what the operation rests on: the one that it undoes, or the attributes that it changes. */
    private void fetchFacts(Attempt attempt) {
        attempt.enter(Stage.FETCHING_FACTS);
        Operation operation = attempt.operation;
        AccountId account = attempt.account();
        Future<LedgerLookup> find = operation.voids() != null
                ? ledger.findByKey(account, operation.voids())
                : ledger.findById(account, operation.changesAttributes() ? Image.NO_HEAD : operation.target());
        find.onComplete(guarded(attempt, result -> {
            if (result.failed()) {
                postgresFailed(attempt, result.cause());
                return;
            }
            LedgerLookup found = result.result();
            if (operation.voids() == null) {
                if (found.version() == 0) {
                    attempt.finish(new Answer.Refused(Refusal.ACCOUNT_NOT_FOUND));
                    return;
                }
                if (operation.changesAttributes()) {
                    attempt.know(found.attributes());
                    propose(attempt);
                    return;
                }
                if (operation instanceof Operation.EndOfHold
                        && (found.operation() == null
                                || found.operation().type() != OperationType.HOLD
                                || !found.operation().ok())) {
                    attempt.finish(new Answer.Refused(Refusal.HOLD_NOT_FOUND));
                    return;
                }
                if (found.operation() == null) {
                    attempt.finish(new Answer.Refused(Refusal.OPERATION_NOT_FOUND));
                    return;
                }
            }
            if (isOfOthers(attempt, found)) {
                attempt.finish(new NotTheirs());
                return;
            }
            attempt.know(found.facts());
            propose(attempt);
        }));
    }

    /** Whether it voids a call that only others may void. */
    private static boolean isOfOthers(Attempt attempt, LedgerLookup found) {
        return attempt.operation instanceof Operation.VoidCall of
                && found.operation() != null
                && !of.mayVoid(found.operation());
    }

    private void redisFailed(Attempt attempt, Throwable cause) {
        boolean sent = cause instanceof RedisUnavailable failure && failure.outcomeUnknown();
        attempt.unknown |= sent && !attempt.dryRun;
        if (attempt.unknown && !attempt.dryRun) {
            // Redis may have executed the call. When Redis answers again, the repeated call finds the key.
            if (attempt.tries < config.maxTries()) {
                later(attempt, RETRY_MS, () -> propose(attempt));
                return;
            }
            fail(attempt, Code.OUTCOME_UNKNOWN, "Redis did not answer. Send the call again with the same key.");
            return;
        }
        if (!(cause instanceof RedisUnavailable) && !(cause instanceof ErrorType)) {
            bug(attempt, cause);
            return;
        }
        attempt.finish(new Unavailable(
                RedisUnavailable.isFull(cause) ? Code.OVERLOADED : Code.UNAVAILABLE,
                cause instanceof ErrorType
                        ? "Redis refused the call. Nothing was done. Try again later."
                        : "Redis did not answer. Nothing was done. Try again later.",
                cause));
    }

    /** A look-up failed before a proposal was decided. */
    private void postgresFailed(Attempt attempt, Throwable cause) {
        if (cause instanceof UnreadableForm form) {
            unreadable(attempt, form);
            return;
        }
        Code code = attempt.unknown ? Code.OUTCOME_UNKNOWN : Code.UNAVAILABLE;
        attempt.finish(new Unavailable(code, "Postgres did not answer. Send the call again with the same key.", cause));
    }

    /** The deciding look-up failed. Retries it until the caller's deadline. */
    private void retryLater(Attempt attempt, Throwable cause, Runnable again) {
        if (attempt.isAbandoned()) {
            attempt.finish();
        } else if (cause instanceof UnreadableForm form) {
            unreadable(attempt, form);
        } else if (isOfPostgres(cause)) {
            later(attempt, RETRY_MS, again);
        } else {
            bug(attempt, cause);
        }
    }

    /**
     * A newer release has written the account, or the operation that this one refers to. Nothing was done, unless a
     * proposal of this attempt is in Redis or Postgres without our knowledge. Postgres can still be asked for its key,
     * and this tells.
     *
     * <p>This requires that the formats of rows and of images rise together. Then no proposal of this release rests on
     * a decision of a newer release, and no newer release seals a proposal of this one.
     */
    private void unreadable(Attempt attempt, UnreadableForm cause) {
        if (!attempt.unknown || attempt.operation.key() == null) {
            attempt.finish(new Unavailable(Code.UNAVAILABLE, cause.getMessage(), cause));
            return;
        }
        attempt.enter(Stage.RESOLVING);
        ledger.findByKey(attempt.account(), attempt.operation.key()).onComplete(guarded(attempt, result -> {
            boolean never;
            if (result.failed()) {
                never = result.cause() instanceof UnreadableForm; // then the operation is not from this release
            } else if (result.result().operation() == null) {
                never = result.result().isUnreadable(); // behind this head no proposal of this release can be sealed
            } else {
                try {
                    replay(attempt, result.result());
                    return;
                } catch (UnreadableForm e) {
                    never = true;
                }
            }
            Code code = never ? Code.UNAVAILABLE : Code.OUTCOME_UNKNOWN;
            attempt.finish(new Unavailable(code, cause.getMessage(), cause));
        }));
    }

    private void later(Attempt attempt, long ms, Runnable step) {
        vertx.setTimer(ms, id -> step(attempt, step));
    }

    private void step(Attempt attempt, Runnable step) {
        try {
            step.run();
        } catch (RuntimeException e) {
            caught(attempt, e);
        }
    }

    /** Wraps a callback of an attempt: an exception in it ends the attempt. */
    private <T> Handler<AsyncResult<T>> guarded(Attempt attempt, Handler<AsyncResult<T>> callback) {
        return result -> {
            try {
                callback.handle(result);
            } catch (RuntimeException e) {
                caught(attempt, e);
            }
        };
    }

    private void caught(Attempt attempt, RuntimeException e) {
        if (e instanceof UnreadableForm form) {
            unreadable(attempt, form);
        } else if (e instanceof Unpriceable) {
            attempt.finish(e); // nothing was proposed: what it is refused for never changes
        } else {
            bug(attempt, e);
        }
    }

    private static void fail(Attempt attempt, Code code, String message) {
        attempt.finish(new Unavailable(attempt.unknown ? Code.OUTCOME_UNKNOWN : code, message));
    }

    private void bug(Attempt attempt, String message) {
        bug(attempt, new IllegalStateException(message));
    }

    private void bug(Attempt attempt, Throwable cause) {
        meters.bug();
        attempt.finish(cause);
    }

    /** How many operations of the account are in progress in this write path. */
    int underWay(AccountId account) {
        return underWayByAccount.getOrDefault(account, 0);
    }

    boolean refusesWrites() {
        return sealer.refusesWrites() || ledger.isHanging();
    }

    /** Whether a call with this key is in progress in this write path, in any stage. */
    boolean inHand(AccountId account, String key) {
        return sealer.holds(account, key)
                || underWay.stream()
                        .anyMatch(attempt -> !attempt.dryRun
                                && key.equals(attempt.operation.key())
                                && account.equals(attempt.account()));
    }
}
