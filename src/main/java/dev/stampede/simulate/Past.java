package dev.stampede.simulate;

import dev.stampede.award.Parts;
import dev.stampede.codec.PartsText;
import dev.stampede.codec.Taken;
import dev.stampede.points.Lot;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a later operation can undo of an operation, in one branch of the history. */
final class Past {
    enum Kind {
        EARN,
        PAYMENT,
        /** By hand. */
        GIVEN,
        TAKEN
    }

    final Kind kind;
    /** In points. */
    final long worth;
    /** Of a payment: what was spent, in that order. */
    final List<Lot> spent;
    /** The day of the lot that it gave, and the one on which that matures. */
    final long on;

    final @Nullable Long matures;
    /** What a payment took besides points. */
    final @Nullable Taken taken;
    /** Of an earn that knew nothing of the member: its reversal does not, either. */
    final boolean plain;
    /** What is left of an earn's parts; null of a plain one before the period. */
    @Nullable
    Parts parts;

    /** In points. */
    long undone;

    private Past(
            Kind kind,
            long worth,
            List<Lot> spent,
            long on,
            @Nullable Long matures,
            @Nullable Taken taken,
            boolean plain,
            @Nullable Parts parts) {
        this.kind = kind;
        this.worth = worth;
        this.spent = spent;
        this.on = on;
        this.matures = matures;
        this.taken = taken;
        this.plain = plain;
        this.parts = parts;
    }

    static Past earn(long worth, long on, @Nullable Long matures, boolean plain, @Nullable Parts parts) {
        return new Past(Kind.EARN, worth, List.of(), on, matures, null, plain, parts);
    }

    static Past payment(long worth, List<Lot> spent, @Nullable Taken taken) {
        return new Past(Kind.PAYMENT, worth, spent, 0, null, taken, false, null);
    }

    static Past given(long worth, long on) {
        return new Past(Kind.GIVEN, worth, List.of(), on, null, null, false, null);
    }

    static Past taken(long worth, List<Lot> spent) {
        return new Past(Kind.TAKEN, worth, spent, 0, null, null, false, null);
    }

    Past undone(long points) {
        undone = points;
        return this;
    }

    /** How much a sealed operation was to undo of it. */
    Step.Asked asked(Step step) {
        Parts there = parts;
        String left = step.parts();
        if (left != null && there != null) {
            return Step.Asked.between(there.soFar(), PartsText.read(left).soFar());
        }
        return step.reversedBefore() + step.reversed() >= worth ? Step.Asked.ALL : Step.Asked.points(step.reversed());
    }
}
