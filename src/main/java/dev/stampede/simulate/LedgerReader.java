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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Reads one program's ledger for a simulation, account by account. The connection cannot write, no statement takes
 * long, and no snapshot is kept for longer than a page of accounts takes.
 */
final class LedgerReader implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int LANES = 256;
    private static final int FETCHED_AT_ONCE = 500;
    private static final int TIMEOUT_SECONDS = 60;
    /** How long ago an operation may have happened when it is decided, by a calendar in any time zone. */
    private static final long BACK_MS = 32L * 24 * 60 * 60 * 1000;

    private static final String VERSIONS = """
            SELECT version, (extract(epoch FROM effective_from) * 1000)::bigint AS from_ms, corrects,
              (extract(epoch FROM published_at) * 1000)::bigint AS published_ms, document
            FROM program_version WHERE program = ? AND effective_from < ? AND version >= coalesce(
              (SELECT max(version) FROM program_version WHERE program = ? AND effective_from <= ?), 0)
            ORDER BY version""";

    private static final String BUDGETS = """
            SELECT b.id, b.kind, b.name FROM budget b WHERE b.program = ?""";

    private static final String PAGE = """
            SELECT account FROM account WHERE lane = ? AND program = ? AND account > ? ORDER BY account LIMIT ?""";

    private static final String OPERATIONS = """
            SELECT account, version, id, type, outcome, reversible, target, reversed_before, reversed,
              (extract(epoch FROM created_at) * 1000)::bigint AS at_ms, program_version, parts, told, detail,
              hold, uses, format, image
            FROM operation WHERE lane = ? AND program = ? AND account > ? AND account <= ?
              AND created_at >= ? AND created_at < ?
            ORDER BY account, version""";

    private static final String IMAGE = """
            SELECT format, image FROM operation
            WHERE lane = ? AND program = ? AND account = ? AND version = ?""";

    private static final String USED_BEFORE = """
            SELECT (x ->> 0)::int AS budget, sum((x ->> 1)::bigint) AS units
            FROM operation o, json_array_elements(o.uses::json) AS x
            WHERE o.lane = ? AND o.program = ? AND o.account > ? AND o.account <= ?
              AND o.created_at < ? AND o.uses IS NOT NULL
            GROUP BY 1""";

    private static final String TARGET = """
            SELECT o.type, o.outcome, o.reversible, o.matures, o.parts, o.told, o.format,
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

    /** Hears what is read, account by account. */
    interface Reader {
        /**
         * An account that has operations in the period.
         *
         * @param before as it was sealed before the period
         */
        void account(String account, Image before, Branch.Memory memory);

        /** Its next operation in the period that was done. */
        void operation(Step step);

        /** It has no more. */
        void end();

        /** How many accounts were looked at, also those without operations in the period. */
        void looked(int accounts);
    }

    /** A failure of the database within a callback that can't say so. */
    static final class ReadFailed extends RuntimeException {
        private static final long serialVersionUID = 1;

        ReadFailed(SQLException cause) {
            super(cause);
        }
    }

    /** @param connection not used for anything else; closed with this */
    LedgerReader(Connection connection, String program, long fromMs, long toMs) throws SQLException {
        this.connection = connection;
        this.program = program;
        this.from = new Timestamp(fromMs);
        this.to = new Timestamp(toMs);
        try (Statement settings = connection.createStatement()) {
            settings.execute("SET ROLE stampede_gateway"); // a role that can read, but not write
            settings.execute("SET default_transaction_read_only = on");
            settings.execute("SET statement_timeout = '" + TIMEOUT_SECONDS + "s'");
            settings.execute("SET enable_seqscan = off"); // the primary keys, whatever the statistics say
            settings.execute("SET jit = off");
        }
        connection.setAutoCommit(false);
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }

    /** The versions that can have priced something in the period. */
    Timeline timeline() throws SQLException {
        List<Timeline.Row> rows = new ArrayList<>();
        try (PreparedStatement question = connection.prepareStatement(VERSIONS)) {
            question.setString(1, program);
            question.setTimestamp(2, to);
            question.setString(3, program);
            question.setTimestamp(4, new Timestamp(from.getTime() - BACK_MS));
            try (ResultSet row = question.executeQuery()) {
                while (row.next()) {
                    rows.add(new Timeline.Row(
                            row.getInt("version"),
                            row.getLong("from_ms"),
                            (Integer) row.getObject("corrects"),
                            row.getLong("published_ms"),
                            row.getString("document")));
                }
            }
        }
        connection.rollback();
        return Timeline.of(program, rows);
    }

    /** The numbers of shared totals, by {@code kind:name}. */
    Map<String, Integer> budgets() throws SQLException {
        Map<String, Integer> numbers = new HashMap<>();
        try (PreparedStatement question = connection.prepareStatement(BUDGETS)) {
            question.setString(1, program);
            try (ResultSet row = question.executeQuery()) {
                while (row.next()) {
                    numbers.put(row.getString("kind") + ":" + row.getString("name"), row.getInt("id"));
                }
            }
        }
        connection.rollback();
        return numbers;
    }

    /** How many accounts the program has about now. */
    long countAccounts() throws SQLException {
        long count = 0;
        try (PreparedStatement question =
                connection.prepareStatement("SELECT count(*) FROM account WHERE lane = ? AND program = ?")) {
            // one lane is as large as another: a few tell how many there are
            int asked = 0;
            for (short lane = 0; lane < LANES && (count < FETCHED_AT_ONCE || asked < LANES / 16); lane++) {
                question.setShort(1, lane);
                question.setString(2, program);
                try (ResultSet row = question.executeQuery()) {
                    row.next();
                    count += row.getLong(1);
                }
                asked++;
            }
            connection.rollback();
            return count * LANES / asked;
        }
    }

    /**
     * Reads all accounts, in the order of lane and id.
     *
     * @param pageSize accounts that are read at once
     * @param usedBefore told what operations before the period used of shared totals; null if nobody wants to know
     */
    void read(int pageSize, Reader reader, @Nullable Map<Integer, Long> usedBefore) throws SQLException {
        for (short lane = 0; lane < LANES; lane++) {
            String last = "";
            List<String> page;
            do {
                page = page(lane, last, pageSize);
                if (!page.isEmpty()) {
                    String end = page.get(page.size() - 1);
                    operations(lane, last, end, reader);
                    if (usedBefore != null) {
                        usedBefore(lane, last, end, usedBefore);
                    }
                    last = end;
                }
                connection.rollback(); // releases the snapshot
                reader.looked(page.size());
            } while (page.size() == pageSize);
        }
    }

    private List<String> page(short lane, String after, int size) throws SQLException {
        List<String> page = new ArrayList<>(size);
        try (PreparedStatement question = connection.prepareStatement(PAGE)) {
            question.setShort(1, lane);
            question.setString(2, program);
            question.setString(3, after);
            question.setInt(4, size);
            try (ResultSet row = question.executeQuery()) {
                while (row.next()) {
                    page.add(row.getString(1));
                }
            }
        }
        return page;
    }

    private void operations(short lane, String after, String end, Reader reader) throws SQLException {
        try (PreparedStatement question = connection.prepareStatement(OPERATIONS)) {
            question.setFetchSize(FETCHED_AT_ONCE);
            question.setShort(1, lane);
            question.setString(2, program);
            question.setString(3, after);
            question.setString(4, end);
            question.setTimestamp(5, from);
            question.setTimestamp(6, to);
            String account = null;
            try (ResultSet row = question.executeQuery()) {
                while (row.next()) {
                    String its = row.getString("account");
                    if (!its.equals(account)) {
                        if (account != null) {
                            reader.end();
                        }
                        account = its;
                        long first = row.getLong("version");
                        reader.account(its, image(lane, its, first - 1), id -> target(lane, id, first));
                    }
                    if (row.getString("outcome").equals(Decision.OK)) {
                        reader.operation(step(row));
                    }
                }
            }
            if (account != null) {
                reader.end();
            }
        }
    }

    private Image image(short lane, String account, long version) throws SQLException {
        if (version == 0) {
            return Image.BLANK;
        }
        try (PreparedStatement question = connection.prepareStatement(IMAGE)) {
            question.setShort(1, lane);
            question.setString(2, program);
            question.setString(3, account);
            question.setLong(4, version);
            try (ResultSet row = question.executeQuery()) {
                if (!row.next()) {
                    throw new SQLException("version " + version + " of an account is missing");
                }
                String text = row.getString("image");
                return UnreadableForm.reading(row.getInt("format"), () -> Image.parse(text));
            }
        }
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

    private void usedBefore(short lane, String after, String end, Map<Integer, Long> used) throws SQLException {
        try (PreparedStatement question = connection.prepareStatement(USED_BEFORE)) {
            question.setShort(1, lane);
            question.setString(2, program);
            question.setString(3, after);
            question.setString(4, end);
            question.setTimestamp(5, from);
            try (ResultSet row = question.executeQuery()) {
                while (row.next()) {
                    used.merge(row.getInt("budget"), row.getLong("units"), Long::sum);
                }
            }
        }
    }

    /**
     * What can be undone of an operation before the period, as it was at its beginning.
     *
     * @param first the account's first version in the period
     */
    private @Nullable Past target(short lane, UUID id, long first) {
        try (PreparedStatement question = connection.prepareStatement(TARGET)) {
            question.setLong(1, first);
            question.setLong(2, first);
            question.setObject(3, id);
            question.setShort(4, lane);
            question.setLong(5, first);
            try (ResultSet row = question.executeQuery()) {
                return row.next() && row.getString("outcome").equals(Decision.OK) ? past(row) : null;
            }
        } catch (SQLException e) {
            throw new ReadFailed(e);
        }
    }

    private static @Nullable Past past(ResultSet row) throws SQLException {
        long worth = row.getLong("reversible");
        long undone = row.getLong("undone");
        String parts = row.getString("left_parts") == null ? row.getString("parts") : row.getString("left_parts");
        String told = row.getString("told");
        List<Lot> lots = lots(row.getString("lots"));
        Long matures = (Long) row.getObject("matures");
        long on = lots.isEmpty() ? 0 : lots.get(0).day();
        Past past = switch (OperationType.of(row.getString("type"))) {
            case EARN -> Past.earn(worth, on, matures, parts == null, parts == null ? null : PartsText.read(parts));
            case ENROL -> parts == null ? null : Past.earn(worth, on, matures, false, PartsText.read(parts));
            case REDEEM, CAPTURE -> Past.payment(worth, negative(lots), told == null ? null : Taken.read(told));
            case ADJUST ->
                lots.isEmpty() || lots.get(0).points() > 0 ? Past.given(worth, on) : Past.taken(worth, negative(lots));
            default -> null;
        };
        return past == null ? null : past.undone(undone);
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
