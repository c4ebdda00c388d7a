package dev.stampede.document;

import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/**
 * What holds for all points of a programme.
 *
 * @param pendingDays days from an earn until its points are available
 * @param graceDays days that points count at least after they were given back
 * @param autoEnrol whether the first earn of an unknown account opens it
 * @param backdateDays days that an operation may lie in the past
 * @param stepUpAbove points that may be spent at once without the member's code; null for any number
 * @param taxRate null where the document has none
 */
public record Points(
        Names names,
        Expiry expiry,
        int pendingDays,
        Clawback clawback,
        int graceDays,
        boolean autoEnrol,
        int backdateDays,
        UniqueReferences uniqueReferences,
        @Nullable Long stepUpAbove,
        @Nullable BigDecimal taxRate) {
    /** The word for 1 point, and the word for any other number of them. */
    public record Names(String one, String other) {}

    /** What a reversal does about points that are spent: leaves a debt, or forgives them. */
    public enum Clawback {
        DEBT,
        FORGIVE
    }

    /** Within what a caller's reference may be used only once. */
    public enum UniqueReferences {
        NONE,
        ACCOUNT,
        PROGRAM
    }
}
