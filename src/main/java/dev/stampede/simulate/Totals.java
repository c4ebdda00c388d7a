package dev.stampede.simulate;

import java.util.Map;
import java.util.TreeMap;

/** What one branch of the history comes to, of all members together. */
final class Totals {
    /** Of a tier, or of a day. */
    static final class Row {
        long earned;
        long redeemed;
        long members;
    }

    long earned;
    long redeemed;
    /** Available, on hold and pending at the end of the period, of the members who did something in it. */
    long outstanding;

    long debt;
    final Map<String, Long> rules = new TreeMap<>();
    final Map<String, Row> tiers = new TreeMap<>();
    /** By day, in days since 1970-01-01 in the draft's zone. */
    final Map<Long, Row> days = new TreeMap<>();

    void add(Effect effect, long day) {
        earned += effect.earned;
        redeemed += effect.redeemed;
        effect.rules.forEach((rule, points) -> rules.merge(rule, points, Long::sum));
        if (effect.level != null) {
            tiers.computeIfAbsent(effect.level, any -> new Row()).earned += effect.earned;
        }
        Row of = days.computeIfAbsent(day, any -> new Row());
        of.earned += effect.earned;
        of.redeemed += effect.redeemed;
    }

    /** A member at the end of the period. */
    void end(Wallet wallet, String level) {
        outstanding += wallet.available() + wallet.held() + wallet.pending();
        debt += wallet.debt();
        tiers.computeIfAbsent(level, any -> new Row()).members++;
    }
}
