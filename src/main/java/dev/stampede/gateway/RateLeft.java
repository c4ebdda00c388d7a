package dev.stampede.gateway;

/**
 * What an account has left of its rate after an operation.
 *
 * @param calls how many more are allowed at once
 * @param wholeMs until as many are as can be
 */
public record RateLeft(long calls, long wholeMs) {
    /** The same in whole seconds, rounded up, at least 1. */
    public long wholeSeconds() {
        return Math.max(1, (wholeMs + 999) / 1000);
    }
}
