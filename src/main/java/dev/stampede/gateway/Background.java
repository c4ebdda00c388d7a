package dev.stampede.gateway;

import dev.stampede.account.AccountId;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import org.jboss.logging.Logger;

/**
 * What a gateway does by itself, at a bounded rate: writes down what time has done to accounts that nobody touches, and
 * compares what is in Redis with Postgres. Several gateways may do it at once; the chain makes it harmless.
 */
final class Background {
    private static final Logger LOG = Logger.getLogger(Background.class);

    private final Vertx vertx;
    private final Gateway gateway;
    private final GatewayConfig config;
    private final GatewayMeters meters;
    private volatile boolean stopped;
    private volatile boolean sweeping;
    private volatile boolean comparing;
    private volatile String cursor = "";

    Background(Vertx vertx, Gateway gateway, GatewayConfig config, GatewayMeters meters) {
        this.vertx = vertx;
        this.gateway = gateway;
        this.config = config;
        this.meters = meters;
    }

    void start() {
        vertx.setPeriodic(config.sweepInterval().toMillis(), id -> {
            if (stopped) {
                vertx.cancelTimer(id);
            } else if (!sweeping) {
                sweeping = true;
                sweep().onComplete(v -> sweeping = false);
            }
        });
        vertx.setPeriodic(config.compareInterval().toMillis(), id -> {
            if (stopped) {
                vertx.cancelTimer(id);
            } else if (!comparing) {
                comparing = true;
                compare().onComplete(v -> comparing = false);
            }
        });
    }

    void stop() {
        stopped = true;
    }

    /** Writes down what time has done, until nothing is due. */
    Future<Void> sweep() {
        return gateway.due(config.sweepBatch())
                .compose(accounts -> {
                    List<Future<Boolean>> lapses = new ArrayList<>();
                    for (AccountId account : accounts) {
                        lapses.add(lapse(account).recover(e -> Future.succeededFuture(false)));
                    }
                    return Future.all(lapses)
                            .map(all -> accounts.size() == config.sweepBatch()
                                    && !stopped
                                    && lapses.stream().anyMatch(Future::result));
                })
                .recover(e -> Future.succeededFuture(false))
                .compose(more -> more ? pause().compose(v -> sweep()) : Future.succeededFuture());
    }

    /** Between two batches, so that a month's end doesn't take the place of those who are at the till. */
    private Future<Void> pause() {
        Promise<Void> over = Promise.promise();
        vertx.setTimer(config.sweepPause().toMillis(), id -> over.complete());
        return over.future();
    }

    /** Writes down what time has done; answers whether there was something to write. */
    private Future<Boolean> lapse(AccountId account) {
        return gateway.lapse(account).compose(answer -> {
            if (answer instanceof Answer.Unchanged) {
                // Postgres says that it is due, Redis that it is not
                return gateway.compare(account).map(false);
            }
            return Future.succeededFuture(answer instanceof Answer.Sealed);
        });
    }

    private Future<Void> compare() {
        return gateway.scan(cursor, config.compareBatch())
                .compose(scanned -> {
                    cursor = scanned.cursor();
                    List<Future<?>> compared = new ArrayList<>();
                    for (AccountId account : scanned.accounts()) {
                        compared.add(gateway.compare(account).onSuccess(drift -> {
                            meters.compared(drift);
                            if (drift == Drift.AHEAD) {
                                LOG.errorf("ALARM: Redis had sealed what Postgres does not know of %s", account);
                            }
                        }));
                    }
                    return Future.join(compared).<Void>mapEmpty();
                })
                .recover(e -> Future.succeededFuture());
    }
}
