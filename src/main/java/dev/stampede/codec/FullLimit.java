package dev.stampede.codec;

import dev.stampede.award.Cap;
import dev.stampede.award.Claim;
import dev.stampede.award.Counter;
import dev.stampede.points.LocalDay;
import java.time.Instant;
import java.time.ZoneId;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The limit that had no room for a payment. Its JSON, which Lua writes, too, is stored with the declined payment.
 *
 * @param counter of the limit, in the window that was full
 */
public record FullLimit(Counter counter) {
    public String write() {
        return new JsonOut()
                .open('{')
                .field("full", RuleText.key(counter))
                .close('}')
                .toString();
    }

    /** @throws IllegalArgumentException if the text was not made by {@link #write} or by Lua */
    public static FullLimit read(String text) {
        return JsonIn.read(
                text,
                json -> new FullLimit(RuleText.counter(json.get("full").text().split(" ", -1))));
    }

    /** As callers see it: the id of a limit of the program, or what has the limit. */
    public String name() {
        String name = counter.name();
        return name.startsWith(Counter.OF_PROGRAM)
                ? name.substring(Counter.OF_PROGRAM.length())
                : name.replaceAll("\\.[0-9]+$", "");
    }

    /** When its window is over, by the days of that zone; null if that is not known. */
    public @Nullable Instant resetsAt(ZoneId zone) {
        return switch (counter.unit()) {
            case DAY, WEEK, MONTH, YEAR ->
                Instant.ofEpochMilli(LocalDay.start(counter.unit().lastDay(counter.number()) + 1, zone));
            case OPERATION, BIRTHDAY, EVER -> null;
        };
    }

    /** Whether it is one of the limits of the claim. */
    public boolean isOf(Claim claim) {
        return Stream.concat(claim.caps().stream(), claim.limits().stream()).anyMatch(this::isOf);
    }

    private boolean isOf(Cap cap) {
        return counter.equals(cap.counter(counter.number()));
    }
}
