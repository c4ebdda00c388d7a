package dev.stampede.model;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.stampede.account.BudgetUse;
import dev.stampede.account.Decision;
import dev.stampede.account.HoldStatus;
import dev.stampede.account.Image;
import dev.stampede.account.Operation;
import dev.stampede.account.OperationType;
import dev.stampede.account.Presence;
import dev.stampede.account.Proposal;
import dev.stampede.account.Reversal;
import dev.stampede.award.Award;
import dev.stampede.award.Claim;
import dev.stampede.award.Gift;
import dev.stampede.award.Lapse;
import dev.stampede.award.Parts;
import dev.stampede.award.Redeemed;
import dev.stampede.award.Redeeming;
import dev.stampede.award.Settled;
import dev.stampede.award.Settlement;
import dev.stampede.award.SettlementCheck;
import dev.stampede.award.Shared;
import dev.stampede.award.Undo;
import dev.stampede.award.Undoing;
import dev.stampede.codec.FullLimit;
import dev.stampede.codec.PartsText;
import dev.stampede.codec.Taken;
import dev.stampede.codec.Told;
import dev.stampede.points.Grace;
import dev.stampede.points.Hold;
import dev.stampede.points.LocalDay;
import dev.stampede.points.Lot;
import dev.stampede.points.MemberPoints;
import dev.stampede.points.PointLimits;
import dev.stampede.points.Refusal;
import dev.stampede.support.Ask;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/**
 * One account as the rules tell it. Knows its whole history, and nothing of Redis, of Postgres, of what is sealed or of
 * what is loaded.
 */
public final class AccountModel {
    static final int MAX_HOLDS = 100;
    private static final int MOST_PARTS = 4096;

    /** What an operation was, and what has become of it. */
    static final class Past {
        final UUID id;
        final Operation operation;
        final long version;
        final boolean ok;
        /** What can be undone of it, in points. */
        long worth;
        /** What a redeem or capture spent, in that order. */
        List<Lot> spent = List.of();
        /** The day of the lot that it gave, and the one on which that matures. */
        long on;

        Long matures;
        /** What a redeem or capture took besides points. */
        Taken taken;
        /** Whether it enrolled the member, and that was worth something. */
        boolean gave;

        private final List<Undone> undone = new ArrayList<>(1);

        Past(UUID id, Operation operation, long version, boolean ok) {
            this.id = id;
            this.operation = operation;
            this.version = version;
            this.ok = ok;
        }

        OperationType type() {
            return operation.type();
        }

        /** A success that moved no points: it can be undone once. */
        boolean movedNothing() {
            return switch (type()) {
                case EARN, REDEEM, CAPTURE -> ok && worth == 0;
                case ENROL -> isEarn() && worth == 0;
                default -> false;
            };
        }

        /** What an enrolment gave is undone like an earn. */
        boolean isEarn() {
            return type() == OperationType.EARN || gave;
        }

        boolean isHold() {
            return type() == OperationType.HOLD && ok;
        }

        long undone() {
            return undone.stream().mapToLong(u -> u.points).sum();
        }

        /** How many operations have undone it: that a hold expired is none. */
        long steps() {
            return undone.stream().filter(u -> !"expired".equals(u.end)).count();
        }

        boolean voided() {
            return undone.stream().anyMatch(u -> u.byKey);
        }

        /** What is left of it, as a decline that rests on it says. */
        String left() {
            if (isHold()) {
                return voided() ? "undone" : end();
            }
            return undone() + (voided() ? " 1 " : " 0 ") + steps();
        }

        /** How a hold ended: captured, voided or expired; null while it hasn't. */
        String end() {
            return undone.stream()
                    .map(u -> u.end)
                    .filter(e -> e != null)
                    .findFirst()
                    .orElse(null);
        }
    }

    /** @param points undone; of a hold that ended: all of it, or none where time ended it */
    private record Undone(long version, long points, boolean byKey, String end) {}

    /** Thrown where an operation is declined: nothing of it stays. */
    private static final class Declined extends Exception {
        private static final long serialVersionUID = 1;
        final String code;
        /** What it tells besides. */
        final String told;

        Declined(String code) {
            this(code, null);
        }

        Declined(String code, String told) {
            super(code, null, false, false);
            this.code = code;
            this.told = told;
        }
    }

    /** Thrown where an operation is refused without a trace, because the member must show a code. */
    private static final class NeedsCode extends RuntimeException {
        private static final long serialVersionUID = 1;

        NeedsCode() {
            super(null, null, false, false);
        }
    }

    /** The answer to an operation: one of the five is there. */
    record Verdict(Past known, boolean notEnrolled, boolean unchanged, boolean needsCode, List<Proposal> proposals) {}

    private final ZoneId zone;
    private Purse purse;
    private UUID head = Image.NO_HEAD;
    private long version;
    private long at;
    private String attributes;
    private Image image;
    private final List<Past> history = new ArrayList<>();
    private final Map<UUID, Past> byId = new HashMap<>();
    private final Map<String, Past> byKey = new HashMap<>();
    private final List<Snapshot> snapshots = new ArrayList<>();

    private record Snapshot(Purse purse, UUID head, long version, long at, String attributes) {}

    /** Of a program whose days are those of UTC. */
    public AccountModel() {
        this(ZoneOffset.UTC, Purse.MAX_GIVEN);
    }

    /**
     * @param zone in which the program's days end
     * @param maxGiven how many lots of one day there can be
     */
    AccountModel(ZoneId zone, int maxGiven) {
        this.zone = zone;
        this.purse = new Purse(maxGiven);
    }

    Image image() {
        if (image == null || !image.head().equals(head)) {
            image = purse.image(head, version, at);
        }
        return image;
    }

    public long version() {
        return version;
    }

    public boolean enrolled() {
        return purse.enrolled;
    }

    List<Past> history() {
        return Collections.unmodifiableList(history);
    }

    Past byKey(String key) {
        return byKey.get(key);
    }

    Past byId(UUID id) {
        return byId.get(id);
    }

    boolean isOpen(UUID hold) {
        return purse.hold(hold) != null;
    }

    /** Whether the account would be left as it is: enrolled already. */
    private boolean nothingToEnrol(Operation op, boolean allSealed) {
        return op instanceof Operation.Enrol enrol
                && allSealed
                && purse.enrolled
                && !purse.closed
                && (enrol.head() == null || enrol.head().equals(head))
                && (enrol.attributes() == null || enrol.attributes().equals(attributes));
    }

    /**
     * Decides.
     *
     * @param allSealed whether Postgres has all there is
     * @param keep whether it happens; a void always does
     */
    Verdict decide(Operation op, UUID id, UUID tombstone, long nowMs, boolean allSealed, boolean keep) {
        if (op.key() != null && byKey.containsKey(op.key())) {
            return new Verdict(byKey.get(op.key()), false, false, false, null);
        }
        if (nothingToEnrol(op, allSealed)) {
            return new Verdict(null, false, true, false, null);
        }
        if (!purse.enrolled && !op.enrols()) {
            return new Verdict(null, true, false, false, null);
        }
        Snapshot before = new Snapshot(purse, head, version, at, attributes);
        List<Proposal> out = new ArrayList<>(1);
        // what never came is recorded as declined: its key is taken
        if (op.voids() != null && !byKey.containsKey(op.voids()) && !purse.frozen && !purse.closed) {
            Operation never = Ask.of(OperationType.TOMBSTONE, op.account())
                    .key(op.voids(), null)
                    .build();
            out.add(happen(never, tombstone, Math.max(nowMs, at), "voided", keep ? before : null));
            before = new Snapshot(purse, head, version, at, attributes);
        }
        Proposal own;
        try {
            own = happen(op, id, Math.max(nowMs, at), null, keep ? before : null);
        } catch (NeedsCode refused) {
            return new Verdict(null, false, false, true, null);
        }
        if (own == null) {
            return new Verdict(null, false, true, false, null);
        }
        out.add(own);
        if (!keep) {
            restore(before);
        }
        return new Verdict(null, false, false, false, out);
    }

    /**
     * What must have come of an operation that is known to have been the account's next, decided at that time; null if
     * it would have left no trace. Keys are not looked at.
     *
     * @throws RuntimeException if it acts on what there is not
     */
    public Proposal replay(Operation op, UUID id, long atMs) {
        return replay(op, id, atMs, op.type() == OperationType.TOMBSTONE ? "voided" : null);
    }

    /** The same of an operation that is known to have been declined so, for a reason that these rules need not know. */
    public Proposal replayDeclined(Operation op, UUID id, long atMs, String declined) {
        return replay(op, id, atMs, declined);
    }

    private Proposal replay(Operation op, UUID id, long atMs, String declined) {
        Snapshot before = new Snapshot(purse, head, version, at, attributes);
        Proposal next = happen(op, id, Math.max(atMs, at), declined, before);
        settled(version); // nobody takes it back
        return next;
    }

    /**
     * Decides an operation that may never have been the account's next, until {@link #backTo}. Answers whether it would
     * have left a trace.
     */
    public boolean tries(Operation op, long atMs) {
        long before = version;
        try {
            var unused = decide(op, UUID.randomUUID(), UUID.randomUUID(), atMs, false, true);
        } catch (RuntimeException e) {
            backTo(before); // it acts on what there is not
        }
        return version > before;
    }

    /** The points as time alone has left them by then. */
    public MemberPoints stateAt(long atMs) {
        return image().state().at(atMs, zone);
    }

    /** Whether time alone has changed something by then. */
    public boolean isDue(long atMs) {
        return image().state().dueAt(zone) <= atMs;
    }

    private void restore(Snapshot snapshot) {
        purse = snapshot.purse;
        head = snapshot.head;
        version = snapshot.version;
        at = snapshot.at;
        attributes = snapshot.attributes;
    }

    /** The next version of the account; null if the operation leaves no trace. */
    private Proposal happen(Operation op, UUID id, long now, String declined, Snapshot keptFor) {
        Draft draft = new Draft(op, id, now, purse.copy());
        String outcome = declined == null ? Decision.OK : declined;
        String why = null;
        if (declined == null) {
            try {
                draft.decide();
            } catch (Declined refusal) {
                outcome = refusal.code;
                why = refusal.told;
            }
        }
        boolean ok = outcome.equals(Decision.OK);
        Past basis = ok || outcome.equals("account_frozen") || outcome.equals("account_closed") || declined != null
                ? null
                : basis(op);
        if (!ok) {
            draft = new Draft(op, id, now, purse.copy());
            draft.told = why;
        } else if (op.type() == OperationType.LAPSE
                && draft.purse.diary.isEmpty()
                && draft.purse.member.equals(purse.member)
                && draft.purse.member.titles().stream()
                        .allMatch(title -> title.until() >= LocalDay.number(now, zone))) {
            return null;
        }
        Decision decision = new Decision(
                head,
                Image.digest(image().text()),
                version + 1,
                now,
                outcome,
                draft.purse.diary.stream()
                        .skip(draft.lapsed)
                        .mapToLong(e -> e.available())
                        .sum(),
                draft.lapsed > 0,
                List.copyOf(draft.purse.diary),
                draft.hold,
                draft.target == null ? null : draft.target.id,
                draft.target == null ? 0 : draft.undoneBefore,
                draft.target == null ? 0 : draft.undone,
                draft.target == null ? 0 : draft.target.steps(),
                basis == null ? null : basis.id,
                basis == null ? null : basis.left(),
                draft.created,
                draft.parts,
                draft.told,
                draft.uses.entrySet().stream()
                        .filter(use -> use.getValue() != 0)
                        .map(use -> new BudgetUse(use.getKey(), use.getValue()))
                        .toList());
        Past past = new Past(id, op, version + 1, ok);
        past.worth = ok ? draft.worth : 0;
        past.spent = draft.spent;
        past.on = draft.on;
        past.matures = op.matures();
        past.gave = ok && op.type() == OperationType.ENROL && draft.parts != null;
        past.taken = ok && !past.isHold() ? draft.taken : null;
        purse = draft.purse;
        head = id;
        version++;
        at = now;
        if (keptFor != null) {
            snapshots.add(keptFor);
            if (ok && op.attributes() != null) {
                attributes = op.attributes();
            }
            history.add(past);
            byId.put(id, past);
            if (op.key() != null) {
                byKey.put(op.key(), past);
            }
            for (Hold hold : draft.expired) {
                byId.get(hold.id()).undone.add(new Undone(version, 0, false, "expired"));
            }
            if (draft.target != null) {
                draft.target.undone.add(new Undone(version, draft.undone, op.voids() != null, draft.end));
            }
        }
        return new Proposal(id, op, decision, image());
    }

    /** The operation on whose end a decline rests; null where it is an open hold, which is in the image. */
    private Past basis(Operation op) {
        Past past = op.voids() != null ? byKey.get(op.voids()) : byId.get(op.target());
        return past == null || isOpen(past.id) ? null : past;
    }

    /** Forgets what nobody will take back. */
    void settled(long upTo) {
        while (!snapshots.isEmpty() && snapshots.get(0).version < upTo) {
            snapshots.remove(0);
        }
    }

    /** Makes undone, as if they had never been, all operations behind a version. */
    public void backTo(long to) {
        while (version > to) {
            Past past = history.remove(history.size() - 1);
            byId.remove(past.id);
            if (past.operation.key() != null) {
                byKey.remove(past.operation.key());
            }
            restore(snapshots.remove(snapshots.size() - 1));
        }
        history.forEach(past -> past.undone.removeIf(undone -> undone.version > to));
    }

    /** One decision in the making. */
    private final class Draft {
        final Operation op;
        final UUID id;
        final long now;
        final Purse purse;
        int lapsed;
        List<Hold> expired = List.of();
        boolean created;
        long worth;
        long on;
        List<Lot> spent = List.of();
        /** What it takes of shared totals, less what it gives back, by their numbers. */
        final Map<Integer, Long> uses = new TreeMap<>();

        Taken taken;
        String parts;
        String told;
        HoldStatus hold;
        Past target;
        long undoneBefore;
        long undone;
        String end;

        Draft(Operation op, UUID id, long now, Purse purse) {
            this.op = op;
            this.id = id;
            this.now = now;
            this.purse = purse;
        }

        void decide() throws Declined {
            switch (op.type()) {
                case ENROL, FREEZE, UNFREEZE, CLOSE, GRANT, LAPSE -> {}
                case REDEEM, HOLD -> declineIf(purse.frozen || purse.spendingFrozen, "account_frozen");
                default -> declineIf(purse.frozen, "account_frozen");
            }
            declineIf(purse.closed && op.type() != OperationType.LAPSE, "account_closed");
            expired = purse.lapse(now, today());
            expired.forEach(hold -> giveBackBesides(read(hold.taken()), hold.points(), true));
            lapsed = purse.diary.size();
            if (op.header().renewal() != null) {
                purse.renew(today(), op.header().renewal().on());
            }
            if (op.header().gone() != null) {
                purse.member = op.header().gone().from(purse.member);
            }
            if (op instanceof Operation.Enrol enrol) {
                declineIf(enrol.head() != null && !enrol.head().equals(head), "precondition_failed");
                if (enrol.welcome() != null && !purse.enrolled) {
                    worth = settle(enrol.award());
                    give(worth, enrol.welcome().on(), enrol.matures());
                }
                enrol();
            } else if (op instanceof Operation.Freeze freeze) {
                purse.frozen |= !freeze.spendingOnly();
                purse.spendingFrozen = !purse.frozen;
            } else if (op instanceof Operation.Unfreeze) {
                purse.frozen = false;
                purse.spendingFrozen = false;
            } else if (op instanceof Operation.Earn earn) {
                earn(earn);
            } else if (op instanceof Operation.Close close) {
                close(close.forfeit());
            } else if (op instanceof Operation.Grant asked) {
                purse.member = purse.member.with(asked.grant());
            } else if (op instanceof Operation.Adjust adjust) {
                adjust(adjust);
            } else if (op instanceof Operation.Redeem redeem) {
                redeem(redeem);
            } else if (op instanceof Operation.Hold asked) {
                hold(asked);
            } else if (op instanceof Operation.Capture capture) {
                capture(capture);
            } else if (op instanceof Operation.Release release) {
                end(stillOpen(release.hold()), "voided", 0, release.grace());
            } else if (op instanceof Operation.VoidCall voiding) {
                voidKey(byKey.get(voiding.voids()), voiding);
            } else if (op instanceof Operation.Reverse reverse) {
                reverse(byId.get(reverse.target()), reverse);
            } else if (op instanceof Operation.Lapse lapse) {
                purse.member = Lapse.at(
                        purse.member,
                        lapse.rules().levels(),
                        today(),
                        lapse.rules().backdateDays());
            } else {
                throw new IllegalArgumentException("nobody asks for that");
            }
        }

        private void declineIf(boolean reason, String code) throws Declined {
            if (reason) {
                throw new Declined(code);
            }
        }

        private void enrol() {
            created = !purse.enrolled;
            purse.enrolled = true;
            if (op.attributes() != null) {
                purse.attributes = Image.digest(op.attributes());
            }
        }

        private void earn(Operation.Earn earn) throws Declined {
            declineIf(earn.unique() != null && earn.unique().usedBy() != null, "reference_used");
            long points = earn.award() == null ? earn.points() : settle(earn.award());
            give(points, earn.on(), earn.matures());
            enrol();
            worth = points;
        }

        private void give(long points, long day, Long matures) throws Declined {
            declineIf(purse.all() + points > PointLimits.MAX, "limit_exceeded");
            declineIf(purse.lifetime + points > PointLimits.MAX, "limit_exceeded");
            purse.lifetime += points;
            on = day;
            if (matures == null) {
                purse.earn(day, points);
            } else {
                purse.earnLater(matures, day, points);
            }
        }

        private void close(boolean forfeit) throws Declined {
            declineIf(purse.holds() > 0, "points_left");
            declineIf(purse.all() > 0 && !forfeit, "points_left");
            purse.forfeit();
            purse.frozen = false;
            purse.spendingFrozen = false;
            purse.closed = true;
        }

        private void adjust(Operation.Adjust adjust) throws Declined {
            long points = adjust.points();
            worth = Math.abs(points);
            if (points > 0) {
                declineIf(purse.all() + points > PointLimits.MAX, "limit_exceeded");
                purse.adjust(adjust.on(), points);
                return;
            }
            long owed = Math.max(0, -points - purse.available());
            declineIf(owed > 0 && !adjust.allowDebt(), "insufficient_points");
            declineIf(purse.debt + owed > PointLimits.MAX, "limit_exceeded");
            spent = purse.adjustDown(adjust.on(), -points);
        }

        private long settle(Award award) throws Declined {
            Settled settled = Settlement.settle(award, purse.member, purse.enrolled);
            purse.member = settled.member();
            SettlementCheck.uses(award, settled.parts()).forEach((total, units) -> uses.merge(total, units, Long::sum));
            store(PartsText.write(settled.parts()), Told.of(settled));
            return settled.points();
        }

        private void store(String left, Told tells) throws Declined {
            parts = left;
            told = tells.write();
            declineIf(left.length() > MOST_PARTS, "limit_exceeded");
        }

        private long today() {
            return LocalDay.number(now, zone);
        }

        /** What a payment costs; what it takes besides, the member pays here. */
        private long price(Claim claim, long points) throws Declined {
            Presence presence = op.header().presence();
            Long code = op.memberCode();
            declineIf(code != null && purse.memberCode != null && code <= purse.memberCode, "member_code_used");
            purse.memberCode = code == null ? purse.memberCode : code;
            long costs = claim == null ? points : settled(claim);
            if (presence != null && code == null && presence.stepUpAbove() != null && costs > presence.stepUpAbove()) {
                throw new NeedsCode();
            }
            return costs;
        }

        private long settled(Claim claim) throws Declined {
            // a hold that has expired may just have given back what is missing
            Redeemed redeemed = Redeeming.settle(claim.sharing(this::withReturns), purse.member);
            if (redeemed.denial() != null) {
                throw new Declined(
                        redeemed.denial().code(),
                        redeemed.full() == null ? null : new FullLimit(redeemed.full()).write());
            }
            purse.member = redeemed.member();
            if (claim.stock() != null) {
                uses.merge(claim.stock().id(), 1L, Long::sum);
            }
            taken = Taken.of(claim, redeemed);
            told = taken.write();
            return redeemed.points();
        }

        private Shared withReturns(Shared total) {
            Long left = total.left();
            return total.of(total.id(), left == null ? null : Long.valueOf(left - uses.getOrDefault(total.id(), 0L)));
        }

        /** Of those that are of shared totals. */
        private void giveBack(List<Parts.Use> back) {
            back.stream()
                    .filter(use -> Shared.idOf(use.counter()) != 0)
                    .forEach(use -> uses.merge(Shared.idOf(use.counter()), -use.left(), Long::sum));
        }

        private static Taken read(String text) {
            return text == null ? null : Taken.read(text);
        }

        private void giveBackBesides(Taken back, long points, boolean whole) {
            if (back != null) {
                giveBack(whole ? back.uses() : List.of());
                purse.member = Redeeming.giveBack(back.uses(), back.gift(), points, whole, purse.member, today());
            }
        }

        private void redeem(Operation.Redeem redeem) throws Declined {
            long points = price(redeem.claim(), redeem.points());
            declineIf(purse.available() < points, "insufficient_points");
            spent = purse.redeem(points);
            worth = points;
            taken = redeem.plain() == null ? taken : Taken.of(redeem.plain(), points);
        }

        private void hold(Operation.Hold asked) throws Declined {
            long points = price(asked.claim(), asked.points());
            declineIf(purse.holds() >= MAX_HOLDS, "limit_exceeded");
            declineIf(purse.available() < points, "insufficient_points");
            Hold made = purse.hold(
                    id, points, now + asked.ttlSeconds() * 1000, asked.grace().on(), told);
            hold = new HoldStatus(id, made.points(), 0, "held", made.expiresAt());
            worth = points;
        }

        private void capture(Operation.Capture capture) throws Declined {
            Hold open = stillOpen(capture.hold());
            long points = capture.points() == null ? open.points() : capture.points();
            declineIf(points > open.points(), "insufficient_points");
            Taken besides = read(open.taken());
            declineIf(points < open.points() && besides != null && besides.reward(), "not_a_step");
            spent = end(open, "captured", points, capture.grace());
            worth = points;
            if (besides != null) {
                taken = points == open.points() ? besides : part(besides, points);
                told = taken.write();
            }
        }

        /** What a payment took of which only so many points are left. */
        private static Taken part(Taken whole, long points) {
            return new Taken(
                    whole.rule(),
                    whole.reward(),
                    points,
                    null,
                    whole.decimals(),
                    whole.rate(),
                    whole.gift(),
                    whole.uses().stream()
                            .map(use -> use.ofUses() ? use : new Parts.Use(use.counter(), false, points))
                            .toList(),
                    whole.code());
        }

        private Hold stillOpen(UUID which) throws Declined {
            Hold open = purse.hold(which);
            if (open == null) {
                Past past = byId.get(which);
                throw new Declined(past.voided() ? "voided" : "hold_" + ended(past));
            }
            return open;
        }

        private String ended(Past past) {
            return expired.stream().anyMatch(hold -> hold.id().equals(past.id)) ? "expired" : past.end();
        }

        @CanIgnoreReturnValue
        private List<Lot> end(Hold open, String how, long captured, Grace grace) {
            List<Lot> out = purse.endHold(open, captured, grace.on());
            if (captured < open.points()) {
                purse.expire(today());
            }
            end = how;
            hold = new HoldStatus(open.id(), open.points(), captured, end, open.expiresAt());
            boolean isVoided = how.equals("voided");
            if (isVoided || captured < open.points()) {
                giveBackBesides(read(open.taken()), open.points() - captured, isVoided);
            }
            undo(byId.get(open.id()), 0, open.points());
            return out;
        }

        private void undo(Past past, long before, long points) {
            target = past;
            undoneBefore = before;
            undone = points;
        }

        private void reverse(Past past, Operation.Reverse asked) throws Declined {
            declineIf(past.voided() && past.type() != OperationType.HOLD, "voided");
            if (!past.isHold() && asked.reversal() != null) {
                Refusal refused = asked.reversal().refused();
                declineIf(refused != null, refused == null ? "" : refused.code());
                undoParts(past, asked.reversal(), asked);
                return;
            }
            long rest = past.isHold() ? 0 : past.worth - past.undone();
            declineIf(rest == 0 && past.worth > 0 && !past.isHold(), "already_reversed");
            declineIf(past.movedNothing() && !past.undone.isEmpty(), "already_reversed");
            long points = asked.points() == null ? rest : asked.points();
            declineIf(points > rest || (points == 0 && !past.movedNothing()), "reverse_exceeds_original");
            takeBackOrGive(past, points, asked.grace(), asked.debt());
        }

        private void voidKey(Past past, Operation.VoidCall asked) throws Declined {
            switch (past.type()) {
                case VOID -> throw new Declined("voided");
                case REVERSE -> throw new Declined("already_reversed");
                case FREEZE, UNFREEZE, CLOSE, GRANT -> declineIf(past.ok, "already_reversed");
                default -> {}
            }
            if (!past.isHold()) {
                declineIf(past.voided(), "voided");
                if (asked.reversal() != null) {
                    undoParts(past, asked.reversal(), asked);
                    return;
                }
                declineIf(past.movedNothing() && !past.undone.isEmpty(), "already_reversed");
                takeBackOrGive(past, past.worth - past.undone(), asked.grace(), asked.debt());
                return;
            }
            Hold open = purse.hold(past.id);
            if (open != null) {
                end(open, "voided", 0, asked.grace());
                return;
            }
            declineIf("captured".equals(ended(past)), "hold_captured");
            declineIf(past.voided(), "voided");
            declineIf(past.worth == 0 && !"expired".equals(ended(past)), "already_reversed");
            // it holds nothing any more: only the key is voided
            undo(past, past.undone(), 0);
        }

        private void takeBackOrGive(Past past, long points, Grace grace, boolean debt) throws Declined {
            long before = past.undone();
            if (past.isEarn()) {
                if (points > 0) {
                    purse.takeBack(past.on, past.matures, points, debt, true);
                }
            } else if (past.ok && past.operation instanceof Operation.Adjust adjust && adjust.points() > 0) {
                if (points > 0) {
                    purse.takeBack(adjust.on(), null, points, debt, false);
                }
            } else {
                declineIf(purse.all() + points > PointLimits.MAX, "limit_exceeded");
                if (points > 0) {
                    purse.giveBack(lotsOf(past, before, points), grace.on());
                    purse.expire(today());
                }
            }
            if (points > 0 || past.worth == 0) {
                giveBackBesides(past.taken, points, before + points == past.worth);
            }
            undo(past, before, points);
        }

        /** Takes back an earn by its parts. */
        private void undoParts(Past past, Reversal reversal, Operation.Undoing asked) throws Declined {
            dev.stampede.award.Undone undone = Undoing.settle(
                    reversal.undo(),
                    purse.member,
                    asked.rules().levels(),
                    today(),
                    asked.rules().backdateDays());
            store(PartsText.write(reversal.undo().left()), Told.of(undone));
            keepGifts(reversal.undo());
            giveBack(reversal.undo().uses());
            purse.member = undone.member();
            purse.takeBack(past.on, past.matures, undone.own(), asked.debt(), true);
            if (undone.takenBack() > 0) {
                purse.takeBackOthers(undone.takenBack(), asked.debt());
            }
            undo(past, past.undone(), reversal.points());
        }

        /** A gift that goes back, and that a hold has, is not there any more: the hold does not give it back. */
        private void keepGifts(Undo undo) {
            List<Gift> there = new ArrayList<>(purse.member.gifts());
            for (Undo.GiftBack back : undo.gifts()) {
                for (long i = back.count(); i > 0; i--) {
                    if (!there.remove(back.gift())) {
                        purse.keepGift(back.gift());
                    }
                }
            }
        }

        /** What was spent last comes back first. */
        private List<Lot> lotsOf(Past past, long before, long points) {
            List<Lot> row = new ArrayList<>(past.spent);
            Collections.reverse(row);
            return Purse.stretch(row, before, points);
        }
    }
}
