package dev.stampede.balance;

import dev.stampede.account.AccountId;
import dev.stampede.account.CachedAccount;
import dev.stampede.account.Image;
import dev.stampede.account.UnreadableForm;
import dev.stampede.gateway.Gateway;
import dev.stampede.http.EventStream;
import dev.stampede.http.view.BalanceView;
import dev.stampede.http.view.MemberView;
import dev.stampede.program.InForce;
import dev.stampede.program.ProgramBook;
import io.micrometer.core.instrument.Counter;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.impl.VertxInternal;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Reads one account for all of its streams, and shows each of them the result, in the same order. It reads after each
 * notice of a change, and also every few seconds, because notices may be lost. There is one read at a time, and a
 * minimum time between two reads. A notice during a read leads to another read: the last state is never missed.
 *
 * <p>It shows the present sealed state, not the highest version ever seen: Redis may have shown a version that never
 * existed. If Redis has an older version than the one shown before, one of the two is wrong, and Postgres is asked.
 *
 * <p>Everything runs on one event loop.
 */
final class Watch {
    private static final Logger LOG = Logger.getLogger(Watch.class);
    /** How long an answer of Postgres is preferred to a contradicting head of Redis. */
    private static final long WORD_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final Gateway gateway;
    private final ProgramBook programs;
    private final AccountId account;
    private final EventsConfig config;
    private final Function<EventView, String> json;
    private final Counter looks;
    private final Vertx vertx;
    private final Context context;
    private final Set<EventStream> streams = new LinkedHashSet<>();
    private final Runnable watcher = this::noticed;
    private final AtomicBoolean wanted = new AtomicBoolean();
    private @Nullable Shown last;
    private @Nullable UUID doubted;
    private long doubtedAtNanos;
    private long lookedAtNanos;
    private boolean looking;
    private boolean waiting;
    private boolean closed;
    private long timer;

    /** A state of the account, as every stream shows it. */
    record Shown(UUID head, long version, String id, String data) {}

    Watch(
            Gateway gateway,
            ProgramBook programs,
            Vertx vertx,
            AccountId account,
            EventsConfig config,
            Function<EventView, String> json,
            Counter looks) {
        this.gateway = gateway;
        this.programs = programs;
        this.vertx = vertx;
        this.account = account;
        this.config = config;
        this.json = json;
        this.looks = looks;
        // each watch takes the next event loop; on that of its first stream it would keep its request alive
        this.context = ((VertxInternal) vertx).createEventLoopContext();
    }

    /** Called from any thread, before anything else. */
    void open() {
        context.runOnContext(v -> {
            lookedAtNanos = System.nanoTime() - config.minLookInterval().toNanos();
            timer = vertx.setPeriodic(config.lookInterval().toMillis(), id -> noticed());
            gateway.watch(account, watcher);
        });
    }

    /** Called from any thread; no stream joins after this. */
    void close() {
        context.runOnContext(v -> {
            closed = true;
            gateway.unwatch(account, watcher);
            vertx.cancelTimer(timer);
        });
    }

    /**
     * Called from any thread.
     *
     * @param first the account as it was when the stream was requested
     */
    void join(EventStream stream, Image first) {
        context.runOnContext(v -> {
            try {
                if (last == null || first.version() > last.version) {
                    show(first);
                } else if (!first.head().equals(last.head)) {
                    noticed();
                }
            } catch (RuntimeException e) {
                LOG.errorf(e, "events of %s cannot be written", account);
                stream.end();
                return;
            }
            if (last == null) {
                stream.end(); // the program cannot be read any more
                return;
            }
            streams.add(stream);
            stream.show(last.id, last.data);
            if (wanted.get()) {
                lookSoon(); // a notice came before there was anything to show
            }
        });
    }

    /** Called from any thread. */
    void leave(EventStream stream) {
        context.runOnContext(v -> streams.remove(stream));
    }

    /** Called from any thread. */
    private void noticed() {
        if (wanted.compareAndSet(false, true)) {
            context.runOnContext(v -> lookSoon());
        }
    }

    private void lookSoon() {
        if (looking || waiting || closed || last == null) {
            return;
        }
        long early = config.minLookInterval().toNanos() - (System.nanoTime() - lookedAtNanos);
        if (early <= 0) {
            look();
            return;
        }
        waiting = true;
        vertx.setTimer(Math.max(1, Duration.ofNanos(early).toMillis()), id -> {
            waiting = false;
            look();
        });
    }

    private void look() {
        if (closed) {
            return;
        }
        looking = true;
        wanted.set(false); // before the read: a later notice may be of a newer state than the one read
        lookedAtNanos = System.nanoTime();
        looks.increment();
        gateway.sealedPeek(account).invoke(this::looked).subscribe().with(seen -> {}, this::failed);
    }

    /** There since the first stream has joined. */
    private Shown last() {
        return Objects.requireNonNull(last);
    }

    private void looked(@Nullable CachedAccount peek) {
        if (peek == null || peek.image().head().equals(last().head)) {
            done();
        } else if (peek.image().version() > last().version) {
            show(peek.image());
            done();
        } else if (peek.image().head().equals(doubted) && System.nanoTime() - doubtedAtNanos < WORD_NANOS) {
            done();
        } else {
            askPostgres(peek.image().head());
        }
    }

    /** @param seen in Redis, although a newer version was shown before */
    private void askPostgres(UUID seen) {
        Shown before = last();
        gateway.sealedImage(account)
                .invoke(there -> {
                    if (last != before) {
                        noticed(); // a stream has brought a newer state meanwhile
                    } else if (there == null || there.image().head().equals(before.head)) {
                        doubted = seen;
                        doubtedAtNanos = System.nanoTime();
                    } else {
                        show(there.image());
                    }
                    done();
                })
                .subscribe()
                .with(told -> {}, this::failed);
    }

    private void failed(Throwable e) {
        LOG.debugf("events of %s: %s", account, e.getMessage());
        if (e.getCause() instanceof UnreadableForm) {
            // a newer release has written it: a client that connects again gets this answer, or a newer gateway
            streams.forEach(EventStream::end);
        }
        done(); // it reads again at the next notice, or after the interval
    }

    private void done() {
        looking = false;
        if (wanted.get()) {
            lookSoon();
        }
    }

    private void show(Image image) {
        if (!(programs.heard(account.program(), gateway.nowMs()).found() instanceof InForce.Rules rules)) {
            // the program cannot be read any more: a client that connects again gets this answer
            streams.forEach(EventStream::end);
            return;
        }
        long nowMs = gateway.nowMs(account);
        EventView event = new EventView(
                BalanceView.of(account, image, nowMs, rules.zone()),
                MemberView.of(rules, image, nowMs, gateway.totals()));
        Shown shown = new Shown(image.head(), image.version(), EntityTag.sealed(image), json.apply(event));
        last = shown;
        doubted = null;
        streams.forEach(stream -> stream.show(shown.id, shown.data));
    }
}
