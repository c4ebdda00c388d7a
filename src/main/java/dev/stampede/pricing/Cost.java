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
    /** @throws Unpriceable if the program has no price for the amount */
    public static Cost of(Worth worth, Terms rules) {
        if (worth.money() == null) {
            return new Cost(worth.said(), null);
        }
        Calculation why = Calculation.price(worth.money(), rules);
        return new Cost(why.points(), why);
    }
}
