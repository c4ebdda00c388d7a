package dev.stampede.gateway;

import dev.stampede.account.AccountId;
import dev.stampede.seal.Ledger;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.UUID;
import org.jboss.logging.Logger;

/**
 * The gateway's own work, at a bounded rate. It records the changes that time has made to idle accounts, lane by lane,
 * and compares Redis with Postgres. Gateways divide the lanes by leases. Should two of them work on one lane, the chain
 * makes this harmless.
 */
final class Background {
    private static final Logger LOG = Logger.getLogger(Background.class);
    /** How long a gateway that has died keeps its lanes. A sweep that takes longer renews its leases meanwhile. */
    private static final Duration LEASE = Duration.ofSeconds(15);

    private static final Duration RENEWAL = Duration.ofSeconds(5);

    private final Vertx vertx;
    private final Gateway gateway;
    private final GatewayConfig config;
    private final GatewayMeters meters;
    /** Identifies this process' leases. */
    private final String owner = UUID.randomUUID().toString();

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
        vertx.setPeriodic(RENEWAL.toMillis(), id -> {
            if (stopped) {
                vertx.cancelTimer(id);
            } else if (sweeping) {
                gateway.lanesDue(owner, LEASE).onFailure(e -> LOG.debugf("renewing leases: %s", e.getMessage()));
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

    /**
     * Records the changes that time has made to the accounts of this gateway's lanes, until each account that was due
     * has been tried.
     */
    Future<Void> sweep() {
        return gateway.lanesDue(owner, LEASE)
                .compose(lanes -> sweep(lanes.iterator()))
                .otherwiseEmpty();
    }

    private Future<Void> sweep(Iterator<Short> lanes) {
        return lanes.hasNext() && !stopped
                ? sweep(lanes.next(), Ledger.Due.NONE).compose(v -> sweep(lanes))
                : Future.succeededFuture();
    }

    /** Sweeps page by page: an account that cannot lapse does not block the accounts after it. */
    private Future<Void> sweep(short lane, Ledger.Due before) {
        return gateway.due(lane, before, config.sweepBatch()).compose(page -> {
            List<Future<?>> lapses = new ArrayList<>();
            for (AccountId account : page.accounts()) {
                lapses.add(lapse(account).otherwiseEmpty());
            }
            boolean more = page.accounts().size() == config.sweepBatch() && !stopped;
            return Future.join(lapses)
                    .compose(v -> more ? pause().compose(w -> sweep(lane, page)) : Future.succeededFuture());
        });
    }

    /** Pauses between two batches, so that the sweep at a month's end does not crowd out callers. */
    private Future<Void> pause() {
        Promise<Void> over = Promise.promise();
        vertx.setTimer(config.sweepPause().toMillis(), id -> over.complete());
        return over.future();
    }

    private Future<?> lapse(AccountId account) {
        return gateway.lapse(account)
                .compose(answer -> answer instanceof Answer.Unchanged
                        // Postgres says that the account is due, Redis says that it is not
                        ? gateway.compare(account)
                        : Future.succeededFuture());
    }

    private Future<Void> compare() {
        return gateway.scan(cursor, config.compareBatch())
                .compose(scanned -> {
                    cursor = scanned.cursor();
                    List<Future<?>> compared = new ArrayList<>();
                    for (AccountId account : scanned.accounts()) {
                        compared.add(gateway.compare(account).onSuccess(drift -> {
                            meters.compared(drift);
                            if (drift == ComparisonResult.AHEAD) {
                                LOG.errorf(
                                        "ALARM: Redis had operations of %s as sealed that Postgres does not have",
                                        account);
                            }
                        }));
                    }
                    return Future.join(compared).<Void>mapEmpty();
                })
                .recover(e -> Future.succeededFuture());
    }
}
