package dev.stampede.propose;

import dev.stampede.account.Image;
import dev.stampede.account.Proposal;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/** Redis' reply to an operation. */
public sealed interface ProposeReply {
    /**
     * Decided. {@code chain}: the unsealed proposals of others on which the proposal rests, then the proposal itself.
     */
    record Decided(List<Proposal> chain) implements ProposeReply {
        public Proposal own() {
            return chain.get(chain.size() - 1);
        }
    }

    /** A dry run: the proposal that would have been made. */
    record DryRun(Proposal proposal) implements ProposeReply {}

    /**
     * The key was used by the operation with this id.
     *
     * @param ofVoid whether it is not the operation's own key, but the one to void
     * @param unsealed the oldest unsealed proposals of others; every gateway that receives them should seal them
     */
    record KeyUsed(boolean ofVoid, long version, UUID id, List<Proposal> unsealed) implements ProposeReply {
        /** Whether the operation stands behind all of {@code unsealed}: it rests on them, and is not among them. */
        public boolean isBehind() {
            return !unsealed.isEmpty()
                    && unsealed.get(unsealed.size() - 1).decision().version() < version;
        }
    }

    /** The account is not in Redis. */
    record NotLoaded() implements ProposeReply {}

    /** The hold is not in the image: the facts of the operation to undo are needed. */
    record NeedsFacts() implements ProposeReply {}

    /** The operation's days are no longer valid: it must be made again for this time, in ms since the epoch. */
    record AnotherDay(long atMs) implements ProposeReply {}

    /**
     * The member remembers so much that it is time to find out what of it no version of the program has any more: the
     * operation must be made again with that.
     *
     * @param promotions of which the member has stamps or days in a row
     * @param counters of which he has a count
     */
    record Full(Set<String> promotions, Set<String> counters) implements ProposeReply {}

    /** The facts were read at a head that the image does not know: they must be read again. */
    record FactsStale() implements ProposeReply {}

    /** The account has too many unsealed operations. */
    record TooManyUnsealed(List<Proposal> unsealed) implements ProposeReply {}

    /**
     * What became of an operation that was counted.
     *
     * @param calls how many more are allowed at once
     * @param wholeMs until as many are as can be
     */
    record Metered(long calls, long wholeMs, ProposeReply reply) implements ProposeReply {}

    /** The account has too many operations in a time: the next one is allowed after that many ms, at least 1. */
    record Limited(long waitMs) implements ProposeReply {}

    /** Refused without being recorded: nobody is enrolled. */
    record NotEnrolled() implements ProposeReply {}

    /** Refused without being recorded: so many points are only spent with the member's code. */
    record NeedsMemberCode() implements ProposeReply {}

    /** There is nothing to do. */
    record Unchanged(Image image) implements ProposeReply {}

    /** The image cannot be used, or something other than the library has replied. */
    record Broken(String message) implements ProposeReply {}
}
