package dev.stampede.gateway;

import dev.stampede.account.AccountId;
import dev.stampede.account.CachedAccount;
import dev.stampede.account.Image;
import dev.stampede.account.LedgerSnapshot;
import dev.stampede.account.UnreadableForm;
import dev.stampede.propose.Proposer;
import dev.stampede.seal.Ledger;
import io.vertx.core.Future;
import io.vertx.redis.client.impl.types.ErrorType;
import java.util.List;
import org.jboss.logging.Logger;

/** Compares accounts in Redis with Postgres, and repairs what is wrong. */
final class Comparison {
    private static final Logger LOG = Logger.getLogger(Comparison.class);

    private final Proposer proposer;
    private final Ledger ledger;
    private final Loader loader;
    private final Repairs repairs;
    private final ProgramClocks clocks;
    private final GatewayConfig config;
    private final GatewayMeters meters;

    Comparison(
            Proposer proposer,
            Ledger ledger,
            Loader loader,
            Repairs repairs,
            ProgramClocks clocks,
            GatewayConfig config,
            GatewayMeters meters) {
        this.proposer = proposer;
        this.ledger = ledger;
        this.loader = loader;
        this.repairs = repairs;
        this.clocks = clocks;
        this.config = config;
        this.meters = meters;
    }

    /** Compares an account in Redis with Postgres, repairs a wrong image and seals orphans. Answers what it did. */
    Future<ComparisonResult> compare(AccountId account) {
        return proposer.peek(account)
                .compose(
                        peek -> compare(account, peek),
                        e -> e instanceof ErrorType error && error.is("WRONGTYPE")
                                ? repairs.discardBroken(account)
                                        .map(ComparisonResult.WRONG) // another type of value under the account's key
                                : Future.failedFuture(e));
    }

    private Future<ComparisonResult> compare(AccountId account, CachedAccount peek) {
        if (peek == null) {
            return replaceUntrusted(account);
        }
        if (!peek.isSealed()) {
            boolean old = decidedMs(account, peek.image()) + config.orphanAge().toMillis() < clocks.realMs();
            return old ? sealOrphans(account, peek) : Future.succeededFuture(ComparisonResult.NONE);
        }
        return ledger.image(account)
                .compose(
                        loaded -> compare(account, peek, loaded),
                        e -> e instanceof UnreadableForm
                                ? proposer.discard(account, peek.sealedVersion(), peek.sealedHead())
                                        .map(ComparisonResult.WRONG) // Redis is behind: a newer release has sealed more
                                : Future.failedFuture(e));
    }

    /** The real time of the newest operation. A sandbox's time stands still; ids are of real time everywhere. */
    private long decidedMs(AccountId account, Image image) {
        return clocks.isSandbox(account) ? image.head().getMostSignificantBits() >>> 16 : image.at();
    }

    private Future<ComparisonResult> compare(AccountId account, CachedAccount peek, LedgerSnapshot loaded) {
        if (isRight(peek, loaded)) {
            return Future.succeededFuture(ComparisonResult.NONE);
        }
        // the two were not read at the same time: a difference counts only if it is still there
        return proposer.peek(account).compose(again -> {
            if (!peek.equals(again)) {
                return Future.succeededFuture(ComparisonResult.NONE);
            }
            return ledger.image(account)
                    .compose(later -> isRight(again, later)
                            ? Future.succeededFuture(ComparisonResult.NONE)
                            : proposer.discard(account, again.sealedVersion(), again.sealedHead())
                                    .map(discarded -> {
                                        LOG.warnf(
                                                "%s: Redis had version %d %s, Postgres has %d %s; discarded",
                                                account,
                                                again.image().version(),
                                                again.image().head(),
                                                later.image().version(),
                                                later.image().head());
                                        meters.discarded("drift");
                                        return again.image().version()
                                                        > later.image().version()
                                                ? ComparisonResult.AHEAD
                                                : ComparisonResult.WRONG;
                                    }));
        });
    }

    private static boolean isRight(CachedAccount peek, LedgerSnapshot loaded) {
        return loaded.image().text().equals(peek.image().text())
                && peek.sealedHead().equals(peek.image().head());
    }

    /**
     * Redis holds a value that cannot be read, or that was loaded from another Postgres. A value of a newer release is
     * kept.
     */
    private Future<ComparisonResult> replaceUntrusted(AccountId account) {
        return proposer.replaceable(account)
                .compose(there -> there
                        ? ledger.load(account)
                                .compose(loaded -> loader.put(account, loaded))
                                .compose(v -> proposer.peek(account))
                                // a value that looks like an image but cannot be read: loading does not replace it
                                .compose(peek ->
                                        peek != null ? Future.succeededFuture() : repairs.discardBroken(account))
                                .map(ComparisonResult.WRONG)
                        : Future.succeededFuture(ComparisonResult.NONE));
    }

    private Future<ComparisonResult> sealOrphans(AccountId account, CachedAccount seen) {
        return proposer.unsealed(account)
                .recover(e -> e instanceof IllegalArgumentException
                        ? Future.succeededFuture(List.of())
                        : Future.failedFuture(e))
                .compose(orphans -> {
                    if (orphans.isEmpty()) {
                        // they were sealed meanwhile, or cannot be sealed at all
                        return proposer.peek(account)
                                .compose(peek -> seen.equals(peek)
                                        ? repairs.discardBroken(account).map(ComparisonResult.WRONG)
                                        : Future.succeededFuture(ComparisonResult.NONE));
                    }
                    return repairs.sealOrphans(account, orphans);
                });
    }
}
