package dev.stampede.account;

import dev.stampede.award.Award;
import dev.stampede.award.Claim;
import dev.stampede.award.ClaimCheck;
import dev.stampede.award.MemberState;
import dev.stampede.award.Parts;
import dev.stampede.award.Settled;
import dev.stampede.award.SettlementCheck;
import dev.stampede.award.Undo;
import dev.stampede.codec.FullLimit;
import dev.stampede.codec.Gone;
import dev.stampede.codec.MemberText;
import dev.stampede.codec.PartsText;
import dev.stampede.codec.Taken;
import dev.stampede.codec.Told;
import dev.stampede.points.LocalDay;
import dev.stampede.points.MemberPoints;
import dev.stampede.points.Refusal;
import dev.stampede.points.Renewal;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Whether a proposal may be right, whatever Postgres holds: it is consistent, and does what was asked. */
final class ProposalCheck {
    private static final String REVERSE = "reverse";
    /** What the database's domains of these texts allow. */
    private static final int PARTS_BYTES = 4096;

    private static final int TOLD_BYTES = 16_384;

    /** Twice of what the Lua library lets a member grow to: what comes back to him is never declined. */
    private static final int MEMBER_BYTES = 32_768;

    private final Proposal proposal;
    private final UUID id;
    private final Operation operation;
    private final Decision decision;
    private final Image image;
    private final @Nullable String undoes;
    /** What the claim that was asked for has taken; null where there is none, or it was declined, or not settled. */
    private final @Nullable Taken taken;
    /** What it has settled; null if it settles no award, or that has not been looked at. */
    private @Nullable Parts kept;

    ProposalCheck(Proposal proposal) {
        this.proposal = proposal;
        this.id = proposal.id();
        this.operation = proposal.operation();
        this.decision = proposal.decision();
        this.image = proposal.image();
        this.undoes = proposal.undoes();
        this.taken = operation.claim() != null && decision.ok() ? taken(decision.told()) : null;
    }

    /** The flaw; null if there is none. */
    @Nullable
    String flaw() {
        List<Entry> entries = decision.entries();
        MemberPoints state = image.state();
        if (image.version() != decision.version() || !image.head().equals(id)) {
            return "the image belongs to another operation";
        }
        if (isLonger(decision.parts(), PARTS_BYTES)
                || isLonger(decision.told(), TOLD_BYTES)
                || isLonger(image.member(), MEMBER_BYTES)) {
            return "it has more to tell, to undo or to remember than can be stored";
        }
        if (!decision.ok() && (!entries.isEmpty() || decision.points() != 0 || decision.target() != null)) {
            return "it is declined, but moves points or has a target";
        }
        if (!decision.ok() && !Refusal.isCode(decision.outcome())) {
            return "it is declined for an unknown reason";
        }
        Unique unique = operation.unique();
        boolean isUsed = unique != null && unique.usedBy() != null;
        if (isUsed ? decision.ok() : proposal.isUsed()) {
            return "it is done although its reference was used, or declined although it was not";
        }
        if (isOutOfStock() && (operation.claim() == null || !operation.claim().isOut())) {
            return "it is declined for want of stock, of which there was some";
        }
        String absent = presenceFlaw();
        if (absent != null) {
            return absent;
        }
        if (decision.ok() && operation.claim() != null && !isClaimSettled(operation.claim())) {
            return "it does not settle the claim that was asked for";
        }
        if (!isHoldRight()) {
            return "the hold is not the one asked for, or does not match the entries";
        }
        if (decision.ok() && operation instanceof Operation.Undoing undoing && isRefused(undoing)) {
            return "it is done, although what is left of its target does not allow it";
        }
        if (decision.ok() && !isUndoingRight()) {
            return "it does not undo what was asked, or does not match the entries";
        }
        if (decision.ok() && (operation.award() == null || !settles()) && moved() != asked()) {
            return "the entries move another number of points than was asked for";
        }
        String unsettled = settlementFlaw();
        if (unsettled != null) {
            return unsettled;
        }
        if (!areUsesRight()) {
            return "it uses more or less of shared totals than it says";
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
        if (decision.ok() && !areAttributesRight()) {
            return "the image has other attributes";
        }
        Gone gone = operation.header().gone();
        if (decision.ok() && gone != null && !(isMemberCanonical() && gone.isOutOf(MemberText.read(image.member())))) {
            return "the member still remembers what he was to forget";
        }
        if (decision.ok() && operation instanceof Operation.Grant asked && !isGranted(asked)) {
            return "the image has another tier granted than was asked for";
        }
        if (decision.ok() && !isStatusRight()) {
            return "the image is not frozen or closed as the operation leaves it";
        }
        if (!isRenewalRight()) {
            return "it renews points that it may not, or does not renew those that it must";
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

    private boolean isOutOfStock() {
        return decision.outcome().equals(Refusal.OUT_OF_STOCK.code());
    }

    /** What is wrong with the code that the member has shown, or had to show; null if nothing is. */
    private @Nullable String presenceFlaw() {
        Presence presence = operation.header().presence();
        Long code = operation.memberCode();
        boolean isUsed = decision.outcome().equals(Refusal.MEMBER_CODE_USED.code());
        if (isUsed && (code == null || image.memberCode() == null || image.memberCode() < code)) {
            return "it is declined for a member code that is newer than the last one";
        }
        if (presence == null || !decision.ok()) {
            return null;
        }
        if (!presence.allows(asked())) {
            return "it spends more points than may be without a member code";
        }
        return code == null || code.equals(image.memberCode()) ? null : "the image has another member code";
    }

    /** What a member earns or pays with points may renew those that he has. */
    private boolean isRenewalRight() {
        Renewal renewal = operation.header().renewal();
        if (renewal == null) {
            return true;
        }
        LocalDay day = operation.header().day();
        long today = day == null ? LocalDay.number(decision.at(), ZoneOffset.UTC) : day.number();
        return switch (operation.type()) {
            case EARN, REDEEM, CAPTURE -> !decision.ok() || renewal.isIn(image.state(), today);
            default -> false;
        };
    }

    /** Attributes that rules go by, nobody has set but an operation that says so. */
    private boolean areAttributesRight() {
        if (!(operation instanceof Operation.Enrol enrol) || enrol.set() == null) {
            return image.attributes() != null || Image.attributesOf(image.member()) == null;
        }
        return (enrol.set().declared() == null || isMemberCanonical())
                && enrol.set().areIn(image);
    }

    private boolean isGranted(Operation.Grant asked) {
        return isMemberCanonical() && Objects.equals(MemberText.grant(asked.grant()), Image.grantOf(image.member()));
    }

    /** What a canonical text tells of a payment; null if it is none. */
    private static @Nullable Taken taken(@Nullable String told) {
        try {
            Taken read = told == null ? null : Taken.read(told);
            return read != null && read.write().equals(told) ? read : null;
        } catch (IllegalArgumentException | IndexOutOfBoundsException | ArithmeticException e) {
            return null;
        }
    }

    private boolean isClaimSettled(Claim claim) {
        return taken != null
                && taken.reward() == (claim.reward() != null)
                && taken.decimals() == claim.decimals()
                && Objects.equals(
                        taken.code(), claim.code() == null ? null : claim.code().text())
                && ClaimCheck.isSettled(
                        claim, taken.rule(), taken.points(), taken.value(), taken.rate(), taken.gift(), taken.uses())
                && isMemberCanonical();
    }

    private boolean isMemberCanonical() {
        try {
            return Objects.equals(image.member(), MemberText.write(MemberText.read(image.member())));
        } catch (IllegalArgumentException | IndexOutOfBoundsException | ArithmeticException e) {
            return false;
        }
    }

    /** A character of a text has at most three bytes. */
    private static boolean isLonger(@Nullable String text, int bytes) {
        return text != null && text.length() > bytes / 3 && text.getBytes(StandardCharsets.UTF_8).length > bytes;
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
        if (!isMemberCanonical()) {
            return "what the image knows of the member cannot be read";
        }
        if (decision.version() == 1 && !proposal.continues(Image.BLANK)) {
            return "the account had nothing before, and has more than the operation may change";
        }
        return flaw();
    }

    /** Whether it settles an award: an enrolment does only if the member was not enrolled. */
    private boolean settles() {
        return proposal.settles();
    }

    /** Why it cannot be a settlement of the award that was asked for; null if it may be one, or there is none. */
    private @Nullable String settlementFlaw() {
        String told = decision.told();
        String parts = decision.parts();
        if (!settles()) {
            Undo undo = proposal.undo();
            if (undo != null && decision.ok()) {
                return told == null
                                || !isCanonical(told)
                                || !PartsText.write(undo.left()).equals(parts)
                        ? "it does not tell what it takes back, or leaves other parts than it was asked to"
                        : null;
            }
            boolean isPayment = operation.claim() != null || operation instanceof Operation.Capture;
            return parts != null
                            || (told != null
                                    && (decision.ok() ? !isPayment || taken(told) == null : !isFullLimit(told)))
                    ? "it tells of an award or a payment that it does not settle"
                    : null;
        }
        Award award = operation.award();
        if (award == null || told == null || parts == null || image.member() == null) {
            return "the award is not settled";
        }
        try {
            Told read = Told.read(told);
            kept = PartsText.read(parts);
            MemberState member = MemberText.read(image.member());
            if (!read.write().equals(told)
                    || !PartsText.write(kept).equals(parts)
                    || !image.member().equals(MemberText.write(member))) {
                return "a text of the settlement is not canonical";
            }
            if (read.enrols() != decision.created()) {
                return "it tells that it enrols the member, but does not, or the other way round";
            }
            Settled settled = new Settled(
                    member, read.enrols(), read.level(), read.reached(), proposal.earned(), read.explanation(), kept);
            return SettlementCheck.flaw(award, settled);
        } catch (IllegalArgumentException | IndexOutOfBoundsException | ArithmeticException e) {
            return "a text of the settlement cannot be read";
        }
    }

    /** Whether it tells which limit of the claim had no room. */
    private boolean isFullLimit(String told) {
        Claim claim = operation.claim();
        try {
            FullLimit full = FullLimit.read(told);
            return decision.outcome().equals(Refusal.LIMIT_EXCEEDED.code())
                    && claim != null
                    && full.isOf(claim)
                    && full.write().equals(told);
        } catch (IllegalArgumentException | IndexOutOfBoundsException | ArithmeticException e) {
            return false;
        }
    }

    /** Whether it uses what was asked for, and gives back what it undoes. */
    private boolean areUsesRight() {
        int last = 0;
        for (BudgetUse use : decision.uses()) {
            if (use.budget() <= last || use.units() == 0) {
                return false;
            }
            last = use.budget();
        }
        SortedMap<Integer, Long> back = GivenBack.of(proposal, kept);
        return back.isEmpty() || (GivenBack.mayBe(proposal) && Collections.min(back.values()) > 0);
    }

    private static boolean isRefused(Operation.Undoing undoing) {
        return undoing.reversal() != null && undoing.reversal().refused() != null;
    }

    private static boolean isCanonical(String told) {
        try {
            return Told.read(told).write().equals(told);
        } catch (IllegalArgumentException | IndexOutOfBoundsException | ArithmeticException e) {
            return false;
        }
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
                (of == OperationType.EARN || (of == OperationType.ENROL && settles()))
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
            case "adjust" ->
                operation instanceof Operation.Adjust adjust
                        && held == 0
                        && pending == 0
                        && (adjust.points() > 0
                                ? available >= 0 && debt == 0
                                : available <= 0 && debt >= 0 && (debt == 0 || adjust.allowDebt()));
            case "forfeit" ->
                operation instanceof Operation.Close close
                        && close.forfeit()
                        && available <= 0
                        && pending <= 0
                        && held == 0
                        && debt == 0;
            case "take_back" -> proposal.undo() != null && held == 0 && debt >= 0 && available <= 0 && pending <= 0;
            default -> false;
        };
    }

    /** On a frozen or closed account few operations are done; a closed one has no points, and is not frozen. */
    private boolean isStatusRight() {
        MemberPoints state = image.state();
        if (state.spendingFrozen() && (state.frozen() || state.closed())) {
            return false;
        }
        return switch (operation.type()) {
            case FREEZE -> isFrozen(state) && !state.closed();
            case CLOSE -> state.closed() && !state.frozen() && isEmpty(state);
            case LAPSE -> !state.closed() || isEmpty(state);
            case ENROL, GRANT -> !state.closed();
            case UNFREEZE, REDEEM, HOLD -> !state.frozen() && !state.spendingFrozen() && !state.closed();
            default -> !state.frozen() && !state.closed();
        };
    }

    /** One for spending only leaves an account that was wholly frozen as it was. */
    private boolean isFrozen(MemberPoints state) {
        boolean spendingOnly = operation instanceof Operation.Freeze freeze && freeze.spendingOnly();
        return state.frozen() || (spendingOnly && state.spendingFrozen());
    }

    private static boolean isEmpty(MemberPoints state) {
        return state.available() == 0 && state.pending() == 0 && state.holds().isEmpty();
    }

    /** Whether the operation creates or ends the hold that was asked for, and the captured points match the entries. */
    private boolean isHoldRight() {
        HoldStatus hold = decision.hold();
        return switch (decision.ok() ? operation.type() : OperationType.TOMBSTONE) {
            case HOLD ->
                hold != null
                        && hold.id().equals(id)
                        && hold.points() == asked()
                        && hold.captured() == 0
                        && image.state().holds().stream()
                                .anyMatch(open -> open.id().equals(id)
                                        && open.points() == hold.points()
                                        && Objects.equals(open.taken(), decision.told()));
            case CAPTURE, VOID ->
                hold == null
                        ? operation instanceof Operation.VoidCall
                                && image.state().holds().stream()
                                        .noneMatch(open -> open.id().equals(decision.target()))
                        : hold.id().equals(decision.target())
                                && hold.points() == decision.reversed()
                                && hold.state().equals(operation instanceof Operation.Capture ? "captured" : "voided")
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
        if (proposal.undo() != null && decision.reversed() != undoneByParts()) {
            return false;
        }
        if (target.equals(id) || Math.min(decision.reversedBefore(), reversed) < 0) {
            return false;
        }
        boolean moves =
                decision.entries().stream().anyMatch(entry -> entry.type().equals(REVERSE));
        if (undoes == null || undoes.equals("hold")) {
            return !moves || (proposal.undo() != null && decision.sum(REVERSE, ProposalCheck::taken) == 0);
        }
        long available = decision.sum(REVERSE, Entry::available);
        return moves
                && (undoes.equals("spent")
                        ? available == reversed
                                && decision.sum(REVERSE, entry -> Math.abs(entry.available())) == available
                        : decision.sum(REVERSE, ProposalCheck::taken) <= reversed
                                && decision.sum(REVERSE, entry -> Math.max(0, entry.available())) == 0);
    }

    private static long taken(Entry entry) {
        return entry.debt() - entry.available() - entry.pending();
    }

    private long undoneByParts() {
        Reversal reversal = ((Operation.Undoing) operation).reversal();
        return reversal == null ? 0 : reversal.points();
    }

    /** How many points an earn, a redeem, a hold or an adjustment was asked to move; 0 for other types. */
    private long asked() {
        if (taken != null) {
            return taken.points();
        }
        if (operation instanceof Operation.Earn earn) {
            return earn.points();
        } else if (operation instanceof Operation.Redeem redeem) {
            return redeem.points();
        } else if (operation instanceof Operation.Hold hold) {
            return hold.points();
        } else if (operation instanceof Operation.Adjust adjust) {
            return Math.abs(adjust.points());
        }
        return 0;
    }

    private long moved() {
        if (operation instanceof Operation.Adjust) {
            return decision.sum(operation.type().code(), entry -> Math.abs(entry.available()) + entry.debt());
        }
        boolean asked = operation instanceof Operation.Earn
                || operation instanceof Operation.Redeem
                || operation instanceof Operation.Hold;
        return asked
                ? decision.sum(operation.type().code(), entry -> Math.abs(entry.available() + entry.pending()))
                : 0;
    }
}
