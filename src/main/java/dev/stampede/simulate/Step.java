package dev.stampede.simulate;

import dev.stampede.account.HoldStatus;
import dev.stampede.account.Image;
import dev.stampede.account.OperationType;
import dev.stampede.account.Receipt;
import dev.stampede.award.Part;
import dev.stampede.award.Parts;
import dev.stampede.codec.Told;
import dev.stampede.rules.Call;
import dev.stampede.rules.Returns;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An operation as it was sealed.
 *
 * @param at when it was decided, in ms since the epoch
 * @param reversible what later operations can undo of it, in points
 * @param target the operation that it undid, or the hold that it ended; null if none
 * @param reversedBefore how much of its target was undone before, in points
 * @param reversed how much of its target it undid, in points
 * @param version of the program whose rules made it; null if none did
 * @param uses what it took of shared totals, or gave back (negative), by their numbers
 * @param image the account after it
 */
record Step(
        UUID id,
        long at,
        OperationType type,
        long reversible,
        @Nullable UUID target,
        long reversedBefore,
        long reversed,
        @Nullable Integer version,
        @Nullable String parts,
        @Nullable String told,
        Receipt.Contents receipt,
        @Nullable HoldStatus hold,
        Map<Integer, Long> uses,
        Image image) {
    private static final String STATED = "stated";

    /** When it was decided by the real clock, in ms since the epoch: ids rise with time. */
    long realMs() {
        return id.getMostSignificantBits() >>> 16;
    }

    /** What points were given for. */
    Call call() {
        long stated = reversible;
        if (told != null && receipt.amount() == null && receipt.action() == null) {
            stated = explanation().stream()
                    .filter(part -> part.rule().equals(STATED))
                    .mapToLong(Part::wanted)
                    .sum();
        }
        return receipt.call(type, stated);
    }

    /** What an earn, or the reversal of one, tells; empty where its rules know nothing of members. */
    List<Part> explanation() {
        return told == null ? List.of() : Told.read(told).explanation();
    }

    /**
     * How much of its target an operation was to undo.
     *
     * @param whole whether all that was left of it; then the rest says nothing
     * @param count points, or money in the smallest unit, as {@code by} says
     */
    record Asked(boolean whole, Parts.By by, long count, List<Returns.Returned> items) {
        static final Asked ALL = new Asked(true, Parts.By.NOTHING, 0, List.of());

        static Asked points(long count) {
            return new Asked(false, Parts.By.POINTS, count, List.of());
        }

        /** Of the difference between what was taken back before and what is now. */
        static Asked between(Parts.SoFar before, Parts.SoFar after) {
            if (after.whole()) {
                return ALL;
            }
            List<Returns.Returned> items = new ArrayList<>();
            for (int i = 0; i < after.lines().size(); i++) {
                long units = after.lines().get(i)
                        - (i < before.lines().size() ? before.lines().get(i) : 0);
                if (units > 0) {
                    items.add(new Returns.Returned(i, units));
                }
            }
            return new Asked(false, after.by(), after.taken() - before.taken(), items);
        }
    }
}
