package dev.stampede.gateway;

import dev.stampede.account.AccountId;
import dev.stampede.codec.Gone;
import dev.stampede.postgres.LedgerClock;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The time by which an account goes: that of its sandbox, or the real one; and what its program has no longer. */
final class ProgramClocks {
    private final LedgerClock clock;
    private final ProgramTimes programs;

    ProgramClocks(LedgerClock clock, ProgramTimes programs) {
        this.clock = clock;
        this.programs = programs;
    }

    /** In ms since the epoch. */
    long nowMs(AccountId account) {
        Long own = programs.sandboxMs(account.program());
        return own == null ? clock.nowMs() : own;
    }

    /** Real time, in ms since the epoch. */
    long realMs() {
        return clock.nowMs();
    }

    boolean isSandbox(AccountId account) {
        return programs.sandboxMs(account.program()) != null;
    }

    /** What no version of the account's program has any more; null if this gateway can't say at the moment. */
    @Nullable
    Gone gone(AccountId account, Set<String> promotions, Set<String> counters) {
        return programs.gone(account.program(), promotions, counters, clock.nowMs());
    }

    /** Whether this gateway may decide now: it knows the time. */
    boolean isConfirmed(AccountId account) {
        return !isSandbox(account) || programs.isConfirmed(account.program());
    }
}
