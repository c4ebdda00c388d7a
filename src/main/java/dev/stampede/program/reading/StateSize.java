package dev.stampede.program.reading;

import dev.stampede.document.Give;
import dev.stampede.document.Limit;
import dev.stampede.document.MemberAttribute;
import dev.stampede.document.MemberLimit;
import dev.stampede.document.Per;
import dev.stampede.document.ProgramDocument;
import dev.stampede.document.Progress;
import dev.stampede.document.Promotion;
import dev.stampede.document.Reward;
import dev.stampede.document.Tiers;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Stage 5: the largest state that an account can have under a document, in bytes of JSON. It is stored with each
 * operation, so it must stay small. Points, lots and holds are not counted: the document does not bound them (what open
 * holds took besides points, the Lua library does, to twice as much).
 *
 * <pre>
 *   attributes  each its name, its longest value, and the day from which it counts
 *   tiers       each level but the first its name and two titles; one grant
 *   measures    each its name, and a sum for each period that is kept: this and the last, or 13 months
 *   counters    each (name, what it counts, window) its name and a number for each window that is kept: the one that
 *               runs and, for what can be backdated, those that the days back can reach; none for "operation"
 *   progress    each its name; a card two numbers; a streak the end of the last rewarded run and the steps kept
 *   gifts       as many as limits let a member have, at most 64, each with the longest name of a reward
 * </pre>
 *
 * @param attributes bytes, as each of the parts
 */
record StateSize(long attributes, long tiers, long measures, long counters, long progress, long gifts) {
    /** In bytes. */
    static final int MAX = 16 * 1024;

    /** How many gifts an account can have. */
    static final int MAX_GIFTS = 64;

    // What the stored form costs, rounded up. Whoever changes the form changes these.

    /** The name of a part and its brackets. */
    private static final int PART = 16;
    /** Quotes, colon, comma and brackets of one entry. */
    private static final int ENTRY = 8;
    /** A day in days since 1970, with a comma. */
    private static final int DAY = 7;
    /** A count or a sum, with a comma: sums of points have at most 15 digits. */
    private static final int NUMBER = 17;
    /** A counter's number: its limit has at most 12 digits. */
    private static final int COUNT = 14;
    /** The key of a window, with quotes. */
    private static final int WINDOW = 8;
    /** A character of a text, in UTF-8 or escaped. */
    private static final int CHARACTER = 6;
    /** A date of birth, with quotes. */
    private static final int DATE = 12;

    private static final int MONTHS_KEPT = 13;
    private static final int PERIODS_KEPT = 2;
    private static final int DAYS_OF_WEEK = 7;
    private static final int DAYS_OF_MONTH = 28;

    private record Counter(String name, String counted, Per per) {}

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
        return attributes + tiers + measures + counters + progress + gifts;
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
            bytes += attribute.id().length() + ENTRY + DAY;
            if (attribute instanceof MemberAttribute.Text text) {
                bytes += (long) text.maxLength() * CHARACTER;
            } else if (attribute instanceof MemberAttribute.Code code) {
                bytes += code.maxLength();
            } else {
                bytes += DATE;
            }
        }
        return part(bytes);
    }

    private static long tiers(ProgramDocument document) {
        if (document.tiers() == null) {
            return 0;
        }
        List<Tiers.Level> levels = document.tiers().levels();
        long bytes = DAY; // on which the member joined
        long longest = 0;
        for (Tiers.Level level : levels.subList(1, levels.size())) {
            bytes += level.id().length() + ENTRY + 2 * DAY;
            longest = Math.max(longest, level.id().length());
        }
        return part(bytes + longest + ENTRY + DAY);
    }

    private static long measures(ProgramDocument document) {
        boolean rolling = document.tiers() != null && document.tiers().period() instanceof Tiers.Period.Rolling;
        long kept = rolling ? MONTHS_KEPT : PERIODS_KEPT;
        return part(document.measures().stream()
                .mapToLong(measure -> measure.id().length() + ENTRY + kept * (DAY + NUMBER))
                .sum());
    }

    private static long counters(ProgramDocument document) {
        Map<Counter, Long> windows = new HashMap<>();
        int back = document.points().backdateDays();
        for (Promotion promotion : document.promotions()) {
            limits("p:" + promotion.id(), promotion.limits(), back, windows);
        }
        for (Reward reward : document.rewards()) {
            limits("r:" + reward.id(), reward.limits(), 0, windows);
        }
        for (MemberLimit limit : document.limits()) {
            windows.put(
                    new Counter("l:" + limit.id(), limit.of().name(), limit.per()),
                    windows(limit.per(), limit.on() == MemberLimit.On.EARN ? back : 0));
        }
        long bytes = 0;
        for (Map.Entry<Counter, Long> each : windows.entrySet()) {
            if (each.getValue() > 0) {
                bytes += each.getKey().name().length() + ENTRY + each.getValue() * (WINDOW + COUNT);
            }
        }
        return part(bytes);
    }

    private static void limits(String owner, List<Limit> limits, int back, Map<Counter, Long> windows) {
        for (Limit limit : limits) {
            String name = limit.counter() == null ? owner : "c:" + limit.counter();
            windows.merge(new Counter(name, limit.of().name(), limit.per()), windows(limit.per(), back), Math::max);
        }
    }

    /**
     * How many windows of a limit are kept at once.
     *
     * @param back days that an operation may lie in the past
     */
    private static long windows(Per per, int back) {
        return switch (per) {
            case OPERATION -> 0;
            case DAY -> 1L + back;
            case WEEK -> 1L + steps(back, DAYS_OF_WEEK);
            case MONTH -> 1 + steps(back, DAYS_OF_MONTH);
            case YEAR, BIRTHDAY -> back > 0 ? 2 : 1;
            case PROMOTION -> 1;
        };
    }

    /** How many periods before this one a day so many days back can lie in. */
    private static long steps(int back, int length) {
        return (back + length - 1L) / length;
    }

    private static long progress(ProgramDocument document) {
        long bytes = 0;
        for (Promotion promotion : document.promotions()) {
            Progress progress = promotion.progress();
            if (progress instanceof Progress.Count) {
                bytes += promotion.id().length() + ENTRY + 2 * COUNT;
            } else if (progress instanceof Progress.Streak streak) {
                // a late upload may close a gap, so all steps of a run and of the days back are kept
                long kept = streak.target() + 1L + document.points().backdateDays();
                bytes += promotion.id().length() + ENTRY + DAY + COUNT + kept * DAY;
            }
        }
        return part(bytes);
    }

    private static long gifts(ProgramDocument document) {
        long gifts = 0;
        long longest = 0;
        for (Promotion promotion : document.promotions()) {
            if (promotion.give() instanceof Give.Gift gift) {
                longest = Math.max(longest, gift.reward().length());
                long uses = promotion.limits().stream()
                        .filter(limit -> limit.per() == Per.PROMOTION)
                        .mapToLong(Limit::max)
                        .min()
                        .orElse(MAX_GIFTS);
                gifts = Math.min(MAX_GIFTS, gifts + Math.min(MAX_GIFTS, uses) * gift.count());
            }
        }
        return part(gifts * (longest + ENTRY + DAY + COUNT));
    }

    /** A part that has nothing is left out. */
    private static long part(long bytes) {
        return bytes == 0 ? 0 : bytes + PART;
    }
}
