package dev.stampede.program;

import dev.stampede.codec.Gone;
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
import java.time.ZoneId;
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
 * <p><b>Sandboxes.</b> The list brings their clocks, too. A version of a sandbox takes effect by that clock, which
 * stands still: so an instant can have one version first and another later. What holds instead: a sandbox is priced and
 * decided only while the last successful read began at most 1 s ago. So no gateway goes by the clock or the version
 * before for longer than 1 s after the new one was committed; whoever commits one need not wait for the other gateways.
 *
 * <p>A document is read once; the list, which says when each is in force, twice a second, on a connection of its own:
 * readers of history must not stop the tills. When it hangs or breaks, the session finds the primary again.
 */
@ApplicationScoped
public class ProgramBook {
    private static final Logger LOG = Logger.getLogger(ProgramBook.class);

    private static final String LIST =
            "SELECT program, version, effective_from, corrects, published_at, now_ms, clock_ms"
                    + " FROM program_versions($1)";
    private static final String DOCUMENT = "SELECT document FROM program_version WHERE program = $1 AND version = $2";

    private static final long EVERY_MS = 500;
    private static final long CONFIRMED_NANOS = Duration.ofSeconds(2).toNanos();
    private static final long SANDBOX_CONFIRMED_NANOS = Duration.ofSeconds(1).toNanos();
    /** The list stays confirmed for so long after it could be asked what no version has any more. */
    private static final long GONE_MS = Duration.ofSeconds(1).toMillis();

    /** An operation may lie 31 days in the past, by a calendar in any time zone. */
    private static final long BACK_MS = Duration.ofDays(32).toMillis();
    /** A longer read would confirm nothing. */
    private static final Duration READ_LIMIT = Duration.ofSeconds(2);

    private static final Duration HANG_LIMIT = Duration.ofSeconds(1);

    /** A process that was given no time for a moment reads as soon as it has some. */
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private volatile Book book = new Book(Map.of(), Map.of(), System.nanoTime() - 2 * CONFIRMED_NANOS, 0);

    /** Only its event loop touches these three. */
    private final Map<Edition.Key, Edition> known = new HashMap<>();

    private boolean reading;
    private boolean failed;

    /** Calls that wait for a successful read, each for a limited time. */
    private final Set<Waiting> waiting = ConcurrentHashMap.newKeySet();

    private volatile Runnable readNow = () -> {};
    private volatile Runnable stop = () -> {};

    /**
     * @param programs by id; each one's versions, the oldest first
     * @param clocks of sandboxes, by id, in ms since the epoch
     * @param beganNanos when the read began, by the monotonic clock
     * @param unreadable the number of programs with a version, in force or later, that cannot be read
     */
    private record Book(
            Map<String, List<Edition>> programs, Map<String, Long> clocks, long beganNanos, int unreadable) {
        /** In ms since the epoch: the program's own time, or the real one. */
        long nowMs(String program, long realMs) {
            Long own = clocks.get(program);
            return own == null ? realMs : own;
        }

        boolean isConfirmed(String program) {
            long limit = clocks.containsKey(program) ? SANDBOX_CONFIRMED_NANOS : CONFIRMED_NANOS;
            return System.nanoTime() - beganNanos <= limit;
        }

        Present present(String program, long realMs) {
            long nowMs = nowMs(program, realMs);
            return new Present(inForce(program, nowMs, realMs), nowMs);
        }

        /** Takes what versions have from both sets. */
        Gone gone(String program, Set<String> promotions, Set<String> counters, @Nullable Long until) {
            SortedSet<String> gonePromotions = new TreeSet<>(promotions);
            SortedSet<String> goneCounters = new TreeSet<>(counters);
            for (Edition edition : programs.getOrDefault(program, List.of())) {
                if (!(edition.rules() instanceof InForce.Rules rules)) {
                    return Gone.NOTHING; // nobody knows what it has
                }
                gonePromotions.removeAll(rules.compiled().inProgress());
                goneCounters.removeAll(rules.compiled().counters());
            }
            return new Gone(gonePromotions, goneCounters, until);
        }

        InForce inForce(String program, long atMs, long realMs) {
            List<Edition> editions = programs.get(program);
            Edition found = editions == null ? null : Edition.inForce(editions, atMs, nowMs(program, realMs));
            return found == null ? InForce.Not.THERE : found.rules();
        }
    }

    /**
     * A program at its present time.
     *
     * @param nowMs that time, in ms since the epoch: the real one, or what the sandbox's clock says
     */
    public record Present(InForce found, long nowMs) {}

    /** @param sinceNanos the read that is waited for began then or later, by the monotonic clock */
    private record Waiting(long sinceNanos, UniEmitter<? super Boolean> call) {
        void look(Book book) {
            if (book.beganNanos - sinceNanos >= 0) {
                call.complete(true);
            }
        }
    }

    ProgramBook(MeterRegistry meters) {
        Gauge.builder("stampede.programs.unreadable", this::unreadable)
                .description("Programs with a version, in force or later, whose document cannot be read. An alarm")
                .register(meters);
    }

    /**
     * What prices an operation that comes now.
     *
     * @param realMs the real time, in ms since the epoch
     */
    public Present confirmed(String program, long realMs) {
        Book last = book;
        return last.isConfirmed(program)
                ? last.present(program, realMs)
                : new Present(InForce.Not.CONFIRMED, last.nowMs(program, realMs));
    }

    /** The same; if nothing is confirmed at the moment, it waits for the next read, at most {@link #PATIENCE}. */
    public Uni<Present> soonConfirmed(String program, long realMs) {
        return soonConfirmed(program, realMs, PATIENCE);
    }

    Uni<Present> soonConfirmed(String program, long realMs, Duration patience) {
        long window = sandboxMs(program) != null ? SANDBOX_CONFIRMED_NANOS : CONFIRMED_NANOS;
        return read(System.nanoTime() - window, patience).map(read -> confirmed(program, realMs));
    }

    /**
     * Reads the list, or waits until it was read: afterwards this gateway goes by what was committed before.
     *
     * @return false if it could not be read for {@code patience}
     */
    public Uni<Boolean> upToDate(Duration patience) {
        return read(System.nanoTime(), patience).onSubscription().invoke(readNow);
    }

    /** @return whether there was a successful read in time that began then or later */
    private Uni<Boolean> read(long sinceNanos, Duration patience) {
        return Uni.createFrom()
                .<Boolean>emitter(call -> {
                    Waiting one = new Waiting(sinceNanos, call);
                    call.onTermination(() -> waiting.remove(one));
                    waiting.add(one); // before the look at the book: a read that ends in between is not missed
                    one.look(book);
                })
                .ifNoItem()
                .after(patience)
                .recoverWithItem(false);
    }

    /** How many calls wait for a successful read. */
    int waiting() {
        return waiting.size();
    }

    /** What is in force as far as this gateway has heard: good enough for reading, but not for pricing. */
    public Present heard(String program, long realMs) {
        return book.present(program, realMs);
    }

    /** Whether the list is new enough to price by it. */
    public boolean isConfirmed(String program) {
        return book.isConfirmed(program);
    }

    /**
     * The version that prices what happened at another time, at most 31 days ago.
     *
     * @param atMs that time, in ms since the epoch by the program's clock
     * @param realMs the real time
     */
    public InForce heard(String program, long atMs, long realMs) {
        return book.inForce(program, atMs, realMs);
    }

    /**
     * What no version has that prices something now, will do so, or prices what happened at most 31 days ago.
     *
     * @param promotions with stamps or streaks
     * @param counters of limits
     * @param realMs the real time, in ms since the epoch
     * @return those of them; null if this gateway may not have heard of a version
     */
    public @Nullable Gone gone(String program, Set<String> promotions, Set<String> counters, long realMs) {
        Book last = book;
        if (System.nanoTime() - last.beganNanos > SANDBOX_CONFIRMED_NANOS) {
            return null;
        }
        // it is still confirmed then; a sandbox's clock says nothing of that
        Long until = last.clocks.containsKey(program) ? null : Long.valueOf(realMs + GONE_MS);
        return last.gone(program, promotions, counters, until);
    }

    /** The time of a sandbox, in ms since the epoch, as far as this gateway has heard; null if it is none. */
    public @Nullable Long sandboxMs(String program) {
        return book.clocks.get(program);
    }

    /**
     * In which time zone the days of a program end; null while nothing of it is in force that can be read.
     *
     * @param realMs the real time, in ms since the epoch
     */
    public @Nullable ZoneId zone(String program, long realMs) {
        return heard(program, realMs).found() instanceof InForce.Rules rules ? rules.zone() : null;
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
        Runnable read = () -> {
            if (!reading && session.up()) {
                refresh(vertx, session).onComplete(this::tell);
            }
        };
        context.runOnContext(v -> {
            long timer = vertx.setPeriodic(EVERY_MS, id -> read.run());
            readNow = () -> context.runOnContext(v2 -> read.run());
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
        Map<String, Long> clocks = new HashMap<>();
        Set<Edition.Key> listed = new HashSet<>();
        long nowMs = 0;
        for (Row row : rows) {
            Edition edition = known.get(key(row));
            if (edition != null) {
                programs.computeIfAbsent(edition.key().program(), id -> new ArrayList<>())
                        .add(edition);
                listed.add(edition.key());
            }
            Long clock = row.getLong("clock_ms");
            if (clock != null) {
                clocks.put(row.getString("program"), clock);
            }
            nowMs = row.getLong("now_ms");
        }
        known.keySet().retainAll(listed);
        int unreadable = 0;
        for (var program : programs.entrySet()) {
            List<Edition> editions = program.getValue();
            editions.sort(Comparator.comparingInt(edition -> edition.key().version()));
            unreadable += isUnreadable(editions, clocks.getOrDefault(program.getKey(), nowMs)) ? 1 : 0;
        }
        Book read = new Book(programs, clocks, began, unreadable);
        book = read;
        waiting.forEach(call -> call.look(read));
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
