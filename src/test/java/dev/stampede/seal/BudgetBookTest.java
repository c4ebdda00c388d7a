package dev.stampede.seal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.gateway.SharedTotals.Level;
import dev.stampede.seal.BudgetBook.Total;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a gateway knows of shared totals. */
class BudgetBookTest {
    private long now = Long.MAX_VALUE - 1000; // System.nanoTime() may be anything, and overflow

    private final BudgetBook book = new BudgetBook(() -> now);

    private static Total total(int number, String name, long total, long left) {
        return new Total(number, "demo", "uses", name, total, left);
    }

    @Test
    void whatTheLedgerSaidLastIsKnown() {
        List<Total> heard = new ArrayList<>();
        book.onNew(heard::add);
        assertNull(book.number("demo", "uses", "b"));
        assertNull(book.total("demo", "uses", "b"));
        book.counted(List.of(total(7, "b", 10, 4)), now);
        assertEquals(7, book.number("demo", "uses", "b"));
        assertNull(book.number("demo", "points", "b"));
        book.left(7, 3, now);
        assertEquals(total(7, "b", 10, 3), book.total("demo", "uses", "b"));
        book.counted(List.of(total(7, "b", 20, 13), total(8, "c", 1, 1)), now);
        assertEquals(total(7, "b", 20, 13), book.total("demo", "uses", "b"));
        assertEquals(List.of("b", "c"), heard.stream().map(Total::name).toList(), "each once");
    }

    @Test
    void everybodyTriesAsLongAsThereWasEnough() {
        book.counted(List.of(total(7, "b", 10, 1)), now);
        assertTrue(book.tries(7, 1));
        assertTrue(book.tries(7, 1));
        assertEquals(2, book.tried(7));
        book.lacked(7);
        assertFalse(book.tries(7, 1));
        book.ended(7, 1);
        assertFalse(book.tries(7, 1), "one still tries");
        book.ended(7, 1);
        assertTrue(book.tries(7, 1));
        assertFalse(book.tries(7, 1));
        assertEquals(1, book.tried(7));
    }

    @Test
    void noMoreAreTriedForThanAreLeft() {
        book.lacked(7);
        book.left(7, 100, now);
        assertTrue(book.tries(7, 80));
        assertFalse(book.tries(7, 21));
        assertTrue(book.tries(7, 20));
        book.left(7, 0, now);
        book.ended(7, 80);
        book.ended(7, 20);
        assertFalse(book.tries(7, 1));
        assertEquals(0, book.tried(7));
        assertTrue(book.tries(8, 1000), "nothing is known of it");
    }

    /** A gateway that was paused: units may have come back meanwhile. */
    @Test
    void nothingIsDecidedByWhatWasSaidTooLongAgo() {
        book.counted(List.of(total(7, "b", 10, 0)), now);
        book.lacked(7);
        now += BudgetBook.MAX_AGE.toNanos();
        assertEquals(0, book.left(7));
        assertFalse(book.tries(7, 1));
        now++;
        assertEquals(Long.MAX_VALUE, book.left(7));
        assertTrue(book.tries(7, 1), "the ledger decides");
        assertEquals(total(7, "b", 10, 0), book.total("demo", "uses", "b"), "it is still told");
        book.ended(7, 1);
        book.left(7, 0, now);
        assertEquals(0, book.left(7));
        assertFalse(book.tries(7, 1));
    }

    /** The answer was there before the pause, and is read after it: it is as old as the question. */
    @Test
    void anAnswerIsAsOldAsItsQuestion() {
        long asked = book.asked();
        now += BudgetBook.MAX_AGE.toNanos() + 1;
        book.counted(List.of(total(7, "b", 10, 0)), asked);
        assertEquals(Long.MAX_VALUE, book.left(7));
        book.left(7, 0, asked);
        assertEquals(Long.MAX_VALUE, book.left(7));
        assertEquals(0, book.told(7));
    }

    @Test
    void aTwentiethIsNearlyNothing() {
        assertEquals(Level.AVAILABLE, Level.of(total(1, "b", 100, 6)));
        assertEquals(Level.NEARLY_EXHAUSTED, Level.of(total(1, "b", 100, 5)));
        assertEquals(Level.EXHAUSTED, Level.of(total(1, "b", 100, 0)));
        assertEquals(Level.AVAILABLE, Level.of(total(1, "b", 1, 1)), "a whole one");
        assertNotNull(Level.of(total(1, "b", 9_000_000_000_000_000L, 9_000_000_000_000_000L)));
        assertEquals("nearly exhausted", Level.NEARLY_EXHAUSTED.toString());
    }
}
