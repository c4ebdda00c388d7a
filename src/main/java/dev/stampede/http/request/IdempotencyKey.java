package dev.stampede.http.request;

import dev.stampede.http.problem.ProblemException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The header under which a call takes effect at most once. */
public final class IdempotencyKey {
    public static final String HEADER = "Idempotency-Key";
    public static final int MAX_LENGTH = 255;

    /** Visible ASCII characters. */
    public static final String PATTERN = "^[!-~]{1," + MAX_LENGTH + "}$";

    private IdempotencyKey() {}

    /**
     * @param values of the header
     * @return the key, or null if there is none
     */
    static @Nullable String read(List<String> values) {
        if (values.isEmpty()) {
            return null;
        }
        if (values.size() > 1) {
            throw ProblemException.malformed("The Idempotency-Key header appears more than once.");
        }
        if (!valid(values.get(0))) {
            throw ProblemException.malformed("The Idempotency-Key is not 1 to 255 visible ASCII characters.");
        }
        return values.get(0);
    }

    static boolean valid(String key) {
        return !key.isEmpty() && key.length() <= MAX_LENGTH && key.chars().allMatch(c -> c >= 0x21 && c <= 0x7e);
    }
}
