package dev.stampede.pricing;

import dev.stampede.points.LocalDay;
import dev.stampede.points.Terms;
import dev.stampede.points.Unpriceable;
import java.time.LocalDate;
import java.time.YearMonth;
import java.time.ZoneId;
import org.jspecify.annotations.Nullable;

/**
 * What an earn gives.
 *
 * @param on the day of the lot: the last day on which the points count, in days since 1970-01-01
 * @param matures the day on which the points become available, if not at once
 * @param until when the two days stop being valid, in ms since the epoch: an earn decided at or after this time gets
 *     other days
 */
public record Award(long points, long on, @Nullable Long matures, long until, Calculation explanation) {
    /**
     * The stated points, or the amount times {@link Terms#earnRate}, rounded down.
     *
     * @param nowMs the time of the decision, in ms since the epoch
     * @param zone the program's
     * @throws Unpriceable if the program has no price for the amount
     */
    public static Award of(Worth worth, Terms rules, long nowMs, ZoneId zone) {
        Calculation why =
                worth.money() == null ? Calculation.given(worth.said()) : Calculation.base(worth.money(), rules);
        LocalDate today = LocalDate.ofEpochDay(LocalDay.number(nowMs, zone));
        return new Award(
                why.points(),
                expiresOn(today, rules).toEpochDay(),
                rules.pendingDays() > 0 ? Long.valueOf(today.toEpochDay() + rules.pendingDays()) : null,
                LocalDay.start(today.toEpochDay() + 1, zone),
                why);
    }

    private static LocalDate expiresOn(LocalDate day, Terms rules) {
        LocalDate on = day.plusMonths(rules.expiryMonths());
        return rules.expiryAtMonthEnd() ? YearMonth.from(on).atEndOfMonth() : on;
    }
}
