package dev.stampede.gateway;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.stampede.account.AccountId;
import dev.stampede.account.LedgerSnapshot;
import dev.stampede.account.UnreadableForm;
import dev.stampede.propose.Proposer;
import dev.stampede.seal.Ledger;
import io.vertx.core.Future;
import java.time.Duration;
import org.jboss.logging.Logger;

/** Loads accounts from Postgres into Redis, and remembers for a short time which accounts Postgres does not have. */
final class Loader {
    private static final Logger LOG = Logger.getLogger(Loader.class);
    private static final int MAX_ABSENT = 10_000;

    private final Proposer proposer;
    private final Ledger ledger;
    private final GatewayMeters meters;
    private final Cache<AccountId, Boolean> absent = Caffeine.newBuilder()
            .maximumSize(MAX_ABSENT)
            .expireAfterWrite(Duration.ofSeconds(1))
            .build();

    Loader(Proposer proposer, Ledger ledger, GatewayMeters meters) {
        this.proposer = proposer;
        this.ledger = ledger;
        this.meters = meters;
    }

    /** Whether Postgres has recently answered that there is no such account: a reader need not ask again. */
    boolean isAbsent(AccountId account) {
        return absent.getIfPresent(account) != null;
    }

    void rememberAbsent(AccountId account) {
        absent.put(account, true);
    }

    Future<Void> put(AccountId account, LedgerSnapshot loaded) {
        absent.invalidate(account);
        return proposer.load(account, loaded)
                .compose(claimed -> claimed == 0
                        ? Future.succeededFuture()
                        : lookAgain(account, loaded, claimed).otherwiseEmpty().mapEmpty());
    }

    /**
     * Called when the loaded image replaced an image that was sealed up to a later version. Either another gateway has
     * sealed more since the account was read: then the loaded image is discarded again. Or Postgres has lost history,
     * or Redis has false data: an alarm.
     */
    private Future<Boolean> lookAgain(AccountId account, LedgerSnapshot loaded, long claimed) {
        return ledger.image(account)
                .map(now -> now.image().version())
                .recover(e -> e instanceof UnreadableForm
                        ? Future.succeededFuture(Long.MAX_VALUE) // a newer release has sealed it
                        : Future.failedFuture(e))
                .compose(version -> {
                    if (version < claimed) {
                        meters.drifted(ComparisonResult.AHEAD);
                        LOG.errorf("ALARM: Redis had operations of %s as sealed that Postgres does not have", account);
                    }
                    return version > loaded.image().version()
                            ? proposer.discard(
                                    account,
                                    loaded.image().version(),
                                    loaded.image().head())
                            : Future.succeededFuture(false);
                });
    }
}
