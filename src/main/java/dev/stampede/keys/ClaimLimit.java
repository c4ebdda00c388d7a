package dev.stampede.keys;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;

/** How many claims of pairings this gateway tries in any second: five, and one of each client address. */
final class ClaimLimit {
    private static final int MOST = 5;
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    /** Those of the last second. */
    private final Deque<Tried> tried = new ArrayDeque<>();

    private record Tried(String address, long atNanos) {}

    /**
     * Whether another one may be tried; then it counts.
     *
     * @param nowNanos by the monotonic clock
     */
    synchronized boolean allows(String address, long nowNanos) {
        while (!tried.isEmpty() && nowNanos - tried.getFirst().atNanos >= SECOND) {
            tried.removeFirst();
        }
        if (tried.size() >= MOST || tried.stream().anyMatch(claim -> claim.address.equals(address))) {
            return false;
        }
        tried.addLast(new Tried(address, nowNanos));
        return true;
    }
}
