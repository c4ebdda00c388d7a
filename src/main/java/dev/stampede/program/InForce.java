package dev.stampede.program;

import dev.stampede.document.ProgramDocument;
import dev.stampede.points.Terms;
import java.time.Instant;

/** What a program has for an instant: rules, or a reason why there are none. */
public sealed interface InForce {
    /**
     * A version that is in force.
     *
     * @param terms the same document, for the parts of the gateway that know no more of it
     */
    record Rules(int version, Instant effectiveFrom, ProgramDocument document, Terms terms) implements InForce {}

    /** Why there are no rules. */
    enum Not implements InForce {
        /** There is no such program, or its first version has not taken effect. */
        THERE,
        /** This release cannot read the document of the version that is in force. */
        READABLE,
        /** Another version may have been published that this gateway has not heard of. */
        CONFIRMED
    }
}
