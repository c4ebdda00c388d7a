package dev.stampede.access;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class PairingCodeTest {
    private final Random random = new Random(7);

    @Test
    void itHasTwentyConsonantsInGroups() {
        Set<Character> letters = new TreeSet<>();
        Set<String> codes = new TreeSet<>();
        for (int i = 0; i < 1000; i++) {
            String text = PairingCode.fresh(random).text();
            assertTrue(text.matches(PairingCode.PATTERN), text);
            text.replace("-", "").chars().forEach(c -> letters.add((char) c));
            codes.add(text);
        }
        assertEquals(20, letters.size());
        assertFalse(letters.stream().anyMatch(c -> "AEIOUY".indexOf(c) >= 0));
        assertEquals(1000, codes.size());
    }

    @Test
    void whatIsTypedIsUnderstood() {
        PairingCode code = PairingCode.fresh(random);
        for (String typed : new String[] {
            code.text(),
            code.text().toLowerCase(Locale.ROOT),
            code.text().replace("-", ""),
            code.text().replace("-", " "),
            " " + code.text().replace("-", " - ") + " ",
        }) {
            PairingCode read = PairingCode.typed(typed);
            assertNotNull(read, typed);
            assertEquals(code.text(), read.text());
            assertArrayEquals(code.hash(), read.hash());
        }
        for (String typed : new String[] {
            "",
            "-",
            code.text().substring(1),
            code.text() + "B",
            code.text().replaceFirst("^.", "A"),
            code.text().replaceFirst("^.", "1"),
            code.text().replaceFirst("^.", "ß"),
            code.text().replace('-', '_'),
        }) {
            assertNull(PairingCode.typed(typed), typed);
        }
    }

    @Test
    void eachCodeHasAHashOfItsOwn() {
        PairingCode one = PairingCode.fresh(random);
        PairingCode other = PairingCode.fresh(random);
        assertEquals(32, one.hash().length);
        assertFalse(Arrays.equals(one.hash(), other.hash()));
        assertFalse(one.toString().contains(one.text().substring(0, 4)));
    }
}
