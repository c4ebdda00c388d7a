package dev.stampede.gateway;

import dev.stampede.account.AccountId;
import dev.stampede.account.Proposal;
import dev.stampede.postgres.LedgerClock;
import dev.stampede.postgres.PostgresServers;
import dev.stampede.seal.BudgetBook;
import dev.stampede.seal.Outcome;
import dev.stampede.seal.SealConfig;
import dev.stampede.seal.SealMeters;
import dev.stampede.seal.Sealer;
import dev.stampede.seal.SealerFactory;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.function.Consumer;

/**
 * The ceiling benchmark's gateway: it answers what Redis has proposed and seals nothing. What is left is all that a
 * gateway does but the commit: its own bound.
 *
 * <p>No setting turns this on. It is in the build of the profile {@code ceiling} and in no other, and its sealer takes
 * the place of the real one there.
 */
@ApplicationScoped
class ProposeOnly {

    @Produces
    @Singleton
    SealerFactory sealers() {
        return NotSealing::new;
    }

    /** Connects to Postgres, since loads ask it, and says of each proposal that it is sealed: to Redis, too. */
    private static final class NotSealing extends Sealer {
        private final Listener listener;

        NotSealing(
                Vertx vertx,
                Context context,
                PostgresServers servers,
                SealConfig config,
                LedgerClock clock,
                SealMeters meters,
                Listener listener,
                BudgetBook budgets,
                Consumer<String> onEpoch) {
            super(vertx, context, servers, config, clock, meters, listener, budgets, onEpoch);
            this.listener = listener;
        }

        @Override
        public Future<Outcome> seal(AccountId account, List<Proposal> chain) {
            Proposal last = chain.get(chain.size() - 1);
            // or Redis would refuse the account's next thousandth operation, as having too many that are not sealed
            listener.sealed(account, last.decision().version(), last.id());
            return Future.succeededFuture(Outcome.SEALED);
        }

        @Override
        public Future<Outcome> help(AccountId account, List<Proposal> unsealed) {
            return unsealed.isEmpty() ? Future.succeededFuture(Outcome.SEALED) : seal(account, unsealed);
        }
    }
}
