package dev.stampede.program.reading;

import dev.stampede.document.CountedAs;
import dev.stampede.document.Give;
import dev.stampede.document.Limit;
import dev.stampede.document.MemberAttribute;
import dev.stampede.document.Per;
import dev.stampede.document.ProgramDocument;
import dev.stampede.document.Progress;
import dev.stampede.document.Promotion;
import dev.stampede.document.Tiers;
import dev.stampede.rules.CompiledProgram;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * Stage 5: the largest state that an account can have under a document, in bytes of the text that 31-member.lua writes.
 * It is stored with each operation, so it must stay small. Points, lots and holds are not counted: the Lua library
 * bounds them. What open holds took besides points is at most twice as much (the next hold is declined with
 * {@code limit_exceeded}), and of lots that end on one day, such as those that activity has renewed, at most 60 are
 * kept. What comes back to a member, and what he still has of other versions, is not counted either.
 *
 * <pre>
 *   attributes  each its name, its longest value, and the day from which it counts
 *   tiers       a title for each period whose titles can be alive, one for each level that follows another, one grant
 *   measures    a sum of each for each period that is kept: this and the last, or 13 months
 *   counters    each (name, window) a number for each window that the days back can reach; none for "operation"
 *   progress    a card three numbers, and three for what each of eight completions gave; a streak the periods and runs
 *               that are kept
 *   gifts       as many as limits let a member have, at most 64, with the longest names
 * </pre>
 *
 * A member makes less than 10 million operations, and less than 100,000 in a day, week or month.
 *
 * @param attributes bytes, as each of the parts
 */
record StateSize(long attributes, long tiers, long measures, long counters, long progress, long gifts) {
    /** In bytes. */
    static final int MAX = 16 * 1024;

    /** How many gifts an account can have. */
    static final int MAX_GIFTS = 64;

    // What the stored form costs. Whoever changes the form changes these.

    /** The day of joining, with its name, and the brackets of the whole. */
    private static final int FRAME = 18;
    /** The name of a part, its quotes, colon, brackets and comma. */
    private static final int PART = 16;
    /** Quotes and commas of an attribute. */
    private static final int ATTRIBUTE = 7;
    /** Digits of a day in days since 1970, up to the year 9999. */
    private static final int DAY = 7;

    private static final int WEEK = 6;
    private static final int MONTH = 6;
    private static final int YEAR = 4;
    /** Digits of a sum. */
    private static final int SUM = 16;
    /** Digits of what one operation gives. */
    private static final int POINTS = 13;
    /** Digits of a number of operations. */
    private static final int OPERATIONS = 7;

    private static final int OPERATIONS_OF_PERIOD = 5;
    /** A character of a text, in UTF-8 or escaped. */
    private static final int CHARACTER = 6;

    private static final int DATE = 10;
    /** An operation of yesterday can be decided today, and one that is 2 s ahead can be of tomorrow. */
    private static final int DAYS_BESIDES = 2;

    private static final int MONTHS_KEPT = 13;
    private static final int PERIODS_KEPT = 2;
    private static final int DAYS_OF_WEEK = 7;
    private static final int DAYS_OF_MONTH = 28;
    /** Years before the one of a birthday, and behind it, in which one counts. */
    private static final int BIRTHDAYS_BESIDES = 2;
    /** What so many completions gave is kept apart. */
    private static final int COMPLETIONS_KEPT = 8;

    private record Counter(String name, Per per) {}

    static StateSize of(ProgramDocument document) {
        return new StateSize(
                attributes(document),
                tiers(document),
                measures(document),
                counters(document),
                progress(document),
                gifts(document));
    }

    long bytes() {
        return FRAME + attributes + tiers + measures + counters + progress + gifts;
    }

    void check(Place root, Findings findings) {
        if (bytes() <= MAX) {
            return;
        }
        Map<String, Long> parts = Map.of(
                "attributes", attributes,
                "tiers", tiers,
                "measures", measures,
                "limits", counters,
                "progress of promotions", progress,
                "gifts", gifts);
        String most = parts.entrySet().stream()
                .sorted(Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder())
                        .thenComparing(Map.Entry.comparingByKey()))
                .limit(3)
                .filter(part -> part.getValue() > 0)
                .map(part -> part.getKey() + " " + part.getValue())
                .collect(Collectors.joining(", "));
        findings.error(
                root,
                Finding.Code.STATE_TOO_BIG,
                "An account could need " + bytes() + " bytes for what it has to remember. At most " + MAX
                        + " are allowed. Most is needed for: " + most
                        + ". Fewer limits per day, a smaller backdateDays and shorter ids need less.");
    }

    private static long attributes(ProgramDocument document) {
        long bytes = 0;
        for (MemberAttribute attribute : document.attributes()) {
            bytes += attribute.id().length() + ATTRIBUTE + DAY;
            if (attribute instanceof MemberAttribute.Text text) {
                bytes += (long) text.maxLength() * CHARACTER;
            } else if (attribute instanceof MemberAttribute.Code code) {
                bytes += (long) code.maxLength() * CHARACTER;
            } else {
                bytes += DATE;
            }
        }
        return part(bytes);
    }

    /** Words of a row, with a space or a comma after each. */
    private static long row(long... words) {
        return LongStream.of(words).map(word -> word + 1).sum();
    }

    private static long digits(long number) {
        return Long.toString(number).length();
    }

    /** The digits of a product. */
    private static long digits(long one, long other) {
        return Math.min(SUM, one + other);
    }

    private static long tiers(ProgramDocument document) {
        Tiers tiers = document.tiers();
        if (tiers == null) {
            return 0;
        }
        List<Tiers.Level> levels = tiers.levels();
        long longest =
                levels.stream().mapToLong(level -> level.id().length()).max().orElse(0);
        long titles = titles(tiers) * row(longest, DAY, DAY) + (levels.size() - 1) * row(longest, DAY);
        return part(titles) + part(row(longest, DAY));
    }

    /** In how many periods, those that lie ahead by 2 s included, a title can have been reached that is not over. */
    private static long titles(Tiers tiers) {
        if (tiers.validity() instanceof Tiers.Validity.Months of) {
            return of.months() + 2L;
        }
        Tiers.Validity.Until until = (Tiers.Validity.Until) tiers.validity();
        return (until.until() == Tiers.End.NEXT_PERIOD_END ? 3 : 2)
                + steps(until.graceDays(), tiers.period().months() * DAYS_OF_MONTH);
    }

    private static long measures(ProgramDocument document) {
        if (document.tiers() == null) {
            return 0; // nothing qualifies for anything
        }
        long kept = document.tiers().period() instanceof Tiers.Period.Rolling ? MONTHS_KEPT : PERIODS_KEPT;
        long sums = document.measures().stream()
                .mapToLong(measure -> row(measure.id().length(), SUM))
                .sum();
        return part(sums == 0 ? 0 : (kept + 1) * (row(DAY) + sums));
    }

    private static long counters(ProgramDocument document) {
        Map<Counter, Long> most = new HashMap<>();
        document.promotions().forEach(each -> limits(each.id(), each.limits(), most));
        document.rewards().forEach(each -> limits("reward:" + each.id(), each.limits(), most));
        document.limits()
                .forEach(each -> most.merge(new Counter("limit:" + each.id(), each.per()), each.max(), Math::max));
        int back = document.points().backdateDays();
        long bytes = 0;
        for (Map.Entry<Counter, Long> each : most.entrySet()) {
            Counter counter = each.getKey();
            long key = row(counter.name().length(), 1, window(counter.per()));
            bytes += windows(counter.per(), back) * (key + row(digits(each.getValue())));
        }
        return part(bytes);
    }

    private static void limits(String owner, List<Limit> limits, Map<Counter, Long> most) {
        for (int i = 0; i < limits.size(); i++) {
            Limit limit = limits.get(i);
            String name = owner + "." + i;
            if (limit.counter() != null) {
                name = limit.counter() + (limit.of() == CountedAs.POINTS ? ".points" : "");
            }
            most.merge(new Counter(name, limit.per()), limit.max(), Math::max);
        }
    }

    /** Digits of the number of a window. */
    private static long window(Per per) {
        return switch (per) {
            case DAY -> DAY;
            case WEEK -> WEEK;
            case MONTH -> MONTH;
            case YEAR, BIRTHDAY -> YEAR;
            case OPERATION, PROMOTION -> 1;
        };
    }

    /**
     * How many windows of a limit are kept at once.
     *
     * @param back days that an operation may lie in the past; limits of payments are kept as long
     */
    private static long windows(Per per, int back) {
        int days = back + DAYS_BESIDES;
        return switch (per) {
            case OPERATION -> 0;
            case DAY -> 1L + days;
            case WEEK -> 1 + steps(days, DAYS_OF_WEEK);
            case MONTH -> 1 + steps(days, DAYS_OF_MONTH);
            case YEAR -> 2;
            case BIRTHDAY -> 2 + BIRTHDAYS_BESIDES;
            case PROMOTION -> 1;
        };
    }

    /** How many periods before this one a day so many days back can lie in. */
    private static long steps(int back, int length) {
        return (back + length - 1L) / length;
    }

    private static long progress(ProgramDocument document) {
        long cards = 0;
        long streaks = 0;
        for (Promotion promotion : document.promotions()) {
            if (promotion.progress() instanceof Progress.Count count) {
                cards += card(promotion, count);
            } else if (promotion.progress() instanceof Progress.Streak streak) {
                streaks += streak(promotion, streak, document.points().backdateDays());
            }
        }
        return part(cards) + part(streaks);
    }

    private static long card(Promotion promotion, Progress.Count count) {
        long stamps = count.counts() == Progress.Counts.QUANTITY ? SUM : OPERATIONS;
        long given = count.repeat() ? stamps : 1;
        long used = promotion.give() instanceof Give.Gift gift ? digits(given, digits(gift.count())) : 1;
        long completions = count.repeat() ? COMPLETIONS_KEPT : 1;
        return row(promotion.id().length(), stamps, given, used)
                + completions * row(given, points(promotion.give(), given), gifts(promotion.give(), given));
    }

    private static long streak(Promotion promotion, Progress.Streak streak, int back) {
        int days = back + DAYS_BESIDES;
        long period = 0;
        long late = 0;
        switch (streak.unit()) {
            case DAY -> {
                period = DAY;
                late = days;
            }
            case WEEK -> {
                period = WEEK;
                late = steps(days, DAYS_OF_WEEK);
            }
            case MONTH -> {
                period = MONTH;
                late = steps(days, DAYS_OF_MONTH);
            }
        }
        int target = streak.target();
        long newest = late + target; // periods which a late operation can still bring into a run
        long runs = streak.repeat() ? Math.max(CompiledProgram.keptRuns(target), newest / target + 1) : 1;
        long used = promotion.give() instanceof Give.Gift gift ? digits(OPERATIONS, digits(gift.count())) : 1;
        return row(promotion.id().length(), OPERATIONS, used, period)
                + runs * row(period, points(promotion.give(), 0), gifts(promotion.give(), 0))
                + (runs * target + newest) * row(period + 1 + OPERATIONS_OF_PERIOD)
                + 2;
    }

    /** Digits of the points of some completions, whose number has that many digits; 0: of one. */
    private static long points(Give give, long completions) {
        if (give instanceof Give.Gift) {
            return 1;
        }
        return digits(give instanceof Give.Flat flat ? digits(flat.points()) : POINTS, completions);
    }

    private static long gifts(Give give, long completions) {
        return give instanceof Give.Gift gift ? digits(digits(gift.count()), completions) : 1;
    }

    private static long gifts(ProgramDocument document) {
        List<Long> rows = new ArrayList<>();
        for (Promotion promotion : document.promotions()) {
            if (promotion.give() instanceof Give.Gift gift) {
                long uses = promotion.limits().stream()
                        .filter(limit -> limit.of() == CountedAs.USES && limit.per() == Per.PROMOTION)
                        .mapToLong(Limit::max)
                        .min()
                        .orElse(MAX_GIFTS);
                long row = row(DAY, gift.reward().length(), promotion.id().length());
                long number = Math.min(MAX_GIFTS, Math.min(MAX_GIFTS, uses) * gift.count());
                rows.addAll(Collections.nCopies((int) number, row));
            }
        }
        rows.sort(Comparator.reverseOrder());
        return part(rows.stream().limit(MAX_GIFTS).mapToLong(Long::longValue).sum());
    }

    /** A part that has nothing is left out. */
    private static long part(long bytes) {
        return bytes == 0 ? 0 : bytes + PART;
    }
}
