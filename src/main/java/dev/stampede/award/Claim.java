package dev.stampede.award;

import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A payment with points, before the member's state is known.
 *
 * @param reward the reward that is asked for; null for a number of points or an amount
 * @param options of which the first holds that suits the member
 * @param caps the limits of the reward
 * @param limits what a member may redeem in the programme
 * @param stock of the reward; null where it has no end
 * @param decimals how many decimals the currency has, of which {@code value} counts the last one
 * @param code that a till can use up once, if the payment is made; null where none is made
 */
public record Claim(
        @Nullable String reward,
        List<Option> options,
        List<Cap> caps,
        List<Cap> limits,
        @Nullable Shared stock,
        long decimals,
        long today,
        long backdateDays,
        LevelRules levels,
        @Nullable Code code) {
    /** Instead of points: only who has it as a gift can have it. */
    public static final long ONLY_AS_GIFT = -2;

    public Claim {
        options = List.copyOf(options);
        caps = List.copyOf(caps);
        limits = List.copyOf(limits);
    }

    public Claim(
            @Nullable String reward,
            List<Option> options,
            List<Cap> caps,
            List<Cap> limits,
            long decimals,
            long today,
            long backdateDays,
            LevelRules levels) {
        this(reward, options, caps, limits, null, decimals, today, backdateDays, levels, null);
    }

    /** The same with another code. */
    public Claim with(@Nullable Code made) {
        return new Claim(reward, options, caps, limits, stock, decimals, today, backdateDays, levels, made);
    }

    /**
     * A redemption code.
     *
     * @param until when it stops being valid, in ms since the epoch
     */
    public record Code(String text, long until) {
        /** Without the text: whoever knows it gets the reward. */
        @Override
        public String toString() {
            return "Code[until=" + until + "]";
        }
    }

    /** The same claim with what is known of the stock. */
    public Claim sharing(UnaryOperator<Shared> known) {
        return stock == null
                ? this
                : new Claim(
                        reward, options, caps, limits, known.apply(stock), decimals, today, backdateDays, levels, code);
    }

    /** Whether nothing is left of the reward. */
    public boolean isOut() {
        return stock != null && stock.left() != null && stock.left() < 1;
    }

    /**
     * A price.
     *
     * @param rule the id of the redeem rule, or of the reward
     * @param points for each level; {@link Candidate#NOT} where members of the level can't have it, {@link
     *     #ONLY_AS_GIFT} where they can't have it for points
     * @param value money; null where the reward has none
     * @param rate of a redeem rule; null of a reward
     * @param denial why it is nothing to pay with; null if it is
     */
    public record Option(
            String rule,
            List<Long> points,
            @Nullable Long value,
            @Nullable Rate rate,
            @Nullable Denial denial,
            Needs needs) {
        public Option {
            points = List.copyOf(points);
        }
    }

    /**
     * What points are worth.
     *
     * @param value money for so many points
     */
    public record Rate(long points, long value) {}
}
