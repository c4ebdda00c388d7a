package dev.stampede.access;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * The text of an API key: {@code stk_live_<id>_<secret>_<checksum>}, or {@code stk_test_} for a sandbox. All three
 * parts are base62 ({@code 0-9A-Za-z}): the id has 12 characters; the secret 43, which are 256 random bits; the
 * checksum 6, the CRC-32 of everything before its underscore. So a typing error, and a scanner for leaked keys, need no
 * database. Stored is only the SHA-256 of the secret: nobody can guess 256 bits, therefore a slow hash would protect
 * nothing.
 */
public final class KeyText {
    public static final String PATTERN = "^stk_(live|test)_[0-9A-Za-z]{12}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}$";

    static final int LENGTH = 72;
    static final int ID = 9;
    static final int ID_END = ID + 12;
    static final int SECRET = ID_END + 1;
    static final int SECRET_END = SECRET + 43;
    static final int CHECKSUM = SECRET_END + 1;

    /** Of each key, and of nothing else that is sent as a credential. */
    public static final String BEGIN = "stk_";

    private static final String LIVE = "stk_live_";
    private static final String TEST = "stk_test_";
    private static final char[] DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".toCharArray();

    private final String text;

    private KeyText(String text) {
        this.text = text;
    }

    /** @param random must be secure */
    public static KeyText fresh(boolean ofSandbox, RandomGenerator random) {
        return with(ofSandbox, digits(ID_END - ID, random), random);
    }

    /** A new secret for an existing key. */
    public static KeyText with(boolean ofSandbox, String id, RandomGenerator random) {
        return of(ofSandbox, id, digits(SECRET_END - SECRET, random));
    }

    /** The same id and secret for a sandbox. */
    public KeyText ofSandbox() {
        return of(true, id(), text.substring(SECRET, SECRET_END));
    }

    private static KeyText of(boolean ofSandbox, String id, String secret) {
        String signed = (ofSandbox ? TEST : LIVE) + id + '_' + secret;
        StringBuilder checksum = new StringBuilder();
        for (long rest = crc(signed); checksum.length() < LENGTH - CHECKSUM; rest /= DIGITS.length) {
            checksum.append(DIGITS[(int) (rest % DIGITS.length)]);
        }
        return new KeyText(signed + '_' + checksum.reverse());
    }

    private static String digits(int count, RandomGenerator random) {
        StringBuilder digits = new StringBuilder(count);
        for (int i = 0; i < count; i++) {
            digits.append(DIGITS[random.nextInt(DIGITS.length)]);
        }
        return digits.toString();
    }

    private static long crc(String ascii) {
        CRC32 crc = new CRC32();
        crc.update(ascii.getBytes(StandardCharsets.US_ASCII));
        return crc.getValue();
    }

    /** Null if the text is not that of a key. */
    public static @Nullable KeyText of(String text) {
        return new Reader().reads(text, 0) ? new KeyText(text) : null;
    }

    public String id() {
        return text.substring(ID, ID_END);
    }

    /** What is stored of the secret. */
    public byte[] hash() {
        Reader reader = new Reader();
        boolean unused = reader.reads(text, 0);
        return reader.hash();
    }

    /** The secret itself: to be told once, to whoever asked for the key. */
    public String text() {
        return text;
    }

    /** Without the secret. */
    @Override
    public String toString() {
        return text.substring(0, ID_END);
    }

    /** Reads one text after the other without new objects, in one thread. */
    static final class Reader {
        private final byte[] ascii = new byte[LENGTH];
        private final CRC32 crc = new CRC32();
        private final MessageDigest sha256;

        Reader() {
            try {
                sha256 = MessageDigest.getInstance("SHA-256");
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every Java platform has SHA-256", e);
            }
        }

        /** Whether the rest of the text, from {@code start} on, is that of a key. */
        boolean reads(String text, int start) {
            if (text.length() - start != LENGTH
                    || !text.startsWith(BEGIN, start)
                    || !(text.startsWith(LIVE, start) || text.startsWith(TEST, start))) {
                return false;
            }
            for (int i = ID; i < LENGTH; i++) {
                char c = text.charAt(start + i);
                boolean fits = (i == ID_END || i == SECRET_END) ? c == '_' : digit(c) >= 0;
                if (!fits) {
                    return false;
                }
            }
            for (int i = 0; i < LENGTH; i++) {
                ascii[i] = (byte) text.charAt(start + i);
            }
            crc.reset();
            crc.update(ascii, 0, SECRET_END);
            long checksum = 0;
            for (int i = CHECKSUM; i < LENGTH; i++) {
                checksum = checksum * DIGITS.length + digit((char) ascii[i]);
            }
            return checksum == crc.getValue();
        }

        /** The SHA-256 of the secret that was read last. */
        byte[] hash() {
            sha256.update(ascii, SECRET, SECRET_END - SECRET);
            return sha256.digest();
        }

        /** Overwrites what was read: a reader that is kept must not keep a secret. */
        void forget() {
            Arrays.fill(ascii, (byte) 0);
            sha256.reset();
        }

        /** The value of a base62 digit; negative for any other character. */
        private static int digit(char c) {
            if (c >= '0' && c <= '9') {
                return c - '0';
            } else if (c >= 'A' && c <= 'Z') {
                return c - 'A' + 10;
            }
            return c >= 'a' && c <= 'z' ? c - 'a' + 36 : -1;
        }
    }
}
