package dev.stampede.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.time.zone.ZoneOffsetTransition;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "promotion", description = "Promotions, and what they share.")
final class PromotionCommands {
    private static final int MOST_VERSIONS = 100;

    @Command(name = "budget", description = "What is left of budgets, and of the stock of rewards.")
    int budget(@Mixin Session session) {
        List<JsonNode> budgets = new ArrayList<>();
        session.get(session.ofProgram("budgets")).path("items").forEach(budgets::add);
        session.out().table(budgets, "budget=id", "of", "total", "used", "left");
        return Exit.YES;
    }

    @Command(
            name = "pause",
            description = "Ends the window of a promotion now, by the next version of the program, after it was shown"
                    + " what that changes. \"promotion resume\" gives it the window that it had.")
    int pause(
            @Mixin Session session,
            @Parameters(index = "0", paramLabel = "PROMOTION", description = "Its id") String id,
            @Mixin Change change) {
        Publication publication = new Publication(session, session.program());
        ObjectNode newest = publication.newest(change.ifVersion);
        ObjectNode next = newest.deepCopy();
        Instant now = publication.soon(next, newest, change.reason("Pauses the promotion " + id));
        ObjectNode promotion = promotion(next, id);
        LocalDateTime local = closed(now, ZoneId.of(next.path("timeZone").asText()));
        if (isOver(promotion.path("when"), local)) {
            throw new Failure(
                    Exit.NO,
                    "The window of " + id + " is over since "
                            + promotion.path("when").path("to").asText() + ".");
        }
        ObjectNode when = promotion.withObjectProperty("when");
        when.remove(List.of("from", "dates")); // with an end before them it would be no window at all
        when.put("to", local.toString());
        return publication.publish(next.toString(), change.yes);
    }

    @Command(
            name = "resume",
            description = "Gives a promotion the window that it had before it was paused, by the next version of the"
                    + " program, after it was shown what that changes.")
    int resume(
            @Mixin Session session,
            @Parameters(index = "0", paramLabel = "PROMOTION", description = "Its id") String id,
            @Mixin Change change) {
        Publication publication = new Publication(session, session.program());
        ObjectNode newest = publication.newest(change.ifVersion);
        ObjectNode next = newest.deepCopy();
        Instant now = publication.soon(next, newest, change.reason("Resumes the promotion " + id));
        ObjectNode promotion = promotion(next, id);
        LocalDateTime local =
                LocalDateTime.ofInstant(now, ZoneId.of(next.path("timeZone").asText()));
        JsonNode paused = promotion.path("when");
        if (!isOver(paused, local)) {
            throw new Failure(Exit.NO, "The window of " + id + " is not over: it is not paused.");
        }
        JsonNode before = before(publication, newest.path("basedOn").asInt(), id, paused);
        if (isOver(before, local)) {
            throw new Failure(
                    Exit.NO,
                    "Its window before ended at " + before.path("to").asText() + ", too: publish another one.");
        }
        promotion.remove("when");
        if (before.isObject()) {
            promotion.set("when", before);
        }
        return publication.publish(next.toString(), change.yes);
    }

    /** How the next version is published. */
    static final class Change {
        @Option(names = "--if-version", paramLabel = "N", description = "Only if the newest version is this one")
        private @Nullable Integer ifVersion;

        @Option(names = "--reason", paramLabel = "TEXT", description = "Why; without it what is done")
        private @Nullable String reason;

        @Option(
                names = {"-y", "--yes"},
                description = "Does not ask")
        private boolean yes;

        String reason(String otherwise) {
            String said = reason;
            return said == null ? otherwise : said;
        }
    }

    private static ObjectNode promotion(JsonNode document, String id) {
        for (JsonNode each : document.path("promotions")) {
            if (each.path("id").asText().equals(id) && each instanceof ObjectNode promotion) {
                return promotion;
            }
        }
        throw new Failure(Exit.NO, "The newest version has no promotion " + id + ".");
    }

    private static boolean isOver(JsonNode when, LocalDateTime now) {
        return when.path("to").isTextual()
                && !LocalDateTime.parse(when.path("to").asText()).isAfter(now);
    }

    /** The last minute that has begun; in the hour that a clock goes through twice, the minute before that hour. */
    private static LocalDateTime closed(Instant now, ZoneId zone) {
        LocalDateTime local = LocalDateTime.ofInstant(now, zone).truncatedTo(ChronoUnit.MINUTES);
        ZoneOffsetTransition twice = zone.getRules().getTransition(local);
        return twice != null && twice.isOverlap() ? twice.getDateTimeAfter().minusMinutes(1) : local;
    }

    /** The conditions in the newest version that had other ones; missing if it had none. */
    private static JsonNode before(Publication publication, int newest, String id, JsonNode paused) {
        for (int version = newest - 1; version > Math.max(0, newest - 1 - MOST_VERSIONS); version--) {
            JsonNode was = promotion(publication.document(version), id).path("when");
            if (!was.equals(paused)) {
                return was;
            }
        }
        throw new Failure(Exit.NO, "No version before has another window for " + id + ": publish one.");
    }
}
