package dev.stampede.seal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.account.Proposal;
import io.vertx.sqlclient.Tuple;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BatchTest {
    private static final String MIGRATION = "/db/migration/V009__shared_totals.sql";

    private static final short SLOT = 3;

    private final EarningAccount ann = new EarningAccount("ann");
    private final EarningAccount bob = new EarningAccount("bob");

    @Test
    void itsNamesAreThoseOfTheFunction() throws IOException {
        String signature;
        try (InputStream migration = BatchTest.class.getResourceAsStream(MIGRATION)) {
            assertNotNull(migration, MIGRATION);
            String sql = new String(migration.readAllBytes(), StandardCharsets.UTF_8);
            int start = sql.indexOf("CREATE FUNCTION seal_4(");
            signature = sql.substring(start, sql.indexOf("LANGUAGE", start));
        }
        assertEquals(
                all("([roeupck]_\\w+) \\w+", signature).stream().sorted().toList(),
                Batch.NAMES.stream().sorted().toList());
        assertEquals(
                List.of("inserted", "refused", "culprit", "reason", "lacks", "left_budget", "left_units"),
                all("OUT (\\w+)", signature));
        assertTrue(
                Batch.SQL.startsWith("SELECT inserted, refused, culprit, reason, lacks, left_budget, left_units, "),
                Batch.SQL);
    }

    @Test
    void eachNameHasItsPlaceholder() {
        assertEquals(Batch.NAMES, all("(\\w+) => \\$", Batch.SQL));
        assertEquals(
                IntStream.rangeClosed(1, Batch.NAMES.size())
                        .mapToObj(String::valueOf)
                        .toList(),
                all("=> \\$(\\d+)", Batch.SQL));
        Tuple arguments = Batch.arguments(List.of(new Run(ann.id, List.of(ann.earn("a")))), SLOT);
        assertEquals(Batch.NAMES.size(), arguments.size());
    }

    @Test
    void rowsAreCountedOverTheWholeBatch() {
        Proposal first = ann.earn("a1");
        Proposal second = ann.decline("a2");
        Proposal third = ann.earn("a3");
        Proposal other = bob.earn("b1");
        Tuple batch = Batch.arguments(
                List.of(new Run(ann.id, List.of(first, second, third)), new Run(bob.id, List.of(other))), SLOT);

        assertArrayEquals(new String[] {"ann", "bob"}, of(batch, "r_account"));
        assertArrayEquals(new Integer[] {1, 4}, of(batch, "r_first"));
        assertArrayEquals(new Integer[] {3, 4}, of(batch, "r_last"));
        assertArrayEquals(new Integer[] {2, 3}, of(batch, "r_last_entry"));
        assertArrayEquals(new Long[] {20L, 10L}, of(batch, "r_available"));
        assertArrayEquals(new Integer[] {1, 1, 1, 2}, of(batch, "o_run"));
        assertArrayEquals(new UUID[] {first.id(), second.id(), third.id(), other.id()}, of(batch, "o_id"));
        assertArrayEquals(new String[] {"a1", "a2", "a3", "b1"}, of(batch, "o_key"));
        assertArrayEquals(new Integer[] {1, 2, 2, 3}, of(batch, "o_entry"));
        assertArrayEquals(new Integer[] {1, 3, 4}, of(batch, "e_op"));
        assertArrayEquals(new Short[] {1, 1, 1}, of(batch, "e_n"));
        assertArrayEquals(new Long[] {10L, 20L, 10L}, of(batch, "e_available_after"));
    }

    @Test
    void whatNoRowHasIsNull() {
        Tuple batch = Batch.arguments(List.of(new Run(ann.id, List.of(ann.decline("a")))), SLOT);
        for (String name : List.of(
                "o_target",
                "o_reversed_before",
                "o_reversed",
                "o_follows",
                "o_target_in_run",
                "o_undoes",
                "o_undoes_all",
                "o_left",
                "o_basis",
                "o_rests",
                "o_voids",
                "o_attributes",
                "o_matures",
                "o_hold",
                "o_uses",
                "e_op",
                "e_lots",
                "u_op",
                "u_budget",
                "u_units",
                "c_op",
                "c_by",
                "k_op",
                "k_code")) {
            assertNull(of(batch, name), name);
        }
    }

    @Test
    void whatOneRowHasIsNullInTheOthers() {
        ann.earn("a0");
        Proposal earn = ann.earn("a1");
        Proposal reversal = ann.reverse("a2", earn.id());
        Proposal again = ann.reverse("a3", earn.id());
        Tuple batch = Batch.arguments(List.of(new Run(ann.id, List.of(earn, reversal, again))), SLOT);

        assertArrayEquals(new UUID[] {null, earn.id(), earn.id()}, of(batch, "o_target"));
        assertArrayEquals(new Long[] {null, 10L, 10L}, of(batch, "o_reversed"));
        assertArrayEquals(new Integer[] {null, 0, 2}, of(batch, "o_follows"));
        assertArrayEquals(new Boolean[] {null, true, true}, of(batch, "o_target_in_run"));
        assertArrayEquals(new String[] {null, "earn", "earn"}, of(batch, "o_undoes"));
        assertNull(of(batch, "o_basis"));
    }

    private static Object[] of(Tuple batch, String name) {
        return (Object[]) batch.getValue(Batch.NAMES.indexOf(name));
    }

    private static List<String> all(String pattern, String text) {
        return Pattern.compile(pattern)
                .matcher(text)
                .results()
                .map(found -> found.group(1))
                .toList();
    }
}
