package dev.stampede.award;

/**
 * A reward that a member can have without paying.
 *
 * @param until the last day on which it can be used
 * @param promotion that gave it
 */
public record Gift(String reward, long until, String promotion) {
    /** The most that a member can have, besides what comes back to him. */
    public static final int MAX = 64;
}
