package dev.stampede.gateway;

import static dev.stampede.support.TestGateway.account;
import static dev.stampede.support.TestGateway.declined;
import static dev.stampede.support.TestGateway.done;
import static dev.stampede.support.TestGateway.earn;
import static dev.stampede.support.TestGateway.get;
import static dev.stampede.support.TestGateway.reverse;
import static dev.stampede.support.TestGateway.voidKey;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.account.AccountId;
import dev.stampede.account.Operation;
import dev.stampede.account.OperationType;
import dev.stampede.account.Proposal;
import dev.stampede.account.Receipt;
import dev.stampede.account.SealedOperation;
import dev.stampede.award.Claim;
import dev.stampede.award.Gift;
import dev.stampede.award.MemberState;
import dev.stampede.codec.MemberText;
import dev.stampede.codec.Taken;
import dev.stampede.points.Grace;
import dev.stampede.program.reading.DocumentReader;
import dev.stampede.rules.Call;
import dev.stampede.rules.CompiledProgram;
import dev.stampede.support.Ask;
import dev.stampede.support.TestProgram;
import io.vertx.redis.client.Command;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Payments whose price the member decides: what they take besides points comes back with them, once. */
class ClaimTest extends TwoGateways {
    private static final CompiledProgram PROGRAM = CompiledProgram.of(
            Objects.requireNonNull(DocumentReader.read(TestProgram.of(dev.stampede.support.TestGateway.PROGRAM)
                            .with("redeem", """
                                    [{"id": "slow", "points": 90, "value": "1.00", "minimum": 10, "step": 5}]""")
                            .with("rewards", """
                                    [{"id": "coffee", "cost": 60, "value": "2.50"},
                                     {"id": "cake", "cost": 30, "limits": [{"of": "uses", "max": 1, "per": "day"}]},
                                     {"id": "water", "cost": 0, "limits": [{"of": "uses", "max": 1, "per": "week"}]},
                                     {"id": "cup", "cost": 10, "grantOnly": true}]""")
                            .with("limits", """
                                    [{"id": "a-day", "on": "redeem", "of": "points", "max": 500, "per": "day"}]""")
                            .document()
                            .getBytes(StandardCharsets.UTF_8))
                    .document()));

    private static Claim reward(String id) {
        return PROGRAM.claimReward(id, Call.Place.UNKNOWN, System.currentTimeMillis());
    }

    private static Claim points(long points) {
        return PROGRAM.claimPoints(points, Call.Place.UNKNOWN, System.currentTimeMillis());
    }

    private static Operation.Header header(AccountId account, String key) {
        return new Operation.Header(account, key, key, null, 1, null);
    }

    private static Operation.Claimed claimed(Claim claim) {
        return new Operation.Claimed(claim, System.currentTimeMillis() + 3_600_000);
    }

    private static Operation pay(AccountId account, String key, Claim claim) {
        return new Operation.Redeem(header(account, key), 0, claimed(claim), Receipt.NONE);
    }

    private static Operation hold(AccountId account, String key, Claim claim, long seconds) {
        return new Operation.Hold(header(account, key), 0, claimed(claim), seconds, Grace.NONE, Receipt.NONE);
    }

    private static Operation capture(AccountId account, String key, SealedOperation hold, Long points) {
        return Ask.of(OperationType.CAPTURE, account)
                .key(key, key)
                .hold(hold.id())
                .points(points)
                .build();
    }

    private static Operation capture(AccountId account, String key, SealedOperation hold) {
        return capture(account, key, hold, null);
    }

    private static long today() {
        return LocalDate.now(ZoneOffset.UTC).toEpochDay();
    }

    private static Taken taken(SealedOperation operation) {
        return Taken.read(Objects.requireNonNull(operation.told()));
    }

    private static MemberState member(SealedOperation operation) {
        return MemberText.read(operation.image().member());
    }

    private static long count(SealedOperation operation, String name) {
        return member(operation).counters().entrySet().stream()
                .filter(counter -> counter.getKey().name().equals(name))
                .mapToLong(counter -> counter.getValue())
                .sum();
    }

    /** As if promotions had given him these. */
    private void give(AccountId account, Gift... gifts) throws SQLException {
        know(
                account,
                new MemberState(
                        null,
                        MemberState.BLANK.attributes(),
                        List.of(),
                        null,
                        MemberState.BLANK.sums(),
                        MemberState.BLANK.counters(),
                        MemberState.BLANK.stamps(),
                        MemberState.BLANK.streaks(),
                        List.of(gifts)));
    }

    @Test
    void aGiftIsUsedBeforePointsTheOneThatEndsSoonest() throws Exception {
        AccountId account = account("gifts");
        done(gateway.ask(earn(account, "e", 200)));
        give(account, new Gift("coffee", today() + 1, "birthday"), new Gift("coffee", today() + 9, "ninth"));

        SealedOperation first = done(gateway.ask(pay(account, "1", reward("coffee"))));
        assertEquals(0, first.points());
        assertEquals("birthday", Objects.requireNonNull(taken(first).gift()).promotion());
        assertEquals(new BigDecimal("2.50"), taken(first).money());
        forget(account);
        SealedOperation second = done(other.ask(pay(account, "2", reward("coffee"))));
        assertEquals("ninth", Objects.requireNonNull(taken(second).gift()).promotion());
        assertEquals(-60, done(gateway.ask(pay(account, "3", reward("coffee")))).points());
        assertEquals("reward_unavailable", declined(gateway.ask(pay(account, "4", reward("cup")))));

        assertEquals(
                0, done(gateway.ask(reverse(account, "5", second.id(), null))).points());
        forget(account);
        assertEquals("already_reversed", declined(other.ask(reverse(account, "6", second.id(), null))));
        assertEquals("already_reversed", declined(other.ask(voidKey(account, "7", "2"))));
        SealedOperation again = done(gateway.ask(pay(account, "8", reward("coffee"))));
        assertEquals(0, again.points());
        assertEquals("ninth", Objects.requireNonNull(taken(again).gift()).promotion());
        assertEquals(140, again.image().state().available());
    }

    @Test
    void aUseComesBackIntoItsWindow() {
        AccountId account = account("perk");
        done(gateway.ask(earn(account, "e", 100)));
        SealedOperation water = done(gateway.ask(pay(account, "1", reward("water"))));
        assertEquals(0, water.points());
        assertEquals(1, water.entries().size());
        assertEquals("limit_exceeded", declined(other.ask(pay(account, "2", reward("water")))));
        done(other.ask(reverse(account, "3", water.id(), null)));
        forget(account);
        done(gateway.ask(pay(account, "4", reward("water"))));
        done(gateway.ask(voidKey(account, "5", "4")));
        SealedOperation last = done(other.ask(pay(account, "6", reward("water"))));
        assertEquals(1, count(last, "reward:water.0"));
    }

    @Test
    void pointsCountForALimitUntilTheyAreGivenBack() {
        AccountId account = account("limit");
        done(gateway.ask(earn(account, "e", 1000)));
        assertEquals("below_minimum", declined(gateway.ask(pay(account, "0", points(5)))));
        assertEquals("not_a_step", declined(gateway.ask(pay(account, "1", points(11)))));
        SealedOperation paid = done(gateway.ask(pay(account, "2", points(400))));
        assertEquals(new BigDecimal("4.44"), taken(paid).money());
        assertEquals("limit_exceeded", declined(gateway.ask(pay(account, "3", points(105)))));
        done(gateway.ask(reverse(account, "4", paid.id(), 5L)));
        done(gateway.ask(pay(account, "5", points(105))));
        assertEquals("limit_exceeded", declined(other.ask(pay(account, "6", points(10)))));
        done(other.ask(reverse(account, "7", paid.id(), null)));
        done(other.ask(voidKey(account, "8", "5")));
        SealedOperation all = done(gateway.ask(pay(account, "9", points(500))));
        assertEquals(500, all.image().state().available());
        AccountId poor = account("poor");
        done(gateway.ask(earn(poor, "e", 20)));
        assertEquals("insufficient_points", declined(gateway.ask(pay(poor, "1", points(25)))));
    }

    @Test
    void aHoldTakesUseAndGiftAndGivesThemBack() throws Exception {
        AccountId account = account("hold");
        done(gateway.ask(earn(account, "e", 100)));
        give(account, new Gift("cake", today() + 3, "birthday"));
        SealedOperation held = done(gateway.ask(hold(account, "h", reward("cake"), 120)));
        assertEquals(List.of(), member(held).gifts());
        assertEquals(0, Objects.requireNonNull(held.hold()).points());
        assertEquals("limit_exceeded", declined(other.ask(pay(account, "1", reward("cake")))));
        SealedOperation freed = done(other.ask(voidHold(account, "v", held.id())));
        assertEquals("voided", Objects.requireNonNull(freed.hold()).state());
        assertEquals(1, member(freed).gifts().size());
        assertEquals("already_reversed", declined(gateway.ask(voidKey(account, "v2", "h"))));
        assertEquals("hold_voided", declined(gateway.ask(capture(account, "c", held))));

        SealedOperation again = done(gateway.ask(hold(account, "h2", reward("cake"), 120)));
        forget(account);
        SealedOperation captured = done(other.ask(capture(account, "c2", again)));
        assertEquals("captured", Objects.requireNonNull(captured.hold()).state());
        assertNotNull(taken(captured).gift());
        assertEquals("hold_captured", declined(gateway.ask(voidHold(account, "v3", again.id()))));
        assertEquals("hold_captured", declined(gateway.ask(capture(account, "c3", again))));
        SealedOperation back = done(gateway.ask(reverse(account, "r", captured.id(), null)));
        assertEquals(1, member(back).gifts().size());
        assertEquals("already_reversed", declined(gateway.ask(reverse(account, "r2", captured.id(), null))));
        SealedOperation third = done(gateway.ask(hold(account, "h4", reward("cake"), 120)));
        SealedOperation undone = done(other.ask(voidKey(account, "v4", "h4")));
        assertEquals(third.id(), undone.target());
        assertEquals(1, member(undone).gifts().size());
        assertEquals("voided", declined(gateway.ask(voidKey(account, "v5", "h4"))));
    }

    @Test
    void aHoldThatTimesOutGivesBackInWhateverComesNext() throws Exception {
        AccountId account = account("time-out");
        done(gateway.ask(earn(account, "e", 100)));
        give(account, new Gift("coffee", today() + 3, "birthday"));
        SealedOperation cake = done(gateway.ask(hold(account, "h", reward("cake"), 1)));
        SealedOperation coffee = done(gateway.ask(hold(account, "h2", reward("coffee"), 1)));
        assertEquals(70, coffee.image().state().available());
        assertEquals(List.of(), member(coffee).gifts());
        TimeUnit.MILLISECONDS.sleep(1_100);
        SealedOperation next = done(other.ask(earn(account, "e2", 1)));
        assertEquals(101, next.image().state().available());
        assertEquals(
                new MemberState(
                        null,
                        MemberState.BLANK.attributes(),
                        List.of(),
                        null,
                        MemberState.BLANK.sums(),
                        MemberState.BLANK.counters(),
                        MemberState.BLANK.stamps(),
                        MemberState.BLANK.streaks(),
                        List.of(new Gift("coffee", today() + 3, "birthday"))),
                member(next));
        assertEquals("hold_expired", declined(gateway.ask(capture(account, "c", cake))));
        done(gateway.ask(voidKey(account, "v", "h2")));
        assertEquals("voided", declined(gateway.ask(voidKey(account, "v2", "h2"))));
        assertEquals(
                1, member(done(gateway.ask(earn(account, "e3", 1)))).gifts().size());
    }

    @Test
    void aHoldFixesItsRateAndARewardIsCapturedWhole() {
        AccountId account = account("capture");
        done(gateway.ask(earn(account, "e", 1000)));
        SealedOperation held = done(gateway.ask(hold(
                account,
                "h",
                PROGRAM.claimAmount(new BigDecimal("4.40"), Call.Place.UNKNOWN, System.currentTimeMillis()),
                120)));
        assertEquals(400, Objects.requireNonNull(held.hold()).points());
        assertEquals(new BigDecimal("4.40"), taken(held).money());
        forget(account);
        SealedOperation part = done(gateway.ask(capture(account, "c", held, 101L)));
        assertEquals(new BigDecimal("1.12"), taken(part).money());
        assertEquals(101, count(part, "limit:a-day"));
        SealedOperation back = done(other.ask(reverse(account, "r", part.id(), 1L)));
        assertEquals(100, count(back, "limit:a-day"));

        SealedOperation coffee = done(gateway.ask(hold(account, "h2", reward("coffee"), 120)));
        assertEquals("not_a_step", declined(gateway.ask(capture(account, "c2", coffee, 59L))));
        assertEquals("insufficient_points", declined(gateway.ask(capture(account, "c3", coffee, 61L))));
        SealedOperation whole = done(gateway.ask(capture(account, "c4", coffee, 60L)));
        assertEquals(new BigDecimal("2.50"), taken(whole).money());
        SealedOperation replayed = sealed(other.ask(capture(account, "c4", coffee, 60L)));
        assertEquals(whole.told(), replayed.told());
    }

    @Test
    void theLastUseGoesToOne() {
        AccountId account = account("race");
        done(gateway.ask(earn(account, "e", 1000)));
        List<CompletableFuture<Answer>> answers = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            answers.add((i % 2 == 0 ? gateway : other).submit(pay(account, "k" + i, reward("cake"))));
        }
        long ok = answers.stream()
                .map(answer -> sealed(get(answer)).outcome())
                .filter("ok"::equals)
                .count();
        assertEquals(1, ok);
        assertEquals(970, ledger.available(account));
    }

    @Test
    void aPriceOfAnotherMinuteIsMadeAnew() {
        AccountId account = account("until");
        done(gateway.ask(earn(account, "e", 100)));
        Claim claim = reward("coffee");
        Operation old =
                new Operation.Redeem(header(account, "1"), 0, new Operation.Claimed(claim, 1_000), Receipt.NONE);
        Answer answer = get(gateway.gateway
                .submit(old, at -> pay(account, "1", reward("coffee")))
                .subscribeAsCompletionStage()
                .toCompletableFuture());
        assertEquals(-60, done(answer).points());
    }

    /** What Redis says of the price is checked against what the gateway was asked for. */
    @Test
    void aSettlementThatIsNoneOfTheClaimsIsNotSealed() {
        AccountId account = account("forged-claim");
        done(gateway.ask(earn(account, "e", 1000)));
        parts.propose(hold(account, "h", reward("cake"), 120));
        String right = parts.redis(Command.HGET, account.redisKey(), "u2").toString();
        assertNull(Proposal.parse(account, right).flaw());
        for (String[] forged : new String[][] {
            {"\\\"points\\\":30", "\\\"points\\\":3"},
            {"\\\"points\\\":30,", ""},
            {"\\\"rule\\\":\\\"cake\\\"", "\\\"rule\\\":\\\"coffee\\\""},
            {"\\\"reward\\\":true,", ""},
            {"\\\"decimals\\\":2", "\\\"value\\\":1,\\\"decimals\\\":2"},
            {"\\\"decimals\\\":2", "\\\"decimals\\\":2,\\\"gift\\\":[\\\"coffee\\\",99999,\\\"p\\\"]"},
            {",1,1]", ",1,2]"},
            {"\"told\":", "\"parts\":"}
        }) {
            assertTrue(right.contains(forged[0]), forged[0]);
            String wrong = right.replace(forged[0], forged[1]);
            assertNotNull(Proposal.parse(account, wrong).flaw(), forged[1]);
        }
        parts.edit(account, "u2", "\\\"points\\\":30", "\\\"points\\\":3");
        SealedOperation next = done(other.ask(earn(account, "e2", 1)));
        assertEquals(1001, next.image().state().available());
        assertEquals(List.of(), ledger.byKey(account, "h"));
    }
}
