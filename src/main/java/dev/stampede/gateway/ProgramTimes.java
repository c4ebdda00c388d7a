package dev.stampede.gateway;

import dev.stampede.codec.Gone;
import dev.stampede.codec.LapseRules;
import java.time.ZoneId;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the write path asks of programs: when days end, what members can forget, and the clocks of sandboxes, programs
 * whose time is their own and stands still.
 */
public interface ProgramTimes {
    /**
     * The zone in which a program's days end; UTC itself where its days are those of UTC.
     *
     * @param realMs the real time, in ms since the epoch
     * @return null while nothing of the program is in force that can be read
     */
    @Nullable
    ZoneId zone(String program, long realMs);

    /**
     * By what time changes the program's members.
     *
     * @param realMs the real time, in ms since the epoch
     */
    default LapseRules lapsing(String program, long realMs) {
        return LapseRules.NONE;
    }

    /**
     * What no version of a program has any more that can still price something.
     *
     * @param promotions with stamps or streaks
     * @param counters of limits
     * @param realMs the real time, in ms since the epoch
     * @return those of them; null if this gateway can't say at the moment
     */
    default @Nullable Gone gone(String program, Set<String> promotions, Set<String> counters, long realMs) {
        return Gone.NOTHING;
    }

    /** The time of a sandbox, in ms since the epoch, as far as this gateway has heard; null if it is none. */
    @Nullable
    Long sandboxMs(String program);

    /** Whether this gateway has heard so recently of a sandbox that it may decide there. */
    boolean isConfirmed(String program);
}
