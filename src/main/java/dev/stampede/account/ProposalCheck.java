package dev.stampede.account;

import dev.stampede.points.MemberPoints;
import dev.stampede.points.Refusal;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Whether a proposal may be right, whatever Postgres holds: it is consistent, and does what was asked. */
final class ProposalCheck {
    private static final String REVERSE = "reverse";

    private final UUID id;
    private final Operation operation;
    private final Decision decision;
    private final Image image;
    private final @Nullable String undoes;

    ProposalCheck(Proposal proposal) {
        this.id = proposal.id();
        this.operation = proposal.operation();
        this.decision = proposal.decision();
        this.image = proposal.image();
        this.undoes = proposal.undoes();
    }

    /** The flaw; null if there is none. */
    @Nullable
    String flaw() {
        List<Entry> entries = decision.entries();
        MemberPoints state = image.state();
        if (image.version() != decision.version() || !image.head().equals(id)) {
            return "the image belongs to another operation";
        }
        if (!decision.ok() && (!entries.isEmpty() || decision.points() != 0 || decision.target() != null)) {
            return "it is declined, but moves points or has a target";
        }
        if (!decision.ok() && !Refusal.isCode(decision.outcome())) {
            return "it is declined for an unknown reason";
        }
        if (!isHoldRight()) {
            return "the hold is not the one asked for, or does not match the entries";
        }
        if (decision.ok() && !isUndoingRight()) {
            return "it does not undo what was asked, or does not match the entries";
        }
        if (decision.ok() && moved() != asked()) {
            return "the entries move another number of points than was asked for";
        }
        if (!arePointsRight()) {
            return "the points are not the sum of the entries";
        }
        if (operation instanceof Operation.Tombstone && !isTombstone()) {
            return "a tombstone records more than that a call never arrived";
        }
        for (int i = 0; i < entries.size(); i++) {
            Entry e = entries.get(i);
            if (!moves(e)) {
                return "entry " + (i + 1) + " moves points in a way that its type does not allow";
            }
            if (Math.min(Math.min(e.availableAfter(), e.heldAfter()), Math.min(e.pendingAfter(), e.debtAfter())) < 0) {
                return "a bucket is negative after entry " + (i + 1);
            }
            if (i > 0) {
                Entry p = entries.get(i - 1);
                if (p.availableAfter() + e.available() != e.availableAfter()
                        || p.heldAfter() + e.held() != e.heldAfter()
                        || p.pendingAfter() + e.pending() != e.pendingAfter()
                        || p.debtAfter() + e.debt() != e.debtAfter()) {
                    return "entry " + (i + 1) + " does not continue from the entry before";
                }
            }
        }
        if (decision.ok() && operation.attributes() != null && !image.has(operation.attributes())) {
            return "the image has other attributes";
        }
        if (state.available() > 0 && state.debt() > 0) {
            return "points are available despite a debt";
        }
        if (!entries.isEmpty()) {
            Entry last = entries.get(entries.size() - 1);
            if (last.availableAfter() != state.available()
                    || last.heldAfter() != state.held()
                    || last.pendingAfter() != state.pending()
                    || last.debtAfter() != state.debt()) {
                return "the entries do not end in the image";
            }
        }
        return null;
    }

    /** The same, with a check of the image by itself. */
    @Nullable
    String flawOfAnothers() {
        if (image.at() != decision.at()) {
            return "the image has another time than the decision";
        }
        if (!image.state().isConsistent()) {
            return "the image's buckets are not the sums of their parts";
        }
        return flaw();
    }

    private boolean isTombstone() {
        return decision.outcome().equals(Refusal.VOIDED.code())
                && operation.header().fingerprint() == null
                && operation.header().reference() == null;
    }

    /**
     * Whether {@code points} is the change of {@code available} by the last entries: by all of them, unless the first
     * ones record changes by time.
     */
    private boolean arePointsRight() {
        List<Entry> entries = decision.entries();
        long points = 0;
        for (int i = entries.size() - 1; i >= 0; i--) {
            if (decision.lapsed() && points == decision.points()) {
                return true;
            }
            points += entries.get(i).available();
        }
        return points == decision.points();
    }

    /**
     * Whether an entry moves points as its type allows, in an operation that may have such an entry: from one bucket to
     * another, or out. Only an earn brings points in, and only a reversal or void brings points back, no more than it
     * undoes. Redis must not create points under another name.
     */
    private boolean moves(Entry e) {
        long available = e.available();
        long held = e.held();
        long pending = e.pending();
        long debt = e.debt();
        OperationType of = operation.type();
        return switch (e.type()) {
            case "earn" ->
                of == OperationType.EARN
                        && (operation.matures() == null
                                ? available >= 0 && pending == 0
                                : available == 0 && pending >= 0)
                        && held == 0
                        && debt == 0;
            case "redeem" -> of == OperationType.REDEEM && available <= 0 && held == 0 && pending == 0 && debt == 0;
            case "hold" -> of == OperationType.HOLD && held >= 0 && available == -held && pending == 0 && debt == 0;
            case "capture" -> of == OperationType.CAPTURE && held <= 0 && available == 0 && pending == 0 && debt == 0;
            case "release" -> available >= 0 && held == -available && pending == 0 && debt == 0;
            case "mature" -> available >= 0 && pending == -available && held == 0 && debt == 0;
            case "expire" -> available <= 0 && held == 0 && pending == 0 && debt == 0;
            case "payoff" -> available <= 0 && debt == available && held == 0 && pending == 0;
            case "reverse" ->
                (of == OperationType.REVERSE || of == OperationType.VOID)
                        && held == 0
                        && debt >= 0
                        && pending <= 0
                        && (available <= 0 || (debt == 0 && pending == 0));
            default -> false;
        };
    }

    /** Whether the operation creates or ends the hold that was asked for, and the captured points match the entries. */
    private boolean isHoldRight() {
        HoldStatus hold = decision.hold();
        return switch (decision.ok() ? operation.type() : OperationType.TOMBSTONE) {
            case HOLD -> hold != null && hold.id().equals(id) && hold.points() == asked() && hold.captured() == 0;
            case CAPTURE, VOID ->
                hold == null
                        ? operation instanceof Operation.VoidCall
                                && image.state().holds().stream()
                                        .noneMatch(open -> open.id().equals(decision.target()))
                        : hold.id().equals(decision.target())
                                && hold.points() == decision.reversed()
                                && hold.captured() <= hold.points()
                                && hold.captured() == -decision.sum("capture", Entry::held)
                                && hold.points() - hold.captured() <= decision.sum("release", Entry::available)
                                && hold.captured() == captured(hold);
            default -> hold == null;
        };
    }

    /** How many points of the hold the operation was asked to capture. */
    private long captured(HoldStatus hold) {
        if (operation instanceof Operation.Capture capture) {
            return capture.points() == null ? hold.points() : capture.points();
        }
        return 0;
    }

    /**
     * Whether the operation undoes what was asked for, the points match the entries, and its type is one that undoes.
     */
    private boolean isUndoingRight() {
        UUID target = decision.target();
        UUID asked = operation.target();
        long reversed = decision.reversed();
        if (asked == null && !(operation instanceof Operation.VoidCall)) {
            return target == null;
        }
        // Postgres knows which operation a key belongs to
        if (target == null || (asked != null && !target.equals(asked))) {
            return false;
        }
        if (operation instanceof Operation.Reverse reverse
                && reverse.points() != null
                && reverse.points() != reversed) {
            return false;
        }
        if (target.equals(id) || Math.min(decision.reversedBefore(), reversed) < 0) {
            return false;
        }
        boolean moves =
                decision.entries().stream().anyMatch(entry -> entry.type().equals(REVERSE));
        if (undoes == null || undoes.equals("hold")) {
            return !moves;
        }
        long available = decision.sum(REVERSE, Entry::available);
        return moves
                && (undoes.equals("spent")
                        ? available == reversed
                                && decision.sum(REVERSE, entry -> Math.abs(entry.available())) == available
                        : decision.sum(REVERSE, entry -> entry.debt() - entry.available() - entry.pending()) <= reversed
                                && decision.sum(REVERSE, entry -> Math.max(0, entry.available())) == 0);
    }

    /** How many points an earn, redeem or hold was asked to move; 0 for other types. */
    private long asked() {
        if (operation instanceof Operation.Earn earn) {
            return earn.points();
        } else if (operation instanceof Operation.Redeem redeem) {
            return redeem.points();
        } else if (operation instanceof Operation.Hold hold) {
            return hold.points();
        }
        return 0;
    }

    private long moved() {
        boolean asked = operation instanceof Operation.Earn
                || operation instanceof Operation.Redeem
                || operation instanceof Operation.Hold;
        return asked
                ? decision.sum(operation.type().code(), entry -> Math.abs(entry.available() + entry.pending()))
                : 0;
    }
}
