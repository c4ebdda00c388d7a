package dev.stampede.gateway;

import dev.stampede.account.AccountId;
import dev.stampede.account.CachedAccount;
import dev.stampede.account.LedgerSnapshot;
import dev.stampede.account.Operation;
import dev.stampede.account.SealedOperation;
import dev.stampede.gateway.Unavailable.Code;
import dev.stampede.propose.Proposer;
import dev.stampede.redis.RedisUnavailable;
import dev.stampede.seal.Ledger;
import dev.stampede.seal.LedgerLookup;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiPredicate;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Reads balances and keys. Nothing is proposed; unsealed operations of other gateways are sealed if an answer depends
 * on them.
 */
final class Reads {
    private static final Logger LOG = Logger.getLogger(Reads.class);

    private final Vertx vertx;
    private final Proposer proposer;
    private final Ledger ledger;
    private final Loader loader;
    private final Repairs repairs;
    private final GatewayConfig config;
    private final GatewayMeters meters;
    private final BiPredicate<AccountId, String> inHand;

    /** @param inHand whether a call under that key is in progress in this gateway */
    Reads(
            Vertx vertx,
            Proposer proposer,
            Ledger ledger,
            Loader loader,
            Repairs repairs,
            GatewayConfig config,
            GatewayMeters meters,
            BiPredicate<AccountId, String> inHand) {
        this.vertx = vertx;
        this.proposer = proposer;
        this.ledger = ledger;
        this.loader = loader;
        this.repairs = repairs;
        this.config = config;
        this.meters = meters;
        this.inHand = inHand;
    }

    /** The newest image of an account, from Redis or else from Postgres; null if there is no such account. */
    Future<@Nullable CachedAccount> peek(AccountId account) {
        Future<CachedAccount> there = proposer.up(account) ? proposer.peek(account) : Future.succeededFuture();
        return there.recover(e -> RedisUnavailable.isFull(e)
                        // Redis is available but slow: Postgres would not be faster
                        ? Future.failedFuture(
                                new Unavailable(Code.OVERLOADED, "Too many reads wait for Redis. Try again later."))
                        : Future.succeededFuture())
                .compose(peek -> peek != null || loader.isAbsent(account)
                        ? Future.succeededFuture(peek)
                        : peekAtPostgres(account));
    }

    private Future<@Nullable CachedAccount> peekAtPostgres(AccountId account) {
        meters.missed();
        return ledger.readToLoad(account).map(loaded -> {
            if (loaded.image().version() == 0) {
                loader.rememberAbsent(account);
            } else if (proposer.up(account)) {
                // loads the account for the next read; a failure does not matter
                loader.put(account, loaded).onFailure(e -> LOG.debugf("loading %s: %s", account, e.getMessage()));
            }
            return cached(loaded);
        });
    }

    /** The account as Postgres has it; null if there is no such account. */
    Future<@Nullable CachedAccount> sealedImage(AccountId account) {
        return ledger.readImage(account).map(Reads::cached);
    }

    private static @Nullable CachedAccount cached(LedgerSnapshot loaded) {
        var image = loaded.image();
        return image.version() == 0
                ? null
                : new CachedAccount(image, image.version(), image.head(), loaded.attributes());
    }

    /** The account at its newest sealed operation; null if there is no such account. */
    Future<@Nullable CachedAccount> sealedPeek(AccountId account) {
        return peek(account)
                .compose(peek -> peek == null || peek.isSealed() ? Future.succeededFuture(peek) : sealedImage(account));
    }

    /** What Postgres has under a key. Fails with outcome_unknown while this may still change without another call. */
    Future<LedgerLookup> findByKey(AccountId account, String key) {
        if (inHand.test(account, key)) {
            return Future.failedFuture(
                    new Unavailable(Code.OUTCOME_UNKNOWN, "A call with this key is in progress. Ask again later."));
        }
        return proposer.holdsUnsealed(account, key)
                .map(unsealed -> unsealed ? Boolean.TRUE : Boolean.FALSE)
                .recover(e -> Future.succeededFuture(null))
                .compose(unsealed ->
                        ledger.readByKey(account, key).compose(found -> foundByKey(account, key, found, unsealed)));
    }

    /** @param unsealed whether Redis has the key unsealed; null if Redis does not answer */
    private Future<LedgerLookup> foundByKey(
            AccountId account, String key, LedgerLookup found, @Nullable Boolean unsealed) {
        SealedOperation sealed = found.operation();
        if (Boolean.TRUE.equals(unsealed)) {
            if (sealed == null) {
                return inTime(proposer.unsealed(account)
                        .compose(
                                orphans -> repairs.sealOrphans(account, orphans),
                                e -> e instanceof IllegalArgumentException
                                        ? repairs.discardBroken(account).map(ComparisonResult.WRONG)
                                        : Future.failedFuture(e))
                        .compose(v -> ledger.readByKey(account, key))
                        .compose(again -> again.operation() != null
                                ? Future.succeededFuture(again)
                                : never(account, key, again)));
            }
            // No gateway has told Redis, for example because one was killed after a commit. It could stay so for long:
            // the operation cannot be sealed again, and the comparison takes time to find it.
            proposer.noteSealed(account, sealed.version(), sealed.id()).onFailure(e -> meters.discarded("unnoted"));
        } else if (sealed == null && unsealed == null) {
            return Future.failedFuture(new Unavailable(
                    Code.OUTCOME_UNKNOWN,
                    "The database does not have this key, and Redis does not answer. Ask again later."));
        }
        return Future.succeededFuture(found);
    }

    /**
     * The key is not in Postgres. It never will be, unless Redis still has it in a form that this release cannot read.
     */
    private Future<LedgerLookup> never(AccountId account, String key, LedgerLookup found) {
        return proposer.holdsUnsealed(account, key)
                .compose(unsealed -> unsealed
                        ? Future.failedFuture(new Unavailable(
                                Code.OUTCOME_UNKNOWN, "The operation is not committed yet. Ask again later."))
                        : Future.succeededFuture(found));
    }

    /** The answer, or a failure with outcome_unknown after a time limit. */
    private <T> Future<T> inTime(Future<T> answer) {
        Promise<T> promise = Promise.promise();
        long timer = vertx.setTimer(
                config.answerTimeout().toMillis(),
                id -> promise.tryFail(
                        new Unavailable(Code.OUTCOME_UNKNOWN, "The operation is being committed. Ask again later.")));
        answer.onComplete(result -> {
            vertx.cancelTimer(timer);
            if (result.succeeded()) {
                promise.tryComplete(result.result());
            } else {
                promise.tryFail(result.cause());
            }
        });
        return promise.future();
    }

    /** The answer that the same call got before, if there was one; nothing is proposed. */
    Future<Optional<Answer>> answered(Operation.Header call) {
        AccountId account = call.account();
        String key = Objects.requireNonNull(call.key()); // without one, no call is the same as another
        return inHand.test(account, key)
                ? Future.failedFuture(
                        new Unavailable(Code.OUTCOME_UNKNOWN, "A call with this key is in progress. Ask again later."))
                : proposer.holdsUnsealed(account, key)
                        .compose(unsealed -> ledger.keyUsed(account, key)
                                .compose(used -> used || unsealed
                                        ? findByKey(account, key)
                                                .map(found -> found.operation() == null
                                                        ? Optional.<Answer>empty()
                                                        : Optional.of(Replay.of(call, found)))
                                        : Future.succeededFuture(Optional.empty())));
    }
}
