package dev.stampede.live;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;

/** The samples of the last two hours, one a second, in a few MB. Safe for use from any thread. */
final class LiveHistory {
    /** In seconds. */
    static final int LENGTH = 7200;

    /** More samples than a page draws are of several seconds each. */
    private static final int MOST = 720;

    private final AtomicReferenceArray<LiveSample> seconds = new AtomicReferenceArray<>(LENGTH);

    void put(LiveSample sample) {
        seconds.set((int) (sample.at().getEpochSecond() % LENGTH), sample);
    }

    /** Of how many seconds a sample is, if so many are asked for. */
    static int step(int asked) {
        return (asked + MOST - 1) / MOST;
    }

    /**
     * The samples of the last seconds, the oldest first. Seconds that are missing are left out.
     *
     * @param end the first second that is too new
     * @param asked how many seconds, at most {@link #LENGTH}
     */
    List<LiveSample> last(long end, int asked) {
        int step = step(asked);
        List<LiveSample> samples = new ArrayList<>();
        // a step begins at a multiple of itself, whenever it is asked for
        for (long from = Math.floorDiv(end - asked, step) * step; from < end; from += step) {
            List<LiveSample> of = new ArrayList<>();
            for (long second = Math.max(from, end - asked); second < Math.min(end, from + step); second++) {
                LiveSample sample = seconds.get((int) (second % LENGTH));
                if (sample != null && sample.at().getEpochSecond() == second) {
                    of.add(sample);
                }
            }
            if (!of.isEmpty()) {
                samples.add(step == 1 ? of.get(0) : LiveSample.of(Instant.ofEpochSecond(from), of));
            }
        }
        return samples;
    }
}
