package dev.stampede.keys;

import dev.stampede.access.KeyText;
import dev.stampede.access.Principal;
import dev.stampede.access.RateLimit;
import dev.stampede.gateway.Unavailable;
import dev.stampede.http.problem.ProblemCode;
import dev.stampede.http.problem.ProblemException;
import io.smallrye.mutiny.Uni;
import io.vertx.core.buffer.Buffer;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** API keys in Postgres, and the audit: only its functions write them, and record there who did it. */
@ApplicationScoped
class Keys {
    private static final String FIND =
            "SELECT n, id, program, name, kind, scopes, location, per_second, burst, certificate_sha256,"
                    + " previous_until, created_at, created_by, expires_at, revoked_at, last_used_on,"
                    + " clock_timestamp() AS present FROM api_key WHERE (program = $1 OR $2 AND program IS NULL)";
    private static final String ONE = FIND + " AND id = $3";
    private static final String PAGE =
            FIND + " AND n < $3 AND ($4::text IS NULL OR location = $4) ORDER BY n DESC LIMIT $5";
    private static final String AUDIT =
            "SELECT n, id, at, principal, program, action, target, before, after, request_id FROM audit"
                    + " WHERE (program = $1 OR $2 AND program IS NULL) AND n < $3 ORDER BY n DESC LIMIT $4";
    private static final String CREATE = "SELECT create_key_3($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    private static final String ROTATE = "SELECT rotate_key($1, $2, $3, $4, $5, $6, $7)";
    private static final String DROP_PREVIOUS = "SELECT drop_previous_key($1, $2, $3, $4, $5)";
    private static final String REVOKE = "SELECT revoke_key_2($1, $2, $3, $4, $5, $6)";

    /** {@code program_limit_exceeded}, of create_key_3. */
    private static final String TOO_MANY = "54000";
    /** {@code invalid_authorization_specification}, of create_key_3. */
    private static final String ENDED = "28000";

    /** The kind of tills' keys. */
    private static final String TILL = "till";

    private static final Duration LIMIT = Duration.ofSeconds(5);
    /** So many at a time in this gateway, and as many again that end a key or a secret: nothing crowds these out. */
    private static final int MOST = 8;
    /** So many of them may be of one caller. */
    private static final int MOST_OF_ONE = 4;

    private final Pool pool;
    private final AtomicInteger calls = new AtomicInteger();
    private final AtomicInteger ends = new AtomicInteger();
    /** By the principal's id. */
    private final Map<String, Integer> ofCallers = new ConcurrentHashMap<>();

    Keys(Pool pool) {
        this.pool = pool;
    }

    /** Who asks, and under which request id. */
    record Asker(Principal principal, String requestId) {
        boolean ofAllPrograms() {
            return principal.program() == null;
        }
    }

    /**
     * A key, without its secret.
     *
     * @param n numbers keys as they were made
     * @param program null for all
     * @param certificateSha256 in hexadecimal; null for any connection
     * @param present Postgres' time of the look
     */
    record Found(
            long n,
            String id,
            @Nullable String program,
            String name,
            String kind,
            List<String> scopes,
            @Nullable String location,
            @Nullable RateLimit rateLimit,
            @Nullable String certificateSha256,
            @Nullable Instant previousUntil,
            Instant createdAt,
            String createdBy,
            @Nullable Instant expiresAt,
            @Nullable Instant revokedAt,
            @Nullable LocalDate lastUsedOn,
            Instant present) {
        private static Found of(Row row) {
            Integer perSecond = row.getInteger("per_second");
            Buffer certificate = row.getBuffer("certificate_sha256");
            return new Found(
                    row.getLong("n"),
                    row.getString("id"),
                    row.getString("program"),
                    row.getString("name"),
                    row.getString("kind"),
                    List.of(row.getArrayOfStrings("scopes")),
                    row.getString("location"),
                    perSecond == null ? null : new RateLimit(perSecond, row.getInteger("burst")),
                    certificate == null ? null : HexFormat.of().formatHex(certificate.getBytes()),
                    instant(row.getOffsetDateTime("previous_until")),
                    row.getOffsetDateTime("created_at").toInstant(),
                    row.getString("created_by"),
                    instant(row.getOffsetDateTime("expires_at")),
                    instant(row.getOffsetDateTime("revoked_at")),
                    row.getLocalDate("last_used_on"),
                    row.getOffsetDateTime("present").toInstant());
        }

        Bounds bounds() {
            return new Bounds(kind.equals(TILL), location, rateLimit, certificateSha256, expiresAt);
        }

        private static @Nullable Instant instant(@Nullable OffsetDateTime time) {
            return time == null ? null : time.toInstant();
        }
    }

    /** Null if there is none: a key for all programs is for principals that are so. */
    Uni<@Nullable Found> one(String program, Asker asker, String id) {
        return call(asker, ONE, Tuple.of(program, asker.ofAllPrograms(), id)).map(Keys::first);
    }

    /**
     * The key that was changed just now. Needs no place: that of the change is enough, and it would be lost without
     * its answer.
     *
     * @param asker null for a till that has claimed it
     */
    Uni<@Nullable Found> changed(String program, @Nullable Asker asker, String id) {
        return execute(ONE, Tuple.of(program, asker != null && asker.ofAllPrograms(), id))
                .ifNoItem()
                .after(LIMIT)
                .fail()
                .onFailure(Unavailable::isOfPostgres)
                .transform(Keys::unknown)
                .map(Keys::first);
    }

    private static @Nullable Found first(RowSet<Row> rows) {
        return rows.size() == 0 ? null : Found.of(rows.iterator().next());
    }

    /** The newest first, before that one. */
    Uni<List<Found>> page(String program, Asker asker, @Nullable String location, long before, int limit) {
        return call(asker, PAGE, Tuple.of(program, asker.ofAllPrograms(), before, location, limit))
                .map(rows -> {
                    List<Found> page = new ArrayList<>();
                    rows.forEach(row -> page.add(Found.of(row)));
                    return page;
                });
    }

    /**
     * A row of the audit.
     *
     * @param n numbers rows as they were made
     * @param program null for what is of no program
     * @param before JSON; null if there was nothing
     * @param after JSON; null if there is nothing
     */
    record Recorded(
            long n,
            UUID id,
            Instant at,
            String principal,
            @Nullable String program,
            String action,
            String target,
            @Nullable String before,
            @Nullable String after,
            @Nullable String requestId) {
        private static Recorded of(Row row) {
            return new Recorded(
                    row.getLong("n"),
                    row.getUUID("id"),
                    row.getOffsetDateTime("at").toInstant(),
                    row.getString("principal"),
                    row.getString("program"),
                    row.getString("action"),
                    row.getString("target"),
                    row.getString("before"),
                    row.getString("after"),
                    row.getString("request_id"));
        }
    }

    /** What was administered in the program, the newest first, before that one. */
    Uni<List<Recorded>> audit(String program, Asker asker, long before, int limit) {
        return call(asker, AUDIT, Tuple.of(program, asker.ofAllPrograms(), before, limit))
                .map(rows -> {
                    List<Recorded> page = new ArrayList<>();
                    rows.forEach(row -> page.add(Recorded.of(row)));
                    return page;
                });
    }

    Uni<Void> create(String program, Asker asker, KeyText key, String name, List<String> scopes, Bounds bounds) {
        RateLimit rateLimit = bounds.rateLimit();
        Instant expiresAt = bounds.expiresAt();
        Tuple values = Tuple.tuple()
                .addString(key.id())
                .addString(program)
                .addString(name)
                .addString(bounds.till() ? TILL : "key")
                .addArrayOfString(scopes.toArray(String[]::new))
                .addString(bounds.location())
                .addInteger(rateLimit == null ? null : rateLimit.perSecond())
                .addInteger(rateLimit == null ? null : rateLimit.burst())
                .addBuffer(bytes(bounds.certificateSha256()))
                .addBuffer(Buffer.buffer(key.hash()))
                .addOffsetDateTime(expiresAt == null ? null : expiresAt.atOffset(ZoneOffset.UTC))
                .addString(asker.principal().id())
                .addString(asker.requestId());
        return change(asker, CREATE, values).replaceWithVoid();
    }

    /** @param hex null for null */
    static @Nullable Buffer bytes(@Nullable String hex) {
        return hex == null ? null : Buffer.buffer(HexFormat.of().parseHex(hex));
    }

    /** What became of it; the function says what each outcome means. */
    Uni<String> rotate(String program, Asker asker, KeyText key, long overlapSeconds) {
        return outcome(
                calls,
                asker,
                ROTATE,
                Tuple.of(
                                program,
                                asker.ofAllPrograms(),
                                key.id(),
                                Buffer.buffer(key.hash()),
                                overlapSeconds,
                                asker.principal().id())
                        .addString(asker.requestId()));
    }

    Uni<String> dropPrevious(String program, Asker asker, String id) {
        return outcome(
                ends,
                asker,
                DROP_PREVIOUS,
                Tuple.of(program, asker.ofAllPrograms(), id, asker.principal().id(), asker.requestId()));
    }

    /** @param made also the keys that it has made, those that these have made, and so on */
    Uni<String> revoke(String program, Asker asker, String id, boolean made) {
        return outcome(
                ends,
                asker,
                REVOKE,
                Tuple.of(
                        program,
                        asker.ofAllPrograms(),
                        id,
                        made,
                        asker.principal().id(),
                        asker.requestId()));
    }

    private Uni<String> outcome(AtomicInteger places, Asker asker, String sql, Tuple values) {
        return change(places, asker, sql, values).map(row -> row.getString(0));
    }

    /**
     * Calls a function that changes keys or pairings, and answers in one row.
     *
     * @param asker null for a till that claims its key
     */
    Uni<Row> change(@Nullable Asker asker, String sql, Tuple values) {
        return change(calls, asker, sql, values);
    }

    private Uni<Row> change(AtomicInteger places, @Nullable Asker asker, String sql, Tuple values) {
        return bounded(places, asker, sql, values)
                .map(rows -> rows.iterator().next())
                .onFailure(Unavailable::isOfPostgres)
                .transform(Keys::unchanged);
    }

    private static RuntimeException unchanged(Throwable failure) {
        if (!(failure instanceof PgException refused)) {
            return unknown(failure);
        } else if (ENDED.equals(refused.getSqlState())) {
            return new ProblemException(ProblemCode.UNAUTHENTICATED, ProblemCode.UNAUTHENTICATED.detail());
        }
        return TOO_MANY.equals(refused.getSqlState())
                ? new Unavailable(
                        Unavailable.Code.OVERLOADED, "The program has too many keys. Nothing was done.", failure)
                : new Unavailable(
                        Unavailable.Code.UNAVAILABLE,
                        "Postgres cannot change keys now. Nothing was done. Try again later.",
                        failure);
    }

    private static Unavailable unknown(Throwable failure) {
        return new Unavailable(
                Unavailable.Code.OUTCOME_UNKNOWN,
                "Postgres has not answered. The key may have been changed: look at the list of keys.",
                failure);
    }

    private Uni<RowSet<Row>> call(Asker asker, String sql, Tuple values) {
        return bounded(calls, asker, sql, values)
                .onFailure(Unavailable::isOfPostgres)
                .transform(e -> new Unavailable(
                        Unavailable.Code.UNAVAILABLE, "Keys and audit cannot be read now. Try again later.", e));
    }

    /** A caller that stops waiting does not cancel the call: its place is given back when Postgres has answered. */
    private Uni<RowSet<Row>> bounded(AtomicInteger places, @Nullable Asker asker, String sql, Tuple values) {
        return Uni.createFrom()
                .deferred(() -> {
                    if (!take(places, asker)) {
                        return Uni.createFrom()
                                .<RowSet<Row>>failure(new Unavailable(
                                        Unavailable.Code.OVERLOADED,
                                        "Too many calls on keys at a time. Nothing was done. Try again later."));
                    }
                    return execute(sql, values)
                            .onTermination()
                            .invoke(() -> giveBack(places, asker))
                            .memoize()
                            .indefinitely();
                })
                .ifNoItem()
                .after(LIMIT)
                .fail();
    }

    private Uni<RowSet<Row>> execute(String sql, Tuple values) {
        return Uni.createFrom()
                .completionStage(() -> pool.preparedQuery(sql).execute(values).toCompletionStage());
    }

    private boolean take(AtomicInteger places, @Nullable Asker asker) {
        int ofCaller = asker == null ? 0 : ofCallers.merge(asker.principal().id(), 1, Integer::sum);
        if (places.incrementAndGet() <= MOST && ofCaller <= MOST_OF_ONE) {
            return true;
        }
        giveBack(places, asker);
        return false;
    }

    private void giveBack(AtomicInteger places, @Nullable Asker asker) {
        places.decrementAndGet();
        if (asker != null) {
            ofCallers.computeIfPresent(asker.principal().id(), (id, count) -> count == 1 ? null : count - 1);
        }
    }
}
