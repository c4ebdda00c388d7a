package dev.stampede.http.request;

import dev.stampede.http.problem.ProblemCode;
import dev.stampede.http.problem.ProblemException;
import dev.stampede.points.PointLimits;
import dev.stampede.pricing.Money;
import dev.stampede.pricing.Worth;
import java.math.BigDecimal;
import java.util.Currency;
import org.jspecify.annotations.Nullable;

/**
 * The bounds of points and of amounts in requests, and how the two exclude each other. {@link BodyReader} checks what
 * the annotations say that use them.
 */
public final class Amounts {
    public static final String LEAST_POINTS = "1";
    public static final String MOST_POINTS = "" + PointLimits.MAX_PER_OPERATION;

    /** Of points that may be taken as well. */
    public static final String MOST_TAKEN = "-" + PointLimits.MAX_PER_OPERATION;

    /** A plain decimal below 10^15. How many decimals it may have is the currency's; the rest are zeros. */
    public static final String DECIMAL = "^(0|[1-9][0-9]{0,14})(\\.[0-9]{1,6})?$";

    /** ISO 4217. */
    public static final String CURRENCY = "^[A-Z]{3}$";

    private Amounts() {}

    /** Refuses all but either points, or an amount with its currency. */
    static void check(@Nullable Long points, @Nullable BigDecimal amount, @Nullable Currency currency) {
        if ((points != null) == (amount != null)) {
            throw ProblemException.malformed("Send either points or amount, not both.");
        }
        if ((amount != null) != (currency != null)) {
            throw ProblemException.malformed("Send amount and currency together.");
        }
    }

    /** What was checked. */
    static Worth worth(@Nullable Long points, @Nullable BigDecimal amount, @Nullable Currency currency) {
        return new Worth(points, amount == null || currency == null ? null : new Money(amount, currency));
    }

    public static ProblemException invalid(String detail) {
        return new ProblemException(ProblemCode.INVALID_AMOUNT, detail);
    }
}
