package dev.stampede.search;

import dev.stampede.account.AccountId;
import dev.stampede.account.Image;
import dev.stampede.account.UnreadableForm;
import dev.stampede.document.Points;
import dev.stampede.document.ProgramDocument;
import dev.stampede.gateway.Unavailable;
import dev.stampede.http.request.CallReader;
import dev.stampede.http.request.RedemptionCode;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * Finds accounts and committed operations of one program, each kind by an index that leads to it: a search reads a few
 * dozen rows, however many there are.
 */
@ApplicationScoped
public class Search {
    /** At most so many hits. */
    public static final int MOST = 20;

    /**
     * $1 program, $2 the text, $3 the account that it may be and $4 its lane, $5 the operation, $6 the code, $7 the
     * kinds of unique names; null for what it cannot be. Of operations with one key the first accounts are found, in
     * the order of the index. The image says whether an account is enrolled.
     */
    static final String FIND = """
            SELECT h.kind, o.account, o.id, o.type, o.outcome, o.created_at, o.format,
              CASE WHEN h.kind = 'account' THEN o.image END AS image
            FROM (
              (SELECT 1 AS rank, 'account' AS kind, a.lane, a.head AS operation
               FROM account a
               WHERE a.lane = $4::smallint AND a.program = $1::text AND a.account = $3::text AND a.version > 0)
              UNION ALL
              (SELECT 2, 'operation', i.lane, i.id
               FROM operation i
               WHERE i.id = $5::uuid AND i.program = $1::text
               LIMIT 1)
              UNION ALL
              (SELECT 3, 'key', k.lane, k.id
               FROM operation k
               WHERE k.key = $2::text AND k.program = $1::text
               LIMIT %1$d)
              UNION ALL
              (SELECT 4, 'reference', c.lane, c.operation
               FROM claim c
               WHERE c.program = $1::text AND c.kind = ANY($7::text[]) AND c.name = $2::text
               LIMIT %1$d)
              UNION ALL
              (SELECT 5, 'code', d.lane, d.operation
               FROM code d
               WHERE d.program = $1::text AND d.code = $6::text)
            ) h
            JOIN operation o ON o.id = h.operation AND o.lane = h.lane
            ORDER BY h.rank
            LIMIT %1$d""".formatted(MOST);

    /** The planner has statistics of what was: without them it might read a table that was small. */
    static final List<String> INDEXES_ONLY = List.of("enable_seqscan", "enable_hashjoin", "enable_mergejoin");

    private final SearchPool connections;
    private final SearchConfig config;
    private final String settings;
    private final AtomicInteger searches = new AtomicInteger();

    Search(SearchPool connections, SearchConfig config) {
        this.connections = connections;
        this.config = config;
        List<String> all = new ArrayList<>(
                List.of("set_config('statement_timeout', '" + config.timeout().toMillis() + "', true)"));
        INDEXES_ONLY.forEach(name -> all.add("set_config('" + name + "', 'off', true)"));
        this.settings = "SELECT " + String.join(", ", all);
    }

    /** By what something was found. */
    public enum Kind {
        ACCOUNT,
        OPERATION,
        KEY,
        REFERENCE,
        CODE;

        public String code() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * Something that was found.
     *
     * @param operation of an account the newest one, which may be what time alone has changed
     * @param type of the operation
     * @param outcome {@code ok}, or the code of the refusal
     * @param at when the operation was decided
     */
    public record Hit(Kind kind, String account, UUID operation, String type, String outcome, Instant at) {}

    /**
     * Finds what a text may be, in the order of the kinds. Fails with {@link Unavailable} if it cannot be found out
     * now.
     *
     * @param document of the program, as it is in force
     * @param text 1 to 255 characters, without NUL
     * @return at most {@link #MOST} hits
     */
    public Uni<List<Hit>> find(ProgramDocument document, String text) {
        String program = document.program();
        boolean mayBeAccount = AccountId.valid(text);
        Tuple values = Tuple.tuple()
                .addString(program)
                .addString(text)
                .addString(mayBeAccount ? text : null)
                .addShort(mayBeAccount ? AccountId.of(program, text).lane() : null)
                .addUUID(CallReader.isId(text) ? UUID.fromString(text) : null)
                .addString(RedemptionCode.typed(text))
                .addArrayOfString(uniqueKinds(document));
        return admitted(values)
                .map(rows -> StreamSupport.stream(rows.spliterator(), false)
                        .filter(Search::isThere)
                        .map(Search::hit)
                        .toList())
                .ifNoItem()
                .after(config.timeout())
                .fail()
                .onFailure(Unavailable::isOfPostgres)
                .transform(e -> new Unavailable(
                        Unavailable.Code.UNAVAILABLE, "The search cannot be made now. Try again later.", e));
    }

    /** Those of the program's own receipts, and of each partner's. */
    private static String[] uniqueKinds(ProgramDocument document) {
        return document.points().uniqueReferences() != Points.UniqueReferences.PROGRAM
                ? new String[0]
                : Stream.concat(
                                Stream.of("program"),
                                document.partners().stream().map(partner -> "program:" + partner.id()))
                        .toArray(String[]::new);
    }

    /** A caller that stops waiting does not cancel the search: its place is given back when Postgres has answered. */
    private Uni<RowSet<Row>> admitted(Tuple values) {
        return Uni.createFrom().deferred(() -> {
            if (searches.incrementAndGet() > config.connections() + config.maxWaiting()) {
                searches.decrementAndGet();
                return Uni.createFrom()
                        .failure(new Unavailable(
                                Unavailable.Code.OVERLOADED, "Too many searches at a time. Try again later."));
            }
            return Uni.createFrom()
                    .completionStage(() -> rows(values).toCompletionStage())
                    .onTermination()
                    .invoke(searches::decrementAndGet)
                    .memoize()
                    .indefinitely();
        });
    }

    private Future<RowSet<Row>> rows(Tuple values) {
        return connections
                .pool()
                .withTransaction(connection -> connection
                        .query(settings)
                        .execute()
                        .compose(set -> connection.preparedQuery(FIND).execute(values)));
    }

    /** A void may have come before the member did: then there is a row, but no account yet. */
    private static boolean isThere(Row row) {
        String image = row.getString("image");
        if (image == null) {
            return true;
        }
        try {
            return UnreadableForm.reading(
                    row.getShort("format"), () -> Image.parse(image).state().enrolled());
        } catch (UnreadableForm e) {
            return true; // a newer release has written it
        }
    }

    private static Hit hit(Row row) {
        return new Hit(
                Kind.valueOf(row.getString("kind").toUpperCase(Locale.ROOT)),
                row.getString("account"),
                row.getUUID("id"),
                row.getString("type"),
                row.getString("outcome"),
                row.getOffsetDateTime("created_at").toInstant());
    }
}
