package dev.stampede.account;

import java.io.IOException;
import java.util.List;
import java.util.UUID;

/**
 * An operation and what was decided of it: a proposal until Postgres has it, history from then on.
 *
 * @param id this proposal's; another proposal of the same operation has another
 * @param image the account after it
 */
public record Proposal(UUID id, Operation operation, Decision decision, Image image) {

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

    /**
     * Why this proposal can't be right whatever Postgres holds: its entries don't chain, don't end in its image, or a
     * bucket is negative, or points are available beside a debt. Null if it can.
     */
    public String flaw() {
        List<Entry> entries = decision.entries();
        var state = image.state();
        if (image.version() != decision.version() || !image.head().equals(id)) {
            return "the image is of another operation";
        }
        if (!decision.ok() && !entries.isEmpty()) {
            return "declined, but with entries";
        }
        if (decision.ok() && moved() != asked()) {
            return "the entries move other points than were asked for";
        }
        if (decision.ok() && operation.type() == OperationType.TOMBSTONE) {
            return "a call that never came, and was carried out";
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
            case "earn" -> of == OperationType.EARN && available >= 0 && pending >= 0 && held == 0 && debt == 0;
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
                        && available <= decision.reversed()
                        && debt - available - pending <= decision.reversed()
                        && (available <= 0 || debt == 0);
            default -> false;
        };
    }

    /** What an earn, redeem or hold was asked to move; 0 for others, whose entries say it. */
    private long asked() {
        return switch (operation.type()) {
            case EARN, REDEEM, HOLD -> operation.points() == null ? -1 : operation.points();
            default -> 0;
        };
    }

    private long moved() {
        String type = operation.type().code();
        return switch (operation.type()) {
            case EARN, REDEEM, HOLD ->
                decision.entries().stream()
                        .filter(entry -> entry.type().equals(type))
                        .mapToLong(entry -> Math.abs(entry.available() + entry.pending()))
                        .sum();
            default -> 0;
        };
    }

    /** Whether {@code next} was decided on exactly what this one left. */
    public boolean precedes(Proposal next) {
        return next.decision.prev().equals(id)
                && next.decision.version() == decision.version() + 1
                && next.decision.digest().equals(Image.digest(image.text()));
    }
}
