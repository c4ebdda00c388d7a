package dev.stampede.seal;

import dev.stampede.account.AccountId;
import dev.stampede.account.Image;
import dev.stampede.account.LedgerSnapshot;
import dev.stampede.account.Signature;
import dev.stampede.account.Unique;
import dev.stampede.account.UnreadableForm;
import dev.stampede.postgres.LedgerClock;
import dev.stampede.postgres.PostgresServers;
import dev.stampede.postgres.PostgresSession;
import dev.stampede.postgres.PostgresUnavailable;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads the ledger for the write path: operations by id or key, and whole accounts to load into Redis. Only {@code
 * find} takes the row lock, and therefore waits for a synchronous standby like a commit: an answer rests on a {@link
 * LedgerLookup} and never on a {@link LedgerSnapshot}. Questions gather while one call is in flight, and go together in
 * the next one. Used from one event loop; it has its own connection, to the same Postgres as the sealer: a read never
 * waits behind an unrelated commit.
 */
public final class Ledger {
    private static final int MAX_QUESTIONS = 256;
    // columns are named: the function of a later release may return more
    private static final String FIND =
            "SELECT asked, head_version, head, digest, head_format, head_image, attributes, format, version, id,"
                    + " type, outcome, key, fingerprint,"
                    + " reference, points, reversible, target, voids, created_at_ms, matures, program_version, parts,"
                    + " told, detail, hold, image, entries, reversed, voided, steps, ended_by, left_parts"
                    + " FROM find_3($1, $2, $3, $4, $5)";
    private static final String LOAD = "SELECT asked, format, image, attributes, keys FROM load_2($1, $2, $3, $4)";
    private static final String KEYS_USED = "SELECT keys_used_2($1, $2, $3) AS used";
    private static final String CLAIMED = "SELECT asked, operation FROM claimed($1, $2, $3)";
    private static final String SECRETS = "SELECT id, key FROM secrets_2()";
    // one statement: what it says was so at one instant
    private static final String BUDGETS = "SELECT b.id, b.program, b.kind, b.name, b.total,"
            + " (SELECT sum(a.units)::bigint FROM allotment a WHERE a.budget = b.id) AS units FROM budget b"
            + " ORDER BY b.id";
    private static final String LEASE = "SELECT lease_lanes($1, $2) AS lanes";
    // a sandbox goes by its own clock; there are few sandboxes, and their accounts are found by their programs
    private static final String REAL =
            "a.due_at <= $2 AND (SELECT true FROM program_clock c WHERE c.program = a.program)" + " IS NULL";
    private static final String SANDBOX =
            "a.program = c.program AND a.due_at <= timestamptz '1970-01-01Z' + c.now_ms" + " * interval '1 ms'";
    private static final String DUE_LANES = "SELECT lane FROM unnest($1::smallint[]) AS l(lane) WHERE EXISTS (SELECT"
            + " FROM account a WHERE a.lane = l.lane AND " + REAL + ") OR EXISTS (SELECT FROM program_clock c JOIN"
            + " account a ON a.lane = l.lane AND " + SANDBOX + ")";
    private static final String PAGE = " AND (a.due_at, a.program, a.account) > ($3, $4, $5)"
            + " ORDER BY a.due_at, a.program, a.account LIMIT $6)";
    private static final String DUE = "(SELECT a.program, a.account, a.due_at FROM account a WHERE a.lane = $1 AND "
            + REAL + PAGE + " UNION ALL (SELECT a.program, a.account, a.due_at FROM program_clock c JOIN account a ON"
            + " a.lane = $1 AND " + SANDBOX + PAGE + " ORDER BY due_at, program, account LIMIT $6";

    private final PostgresSession session;
    private final SealConfig config;
    private final LedgerClock clock;
    private final Sealer sealer;
    private final QuestionBatcher<Question, LedgerLookup> finds =
            new QuestionBatcher<>(MAX_QUESTIONS, this::findAll, Ledger::oneAtFault);
    private final QuestionBatcher<AccountId, LedgerSnapshot> loads =
            new QuestionBatcher<>(MAX_QUESTIONS, accounts -> loadAll(accounts, true), Ledger::oneAtFault);
    private final QuestionBatcher<AccountId, LedgerSnapshot> images =
            new QuestionBatcher<>(MAX_QUESTIONS, accounts -> loadAll(accounts, false), Ledger::oneAtFault);
    private final QuestionBatcher<Question, Boolean> keys =
            new QuestionBatcher<>(MAX_QUESTIONS, this::keysUsed, Ledger::oneAtFault);
    private final QuestionBatcher<Claim, @Nullable UUID> claims =
            new QuestionBatcher<>(MAX_QUESTIONS, this::claimed, Ledger::oneAtFault);
    private final Map<AccountId, Future<LedgerSnapshot>> loading = new HashMap<>();

    private record Claim(String program, Unique unique) {}

    /** A question by key, or else by id. */
    private record Question(
            AccountId account, @Nullable UUID id, @Nullable String key) {}

    public Ledger(
            Vertx vertx,
            Context context,
            PostgresServers servers,
            SealConfig config,
            LedgerClock clock,
            Sealer sealer) {
        this.session = new PostgresSession(vertx, context, servers, Sealer.timeouts(config), clock, true, () -> {});
        this.sealer = sealer;
        this.config = config;
        this.clock = clock;
    }

    public Future<Void> connect() {
        return session.connect();
    }

    public Future<Void> close() {
        return session.close();
    }

    public boolean up() {
        return session.up();
    }

    /** Whether a question has been unanswered for too long. */
    public boolean isHanging() {
        return session.isHanging();
    }

    /** All shared totals, and what is left of them; the book learns it, too. */
    public Future<List<BudgetBook.Total>> budgets(BudgetBook book) {
        long asked = book.asked();
        return session.call(BUDGETS, Tuple.tuple()).map(rows -> {
            List<BudgetBook.Total> totals = new ArrayList<>();
            for (Row row : rows) {
                totals.add(new BudgetBook.Total(
                        row.getInteger("id"),
                        row.getString("program"),
                        row.getString("kind"),
                        row.getString("name"),
                        row.getLong("total"),
                        row.getLong("units")));
            }
            book.counted(totals, asked);
            return totals;
        });
    }

    /** The account without an operation. */
    public Future<LedgerLookup> find(AccountId account) {
        return findById(account, Image.NO_HEAD);
    }

    public Future<LedgerLookup> findByKey(AccountId account, String key) {
        return finds.ask(new Question(account, Image.NO_HEAD, key));
    }

    /** The same for a reader: questions of writes go first. */
    public Future<LedgerLookup> readByKey(AccountId account, String key) {
        return finds.read(new Question(account, Image.NO_HEAD, key));
    }

    /** Whether the account has used this key, without waiting for operations that are being sealed. */
    public Future<Boolean> keyUsed(AccountId account, String key) {
        return keys.ask(new Question(account, Image.NO_HEAD, key));
    }

    /** The operation that has what only one may have; null if none has. A hint: the seal judges it again. */
    public Future<@Nullable UUID> claimed(AccountId account, Unique unique) {
        return claims.ask(new Claim(account.program(), unique));
    }

    public Future<LedgerLookup> findById(AccountId account, @Nullable UUID id) {
        return finds.ask(new Question(account, id, null));
    }

    /**
     * The account's newest sealed image; {@link LedgerSnapshot#BLANK} if it has none. At most one question per account
     * at a time. Like every method that reads an account or an operation, it fails with {@link UnreadableForm} if a
     * newer release has written it.
     */
    public Future<LedgerSnapshot> load(AccountId account) {
        return load(account, loads::ask);
    }

    /** The same for a reader: questions of writes go first. */
    public Future<LedgerSnapshot> readToLoad(AccountId account) {
        return load(account, loads::read);
    }

    private Future<LedgerSnapshot> load(AccountId account, Function<AccountId, Future<LedgerSnapshot>> ask) {
        Future<LedgerSnapshot> underWay = loading.get(account);
        if (underWay != null) {
            return underWay;
        }
        Future<LedgerSnapshot> load = ask.apply(account);
        loading.put(account, load);
        return load.onComplete(loaded -> loading.remove(account));
    }

    /** The same without its keys, for comparison and not for loading into Redis: it costs a fraction. */
    public Future<LedgerSnapshot> image(AccountId account) {
        return images.ask(account);
    }

    /** The same for a reader: questions of writes go first. */
    public Future<LedgerSnapshot> readImage(AccountId account) {
        return images.read(account);
    }

    /** The secrets with which operations are signed, and whose signatures are accepted. */
    public Future<List<Signature.Secret>> secrets() {
        return call(SECRETS, Tuple.tuple()).map(rows -> {
            List<Signature.Secret> secrets = new ArrayList<>(rows.size());
            for (Row row : rows) {
                secrets.add(
                        new Signature.Secret(row.getInteger(0), row.getBuffer(1).getBytes()));
            }
            return secrets;
        });
    }

    /**
     * The lanes that are leased to this owner for the sweep and have accounts that time alone has changed. Gateways
     * divide the lanes; it does no harm if two gateways have the same lane for a short time.
     */
    public Future<List<Short>> lanesDue(String owner, Duration lease) {
        return call(LEASE, Tuple.of(owner, (int) lease.toMillis()))
                .compose(rows -> call(
                        DUE_LANES,
                        Tuple.tuple()
                                .addValue(rows.iterator().next().getArrayOfShorts("lanes"))
                                .addValue(now())))
                .map(rows -> {
                    List<Short> lanes = new ArrayList<>(rows.size());
                    for (Row row : rows) {
                        lanes.add(row.getShort(0));
                    }
                    return lanes;
                });
    }

    /** The next accounts of a lane that time alone has changed, each by its program's time; longest due first. */
    public Future<Due> due(short lane, Due before, int limit) {
        return call(
                        DUE,
                        Tuple.of(lane, now())
                                .addValue(before.dueAt())
                                .addValue(before.program())
                                .addValue(before.account())
                                .addValue(limit))
                .map(rows -> {
                    List<AccountId> accounts = new ArrayList<>(rows.size());
                    Due last = before;
                    for (Row row : rows) {
                        accounts.add(new AccountId(lane, row.getString(0), row.getString(1)));
                        last = new Due(accounts, row.getOffsetDateTime(2), row.getString(0), row.getString(1));
                    }
                    return accounts.isEmpty() ? Due.NONE : last;
                });
    }

    /** A page of accounts, and the position after which the next page begins. */
    public record Due(List<AccountId> accounts, OffsetDateTime dueAt, String program, String account) {
        public static final Due NONE = new Due(List.of(), Instant.EPOCH.atOffset(ZoneOffset.UTC), "", "");
    }

    private OffsetDateTime now() {
        return Instant.ofEpochMilli(clock.nowMs()).atOffset(ZoneOffset.UTC);
    }

    private Future<RowSet<Row>> call(String sql, Tuple arguments) {
        if (session.up()
                && sealer.up()
                && (session.server() != sealer.server() || !Objects.equals(session.epoch(), sealer.epoch()))) {
            session.drop("it is not the Postgres in which operations are sealed");
        }
        String asked = session.epoch();
        return session.call(sql, arguments)
                .compose(rows -> asked != null && asked.equals(sealer.epoch())
                        ? Future.succeededFuture(rows)
                        : Future.failedFuture(new PostgresUnavailable("Postgres has been replaced by another server")));
    }

    /**
     * A row is locked by another session, or Postgres cannot read one question: the other questions are not affected.
     */
    private static boolean oneAtFault(Throwable cause) {
        String state = cause instanceof PgException refusal ? String.valueOf(refusal.getSqlState()) : "";
        return state.equals("55P03") || state.startsWith("22");
    }

    private Future<List<Supplier<LedgerLookup>>> findAll(List<Question> questions) {
        int n = questions.size();
        UUID[] ids = new UUID[n];
        String[] keys = new String[n];
        for (int i = 0; i < n; i++) {
            ids[i] = questions.get(i).id();
            keys[i] = questions.get(i).key();
        }
        Tuple arguments = accounts(questions.stream().map(Question::account).toList())
                .addValue(ids)
                .addValue(keys);
        return call(FIND, arguments).map(rows -> {
            List<Supplier<LedgerLookup>> found = new ArrayList<>(Collections.nCopies(n, () -> LedgerLookup.NO_ACCOUNT));
            for (Row row : rows) {
                int i = row.getInteger("asked") - 1;
                found.set(i, () -> LedgerLookup.read(questions.get(i).account(), row));
            }
            return found;
        });
    }

    private Future<List<Supplier<Boolean>>> keysUsed(List<Question> questions) {
        int n = questions.size();
        String[] programs = new String[n];
        String[] names = new String[n];
        String[] asked = new String[n];
        for (int i = 0; i < n; i++) {
            programs[i] = questions.get(i).account().program();
            names[i] = questions.get(i).account().id();
            asked[i] = questions.get(i).key();
        }
        return call(KEYS_USED, Tuple.of(programs, names, asked)).map(rows -> {
            List<Supplier<Boolean>> used = new ArrayList<>(Collections.nCopies(n, () -> false));
            for (Integer i : rows.iterator().next().getArrayOfIntegers("used")) {
                used.set(i - 1, () -> true);
            }
            return used;
        });
    }

    private Future<List<Supplier<@Nullable UUID>>> claimed(List<Claim> asked) {
        int n = asked.size();
        String[] programs = new String[n];
        String[] kinds = new String[n];
        String[] names = new String[n];
        for (int i = 0; i < n; i++) {
            programs[i] = asked.get(i).program();
            kinds[i] = asked.get(i).unique().kind();
            names[i] = asked.get(i).unique().name();
        }
        return call(CLAIMED, Tuple.of(programs, kinds, names)).map(rows -> {
            List<Supplier<@Nullable UUID>> claimed = new ArrayList<>(Collections.nCopies(n, () -> null));
            for (Row row : rows) {
                UUID by = row.getUUID("operation");
                claimed.set(row.getInteger("asked") - 1, () -> by);
            }
            return claimed;
        });
    }

    private Future<List<Supplier<LedgerSnapshot>>> loadAll(List<AccountId> accounts, boolean keys) {
        OffsetDateTime since = !keys
                ? null
                : Instant.ofEpochMilli(clock.nowMs()).minus(config.keysWindow()).atOffset(ZoneOffset.UTC);
        return call(LOAD, accounts(accounts).addValue(since)).map(rows -> {
            List<Supplier<LedgerSnapshot>> loaded =
                    new ArrayList<>(Collections.nCopies(accounts.size(), () -> LedgerSnapshot.BLANK));
            for (Row row : rows) {
                loaded.set(
                        row.getInteger("asked") - 1,
                        () -> new LedgerSnapshot(
                                UnreadableForm.reading(
                                        row.getShort("format"), () -> Image.parse(row.getString("image"))),
                                row.getString("attributes"),
                                keysOf(row.getString("keys"))));
            }
            return loaded;
        });
    }

    private static List<LedgerSnapshot.Key> keysOf(@Nullable String json) {
        if (json == null) {
            return List.of();
        }
        JsonArray rows = new JsonArray(json);
        List<LedgerSnapshot.Key> keys = new ArrayList<>(rows.size());
        for (int i = 0; i < rows.size(); i++) {
            JsonArray row = rows.getJsonArray(i);
            keys.add(new LedgerSnapshot.Key(
                    row.getString(0), Long.parseLong(row.getString(1)), UUID.fromString(row.getString(2))));
        }
        return keys;
    }

    private static Tuple accounts(List<AccountId> accounts) {
        int n = accounts.size();
        Short[] lanes = new Short[n];
        String[] programs = new String[n];
        String[] names = new String[n];
        for (int i = 0; i < n; i++) {
            lanes[i] = accounts.get(i).lane();
            programs[i] = accounts.get(i).program();
            names[i] = accounts.get(i).id();
        }
        return Tuple.tuple().addValue(lanes).addValue(programs).addValue(names);
    }
}
