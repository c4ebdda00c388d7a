package dev.stampede.chaos;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** What was done to the system, what it answered, and what the judge says: as Markdown. */
final class Report {
    private final List<Long> seeds = new ArrayList<>();
    private final Map<String, List<Long>> recoveries = new TreeMap<>();
    private final Map<String, Map<String, Long>> answers = new TreeMap<>();
    private final List<Violation> violations = new ArrayList<>();
    private long accounts;
    private long operations;
    private long calls;
    private long reads;
    private long excusedReads;
    private long events;
    private long excusedEvents;
    private long ofTheNextRelease;
    private long leftToTheNextRelease;
    private long callsOfSurvivors;
    private long failedOfSurvivors;
    private long unitsUsed;
    private long shortages;

    Report(long... seeds) {
        for (long seed : seeds) {
            this.seeds.add(seed);
        }
    }

    /** @param together whether others were inflicted at the same time */
    void fault(String kind, long recoveredMs, boolean together) {
        recoveries
                .computeIfAbsent(together ? kind + ", with another" : kind, k -> new ArrayList<>())
                .add(recoveredMs);
    }

    /** What the other gateways were asked while one was away, and how much of it they did not answer. */
    void survivors(long calls, long failed) {
        callsOfSurvivors += calls;
        failedOfSurvivors += failed;
    }

    void call(Call call) {
        calls++;
        if (Client.OF_A_NEWER_RELEASE.equals(call.told().code())) {
            leftToTheNextRelease++;
        }
        String answer = switch (call.told().outcome()) {
            case OK -> call.told().replayed() ? "ok again" : "ok";
            case DECLINED -> "declined";
            case REFUSED -> "refused";
            case UNKNOWN -> "unknown";
        };
        answers.computeIfAbsent(
                        call.kind().name().toLowerCase(java.util.Locale.ROOT).replace('_', ' '), k -> new TreeMap<>())
                .merge(answer, 1L, Long::sum);
    }

    void judged(Chain chain, Judge.Verdict verdict) {
        accounts++;
        operations += chain.links().size();
        reads += verdict.reads();
        excusedReads += verdict.excusedReads();
        events += verdict.events();
        excusedEvents += verdict.excusedEvents();
        ofTheNextRelease +=
                chain.links().stream().filter(link -> link.stars() > 0).count();
    }

    /** What members shared, and how often it was too little. */
    void shared(SharedTotals totals) {
        unitsUsed += totals.unitsUsed();
        shortages += totals.shortages();
    }

    /** How often somebody was told that too little was left. */
    long shortages() {
        return shortages;
    }

    long unitsUsed() {
        return unitsUsed;
    }

    void violations(List<Violation> found) {
        violations.addAll(found);
    }

    List<Violation> violations() {
        return violations;
    }

    long calls() {
        return calls;
    }

    /** Balances that were asked for and judged, of all, from 0 to 1. */
    double judgedReads() {
        return reads == 0 ? 0 : 1 - (double) excusedReads / reads;
    }

    long events() {
        return events;
    }

    /** Events that were right, or had to be, of all, from 0 to 1. */
    double judgedEvents() {
        return events == 0 ? 0 : 1 - (double) excusedEvents / events;
    }

    /** Operations in the ledger that are stored as only the next release reads them. */
    long ofTheNextRelease() {
        return ofTheNextRelease;
    }

    /** Calls that this release left to the next one, since that had written their accounts. */
    long leftToTheNextRelease() {
        return leftToTheNextRelease;
    }

    /** Of what others were asked while one gateway was away, the part that was left unanswered, from 0 to 1. */
    double failedOfSurvivors() {
        return callsOfSurvivors == 0 ? 1 : (double) failedOfSurvivors / callsOfSurvivors;
    }

    /** The kinds of faults that were inflicted by themselves. */
    Set<String> kinds() {
        return recoveries.keySet();
    }

    int faults() {
        return recoveries.values().stream().mapToInt(List::size).sum();
    }

    void add(Report other) {
        seeds.addAll(other.seeds);
        other.recoveries.forEach((kind, times) ->
                recoveries.computeIfAbsent(kind, k -> new ArrayList<>()).addAll(times));
        other.answers.forEach((kind, counts) -> counts.forEach((answer, count) ->
                answers.computeIfAbsent(kind, k -> new TreeMap<>()).merge(answer, count, Long::sum)));
        violations.addAll(other.violations);
        accounts += other.accounts;
        operations += other.operations;
        calls += other.calls;
        reads += other.reads;
        excusedReads += other.excusedReads;
        events += other.events;
        excusedEvents += other.excusedEvents;
        ofTheNextRelease += other.ofTheNextRelease;
        leftToTheNextRelease += other.leftToTheNextRelease;
        callsOfSurvivors += other.callsOfSurvivors;
        failedOfSurvivors += other.failedOfSurvivors;
        unitsUsed += other.unitsUsed;
        shortages += other.shortages;
    }

    String markdown() {
        StringBuilder out = new StringBuilder(4096);
        out.append("Seeds ").append(seeds).append(": ");
        out.append(String.format(
                "%d faults, %,d calls judged, %,d operations in the ledgers of %,d accounts, **%d violations**.%n%n",
                faults(), calls, operations, accounts, violations.size()));
        out.append("| fault | times | recovery, median ms | worst ms |\n|---|--:|--:|--:|\n");
        recoveries.forEach((kind, times) -> out.append(row(kind, times)));
        out.append(row(
                "**all**", recoveries.values().stream().flatMap(List::stream).toList()));
        out.append("\n| call | ok | ok again | declined | refused | unknown |\n|---|--:|--:|--:|--:|--:|\n");
        answers.forEach((kind, counts) -> {
            out.append("| ").append(kind);
            for (String answer : List.of("ok", "ok again", "declined", "refused", "unknown")) {
                out.append(String.format(" | %,d", counts.getOrDefault(answer, 0L)));
            }
            out.append(" |\n");
        });
        out.append(String.format(
                "%nWhile one gateway was away, the others were asked %,d times, and left %,d unanswered or for"
                        + " later.%n",
                callsOfSurvivors, failedOfSurvivors));
        out.append(String.format(
                "%n%,d of %,d balances were read while Redis might lie, and not judged.%n", excusedReads, reads));
        out.append(String.format(
                "%nStreams told %,d events; %,d told, while Redis might lie, what never was.%n",
                events, excusedEvents));
        out.append(String.format(
                "%n%,d operations are stored as only the next release reads them; %,d calls were left to it for"
                        + " that.%n",
                ofTheNextRelease, leftToTheNextRelease));
        out.append(String.format(
                "%nOf budgets and stock %,d units are used; %,d times too little was left.%n", unitsUsed, shortages));
        violations.forEach(violation -> out.append("\n- ").append(violation));
        return out.toString();
    }

    private static long median(List<Long> sorted) {
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }

    private static String row(String kind, List<Long> times) {
        List<Long> sorted = times.stream().sorted().toList();
        return sorted.isEmpty()
                ? ""
                : String.format(
                        "| %s | %d | %,d | %,d |%n",
                        kind, sorted.size(), median(sorted), sorted.get(sorted.size() - 1));
    }
}
