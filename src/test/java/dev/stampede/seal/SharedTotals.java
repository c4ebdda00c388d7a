package dev.stampede.seal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.stampede.account.AccountId;
import dev.stampede.account.Proposal;
import io.vertx.sqlclient.Tuple;
import java.sql.Array;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/** A sealer's session, in a test that calls the ledger's function itself. */
final class SharedTotals implements AutoCloseable {
    private static final String SQL = "SELECT * FROM seal_4("
            + Batch.NAMES.stream().map(name -> name + " => ?").collect(Collectors.joining(", ")) + ")";

    private final Connection connection;
    private final PreparedStatement seal;
    final short slot;

    SharedTotals(String url, int slot) throws SQLException {
        this.connection = DriverManager.getConnection(url);
        this.seal = connection.prepareStatement(SQL);
        this.slot = (short) slot;
    }

    /** What the function answered; arrays are never null here. */
    record Answer(
            Set<UUID> inserted,
            List<Integer> refused,
            List<Integer> culprit,
            List<String> reason,
            List<Integer> lacks,
            List<Integer> leftBudget,
            List<Long> leftUnits) {
        boolean has(Proposal proposal) {
            return inserted.contains(proposal.id());
        }
    }

    Answer seal(Run... runs) throws SQLException {
        return seal(List.of(runs));
    }

    Answer seal(List<Run> runs) throws SQLException {
        List<Run> sorted =
                runs.stream().sorted(Comparator.comparing(Run::account)).toList();
        Tuple arguments = Batch.arguments(sorted, slot);
        for (int i = 0; i < arguments.size(); i++) {
            set(i + 1, arguments.getValue(i));
        }
        try (ResultSet rows = seal.executeQuery()) {
            rows.next();
            return new Answer(
                    Set.copyOf(SharedTotals.<UUID>list(rows.getArray("inserted"))),
                    list(rows.getArray("refused")),
                    list(rows.getArray("culprit")),
                    list(rows.getArray("reason")),
                    list(rows.getArray("lacks")),
                    list(rows.getArray("left_budget")),
                    list(rows.getArray("left_units")));
        }
    }

    /** Seals runs of which none is refused. */
    void mustSeal(Run... runs) throws SQLException {
        assertEquals(List.of(), seal(runs).reason());
    }

    private void set(int n, Object value) throws SQLException {
        if (value instanceof Object[] array) {
            seal.setArray(n, connection.createArrayOf(type(array), array));
        } else if (value instanceof Short number) {
            seal.setShort(n, number);
        } else {
            seal.setNull(n, Types.ARRAY);
        }
    }

    private static String type(Object[] array) {
        return switch (array.getClass().getComponentType().getSimpleName()) {
            case "Short" -> "int2";
            case "Integer" -> "int4";
            case "Long" -> "int8";
            case "Boolean" -> "bool";
            case "UUID" -> "uuid";
            default -> "text";
        };
    }

    @SuppressWarnings("unchecked")
    private static <T> List<T> list(Array array) throws SQLException {
        return array == null ? List.of() : new ArrayList<>(Arrays.asList((T[]) array.getArray()));
    }

    /** One run of one account. */
    static Run run(AccountId account, Proposal... proposals) {
        return new Run(account, List.of(proposals));
    }

    void execute(String sql) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    long number(String sql) throws SQLException {
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getLong(1);
        }
    }

    void autoCommit(boolean on) throws SQLException {
        connection.setAutoCommit(on);
    }

    void commit() throws SQLException {
        connection.commit();
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }
}
