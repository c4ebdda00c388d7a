package dev.stampede.model;

import dev.stampede.account.Image;
import dev.stampede.account.LedgerSnapshot;
import dev.stampede.account.OperationType;
import dev.stampede.account.Proposal;
import dev.stampede.account.SealedOperation;
import dev.stampede.account.UnreadableForm;
import dev.stampede.points.MemberPoints;
import dev.stampede.seal.LedgerLookup;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** What Postgres would hold of one account, what it would accept, and what it would answer when asked. */
final class PaperLedger {
    private static final int KEYS = 1000;

    private Image image = Image.BLANK;
    private String attributes;
    private final List<LedgerSnapshot.Key> keys = new ArrayList<>();
    private final Map<String, Proposal> byKey = new HashMap<>();
    private final Map<UUID, Proposal> byId = new HashMap<>();
    private final Map<UUID, List<Proposal>> undone = new HashMap<>();

    long version() {
        return image.version();
    }

    Image image() {
        return image;
    }

    /** Takes one proposal in, or says why Postgres would not. */
    String seal(Proposal proposal) {
        var decision = proposal.decision();
        var operation = proposal.operation();
        MemberPoints before = image.state();
        MemberPoints after = proposal.image().state();
        long available = before.available();
        long held = before.held();
        long pending = before.pending();
        long debt = before.debt();
        for (var entry : decision.entries()) {
            available += entry.available();
            held += entry.held();
            pending += entry.pending();
            debt += entry.debt();
        }
        if (!decision.prev().equals(image.head()) || decision.version() != image.version() + 1) {
            return "it does not rest on the head";
        }
        if (!decision.digest().equals(Image.digest(image.text()))) {
            return "it was decided on another image";
        }
        if (available != after.available()
                || held != after.held()
                || pending != after.pending()
                || debt != after.debt()) {
            return "the entries don't lead to its image";
        }
        if (operation.key() != null && byKey.containsKey(operation.key())) {
            return "its key was used";
        }
        if (after.available() > 0 && after.debt() > 0) {
            return "points are available beside a debt";
        }
        if (!decision.ok() && decision.target() != null) {
            return "declined, but it undoes something";
        }
        if (decision.target() != null) {
            Proposal target = byId.get(decision.target());
            if (target == null || target.reversible() < decision.reversedBefore() + decision.reversed()) {
                return "it undoes more than there was";
            }
            if (reversed(decision.target()) != decision.reversedBefore()) {
                return "it doesn't follow on what was undone before";
            }
            if (undone.getOrDefault(decision.target(), List.of()).size() != decision.step()) {
                return "another number of operations has undone its target";
            }
        }
        image = proposal.image();
        attributes = operation.attributes() == null || !proposal.decision().ok() ? attributes : operation.attributes();
        Proposal light = new Proposal(proposal.id(), operation, decision, null);
        byId.put(proposal.id(), light);
        if (operation.key() != null) {
            byKey.put(operation.key(), light);
            keys.add(new LedgerSnapshot.Key(operation.key(), decision.version(), proposal.id()));
        }
        if (decision.target() != null) {
            undone.computeIfAbsent(decision.target(), id -> new ArrayList<>(1)).add(light);
        }
        return null;
    }

    private long reversed(UUID target) {
        return undone.getOrDefault(target, List.of()).stream()
                .mapToLong(p -> p.decision().reversed())
                .sum();
    }

    LedgerSnapshot load() {
        return new LedgerSnapshot(
                image,
                attributes,
                keys.stream()
                        .filter(key -> key.version() > image.version() - KEYS)
                        .toList());
    }

    LedgerLookup byKey(String key) {
        return found(byKey.get(key));
    }

    LedgerLookup byId(UUID id) {
        return found(byId.get(id));
    }

    private LedgerLookup found(Proposal sealed) {
        String digest = Image.digest(image.text());
        if (sealed == null) {
            return new LedgerLookup(
                    image.version(),
                    image.head(),
                    digest,
                    UnreadableForm.READS,
                    image.text(),
                    attributes,
                    null,
                    0,
                    0,
                    false,
                    0,
                    null,
                    null);
        }
        List<Proposal> others = undone.getOrDefault(sealed.id(), List.of());
        boolean voided = others.stream().anyMatch(p -> p.operation().voids() != null);
        String endedBy = others.stream()
                .filter(p -> sealed.operation().type() == OperationType.HOLD
                        && (p.decision().reversed() > 0 || sealed.reversible() == 0))
                .map(p -> p.operation().type().code())
                .findFirst()
                .orElse(null);
        return new LedgerLookup(
                image.version(),
                image.head(),
                digest,
                UnreadableForm.READS,
                image.text(),
                attributes,
                SealedOperation.of(sealed),
                sealed.reversible(),
                reversed(sealed.id()),
                voided,
                others.size(),
                endedBy,
                (others.isEmpty() ? sealed : others.get(others.size() - 1))
                        .decision()
                        .parts());
    }
}
