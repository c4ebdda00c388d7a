package dev.stampede.chaos;

import dev.stampede.account.AccountId;
import dev.stampede.account.Entry;
import dev.stampede.account.Image;
import dev.stampede.account.Proposal;
import java.util.List;
import java.util.UUID;

/** An account as Postgres holds it: its row, and its operations by version, as they are. */
record Chain(AccountId account, Tip tip, List<Link> links) {

    /** The account's row. */
    record Tip(long version, UUID head, String digest, long available, long held, long pending, long debt) {
        static final Tip BLANK = new Tip(0, Image.NO_HEAD, Image.digest(Image.BLANK.text()), 0, 0, 0, 0);
    }

    /** An operation's row, with its entries. */
    record Link(
            long version,
            UUID id,
            String type,
            String outcome,
            String key,
            long points,
            long reversible,
            UUID target,
            Long reversedBefore,
            Long reversed,
            String voids,
            long createdAtMs,
            String hold,
            String image,
            List<Entry> entries) {

        /** As it would be stored. */
        static Link of(Proposal proposal) {
            var operation = proposal.operation();
            var decision = proposal.decision();
            boolean undoes = decision.target() != null;
            return new Link(
                    decision.version(),
                    proposal.id(),
                    operation.type().code(),
                    decision.outcome(),
                    operation.key(),
                    decision.points(),
                    proposal.reversible(),
                    decision.target(),
                    undoes ? decision.reversedBefore() : null,
                    undoes ? decision.reversed() : null,
                    operation.voids(),
                    decision.at(),
                    decision.hold() == null ? null : decision.hold().text(),
                    proposal.image().text(),
                    decision.entries());
        }

        boolean ok() {
            return outcome.equals("ok");
        }
    }
}
