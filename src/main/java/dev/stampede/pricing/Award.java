package dev.stampede.pricing;

import dev.stampede.points.Terms;
import java.time.LocalDate;
import java.time.YearMonth;

/**
 * What an earn gives.
 *
 * @param on the day of the lot: the last one on which its points count, in days since 1970-01-01
 * @param matures the day on which they become available, if later
 * @param until to when the two days hold, in ms since the epoch: what is decided then or later has others
 */
public record Award(long points, long on, Long matures, long until, Explanation explanation) {
    /**
     * @param nowMs when it is decided, in ms since the epoch
     * @throws Unpriceable if the program has no price for the amount
     */
    public static Award of(Worth worth, Terms rules, long nowMs) {
        Explanation why =
                worth.money() == null ? Explanation.given(worth.points()) : Explanation.base(worth.money(), rules);
        LocalDate today = Days.at(nowMs);
        return new Award(
                why.points(),
                expiresOn(today, rules).toEpochDay(),
                rules.pendingDays() > 0 ? Long.valueOf(today.toEpochDay() + rules.pendingDays()) : null,
                Days.endOf(today),
                why);
    }

    private static LocalDate expiresOn(LocalDate day, Terms rules) {
        LocalDate on = day.plusMonths(rules.expiryMonths());
        return rules.expiryAtMonthEnd() ? YearMonth.from(on).atEndOfMonth() : on;
    }
}
