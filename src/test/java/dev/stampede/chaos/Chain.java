package dev.stampede.chaos;

import dev.stampede.account.AccountId;
import dev.stampede.account.Entry;
import dev.stampede.account.Image;
import dev.stampede.account.Proposal;
import dev.stampede.support.NextRelease;
import java.util.List;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** An account as Postgres holds it: its row, and its operations by version, as they are. */
record Chain(AccountId account, Tip tip, List<Link> links) {
    private static final Pattern STARS = Pattern.compile(",\"stars\":(\\d+)");

    /** Whether only {@link NextRelease} can read it. */
    boolean isOfTheNextRelease() {
        return !links.isEmpty() && links.get(links.size() - 1).stars() > 0;
    }

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

        /** Whether it is one of {@link NextRelease}, or none. */
        boolean gift() {
            return type.equals("gift");
        }

        /** The gifts that its image counts: only {@link NextRelease} writes that. */
        long stars() {
            Matcher stars = STARS.matcher(image);
            return stars.find() ? Long.parseLong(stars.group(1)) : 0;
        }

        /** As this release would have written it: a gift is an earn, and nobody counts. */
        Link known() {
            return new Link(
                    version,
                    id,
                    gift() ? "earn" : type,
                    outcome,
                    key,
                    points,
                    reversible,
                    target,
                    reversedBefore,
                    reversed,
                    voids,
                    createdAtMs,
                    hold,
                    STARS.matcher(image).replaceFirst(""),
                    entries.stream().map(Link::known).toList());
        }

        private static Entry known(Entry e) {
            return new Entry(
                    e.type().equals("gift") ? "earn" : e.type(),
                    e.available(),
                    e.held(),
                    e.pending(),
                    e.debt(),
                    e.availableAfter(),
                    e.heldAfter(),
                    e.pendingAfter(),
                    e.debtAfter(),
                    e.lots());
        }
    }
}
