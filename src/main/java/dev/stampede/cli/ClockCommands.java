package dev.stampede.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(name = "clock", description = "The clock of a sandbox, which stands still until it is moved.")
final class ClockCommands {

    @Command(name = "show", description = "Where it stands.")
    int show(@Mixin Session session) {
        return told(session, session.get(session.ofProgram("clock")));
    }

    @Command(name = "set", description = "Moves it forwards to a time.")
    int set(
            @Mixin Session session,
            @Parameters(index = "0", paramLabel = "TIME", description = "Such as 2027-01-01T05:00:00Z") String time) {
        return told(session, moved(session, time));
    }

    @Command(name = "advance", description = "Moves it forwards by a duration.")
    int advance(
            @Mixin Session session,
            @Parameters(index = "0", paramLabel = "DURATION", description = "Such as 90s, 15m, 2h, 30d or P1DT12H")
                    String duration) {
        Duration by = duration(duration);
        Instant now = Instant.parse(
                session.get(session.ofProgram("clock")).path("now").asText());
        return told(session, moved(session, now.plus(by).toString()));
    }

    private static JsonNode moved(Session session, String time) {
        return session.send("PUT", session.ofProgram("clock"), Session.body().put("now", time));
    }

    private static int told(Session session, JsonNode clock) {
        session.out().object(clock, "now");
        return Exit.YES;
    }

    /** @throws Failure unless it is one of the forms that the command describes */
    static Duration duration(String text) {
        String upper = text.toUpperCase(Locale.ROOT);
        try {
            return Duration.parse(upper.startsWith("P") ? upper : upper.endsWith("D") ? "P" + upper : "PT" + upper);
        } catch (DateTimeParseException e) {
            throw new Failure(Exit.UNCLEAR, "A duration looks like 90s, 15m, 2h, 30d or P1DT12H.");
        }
    }
}
