package dev.stampede.console;

import dev.stampede.http.problem.ProblemException;
import dev.stampede.program.InForce;
import dev.stampede.program.ProgramBook;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;

/** Days in a row, by the clocks of a programme; both ends belong to them. */
public record Period(LocalDate from, LocalDate to, ZoneId zone, Instant now) {
    static Period last(ProgramBook.Present heard, int days) {
        Period today = today(heard);
        return new Period(today.to.minusDays(days), today.to, today.zone, today.now);
    }

    private static Period today(ProgramBook.Present heard) {
        ZoneId zone =
                heard.found() instanceof InForce.Rules rules ? rules.document().timeZone() : ZoneOffset.UTC;
        Instant now = Instant.ofEpochMilli(heard.nowMs());
        LocalDate today = LocalDate.ofInstant(now, zone);
        return new Period(today, today, zone, now);
    }

    /** @throws ProblemException if one of the texts is no day */
    static Period of(ProgramBook.Present heard, String from, String to) {
        Period today = today(heard);
        try {
            return new Period(LocalDate.parse(from), LocalDate.parse(to), today.zone, today.now);
        } catch (DateTimeException e) {
            throw ProblemException.malformed("from and to are days, such as " + today.to + ".");
        }
    }

    Instant begin() {
        return from.atStartOfDay(zone).toInstant();
    }

    /** After the last day; of today, what is over of it. */
    Instant end() {
        Instant end = to.plusDays(1).atStartOfDay(zone).toInstant();
        return to.equals(LocalDate.ofInstant(now, zone)) && end.isAfter(now) ? now : end;
    }
}
