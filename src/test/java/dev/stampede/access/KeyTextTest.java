package dev.stampede.access;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;

class KeyTextTest {
    private static final String BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private static final int RUNS = 2000;

    @Test
    void aKeyIsReadAsItWasMade() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        Set<String> ids = new HashSet<>();
        for (int i = 0; i < RUNS; i++) {
            boolean test = random.nextBoolean();
            KeyText made = KeyText.fresh(test, random);
            String text = made.text();
            assertTrue(text.matches(KeyText.PATTERN), () -> seed + ": " + text);
            assertEquals(test, text.startsWith("stk_test_"));
            KeyText read = KeyText.of(text);
            assertNotNull(read, () -> seed + ": " + text);
            assertEquals(text.split("_")[2], read.id());
            assertArrayEquals(
                    MessageDigest.getInstance("SHA-256").digest(text.split("_")[3].getBytes(StandardCharsets.US_ASCII)),
                    read.hash());
            ids.add(read.id());
        }
        assertEquals(RUNS, ids.size());
    }

    /** Computed here again, by the published rule. */
    @Test
    void theChecksumIsTheCrcOfAllBeforeIt() {
        String text = KeyText.fresh(false, new Random(7)).text();
        CRC32 crc = new CRC32();
        crc.update(text.substring(0, text.lastIndexOf('_')).getBytes(StandardCharsets.US_ASCII));
        StringBuilder digits = new StringBuilder();
        long rest = crc.getValue();
        for (int i = 0; i < 6; i++) {
            digits.insert(0, BASE62.charAt((int) (rest % 62)));
            rest /= 62;
        }
        assertEquals(digits.toString(), text.substring(text.lastIndexOf('_') + 1));
    }

    @Test
    void everyTypingErrorIsFound() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < RUNS; i++) {
            String text = KeyText.fresh(random.nextBoolean(), random).text();
            int at = random.nextInt(text.length());
            char other = BASE62.charAt(random.nextInt(62));
            String wrong = switch (random.nextInt(5)) {
                case 0 -> text.substring(0, at) + text.substring(at + 1);
                case 1 -> text.substring(0, at) + other + text.substring(at);
                case 2 -> text.substring(0, at) + other + text.substring(at + 1);
                case 3 -> at == 0 ? text + " " : swapped(text, at);
                default -> text.substring(0, at) + (char) (random.nextInt(0x500)) + text.substring(at + 1);
            };
            if (!wrong.equals(text)) {
                assertNull(KeyText.of(wrong), () -> seed + ": " + text + " and " + wrong);
            }
        }
    }

    private static String swapped(String text, int at) {
        return text.substring(0, at - 1) + text.charAt(at) + text.charAt(at - 1) + text.substring(at + 1);
    }

    @Test
    void aNewSecretKeepsTheId() {
        KeyText one = KeyText.fresh(false, new Random(1));
        KeyText other = KeyText.with(false, one.id(), new Random(2));
        assertEquals(one.id(), other.id());
        assertFalse(java.util.Arrays.equals(one.hash(), other.hash()));
        assertEquals("stk_live_" + one.id(), one.toString());
    }

    @Test
    void onlyTheBeginningSaysThatItIsOfASandbox() {
        KeyText one = KeyText.fresh(false, new Random(1));
        KeyText other = one.ofSandbox();
        assertTrue(other.text().startsWith("stk_test_" + one.id() + "_"));
        assertNotNull(KeyText.of(other.text()));
        assertArrayEquals(one.hash(), other.hash());
    }

    @Test
    void scopesAreBits() {
        assertEquals(255, Scope.ALL);
        assertEquals(Scope.READ.bit() | Scope.KEYS.bit(), Scope.bits(Set.of("read", "keys", "of a later release")));
        assertEquals("earn, redeem or hold", Scope.anyOf(Scope.EARN.bit() | Scope.HOLD.bit() | Scope.REDEEM.bit()));
        assertEquals("keys", Scope.anyOf(Scope.KEYS.bit()));
    }
}
