package dev.stampede.account;

import dev.stampede.points.MemberPoints;
import dev.stampede.points.Refusal;
import java.util.List;
import java.util.UUID;

/** Whether a proposal can be right, whatever Postgres holds: it makes sense by itself, and does what was asked. */
final class ProposalCheck {
    private static final String REVERSE = "reverse";

    private final UUID id;
    private final Operation operation;
    private final Decision decision;
    private final Image image;
    private final String undoes;

    ProposalCheck(Proposal proposal) {
        this.id = proposal.id();
        this.operation = proposal.operation();
        this.decision = proposal.decision();
        this.image = proposal.image();
        this.undoes = proposal.undoes();
    }

    /** Null if there is none. */
    String flaw() {
        List<Entry> entries = decision.entries();
        MemberPoints state = image.state();
        if (image.version() != decision.version() || !image.head().equals(id)) {
            return "the image is of another operation";
        }
        if (!decision.ok() && (!entries.isEmpty() || decision.points() != 0 || decision.target() != null)) {
            return "declined, but it does something";
        }
        if (!decision.ok() && !Refusal.isCode(decision.outcome())) {
            return "declined for no known reason";
        }
        if (!isHoldRight()) {
            return "the hold is not as asked, or not as the entries move it";
        }
        if (decision.ok() && !isUndoingRight()) {
            return "it undoes something else than was asked, or than the entries move";
        }
        if (decision.ok() && moved() != asked()) {
            return "the entries move other points than were asked for";
        }
        if (!arePointsRight()) {
            return "the points are not those of its entries";
        }
        if (operation instanceof Operation.Tombstone && !isTombstone()) {
            return "more than that a call never came";
        }
        for (int i = 0; i < entries.size(); i++) {
            Entry e = entries.get(i);
            if (!moves(e)) {
                return "entry " + (i + 1) + " moves what none of its type does";
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
                    return "entry " + (i + 1) + " does not follow the one before";
                }
            }
        }
        if (decision.ok() && operation.attributes() != null && !image.has(operation.attributes())) {
            return "the image has other attributes";
        }
        if (state.available() > 0 && state.debt() > 0) {
            return "points are available, and there is a debt";
        }
        if (!entries.isEmpty()) {
            Entry last = entries.get(entries.size() - 1);
            if (last.availableAfter() != state.available()
                    || last.heldAfter() != state.held()
                    || last.pendingAfter() != state.pending()
                    || last.debtAfter() != state.debt()) {
                return "the entries don't end in the image";
            }
        }
        return null;
    }

    /** The same, and of the image by itself. */
    String flawOfAnothers() {
        if (image.at() != decision.at()) {
            return "the image is of another time";
        }
        if (!image.state().isConsistent()) {
            return "the image's buckets are not what they consist of";
        }
        return flaw();
    }

    private boolean isTombstone() {
        return decision.outcome().equals(Refusal.VOIDED.code())
                && operation.header().fingerprint() == null
                && operation.header().reference() == null;
    }

    /** Whether its points are what its last entries did to {@code available}: all of them, unless time's come first. */
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
     * Whether an entry moves points as its type does, in an operation that has such: from one bucket to another, or
     * out; in only by an earn, or back by no more than is undone. Redis must not make points under another name.
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

    /**
     * Whether the hold that it makes or ends is the one that was asked for, and what is captured of it is what moves.
     */
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

    /** How many points of a hold it was asked to capture. */
    private long captured(HoldStatus hold) {
        if (operation instanceof Operation.Capture capture) {
            return capture.points() == null ? hold.points() : capture.points();
        }
        return 0;
    }

    /** Whether it undoes what was asked for, as many points as move, and only if it is of a type that undoes. */
    private boolean isUndoingRight() {
        UUID target = decision.target();
        UUID asked = operation.target();
        long reversed = decision.reversed();
        if (asked == null && !(operation instanceof Operation.VoidCall)) {
            return target == null;
        }
        // what a key is of, Postgres knows
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

    /** What an earn, redeem or hold was asked to move; 0 for others, whose entries say it. */
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
