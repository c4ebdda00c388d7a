package dev.stampede.gateway;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.stampede.account.AccountId;
import dev.stampede.account.Proposal;
import dev.stampede.propose.Proposer;
import dev.stampede.seal.Ledger;
import dev.stampede.seal.LedgerLookup;
import dev.stampede.seal.Outcome;
import dev.stampede.seal.Sealer;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Repairs an account in Redis: resets it to the sealed state after Postgres has refused an operation, or seals the
 * proposals that a gateway has left unsealed.
 *
 * <p>Used from one event loop.
 */
final class Repairs {
    private static final Logger LOG = Logger.getLogger(Repairs.class);
    private static final int MAX_FORGETFUL = 10_000;
    private static final Duration FORGETFUL = Duration.ofMinutes(10);

    private final Proposer proposer;
    private final Sealer sealer;
    private final Ledger ledger;
    private final GatewayMeters meters;
    private final Map<AccountId, Future<Rewound>> rewinding = new HashMap<>();
    /** Accounts on which a caller has recently repeated a key that Redis had forgotten, or a receipt. */
    private final Cache<AccountId, Boolean> forgetful = Caffeine.newBuilder()
            .maximumSize(MAX_FORGETFUL)
            .expireAfterWrite(FORGETFUL)
            .build();

    Repairs(Proposer proposer, Sealer sealer, Ledger ledger, GatewayMeters meters) {
        this.proposer = proposer;
        this.sealer = sealer;
        this.ledger = ledger;
        this.meters = meters;
    }

    /** Whether callers repeat keys on this account that Redis has forgotten, or receipts. */
    boolean isForgetful(AccountId account) {
        return forgetful.getIfPresent(account) != null;
    }

    void forgetful(AccountId account) {
        forgetful.put(account, true);
    }

    /** The current rewind of the account; null if there is none. */
    @Nullable
    Future<Rewound> underWay(AccountId account) {
        return rewinding.get(account);
    }

    /**
     * @param culprit the proposal because of which the account was rewound
     * @param found what Postgres has under the culprit's key, or under its id
     * @param dropped whether Redis had the culprit and everything that rests on it, and has now dropped them
     */
    record Rewound(UUID culprit, LedgerLookup found, boolean dropped) {}

    /**
     * Resets an account in Redis to the sealed state because Postgres has refused an operation for good. Only that
     * operation is wrong: the account's image in Redis need not be discarded. This is done once, however many
     * operations rest on the culprit; operations that arrive meanwhile wait.
     */
    Future<Rewound> rewind(AccountId account, Outcome outcome) {
        Future<Rewound> underWay = rewinding.get(account);
        if (underWay != null) {
            return underWay;
        }
        Proposal culprit = Objects.requireNonNull(outcome.culprit());
        boolean byKey = outcome.reason() == Outcome.Reason.KEY;
        if (byKey || outcome.reason() == Outcome.Reason.CLAIM) {
            forgetful(account);
        }
        meters.rewound();
        Future<LedgerLookup> find = byKey
                ? ledger.findByKey(
                        account, Objects.requireNonNull(culprit.operation().key()))
                : ledger.findById(account, culprit.id());
        Promise<Rewound> done = Promise.promise();
        rewinding.put(account, done.future());
        find.compose(found -> found.headImage() == null
                        ? Future.succeededFuture(new Rewound(culprit.id(), found, false))
                        : proposer.rewind(
                                        account,
                                        culprit,
                                        found.account(),
                                        byKey ? null : culprit.decision().judged())
                                .compose(dropped -> dropped
                                        ? Future.succeededFuture(true)
                                        : proposer.discard(
                                                account, culprit.decision().version(), culprit.id()))
                                .otherwise(
                                        false) // Redis does not answer: the proposals there rest on a refused one, and
                                // will be refused
                                .map(dropped -> new Rewound(culprit.id(), found, dropped)))
                .onComplete(result -> {
                    rewinding.remove(account);
                    done.handle(result);
                });
        return done.future();
    }

    /** Deletes an image that cannot be read. */
    Future<Void> discardBroken(AccountId account) {
        meters.discarded("broken");
        LOG.warnf("image of %s is broken, discarded", account);
        return proposer.discard(account);
    }

    /**
     * Seals all unsealed operations of an account that Redis reports as full. If the image has no unsealed operations,
     * or they cannot be read, the report is wrong: the image is deleted.
     */
    Future<ComparisonResult> makeRoom(AccountId account) {
        return proposer.unsealed(account)
                .recover(e -> e instanceof IllegalArgumentException
                        ? Future.succeededFuture(List.of())
                        : Future.failedFuture(e))
                .compose(orphans -> orphans.isEmpty()
                        ? discardBroken(account).map(ComparisonResult.WRONG)
                        : sealOrphans(account, orphans));
    }

    /** Seals proposals that others left unsealed; those that Postgres does not accept are wrong, and are removed. */
    Future<ComparisonResult> sealOrphans(AccountId account, List<Proposal> orphans) {
        if (orphans.isEmpty()) {
            return Future.succeededFuture(ComparisonResult.NONE);
        }
        Proposal last = orphans.get(orphans.size() - 1);
        return sealer.help(account, orphans).compose(outcome -> {
            if (outcome.sealed()) {
                return Future.succeededFuture(ComparisonResult.ORPHANS);
            }
            if (outcome.culprit() != null) {
                return rewind(account, outcome).map(ComparisonResult.WRONG);
            }
            return ledger.findById(account, last.id())
                    .compose(found -> found.operation() != null
                            ? proposer.noteSealed(account, last.decision().version(), last.id())
                                    .map(noted -> noted ? ComparisonResult.ORPHANS : ComparisonResult.NONE)
                            : proposer.discard(account, last.decision().version(), last.id())
                                    .map(ComparisonResult.WRONG));
        });
    }
}
