package dev.stampede.live;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stampede.access.KeyBook;
import dev.stampede.document.Promotion;
import dev.stampede.document.When;
import dev.stampede.gateway.Gateway;
import dev.stampede.gateway.Pulse;
import dev.stampede.live.GatewaySecond.Requests;
import dev.stampede.live.LiveSample.Here;
import dev.stampede.live.LiveSample.LiveBudget;
import dev.stampede.program.InForce;
import dev.stampede.program.ProgramBook;
import dev.stampede.seal.BudgetBook;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.impl.VertxInternal;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.interceptor.Interceptor;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Looks at the meters once a second, tells all gateways what this one has done, and half a second later adds up what it
 * has heard of that second. The calls pay nothing for it but the meters.
 *
 * <p>Everything runs on one event loop; the history may be read from any thread.
 */
@ApplicationScoped
public class Live {
    private static final Logger LOG = Logger.getLogger(Live.class);
    private static final long SECOND_MS = 1000;
    /** How long after a second the others have time to speak. */
    private static final long WAIT_MS = 500;

    private static final int MOST_BUDGETS = 20;

    private final Gateway gateway;
    private final KeyBook keys;
    private final ProgramBook programs;
    private final MeterRegistry meters;
    private final ObjectMapper json;
    private final Vertx vertx;
    private final String self = UUID.randomUUID().toString().substring(0, 13);
    private final LiveMerge merge = new LiveMerge();
    private final LiveHistory history = new LiveHistory();
    private @Nullable Pulse lastPulse;
    private Requests lastRequests = Requests.NONE;
    private volatile @Nullable GatewaySecond own;
    private volatile @Nullable LiveSample newest;
    private volatile Consumer<LiveSample> listener = sample -> {};
    private volatile boolean stopped;

    Live(Gateway gateway, KeyBook keys, ProgramBook programs, MeterRegistry meters, ObjectMapper json, Vertx vertx) {
        this.gateway = gateway;
        this.keys = keys;
        this.programs = programs;
        this.meters = meters;
        this.json = json;
        this.vertx = vertx;
    }

    /** After the start of the gateway. */
    void start(@Observes @Priority(Interceptor.Priority.PLATFORM_AFTER) StartupEvent event) {
        Context context = ((VertxInternal) vertx).createEventLoopContext();
        gateway.watchLive(text -> context.runOnContext(v -> heard(text)));
        context.runOnContext(v -> {
            lastPulse = gateway.pulse();
            lastRequests = requests();
            next();
        });
    }

    void stop(@Observes ShutdownEvent event) {
        stopped = true;
    }

    /** Calls {@code listener} (on any event loop) with each sample as it comes. */
    void listen(Consumer<LiveSample> listener) {
        this.listener = listener;
    }

    /** The last sample; null in the first seconds after the start. */
    public @Nullable LiveSample newest() {
        return newest;
    }

    /** The last second of this gateway alone; null in the first seconds after the start. */
    @Nullable
    GatewaySecond own() {
        return own;
    }

    /**
     * The samples of the last seconds, the oldest first; of more than 720 seconds each sample is of several.
     *
     * @param seconds 1 to 7200
     */
    public List<LiveSample> history(int seconds) {
        LiveSample last = newest;
        return last == null ? List.of() : history.last(last.at().getEpochSecond() + 1, seconds);
    }

    /** Looks again when a second of Postgres' clock has ended, as all gateways do. */
    private void next() {
        // to the end of a second, from half a second to one and a half: a timer that is early does not look twice
        long delayMs = SECOND_MS + SECOND_MS / 2 - (gateway.nowMs() + SECOND_MS / 2) % SECOND_MS;
        vertx.setTimer(delayMs, id -> {
            if (!stopped) {
                try {
                    look();
                } catch (RuntimeException e) {
                    LOG.error("a second is not told", e);
                }
                next();
            }
        });
    }

    private void look() {
        long second = Math.floorDiv(gateway.nowMs() + SECOND_MS / 2, SECOND_MS) - 1; // a timer may be a bit early
        Pulse pulse = gateway.pulse();
        Requests requests = requests();
        GatewaySecond done = GatewaySecond.between(
                self, second, lastPulse == null ? pulse : lastPulse, pulse, lastRequests, requests);
        lastPulse = pulse;
        lastRequests = requests;
        own = done;
        merge.heard(done, second + 1);
        if (gateway.redisUp()) {
            gateway.tellLive(done.text(json));
        }
        vertx.setTimer(WAIT_MS, id -> addUp(second));
    }

    private void heard(String text) {
        GatewaySecond said = GatewaySecond.read(json, text);
        if (!stopped && said != null && !said.gateway().equals(self)) {
            merge.heard(said, Math.floorDiv(gateway.nowMs(), SECOND_MS));
        }
    }

    private void addUp(long second) {
        Collection<GatewaySecond> spoke = merge.take(second);
        if (spoke.isEmpty() || stopped) {
            return;
        }
        LiveSample sample =
                LiveSample.of(spoke, new Here(keys.gateways(), gateway.redisUp(), gateway.postgresUp(), budgets()));
        history.put(sample);
        newest = sample;
        listener.accept(sample);
    }

    private Requests requests() {
        long all = 0;
        long limited = 0;
        long unavailable = 0;
        long errors = 0;
        for (Timer timer : meters.find("http.server.requests").timers()) {
            String status = String.valueOf(timer.getId().getTag("status"));
            long count = timer.count();
            all += count;
            if (status.equals("429")) {
                limited += count;
            } else if (status.equals("503")) {
                unavailable += count;
            } else if (status.startsWith("5")) {
                errors += count;
            }
        }
        return new Requests(all, limited, unavailable, errors);
    }

    private List<LiveBudget> budgets() {
        long realMs = gateway.nowMs();
        return gateway.knownBudgets().stream()
                .filter(total -> isUsed(total, realMs))
                .sorted(Comparator.comparingDouble(Live::share)
                        .thenComparing(BudgetBook.Total::program)
                        .thenComparing(BudgetBook.Total::name))
                .limit(MOST_BUDGETS)
                .map(total -> new LiveBudget(total.program(), total.name(), total.kind(), total.total(), total.left()))
                .sorted(Comparator.comparing(LiveBudget::program).thenComparing(LiveBudget::budget))
                .toList();
    }

    private static double share(BudgetBook.Total total) {
        return total.total() == 0 ? 0 : (double) total.left() / total.total();
    }

    /** Whether a promotion uses it that runs now. */
    private boolean isUsed(BudgetBook.Total total, long realMs) {
        if (total.kind().equals("stock")) {
            return false;
        }
        ProgramBook.Present present = programs.heard(total.program(), realMs);
        return present.found() instanceof InForce.Rules rules
                && rules.document().promotions().stream()
                        .anyMatch(promotion -> total.name().equals(promotion.budget())
                                && runs(promotion, present.nowMs(), rules.zone()));
    }

    private static boolean runs(Promotion promotion, long nowMs, ZoneId zone) {
        When when = promotion.when();
        LocalDateTime now = LocalDateTime.ofInstant(Instant.ofEpochMilli(nowMs), zone);
        return (when.from() == null || !now.isBefore(when.from())) && (when.to() == null || now.isBefore(when.to()));
    }
}
