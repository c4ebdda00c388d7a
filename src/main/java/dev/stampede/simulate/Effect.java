package dev.stampede.simulate;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What an operation did in one branch of the history. */
final class Effect {
    /** Points earned, less those taken back; the rules that gave or took them. */
    long earned;

    final Map<String, Long> rules = new LinkedHashMap<>();
    /** Points paid, less those given back. */
    long redeemed;
    /** What it took of shared totals, or gave back (negative), by their numbers. */
    final Map<Integer, Long> uses = new TreeMap<>();
    /** The rules that gave less than they wanted because a budget was used up. */
    final Set<String> cut = new TreeSet<>();
    /** The level that the member held; null where that was not asked. */
    @Nullable
    String level;
    /** Whether rules were asked what something is worth. */
    boolean priced;
    /** Why there is no price for it, or why a payment was not made. */
    @Nullable
    String refused;

    void add(String rule, long points) {
        if (points != 0) {
            rules.merge(rule, points, Long::sum);
        }
    }
}
