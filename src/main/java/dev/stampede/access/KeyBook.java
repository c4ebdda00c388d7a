package dev.stampede.access;

import dev.stampede.postgres.LedgerClock;
import dev.stampede.postgres.PostgresServers;
import dev.stampede.postgres.PostgresSession;
import dev.stampede.postgres.Timeouts;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.impl.VertxInternal;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * All API keys, in memory, for the check of every request.
 *
 * <p>The book is an immutable map, which is replaced as a whole. It asks Postgres every 2 s for the keys that have
 * changed, and at once when another gateway says that there are some ({@link #readSoon}). Therefore a key is revoked
 * everywhere within 2 s, also where notices are lost. A read that is not answered in time counts as failed, its
 * connection is replaced, and the book is read again: within 5 s also where a connection has gone silent. While
 * Postgres is known to be down the last book goes on, for {@link KeysConfig#maxAge}; then nobody knows which keys have
 * been revoked, and every call is refused. So it is where nobody knows why the book is older than 5 s, such as after
 * this process has stood still, until the next read has ended.
 *
 * <p>Whoever changes a key holds a lock from before it takes the number of the change until its commit; whoever reads
 * takes that lock first, and shares it only with other readers. Therefore numbers become visible in their order. After
 * each new connection, which may lead to another Postgres, everything is read again.
 */
@ApplicationScoped
public class KeyBook {
    private static final Logger LOG = Logger.getLogger(KeyBook.class);

    private static final String CHANGED = "SELECT id, program, kind, scopes, location, certificate_sha256, hash,"
            + " previous_hash, previous_until_ms, expires_ms, per_second, burst, revoked, changed FROM api_keys_3($1)";
    private static final String ALIVE = "SELECT gateways_alive($1, $2)";
    private static final String USED = "SELECT api_keys_used($1)";
    private static final String BOOTSTRAP = "SELECT bootstrap_key($1, $2, $3, $4)";

    private static final String SCHEME = "Bearer ";

    private static final long EVERY_MS = 2000;
    private static final long USED_EVERY_MS = 60_000;
    /** For so long Postgres tells of a key that has ended; see api_keys_3. */
    private static final long ENDED_KEPT_MS = Duration.ofDays(1).toMillis();
    /** A gateway that has not said for so long that it is alive is gone. */
    private static final int ALIVE_MS = 7000;

    /** All keys of a large deployment are read at the start, and after each new connection. */
    private static final Duration READ_LIMIT = Duration.ofSeconds(20);

    /** For what has changed: with {@link #EVERY_MS} and the next connection it stays below {@link #PROMISED}. */
    private static final Duration CHANGES_LIMIT = Duration.ofMillis(2500);

    /** Within this time every gateway knows what was revoked, unless it knows that Postgres is away. */
    private static final Duration PROMISED = Duration.ofSeconds(5);

    private static final Duration HANG_LIMIT = Duration.ofSeconds(1);

    private static final ThreadLocal<KeyText.Reader> READER = ThreadLocal.withInitial(KeyText.Reader::new);

    private final KeysConfig config;
    private volatile Map<String, Entry> book = Map.of();
    /** When the last successful read began, by the monotonic clock; null before the first. */
    private volatile @Nullable Long readNanos;

    /** Whether the last read has failed, or could not be tried. */
    private volatile boolean isAway;

    /** This gateway, among those that are alive. */
    private final String self = UUID.randomUUID().toString();

    private volatile int gateways = 1;

    /** Ids of the keys that were used since that was last stored. */
    private final Map<String, Boolean> used = new ConcurrentHashMap<>();

    /** Only its event loop touches these. */
    private long last;

    private boolean reading;
    /** Who waits for a read that begins later. */
    private List<Promise<Void>> waiting = new ArrayList<>();

    private volatile Supplier<Future<Void>> readSoon = Future::succeededFuture;
    private volatile Runnable stop = () -> {};
    private volatile @Nullable Bootstrap bootstrap;

    /** Stores the first key. */
    @FunctionalInterface
    private interface Bootstrap {
        Future<Boolean> take(KeyText key, String name, boolean always);
    }

    /**
     * A key, with the answers to calls with it.
     *
     * @param previous the secret before, while it is valid; null if there is none
     * @param certificate the only one that a client may have shown, by its SHA-256; null for any or none
     * @param endMs when it ends, or was seen to be revoked, by this machine's clock
     */
    private record Entry(
            byte[] hash,
            byte @Nullable [] previous,
            byte @Nullable [] certificate,
            Check.Passed byHash,
            Check.Passed byPrevious,
            boolean revoked,
            long endMs) {
        private static Entry of(Row row, long nowMs) {
            Buffer previous = row.getBuffer("previous_hash");
            Buffer certificate = row.getBuffer("certificate_sha256");
            Long expires = row.getLong("expires_ms");
            long until = expires == null ? Long.MAX_VALUE : expires;
            Long overlap = row.getLong("previous_until_ms");
            return new Entry(
                    row.getBuffer("hash").getBytes(),
                    previous == null ? null : previous.getBytes(),
                    certificate == null ? null : certificate.getBytes(),
                    passed(row, until, row.getBuffer("hash")),
                    passed(
                            row,
                            overlap == null ? until : Math.min(until, overlap),
                            previous == null ? row.getBuffer("hash") : previous),
                    row.getBoolean("revoked"),
                    row.getBoolean("revoked") ? Math.min(until, nowMs) : until);
        }

        private static Check.Passed passed(Row row, long untilMs, Buffer hash) {
            return new Check.Passed(new Principal(
                    row.getString("kind").equals("till") ? Principal.Kind.TILL : Principal.Kind.KEY,
                    row.getString("id"),
                    row.getString("program"),
                    null,
                    Scope.bits(List.of(row.getArrayOfStrings("scopes"))),
                    row.getString("location"),
                    untilMs,
                    rateLimit(row),
                    hash.getLong(0)));
        }

        private static @Nullable RateLimit rateLimit(Row row) {
            Integer perSecond = row.getInteger("per_second");
            return perSecond == null ? null : new RateLimit(perSecond, row.getInteger("burst"));
        }

        private Check check(byte[] given, Supplier<byte @Nullable []> shown, long nowMs) {
            if (MessageDigest.isEqual(hash, given)) {
                return valid(byHash, shown, nowMs);
            } else if (previous != null && MessageDigest.isEqual(previous, given)) {
                return valid(byPrevious, shown, nowMs);
            }
            return Check.Refused.UNKNOWN;
        }

        /** The same for a secret that was shown before. */
        private Check again(long secret, long nowMs) {
            if (byHash.principal().secret() == secret) {
                return valid(byHash, () -> null, nowMs);
            } else if (byPrevious.principal().secret() == secret) {
                return valid(byPrevious, () -> null, nowMs);
            }
            return Check.Refused.UNKNOWN;
        }

        private Check valid(Check.Passed passed, Supplier<byte @Nullable []> shown, long nowMs) {
            if (revoked) {
                return barred(Check.Refused.REVOKED);
            }
            if (nowMs >= passed.principal().validUntilMs()) {
                return barred(Check.Refused.EXPIRED);
            }
            return allows(shown) ? passed : barred(Check.Refused.CERTIFICATE);
        }

        private Check barred(Check.Refused why) {
            return new Check.Barred(why, byHash.principal().id());
        }

        private boolean allows(Supplier<byte @Nullable []> shown) {
            return certificate == null || MessageDigest.isEqual(certificate, shown.get());
        }

        /** Whether the secret with which a principal came is still one of the key's. */
        private boolean isValid(long secret, long nowMs) {
            return isValid(byHash.principal(), secret, nowMs) || isValid(byPrevious.principal(), secret, nowMs);
        }

        private static boolean isValid(Principal now, long secret, long nowMs) {
            return now.secret() == secret && nowMs < now.validUntilMs();
        }
    }

    KeyBook(KeysConfig config, MeterRegistry meters) {
        this.config = config;
        Gauge.builder("stampede.keys.age", this, KeyBook::ageSeconds)
                .baseUnit("seconds")
                .description("Age of the API keys in memory. Beyond stampede.keys.max-age every call is refused")
                .register(meters);
        Gauge.builder("stampede.keys.expiry", this, KeyBook::nextExpirySeconds)
                .baseUnit("seconds")
                .description("Until the next API key ends by itself; NaN if none does")
                .register(meters);
    }

    /** Of this machine's clock, which is near enough for an alert some days before. */
    private double nextExpirySeconds() {
        long nowMs = System.currentTimeMillis();
        long next = book.values().stream()
                .filter(entry -> !entry.revoked)
                .mapToLong(entry -> entry.byHash.principal().validUntilMs())
                .filter(until -> until > nowMs)
                .min()
                .orElse(Long.MAX_VALUE);
        return next == Long.MAX_VALUE ? Double.NaN : (next - nowMs) / 1e3;
    }

    /** Age of the keys in memory in seconds; infinite before the first read. */
    public double ageSeconds() {
        Long read = readNanos;
        return read == null ? Double.POSITIVE_INFINITY : (System.nanoTime() - read) / 1e9;
    }

    /** Whether keys may have been revoked without its knowledge for longer than anybody may expect. */
    public boolean isStale() {
        Long read = readNanos;
        if (read == null) {
            return true;
        }
        long age = System.nanoTime() - read;
        return age > config.maxAge().toNanos() || (age > PROMISED.toNanos() && !isAway);
    }

    /**
     * Checks the credential of a request: no I/O, a microsecond.
     *
     * @param authorization the {@code Authorization} header; null if there is none
     * @param shown SHA-256 of the certificate that the client of the connection has shown, null for none; asked for
     *     only if the key needs one
     * @param nowMs Postgres' time, in ms since the epoch
     */
    public Check check(@Nullable String authorization, Supplier<byte @Nullable []> shown, long nowMs) {
        if (authorization == null || authorization.isEmpty()) {
            return Check.Refused.MISSING;
        }
        KeyText.Reader reader = READER.get();
        try {
            return check(reader, authorization, shown, nowMs);
        } finally {
            reader.forget();
        }
    }

    private Check check(KeyText.Reader reader, String authorization, Supplier<byte @Nullable []> shown, long nowMs) {
        if (!authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())
                || !reader.reads(authorization, SCHEME.length())) {
            return Check.Refused.MALFORMED;
        }
        if (isStale()) {
            return Check.Stale.STALE;
        }
        int id = SCHEME.length() + KeyText.ID;
        Entry entry = book.get(authorization.substring(id, id + KeyText.ID_END - KeyText.ID));
        if (entry == null) {
            return Check.Refused.UNKNOWN;
        }
        Check check = entry.check(reader.hash(), shown, nowMs);
        if (check instanceof Check.Passed passed) {
            used.putIfAbsent(passed.principal().id(), true);
        }
        return check;
    }

    /**
     * Checks a principal again that has shown its key before, on another connection: who that is now, with the scopes
     * that it has now. No certificate was shown there.
     */
    public Check again(Principal before, long nowMs) {
        if (isStale()) {
            return Check.Stale.STALE;
        }
        Entry entry = book.get(before.id());
        Check check = entry == null ? Check.Refused.UNKNOWN : entry.again(before.secret(), nowMs);
        if (check instanceof Check.Passed passed) {
            used.putIfAbsent(passed.principal().id(), true);
        }
        return check;
    }

    /** Whether a principal that was valid still is. */
    public boolean isValid(Principal principal, long nowMs) {
        if (principal.kind() == Principal.Kind.MEMBER) {
            return nowMs < principal.validUntilMs();
        }
        Entry entry = book.get(principal.id());
        return entry != null
                && !entry.revoked
                && nowMs < principal.validUntilMs()
                && entry.isValid(principal.secret(), nowMs)
                && !isStale();
    }

    /**
     * Whether a principal may use a connection without its key, such as with a ticket.
     *
     * @param shown as for {@link #check}
     */
    public boolean allows(Principal principal, Supplier<byte @Nullable []> shown) {
        if (principal.kind() == Principal.Kind.MEMBER) {
            return true;
        }
        Entry entry = book.get(principal.id());
        return entry != null && entry.allows(shown);
    }

    /** How many gateways are alive, this one included, as it was known a few seconds ago. */
    public int gateways() {
        return gateways;
    }

    /** Whether there is a key that can make others. */
    public boolean hasKeyForKeys(long nowMs) {
        return book.values().stream()
                .anyMatch(entry -> !entry.revoked
                        && entry.byHash.principal().hasAny(Scope.KEYS)
                        && nowMs < entry.byHash.principal().validUntilMs());
    }

    /**
     * Reads what has changed, now or as soon as the present read has ended.
     *
     * @return completed when the book goes by what was committed before; failed if it could not be read
     */
    public Future<Void> readSoon() {
        return readSoon.get();
    }

    /** Connects, reads all keys, and then periodically those that have changed. */
    public Future<Void> start(Vertx vertx, PostgresServers servers, Duration connectTimeout, LedgerClock clock) {
        Context context = ((VertxInternal) vertx).createEventLoopContext();
        Timeouts timeouts = new Timeouts(connectTimeout, READ_LIMIT, HANG_LIMIT);
        PostgresSession session = new PostgresSession(vertx, context, servers, timeouts, clock, false, () -> {
            last = 0;
            readSoon().onFailure(e -> LOG.debugf("reading after a new connection: %s", e.getMessage()));
        });
        Promise<Void> started = Promise.promise();
        context.runOnContext(v -> {
            long reads = vertx.setPeriodic(EVERY_MS, id -> {
                read(session, null);
                count(session).onFailure(e -> LOG.debugf("counting gateways: %s", e.getMessage()));
            });
            long uses = vertx.setPeriodic(USED_EVERY_MS, id -> storeUse(session));
            readSoon = () -> {
                Promise<Void> done = Promise.promise();
                context.runOnContext(v2 -> read(session, done));
                return done.future();
            };
            stop = () -> context.runOnContext(v2 -> {
                vertx.cancelTimer(reads);
                vertx.cancelTimer(uses);
                Future<?> told = session.up() ? session.call(ALIVE, Tuple.of(self, 0)) : Future.succeededFuture();
                told.eventually(() -> session.close()).onFailure(e -> LOG.debugf("closing: %s", e.getMessage()));
            });
            bootstrap = (key, name, always) -> onContext(
                    context,
                    () -> session.call(BOOTSTRAP, Tuple.of(key.id(), Buffer.buffer(key.hash()), name, always))
                            .compose(rows -> refresh(session)
                                    .map(v2 -> rows.iterator().next().getBoolean(0))));
            session.connect()
                    .compose(v2 -> refresh(session))
                    .compose(v2 -> count(session))
                    .onComplete(started);
        });
        return started.future();
    }

    public void stop() {
        stop.run();
    }

    /**
     * Takes a key from outside, with all scopes for all programs, if there is no key at all.
     *
     * @param always also if there are others
     * @return whether it was taken
     */
    public Future<Boolean> bootstrap(KeyText key, String name, boolean always) {
        Bootstrap ready = bootstrap;
        return ready == null
                ? Future.failedFuture(new IllegalStateException("the book was not started"))
                : ready.take(key, name, always);
    }

    private static <T> Future<T> onContext(Context context, Supplier<Future<T>> call) {
        Promise<T> done = Promise.promise();
        context.runOnContext(v -> call.get().onComplete(done));
        return done.future();
    }

    private void read(PostgresSession session, @Nullable Promise<Void> waits) {
        if (waits != null) {
            waiting.add(waits);
        }
        if (!reading && session.up()) {
            List<Promise<Void>> served = waiting;
            waiting = new ArrayList<>();
            refresh(session).onComplete(read -> {
                tell(read);
                served.forEach(each -> each.handle(read));
                if (!waiting.isEmpty()) {
                    read(session, null);
                }
            });
        } else if (!reading) {
            isAway = true;
            waiting.forEach(each -> each.fail("Postgres is not connected"));
            waiting = new ArrayList<>();
        }
    }

    /** Says so once when it begins to fail. */
    private void tell(AsyncResult<Void> read) {
        if (read.failed() && !isAway) {
            LOG.warnf(
                    "cannot read the API keys (%s), trying again", read.cause().getMessage());
        }
        isAway = read.failed();
    }

    private Future<Void> refresh(PostgresSession session) {
        reading = true;
        return readOnce(session).onComplete(done -> reading = false);
    }

    private Future<Void> readOnce(PostgresSession session) {
        long began = System.nanoTime();
        long after = last;
        return session.call(CHANGED, Tuple.of(after), after == 0 ? READ_LIMIT : CHANGES_LIMIT)
                .compose(rows -> {
                    if (after != last) { // it is another Postgres since then: the next read tells
                        return Future.succeededFuture();
                    }
                    take(rows, after == 0);
                    readNanos = began;
                    return after == 0 && last > 0 ? readOnce(session) : Future.succeededFuture(); // all took a while
                });
    }

    /** Says that this gateway is alive, and learns how many are; while it cannot, it goes by the last count. */
    private Future<Void> count(PostgresSession session) {
        return !session.up()
                ? Future.succeededFuture()
                : session.call(ALIVE, Tuple.of(self, ALIVE_MS)).<Void>map(rows -> {
                    gateways = Math.max(1, rows.iterator().next().getInteger(0));
                    return null;
                });
    }

    private void take(RowSet<Row> rows, boolean all) {
        if (rows.size() == 0 && !all) {
            return;
        }
        long nowMs = System.currentTimeMillis();
        Map<String, Entry> next = all ? new HashMap<>() : new HashMap<>(book);
        next.values().removeIf(entry -> entry.endMs < nowMs - ENDED_KEPT_MS);
        for (Row row : rows) {
            next.put(row.getString("id"), Entry.of(row, nowMs));
            last = Math.max(last, row.getLong("changed"));
        }
        book = next;
    }

    /** Stores on which day the keys were used: one statement, and a change only for the first use of a day. */
    private void storeUse(PostgresSession session) {
        String[] ids = used.keySet().toArray(String[]::new);
        if (ids.length == 0 || !session.up()) {
            return;
        }
        Arrays.asList(ids).forEach(used::remove);
        session.call(USED, Tuple.of(ids))
                .onFailure(e -> LOG.debugf("the use of %d keys was not stored: %s", ids.length, e.getMessage()));
    }
}
