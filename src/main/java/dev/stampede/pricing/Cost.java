package dev.stampede.pricing;

import dev.stampede.points.Terms;
import dev.stampede.points.Unpriceable;
import org.jspecify.annotations.Nullable;

/**
 * A payment with points, at once or through a hold.
 *
 * @param explanation null where the caller stated the number of points
 */
public record Cost(long points, @Nullable Calculation explanation) {
    /**
     * @param rule the id of the redeem rule that says what an amount costs
     * @throws Unpriceable if the program has no price for the amount
     */
    public static Cost of(Worth worth, Terms rules, String rule) {
        if (worth.money() == null) {
            return new Cost(worth.said(), null);
        }
        Calculation why = Calculation.price(worth.money(), rules, rule);
        return new Cost(why.points(), why);
    }
}
