package dev.stampede.rules;

import dev.stampede.award.Unit;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;

/**
 * A time, and the wall clock in the programme's zone.
 *
 * @param ms since the epoch
 */
record Moment(long ms, LocalDateTime local) {
    static Moment of(long ms, ZoneId zone) {
        return new Moment(ms, LocalDateTime.ofInstant(Instant.ofEpochMilli(ms), zone));
    }

    LocalDate date() {
        return local.toLocalDate();
    }

    /** In days since 1970-01-01. */
    long day() {
        return date().toEpochDay();
    }

    long window(Unit unit) {
        return unit.number(day());
    }
}
