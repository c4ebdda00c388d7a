package dev.stampede.simulate;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stampede.account.Decision;
import dev.stampede.account.HoldStatus;
import dev.stampede.account.Image;
import dev.stampede.account.OperationType;
import dev.stampede.account.Receipt;
import dev.stampede.account.UnreadableForm;
import dev.stampede.codec.PartsText;
import dev.stampede.codec.Taken;
import dev.stampede.points.Lot;
import dev.stampede.program.Timeline;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reads one program's ledger for a simulation, account by account. Each question is a transaction of its own, which
 * cannot write, so that no snapshot is kept while the simulation computes or waits. What belongs to a period does not
 * change any more: the transactions need not see one state.
 *
 * <p>All settings are those of the transaction: a PgBouncer in transaction mode can be in between.
 */
final class LedgerReader implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int LANES = 256;
    private static final int ROWS_AT_ONCE = 500;
    private static final int MOST_TRIES = 5;
    /** On a standby: the primary has removed what the statement was reading. */
    private static final String CONFLICT = "40001";
    /** How long ago an operation may have happened when it is decided, by a calendar in any time zone. */
    private static final long BACK_MS = 32L * 24 * 60 * 60 * 1000;

    /** A role that can read, but not write; the primary keys, whatever the statistics say. */
    private static final String SETTINGS = """
            SELECT set_config('role', 'stampede_gateway', true), set_config('statement_timeout', '30s', true),
              set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true)""";

    private static final String REPLAYED = """
            SELECT CASE WHEN pg_is_in_recovery()
              THEN (extract(epoch FROM pg_last_xact_replay_timestamp()) * 1000)::bigint END""";

    private static final String IN_FORCE = """
            FROM program_version WHERE program = ? AND effective_from < ? AND version >= coalesce(
              (SELECT max(version) FROM program_version WHERE program = ? AND effective_from <= ?), 0)""";

    private static final String VERSIONS = """
            SELECT version, (extract(epoch FROM effective_from) * 1000)::bigint AS from_ms, corrects,
              (extract(epoch FROM published_at) * 1000)::bigint AS published_ms, document
            """ + IN_FORCE + " ORDER BY version";

    private static final String BYTES = "SELECT coalesce(sum(octet_length(document)), 0) " + IN_FORCE;

    private static final String BUDGETS = """
            SELECT b.id, b.kind, b.name FROM budget b WHERE b.program = ?""";

    /**
     * The first version of an account that was decided at a time or later: times of an account never go back, so that
     * it is found in as many steps as its number has bits, and in one if the newest is older.
     */
    private static final String FIRST_SINCE = """
            CROSS JOIN LATERAL (
              WITH RECURSIVE step(low, high) AS (
                SELECT 0::bigint, a.version + 1
                UNION ALL
                SELECT CASE WHEN o.created_at < ? THEN o.version ELSE s.low END,
                  CASE WHEN o.created_at < ? THEN s.high ELSE o.version END
                FROM step s CROSS JOIN LATERAL (
                  SELECT x.version, x.created_at FROM operation x
                  WHERE x.lane = a.lane AND x.program = a.program AND x.account = a.account
                    AND x.version = CASE WHEN s.high > a.version THEN a.version ELSE (s.low + s.high) / 2 END) o
                WHERE s.high - s.low > 1)
              SELECT min(high) AS version, count(*) AS steps FROM step) %s
            """;

    private static final String PAGE =
            """
            SELECT a.account, f.version AS first, t.version AS behind, f.steps + t.steps AS steps
            FROM (
              SELECT lane, program, account, version FROM account
              WHERE lane = ? AND program = ? AND account > ? ORDER BY account LIMIT ?) a
            """ + FIRST_SINCE.formatted("f") + FIRST_SINCE.formatted("t") + "ORDER BY a.account";

    private static final String IN_STRETCHES = """
            FROM unnest(?::text[], ?::bigint[], ?::bigint[]) AS r(account, first, behind)
            CROSS JOIN LATERAL (
              SELECT * FROM operation x
              WHERE x.lane = ? AND x.program = ? AND x.account = r.account
                AND x.version >= r.first AND x.version < r.behind) o
            """;

    private static final String OPERATIONS = """
            SELECT o.account, o.version, o.id, o.type, o.outcome, o.reversible, o.target, o.reversed_before,
              o.reversed, (extract(epoch FROM o.created_at) * 1000)::bigint AS at_ms, o.program_version, o.parts,
              o.told, o.detail, o.hold, o.uses, o.format, o.image
            """ + IN_STRETCHES + "ORDER BY o.account, o.version";

    private static final String USES = "SELECT o.uses, o.format " + IN_STRETCHES + "WHERE o.uses IS NOT NULL";

    private static final String TARGET = """
            SELECT o.type, o.outcome, o.reversible, o.matures, o.parts, o.told,
              greatest(o.format, (SELECT max(u.format) FROM operation u
               WHERE u.lane = o.lane AND u.target = o.id AND u.version < ?)) AS format,
              (SELECT coalesce(sum(u.reversed), 0) FROM operation u
               WHERE u.lane = o.lane AND u.target = o.id AND u.version < ?) AS undone,
              (SELECT u.parts FROM operation u
               WHERE u.lane = o.lane AND u.target = o.id AND u.version < ? AND u.parts IS NOT NULL
               ORDER BY u.version DESC LIMIT 1) AS left_parts,
              (SELECT e.lots FROM entry e
               WHERE e.operation = o.id AND e.lane = o.lane AND e.type IN ('earn', 'redeem', 'capture', 'adjust')
               ORDER BY e.n LIMIT 1) AS lots
            FROM operation o WHERE o.id = ? AND o.lane = ? AND o.version < ?""";

    private final Connection connection;
    private final String program;
    private final Timestamp from;
    private final Timestamp to;
    private volatile @Nullable Statement running;

    /** Hears what is read, account by account, never within a transaction. */
    interface Reader {
        /**
         * An account that has operations in the period.
         *
         * @param before as it was sealed before the period
         * @param atFirst finds operations before the period, as they were at its beginning
         * @param now finds operations before the one that was told last, as they were before that one
         */
        void account(String account, Image before, Branch.Memory atFirst, Branch.Memory now);

        /** Its next operation in the period that was done. */
        void operation(Step step);

        /** It has no more. */
        void end();

        /** So many more rows were read; the only place to wait. */
        void read(long rows);

        /**
         * So many more accounts were looked at, also those without operations in the period.
         *
         * @param share of the ledger that was read, from 0 to 1
         */
        void looked(int accounts, double share);
    }

    /** A failure of the database within a callback that can't say so. */
    static final class ReadFailed extends RuntimeException {
        private static final long serialVersionUID = 1;

        ReadFailed(SQLException cause) {
            super(cause);
        }
    }

    /**
     * Versions of an account in a row.
     *
     * @param behind the first that does not belong to it
     */
    private record Stretch(String account, long first, long behind) {
        boolean isEmpty() {
            return first >= behind;
        }

        Stretch atMost(long most) {
            return new Stretch(account, first, Math.min(behind, first + most));
        }

        Stretch startingAt(long next) {
            return new Stretch(account, next, behind);
        }
    }

    /**
     * An operation as it was read.
     *
     * @param step null unless it belongs to the period and was done
     * @param before the account after it; null unless it is the last one before the period
     */
    private record Row(
            String account,
            long version,
            @Nullable Step step,
            @Nullable Image before) {}

    /** @param connection not used for anything else; closed with this */
    LedgerReader(Connection connection, String program, long fromMs, long toMs) throws SQLException {
        this.connection = connection;
        this.program = program;
        this.from = new Timestamp(fromMs);
        this.to = new Timestamp(toMs);
        connection.setReadOnly(true);
        connection.setAutoCommit(false);
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }

    /** Ends the statement that runs, if one does. May be called by any thread. */
    void cancel() throws SQLException {
        Statement now = running;
        if (now != null) {
            now.cancel();
        }
    }

    private interface Question<T> {
        T ask(PreparedStatement prepared) throws SQLException;
    }

    private interface Answer<T> {
        T read(ResultSet row) throws SQLException;
    }

    /** Asks in a transaction of its own. */
    private <T> T asked(String question, Question<T> asks) throws SQLException {
        for (int tries = 1; ; tries++) {
            try (Statement settings = connection.createStatement();
                    PreparedStatement prepared = connection.prepareStatement(question)) {
                settings.execute(SETTINGS);
                running = prepared;
                return asks.ask(prepared);
            } catch (SQLException e) {
                if (!CONFLICT.equals(e.getSQLState()) || tries == MOST_TRIES) {
                    throw e;
                }
            } finally {
                running = null;
                connection.rollback(); // releases the snapshot
            }
        }
    }

    private static <T> List<T> all(PreparedStatement prepared, Answer<T> answer) throws SQLException {
        List<T> all = new ArrayList<>();
        try (ResultSet row = prepared.executeQuery()) {
            while (row.next()) {
                all.add(answer.read(row));
            }
        }
        return all;
    }

    /** Of a standby: when the newest transaction that it has was committed, in ms since the epoch. */
    Optional<Long> replayedMs() throws SQLException {
        return asked(REPLAYED, question -> {
            try (ResultSet row = question.executeQuery()) {
                row.next();
                return Optional.ofNullable((Long) row.getObject(1));
            }
        });
    }

    private void ofThePeriod(PreparedStatement question) throws SQLException {
        question.setString(1, program);
        question.setTimestamp(2, to);
        question.setString(3, program);
        question.setTimestamp(4, new Timestamp(from.getTime() - BACK_MS));
    }

    /** How long the documents of {@link #timeline} are together. */
    long bytesOfTimeline() throws SQLException {
        return asked(BYTES, question -> {
            ofThePeriod(question);
            try (ResultSet row = question.executeQuery()) {
                row.next();
                return row.getLong(1);
            }
        });
    }

    /** The versions that can have priced something in the period. */
    Timeline timeline() throws SQLException {
        List<Timeline.Row> rows = asked(VERSIONS, question -> {
            ofThePeriod(question);
            return all(
                    question,
                    row -> new Timeline.Row(
                            row.getInt("version"),
                            row.getLong("from_ms"),
                            (Integer) row.getObject("corrects"),
                            row.getLong("published_ms"),
                            row.getString("document")));
        });
        return Timeline.of(program, rows);
    }

    /** The numbers of shared totals, by {@code kind:name}. */
    Map<String, Integer> budgets() throws SQLException {
        Map<String, Integer> numbers = new HashMap<>();
        return asked(BUDGETS, question -> {
            question.setString(1, program);
            try (ResultSet row = question.executeQuery()) {
                while (row.next()) {
                    numbers.put(row.getString("kind") + ":" + row.getString("name"), row.getInt("id"));
                }
            }
            return numbers;
        });
    }

    /**
     * Reads all accounts, in the order of lane and id.
     *
     * @param pageSize accounts that are looked for at once
     * @param usedBefore told what operations before the period used of shared totals; null if nobody wants to know:
     *     then nothing before the period is read but the state at its beginning
     */
    void read(int pageSize, Reader reader, @Nullable Map<Integer, Long> usedBefore) throws SQLException {
        for (short lane = 0; lane < LANES; lane++) {
            String last = "";
            int size;
            do {
                List<Stretch> page = new ArrayList<>();
                long rows = page(lane, last, pageSize, page);
                size = page.size();
                last = size == 0 ? last : page.get(size - 1).account;
                reader.read(rows);
                if (usedBefore != null) {
                    usedBefore(lane, page, reader, usedBefore);
                }
                operations(lane, page, reader);
                reader.looked(size, (size < pageSize ? lane + 1 : lane) / (double) LANES);
            } while (size == pageSize);
        }
    }

    /**
     * Finds which operations of the next accounts belong to the period.
     *
     * @param found to add to
     * @return how many rows were read
     */
    private long page(short lane, String after, int size, List<Stretch> found) throws SQLException {
        List<Long> steps = asked(PAGE, question -> {
            question.setShort(1, lane);
            question.setString(2, program);
            question.setString(3, after);
            question.setInt(4, size);
            question.setTimestamp(5, from);
            question.setTimestamp(6, from);
            question.setTimestamp(7, to);
            question.setTimestamp(8, to);
            found.clear(); // it may be asked again
            return all(question, row -> {
                found.add(new Stretch(row.getString("account"), row.getLong("first"), row.getLong("behind")));
                return row.getLong("steps");
            });
        });
        return steps.stream().mapToLong(Long::longValue).sum();
    }

    /** Takes stretches of so many versions together as are read at once. */
    private static List<Stretch> next(Deque<Stretch> left) {
        List<Stretch> next = new ArrayList<>();
        for (long room = ROWS_AT_ONCE; room > 0 && !left.isEmpty(); ) {
            Stretch taken = left.removeFirst();
            Stretch now = taken.atMost(room);
            if (now.behind < taken.behind) {
                left.addFirst(taken.startingAt(now.behind));
            }
            next.add(now);
            room -= now.behind - now.first;
        }
        return next;
    }

    private void inStretches(PreparedStatement question, short lane, List<Stretch> stretches) throws SQLException {
        question.setArray(
                1,
                connection.createArrayOf(
                        "text", stretches.stream().map(Stretch::account).toArray()));
        question.setArray(
                2,
                connection.createArrayOf(
                        "bigint", stretches.stream().map(Stretch::first).toArray()));
        question.setArray(
                3,
                connection.createArrayOf(
                        "bigint", stretches.stream().map(Stretch::behind).toArray()));
        question.setShort(4, lane);
        question.setString(5, program);
    }

    private void usedBefore(short lane, List<Stretch> page, Reader reader, Map<Integer, Long> used)
            throws SQLException {
        Deque<Stretch> left = page.stream()
                .map(each -> new Stretch(each.account, 1, each.first))
                .filter(each -> !each.isEmpty())
                .collect(Collectors.toCollection(ArrayDeque::new));
        while (!left.isEmpty()) {
            List<Stretch> next = next(left);
            List<Map<Integer, Long>> uses = asked(USES, question -> {
                inStretches(question, lane, next);
                return all(question, row -> {
                    String text = row.getString("uses");
                    return UnreadableForm.reading(row.getInt("format"), () -> uses(text));
                });
            });
            uses.forEach(each -> each.forEach((total, units) -> used.merge(total, units, Long::sum)));
            reader.read(
                    next.stream().mapToLong(each -> each.behind - each.first).sum());
        }
    }

    private void operations(short lane, List<Stretch> page, Reader reader) throws SQLException {
        Map<String, Long> firsts = new HashMap<>();
        Deque<Stretch> left = new ArrayDeque<>();
        for (Stretch each : page) {
            if (!each.isEmpty()) {
                firsts.put(each.account, each.first);
                left.add(each.startingAt(Math.max(1, each.first - 1))); // with the state before
            }
        }
        Telling telling = new Telling(lane, firsts, reader);
        while (!left.isEmpty()) {
            List<Row> rows = asked(OPERATIONS, prepared(lane, next(left), firsts));
            rows.forEach(telling::tell);
            reader.read(rows.size());
        }
        telling.end();
    }

    private Question<List<Row>> prepared(short lane, List<Stretch> stretches, Map<String, Long> firsts) {
        return question -> {
            inStretches(question, lane, stretches);
            return all(question, row -> {
                String account = row.getString("account");
                long version = row.getLong("version");
                UnreadableForm.check(row.getInt("format"), UnreadableForm.READS);
                boolean isBefore = version < firsts.getOrDefault(account, 0L);
                boolean isDone = row.getString("outcome").equals(Decision.OK);
                return new Row(account, version, isBefore || !isDone ? null : step(row), isBefore ? image(row) : null);
            });
        };
    }

    /** Tells rows in their order. */
    private final class Telling {
        private final short lane;
        private final Map<String, Long> firsts;
        private final Reader reader;
        private String account = "";
        private long version;
        private Image before = Image.BLANK;

        Telling(short lane, Map<String, Long> firsts, Reader reader) {
            this.lane = lane;
            this.firsts = firsts;
            this.reader = reader;
        }

        void tell(Row row) {
            if (row.before != null) {
                before = row.before;
                return;
            }
            if (!row.account.equals(account)) {
                end();
                account = row.account;
                long first = firsts.getOrDefault(account, 0L);
                reader.account(account, before, id -> target(lane, id, first), id -> target(lane, id, version));
                before = Image.BLANK;
            }
            version = row.version;
            if (row.step != null) {
                reader.operation(row.step);
            }
        }

        void end() {
            if (!account.isEmpty()) {
                reader.end();
            }
        }
    }

    private static Image image(ResultSet row) throws SQLException {
        String text = row.getString("image");
        return UnreadableForm.reading(row.getInt("format"), () -> Image.parse(text));
    }

    /** @throws UnreadableForm if a newer release has written it */
    private static Step step(ResultSet row) throws SQLException {
        UUID id = row.getObject("id", UUID.class);
        String type = row.getString("type");
        long at = row.getLong("at_ms");
        long reversible = row.getLong("reversible");
        UUID target = row.getObject("target", UUID.class);
        long before = row.getLong("reversed_before");
        long reversed = row.getLong("reversed");
        Integer version = (Integer) row.getObject("program_version");
        String parts = row.getString("parts");
        String told = row.getString("told");
        String detail = row.getString("detail");
        String hold = row.getString("hold");
        String uses = row.getString("uses");
        String image = row.getString("image");
        return UnreadableForm.reading(
                row.getInt("format"),
                () -> new Step(
                        id,
                        at,
                        OperationType.of(type),
                        reversible,
                        target,
                        before,
                        reversed,
                        version,
                        parts,
                        told,
                        Receipt.stored(detail).contents(),
                        hold == null ? null : HoldStatus.parse(hold),
                        uses(uses),
                        Image.parse(image)));
    }

    private static Map<Integer, Long> uses(@Nullable String text) {
        Map<Integer, Long> uses = new HashMap<>();
        if (text != null) {
            for (JsonNode use : json(text)) {
                uses.merge(use.path(0).asInt(), use.path(1).asLong(), Long::sum);
            }
        }
        return uses;
    }

    private static JsonNode json(String text) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("not JSON", e);
        }
    }

    /**
     * What can be undone of an operation, as it was before one version of its account.
     *
     * @throws UnreadableForm if a newer release has written it
     */
    private @Nullable Past target(short lane, UUID id, long before) {
        try {
            Optional<Past> found = asked(TARGET, question -> {
                question.setLong(1, before);
                question.setLong(2, before);
                question.setLong(3, before);
                question.setObject(4, id);
                question.setShort(5, lane);
                question.setLong(6, before);
                try (ResultSet row = question.executeQuery()) {
                    return Optional.ofNullable(row.next() ? past(row) : null);
                }
            });
            return found.orElse(null);
        } catch (SQLException e) {
            throw new ReadFailed(e);
        }
    }

    private static @Nullable Past past(ResultSet row) throws SQLException {
        long worth = row.getLong("reversible");
        long undone = row.getLong("undone");
        String type = row.getString("type");
        String left = row.getString("left_parts");
        String parts = left == null ? row.getString("parts") : left;
        String told = row.getString("told");
        String moved = row.getString("lots");
        Long matures = (Long) row.getObject("matures");
        if (!row.getString("outcome").equals(Decision.OK)) {
            return null;
        }
        return UnreadableForm.reading(row.getInt("format"), () -> {
            Past past = past(OperationType.of(type), worth, parts, told, lots(moved), matures);
            return past == null ? null : past.undone(undone);
        });
    }

    private static @Nullable Past past(
            OperationType type,
            long worth,
            @Nullable String parts,
            @Nullable String told,
            List<Lot> lots,
            @Nullable Long matures) {
        long on = lots.isEmpty() ? 0 : lots.get(0).day();
        return switch (type) {
            case EARN -> Past.earn(worth, on, matures, parts == null, parts == null ? null : PartsText.read(parts));
            case ENROL -> parts == null ? null : Past.earn(worth, on, matures, false, PartsText.read(parts));
            case REDEEM, CAPTURE -> Past.payment(worth, negative(lots), told == null ? null : Taken.read(told));
            case ADJUST ->
                lots.isEmpty() || lots.get(0).points() > 0 ? Past.given(worth, on) : Past.taken(worth, negative(lots));
            default -> null;
        };
    }

    private static List<Lot> lots(@Nullable String text) {
        List<Lot> lots = new ArrayList<>();
        if (text != null) {
            for (JsonNode lot : json(text)) {
                long day = lot.path(0).asLong();
                lots.add(new Lot(day, lot.path(1).asLong(), lot.path(2).asLong(day)));
            }
        }
        return lots;
    }

    private static List<Lot> negative(List<Lot> lots) {
        return lots.stream().map(lot -> lot.of(-lot.points())).toList();
    }
}
