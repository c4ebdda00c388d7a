package dev.stampede.console;

import dev.stampede.http.problem.ProblemException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A till that a code was made for. The key that it claims has the name and the location of the pairing.
 *
 * @param until when the code ends
 */
public record Pairing(String name, String location, Instant until) {
    private static final Duration VALID = Duration.ofMinutes(10);

    /** @throws ProblemException if something is missing */
    static Pairing of(@Nullable String name, @Nullable String location, @Nullable String until) {
        try {
            if (name != null && location != null && until != null) {
                return new Pairing(name, location, Instant.parse(until));
            }
        } catch (DateTimeException e) {
            // as if it were not there
        }
        throw ProblemException.malformed("name, location and until are those of a pairing.");
    }

    boolean isOver(long nowMs) {
        return nowMs >= until.toEpochMilli();
    }

    /** The till's key, once it has claimed it; else null. */
    @Nullable
    Object till(@Nullable Object keys) {
        return Rules.of(keys).get("items") instanceof List<?> items
                ? items.stream().filter(this::isTill).findFirst().orElse(null)
                : null;
    }

    private boolean isTill(@Nullable Object key) {
        Map<?, ?> told = Rules.of(key);
        if (!"till".equals(told.get("kind")) || !name.equals(told.get("name"))) {
            return false;
        }
        Instant made = Instant.parse(String.valueOf(told.get("createdAt")));
        return made.isAfter(until.minus(VALID)) && !made.isAfter(until);
    }
}
