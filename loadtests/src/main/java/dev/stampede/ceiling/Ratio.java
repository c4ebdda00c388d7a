package dev.stampede.ceiling;

import java.util.List;
import java.util.stream.Stream;

/**
 * Of the rates of two cells.
 *
 * @param target that it should reach; 0 if there is none
 */
record Ratio(String of, String to, double target) {
    Ratio(String of, String to) {
        this(of, to, 0);
    }

    /** B / A, of every cell that two builds have. */
    static final List<Ratio> OF_BUILDS = Stream.of("earn", "redeem", "mixed", "balance", "hot")
            .map(kind -> new Ratio("B: gateway " + kind, "gateway " + kind))
            .toList();

    /** To what bounds it. */
    static final List<Ratio> TO_CEILINGS = List.of(
            new Ratio("gateway earn", "propose-only earn"),
            new Ratio("gateway redeem", "propose-only redeem"),
            new Ratio("gateway earn", "one-transaction earn"),
            new Ratio("gateway redeem", "one-transaction redeem"),
            new Ratio("gateway hot", "one-transaction hot"),
            new Ratio("gateway earn", "pgbench statements"),
            new Ratio("gateway earn", "pgbench function"),
            new Ratio("gateway hot", "pgbench statements hot"),
            new Ratio("gateway hot", "pgbench function hot"),
            new Ratio("gateway earn", "seal 64"),
            new Ratio("propose-only earn", "http earn"),
            new Ratio("gateway earn", "http earn"),
            new Ratio("gateway balance", "http balance"),
            new Ratio("coffee earn", "plain earn"),
            new Ratio("earn of 50 promotions", "plain earn"),
            new Ratio("earn with 1 KiB more", "plain earn"),
            new Ratio("plain earn again", "plain earn"),
            new Ratio("earn under a budget", "earn without budget", 0.9),
            new Ratio("earn without budget again", "earn without budget"),
            new Ratio("one budget through 3", "no budget through 3", 0.9),
            new Ratio("earn with Live open", "earn alone", 0.98),
            new Ratio("earn alone again", "earn alone"),
            new Ratio("redeem with Live open", "redeem alone", 0.98),
            new Ratio("redeem alone again", "redeem alone"),
            new Ratio("large earn, few accounts", "small earn"),
            new Ratio("large earn, known accounts", "small earn"),
            new Ratio("large earn, all accounts", "small earn"),
            new Ratio("hot through 2", "hot through 1"),
            new Ratio("hot through 3", "hot through 1"),
            new Ratio("one old key through 1", "hot through 1"),
            new Ratio("old keys through 1", "hot through 1"),
            new Ratio("old keys through 2", "hot through 2"),
            new Ratio("earn through 2", "earn through 1"),
            new Ratio("earn through 3", "earn through 1"));

    @Override
    public String toString() {
        return of + " / " + to + (target > 0 ? " (target " + target + ")" : "");
    }
}
