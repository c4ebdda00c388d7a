package dev.stampede.redeem;

import dev.stampede.http.problem.ProblemCode;
import dev.stampede.http.problem.ProblemException;
import dev.stampede.http.request.Fields;
import dev.stampede.http.request.Money;
import dev.stampede.http.view.Detail;
import dev.stampede.points.Rules;
import java.util.List;

/**
 * What is to be paid with points, at once or through a hold: so many, or what an amount costs.
 *
 * @param money the amount, null where the caller said how many points
 */
public record Price(long points, Money money, Rules rules) {
    /** What a body asks for; what that costs are the program's rules. */
    public record Asked(Long points, Money money) {
        /** @throws ProblemException if the program has no such price */
        public Price by(Rules rules) {
            return new Price(money == null ? points : money.in(rules.currency()).points(rules::priced), money, rules);
        }
    }

    public static Asked read(Fields body) {
        Long points = body.points("points");
        Money money = Money.read(body);
        if (money != null && money.amount().signum() == 0) {
            throw new ProblemException(ProblemCode.INVALID_AMOUNT, "amount is 0");
        }
        return new Asked(points, money);
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
