package dev.stampede.propose;

import dev.stampede.account.Image;
import dev.stampede.account.Proposal;
import java.util.List;
import java.util.UUID;

/** What Redis said to an operation. */
public sealed interface ProposeReply {
    /** Decided. {@code chain}: unsealed proposals of others that it rests on, then its own, the last one. */
    record Decided(List<Proposal> chain) implements ProposeReply {
        public Proposal own() {
            return chain.get(chain.size() - 1);
        }
    }

    /** A dry run: what would have been proposed. */
    record DryRun(Proposal proposal) implements ProposeReply {}

    /**
     * The key was used by that operation.
     *
     * @param ofVoid not the operation's own key, but the one that it is to void
     * @param unsealed the oldest proposals of others that are not sealed yet, to be sealed by whoever meets them
     */
    record KeyUsed(boolean ofVoid, long version, UUID id, List<Proposal> unsealed) implements ProposeReply {
        /** Whether there are so many of those that it is none of them, but rests on them. */
        public boolean isBehind() {
            return !unsealed.isEmpty()
                    && unsealed.get(unsealed.size() - 1).decision().version() < version;
        }
    }

    /** The account is not in Redis. */
    record NotLoaded() implements ProposeReply {}

    /** The hold is not in the image: facts of it are needed. */
    record NeedsFacts() implements ProposeReply {}

    /** Its days no longer hold: it is to be made again for that time, in ms since the epoch. */
    record AnotherDay(long atMs) implements ProposeReply {}

    /** The facts were read at a head that the image doesn't know: read them again. */
    record FactsStale() implements ProposeReply {}

    /** The account has too many unsealed operations. */
    record TooManyUnsealed(List<Proposal> unsealed) implements ProposeReply {}

    /** Refused without a trace. */
    record Refused(String code) implements ProposeReply {}

    /** Nothing to do. */
    record Unchanged(Image image) implements ProposeReply {}

    /** The image makes no sense. */
    record Broken(String message) implements ProposeReply {}
}
