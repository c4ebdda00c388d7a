package dev.stampede.http.view;

import dev.stampede.account.AccountId;
import dev.stampede.account.Image;
import dev.stampede.account.SealedOperation;
import dev.stampede.points.Lot;
import dev.stampede.points.MemberPoints;
import dev.stampede.points.PointLimits;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** A member's points at a point in time. */
@Schema(name = "Balance", description = "A member's points. Amounts are whole points.")
public record BalanceView(
        @Schema(description = "The account's id", examples = "m-1")
        String account,

        @Schema(
                description = "Points that can be redeemed now",
                minimum = "0",
                maximum = "" + PointLimits.MAX,
                examples = "1200")
        long available,

        @Schema(
                description = "Points set aside by holds",
                minimum = "0",
                maximum = "" + PointLimits.MAX,
                examples = "300")
        long held,

        @Schema(
                description = "Points earned that are not available yet",
                minimum = "0",
                maximum = "" + PointLimits.MAX,
                examples = "50")
        long pending,

        @Schema(
                description = "Points owed. New points pay the debt first; `available` is 0 as long as there is a debt",
                minimum = "0",
                maximum = "" + PointLimits.MAX,
                examples = "0")
        long debt,

        @Schema(
                description = "All points ever earned, less those of reversed earns",
                minimum = "0",
                maximum = "" + PointLimits.MAX,
                examples = "5000")
        long lifetimeEarned,

        @Schema(description = "The lots of `available`, those that expire first come first")
        List<LotView> expiring,

        @Schema(
                description = "Number of the account's operations, including declined ones",
                minimum = "0",
                examples = "17")
        long version,

        @Schema(description = "The time of this balance (RFC 3339, UTC)")
        Instant asOf) {

    /**
     * The balance at {@code nowMs}, with the changes that time alone has made since the image.
     *
     * @param zone the program's
     */
    public static BalanceView of(AccountId account, Image image, long nowMs, ZoneId zone) {
        return of(account, image, image.state().at(nowMs, zone), nowMs);
    }

    /**
     * The balance after an operation; one that was declined has not recorded the changes by time.
     *
     * @param zone the program's; null while it cannot be read: then without those changes
     */
    public static BalanceView after(SealedOperation operation, @Nullable ZoneId zone) {
        Image image = operation.image();
        MemberPoints state = zone == null ? image.state() : image.state().at(operation.at(), zone);
        return of(operation.account(), image, state, operation.at());
    }

    private static BalanceView of(AccountId account, Image image, MemberPoints state, long nowMs) {
        return new BalanceView(
                account.id(),
                state.available(),
                state.held(),
                state.pending(),
                state.debt(),
                state.lifetime(),
                LotView.byDay(state.lots()),
                image.version(),
                Instant.ofEpochMilli(nowMs));
    }

    /** Points that expire together. */
    @Schema(name = "Lot", description = "Points that expire together.")
    public record LotView(
            @Schema(
                    description = "Number of points; negative where a movement takes points out of the lot",
                    examples = "200")
            long points,

            @Schema(description = "The last day on which the points count, in the program's time zone")
            LocalDate on) {
        /** Lots merged by their day, regardless of the day that their earns had given them. */
        static List<LotView> byDay(List<Lot> lots) {
            List<LotView> days = new ArrayList<>(lots.size());
            for (Lot lot : lots) {
                LotView last = days.isEmpty() ? null : days.get(days.size() - 1);
                if (last == null || last.on().isBefore(lot.on())) {
                    days.add(new LotView(lot.points(), lot.on()));
                } else if (last.on().equals(lot.on())) {
                    days.set(days.size() - 1, new LotView(last.points() + lot.points(), last.on()));
                } else {
                    return byDay(
                            lots.stream().sorted(Comparator.comparing(Lot::on)).toList());
                }
            }
            return days;
        }
    }
}
