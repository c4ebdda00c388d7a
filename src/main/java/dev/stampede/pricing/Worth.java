package dev.stampede.pricing;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The size of a call: a number of points, or the points that an amount of money is worth.
 *
 * @param points null where there is an amount
 * @param money null where the caller stated the number of points
 */
public record Worth(@Nullable Long points, @Nullable Money money) {
    /** How many points the caller said, where he named no amount. */
    long said() {
        return Objects.requireNonNull(points);
    }
}
