package dev.stampede.access;

import java.security.Key;
import org.jspecify.annotations.Nullable;

/** The public keys of who signs tokens. */
interface IssuerKeys {
    /** Whether they are known, and new enough. If not, nobody knows which tokens are valid. */
    boolean areKnown();

    /**
     * @param id the {@code kid} of a token's header; null if it names none
     * @return null if there is no such key
     */
    @Nullable
    Key find(@Nullable String id);
}
