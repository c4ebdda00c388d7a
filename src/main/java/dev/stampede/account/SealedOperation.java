package dev.stampede.account;

import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An operation as Postgres has it: history. It no longer says on which image it was decided.
 *
 * @param key its {@code Idempotency-Key}, null if it had none
 * @param fingerprint of the call, null where it was not read
 * @param reference the caller's reference, null if there was none
 * @param voids the key of the call that the operation undid, or null
 * @param outcome {@code ok}, or the code of the refusal
 * @param version the account's version after the operation
 * @param at when it was decided, in ms since the epoch
 * @param points the change of {@code available}, without the changes by time before it
 * @param entries the movements; none if the operation was declined
 * @param hold the hold that the operation created or ended, or null
 * @param target the operation that this one undid (or the hold that it ended), or null
 * @param matures the day on which the points of an earn became available, if not at once
 * @param programVersion the version of the program whose rules made it; null if none did, or an earlier release wrote
 *     it
 * @param parts what of its effects beside the points later operations can undo, a JSON text, or null
 * @param told what its answer tells besides, a JSON text, or null
 * @param image the account after the operation
 */
public record SealedOperation(
        UUID id,
        AccountId account,
        OperationType type,
        @Nullable String key,
        @Nullable String fingerprint,
        @Nullable String reference,
        @Nullable String voids,
        String outcome,
        long version,
        long at,
        long points,
        List<Entry> entries,
        @Nullable HoldStatus hold,
        @Nullable UUID target,
        @Nullable Long matures,
        @Nullable Integer programVersion,
        @Nullable String parts,
        @Nullable String told,
        Receipt receipt,
        Image image) {

    /** The operation that a proposal becomes when it is sealed. */
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
                operation.header().programVersion(),
                decision.parts(),
                proposal.told(),
                operation.detail(),
                proposal.image());
    }

    /**
     * Whether they may have asked for it: they have, or nobody knows who did.
     *
     * @throws UnreadableForm if a newer release has written it
     */
    public boolean mayBeOf(@Nullable By principal) {
        return principal == null || by() == null || isOf(principal);
    }

    /**
     * Whether they have asked for it, as it says.
     *
     * @throws UnreadableForm if a newer release has written it
     */
    public boolean isOf(@Nullable By principal) {
        By by = by();
        return by != null && principal != null && by.id().equals(principal.id());
    }

    private @Nullable By by() {
        return UnreadableForm.reading(
                UnreadableForm.READS, () -> receipt.contents().by());
    }

    public boolean ok() {
        return outcome.equals(Decision.OK);
    }
}
