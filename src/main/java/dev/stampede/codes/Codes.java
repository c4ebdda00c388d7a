package dev.stampede.codes;

import dev.stampede.gateway.Unavailable;
import io.smallrye.mutiny.Uni;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Redemption codes in Postgres, which alone knows whether one was used. */
@ApplicationScoped
class Codes {
    private static final String COLUMNS =
            "state, account, operation, reward, created_at, expires_at, used_at, used_key, used_fingerprint,"
                    + " used_reference, used_store";
    private static final String FIND = "SELECT " + COLUMNS + " FROM find_code($1, $2)";
    private static final String USE = "SELECT " + COLUMNS + ", used_now FROM use_code($1, $2, $3, $4, $5, $6)";
    private static final Duration LIMIT = Duration.ofSeconds(5);
    /** So many calls at a time in this gateway. */
    private static final int MOST = 64;
    /** So many of them may be look-ups: they don't crowd out tills. */
    private static final int MOST_FINDS = 32;

    private final Pool pool;
    private final AtomicInteger finds = new AtomicInteger();
    private final AtomicInteger uses = new AtomicInteger();

    Codes(Pool pool) {
        this.pool = pool;
    }

    /** The states of a code; the function {@code find_code} says what each means. */
    enum State {
        VALID,
        USED,
        EXPIRED,
        CANCELLED
    }

    /**
     * A code whose reward was paid for.
     *
     * @param operation that paid
     * @param use null while it was not used
     */
    record Found(
            State state,
            String account,
            UUID operation,
            String reward,
            Instant createdAt,
            Instant expiresAt,
            @Nullable Use use) {}

    /** @param key under which it was used; {@code fingerprint} is that of the call */
    record Use(
            Instant at,
            String key,
            String fingerprint,
            @Nullable String reference,
            @Nullable String store) {}

    /** @param now whether this call has used it */
    record Used(Found found, boolean now) {}

    /** Null if there is no such code. */
    Uni<@Nullable Found> find(String program, String code) {
        return call(finds, MOST_FINDS, FIND, Tuple.of(program, code))
                .<@Nullable Found>map(
                        rows -> rows.size() == 0 ? null : found(rows.iterator().next()))
                .onFailure(Unavailable::isOfPostgres)
                .transform(e -> new Unavailable(
                        Unavailable.Code.UNAVAILABLE, "The code cannot be read now. Try again later.", e));
    }

    /** Uses the code up if it is valid. Null if there is no such code. */
    Uni<@Nullable Used> use(
            String program,
            String code,
            String key,
            String fingerprint,
            @Nullable String reference,
            @Nullable String store) {
        Tuple values = Tuple.tuple()
                .addString(program)
                .addString(code)
                .addString(key)
                .addString(fingerprint)
                .addString(reference)
                .addString(store);
        return call(uses, MOST - MOST_FINDS, USE, values)
                .<@Nullable Used>map(rows -> {
                    Row row = rows.size() == 0 ? null : rows.iterator().next();
                    return row == null ? null : new Used(found(row), row.getBoolean("used_now"));
                })
                .onFailure(Unavailable::isOfPostgres)
                .transform(Codes::unknown);
    }

    private static Found found(Row row) {
        return new Found(
                State.valueOf(row.getString("state").toUpperCase(java.util.Locale.ROOT)),
                row.getString("account"),
                row.getUUID("operation"),
                row.getString("reward"),
                row.getOffsetDateTime("created_at").toInstant(),
                row.getOffsetDateTime("expires_at").toInstant(),
                row.getOffsetDateTime("used_at") == null
                        ? null
                        : new Use(
                                row.getOffsetDateTime("used_at").toInstant(),
                                row.getString("used_key"),
                                row.getString("used_fingerprint"),
                                row.getString("used_reference"),
                                row.getString("used_store")));
    }

    private static Unavailable unknown(Throwable e) {
        return e instanceof PgException
                ? new Unavailable(
                        Unavailable.Code.UNAVAILABLE,
                        "Postgres cannot do this now. Nothing was done. Try again later.",
                        e)
                : new Unavailable(
                        Unavailable.Code.OUTCOME_UNKNOWN,
                        "There was no answer in time. Send the call again with the same key.",
                        e);
    }

    /** A caller that stops waiting does not cancel the call: its place is given back when Postgres has answered. */
    private Uni<RowSet<Row>> call(AtomicInteger calls, int most, String sql, Tuple values) {
        return Uni.createFrom()
                .deferred(() -> {
                    if (calls.incrementAndGet() > most) {
                        calls.decrementAndGet();
                        return Uni.createFrom()
                                .<RowSet<Row>>failure(new Unavailable(
                                        Unavailable.Code.OVERLOADED,
                                        "Too many codes are looked up at a time. Nothing was done. Try again later."));
                    }
                    return Uni.createFrom()
                            .completionStage(() ->
                                    pool.preparedQuery(sql).execute(values).toCompletionStage())
                            .onTermination()
                            .invoke(calls::decrementAndGet)
                            .memoize()
                            .indefinitely();
                })
                .ifNoItem()
                .after(LIMIT)
                .fail();
    }
}
