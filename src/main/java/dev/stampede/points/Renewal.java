package dev.stampede.points;

/**
 * What an activity does for the points of a member whose points expire when there is none: all that count on the day of
 * the activity count at least to another day. Those on hold and those that mature are among them.
 *
 * @param on that other day, in days since 1970-01-01
 * @param until when it stops being valid, in ms since the epoch: a decision at or after this time gets another day
 */
public record Renewal(long on, long until) {
    /**
     * Whether points are as the activity leaves them.
     *
     * @param today the day of the activity
     */
    public boolean isIn(MemberPoints points, long today) {
        return points.lots().stream().allMatch(lot -> lot.day() >= on)
                && points.holds().stream().flatMap(hold -> hold.lots().stream()).allMatch(lot -> isIn(lot, today))
                && points.maturing().stream().allMatch(row -> isIn(row.lot(), today));
    }

    private boolean isIn(Lot lot, long today) {
        return lot.day() < today || lot.day() >= on;
    }
}
