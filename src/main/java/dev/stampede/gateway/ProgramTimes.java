package dev.stampede.gateway;

import dev.stampede.codec.LapseRules;
import java.time.ZoneId;
import org.jspecify.annotations.Nullable;

/** When a program's days end, and the clocks of sandboxes: programs whose time is their own, and stands still. */
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

    /** The time of a sandbox, in ms since the epoch, as far as this gateway has heard; null if it is none. */
    @Nullable
    Long sandboxMs(String program);

    /** Whether this gateway has heard so recently of a sandbox that it may decide there. */
    boolean isConfirmed(String program);
}
