package dev.stampede.account;

import java.util.UUID;

/**
 * What Redis holds of an account, for reading.
 *
 * @param image the newest one, sealed or not
 * @param sealedVersion of the newest operation that Redis knows to be sealed
 * @param sealedHead its id
 * @param attributes the member's, a JSON object, or null
 */
public record CachedAccount(Image image, long sealedVersion, UUID sealedHead, String attributes) {
    public boolean isSealed() {
        return sealedVersion == image.version();
    }
}
