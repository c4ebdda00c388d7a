package dev.stampede.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Tag;

/** What is read as a key has the form of one, and is told again as it was. */
@Tag("long")
class KeyTextFuzz {
    @FuzzTest(maxDuration = "3s")
    void reads(byte[] data) {
        String text = new String(data, StandardCharsets.ISO_8859_1);
        KeyText key = KeyText.of(text);
        if (key != null) {
            assertTrue(text.matches(KeyText.PATTERN), text);
            assertEquals(text, key.text());
            assertEquals(text.substring(KeyText.ID, KeyText.ID_END), key.id());
            assertEquals(32, key.hash().length);
        }
    }
}
