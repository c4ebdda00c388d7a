package dev.stampede.account;

import dev.stampede.award.MemberState;
import dev.stampede.award.PlainPrice;
import dev.stampede.award.Undo;
import dev.stampede.codec.MemberText;
import dev.stampede.codec.Taken;
import dev.stampede.points.MemberPoints;
import dev.stampede.points.Refusal;
import java.io.IOException;
import java.time.ZoneId;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An operation and the decision on it: a proposal until Postgres has committed it, history from then on.
 *
 * @param id of this proposal; another proposal of the same operation has another id
 * @param image the account after the operation
 */
public record Proposal(UUID id, Operation operation, Decision decision, Image image) {
    private static final String REVERSE = "reverse";

    /**
     * Reads a proposal as the Lua library writes it: four lines, "id tag", the operation, the decision, the image.
     *
     * @throws IllegalArgumentException if the text is not a proposal
     */
    public static Proposal parse(AccountId account, String text) {
        return parse(account, null, text);
    }

    /** The operation's line of the text of a proposal. */
    public static String operationOf(String text) {
        int operation = text.indexOf('\n') + 1;
        int end = text.indexOf('\n', operation);
        if (operation == 0 || end < 0) {
            throw new IllegalArgumentException("not a proposal");
        }
        return text.substring(operation, end);
    }

    /** The same for a proposal of this gateway: the operation is known. */
    public static Proposal parse(Operation operation, String text) {
        return parse(operation.account(), operation, text);
    }

    private static Proposal parse(AccountId account, @Nullable Operation known, String text) {
        int operation = text.indexOf('\n') + 1;
        int decision = text.indexOf('\n', operation) + 1;
        int image = text.indexOf('\n', decision) + 1;
        if (operation < 37 || decision == 0 || image == 0) {
            throw new IllegalArgumentException("not a proposal");
        }
        try {
            return new Proposal(
                    UUID.fromString(text.substring(0, 36)),
                    known == null ? Operation.parse(account, text.substring(operation, decision - 1)) : known,
                    Decision.parse(text.substring(decision, image - 1)),
                    Image.parse(text.substring(image)));
        } catch (IOException e) {
            throw new IllegalArgumentException("not a proposal", e);
        }
    }

    /**
     * The format of its row: the oldest one that can hold it, because the release before reads nothing newer. Format 3
     * adds {@code member}, what holds took, the renewal of maturing points, the freeze for spending and the member code
     * to the image, {@code parts} and {@code told} to the operation, and refusals.
     */
    public short format() {
        return (short) (image.member() != null || isNew() ? 3 : 2);
    }

    private boolean isNew() {
        return operation.type().isOfFormat3()
                || image.state().closed()
                || image.state().spendingFrozen()
                || image.memberCode() != null
                || decision.parts() != null
                || decision.told() != null
                || !decision.uses().isEmpty()
                || (!decision.ok() && Refusal.of(decision.outcome()).isOfFormat3())
                || image.state().holds().stream().anyMatch(hold -> hold.taken() != null)
                || image.state().maturing().stream().anyMatch(row -> row.given() != row.day());
    }

    /**
     * When time alone changes the account next, in ms since the epoch; 0 if never.
     *
     * @param zone the program's
     */
    public long dueAt(ZoneId zone) {
        return operation instanceof Operation.Lapse ? image.dueAfterLapse(zone) : image.dueAt(zone);
    }

    /** What it claims for itself, or was declined for because another operation has it; null if nothing. */
    public @Nullable Unique claims() {
        Unique unique = operation.unique();
        return unique != null && (decision.ok() || unique.usedBy() != null && isUsed()) ? unique : null;
    }

    boolean isUsed() {
        return decision.outcome().equals(Refusal.REFERENCE_USED.code());
    }

    /** How many of its points later operations can undo. */
    public long reversible() {
        if (!decision.ok()) {
            return 0;
        }
        if (operation.award() != null) {
            return earned();
        } else if (operation instanceof Operation.Earn earn) {
            return earn.points();
        } else if (operation instanceof Operation.Redeem) {
            return -decision.sum(OperationType.REDEEM.code(), Entry::available);
        } else if (operation instanceof Operation.Hold) {
            return hold().points();
        } else if (operation instanceof Operation.Capture) {
            return hold().captured();
        } else if (operation instanceof Operation.Adjust adjust) {
            return Math.abs(adjust.points());
        }
        return 0;
    }

    /**
     * What its answer tells besides: as it was decided, or what was known before of a payment. A JSON text; null if
     * there is nothing.
     */
    public @Nullable String told() {
        PlainPrice plain = operation.plain();
        return plain == null || !decision.ok()
                ? decision.told()
                : Taken.of(plain, reversible()).write();
    }

    /** Whether it settles an award: an enrolment does only if the member was not enrolled. */
    boolean settles() {
        return decision.ok()
                && operation.award() != null
                && (operation.type() == OperationType.EARN || decision.created());
    }

    /** What it gives back to stock, a JSON object of units by budgets; null if nothing can come back by it. */
    public @Nullable String back() {
        return GivenBack.text(this);
    }

    /** The points that its entries bring in. */
    long earned() {
        return decision.sum(OperationType.EARN.code(), entry -> entry.available() + entry.pending());
    }

    /** That of a hold or a capture that was accepted: without one it would have a {@link #flaw}. */
    private HoldStatus hold() {
        return Objects.requireNonNull(decision.hold());
    }

    /** The state in which the operation leaves its target, as the Lua library writes it; null if it has no target. */
    public @Nullable String left() {
        if (decision.target() == null) {
            return null;
        }
        if (operation instanceof Operation.Capture) {
            return "captured";
        } else if (operation instanceof Operation.Release) {
            return "voided";
        } else if (operation instanceof Operation.VoidCall) {
            return decision.hold() != null ? "undone" : undone(true);
        }
        return undone(false);
    }

    private String undone(boolean voided) {
        return decision.reversedBefore() + decision.reversed() + (voided ? " 1 " : " 0 ") + (decision.step() + 1);
    }

    /**
     * What the operation undoes: a {@code hold}, points of an {@code earn}, or points that were {@code spent}; null if
     * it undoes no points. An adjustment is the one or the other.
     */
    public @Nullable String undoes() {
        if (decision.target() == null || (decision.hold() == null && decision.reversed() == 0)) {
            return null;
        }
        return decision.hold() != null ? "hold" : decision.sum(REVERSE, Entry::available) > 0 ? "spent" : "earn";
    }

    /** Whether the operation undoes everything that is left of its target. */
    public boolean undoesAll() {
        Undo undo = undo();
        if (undo != null) {
            return undo.whole();
        }
        return decision.target() != null
                && (!(operation instanceof Operation.Reverse reverse)
                        || reverse.points() == null
                        || decision.reversed() == 0);
    }

    /** What it takes back by the parts of an earn; null if it does not. */
    public @Nullable Undo undo() {
        return operation instanceof Operation.Undoing undoing && undoing.reversal() != null && decision.target() != null
                ? undoing.reversal().undo()
                : null;
    }

    /**
     * Whether {@code target} is of the kind that this operation claims to undo, and has the points left that it claims.
     */
    public boolean canUndo(Proposal target) {
        String undoes = undoes();
        String kind = kind(target.operation);
        long left = target.reversible() - decision.reversedBefore() - decision.reversed();
        boolean ended = undoes == null && kind.equals("hold"); // the hold had ended; now its call is voided
        return left >= 0
                && (left == 0 || ended || !undoesAll())
                && (undoes == null || undoes.equals(kind))
                && (operation.voids() == null || operation.voids().equals(target.operation.key()));
    }

    private static String kind(Operation target) {
        return switch (target.type()) {
            case HOLD -> "hold";
            case EARN, ENROL -> "earn";
            case REDEEM, CAPTURE -> "spent";
            case ADJUST -> target instanceof Operation.Adjust adjust && adjust.points() > 0 ? "earn" : "spent";
            default -> "nothing";
        };
    }

    /**
     * Why this proposal must be wrong, whatever Postgres holds: its entries do not chain or do not end in its image, a
     * bucket is negative, points are available despite a debt, or it does not do what was asked. Null if it may be
     * right.
     */
    public @Nullable String flaw() {
        return new ProposalCheck(this).flaw();
    }

    /**
     * The same for a proposal that was read from Redis, where an intruder may have written it. Its image must also be
     * consistent by itself: once sealed, the account could not get rid of it.
     */
    public @Nullable String flawOfAnothers() {
        return new ProposalCheck(this).flawOfAnothers();
    }

    /**
     * Whether {@code next} was decided on exactly the image that this proposal left, and its entries continue from
     * there.
     */
    public boolean precedes(Proposal next) {
        return next.decision.prev().equals(id)
                && next.decision.version() == decision.version() + 1
                && next.decision.digest().equals(Image.digest(image.text()))
                && next.continues(image);
    }

    /**
     * Whether its entries continue from an image, and it leaves alone of that what it may not change. The first
     * operation of an account continues from the blank one.
     */
    boolean continues(Image before) {
        return startsAt(before.state())
                && (changesMember() || Objects.equals(before.member(), image.member()))
                && (setsAttributes() || hasAttributesOf(before))
                && keepsGrant(before)
                && hasMemberCodeAfter(before.memberCode())
                && (changesStatus() || hasStatusOf(before.state()));
    }

    private boolean setsAttributes() {
        return decision.ok() && operation.attributes() != null;
    }

    private boolean hasAttributesOf(Image before) {
        return Objects.equals(before.attributes(), image.attributes())
                && Objects.equals(Image.attributesOf(before.member()), Image.attributesOf(image.member()));
    }

    /** Whether the last member code is the one that was shown now, a newer one, or else that of before. */
    private boolean hasMemberCodeAfter(@Nullable Long before) {
        Long shown = decision.ok() ? operation.memberCode() : null;
        return shown == null
                ? Objects.equals(image.memberCode(), before)
                : shown.equals(image.memberCode()) && (before == null || before < shown);
    }

    /** Whether it grants what was asked for and nothing else, or keeps the grant unless it has ended. */
    private boolean keepsGrant(Image before) {
        if (!(operation instanceof Operation.Grant asked) || !decision.ok()) {
            String left = Image.grantOf(image.member());
            return left == null || left.equals(Image.grantOf(before.member()));
        }
        if (decision.lapsed()) { // an expired hold gives back what it took
            return true;
        }
        try {
            MemberState then = MemberText.read(before.member());
            return Objects.equals(MemberText.write(then.with(asked.grant())), image.member());
        } catch (IllegalArgumentException | IndexOutOfBoundsException | ArithmeticException e) {
            return false;
        }
    }

    /** Whether the operation may change what the program knows of the member besides the points. */
    private boolean changesMember() {
        return decision.ok()
                && (operation.attributes() != null
                        || decision.lapsed() // an expired hold gives back what it took
                        || operation.award() != null
                        || operation.claim() != null
                        || operation instanceof Operation.Lapse
                        || operation instanceof Operation.Grant
                        || operation instanceof Operation.EndOfHold
                        || operation instanceof Operation.Undoing);
    }

    private boolean changesStatus() {
        return decision.ok()
                && switch (operation.type()) {
                    case FREEZE, UNFREEZE, CLOSE -> true;
                    default -> false;
                };
    }

    private boolean hasStatusOf(MemberPoints before) {
        return before.frozen() == image.state().frozen()
                && before.spendingFrozen() == image.state().spendingFrozen()
                && before.closed() == image.state().closed();
    }

    private boolean startsAt(MemberPoints before) {
        if (decision.entries().isEmpty()) {
            MemberPoints after = image.state();
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
