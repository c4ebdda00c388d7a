package dev.stampede.ceiling;

/** How far a load moves the versions of the accounts in Postgres, per answer. */
enum Expected {
    EVERY(1, 1),
    NINE_OF_TEN(0.89, 0.91),
    /** Up to a twentieth are calls that were answered before. */
    MOST(0.94, 1),
    NONE(0, 0),
    /** The load sees to it itself. */
    OWN(Double.NaN, Double.NaN);

    private final double least;
    private final double most;

    Expected(double least, double most) {
        this.least = least;
        this.most = most;
    }

    /**
     * By how many operations Postgres is off.
     *
     * @param answered how many calls were
     * @param moved how many operations are in Postgres
     * @param open how many calls may have been under way at the end, and done without an answer
     */
    long off(long answered, long moved, long open) {
        if (this == OWN) {
            return 0;
        }
        long fewest = (long) (least * answered);
        long greatest = this == NONE ? 0 : (long) (most * answered) + open;
        return Math.max(0, Math.max(fewest - moved, moved - greatest));
    }
}
