package dev.stampede.award;

import java.util.List;

/**
 * A member's periods (days, ISO weeks or months) of one promotion.
 *
 * @param days the periods in which he came, oldest first. Those that no later operation can use are not kept
 * @param runs the complete runs that were rewarded, oldest first; not those that are too old
 * @param forgotten the last period of the newest run that is not kept; {@link #NEVER} if none
 * @param given how many runs were rewarded
 * @param used how many of them were gifts that he has used: they are not taken back
 */
public record Streak(List<Day> days, List<Run> runs, long forgotten, long given, long used) {
    static final long NEVER = -1;
    public static final Streak NONE = new Streak(List.of(), List.of(), NEVER, 0, 0);

    public Streak {
        days = List.copyOf(days);
        runs = List.copyOf(runs);
    }

    /** @param operations how many operations were in the period */
    public record Day(long period, long operations) {}

    /**
     * @param last its last period
     * @param points that it gave
     * @param gifts that it gave
     */
    public record Run(long last, long points, long gifts) {}

    /**
     * The length of the run that is not rewarded yet and can still go on.
     *
     * @param now the number of the present period
     */
    public long current(long now) {
        long length = 0;
        long next = now;
        for (int i = days.size() - 1; i >= 0 && days.get(i).period() > end(); i--) {
            long period = days.get(i).period();
            if (period == next || (length == 0 && period == now - 1)) {
                length++;
                next = period - 1;
            } else if (period < next) {
                break;
            }
        }
        return length;
    }

    /** The last period of the newest rewarded run. */
    long end() {
        return runs.isEmpty()
                ? forgotten
                : Math.max(forgotten, runs.get(runs.size() - 1).last());
    }
}
