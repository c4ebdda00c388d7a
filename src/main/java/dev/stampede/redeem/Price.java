package dev.stampede.redeem;

import dev.stampede.http.Detail;
import dev.stampede.http.Fields;
import dev.stampede.http.Money;
import dev.stampede.points.Rules;
import java.util.List;

/** What is to be paid with points, at once or through a hold: so many, or what an amount costs. */
public record Price(long points, Money money, String reference, String channel, String note, Rules rules) {
    public static final String[] FIELDS = {"points", "amount", "currency", "reference", "channel", "note"};

    public static Price read(Fields body, Rules rules) {
        Long points = body.points("points");
        Money money = Money.read(body, rules.currency());
        return new Price(
                money == null ? points : money.points(rules::priced),
                money,
                body.text("reference", 255),
                body.text("channel", 64),
                body.text("note", 1000),
                rules);
    }

    public Detail detail() {
        return new Detail(
                channel,
                note,
                null,
                money == null ? null : money.text(),
                money == null ? null : money.currency().getCurrencyCode(),
                money == null ? null : List.of(money.explain("price", rules.redeemRate(), points, "up")),
                null,
                null);
    }
}
