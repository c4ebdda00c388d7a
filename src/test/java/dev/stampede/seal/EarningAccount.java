package dev.stampede.seal;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.stampede.account.AccountId;
import dev.stampede.account.BudgetUse;
import dev.stampede.account.Decision;
import dev.stampede.account.Entry;
import dev.stampede.account.Image;
import dev.stampede.account.Operation;
import dev.stampede.account.OperationType;
import dev.stampede.account.Proposal;
import dev.stampede.points.Lot;
import dev.stampede.support.Ask;
import java.util.List;
import java.util.UUID;

/** An account that earns 10 points at a time, and proposals as the Lua library makes them. */
final class EarningAccount {
    private static final long DAY = 20_500;

    final AccountId id;
    /** When the next proposals are decided. */
    long at = 1_700_000_000_000L;

    private Image image = Image.BLANK;

    EarningAccount(String name) {
        id = AccountId.of("demo", name);
    }

    /** The next proposal of the chain; it uses so much of shared totals. */
    @CanIgnoreReturnValue
    Proposal earn(String key, BudgetUse... uses) {
        Proposal next = fork(key, uses);
        image = next.image();
        return next;
    }

    /** A proposal that rests on the same head as the next one of the chain will. */
    Proposal fork(String key, BudgetUse... uses) {
        Entry entry = new Entry("earn", 10, 0, 0, 0, available() + 10, 0, 0, 0, List.of(new Lot(DAY, 10)));
        Operation operation =
                operation(OperationType.EARN, key).points(10L).lot(DAY, null).build();
        return proposal(operation, Decision.OK, 10, List.of(entry), null, List.of(uses));
    }

    /** The next one of the chain, declined. */
    Proposal decline(String key) {
        Operation operation =
                operation(OperationType.REDEEM, key).points(1_000_000L).build();
        Proposal next = proposal(operation, "insufficient_points", 0, List.of(), null);
        image = next.image();
        return next;
    }

    /** The next one of the chain: it takes an earn back. */
    Proposal reverse(String key, UUID earn) {
        Entry entry = new Entry("reverse", -10, 0, 0, 0, available() - 10, 0, 0, 0, List.of(new Lot(DAY, -10)));
        Operation operation = operation(OperationType.REVERSE, key).target(earn).build();
        Proposal next = proposal(operation, Decision.OK, -10, List.of(entry), earn);
        image = next.image();
        return next;
    }

    /** The next one of the chain, which says that it gave more than its entries show. */
    Proposal flawed(String key) {
        Operation operation =
                operation(OperationType.EARN, key).points(10L).lot(DAY, null).build();
        Proposal next = proposal(operation, Decision.OK, 10, List.of(), null);
        image = next.image();
        return next;
    }

    private long available() {
        return image.state().available();
    }

    private Ask operation(OperationType type, String key) {
        return Ask.of(type, id).key(key, "fingerprint");
    }

    private Proposal proposal(Operation operation, String outcome, long points, List<Entry> entries, UUID target) {
        return proposal(operation, outcome, points, entries, target, List.of());
    }

    private Proposal proposal(
            Operation operation, String outcome, long points, List<Entry> entries, UUID target, List<BudgetUse> uses) {
        UUID proposal = UUID.randomUUID();
        long after = available() + points;
        String lots = after == 0 ? "" : "[" + DAY + "," + after + "]";
        Image next = Image.parse("{\"head\":\"" + proposal + "\",\"version\":" + (image.version() + 1) + ",\"at\":" + at
                + ",\"enrolled\":true,\"frozen\":false,\"available\":" + after
                + ",\"held\":0,\"pending\":0,\"debt\":0,\"lifetime\":0,\"lots\":[" + lots
                + "],\"maturing\":[],\"holds\":[]}");
        Decision decision = new Decision(
                image.head(),
                Image.digest(image.text()),
                image.version() + 1,
                at,
                outcome,
                points,
                false,
                entries,
                null,
                target,
                0,
                target == null ? 0 : -points,
                0,
                null,
                null,
                false,
                null,
                null,
                uses);
        return new Proposal(proposal, operation, decision, next);
    }
}
