package dev.stampede.program.reading;

import dev.stampede.document.Event;
import dev.stampede.document.Partner;
import dev.stampede.document.ProgramDocument;
import dev.stampede.document.Promotion;
import dev.stampede.document.Tiers;
import dev.stampede.document.When;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Are there more promotions than one operation may have as candidates? It looks for an operation that has too many, at
 * the moments at which promotions begin. What it finds is real; it does not find all, since it tries no combinations of
 * members' attributes. Pricing has to keep the bound by itself, too.
 */
final class Candidates {
    /** How many promotions may be candidates for one operation. */
    static final int MAX = 32;

    private static final int MAX_MOMENTS = 3000;
    private static final int WEEK = 7;

    private final List<Promotion> promotions;
    private final ProgramDocument document;
    private final Set<BitSet> seen = new HashSet<>();

    private Candidates(List<Promotion> promotions, ProgramDocument document) {
        this.promotions = promotions;
        this.document = document;
    }

    static void check(ProgramDocument document, Place root, Findings findings) {
        Map<Event, List<Promotion>> byEvent = new LinkedHashMap<>();
        for (Promotion promotion : document.promotions()) {
            if (promotion.when().attributes().isEmpty()) {
                byEvent.computeIfAbsent(promotion.event(), event -> new ArrayList<>())
                        .add(promotion);
            }
        }
        for (List<Promotion> promotions : byEvent.values()) {
            int most = promotions.size() <= MAX ? 0 : new Candidates(promotions, document).most();
            if (most > MAX) {
                findings.error(
                        root.at("promotions"),
                        Finding.Code.OUT_OF_RANGE,
                        "At least " + most + " promotions can hold for the same operation. At most " + MAX
                                + " are allowed: give some of them other times, tiers, partners, stores or channels.");
                return;
            }
        }
    }

    private int most() {
        int most = 0;
        for (LocalDateTime moment : moments()) {
            BitSet open = new BitSet();
            for (int i = 0; i < promotions.size(); i++) {
                open.set(i, isOpen(promotions.get(i).when(), moment));
            }
            if (open.cardinality() > MAX && seen.add(open)) {
                most = Math.max(most, most(open));
            }
        }
        return most;
    }

    private Set<LocalDateTime> moments() {
        Set<LocalDate> days = new LinkedHashSet<>();
        Set<Integer> starts = new TreeSet<>(Set.of(0));
        LocalDate first = document.effectiveFrom() == null
                ? LocalDate.EPOCH
                : LocalDate.ofInstant(document.effectiveFrom(), ZoneOffset.UTC);
        week(first, days);
        for (Promotion promotion : promotions) {
            When when = promotion.when();
            if (when.from() != null) {
                week(when.from().toLocalDate(), days);
            }
            days.addAll(when.dates());
            when.hours().forEach(hours -> starts.add(hours.from()));
        }
        Set<LocalDateTime> moments = new LinkedHashSet<>();
        for (int start : starts) {
            days.stream()
                    .limit(Math.max(1, MAX_MOMENTS / starts.size()))
                    .forEach(day -> moments.add(day.atStartOfDay().plusMinutes(start)));
        }
        for (Promotion promotion : promotions) {
            if (promotion.when().from() != null) {
                moments.add(promotion.when().from());
            }
        }
        return moments;
    }

    private static void week(LocalDate first, Set<LocalDate> days) {
        first.datesUntil(first.plusDays(WEEK)).forEach(days::add);
    }

    private static boolean isOpen(When when, LocalDateTime moment) {
        return (when.from() == null || !moment.isBefore(when.from()))
                && (when.to() == null || moment.isBefore(when.to()))
                && (when.hours().isEmpty()
                        ? isDay(when, moment.toLocalDate())
                        : when.hours().stream().anyMatch(hours -> isWithin(when, hours, moment)));
    }

    private static boolean isWithin(When when, When.Hours hours, LocalDateTime moment) {
        int minute = moment.getHour() * 60 + moment.getMinute();
        LocalDate day = moment.toLocalDate();
        if (!hours.overMidnight()) {
            return minute >= hours.from() && minute < hours.to() && isDay(when, day);
        }
        return (minute >= hours.from() && isDay(when, day)) || (minute < hours.to() && isDay(when, day.minusDays(1)));
    }

    private static boolean isDay(When when, LocalDate day) {
        return accepts(when.dates(), day) && accepts(when.weekdays(), day.getDayOfWeek());
    }

    private static <T> boolean accepts(Set<T> accepted, T value) {
        return accepted.isEmpty() || accepted.contains(value);
    }

    /** Of one tier, with one partner, in the store and the channel that most ask for. */
    private int most(BitSet open) {
        List<When> whens = open.stream().mapToObj(i -> promotions.get(i).when()).toList();
        int most = 0;
        for (String tier : tiers()) {
            for (String partner : partners()) {
                List<When> holding = whens.stream()
                        .filter(when -> accepts(when.tiers(), tier) && accepts(when.partners(), partner))
                        .toList();
                String store = commonest(holding.stream().map(When::stores).toList());
                List<When> there = holding.stream()
                        .filter(when -> accepts(when.stores(), store))
                        .toList();
                String channel = commonest(there.stream().map(When::channels).toList());
                most = Math.max(most, (int) there.stream()
                        .filter(when -> accepts(when.channels(), channel))
                        .count());
            }
        }
        return most;
    }

    private Collection<String> tiers() {
        return document.tiers() == null
                ? List.of("")
                : document.tiers().levels().stream().map(Tiers.Level::id).toList();
    }

    private Collection<String> partners() {
        List<String> partners = new ArrayList<>();
        if (!document.partnerRequired()) {
            partners.add("");
        }
        document.partners().stream().map(Partner::id).forEach(partners::add);
        return partners;
    }

    private static String commonest(List<Set<String>> accepted) {
        Map<String, Integer> counts = new HashMap<>();
        accepted.forEach(values -> values.forEach(value -> counts.merge(value, 1, Integer::sum)));
        return counts.entrySet().stream()
                .max(Map.Entry.<String, Integer>comparingByValue().thenComparing(Map.Entry.comparingByKey()))
                .map(Map.Entry::getKey)
                .orElse("");
    }
}
