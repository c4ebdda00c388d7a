package dev.stampede.http.request;

import java.security.SecureRandom;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a member shows at a till to get the reward that was paid for: 80 random bits, as 16 characters of Crockford's
 * base 32 in four groups, such as {@code 7K3M-9QXA-ZT2W-4HBN}.
 */
public final class RedemptionCode {
    /** What {@link #next} makes. */
    public static final String PATTERN = "^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}$";

    private static final String DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    private static final int LENGTH = 16;
    private static final int GROUP = 4;
    private static final int MAX_TYPED = 64;
    private static final Pattern CODE = Pattern.compile("[" + DIGITS + "]{" + LENGTH + "}");
    private static final SecureRandom RANDOM = new SecureRandom();

    private RedemptionCode() {}

    /** A new code, which nobody can guess. */
    public static String next() {
        byte[] random = new byte[LENGTH];
        RANDOM.nextBytes(random);
        StringBuilder code = new StringBuilder(LENGTH);
        for (byte each : random) {
            code.append(DIGITS.charAt(each & 31));
        }
        return grouped(code);
    }

    /**
     * The code that somebody has typed: small letters, other or no hyphens, and the letters that look like 0 and 1 are
     * understood. Null if it can be none.
     */
    public static @Nullable String typed(String text) {
        if (text.length() > MAX_TYPED || text.chars().anyMatch(c -> c > '~')) {
            return null; // others have capital letters that are digits here
        }
        String code = text.replace("-", "")
                .toUpperCase(Locale.ROOT)
                .replace('O', '0')
                .replace('I', '1')
                .replace('L', '1');
        return CODE.matcher(code).matches() ? grouped(code) : null;
    }

    private static String grouped(CharSequence code) {
        StringBuilder out = new StringBuilder(LENGTH + LENGTH / GROUP);
        for (int i = 0; i < LENGTH; i += GROUP) {
            out.append(i == 0 ? "" : "-").append(code, i, i + GROUP);
        }
        return out.toString();
    }
}
