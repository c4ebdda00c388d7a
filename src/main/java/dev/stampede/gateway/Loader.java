package dev.stampede.gateway;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.stampede.account.AccountId;
import dev.stampede.account.Loaded;
import dev.stampede.propose.Proposer;
import dev.stampede.seal.Ledger;
import io.vertx.core.Future;
import java.time.Duration;
import org.jboss.logging.Logger;

/** Puts accounts from Postgres into Redis, and remembers for a moment those that Postgres does not have. */
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

    /** Whether Postgres has just said that there is no such account: a reader need not make it say so again. */
    boolean isAbsent(AccountId account) {
        return absent.getIfPresent(account) != null;
    }

    void rememberAbsent(AccountId account) {
        absent.put(account, true);
    }

    Future<Void> put(AccountId account, Loaded loaded) {
        absent.invalidate(account);
        return proposer.load(account, loaded)
                .compose(claimed -> claimed == 0
                        ? Future.succeededFuture()
                        : lost(account, claimed).otherwiseEmpty());
    }

    /** Raises the alarm, unless another gateway has sealed it since it was read. */
    private Future<Void> lost(AccountId account, long claimed) {
        return ledger.image(account).map(now -> {
            if (now.image().version() < claimed) {
                meters.drifted(Drift.AHEAD);
                LOG.errorf("ALARM: Redis had sealed what Postgres does not know of %s", account);
            }
            return null;
        });
    }
}
