package dev.stampede.document;

import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.List;

/**
 * A company of a coalition, with rates of its own.
 *
 * @param name for the member; the id if the document has no name
 * @param earn used instead of the programme's where an operation names the partner
 * @param redeem used instead of the programme's where an operation names the partner
 */
public record Partner(String id, String name, List<EarnRule> earn, List<RedeemRule> redeem, Settlement settlement) {
    public Partner {
        earn = List.copyOf(earn);
        redeem = List.copyOf(redeem);
    }

    /**
     * What the partner pays for points that he issues and gets for points that he accepts, settled each month.
     *
     * @param issue in the order of their days
     * @param accept in the order of their days
     */
    public record Settlement(List<Price> issue, List<Price> accept) {
        public Settlement {
            issue = List.copyOf(issue);
            accept = List.copyOf(accept);
        }
    }

    /**
     * @param from the first day of the price, to the day before the next price's
     * @param price money per point, in the programme's currency
     */
    public record Price(LocalDate from, BigDecimal price) {}
}
