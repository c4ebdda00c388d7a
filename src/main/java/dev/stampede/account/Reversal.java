package dev.stampede.account;

import dev.stampede.award.Award;
import dev.stampede.award.Parts;
import dev.stampede.award.Undo;
import dev.stampede.codec.PartsText;
import dev.stampede.points.Refusal;
import dev.stampede.points.Unpriceable;
import dev.stampede.pricing.Money;
import dev.stampede.rules.Minor;
import dev.stampede.rules.Returns;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Currency;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the reversal of an earn takes back, computed from what is left of the earn's parts. It is valid as long as no
 * other operation undoes the same earn: the Lua library and Postgres check how many have.
 *
 * @param undo null if it is refused
 * @param points how many of the earn's points it undoes; 0 if it is refused
 * @param refused why what is left does not allow it; null if it does
 */
public record Reversal(
        @Nullable Undo undo, long points, @Nullable Refusal refused) {
    private static final BigDecimal THOUSAND = BigDecimal.valueOf(1000);
    private static final long ONE_UNIT = 1000;
    /** Of what is left of an earn, in ASCII, which the ledger stores with the reversal. */
    private static final int MOST_CHARACTERS = 4096;

    /**
     * How much is to be undone: all that is left if nothing is said.
     *
     * @param points 1 or more
     * @param amount above 0
     * @param items lines of the purchase; empty if none are named
     */
    public record Asked(@Nullable Long points, @Nullable Money amount, List<Returns.Returned> items) {
        public static final Asked ALL = new Asked(null, null, List.of());

        public Asked {
            items = List.copyOf(items);
        }

        public static Asked points(@Nullable Long points) {
            return new Asked(points, null, List.of());
        }

        boolean isByShare() {
            return amount != null || !items.isEmpty();
        }
    }

    /**
     * Null where only points can be undone: of an earn without parts that is reversed by points, or of no earn.
     *
     * @throws Unpriceable if the amount is not in the currency of the purchase
     */
    static @Nullable Reversal of(TargetFacts target, Asked asked) {
        boolean isEarn = OperationType.EARN.code().equals(target.type()) && !target.declined();
        if (!isEarn) {
            return asked.isByShare() ? new Reversal(null, 0, Refusal.REVERSE_EXCEEDS_ORIGINAL) : null;
        }
        if (target.parts() == null && !asked.isByShare()) {
            return null;
        }
        Parts parts = target.parts() == null ? plain(target) : still(target, PartsText.read(target.parts()));
        long amount = asked.amount == null ? 0 : minor(asked.amount, target.receipt());
        try {
            Undo undo = undo(parts, asked, amount);
            return new Reversal(storable(undo), left(parts) - left(undo.left()), null);
        } catch (Unpriceable e) {
            return new Reversal(null, 0, Refusal.of(e.why().code()));
        }
    }

    /** The same for the void of a call: all that is left; null where nothing is. */
    static @Nullable Reversal ofRest(TargetFacts target) {
        Reversal rest = of(target, Asked.ALL);
        return rest == null || rest.undo == null ? null : rest;
    }

    private static Undo undo(Parts parts, Asked asked, long amount) {
        if (asked.points != null) {
            return Returns.points(parts, asked.points);
        } else if (asked.amount != null) {
            return Returns.amount(parts, amount);
        }
        return asked.items.isEmpty() ? Returns.whole(parts) : Returns.items(parts, asked.items);
    }

    /** In the smallest unit of the purchase's currency, which the program may have changed since. */
    private static long minor(Money amount, Receipt purchase) {
        String currency = purchase.known().currency();
        if (currency != null && !currency.equals(amount.currency().getCurrencyCode())) {
            throw new Unpriceable(
                    Unpriceable.Why.CURRENCY_MISMATCH,
                    "The currency of the purchase is " + currency + ", not " + amount.currency() + ".");
        }
        return Minor.checked(amount.amount(), amount.currency());
    }

    /**
     * The parts of an earn of which more has been undone since: by the release before, which knows only points, and
     * only of earns that have one part.
     */
    private static Parts still(TargetFacts target, Parts parts) {
        long undone = left(parts) - (target.points() - target.reversed());
        if (undone <= 0) {
            return parts;
        }
        List<Parts.Share> shares = new ArrayList<>(parts.shares());
        for (int i = shares.size() - 1; i >= 0; i--) {
            long part = Math.min(undone, shares.get(i).left());
            shares.set(i, shares.get(i).left(shares.get(i).left() - part));
            undone -= part;
        }
        Parts.SoFar before = parts.soFar();
        return new Parts(
                parts.amount(),
                parts.eligible(),
                shares,
                parts.period(),
                parts.measures(),
                parts.limits(),
                parts.steps(),
                parts.lines(),
                new Parts.SoFar(
                        before.by(),
                        before.whole() || target.points() == target.reversed(),
                        before.by() == Parts.By.POINTS ? target.reversed() : before.taken(),
                        before.lines()));
    }

    /** Without what no later reversal needs, if there is more left to tell than can be stored. */
    private static Undo storable(Undo undo) {
        Parts left = undo.left();
        boolean byItems = left.soFar().by() == Parts.By.ITEMS;
        if ((byItems && !undo.whole()) || PartsText.write(left).length() <= MOST_CHARACTERS) {
            return undo;
        }
        Parts less = new Parts(
                left.amount(),
                left.eligible(),
                undo.whole() ? List.of() : left.shares(),
                undo.whole() ? null : left.period(),
                undo.whole() ? List.of() : left.measures(),
                undo.whole() ? List.of() : left.limits(),
                undo.whole() ? List.of() : left.steps(),
                List.of(),
                new Parts.SoFar(left.soFar().by(), undo.whole(), left.soFar().taken(), List.of()));
        return new Undo(
                undo.whole(), undo.takes(), undo.less(), undo.period(), undo.uses(), undo.gifts(), undo.backs(), less);
    }

    private static long left(Parts parts) {
        return parts.shares().stream().mapToLong(Parts.Share::left).sum();
    }

    /** The parts of an earn whose points depended on the amount alone: none were stored. */
    private static Parts plain(TargetFacts target) {
        Receipt.Contents told = target.receipt().contents();
        long amount = told.amount() == null || told.currency() == null ? 0 : minor(told.amount(), told.currency());
        String rule =
                told.explanation() == null ? "base" : told.explanation().get(0).rule();
        Parts.Share base = new Parts.Share(
                rule,
                Parts.Kind.SHARE,
                target.points(),
                target.points(),
                target.points() - target.reversed(),
                0,
                false,
                Parts.Counting.NOT,
                List.of(),
                null,
                0);
        boolean isWhole = target.steps() > 0 && target.reversed() == target.points();
        Parts.By by = target.steps() == 0 ? Parts.By.NOTHING : Parts.By.POINTS;
        return new Parts(
                amount,
                amount,
                List.of(base),
                null,
                List.of(),
                List.of(),
                List.of(),
                told.items() == null || told.currency() == null
                        ? List.of()
                        : lines(told.items(), amount, told.currency()),
                new Parts.SoFar(by, isWhole, target.reversed(), List.of()));
    }

    private static List<Award.Line> lines(List<Receipt.Item> items, long amount, String currency) {
        List<Award.Line> lines = new ArrayList<>();
        long rest = amount;
        for (Receipt.Item item : items) {
            long minor = item.amount() == null ? 0 : minor(item.amount(), currency);
            long thousandths = item.quantity() == null
                    ? ONE_UNIT
                    : new BigDecimal(item.quantity()).multiply(THOUSAND).longValue();
            lines.add(new Award.Line(Math.max(0, minor), Math.max(1, thousandths), 0));
            rest -= minor;
        }
        if (rest > 0) {
            lines.add(new Award.Line(rest, ONE_UNIT, 0));
        }
        return lines;
    }

    private static long minor(String amount, String currency) {
        int decimals = Math.max(0, Currency.getInstance(currency).getDefaultFractionDigits());
        return new BigDecimal(amount).movePointRight(decimals).longValue();
    }
}
