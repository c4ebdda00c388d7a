package dev.stampede.publish;

import dev.stampede.gateway.ConsoleReads;
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
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import org.hibernate.reactive.mutiny.Mutiny;
import org.jspecify.annotations.Nullable;

/** Reads the versions of programs from Postgres, publishes there, and moves the clocks of sandboxes. */
@ApplicationScoped
public class Versions {
    private static final String PUBLISH = "SELECT outcome, at_version, takes_effect, budget, used"
            + " FROM publish_program_4($1, $2, $3, $4, $5, $6, $7, $8)";

    private static final String SET_CLOCK = "SELECT outcome, clock_ms FROM set_program_clock_2($1, $2, $3, $4)";
    private static final String CLOCK = "SELECT now_ms FROM program_clock WHERE program = $1";

    private static final Duration LIMIT = Duration.ofSeconds(5);
    /** Documents are long: so many at a time. */
    private static final int MOST = 8;

    private final Mutiny.SessionFactory sessions;
    private final Pool pool;
    private final AtomicInteger calls = new AtomicInteger();

    Versions(Mutiny.SessionFactory sessions, Pool pool) {
        this.sessions = sessions;
        this.pool = pool;
    }

    /**
     * Who asks, for the audit.
     *
     * @param id of the principal
     * @param request the request's id; null if there is none
     */
    record Asker(String id, @Nullable String request) {}

    /** What became of a publication; the function {@code publish_program_4} says what each outcome means. */
    record Published(
            String outcome,
            int version,
            @Nullable Instant effectiveFrom,
            @Nullable String budget,
            @Nullable Long used) {}

    /** The versions before this one without their documents, newest first, at most {@code limit}. */
    Uni<List<Object[]>> page(String program, long before, int limit) {
        return read(session -> session.createQuery(
                        "select v.version, v.effectiveFrom, v.corrects, v.reason, v.publishedAt, v.publishedBy"
                                + " from VersionRow v where v.program = :program and v.version < :before"
                                + " order by v.version desc",
                        Object[].class)
                .setParameter("program", program)
                .setParameter("before", (int) Math.min(before, Integer.MAX_VALUE))
                .setMaxResults(limit)
                .getResultList());
    }

    /** Null if there is no such version. */
    Uni<@Nullable VersionRow> one(String program, int version) {
        return read(session -> session.createQuery(
                        "from VersionRow v where v.program = :program and v.version = :version", VersionRow.class)
                .setReadOnly(true)
                .setParameter("program", program)
                .setParameter("version", version)
                .getSingleResultOrNull());
    }

    /** The document of a version; null if there is no such version. */
    public Uni<@Nullable String> document(String program, int version) {
        return one(program, version).map(row -> row == null ? null : row.document);
    }

    /** Null if there is no such program. */
    Uni<@Nullable VersionRow> newest(String program) {
        return read(session -> session.createQuery(
                        "from VersionRow v where v.program = :program order by v.version desc", VersionRow.class)
                .setReadOnly(true)
                .setParameter("program", program)
                .setMaxResults(1)
                .getSingleResultOrNull());
    }

    /** @param effectiveFrom null for as soon as possible */
    Uni<Published> publish(
            Asker asker,
            String program,
            String document,
            int basedOn,
            @Nullable Instant effectiveFrom,
            @Nullable Integer corrects,
            @Nullable String reason) {
        Tuple values = Tuple.tuple()
                .addString(program)
                .addString(document)
                .addInteger(basedOn)
                .addOffsetDateTime(
                        effectiveFrom == null ? null : OffsetDateTime.ofInstant(effectiveFrom, ZoneOffset.UTC))
                .addInteger(corrects)
                .addString(reason)
                .addString(asker.id)
                .addString(asker.request);
        return bounded(() -> call(PUBLISH, values))
                .map(rows -> {
                    var row = rows.iterator().next();
                    OffsetDateTime from = row.getOffsetDateTime("takes_effect");
                    return new Published(
                            row.getString("outcome"),
                            row.getInteger("at_version"),
                            from == null ? null : from.toInstant(),
                            row.getString("budget"),
                            row.getLong("used"));
                })
                .onFailure(Unavailable::isOfPostgres)
                .transform(e -> unknown(
                        e,
                        "Postgres cannot publish now. Nothing was done. Try again later.",
                        "Postgres has not answered. The version may have been published: look at the list of"
                                + " versions."));
    }

    /** What became of moving a clock; the function {@code set_program_clock_2} says what each outcome means. */
    record ClockMoved(String outcome, @Nullable Long nowMs) {}

    /** @param nowMs where a sandbox's clock is to stand, in ms since the epoch */
    Uni<ClockMoved> setClock(Asker asker, String program, long nowMs) {
        return bounded(() -> call(SET_CLOCK, Tuple.of(program, nowMs, asker.id, asker.request)))
                .map(rows -> {
                    var row = rows.iterator().next();
                    return new ClockMoved(row.getString("outcome"), row.getLong("clock_ms"));
                })
                .onFailure(Unavailable::isOfPostgres)
                .transform(e -> unknown(
                        e,
                        "Postgres cannot move the clock now. Nothing was done. Try again later.",
                        "Postgres has not answered. The clock may have been moved: send the call again."));
    }

    /** The time of a sandbox, in ms since the epoch; null if it is none. */
    Uni<@Nullable Long> clock(String program) {
        return bounded(() -> call(CLOCK, Tuple.of(program)))
                .<@Nullable Long>map(
                        rows -> rows.size() == 0 ? null : rows.iterator().next().getLong(0))
                .onFailure(Unavailable::isOfPostgres)
                .transform(e -> new Unavailable(
                        Unavailable.Code.UNAVAILABLE, "The clock cannot be read now. Try again later.", e));
    }

    private Uni<RowSet<Row>> call(String sql, Tuple values) {
        return Uni.createFrom()
                .completionStage(() -> pool.preparedQuery(sql).execute(values).toCompletionStage());
    }

    private static Unavailable unknown(Throwable e, String refused, String unanswered) {
        return e instanceof PgException
                ? new Unavailable(Unavailable.Code.UNAVAILABLE, refused, e)
                : new Unavailable(Unavailable.Code.OUTCOME_UNKNOWN, unanswered, e);
    }

    private <T> Uni<T> read(Function<Mutiny.Session, Uni<T>> question) {
        return bounded(() ->
                        sessions.withTransaction(session -> session.createNativeQuery("SET LOCAL statement_timeout = "
                                        + ConsoleReads.timeout(LIMIT).toMillis())
                                .executeUpdate()
                                .chain(v -> question.apply(session))))
                .onFailure(Unavailable::isOfPostgres)
                .transform(e -> new Unavailable(
                        Unavailable.Code.UNAVAILABLE, "The versions cannot be read now. Try again later.", e));
    }

    /** A caller that stops waiting does not cancel the call: its place is given back when Postgres has answered. */
    private <T> Uni<T> bounded(Supplier<Uni<T>> call) {
        return Uni.createFrom()
                .deferred(() -> {
                    if (calls.incrementAndGet() > MOST) {
                        calls.decrementAndGet();
                        return Uni.createFrom().<T>failure(tooMany());
                    }
                    return call.get()
                            .onTermination()
                            .invoke(calls::decrementAndGet)
                            .memoize()
                            .indefinitely();
                })
                .ifNoItem()
                .after(LIMIT)
                .fail();
    }

    private static Unavailable tooMany() {
        return new Unavailable(Unavailable.Code.OVERLOADED, "Too many calls on programs at a time. Try again later.");
    }
}
