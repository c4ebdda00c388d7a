package dev.stampede.replay;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** All that will be asked of the gateway and all that must come of it, from the invoices alone. */
final class Plan {

    /** Every so many invoices of an account, a fifth of its points is redeemed. */
    private static final int REDEEM_EVERY = 10;

    private static final int REDEEM_SHARE = 5;

    /** Every so many requests, one is sent twice. */
    private static final int TWICE_EVERY = 20;

    enum Sending {
        ONCE,
        /** Again when it has been answered. */
        AGAIN,
        /** Two at the same time. */
        AT_ONCE
    }

    /**
     * @param points what it does to the balance
     * @param available what the balance is then
     */
    record Step(String account, String type, String key, String body, long points, long available, Sending sending) {}

    private final List<Step> steps = new ArrayList<>();
    private final Map<String, List<Step>> accounts = new LinkedHashMap<>();
    private long earned;
    private long redeemed;
    private int twice;

    Plan(List<Invoice> invoices) {
        Map<String, Integer> seen = new LinkedHashMap<>();
        for (Invoice invoice : invoices) {
            String account = invoice.customer();
            earned += invoice.points();
            add(
                    account,
                    "earn",
                    invoice.number(),
                    "{\"amount\":\"%s\",\"currency\":\"EUR\",\"reference\":\"%s\"}"
                            .formatted(invoice.amount().toPlainString(), invoice.number()),
                    invoice.points());
            long share = available(account) / REDEEM_SHARE;
            if (seen.merge(account, 1, Integer::sum) % REDEEM_EVERY == 0 && share > 0) {
                redeemed += share;
                add(
                        account,
                        "redeem",
                        "r-" + invoice.number(),
                        "{\"points\":%d,\"reference\":\"%s\"}".formatted(share, invoice.number()),
                        -share);
            }
        }
    }

    private void add(String account, String type, String key, String body, long points) {
        int number = steps.size() + 1;
        Sending sending = Sending.ONCE;
        if (number % TWICE_EVERY == 0) {
            sending = number / TWICE_EVERY % 2 == 0 ? Sending.AT_ONCE : Sending.AGAIN;
            twice++;
        }
        Step step = new Step(account, type, key, body, points, available(account) + points, sending);
        steps.add(step);
        accounts.computeIfAbsent(account, a -> new ArrayList<>()).add(step);
    }

    private long available(String account) {
        return Optional.ofNullable(accounts.get(account))
                .map(steps -> steps.get(steps.size() - 1).available())
                .orElse(0L);
    }

    List<Step> steps() {
        return steps;
    }

    /** The steps of each account. */
    Map<String, List<Step>> accounts() {
        return accounts;
    }

    long earned() {
        return earned;
    }

    long redeemed() {
        return redeemed;
    }

    /** How many steps are sent twice. */
    int twice() {
        return twice;
    }
}
