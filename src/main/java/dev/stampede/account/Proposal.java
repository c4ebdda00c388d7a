package dev.stampede.account;

import dev.stampede.points.Refusal;
import dev.stampede.points.State;
import java.io.IOException;
import java.util.List;
import java.util.UUID;
import java.util.function.ToLongFunction;

/**
 * An operation and what was decided of it: a proposal until Postgres has it, history from then on.
 *
 * @param id this proposal's; another proposal of the same operation has another
 * @param image the account after it
 */
public record Proposal(UUID id, Operation operation, Decision decision, Image image) {
    private static final String REVERSE = "reverse";

    /**
     * Reads a proposal as the Lua library keeps it: four lines, "id tag", the operation, the decision, the image.
     *
     * @throws IllegalArgumentException if it is none
     */
    public static Proposal parse(AccountId account, String text) {
        return parse(account, null, text);
    }

    /** The operation's line of such a text. */
    public static String operationOf(String text) {
        int operation = text.indexOf('\n') + 1;
        int end = text.indexOf('\n', operation);
        if (operation == 0 || end < 0) {
            throw new IllegalArgumentException("no proposal");
        }
        return text.substring(operation, end);
    }

    /** The same, for a proposal of one's own: the operation is known. */
    public static Proposal parse(Operation operation, String text) {
        return parse(operation.account(), operation, text);
    }

    private static Proposal parse(AccountId account, Operation known, String text) {
        int operation = text.indexOf('\n') + 1;
        int decision = text.indexOf('\n', operation) + 1;
        int image = text.indexOf('\n', decision) + 1;
        if (operation < 37 || decision == 0 || image == 0) {
            throw new IllegalArgumentException("no proposal");
        }
        try {
            return new Proposal(
                    UUID.fromString(text.substring(0, 36)),
                    known == null ? Operation.parse(account, text.substring(operation, decision - 1)) : known,
                    Decision.parse(text.substring(decision, image - 1)),
                    Image.parse(text.substring(image)));
        } catch (IOException e) {
            throw new IllegalArgumentException("no proposal", e);
        }
    }

    /** What later operations can undo of this one, in points. */
    public long reversible() {
        if (!decision.ok()) {
            return 0;
        }
        return switch (operation.type()) {
            case EARN, REDEEM -> operation.points();
            case HOLD -> decision.hold().points();
            case CAPTURE -> decision.hold().captured();
            default -> 0;
        };
    }

    /** The state in which it leaves its target, as the Lua library keeps it; null where it has none. */
    public String left() {
        if (decision.target() == null) {
            return null;
        }
        return switch (operation.type()) {
            case CAPTURE -> "captured";
            case VOID -> operation.hold() != null ? "voided" : decision.hold() != null ? "undone" : undone(true);
            default -> undone(false);
        };
    }

    private String undone(boolean voided) {
        return decision.reversedBefore() + decision.reversed() + (voided ? " 1 1" : " 0 1");
    }

    /** What it undoes: a {@code hold}, points of an {@code earn}, or some that were {@code spent}; null if no points. */
    public String undoes() {
        if (decision.target() == null || (decision.hold() == null && decision.reversed() == 0)) {
            return null;
        }
        return decision.hold() != null ? "hold" : sum(REVERSE, Entry::available) > 0 ? "spent" : "earn";
    }

    /** Whether it undoes all that is left of its target. */
    public boolean undoesAll() {
        return decision.target() != null
                && (operation.type() != OperationType.REVERSE
                        || operation.points() == null
                        || decision.reversed() == 0);
    }

    /** Whether an operation is what this one says that it undoes, with so many points left. */
    public boolean canUndo(Proposal target) {
        String undoes = undoes();
        String kind = switch (target.operation.type()) {
            case HOLD -> "hold";
            case EARN -> "earn";
            case REDEEM, CAPTURE -> "spent";
            default -> "nothing";
        };
        long left = target.reversible() - decision.reversedBefore() - decision.reversed();
        boolean ended = undoes == null && kind.equals("hold"); // by its end, and now its call is voided
        return left >= 0
                && (left == 0 || ended || !undoesAll())
                && (undoes == null || undoes.equals(kind))
                && (operation.voids() == null || operation.voids().equals(target.operation.key()));
    }

    /**
     * Why this proposal can't be right whatever Postgres holds: its entries don't chain, don't end in its image, or a
     * bucket is negative, or points are available beside a debt; or it does something else than was asked. Null if it
     * can.
     */
    public String flaw() {
        List<Entry> entries = decision.entries();
        var state = image.state();
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
        if (operation.type() == OperationType.TOMBSTONE && !isTombstone()) {
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

    /**
     * The same, of one that was read from Redis, where somebody may have written it: its image, too, must make sense by
     * itself, since the account would not get rid of it.
     */
    public String flawOfAnothers() {
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
                && operation.fingerprint() == null
                && operation.points() == null
                && operation.reference() == null
                && operation.attributes() == null
                && operation.detail() == null;
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
     * Whether an entry moves points as its type does, in an operation that has such: from one bucket to another, or out;
     * in only by an earn, or back by no more than is undone. Redis must not make points under another name.
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

    /** Whether the hold that it makes or ends is the one that was asked for, and what is captured of it is what moves. */
    private boolean isHoldRight() {
        HoldStatus hold = decision.hold();
        return switch (decision.ok() ? operation.type() : OperationType.TOMBSTONE) {
            case HOLD ->
                hold != null && hold.id().equals(id) && hold.points() == operation.points() && hold.captured() == 0;
            case CAPTURE, VOID ->
                hold == null
                        ? operation.hold() == null
                                && image.state().holds().stream()
                                        .noneMatch(open -> open.id().equals(decision.target()))
                        : hold.id().equals(decision.target())
                                && hold.points() == decision.reversed()
                                && hold.captured() <= hold.points()
                                && hold.captured() == -sum("capture", Entry::held)
                                && hold.points() - hold.captured() <= sum("release", Entry::available)
                                && hold.captured() == captured(hold);
            default -> hold == null;
        };
    }

    /** How many points of a hold it was asked to capture. */
    private long captured(HoldStatus hold) {
        if (operation.type() == OperationType.VOID) {
            return 0;
        }
        return operation.points() == null ? hold.points() : operation.points();
    }

    /** Whether it undoes what was asked for, as many points as move, and only if it is of a type that undoes. */
    private boolean isUndoingRight() {
        UUID target = decision.target();
        UUID asked = operation.hold() != null ? operation.hold() : operation.target();
        long reversed = decision.reversed();
        switch (operation.type()) {
            case CAPTURE, VOID -> {
                // what a key is of, Postgres knows
                if (target == null || (operation.voids() == null && !target.equals(asked))) {
                    return false;
                }
            }
            case REVERSE -> {
                if (target == null
                        || !target.equals(asked)
                        || (operation.points() != null && operation.points() != reversed)) {
                    return false;
                }
            }
            default -> {
                return target == null;
            }
        }
        if (target.equals(id) || Math.min(decision.reversedBefore(), reversed) < 0) {
            return false;
        }
        boolean moves =
                decision.entries().stream().anyMatch(entry -> entry.type().equals(REVERSE));
        String undoes = undoes();
        if (undoes == null || undoes.equals("hold")) {
            return !moves;
        }
        long available = sum(REVERSE, Entry::available);
        return moves
                && (undoes.equals("spent")
                        ? available == reversed && sum(REVERSE, entry -> Math.abs(entry.available())) == available
                        : sum(REVERSE, entry -> entry.debt() - entry.available() - entry.pending()) <= reversed
                                && sum(REVERSE, entry -> Math.max(0, entry.available())) == 0);
    }

    private long sum(String type, ToLongFunction<Entry> points) {
        long sum = 0;
        for (Entry entry : decision.entries()) {
            if (entry.type().equals(type)) {
                sum += points.applyAsLong(entry);
            }
        }
        return sum;
    }

    /** What an earn, redeem or hold was asked to move; 0 for others, whose entries say it. */
    private long asked() {
        return switch (operation.type()) {
            case EARN, REDEEM, HOLD -> operation.points() == null ? -1 : operation.points();
            default -> 0;
        };
    }

    private long moved() {
        return switch (operation.type()) {
            case EARN, REDEEM, HOLD ->
                sum(operation.type().code(), entry -> Math.abs(entry.available() + entry.pending()));
            default -> 0;
        };
    }

    /** Whether {@code next} was decided on exactly what this one left, and leads on from there. */
    public boolean precedes(Proposal next) {
        return next.decision.prev().equals(id)
                && next.decision.version() == decision.version() + 1
                && next.decision.digest().equals(Image.digest(image.text()))
                && next.startsAt(image.state());
    }

    private boolean startsAt(State before) {
        if (decision.entries().isEmpty()) {
            State after = image.state();
            return before.available() == after.available()
                    && before.held() == after.held()
                    && before.pending() == after.pending()
                    && before.debt() == after.debt();
        }
        Entry first = decision.entries().get(0);
        return before.available() + first.available() == first.availableAfter()
                && before.held() + first.held() == first.heldAfter()
                && before.pending() + first.pending() == first.pendingAfter()
                && before.debt() + first.debt() == first.debtAfter();
    }
}
