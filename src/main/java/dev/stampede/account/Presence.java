package dev.stampede.account;

import org.jspecify.annotations.Nullable;

/**
 * Whether the member is there when points are spent.
 *
 * @param memberCode when the code was made that he has shown, in ms since the epoch; null if he has shown none
 * @param stepUpAbove how many points may be spent without one; null for any number
 */
public record Presence(@Nullable Long memberCode, @Nullable Long stepUpAbove) {
    /** Whether so many points may be spent. */
    boolean allows(long points) {
        return memberCode != null || stepUpAbove == null || points <= stepUpAbove;
    }
}
