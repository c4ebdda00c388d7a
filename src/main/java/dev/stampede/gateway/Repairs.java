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
import java.util.UUID;
import org.jboss.logging.Logger;

/**
 * Puts an account in Redis right: back to what is sealed after Postgres has refused an operation, or on to what it
 * holds after a gateway has left proposals unsealed.
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
    /** Accounts of which somebody has lately used a key again that Redis had forgotten. */
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

    /** Whether keys come again on this account that Redis has forgotten. */
    boolean isForgetful(AccountId account) {
        return forgetful.getIfPresent(account) != null;
    }

    void forgetful(AccountId account) {
        forgetful.put(account, true);
    }

    /** The rewind of the account that is under way; null if there is none. */
    Future<Rewound> underWay(AccountId account) {
        return rewinding.get(account);
    }

    /**
     * @param culprit for whose sake it was done
     * @param found what Postgres has under the culprit's key, or of the culprit itself
     * @param dropped whether Redis had the culprit, and all that rests on it, and has dropped it now
     */
    record Rewound(UUID culprit, LedgerLookup found, boolean dropped) {}

    /**
     * Puts an account in Redis back to what is sealed, since Postgres has refused an operation for good: only that one
     * is wrong, and nobody's image need be thrown away for it. Once, however many operations rest on it; what comes
     * meanwhile waits.
     */
    Future<Rewound> rewind(AccountId account, Outcome outcome) {
        Future<Rewound> underWay = rewinding.get(account);
        if (underWay != null) {
            return underWay;
        }
        Proposal culprit = outcome.culprit();
        boolean byKey = outcome.reason() == Outcome.Reason.KEY;
        if (byKey) {
            forgetful(account);
        }
        meters.rewound();
        Future<LedgerLookup> find =
                byKey ? ledger.findByKey(account, culprit.operation().key()) : ledger.findById(account, culprit.id());
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
                                .otherwise(false) // Redis is away: what is there rests on nothing, and is refused
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
     * Seals all that Redis holds unsealed of an account that is said to be full. An image that holds none, or such that
     * can't be read, says so wrongly: it goes.
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

    /** Seals what somebody has left; what Postgres does not take is wrong, and goes. */
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
