package dev.stampede.rules;

import dev.stampede.award.Award;
import dev.stampede.award.Parts;
import dev.stampede.award.Undo;
import dev.stampede.points.Unpriceable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * What goes back when an earn, or a part of it, is reversed. Computed from what is stored with the earn alone:
 * nothing is priced again.
 *
 * <p>Each share keeps {@code floor(share x kept)} of what it gave at first, with {@code kept} = 1 - all that was
 * returned so far. What a step takes is the difference to what the steps before it have left. So the steps add up to
 * the whole, in whatever pieces it comes back.
 */
public final class Returns {
    private final Parts parts;
    private final Parts.SoFar soFar;
    /** What the member keeps of the purchase, from 0 to 1. */
    private final Exact kept;
    /** Points to be taken, where the caller says how many; -1 otherwise. */
    private final long points;

    private Returns(Parts parts, Parts.SoFar soFar, Exact kept, long points) {
        this.parts = parts;
        this.soFar = soFar;
        this.kept = kept;
        this.points = points;
    }

    /**
     * Units of a line that come back.
     *
     * @param line its position, from 0
     * @param thousandths units x 1000; null: all that is left of it
     */
    public record Returned(int line, @Nullable Long thousandths) {}

    /** All that is left. */
    public static Undo whole(Parts parts) {
        checkLeft(parts);
        Parts.SoFar before = parts.soFar();
        return new Returns(parts, new Parts.SoFar(before.by(), true, before.taken(), before.lines()), Exact.ZERO, -1)
                .undo();
    }

    /** @param points 1 or more */
    public static Undo points(Parts parts, long points) {
        check(parts, Parts.By.POINTS);
        long left = sum(parts, Parts.Share::left);
        checkRest(points, left);
        long taken = parts.soFar().taken() + points;
        Exact kept = Exact.ONE.minus(Exact.of(taken, sum(parts, Parts.Share::points)));
        return new Returns(parts, new Parts.SoFar(Parts.By.POINTS, points == left, taken, List.of()), kept, points)
                .undo();
    }

    /** @param amount money in the smallest unit, 1 or more */
    public static Undo amount(Parts parts, long amount) {
        check(parts, Parts.By.AMOUNT);
        long taken = parts.soFar().taken() + amount;
        checkRest(taken, parts.amount());
        Exact kept = Exact.ONE.minus(Exact.of(taken, parts.amount()));
        return new Returns(parts, new Parts.SoFar(Parts.By.AMOUNT, kept.sign() == 0, taken, List.of()), kept, -1)
                .undo();
    }

    public static Undo items(Parts parts, List<Returned> items) {
        check(parts, Parts.By.ITEMS);
        List<Award.Line> lines = parts.lines();
        List<Long> back = new ArrayList<>(parts.soFar().lines());
        while (back.size() < lines.size()) {
            back.add(0L);
        }
        for (Returned item : items) {
            checkRest(item.line() + 1L, lines.size());
            long left = lines.get(item.line()).thousandths() - back.get(item.line());
            long now = item.thousandths() == null ? left : item.thousandths();
            checkRest(now, left);
            back.set(item.line(), back.get(item.line()) + now);
        }
        Exact kept = Exact.ONE.minus(share(lines, back));
        return new Returns(parts, new Parts.SoFar(Parts.By.ITEMS, kept.sign() == 0, 0, back), kept, -1).undo();
    }

    private static Exact share(List<Award.Line> lines, List<Long> back) {
        Exact share = Exact.ZERO;
        long weights = 0;
        boolean isAll = true;
        for (int i = 0; i < lines.size(); i++) {
            Award.Line line = lines.get(i);
            weights += line.weight();
            share = share.plus(Exact.of(line.weight()).times(Exact.of(back.get(i), line.thousandths())));
            isAll &= back.get(i) == line.thousandths();
        }
        if (weights == 0) {
            return isAll ? Exact.ONE : Exact.ZERO;
        }
        return share.per(Exact.of(weights));
    }

    private static void check(Parts parts, Parts.By by) {
        checkLeft(parts);
        Parts.By before = parts.soFar().by();
        if (before != Parts.By.NOTHING && before != by) {
            throw new Unpriceable(
                    Unpriceable.Why.REVERSE_KIND_MIXED,
                    "A part of this operation was reversed by " + before.name().toLowerCase(Locale.ROOT)
                            + ": go on in the same way, or reverse the rest.");
        }
    }

    private static void checkLeft(Parts parts) {
        if (parts.soFar().whole()) {
            throw new Unpriceable(Unpriceable.Why.ALREADY_REVERSED, "Nothing is left to reverse.");
        }
    }

    private static void checkRest(long wanted, long rest) {
        if (wanted <= 0 || wanted > rest) {
            throw new Unpriceable(
                    Unpriceable.Why.REVERSE_EXCEEDS_ORIGINAL, "That is more than is left of the operation.");
        }
    }

    private static long sum(Parts parts, ToLongFunction<Parts.Share> what) {
        return parts.shares().stream().mapToLong(what).sum();
    }

    private long floor(long of) {
        return kept.times(of).floor().longValueExact();
    }

    private Undo undo() {
        List<Parts.Share> shares = soFar.whole() || points < 0 ? byShare() : byPoints();
        List<Undo.Take> takes = new ArrayList<>();
        List<Parts.Use> uses = new ArrayList<>();
        List<Undo.GiftBack> gifts = new ArrayList<>();
        long limited = 0;
        for (int i = 0; i < shares.size(); i++) {
            Parts.Share before = parts.shares().get(i);
            Parts.Share after = shares.get(i);
            boolean isProgress = before.kind() == Parts.Kind.PROGRESS;
            long taken = before.left() - after.left();
            if (taken > 0 && !(isProgress && soFar.whole())) {
                takes.add(new Undo.Take(
                        before.rule(),
                        taken,
                        isProgress ? before.promotion() : null,
                        isProgress ? run(before.promotion()) : null));
            }
            limited += before.limited() ? taken : 0;
            uses.addAll(back(before.uses(), taken));
            if (before.gifts() > after.gifts() && before.gift() != null && !isProgress) {
                gifts.add(new Undo.GiftBack(before.gift(), before.gifts()));
            }
            shares.set(i, uses(after, left(before.uses(), taken)));
        }
        uses.addAll(back(parts.limits(), limited));
        List<Parts.Measured> measures = new ArrayList<>();
        List<Undo.Less> less = new ArrayList<>();
        for (Parts.Measured each : parts.measures()) {
            Parts.Measured after = each.left(Math.min(each.left(), measured(each, shares)));
            measures.add(after);
            if (after.left() < each.left()) {
                less.add(new Undo.Less(each.measure(), each.left() - after.left()));
            }
        }
        List<Parts.Step> steps = new ArrayList<>();
        List<Undo.Back> backs = new ArrayList<>();
        for (Parts.Step step : parts.steps()) {
            Parts.Step after = step.stamps(Math.min(step.stamps(), stamps(step)));
            steps.add(after);
            if (after.stamps() < step.stamps()) {
                backs.add(back(step, step.stamps() - after.stamps()));
            }
        }
        Parts left = new Parts(
                parts.amount(),
                parts.eligible(),
                shares,
                parts.period(),
                measures,
                left(parts.limits(), limited),
                steps,
                parts.lines(),
                soFar);
        return new Undo(soFar.whole(), takes, less, parts.period(), uses, gifts, backs, left);
    }

    private List<Parts.Share> byShare() {
        List<Parts.Share> out = new ArrayList<>();
        for (Parts.Share share : parts.shares()) {
            boolean stays = share.kind() == Parts.Kind.PROGRESS
                    || (share.kind() == Parts.Kind.FLAT && isAboveMinimum(share.minimum()));
            if (soFar.whole()) {
                out.add(gone(share));
            } else if (stays) {
                out.add(share);
            } else if (share.kind() == Parts.Kind.FLAT) {
                out.add(gone(share));
            } else {
                out.add(share.left(Math.min(share.left(), floor(share.points()))));
            }
        }
        return out;
    }

    private boolean isAboveMinimum(long minimum) {
        return kept.times(parts.eligible()).compareTo(Exact.of(minimum)) >= 0;
    }

    private static Parts.Share gone(Parts.Share share) {
        return new Parts.Share(
                share.rule(),
                share.kind(),
                share.points(),
                share.full(),
                0,
                share.minimum(),
                share.limited(),
                share.measured(),
                share.uses(),
                share.gift(),
                0);
    }

    private static Parts.Share uses(Parts.Share share, List<Parts.Use> uses) {
        return new Parts.Share(
                share.rule(),
                share.kind(),
                share.points(),
                share.full(),
                share.left(),
                share.minimum(),
                share.limited(),
                share.measured(),
                uses,
                share.gift(),
                share.gifts());
    }

    /** Last promotion first, base last. */
    private List<Parts.Share> byPoints() {
        List<Parts.Share> out = new ArrayList<>(parts.shares());
        long rest = points;
        for (int i = out.size() - 1; i >= 0; i--) {
            long part = Math.min(rest, out.get(i).left());
            out.set(i, out.get(i).left(out.get(i).left() - part));
            rest -= part;
        }
        return out;
    }

    /** What limits get back: points as they are taken, uses only with the whole. */
    private List<Parts.Use> back(List<Parts.Use> uses, long taken) {
        List<Parts.Use> out = new ArrayList<>();
        for (Parts.Use use : uses) {
            long by = soFar.whole() ? use.left() : use.ofUses() ? 0 : Math.min(taken, use.left());
            if (by > 0) {
                out.add(new Parts.Use(use.counter(), use.ofUses(), by));
            }
        }
        return out;
    }

    private List<Parts.Use> left(List<Parts.Use> uses, long taken) {
        List<Parts.Use> out = new ArrayList<>();
        for (Parts.Use use : uses) {
            long by = use.ofUses() ? 0 : Math.min(taken, use.left());
            if (!soFar.whole() && use.left() > by) {
                out.add(new Parts.Use(use.counter(), use.ofUses(), use.left() - by));
            }
        }
        return out;
    }

    private long measured(Parts.Measured measure, List<Parts.Share> shares) {
        if (soFar.whole()) {
            return 0;
        } else if (!measure.ofBase() && !measure.ofBonus()) {
            return floor(measure.value());
        }
        long sum = 0;
        for (Parts.Share share : shares) {
            if (measure.counts(share.measured())) {
                boolean inProportion = share.kind() == Parts.Kind.SHARE && points < 0;
                sum += inProportion ? floor(share.full()) : Math.max(0, share.full() - (share.points() - share.left()));
            }
        }
        return sum;
    }

    /** How many stamps the purchase still deserves. */
    private long stamps(Parts.Step step) {
        if (soFar.whole()) {
            return 0;
        } else if (soFar.by() != Parts.By.ITEMS) {
            return step.stamps();
        }
        long of = 0;
        long still = 0;
        for (int i = 0; i < parts.lines().size(); i++) {
            Award.Line line = parts.lines().get(i);
            if ((line.stamped() >> step.mark() & 1) == 1) {
                of += line.thousandths();
                still += line.thousandths() - soFar.lines().get(i);
            }
        }
        if (of == 0) {
            return step.stamps();
        }
        return step.ofUnits() ? still / 1000 : still > 0 ? step.stamps() : 0;
    }

    private Undo.Back back(Parts.Step step, long stamps) {
        Parts.Share share = parts.shares().stream()
                .filter(each ->
                        each.kind() == Parts.Kind.PROGRESS && each.promotion().equals(step.promotion()))
                .findFirst()
                .orElse(null);
        return new Undo.Back(
                step.promotion(),
                step.target(),
                stamps,
                step.period(),
                step.run(),
                share == null || share.gift() == null ? null : share.gift().reward(),
                share == null ? 0 : share.left(),
                share == null ? 0 : share.gifts());
    }

    private @Nullable Long run(String promotion) {
        return parts.steps().stream()
                .filter(step -> step.promotion().equals(promotion))
                .map(Parts.Step::run)
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
    }
}
