package dev.stampede.program;

import dev.stampede.document.ProgramDocument;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Versions of one program, as far as they were in force in some period of the past. */
public final class Timeline {
    private final List<Edition> editions;
    private final Map<Integer, Edition> byNumber;

    private Timeline(List<Edition> editions) {
        this.editions = editions;
        this.byNumber = editions.stream()
                .collect(Collectors.toMap(edition -> edition.key().version(), Function.identity()));
    }

    /**
     * A version as the database has it.
     *
     * @param fromMs when it took effect, in ms since the epoch
     * @param corrects the version that it replaces also for the past; null if none
     * @param publishedMs when it was published, by the real clock, in ms since the epoch
     */
    public record Row(int version, long fromMs, @Nullable Integer corrects, long publishedMs, String document) {}

    public static Timeline of(String program, List<Row> rows) {
        return new Timeline(rows.stream()
                .sorted(Comparator.comparingInt(Row::version))
                .map(row -> Edition.of(
                        new Edition.Key(program, row.version, row.publishedMs), row.fromMs, row.corrects, row.document))
                .toList());
    }

    /** A document that is not published, as the version after all others. */
    public static InForce.Rules draft(ProgramDocument document) {
        return Edition.rules(Integer.MAX_VALUE, Instant.EPOCH, document);
    }

    /**
     * What was in force at that time. The clock of a sandbox stands still: so an instant of it can have one version
     * first, and another later.
     *
     * @param ms the time, in ms since the epoch
     * @param realMs the same by the real clock
     */
    public InForce at(long ms, long realMs) {
        List<Edition> published = editions.stream()
                .filter(edition -> edition.key().publishedAt() <= realMs)
                .toList();
        Edition found = Edition.inForce(published, ms, ms);
        return found == null ? InForce.Not.THERE : found.rules();
    }

    public InForce version(int number) {
        Edition found = byNumber.get(number);
        return found == null ? InForce.Not.THERE : found.rules();
    }
}
