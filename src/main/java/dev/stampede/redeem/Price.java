package dev.stampede.redeem;

import dev.stampede.http.Detail;
import dev.stampede.http.Fields;
import dev.stampede.http.Money;
import dev.stampede.http.ProblemCode;
import dev.stampede.http.ProblemException;
import dev.stampede.points.Rules;
import java.util.List;

/**
 * What is to be paid with points, at once or through a hold: so many, or what an amount costs.
 *
 * @param money the amount, null where the caller said how many points
 */
public record Price(long points, Money money, Rules rules) {
    public static Price read(Fields body, Rules rules) {
        Long points = body.points("points");
        Money money = Money.read(body, rules.currency());
        if (money != null && money.amount().signum() == 0) {
            throw new ProblemException(ProblemCode.INVALID_AMOUNT, "amount is 0");
        }
        return new Price(money == null ? points : money.points(rules::priced), money, rules);
    }

    public String detail(String channel, String note) {
        return new Detail(
                        channel,
                        note,
                        null,
                        money == null ? null : money.text(),
                        money == null ? null : money.currency().getCurrencyCode(),
                        money == null ? null : List.of(money.explain("price", rules.redeemRate(), points, "up")),
                        null,
                        null)
                .text();
    }
}
