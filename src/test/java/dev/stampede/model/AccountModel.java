package dev.stampede.model;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.stampede.account.Decision;
import dev.stampede.account.HoldStatus;
import dev.stampede.account.Image;
import dev.stampede.account.Operation;
import dev.stampede.account.OperationType;
import dev.stampede.account.Proposal;
import dev.stampede.points.Grace;
import dev.stampede.points.Hold;
import dev.stampede.points.LocalDay;
import dev.stampede.points.Lot;
import dev.stampede.points.MemberPoints;
import dev.stampede.points.PointLimits;
import dev.stampede.support.Ask;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * One account as the rules tell it. Knows its whole history, and nothing of Redis, of Postgres, of what is sealed or of
 * what is loaded.
 */
public final class AccountModel {
    static final int MAX_HOLDS = 100;

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

        boolean earnedNothing() {
            return type() == OperationType.EARN && ok && worth == 0;
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

        Declined(String code) {
            super(code, null, false, false);
            this.code = code;
        }
    }

    /** The answer to an operation: one of the four is there. */
    record Verdict(Past known, boolean notEnrolled, boolean unchanged, List<Proposal> proposals) {}

    private final ZoneId zone;
    private Purse purse = new Purse();
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
        this(ZoneOffset.UTC);
    }

    /** @param zone in which the program's days end */
    AccountModel(ZoneId zone) {
        this.zone = zone;
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
            return new Verdict(byKey.get(op.key()), false, false, null);
        }
        if (nothingToEnrol(op, allSealed)) {
            return new Verdict(null, false, true, null);
        }
        if (!purse.enrolled && !op.enrols()) {
            return new Verdict(null, true, false, null);
        }
        Snapshot before = new Snapshot(purse, head, version, at, attributes);
        List<Proposal> out = new ArrayList<>(1);
        // what never came is recorded as declined: its key is taken
        if (op.voids() != null && !byKey.containsKey(op.voids()) && !purse.frozen) {
            Operation never = Ask.of(OperationType.TOMBSTONE, op.account())
                    .key(op.voids(), null)
                    .build();
            out.add(happen(never, tombstone, Math.max(nowMs, at), "voided", keep ? before : null));
            before = new Snapshot(purse, head, version, at, attributes);
        }
        Proposal own = happen(op, id, Math.max(nowMs, at), null, keep ? before : null);
        if (own == null) {
            return new Verdict(null, false, true, null);
        }
        out.add(own);
        if (!keep) {
            restore(before);
        }
        return new Verdict(null, false, false, out);
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
        if (declined == null) {
            try {
                draft.decide();
            } catch (Declined refusal) {
                outcome = refusal.code;
            }
        }
        boolean ok = outcome.equals(Decision.OK);
        Past basis = ok || outcome.equals("account_frozen") || declined != null ? null : basis(op);
        if (!ok) {
            draft = new Draft(op, id, now, purse.copy());
        } else if (op.type() == OperationType.LAPSE && draft.purse.diary.isEmpty()) {
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
                null,
                null);
        Past past = new Past(id, op, version + 1, ok);
        past.worth = ok ? draft.worth : 0;
        past.spent = draft.spent;
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
            for (UUID hold : draft.expired) {
                byId.get(hold).undone.add(new Undone(version, 0, false, "expired"));
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
        List<UUID> expired = List.of();
        boolean created;
        long worth;
        List<Lot> spent = List.of();
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
                case ENROL, FREEZE, UNFREEZE, LAPSE -> {}
                default -> declineIf(purse.frozen, "account_frozen");
            }
            expired = purse.lapse(now, LocalDay.number(now, zone));
            lapsed = purse.diary.size();
            if (op instanceof Operation.Enrol enrol) {
                declineIf(enrol.head() != null && !enrol.head().equals(head), "precondition_failed");
                enrol();
            } else if (op instanceof Operation.Freeze) {
                purse.frozen = true;
            } else if (op instanceof Operation.Unfreeze) {
                purse.frozen = false;
            } else if (op instanceof Operation.Earn earn) {
                earn(earn);
            } else if (op instanceof Operation.Adjust adjust) {
                adjust(adjust);
            } else if (op instanceof Operation.Redeem redeem) {
                redeem(redeem.points());
            } else if (op instanceof Operation.Hold asked) {
                hold(asked);
            } else if (op instanceof Operation.Capture capture) {
                capture(capture);
            } else if (op instanceof Operation.Release release) {
                end(stillOpen(release.hold()), 0, release.grace());
            } else if (op instanceof Operation.VoidCall voiding) {
                voidKey(byKey.get(voiding.voids()), voiding);
            } else if (op instanceof Operation.Reverse reverse) {
                reverse(byId.get(reverse.target()), reverse);
            } else if (!(op instanceof Operation.Lapse)) {
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
            long points = earn.points();
            declineIf(purse.all() + points > PointLimits.MAX, "limit_exceeded");
            declineIf(purse.lifetime + points > PointLimits.MAX, "limit_exceeded");
            enrol();
            purse.lifetime += points;
            worth = points;
            if (earn.matures() == null) {
                purse.earn(earn.on(), points);
            } else {
                purse.earnLater(earn.matures(), earn.on(), points);
            }
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

        private void redeem(long points) throws Declined {
            declineIf(purse.available() < points, "insufficient_points");
            spent = purse.redeem(points);
            worth = points;
        }

        private void hold(Operation.Hold asked) throws Declined {
            declineIf(purse.holds() >= MAX_HOLDS, "limit_exceeded");
            declineIf(purse.available() < asked.points(), "insufficient_points");
            Hold made = purse.hold(
                    id,
                    asked.points(),
                    now + asked.ttlSeconds() * 1000,
                    asked.grace().on());
            hold = new HoldStatus(id, made.points(), 0, "held", made.expiresAt());
            worth = asked.points();
        }

        private void capture(Operation.Capture capture) throws Declined {
            Hold open = stillOpen(capture.hold());
            long points = capture.points() == null ? open.points() : capture.points();
            declineIf(points > open.points(), "insufficient_points");
            spent = end(open, points, capture.grace());
            worth = points;
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
            return expired.contains(past.id) ? "expired" : past.end();
        }

        @CanIgnoreReturnValue
        private List<Lot> end(Hold open, long captured, Grace grace) {
            List<Lot> out = purse.endHold(open, captured, grace.on());
            purse.expire(LocalDay.number(now, zone));
            end = captured > 0 ? "captured" : "voided";
            hold = new HoldStatus(open.id(), open.points(), captured, end, open.expiresAt());
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
            long rest = past.isHold() ? 0 : past.worth - past.undone();
            declineIf(rest == 0 && past.worth > 0 && !past.isHold(), "already_reversed");
            declineIf(past.earnedNothing() && !past.undone.isEmpty(), "already_reversed");
            long points = asked.points() == null ? rest : asked.points();
            declineIf(points > rest || (points == 0 && !past.earnedNothing()), "reverse_exceeds_original");
            takeBackOrGive(past, points, asked.grace(), asked.debt());
        }

        private void voidKey(Past past, Operation.VoidCall asked) throws Declined {
            switch (past.type()) {
                case VOID -> throw new Declined("voided");
                case REVERSE -> throw new Declined("already_reversed");
                default -> {}
            }
            if (!past.isHold()) {
                declineIf(past.voided(), "voided");
                declineIf(past.earnedNothing() && !past.undone.isEmpty(), "already_reversed");
                takeBackOrGive(past, past.worth - past.undone(), asked.grace(), asked.debt());
                return;
            }
            Hold open = purse.hold(past.id);
            if (open != null) {
                end(open, 0, asked.grace());
                return;
            }
            declineIf(past.voided(), "voided");
            declineIf("captured".equals(ended(past)), "hold_captured");
            // it holds nothing any more: only the key is voided
            undo(past, past.undone(), 0);
        }

        private void takeBackOrGive(Past past, long points, Grace grace, boolean debt) throws Declined {
            long before = past.undone();
            if (past.operation instanceof Operation.Earn earn) {
                if (points > 0) {
                    purse.takeBack(earn.on(), earn.matures(), points, debt, true);
                }
            } else if (past.ok && past.operation instanceof Operation.Adjust adjust && adjust.points() > 0) {
                if (points > 0) {
                    purse.takeBack(adjust.on(), null, points, debt, false);
                }
            } else {
                declineIf(purse.all() + points > PointLimits.MAX, "limit_exceeded");
                if (points > 0) {
                    purse.giveBack(lotsOf(past, before, points), grace.on());
                    purse.expire(LocalDay.number(now, zone));
                }
            }
            undo(past, before, points);
        }

        /** What was spent last comes back first. */
        private List<Lot> lotsOf(Past past, long before, long points) {
            List<Lot> row = new ArrayList<>(past.spent);
            Collections.reverse(row);
            return Purse.stretch(row, before, points);
        }
    }
}
