package dev.stampede.load;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.stampede.load.Journal.Row;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalTest {
    @TempDir
    Path directory;

    @Test
    void readsWhatWasWrittenIn18BytesARow() throws Exception {
        Path file = directory.resolve("deep/rows");
        List<Row> rows = new ArrayList<>();
        try (Journal journal = new Journal(file)) {
            for (Kind kind : Kind.values()) {
                for (Outcome outcome : Outcome.values()) {
                    rows.add(new Row(1L << 40 | rows.size(), kind, rows.size(), 1_000_000, outcome));
                }
            }
            rows.forEach(journal::write);
            journal.close();
            List<Row> read = new ArrayList<>();
            journal.forEach(read::add);
            assertEquals(rows, read);
            assertEquals(18L * rows.size(), Files.size(file));
        }
    }

    @Test
    void callsMovePointsBetweenAvailableAndHeld() {
        assertEquals(5, Kind.EARN.available(5));
        assertEquals(-5, Kind.REDEEM.total(5));
        assertEquals(-5, Kind.HOLD.available(5));
        assertEquals(0, Kind.HOLD.total(5));
        assertEquals(0, Kind.CAPTURE.available(5));
        assertEquals(-5, Kind.CAPTURE.total(5));
        assertEquals(5, Kind.VOID.available(5));
        assertEquals(0, Kind.VOID.total(5));
    }
}
