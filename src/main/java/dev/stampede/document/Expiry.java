package dev.stampede.document;

import java.util.Set;

/** How long points count. They count to the end of a day in the programme's zone. */
public sealed interface Expiry {
    /** A number of months after the earn, or to the end of the period in which that day lies. */
    record Months(int months, End end) implements Expiry {}

    /** A number of days after the earn. */
    record Days(int days) implements Expiry {}

    /** A number of months after the member's last activity, which renews all of his points. */
    record Inactivity(int months, Set<Renewal> renewedBy) implements Expiry {
        public Inactivity {
            renewedBy = Set.copyOf(renewedBy);
        }
    }

    /** They count for ever. */
    record Never() implements Expiry {}

    /** The period to whose end points count. */
    enum End {
        NONE,
        MONTH,
        QUARTER,
        YEAR
    }

    /** The kind of activity that renews points. */
    enum Renewal {
        EARN,
        REDEEM
    }
}
