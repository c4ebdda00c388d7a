package dev.stampede.program.reading;

import dev.stampede.document.Event;
import dev.stampede.document.ProgramDocument;
import dev.stampede.document.Tiers;
import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Do the levels rise, and does the time that they are kept fit to the periods? */
final class TierCheck {
    private static final int MONTHS_OF_YEAR = 12;

    private final ProgramDocument document;
    private final Place root;
    private final Findings findings;

    TierCheck(ProgramDocument document, Place root, Findings findings) {
        this.document = document;
        this.root = root;
        this.findings = findings;
    }

    void check() {
        Tiers tiers = document.tiers();
        if (tiers == null) {
            return;
        }
        validity(tiers);
        first(tiers.levels().get(0));
        for (int i = 1; i < tiers.levels().size(); i++) {
            for (int below = 1; below < i; below++) {
                rises(tiers.levels().get(below), tiers.levels().get(i), root.at("tiers", "levels", i, "qualify"));
            }
        }
    }

    private void validity(Tiers tiers) {
        boolean rolling = tiers.period() instanceof Tiers.Period.Rolling;
        if (rolling != tiers.validity() instanceof Tiers.Validity.Months) {
            findings.error(
                    root.at("tiers", "validity"),
                    Finding.Code.BAD_VALIDITY,
                    rolling
                            ? "A rolling period has no end, so a level is kept for months: {\"months\": 12}."
                            : "A level is kept to a period's end: {\"until\": \"nextPeriodEnd\", \"graceDays\": 0}."
                                    + " A number of months goes with a rolling period only.");
        }
        if (tiers.period() instanceof Tiers.Period.Calendar calendar && MONTHS_OF_YEAR % calendar.months() != 0) {
            findings.error(
                    root.at("tiers", "period", "months"),
                    Finding.Code.BAD_VALIDITY,
                    "Periods of " + calendar.months() + " months start on other days each year. Write 1, 2, 3, 4, 6 or"
                            + " 12.");
        }
    }

    private void first(Tiers.Level first) {
        if (!(first.qualify() instanceof Tiers.Qualify.ByGrantOnly)) {
            findings.warning(
                    root.at("tiers", "levels", 0, "qualify"),
                    Finding.Code.UNUSED,
                    "All members have the first level, so nothing qualifies for it. Remove this, or add a level"
                            + " below.");
        }
        for (int i = 0; i < document.promotions().size(); i++) {
            if (document.promotions().get(i).event() instanceof Event.TierReached reached
                    && reached.tier().equals(first.id())) {
                findings.warning(
                        root.at("promotions", i, "event"),
                        Finding.Code.NEVER,
                        "All members have the first level from the start, so they never reach it. For a welcome, use"
                                + " the event \"enrol\".");
            }
        }
    }

    /**
     * Each way to reach the upper level must reach the lower one as well, and ask for more. Levels that have no measure
     * in common are not compared.
     */
    private void rises(Tiers.Level lower, Tiers.Level upper, Place place) {
        if (upper.qualify() instanceof Tiers.Qualify.Any any) {
            for (int i = 0; i < any.thresholds().size(); i++) {
                way(lower, List.of(any.thresholds().get(i)), List.of(place.at("any", i, "atLeast")));
            }
        } else if (upper.qualify() instanceof Tiers.Qualify.All all) {
            List<Place> places = Parts.fields(place.list("all"), "atLeast");
            way(lower, all.thresholds(), places);
        }
    }

    private void way(Tiers.Level lower, List<Tiers.Threshold> way, List<Place> places) {
        List<Tiers.Threshold> below = thresholds(lower);
        if (below.isEmpty() || includes(lower, way)) {
            return;
        }
        for (int i = 0; i < way.size(); i++) {
            BigDecimal least = least(below, way.get(i).measure());
            if (least != null && way.get(i).atLeast().compareTo(least) <= 0) {
                findings.error(
                        places.get(i),
                        Finding.Code.NOT_INCREASING,
                        "This must be more than " + least.toPlainString() + ", which the lower level "
                                + Words.quoted(lower.id()) + " asks for. The lowest level comes first.");
            }
        }
    }

    private static List<Tiers.Threshold> thresholds(Tiers.Level level) {
        if (level.qualify() instanceof Tiers.Qualify.Any any) {
            return any.thresholds();
        }
        return level.qualify() instanceof Tiers.Qualify.All all ? all.thresholds() : List.of();
    }

    /** Whether who goes this way reaches the lower level, and needs more than that. */
    private static boolean includes(Tiers.Level lower, List<Tiers.Threshold> way) {
        if (lower.qualify() instanceof Tiers.Qualify.Any any) {
            return any.thresholds().stream().anyMatch(each -> compared(way, each) > 0);
        }
        List<Integer> compared =
                thresholds(lower).stream().map(each -> compared(way, each)).toList();
        return compared.stream().allMatch(each -> each >= 0)
                && (compared.stream().anyMatch(each -> each > 0) || way.size() > compared.size());
    }

    /** Above 0 if the way asks for more than the threshold, 0 for as much, below 0 for less or nothing. */
    private static int compared(List<Tiers.Threshold> way, Tiers.Threshold threshold) {
        Optional<BigDecimal> most = way.stream()
                .filter(each -> each.measure().equals(threshold.measure()))
                .map(Tiers.Threshold::atLeast)
                .max(BigDecimal::compareTo);
        return most.map(atLeast -> atLeast.compareTo(threshold.atLeast())).orElse(-1);
    }

    private static @Nullable BigDecimal least(List<Tiers.Threshold> thresholds, String measure) {
        return thresholds.stream()
                .filter(each -> each.measure().equals(measure))
                .map(Tiers.Threshold::atLeast)
                .min(BigDecimal::compareTo)
                .orElse(null);
    }
}
