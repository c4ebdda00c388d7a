package dev.stampede.keys;

import dev.stampede.access.RateLimit;
import dev.stampede.http.problem.ProblemCode;
import dev.stampede.http.problem.ProblemException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What binds a key beside its scopes. None of it ever changes, and whoever makes a key, or gives one another secret,
 * gives none that is less bound than his own.
 *
 * @param till whether its location is that of a till, which calls cannot leave
 * @param location where it is used; null if nobody has said
 * @param rateLimit null for none
 * @param certificateSha256 in hexadecimal; null for any connection
 * @param expiresAt null for never
 */
record Bounds(
        boolean till,
        @Nullable String location,
        @Nullable RateLimit rateLimit,
        @Nullable String certificateSha256,
        @Nullable Instant expiresAt) {
    /**
     * Those of a key that a key with these makes: its own where nothing was asked for.
     *
     * @throws ProblemException 403 if more was asked for than it has
     */
    Bounds given(Bounds asked) {
        Bounds given = new Bounds(
                till || asked.till,
                till && asked.location == null ? location : asked.location,
                asked.rateLimit == null ? rateLimit : asked.rateLimit,
                asked.certificateSha256 == null ? certificateSha256 : asked.certificateSha256,
                asked.expiresAt == null ? expiresAt : asked.expiresAt);
        mayGive(given);
        return given;
    }

    /** @throws ProblemException 403 if a key with those has something that one with these does not have */
    void mayGive(Bounds other) {
        List<String> most = new ArrayList<>();
        if (till && !(other.till && location != null && location.equals(other.location))) {
            most.add("its location must be that of the till, " + location);
        }
        if (rateLimit != null) {
            if (other.rateLimit == null || other.rateLimit.perSecond() > rateLimit.perSecond()) {
                most.add("perSecond must be at most " + rateLimit.perSecond());
            }
            if (other.rateLimit == null || other.rateLimit.burst() > rateLimit.burst()) {
                most.add("burst must be at most " + rateLimit.burst());
            }
        }
        if (certificateSha256 != null && other.certificateSha256 == null) { // a till has one of its own
            most.add("certificateSha256 must be there");
        }
        if (expiresAt != null && (other.expiresAt == null || other.expiresAt.isAfter(expiresAt))) {
            most.add("expiresAt must be at the latest " + expiresAt);
        }
        if (!most.isEmpty()) {
            throw new ProblemException(
                    ProblemCode.FORBIDDEN,
                    "A key can only give what it has itself; from this one " + String.join(", ", most) + ".");
        }
    }
}
