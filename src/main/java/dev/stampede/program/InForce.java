package dev.stampede.program;

import dev.stampede.document.ProgramDocument;
import dev.stampede.points.Terms;
import dev.stampede.rules.CompiledProgram;
import java.time.Instant;
import java.time.ZoneId;

/** What a program has for an instant: rules, or a reason why there are none. */
public sealed interface InForce {
    /**
     * A version that is in force.
     *
     * @param zone in which its days begin and end; UTC itself where they are those of UTC
     * @param compiled the same document, ready to price with
     * @param isPlain whether what an earn gives is known before the member is: by one rate, as {@code terms} say
     * @param terms the same document, for the parts of the gateway that know no more of it
     * @param compiled the same document, ready to compute with
     */
    record Rules(
            int version,
            Instant effectiveFrom,
            ProgramDocument document,
            ZoneId zone,
            CompiledProgram compiled,
            boolean isPlain,
            Terms terms)
            implements InForce {}

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
