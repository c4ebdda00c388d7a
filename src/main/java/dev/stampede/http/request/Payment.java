package dev.stampede.http.request;

import dev.stampede.account.Operation;
import dev.stampede.account.Receipt;
import dev.stampede.award.Claim;
import dev.stampede.award.PlainPrice;
import dev.stampede.http.problem.ProblemException;
import dev.stampede.pricing.Cost;
import dev.stampede.pricing.Money;
import dev.stampede.pricing.Worth;
import dev.stampede.rules.Call;
import dev.stampede.rules.CompiledProgram;
import dev.stampede.rules.Minor;
import java.math.BigDecimal;
import java.util.Currency;
import java.util.Objects;
import java.util.stream.Stream;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** What is paid with points: as many as said, an amount above 0, or a reward; and where. */
public record Payment(
        @Schema(
                description = "How many points",
                minimum = Amounts.LEAST_POINTS,
                maximum = Amounts.MOST_POINTS,
                examples = "500")
        @Nullable
        Long points,

        @Schema(
                implementation = String.class,
                description =
                        "What is paid for, instead of `points`: a plain decimal above 0 with no more decimals than"
                                + " the currency has",
                pattern = Amounts.DECIMAL,
                examples = "5.00")
        @Nullable
        BigDecimal amount,

        @Schema(
                implementation = String.class,
                description = "The program's ISO 4217 currency; required with `amount`",
                pattern = Amounts.CURRENCY,
                examples = "EUR")
        @Nullable
        Currency currency,

        @Schema(
                description = "What the member wants, instead of `points` or `amount`: the id of a reward",
                minLength = 1,
                maxLength = 64,
                examples = "coffee")
        @Nullable
        String reward,

        @Schema(
                description = "The partner of the coalition where it happens",
                minLength = 1,
                maxLength = 64,
                examples = "supermarket")
        @Nullable
        String partner,

        @Schema(description = "The store where it happens", minLength = 1, maxLength = 64, examples = "store-17")
        @Nullable
        String store) {
    public Payment {
        if (Stream.of(points, amount, reward).filter(Objects::nonNull).count() != 1) {
            throw ProblemException.malformed("Send exactly one of points, amount and reward.");
        }
        if ((amount != null) != (currency != null)) {
            throw ProblemException.malformed("Send amount and currency together.");
        }
        if (amount != null && amount.signum() == 0) {
            throw Amounts.invalid("amount must be above 0.");
        }
    }

    private static final long MINUTE_MS = 60_000;

    /**
     * What it costs, and why.
     *
     * @param points 0 where there is a claim
     * @param claimed where the member decides what it costs; null where it is known before
     * @param plain what the points pay for; null where there is a claim
     */
    public record Price(
            long points,
            Operation.@Nullable Claimed claimed,
            @Nullable PlainPrice plain,
            Receipt receipt) {}

    /**
     * By the rules in force.
     *
     * @throws dev.stampede.points.Unpriceable if there is no price for the amount, or the partner or the reward is
     *     unknown
     */
    public Price price(AccountCall at, Origin origin) {
        Receipt.Sale place = new Receipt.Sale(partner, store, null, null, null, null);
        CompiledProgram program = at.compiled();
        PlainPrice plain = program.plainPrice();
        if (reward == null && partner == null && plain != null) {
            Worth worth = Amounts.worth(points, amount, currency);
            Cost cost = Cost.of(worth, at.rules(), plain.rule());
            return new Price(
                    cost.points(),
                    null,
                    amount == null ? plain : plain.of(Minor.checked(amount, program.currency())),
                    Receipt.of(origin.channel(), origin.note(), worth.money(), cost.explanation(), place, null));
        }
        Money money = amount == null || currency == null ? null : new Money(amount, currency);
        // no window of a program begins or ends within a minute
        long until = Math.floorDiv(at.nowMs(), MINUTE_MS) * MINUTE_MS + MINUTE_MS;
        return new Price(
                0,
                new Operation.Claimed(withCode(claim(program, money, origin.channel(), at.nowMs()), at), until),
                null,
                Receipt.of(origin.channel(), origin.note(), money, null, place, null));
    }

    /** With a code of its own, if it is made, and the reward has codes. */
    private Claim withCode(Claim claim, AccountCall at) {
        Long until = reward == null || at.dryRun() ? null : at.compiled().codeUntil(reward, at.nowMs());
        return until == null ? claim : claim.with(new Claim.Code(RedemptionCode.next(), until));
    }

    private Claim claim(CompiledProgram program, @Nullable Money money, @Nullable String channel, long nowMs) {
        Call.Place place = new Call.Place(partner, store, channel);
        if (reward != null) {
            return program.claimReward(reward, place, nowMs);
        } else if (money != null) {
            Claim claim = program.claimAmount(money.amount(), place, nowMs);
            money.check(program.currency());
            return claim;
        }
        return program.claimPoints(Objects.requireNonNull(points), place, nowMs);
    }
}
