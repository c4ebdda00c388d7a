package dev.stampede.gateway;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.account.UnreadableForm;
import org.junit.jupiter.api.Test;

class ReplayTest {
    @Test
    void fingerprintsOfOneFormatAreCompared() {
        assertTrue(Replay.sameCall("1:a", "1:a"));
        assertFalse(Replay.sameCall("1:a", "1:b"));
    }

    @Test
    void anEarlierFormatCountsAsTheSame() {
        assertTrue(Replay.sameCall("1:a", "b"));
    }

    /** A later one may be of this call or not. */
    @Test
    void aLaterFormatCanNotBeCompared() {
        assertThrows(UnreadableForm.class, () -> Replay.sameCall("1:a", "2:a"));
        assertThrows(UnreadableForm.class, () -> Replay.sameCall("1:a", "sha512:a"));
    }
}
