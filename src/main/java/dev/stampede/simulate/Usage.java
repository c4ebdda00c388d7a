package dev.stampede.simulate;

import org.jspecify.annotations.Nullable;

/**
 * What is taken of a budget in a period, in whatever order it is told: the period is divided into parts of the same
 * length.
 */
final class Usage {
    private static final int PARTS = 10_000;

    private final long fromMs;
    private final long partMs;
    private final long[] units;
    private long used;
    private @Nullable Long cutMs;

    Usage(long fromMs, long toMs) {
        this.fromMs = fromMs;
        this.partMs = Math.max(1000, (toMs - fromMs) / PARTS + 1);
        this.units = new long[part(toMs) + 1];
    }

    private int part(long atMs) {
        return (int) ((atMs - fromMs) / partMs);
    }

    /** @param taken less than 0 where it is given back */
    void add(long atMs, long taken) {
        units[part(atMs)] += taken;
        used += taken;
    }

    /** Somebody got less than he wanted. */
    void cut(long atMs) {
        cutMs = cutMs == null ? atMs : Math.min(cutMs, atMs);
    }

    long used() {
        return used;
    }

    /**
     * When less was given than wanted for the first time, or all was used: the beginning of that part. Null if never.
     */
    @Nullable
    Long ranOutMs(long left) {
        long room = left;
        for (int i = 0; i < units.length; i++) {
            room -= units[i];
            if (room <= 0 && units[i] > 0) {
                long began = fromMs + i * partMs;
                return cutMs == null ? began : Math.min(cutMs, began);
            }
        }
        return cutMs;
    }

    /** From where on there is too little; null if there is enough. */
    @Nullable
    Limit limit(long left) {
        long room = left;
        for (int i = 0; i < units.length; i++) {
            if (units[i] > room) {
                return new Limit(fromMs + i * partMs, fromMs + (i + 1) * partMs, Math.max(0, room));
            }
            room -= units[i];
        }
        return null;
    }

    /** Before {@code fromMs} there is enough, from {@code toMs} on nothing, and in between what is left. */
    static final class Limit {
        private final long fromMs;
        private final long toMs;
        private long room;

        Limit(long fromMs, long toMs, long room) {
            this.fromMs = fromMs;
            this.toMs = toMs;
            this.room = room;
        }

        /** What is left for an operation; null if there is enough. */
        @Nullable
        Long left(long atMs) {
            return atMs < fromMs ? null : Long.valueOf(atMs < toMs ? room : 0);
        }

        void take(long atMs, long units) {
            if (atMs >= fromMs && atMs < toMs) {
                room = Math.max(0, room - units);
            }
        }
    }
}
