package dev.stampede.account;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An account as Redis has it, for reading.
 *
 * @param image the newest image, sealed or not
 * @param sealedVersion the version of the newest operation that Redis knows to be sealed
 * @param sealedHead the id of that operation
 * @param attributes the member's attributes, a JSON object, or null
 */
public record CachedAccount(
        Image image,
        long sealedVersion,
        UUID sealedHead,
        @Nullable String attributes) {
    public boolean isSealed() {
        return sealedVersion == image.version();
    }
}
