package dev.stampede.gateway;

import static dev.stampede.support.TestGateway.account;
import static dev.stampede.support.TestGateway.capture;
import static dev.stampede.support.TestGateway.declined;
import static dev.stampede.support.TestGateway.done;
import static dev.stampede.support.TestGateway.earn;
import static dev.stampede.support.TestGateway.hold;
import static dev.stampede.support.TestGateway.redeem;
import static dev.stampede.support.TestGateway.reverse;
import static dev.stampede.support.TestGateway.voidKey;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.stampede.account.AccountId;
import dev.stampede.account.Decision;
import dev.stampede.account.Entry;
import dev.stampede.account.HoldStatus;
import dev.stampede.account.Image;
import dev.stampede.account.Operation;
import dev.stampede.account.OperationType;
import dev.stampede.account.Proposal;
import dev.stampede.account.Receipt;
import dev.stampede.account.SealedOperation;
import dev.stampede.award.MemberState;
import dev.stampede.codec.MemberText;
import dev.stampede.points.MemberPoints;
import dev.stampede.seal.Outcome;
import dev.stampede.support.Ask;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What a gateway was asked is signed, what was decided of it is not: it is checked before it is sealed. */
class ForgedDecisionTest extends TwoGateways {
    private static final UUID FORGED = UUID.fromString("01935000-0000-7000-8000-000000000001");

    /** What a gateway was asked is signed, what was decided of it is not. */
    @Test
    void aDecisionThatUndoesWhatItShouldNotIsNotSealed() {
        AccountId account = account("undoing");
        SealedOperation earned = done(gateway.ask(earn(account, "e", 1000)));
        SealedOperation redeemed = done(gateway.ask(redeem(account, "r", 60)));
        SealedOperation another = done(gateway.ask(redeem(account, "r2", 60)));
        Operation ofRedeemed = reverse(account, "v", redeemed.id(), 10L);
        Operation ofEarned = reverse(account, "v", earned.id(), 10L);
        Operation ofKey = voidKey(account, "v", "r");
        UUID own = UUID.randomUUID();

        refused(another.image(), own, ofRedeemed, own, 0, 10, 10);
        refused(another.image(), own, ofRedeemed, own, 0, 1_000_000, 1_000_000);
        refused(another.image(), own, ofRedeemed, redeemed.id(), 0, 20, 20);
        refused(another.image(), own, ofRedeemed, another.id(), 0, 10, 10);
        refused(another.image(), own, ofRedeemed, redeemed.id(), 0, 10, 5, 10);
        refused(another.image(), own, ofRedeemed, redeemed.id(), 0, 10, 10, 10);
        refused(another.image(), own, ofRedeemed, redeemed.id(), 0, 10, 20, -10);
        refused(another.image(), own, ofRedeemed, redeemed.id(), 0, 10, -10);
        refused(another.image(), own, ofRedeemed, redeemed.id(), 0, 10);
        refused(another.image(), own, ofRedeemed, redeemed.id(), 10, 10, 10);
        refused(another.image(), own, ofRedeemed, redeemed.id(), 0, -10, -10);
        refused(another.image(), own, ofRedeemed, null, 0, 0, 10);
        refused(another.image(), own, ofEarned, earned.id(), 0, 10, 10);
        refused(another.image(), own, ofKey, own, 0, 10, 10);
        refused(another.image(), own, ofKey, another.id(), 0, 60, 60);
        refused(another.image(), own, ofKey, earned.id(), 0, 60, -60);
        refused(another.image(), own, earn(account, "v", 10), redeemed.id(), 0, 10, 10);
        // an undoing of less than was asked for would keep the rest from being undone
        refused(another.image(), own, reverse(account, "v", redeemed.id(), null), redeemed.id(), 0, 0);
        refused(another.image(), own, reverse(account, "v", redeemed.id(), null), redeemed.id(), 0, 1, 1);
        refused(another.image(), own, ofRedeemed, redeemed.id(), 0, 0);
        refused(another.image(), own, ofKey, redeemed.id(), 0, 0);
        refused(another.image(), own, ofKey, redeemed.id(), 0, 59, 59);

        // nor where what it undoes comes with it
        Proposal third = parts.propose(redeem(account, "r3", 60)).get(0);
        for (Proposal wrong : List.of(
                forged(third.image(), own, reverse(account, "v", third.id(), null), third.id(), 0, 61, 61),
                forged(third.image(), own, reverse(account, "v", third.id(), null), third.id(), 0, 60, -60),
                forged(third.image(), own, reverse(account, "v", third.id(), null), third.id(), 0, 0),
                forged(third.image(), own, voidKey(account, "v", "r2"), third.id(), 0, 60, 60))) {
            assertNotEquals(Outcome.SEALED, parts.seal(List.of(third, wrong)));
            assertEquals(List.of(), ledger.byKey(account, "v"));
        }
        assertEquals(
                1000 - 3 * 60 + 10,
                done(gateway.ask(ofRedeemed)).image().state().available());
    }

    @Test
    void anAdjustmentThatIsAnotherOneIsNotSealed() {
        AccountId account = account("adjusting");
        SealedOperation earned = done(gateway.ask(earn(account, "e", 1000)));
        for (Entry lie : List.of(
                adjusts(50, 0, 0), adjusts(-49, 0, 0), adjusts(-51, 0, 0), adjusts(-40, 10, 0), adjusts(-50, 0, 50))) {
            lieRefused(earned.image(), adjust(account, -50, false), lie);
        }
        for (Entry lie : List.of(adjusts(-50, 0, 0), adjusts(51, 0, 0), adjusts(0, 0, 50), adjusts(50, 5, 0))) {
            lieRefused(earned.image(), adjust(account, 50, true), lie);
        }
        lieRefused(earned.image(), adjust(account, -1050, false), adjusts(-1000, 50, 0));
        lieRefused(earned.image(), redeem(account, "a", 50), adjusts(-50, 0, 0));
        lieRefused(earned.image(), earn(account, "a", 50), adjusts(50, 0, 0));

        SealedOperation taken = done(gateway.ask(adjust(account, -50, false)));
        SealedOperation given = done(gateway.ask(Ask.of(OperationType.ADJUST, account)
                .key("g", "g")
                .points(50L)
                .lot(40_000, null)
                .build()));
        UUID own = UUID.randomUUID();
        refused(given.image(), own, reverse(account, "v", taken.id(), 10L), taken.id(), 0, 10, -10);
        refused(given.image(), own, reverse(account, "v", given.id(), 10L), given.id(), 0, 10, 10);
        refused(given.image(), own, reverse(account, "v", given.id(), null), given.id(), 0, 40, -40);
        Proposal third = parts.propose(adjust(account, -20, "a2")).get(0);
        Proposal wrong = forged(third.image(), own, reverse(account, "v", third.id(), null), third.id(), 0, 20, -20);
        assertNotEquals(Outcome.SEALED, parts.seal(List.of(third, wrong)));
        assertEquals(List.of(), ledger.byKey(account, "v"));
        assertEquals(
                1000 - 50 + 50 - 20 + 10,
                done(gateway.ask(reverse(account, "v", taken.id(), 10L)))
                        .image()
                        .state()
                        .available());
    }

    /** Nothing but a close closes, and it does no more than was asked for. */
    @Test
    void aStatusThatNobodyAskedForIsNotSealed() {
        AccountId account = account("status");
        SealedOperation earned = done(gateway.ask(earn(account, "e", 1000)));
        Operation close = Ask.of(OperationType.CLOSE, account).key("a", "a").build();
        Operation forfeiting =
                Ask.of(OperationType.CLOSE, account).key("a", "a").forfeit(true).build();
        Entry forfeits = new Entry("forfeit", -1000, 0, 0, 0, 0, 0, 0, 0, List.of());
        Entry some = new Entry("forfeit", -999, 0, 0, 0, 1, 0, 0, 0, List.of());
        lieRefused(earned.image(), close, forfeits, "\"frozen\":false,\"closed\":true");
        lieRefused(earned.image(), forfeiting, some, "\"frozen\":false,\"closed\":true");
        lieRefused(earned.image(), forfeiting, forfeits, "\"frozen\":false");
        lieRefused(earned.image(), forfeiting, forfeits, "\"frozen\":true,\"closed\":true");
        Operation redeem = redeem(account, "a", 50);
        Entry redeems = new Entry("redeem", -50, 0, 0, 0, 950, 0, 0, 0, List.of());
        lieRefused(earned.image(), redeem, redeems, "\"frozen\":false,\"closed\":true");
        lieRefused(earned.image(), redeem, redeems, "\"frozen\":true");
        Operation all = redeem(account, "a", 1000);
        Entry gone = new Entry("redeem", -1000, 0, 0, 0, 0, 0, 0, 0, List.of());
        lieRefused(earned.image(), all, gone, "\"frozen\":false,\"closed\":true");
        assertEquals("points_left", declined(gateway.ask(close)));
    }

    /** A grant gives the tier that was asked for, to the day that was asked for. */
    @Test
    void aTierThatNobodyGrantedIsNotSealed() {
        AccountId account = account("granting");
        SealedOperation earned = done(gateway.ask(earn(account, "e", 1000)));
        long day = 40_000;
        MemberState.Grant gold = new MemberState.Grant("gold", day);
        for (MemberState.Grant lie : new MemberState.Grant[] {
            null, new MemberState.Grant("gold", day + 1), new MemberState.Grant("platinum", day)
        }) {
            grantRefused(earned.image(), account, gold, lie);
            grantRefused(earned.image(), account, lie, gold);
        }
        SealedOperation granted = done(gateway.ask(grant(account, "g", gold)));
        assertEquals(gold, MemberText.read(granted.image().member()).grant());
        grantRefused(granted.image(), account, new MemberState.Grant("platinum", day), gold);
        grantRefused(granted.image(), account, null, gold);
        SealedOperation ended = done(gateway.ask(grant(account, "end", null)));
        assertEquals(null, ended.image().member());
    }

    private static Operation grant(AccountId account, String key, MemberState.Grant asked) {
        return new Operation.Grant(new Operation.Header(account, key, key, null, 1, null), asked, Receipt.NONE);
    }

    private void grantRefused(Image head, AccountId account, MemberState.Grant asked, MemberState.Grant lie) {
        Operation operation = grant(account, "a", asked);
        Proposal honest = forged(head, UUID.randomUUID(), operation, Decision.OK, 0, List.of(), null, null, 0, 0);
        String text = honest.image().text();
        String before = head.member() == null ? "}" : ",\"member\":" + head.member() + "}";
        String member = MemberText.write(MemberText.read(head.member()).with(lie));
        String image = text.substring(0, text.length() - before.length())
                + (member == null ? "}" : ",\"member\":" + member + "}");
        Proposal forged = new Proposal(honest.id(), operation, honest.decision(), Image.parse(image));
        assertNotEquals(Outcome.SEALED, parts.seal(List.of(forged)), image);
        assertEquals(List.of(), ledger.byKey(account, "a"), image);
    }

    private static Operation adjust(AccountId account, long points, boolean allowDebt) {
        return Ask.of(OperationType.ADJUST, account)
                .key("a", "a")
                .points(points)
                .lot(40_000, null)
                .allowDebt(allowDebt)
                .build();
    }

    private static Operation adjust(AccountId account, long points, String key) {
        return Ask.of(OperationType.ADJUST, account)
                .key(key, key)
                .points(points)
                .lot(40_000, null)
                .build();
    }

    /** On an account that has 1000 points available. */
    private static Entry adjusts(long available, long debt, long pending) {
        return new Entry("adjust", available, 0, pending, debt, 1000 + available, 0, pending, debt, List.of());
    }

    private void lieRefused(Image head, Operation operation, Entry lie) {
        lieRefused(head, operation, lie, "\"frozen\":false");
    }

    private void lieRefused(Image head, Operation operation, Entry lie, String status) {
        Proposal honest = forged(
                head, UUID.randomUUID(), operation, Decision.OK, lie.available(), List.of(lie), null, null, 0, 0);
        Proposal forged = new Proposal(
                honest.id(),
                operation,
                honest.decision(),
                Image.parse(honest.image().text().replace("\"frozen\":false", status)));
        assertNotEquals(Outcome.SEALED, parts.seal(List.of(forged)), lie.toString());
        assertEquals(List.of(), ledger.byKey(operation.account(), "a"), lie.toString());
    }

    /** What can be undone of a capture is what the hold says was captured. */
    @Test
    void aDecisionThatCapturesOtherPointsThanMoveIsNotSealed() {
        AccountId account = account("capturing");
        done(gateway.ask(earn(account, "e", 1000)));
        SealedOperation held = done(gateway.ask(hold(account, "h", 60)));
        Operation capture = capture(account, "c", held.id());
        UUID own = UUID.randomUUID();
        Entry moves = new Entry("capture", 0, -60, 0, 0, 940, 0, 0, 0, List.of());
        for (HoldStatus lie : List.of(
                new HoldStatus(held.id(), 60, 1_000_000, "captured", 1),
                new HoldStatus(held.id(), 1_000_000, 1_000_000, "captured", 1),
                new HoldStatus(held.id(), 60, 10, "captured", 1),
                new HoldStatus(held.id(), 0, 0, "captured", 1),
                new HoldStatus(UUID.randomUUID(), 60, 60, "captured", 1))) {
            Proposal forged =
                    forged(held.image(), own, capture, Decision.OK, 0, List.of(moves), lie, held.id(), 0, lie.points());
            assertNotEquals(Outcome.SEALED, parts.seal(List.of(forged)), lie.toString());
        }
        Operation another = hold(account, "h2", 60);
        Entry holds = new Entry("hold", -60, 60, 0, 0, 880, 120, 0, 0, List.of());
        Proposal more = forged(
                held.image(),
                own,
                another,
                Decision.OK,
                -60,
                List.of(holds),
                new HoldStatus(own, 1_000_000, 0, "held", 1),
                null,
                0,
                0);
        assertNotEquals(Outcome.SEALED, parts.seal(List.of(more)));
        assertEquals(List.of(), ledger.byKey(account, "h2"));
        // for nothing, or for less than the hold had
        for (long points : new long[] {0, 1}) {
            Entry less = new Entry("capture", 0, -points, 0, 0, 940, 60 - points, 0, 0, List.of());
            Proposal forged = forged(
                    held.image(),
                    own,
                    capture,
                    Decision.OK,
                    0,
                    points == 0 ? List.of() : List.of(less),
                    new HoldStatus(held.id(), points, points, "captured", 1),
                    held.id(),
                    0,
                    points);
            assertNotEquals(Outcome.SEALED, parts.seal(List.of(forged)), forged.toString());
        }
        refused(held.image(), own, voidKey(account, "v", "h"), held.id(), 0, 0);
        done(gateway.ask(capture));
    }

    /** Somebody has put an image there on which nothing could be decided any more. */
    @Test
    void anImageThatMakesNoSenseIsNotSealed() {
        AccountId account = account("senseless");
        SealedOperation earned = done(gateway.ask(earn(account, "e", 1000)));
        noted(account);
        String day = "[[" + earned.image().state().lots().get(0).day() + ",";
        for (var edit : Map.of(
                        "\"at\":" + earned.image().at(),
                        "\"at\":32503680000000",
                        day + "1000]]",
                        day + "1000000]]",
                        day + "1000]",
                        "[[1000000000000,1000]",
                        "\"lifetime\":1000",
                        "\"lifetime\":-1",
                        "\"holds\":[]",
                        "\"holds\":[[\"" + FORGED + "\",5,0,[]]]",
                        "\"maturing\":[]",
                        "\"maturing\":[[1,1,5]]",
                        "\"pending\":0",
                        "\"pending\":5")
                .entrySet()) {
            Proposal forged = forged(
                    earned.image(),
                    UUID.randomUUID(),
                    redeem(account, "r", 5000),
                    "insufficient_points",
                    0,
                    List.of(),
                    null,
                    null,
                    0,
                    0);
            String image = forged.image().text().replace(edit.getKey(), edit.getValue());
            assertNotEquals(forged.image().text(), image);
            Proposal senseless = new Proposal(forged.id(), forged.operation(), forged.decision(), Image.parse(image));
            assertNotEquals(Outcome.SEALED, parts.help(List.of(senseless)), image);
        }
        assertEquals("insufficient_points", declined(gateway.ask(redeem(account, "r", 5000))));
        for (String text : List.of(
                earned.image().text() + " x",
                earned.image().text().replace("\"holds\":[]", "\"holds\":[],\"expired\":5"),
                earned.image().text().replace("\"maturing\":[],", ""))) {
            assertThrows(IllegalArgumentException.class, () -> Image.parse(text), text);
        }
    }

    /** Before its first operation an account has nothing: no attribute, no tier, no gift. */
    @Test
    void aFirstOperationThatBringsMoreAlongIsNotSealed() {
        AccountId account = account("first");
        Proposal honest = parts.propose(earn(account, "e", 1000)).get(0);
        assertNull(honest.flawOfAnothers());
        String text = honest.image().text();
        for (String lie : List.of(
                text.substring(0, text.length() - 1) + ",\"member\":{\"grant\":\"gold 40000\"}}",
                text.substring(0, text.length() - 1) + ",\"member\":{\"gifts\":\"40000 coffee card\"}}",
                text.substring(0, text.length() - 1) + ",\"member\":{\"attributes\":[\"vip\",\"true\",19000]}}",
                text.replace("\"frozen\":false", "\"frozen\":true"),
                text.replace("\"holds\":[]", "\"holds\":[],\"attributes\":\"" + Image.digest("{}") + "\""))) {
            assertNotEquals(text, lie);
            Proposal forged = new Proposal(honest.id(), honest.operation(), honest.decision(), Image.parse(lie));
            assertNotEquals(Outcome.SEALED, parts.help(List.of(forged)), lie);
            assertEquals(List.of(), ledger.byKey(account, "e"), lie);
        }
        assertEquals(Outcome.SEALED, parts.help(List.of(honest)));
    }

    @Test
    void aDeclineThatDoesSomethingIsNotSealed() {
        AccountId account = account("doing");
        SealedOperation earned = done(gateway.ask(earn(account, "e", 1000)));
        Operation redeem = redeem(account, "r", 5000);
        UUID own = UUID.randomUUID();
        for (Proposal forged : List.of(
                forged(earned.image(), own, redeem, "insufficient_points", 10, List.of(), null, null, 0, 0),
                forged(earned.image(), own, redeem, "insufficient_points", 0, List.of(), null, earned.id(), 0, 0),
                forged(earned.image(), own, redeem, "no_mood", 0, List.of(), null, null, 0, 0))) {
            assertEquals(Outcome.POISONED, parts.seal(List.of(forged)), forged.toString());
        }
        assertEquals("insufficient_points", declined(gateway.ask(redeem)));
    }

    /**
     * A run that ends before its culprit leaves the account as its last image says, also where that is of a decline.
     */
    @Test
    void aDeclineWithAnotherImageBeforeACulpritIsNotSealed() {
        AccountId account = account("trimmed");
        done(gateway.ask(earn(account, "old", 7)));
        noted(account);
        Proposal earned = parts.propose(earn(account, "new", 1)).get(0);
        Operation redeem = redeem(account, "r", 5000);
        Proposal honest = forged(
                earned.image(), UUID.randomUUID(), redeem, "insufficient_points", 0, List.of(), null, null, 0, 0);
        Proposal lying = new Proposal(
                honest.id(),
                redeem,
                honest.decision(),
                Image.parse(honest.image().text().replace("\"available\":8", "\"available\":999")));
        Proposal culprit = forged(
                lying.image(),
                UUID.randomUUID(),
                redeem(account, "old", 7),
                "insufficient_points",
                0,
                List.of(),
                null,
                null,
                0,
                0);
        assertNotEquals(Outcome.SEALED, parts.seal(List.of(earned, lying, culprit)));
        assertEquals(List.of(), ledger.byKey(account, "r"));
        assertEquals(
                9, done(gateway.ask(earn(account, "end", 1))).image().state().available());
    }

    private void refused(
            Image head, UUID id, Operation operation, UUID target, long before, long reversed, long... entries) {
        Proposal forged = forged(head, id, operation, target, before, reversed, entries);
        assertNotEquals(Outcome.SEALED, parts.seal(List.of(forged)), forged.toString());
        assertEquals(List.of(), ledger.byKey(operation.account(), operation.key()), forged.toString());
    }

    private static Proposal forged(
            Image head, UUID id, Operation operation, UUID target, long before, long reversed, long... entries) {
        List<Entry> moves = new ArrayList<>();
        MemberPoints there = head.state();
        long available = there.available();
        for (long points : entries) {
            available += points;
            moves.add(new Entry(
                    "reverse", points, 0, 0, 0, available, there.held(), there.pending(), there.debt(), List.of()));
        }
        return forged(
                head, id, operation, Decision.OK, available - there.available(), moves, null, target, before, reversed);
    }

    private static Proposal forged(
            Image head,
            UUID id,
            Operation operation,
            String outcome,
            long points,
            List<Entry> entries,
            HoldStatus hold,
            UUID target,
            long before,
            long reversed) {
        String old = head.text();
        Entry last = entries.isEmpty() ? null : entries.get(entries.size() - 1);
        MemberPoints there = head.state();
        long version = head.version() + 1;
        String image = old.replace("\"head\":\"" + head.head(), "\"head\":\"" + id)
                .replace("\"version\":" + (version - 1), "\"version\":" + version)
                .replace(
                        "\"available\":" + there.available(),
                        "\"available\":" + (last == null ? there.available() : last.availableAfter()))
                .replace("\"held\":" + there.held(), "\"held\":" + (last == null ? there.held() : last.heldAfter()))
                .replace("\"debt\":" + there.debt(), "\"debt\":" + (last == null ? there.debt() : last.debtAfter()));
        return new Proposal(
                id,
                operation,
                new Decision(
                        head.head(),
                        Image.digest(old),
                        version,
                        head.at(),
                        outcome,
                        points,
                        false,
                        entries,
                        hold,
                        target,
                        before,
                        reversed,
                        0,
                        null,
                        null,
                        false,
                        null,
                        null,
                        List.of()),
                Image.parse(image));
    }
}
