package dev.stampede.access;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Locale;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What somebody types at a till, once, to get a key for it: ten of twenty consonants, such as {@code BDWP-HQPK-XT}.
 * These are 43 bits: enough for ten minutes, and for as few attempts as are let through. Stored is only the SHA-256.
 */
public final class PairingCode {
    /** What {@link #text} is like. */
    public static final String PATTERN = "^[B-DF-HJ-NP-TV-XZ]{4}-[B-DF-HJ-NP-TV-XZ]{4}-[B-DF-HJ-NP-TV-XZ]{2}$";

    /** Without vowels and Y there are no words. */
    private static final String LETTERS = "BCDFGHJKLMNPQRSTVWXZ";

    private static final int LENGTH = 10;
    private static final int GROUP = 4;
    private static final Pattern CODE = Pattern.compile("[" + LETTERS + "]{" + LENGTH + "}");

    private final String letters;

    private PairingCode(String letters) {
        this.letters = letters;
    }

    /** @param random must be secure */
    public static PairingCode fresh(RandomGenerator random) {
        StringBuilder letters = new StringBuilder(LENGTH);
        for (int i = 0; i < LENGTH; i++) {
            letters.append(LETTERS.charAt(random.nextInt(LETTERS.length())));
        }
        return new PairingCode(letters.toString());
    }

    /**
     * The code that somebody has typed: small letters, spaces, and other or no hyphens are understood. Null if it can
     * be none.
     */
    public static @Nullable PairingCode typed(String text) {
        String letters = text.replace("-", "").replace(" ", "").toUpperCase(Locale.ROOT);
        return CODE.matcher(letters).matches() ? new PairingCode(letters) : null;
    }

    /** What is stored. */
    public byte[] hash() {
        try {
            return MessageDigest.getInstance("SHA-256").digest(letters.getBytes(StandardCharsets.US_ASCII));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** The code itself, in groups: to be told once. */
    public String text() {
        return letters.substring(0, GROUP)
                + '-'
                + letters.substring(GROUP, 2 * GROUP)
                + '-'
                + letters.substring(2 * GROUP);
    }
}
