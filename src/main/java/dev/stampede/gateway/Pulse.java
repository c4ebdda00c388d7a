package dev.stampede.gateway;

import dev.stampede.account.OperationType;
import java.util.Map;

/**
 * What a gateway has done since its start, and what it does at the moment.
 *
 * @param operations how many there were, by type, and by the ordinal of their {@link Outcome}
 * @param answers how long those took that were answered, by the buckets of {@code seal.Latencies}
 * @param sealLags from the arrival of a batch's oldest proposal to its commit, by the same buckets
 * @param earned points, without those of sandboxes
 * @param redeemed points, those of captures included, without those of sandboxes
 */
public record Pulse(
        Map<OperationType, long[]> operations,
        long[] answers,
        long[] sealLags,
        long earned,
        long redeemed,
        int inFlight,
        int sealQueue) {

    /** What became of an operation. */
    public enum Outcome {
        DONE,
        /** The answer of an earlier call was given again, or there was nothing to do. */
        REPEATED,
        /** There was a "no" of the program or the account. */
        DECLINED,
        /** It got a 429, a 503 or a 500. */
        FAILED,
        /** It was only tried. */
        TRIED;

        static Outcome of(String outcome) {
            return switch (outcome) {
                case "ok" -> DONE;
                case "replayed", "unchanged" -> REPEATED;
                case "dry_run" -> TRIED;
                case "rate_limited", "overloaded", "unavailable", "outcome_unknown", "bug" -> FAILED;
                default -> DECLINED;
            };
        }

        /** Whether the caller waited for the ledger. */
        boolean isAnswer() {
            return this == DONE || this == REPEATED || this == DECLINED;
        }
    }
}
