package dev.stampede.program;

import dev.stampede.postgres.LedgerClock;
import dev.stampede.postgres.PostgresServers;
import dev.stampede.postgres.PostgresSession;
import dev.stampede.postgres.Timeouts;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.impl.VertxInternal;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The versions of all programs that can still price something, in memory, for the hot path.
 *
 * <p><b>Why two gateways never price one instant by two versions.</b> A version takes effect at least 5 s after it was
 * published, and a gateway prices only while its list is confirmed: while the last successful read began at most 2 s
 * ago, by the monotonic clock. Whoever publishes holds a lock, alone, from before it reads Postgres' clock until its
 * version can be seen; whoever reads the list takes that lock first, and shares it only with other readers. So a
 * version that a read did not see was given its time after that read had the lock, and takes effect more than 5 s after
 * the read began, however long its commit took. Until then the read confirms nothing any more: 2 s are over. An
 * operation may lie 2 s in the future, and the last second is for the error of the gateway's clock, which is corrected
 * to Postgres'. A correction of the past counts from the moment at which the version itself takes effect, for calls
 * that come then. A primary that was left behind confirms nothing, because a read ends when the synchronous standby has
 * heard of it.
 *
 * <p>A document is read once; the list, which says when each is in force, twice a second, on a connection of its own:
 * readers of history must not stop the tills. When it hangs or breaks, the session finds the primary again.
 */
@ApplicationScoped
public class ProgramBook {
    private static final Logger LOG = Logger.getLogger(ProgramBook.class);

    private static final String LIST =
            "SELECT program, version, effective_from, corrects, published_at, now_ms FROM program_versions($1)";
    private static final String DOCUMENT = "SELECT document FROM program_version WHERE program = $1 AND version = $2";

    private static final long EVERY_MS = 500;
    private static final long CONFIRMED_NANOS = Duration.ofSeconds(2).toNanos();
    /** An operation may lie 31 days in the past, by a calendar in any time zone. */
    private static final long BACK_MS = Duration.ofDays(32).toMillis();
    /** A longer read would confirm nothing. */
    private static final Duration READ_LIMIT = Duration.ofSeconds(2);

    private static final Duration HANG_LIMIT = Duration.ofSeconds(1);

    /** A process that was given no time for a moment reads as soon as it has some. */
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private volatile Book book = new Book(Map.of(), System.nanoTime() - 2 * CONFIRMED_NANOS, 0);

    /** Only its event loop touches these three. */
    private final Map<Edition.Key, Edition> known = new HashMap<>();

    private boolean reading;
    private boolean failed;

    /** Calls that wait for the next successful read: each for at most {@link #PATIENCE}, one per connection. */
    private final Set<UniEmitter<? super Void>> waiting = ConcurrentHashMap.newKeySet();

    private volatile Runnable stop = () -> {};

    /**
     * @param programs by id; each one's versions, the oldest first
     * @param beganNanos when the read began, by the monotonic clock
     * @param unreadable the number of programs with a version, in force or later, that cannot be read
     */
    private record Book(Map<String, List<Edition>> programs, long beganNanos, int unreadable) {}

    ProgramBook(MeterRegistry meters) {
        Gauge.builder("stampede.programs.unreadable", this::unreadable)
                .description("Programs with a version, in force or later, whose document cannot be read. An alarm")
                .register(meters);
    }

    /** What prices an operation that comes now. */
    public InForce confirmed(String program, long nowMs) {
        Book last = book;
        return System.nanoTime() - last.beganNanos <= CONFIRMED_NANOS
                ? inForce(last, program, nowMs)
                : InForce.Not.CONFIRMED;
    }

    /** The same; if nothing is confirmed at the moment, it waits for the next read, at most {@link #PATIENCE}. */
    public Uni<InForce> soonConfirmed(String program, long nowMs) {
        return soonConfirmed(program, nowMs, PATIENCE);
    }

    Uni<InForce> soonConfirmed(String program, long nowMs, Duration patience) {
        return Uni.createFrom()
                .<Void>emitter(call -> {
                    call.onTermination(() -> waiting.remove(call));
                    waiting.add(call); // before the look at the book: a read that ends in between is not missed
                    if (confirmed(program, nowMs) != InForce.Not.CONFIRMED) {
                        call.complete(null);
                    }
                })
                .ifNoItem()
                .after(patience)
                .recoverWithUni(Uni.createFrom().voidItem())
                .map(v -> confirmed(program, nowMs));
    }

    /** How many calls wait for the next successful read. */
    int waiting() {
        return waiting.size();
    }

    /** What is in force as far as this gateway has heard: good enough for reading, but not for pricing. */
    public InForce heard(String program, long nowMs) {
        return inForce(book, program, nowMs);
    }

    private static InForce inForce(Book book, String program, long nowMs) {
        List<Edition> editions = book.programs.get(program);
        Edition found = editions == null ? null : Edition.inForce(editions, nowMs, nowMs);
        return found == null ? InForce.Not.THERE : found.rules();
    }

    /** How many programs have a version, in force or later, that cannot be read. */
    int unreadable() {
        return book.unreadable;
    }

    /** The ids of all programs, also of those that have not taken effect. */
    public SortedSet<String> programs() {
        return new TreeSet<>(book.programs.keySet());
    }

    /** Connects, reads the versions, and then reads them periodically. */
    public Future<Void> start(Vertx vertx, PostgresServers servers, Duration connectTimeout, LedgerClock clock) {
        Context context = ((VertxInternal) vertx).createEventLoopContext();
        Timeouts timeouts = new Timeouts(connectTimeout, READ_LIMIT, HANG_LIMIT);
        PostgresSession session = new PostgresSession(vertx, context, servers, timeouts, clock, true, () -> {});
        Promise<Void> started = Promise.promise();
        context.runOnContext(v -> {
            long timer = vertx.setPeriodic(EVERY_MS, id -> {
                if (!reading && session.up()) {
                    refresh(vertx, session).onComplete(this::tell);
                }
            });
            stop = () -> context.runOnContext(v2 -> {
                vertx.cancelTimer(timer);
                session.close().onFailure(e -> LOG.debugf("closing: %s", e.getMessage()));
            });
            session.connect().compose(v2 -> refresh(vertx, session)).onComplete(started);
        });
        return started.future();
    }

    public void stop() {
        stop.run();
    }

    /** Says so once when it begins to fail. */
    private void tell(AsyncResult<Void> read) {
        if (read.failed() && !failed) {
            LOG.warnf(
                    "cannot read the programs (%s), trying again", read.cause().getMessage());
        }
        failed = read.failed();
    }

    /** One at a time: each statement is bounded. */
    private Future<Void> refresh(Vertx vertx, PostgresSession session) {
        reading = true;
        long began = System.nanoTime();
        return session.call(LIST, Tuple.of(BACK_MS))
                .compose(rows -> readNew(vertx, session, rows).map(v -> take(rows, began)))
                .onComplete(done -> reading = false);
    }

    private Future<Void> readNew(Vertx vertx, PostgresSession session, RowSet<Row> rows) {
        Future<Void> all = Future.succeededFuture();
        for (Row row : rows) {
            if (!known.containsKey(key(row))) {
                all = all.compose(v -> readOne(vertx, session, row));
            }
        }
        return all;
    }

    private Future<Void> readOne(Vertx vertx, PostgresSession session, Row row) {
        Edition.Key key = key(row);
        return session.call(DOCUMENT, Tuple.of(key.program(), key.version()))
                .compose(found -> {
                    String text = found.iterator().next().getString(0);
                    // a long document takes more time than an event loop has
                    return vertx.executeBlocking(
                            () -> Edition.of(key, row.getLong("effective_from"), row.getInteger("corrects"), text),
                            false);
                })
                .map(edition -> {
                    known.put(key, edition);
                    return null;
                });
    }

    private static Edition.Key key(Row row) {
        return new Edition.Key(row.getString("program"), row.getInteger("version"), row.getLong("published_at"));
    }

    private @Nullable Void take(RowSet<Row> rows, long began) {
        Map<String, List<Edition>> programs = new TreeMap<>();
        Set<Edition.Key> listed = new HashSet<>();
        long nowMs = 0;
        for (Row row : rows) {
            Edition edition = known.get(key(row));
            if (edition != null) {
                programs.computeIfAbsent(edition.key().program(), id -> new ArrayList<>())
                        .add(edition);
                listed.add(edition.key());
            }
            nowMs = row.getLong("now_ms");
        }
        known.keySet().retainAll(listed);
        int unreadable = 0;
        for (List<Edition> editions : programs.values()) {
            editions.sort(Comparator.comparingInt(edition -> edition.key().version()));
            unreadable += isUnreadable(editions, nowMs) ? 1 : 0;
        }
        book = new Book(programs, began, unreadable);
        waiting.forEach(call -> call.complete(null));
        return null;
    }

    private static boolean isUnreadable(List<Edition> editions, long nowMs) {
        Edition present = Edition.inForce(editions, nowMs, nowMs);
        return editions.stream()
                .filter(edition -> present == null
                        || edition.key().version() >= present.key().version())
                .anyMatch(edition -> edition.rules() == InForce.Not.READABLE);
    }
}
