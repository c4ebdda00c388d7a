package dev.stampede.keys;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.stampede.access.RateLimit;
import dev.stampede.http.problem.ProblemException;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class BoundsTest {
    private static final Instant END = Instant.parse("2027-01-01T00:00:00Z");
    private static final String OURS = "a".repeat(64);
    private static final String THEIRS = "b".repeat(64);
    private static final Bounds NONE = new Bounds(false, null, null, null, null);
    private static final Bounds ALL = new Bounds(true, "store-42", new RateLimit(5, 10), OURS, END);

    private static String refused(Bounds own, Bounds other) {
        return assertThrows(ProblemException.class, () -> own.mayGive(other)).getMessage();
    }

    @Test
    void whatWasNotAskedForIsTakenOver() {
        assertEquals(ALL, ALL.given(NONE));
        assertEquals(NONE, NONE.given(NONE));
        Bounds less = new Bounds(false, "store-42", new RateLimit(1, 2), OURS, END.minusSeconds(1));
        assertEquals(new Bounds(true, "store-42", new RateLimit(1, 2), OURS, END.minusSeconds(1)), ALL.given(less));
        assertEquals(ALL, NONE.given(ALL));
    }

    /** A location that is nobody's till only tells where a key is used. */
    @Test
    void onlyATillIsBoundToItsLocation() {
        Bounds key = new Bounds(false, "store-42", null, null, null);
        assertEquals(NONE, key.given(NONE));
        Bounds elsewhere = new Bounds(false, "store-17", null, null, null);
        assertEquals(elsewhere, key.given(elsewhere));
        Bounds till = new Bounds(true, "store-42", null, null, null);
        assertEquals(till, till.given(key));
        String text = "A key can only give what it has itself; from this one its location must be that of the till,"
                + " store-42.";
        assertEquals(
                text,
                assertThrows(ProblemException.class, () -> till.given(elsewhere))
                        .getMessage());
        assertEquals(text, refused(till, key), "it is not bound to it");
    }

    @Test
    void whatIsTooMuchIsTold() {
        assertEquals(
                "A key can only give what it has itself; from this one its location must be that of the till, store-42,"
                        + " perSecond must be at most 5, burst must be at most 10, certificateSha256 must be there,"
                        + " expiresAt must be at the latest 2027-01-01T00:00:00Z.",
                refused(ALL, NONE));
        assertDoesNotThrow(() -> ALL.mayGive(new Bounds(true, "store-42", new RateLimit(5, 10), THEIRS, END)));
        assertDoesNotThrow(() -> ALL.mayGive(ALL));
    }
}
