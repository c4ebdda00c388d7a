package dev.stampede.seal;

import dev.stampede.postgres.LedgerClock;
import dev.stampede.postgres.PostgresServers;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.util.function.Consumer;

/**
 * Makes a write path's sealer: {@code Sealer::new}. The ceiling benchmark, which has its own build, uses one that does
 * not seal.
 */
@FunctionalInterface
public interface SealerFactory {
    Sealer sealer(
            Vertx vertx,
            Context context,
            PostgresServers servers,
            SealConfig config,
            LedgerClock clock,
            SealMeters meters,
            Sealer.Listener listener,
            BudgetBook budgets,
            Consumer<String> onEpoch);
}
