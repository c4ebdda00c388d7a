package dev.stampede.award;

import dev.stampede.points.PointLimits;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Settles what an operation is worth with the state of the member. */
public final class Settlement {
    private final Award award;
    private final Draft member;
    private final Levels levels;
    private final Selection selection;
    private final List<Piece> base = new ArrayList<>();
    private final List<Turn> turns = new ArrayList<>();
    private final List<Turn> entries = new ArrayList<>();
    private @Nullable Long period;
    private List<Parts.Measured> measures = List.of();
    private List<Parts.Use> limits = List.of();

    private Settlement(Award award, MemberState before) {
        this.award = award;
        this.member = new Draft(before);
        this.levels = new Levels(award.levels(), member);
        this.selection = new Selection(member);
    }

    /**
     * What the award gives the member, and the member afterwards.
     *
     * @param before as he was when he was last seen
     */
    public static Settled settle(Award award, MemberState before) {
        return new Settlement(award, before).settle();
    }

    /**
     * The same for an account that may be enrolled although nobody has noted when: by a version of the programme that
     * knew nothing of its members.
     */
    public static Settled settle(Award award, MemberState before, boolean enrolled) {
        return settle(award, enrolled && before.joined() == null ? before.since(award.day()) : before);
    }

    /** A part of the base, or the bonus of a level. */
    private static final class Piece {
        final String rule;
        final Parts.Counting measured;
        final long full;
        long points;

        Piece(String rule, Parts.Counting measured, long points) {
            this.rule = rule;
            this.measured = measured;
            this.full = points;
            this.points = points;
        }

        Part part() {
            return new Part(rule, points, null, 0, full, points < full ? "limit" : null);
        }
    }

    private Settled settle() {
        Lapse.apply(member, award.lapse(), award.today(), award.backdateDays());
        boolean enrols = member.joined == null;
        if (enrols) {
            member.joined = award.day();
        }
        int level = levels.held(award.today());
        pieces(level);
        List<Candidate> candidates = award.candidates().stream()
                .filter(each -> each.occasion() == Candidate.Occasion.OPERATION
                        || (each.occasion() == Candidate.Occasion.ENROL && enrols))
                .toList();
        turns.addAll(selection.turns(candidates, level));
        selection.choose(turns);
        Selection.cutTo(award.maxBonus(), turns);
        cutToLimits();
        selection.commit(turns, award.today());
        countLimits();
        measure(level);
        // a level that a late operation has reached can be over already
        new Levels(award.lapse(), member).lapse(award.today());
        int reached = levels.held(award.today());
        for (int passed = level + 1; passed <= reached; passed++) {
            enter(passed);
        }
        return settled(enrols, level, reached);
    }

    private void pieces(int level) {
        if (award.stated() > 0) {
            base.add(new Piece("stated", Parts.Counting.NOT, award.stated()));
        }
        for (Award.Base each : award.base()) {
            base.add(new Piece(
                    "base:" + each.rule(), Parts.Counting.BASE, each.points().get(level)));
        }
        long bonus = award.bonus().get(level);
        if (bonus > 0) {
            String name = "tier:" + award.levels().levels().get(level).id();
            base.add(new Piece(name, Parts.Counting.BONUS, bonus));
        }
    }

    /** The limits of the programme cut promotions, the last one first, then the level's bonus, then the base. */
    private void cutToLimits() {
        Rooms rooms = new Rooms(member.counters);
        long room = Math.min(PointLimits.MAX_PER_OPERATION, rooms.room(award.limits(), false, 0));
        if (rooms.room(award.limits(), true, 0) == 0) {
            room = 0;
        }
        long over = Math.max(0, limited() - room);
        for (int i = turns.size() - 1; i >= 0; i--) {
            over -= turns.get(i).cut(over);
        }
        for (int i = base.size() - 1; i >= 0; i--) {
            long part = Math.min(base.get(i).points, over);
            base.get(i).points -= part;
            over -= part;
        }
    }

    private long limited() {
        return base.stream().mapToLong(piece -> piece.points).sum()
                + turns.stream().mapToLong(turn -> turn.points).sum();
    }

    private void countLimits() {
        long points = limited();
        List<Parts.Use> uses = new ArrayList<>();
        for (Cap cap : award.limits()) {
            if (cap.isCounted() && points > 0) {
                Counter counter = cap.counter(0);
                long by = cap.ofUses() ? 1 : points;
                member.count(counter, by);
                uses.add(new Parts.Use(counter, cap.ofUses(), by));
            }
        }
        limits = uses;
    }

    private void measure(int level) {
        long qualifying = turns.stream()
                .filter(turn -> turn.candidate.qualifies())
                .mapToLong(turn -> turn.full)
                .sum();
        List<Levels.Grown> grown = new ArrayList<>();
        List<Parts.Measured> noted = new ArrayList<>();
        for (Award.Measured each : award.measures()) {
            long by = each.values().get(level) + (each.ofPoints() ? qualifying : 0);
            if (by > 0) {
                grown.add(new Levels.Grown(each.measure(), by));
                noted.add(new Parts.Measured(each.measure(), each.ofBase(), each.ofBonus(), by, by));
            }
        }
        if (award.measures().isEmpty()) {
            return; // no purchase, or one that is outside of everything
        }
        period = levels.add(grown, award.day(), award.today());
        measures = period == null ? List.of() : noted;
    }

    /** The member has passed a level: after everything else, and outside of the limits of earning. */
    private void enter(int passed) {
        List<Turn> of = selection.turns(
                award.candidates().stream()
                        .filter(each -> each.occasion() == Candidate.Occasion.LEVEL && each.level() == passed)
                        .toList(),
                passed);
        selection.choose(of);
        selection.commit(of, award.today());
        entries.addAll(of);
    }

    private Settled settled(boolean enrols, int level, int reached) {
        List<Part> explanation = new ArrayList<>();
        List<Parts.Share> shares = new ArrayList<>();
        for (Piece piece : base) {
            explanation.add(piece.part());
            shares.add(new Parts.Share(
                    piece.rule,
                    Parts.Kind.SHARE,
                    piece.points,
                    piece.full,
                    piece.points,
                    0,
                    true,
                    piece.measured,
                    List.of(),
                    null,
                    0));
        }
        turns.forEach(turn -> tell(turn, true, award.today(), explanation, shares));
        entries.forEach(turn -> tell(turn, false, award.today(), explanation, shares));
        explanation.removeIf(Part::isNothing);
        shares.removeIf(share -> share.points() == 0 && share.full() == 0 && share.gifts() == 0);
        Parts parts = new Parts(
                award.basket().amount(),
                award.basket().eligible(),
                shares,
                period,
                measures,
                limits,
                steps(),
                award.basket().lines(),
                Parts.SoFar.NOTHING);
        long points = shares.stream().mapToLong(Parts.Share::points).sum();
        return new Settled(member.state(), enrols, level, reached, points, explanation, parts);
    }

    private static void tell(Turn turn, boolean limited, long today, List<Part> explanation, List<Parts.Share> shares) {
        Candidate candidate = turn.candidate;
        String rule = "promotion:" + candidate.promotion();
        Candidate.GiftOffer gift = candidate.gift();
        Gift given = gift == null ? null : gift.from(candidate.promotion(), today);
        String reward = gift == null ? null : gift.reward();
        explanation.add(new Part(rule, turn.points, reward, turn.gifts, turn.wanted, turn.reason));
        List<Parts.Use> uses = new ArrayList<>();
        for (Cap cap : candidate.caps()) {
            if (cap.isCounted() && turn.gives()) {
                long by = cap.ofUses() ? turn.times : turn.points;
                uses.add(new Parts.Use(cap.counter(turn.birthYear), cap.ofUses(), by));
            }
        }
        Shared budget = candidate.budget();
        if (budget != null && budget.returns() && turn.units(budget) > 0) {
            uses.add(new Parts.Use(budget.counter(), budget.ofUses(), turn.units(budget)));
        }
        Parts.Kind kind = candidate.advance() != null
                ? Parts.Kind.PROGRESS
                : candidate.isFlat() ? Parts.Kind.FLAT : Parts.Kind.SHARE;
        shares.add(new Parts.Share(
                rule,
                kind,
                turn.points,
                turn.full,
                turn.points,
                candidate.minimum(),
                limited,
                limited && candidate.qualifies() ? Parts.Counting.ALWAYS : Parts.Counting.NOT,
                uses,
                given,
                turn.gifts));
    }

    private List<Parts.Step> steps() {
        List<Candidate> marked = award.candidates().stream()
                .filter(each -> each.advance() != null)
                .toList();
        List<Parts.Step> steps = new ArrayList<>();
        for (List<Turn> of : List.of(turns, entries)) {
            for (Turn turn : of) {
                String promotion = turn.candidate.promotion();
                long mark = marked.indexOf(turn.candidate);
                if (turn.candidate.advance() instanceof Advance.Stamp stamp) {
                    steps.add(new Parts.Step(
                            promotion, stamp.target(), stamp.stamps(), mark, stamp.ofUnits(), null, null));
                } else if (turn.candidate.advance() instanceof Advance.Step step) {
                    Streak streak = member.streaks.getOrDefault(promotion, Streak.NONE);
                    Long run = turn.complete > 0 ? Long.valueOf(streak.end()) : null;
                    steps.add(new Parts.Step(promotion, step.target(), 1, mark, false, step.period(), run));
                }
            }
        }
        return steps;
    }
}
