package dev.stampede.chaos;

import dev.stampede.account.AccountId;
import dev.stampede.account.BudgetUse;
import dev.stampede.account.Entry;
import dev.stampede.account.Image;
import dev.stampede.account.Operation;
import dev.stampede.account.Proposal;
import dev.stampede.account.Receipt;
import dev.stampede.account.TargetFacts;
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

    /** What was known of an operation's target before that version of the account, as far as reversals ask for it. */
    TargetFacts facts(Operation operation, long version) {
        List<Link> before =
                links.stream().filter(link -> link.version() < version).toList();
        Link target = before.stream()
                .filter(link -> operation.voids() == null
                        ? link.id().equals(operation.target())
                        : operation.voids().equals(link.key()))
                .findFirst()
                .orElse(null);
        if (target == null) {
            return TargetFacts.absent(Image.NO_HEAD, 0);
        }
        List<Link> undone = before.stream()
                .filter(link -> target.id().equals(link.target()))
                .toList();
        boolean gave = target.type().equals("enrol") && target.besides().parts() != null;
        return new TargetFacts(
                Image.NO_HEAD,
                0,
                target.id(),
                gave ? "earn" : target.type(),
                !target.ok(),
                target.reversible(),
                List.of(),
                null,
                null,
                undone.stream().mapToLong(Link::reversed).sum(),
                undone.stream().anyMatch(link -> link.voids() != null),
                undone.size(),
                null,
                target.besides().told(),
                (undone.isEmpty() ? target : undone.get(undone.size() - 1))
                        .besides()
                        .parts(),
                Receipt.stored(target.besides().detail()));
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
            List<Entry> entries,
            Besides besides) {
        /**
         * What only programs have that know something of their members.
         *
         * @param programVersion the version that priced it
         * @param parts what later operations can undo
         * @param told what its answer tells besides
         * @param detail what its caller said
         * @param uses what it takes of shared totals, or gives back (negative): {@code [[total, units], ...]}
         */
        record Besides(Integer programVersion, String parts, String told, String detail, String uses) {
            static final Besides NOTHING = new Besides(null, null, null, null, null);
        }

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
                    decision.entries(),
                    new Besides(
                            operation.header().programVersion(),
                            decision.parts(),
                            proposal.told(),
                            operation.receipt().text(),
                            BudgetUse.text(decision.uses())));
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
                    entries.stream().map(Link::known).toList(),
                    besides);
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
