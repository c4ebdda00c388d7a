package dev.stampede.account;

import java.util.List;
import java.util.UUID;

/**
 * An operation as Postgres has it: history. On what it was decided is not told any more.
 *
 * @param key its {@code Idempotency-Key}, null if it had none
 * @param fingerprint of the call, null where that was not read
 * @param reference the caller's, null if there was none
 * @param voids the key of the call that it undid, or null
 * @param outcome {@code ok}, or the code of the refusal
 * @param version the account's version after it
 * @param at when it was decided, in ms since the epoch
 * @param points what it did to {@code available}, without what time had done before
 * @param entries the movements; none if it was declined
 * @param hold the hold that it made or ended, or null
 * @param target the operation that it undid (or hold that it ended), or null
 * @param matures the day on which the points of an earn became available, if later
 * @param image the account after it
 */
public record SealedOperation(
        UUID id,
        AccountId account,
        OperationType type,
        String key,
        String fingerprint,
        String reference,
        String voids,
        String outcome,
        long version,
        long at,
        long points,
        List<Entry> entries,
        HoldStatus hold,
        UUID target,
        Long matures,
        Receipt receipt,
        Image image) {

    /** What a proposal is once it is sealed. */
    public static SealedOperation of(Proposal proposal) {
        Operation operation = proposal.operation();
        Decision decision = proposal.decision();
        return new SealedOperation(
                proposal.id(),
                operation.account(),
                operation.type(),
                operation.key(),
                operation.header().fingerprint(),
                operation.header().reference(),
                operation.voids(),
                decision.outcome(),
                decision.version(),
                decision.at(),
                decision.points(),
                decision.entries(),
                decision.hold(),
                decision.target(),
                operation.matures(),
                operation.receipt(),
                proposal.image());
    }

    public boolean ok() {
        return outcome.equals(Decision.OK);
    }
}
