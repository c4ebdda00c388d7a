package dev.stampede.rules;

import dev.stampede.award.Parts;
import dev.stampede.award.Undo;
import java.util.List;
import java.util.Random;
import java.util.function.Function;

/** A way to reverse an earn that is still there: the whole of it, or a part that what is left allows. */
final class RandomReversal {
    private RandomReversal() {}

    static Function<Parts, Undo> of(Random random, Parts parts) {
        long left = parts.shares().stream().mapToLong(Parts.Share::left).sum();
        Parts.By by = parts.soFar().by();
        int kind = by == Parts.By.NOTHING ? random.nextInt(4) : by.ordinal();
        long money = parts.amount() - (by == Parts.By.AMOUNT ? parts.soFar().taken() : 0);
        if (kind == Parts.By.POINTS.ordinal() && left > 0) {
            long points = some(random, left);
            return of -> Returns.points(of, points);
        } else if (kind == Parts.By.AMOUNT.ordinal() && money > 0) {
            long amount = some(random, money);
            return of -> Returns.amount(of, amount);
        } else if (kind == Parts.By.ITEMS.ordinal()) {
            for (int line = 0; line < parts.lines().size(); line++) {
                long back = by == Parts.By.ITEMS ? parts.soFar().lines().get(line) : 0;
                long rest = parts.lines().get(line).thousandths() - back;
                if (rest > 0 && random.nextBoolean()) {
                    long units = random.nextBoolean() ? rest : some(random, rest);
                    int which = line;
                    return of -> Returns.items(of, List.of(new Returns.Returned(which, units)));
                }
            }
        }
        return Returns::whole;
    }

    /** 1 or more, at most {@code most}. */
    private static long some(Random random, long most) {
        return 1 + (long) (random.nextDouble() * (most - 1));
    }
}
