package dev.stampede.gateway;

import static dev.stampede.support.TestGateway.account;
import static dev.stampede.support.TestGateway.capture;
import static dev.stampede.support.TestGateway.declined;
import static dev.stampede.support.TestGateway.done;
import static dev.stampede.support.TestGateway.earn;
import static dev.stampede.support.TestGateway.get;
import static dev.stampede.support.TestGateway.hold;
import static dev.stampede.support.TestGateway.redeem;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.account.AccountId;
import dev.stampede.account.Operation;
import dev.stampede.account.OperationType;
import dev.stampede.account.Presence;
import dev.stampede.points.MemberPoints;
import dev.stampede.points.Unpriceable;
import dev.stampede.support.Ask;
import dev.stampede.support.TestGateway;
import io.vertx.redis.client.Command;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;

/** Codes of members count once, whatever Redis forgets or claims; and what is frozen for spending is not spent. */
class MemberCodeTest extends TwoGateways {
    private static final long MADE = 1_795_264_200_000L;

    private static Operation shown(OperationType type, AccountId account, String key, long points, Presence presence) {
        return Ask.of(type, account)
                .key(key, type + " " + points)
                .points(points)
                .ttlSeconds(60)
                .presence(presence)
                .build();
    }

    private static Operation pay(AccountId account, String key, long code) {
        return shown(OperationType.REDEEM, account, key, 1, new Presence(code, null));
    }

    @Test
    void ofAHundredAtTwoGatewaysOneIsDone() {
        AccountId account = account("hundred");
        done(gateway.ask(earn(account, "e", 1000)));
        List<CompletableFuture<Answer>> asked = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            Operation each = shown(
                    i % 3 == 0 ? OperationType.HOLD : OperationType.REDEEM,
                    account,
                    "p" + i,
                    1,
                    new Presence(MADE, null));
            asked.add((i % 2 == 0 ? gateway : other)
                    .gateway
                    .submit(each)
                    .subscribeAsCompletionStage()
                    .toCompletableFuture());
        }
        int done = 0;
        for (CompletableFuture<Answer> each : asked) {
            var operation = sealed(get(each));
            assertTrue(operation.ok() || operation.outcome().equals("member_code_used"), operation::outcome);
            done += operation.ok() ? 1 : 0;
        }
        assertEquals(1, done);
        assertEquals(MADE, peek(account).image().memberCode());
        MemberPoints points = peek(account).image().state();
        assertEquals(999, points.available());
    }

    @Test
    void anOlderOneIsUsedAndANewerOneIsNot() {
        AccountId account = account("older");
        done(gateway.ask(earn(account, "e", 10)));
        done(gateway.ask(pay(account, "a", MADE)));
        assertEquals("member_code_used", declined(other.ask(pay(account, "b", MADE))));
        assertEquals("member_code_used", declined(gateway.ask(pay(account, "c", MADE - 1))));
        done(other.ask(pay(account, "d", MADE + 1)));
        assertEquals("member_code_used", declined(gateway.ask(pay(account, "f", MADE))));
        // the same call gets its answer
        assertTrue(sealed(gateway.ask(pay(account, "a", MADE))).ok());
        assertEquals("member_code_used", declined(other.ask(pay(account, "b", MADE))));
    }

    @Test
    void whatIsDeclinedUsesNoCodeUp() {
        AccountId account = account("declined");
        done(gateway.ask(earn(account, "e", 10)));
        Presence presence = new Presence(MADE, null);
        assertEquals(
                "insufficient_points",
                declined(gateway.ask(shown(OperationType.REDEEM, account, "much", 11, presence))));
        assertNull(peek(account).image().memberCode());
        done(gateway.ask(shown(OperationType.REDEEM, account, "less", 10, presence)));
    }

    @Test
    void redisForgetsIt() {
        AccountId account = account("forgotten");
        done(gateway.ask(earn(account, "e", 10)));
        done(gateway.ask(pay(account, "a", MADE)));
        noted(account);
        forget(account);
        assertEquals("member_code_used", declined(other.ask(pay(account, "b", MADE))));
        forget(account);
        done(gateway.ask(pay(account, "c", MADE + 5)));
    }

    @Test
    void redisLiesAboutIt() {
        AccountId account = account("lie");
        done(gateway.ask(earn(account, "e", 10)));
        done(gateway.ask(pay(account, "a", MADE)));
        noted(account);
        parts.edit(account, ",\"memberCode\":" + MADE, "");
        assertEquals("member_code_used", declined(gateway.ask(pay(account, "b", MADE))));
        parts.edit(account, "\"memberCode\":" + MADE, "\"memberCode\":" + (MADE + 1000));
        done(other.ask(pay(account, "c", MADE + 500)));
    }

    @Test
    void manyPointsNeedACode() throws Exception {
        AccountId account = account("step-up");
        done(gateway.ask(earn(account, "e", 1000)));
        Presence absent = new Presence(null, 100L);
        done(gateway.ask(shown(OperationType.REDEEM, account, "few", 100, absent)));
        long version = peek(account).image().version();
        for (OperationType type : List.of(OperationType.REDEEM, OperationType.HOLD)) {
            Operation many = shown(type, account, "many " + type, 101, absent);
            ExecutionException refused = assertThrows(
                    ExecutionException.class,
                    () -> gateway.gateway
                            .submit(many)
                            .subscribeAsCompletionStage()
                            .toCompletableFuture()
                            .get());
            assertEquals(Unpriceable.Why.MEMBER_CODE_REQUIRED, ((Unpriceable) refused.getCause()).why());
            assertEquals(version, peek(account).image().version());
        }
        done(gateway.ask(shown(OperationType.REDEEM, account, "many REDEEM", 101, new Presence(MADE, null))));
    }

    @Test
    void whatIsFrozenForSpendingIsNotSpent() {
        AccountId account = account("spending");
        done(gateway.ask(earn(account, "e", 100)));
        UUID first = done(gateway.ask(hold(account, "h1", 10))).id();
        UUID second = done(gateway.ask(hold(account, "h2", 10))).id();
        done(gateway.ask(freeze(account, true)));
        assertEquals("account_frozen", declined(other.ask(redeem(account, "r", 1))));
        assertEquals("account_frozen", declined(other.ask(hold(account, "h3", 1))));
        done(other.ask(earn(account, "e2", 5)));
        done(other.ask(capture(account, "c", first)));
        done(other.ask(voidHold(account, "v", second)));
        assertEquals(95, peek(account).image().state().available());

        done(gateway.ask(freeze(account, false)));
        done(gateway.ask(freeze(account, true)));
        assertTrue(peek(account).image().state().frozen(), "the stronger one stays");
        assertFalse(peek(account).image().state().spendingFrozen());
        assertEquals("account_frozen", declined(other.ask(earn(account, "e3", 5))));
        done(gateway.ask(Ask.of(OperationType.UNFREEZE, account).build()));
        done(other.ask(redeem(account, "r2", 1)));
    }

    private static Operation freeze(AccountId account, boolean spendingOnly) {
        return Ask.of(OperationType.FREEZE, account).spendingOnly(spendingOnly).build();
    }

    @Test
    void fiveInvalidCodesFreezeForSpending() {
        AccountId account = account("guessed");
        done(gateway.ask(earn(account, "e", 100)));
        double before = frozen();
        for (int i = 0; i < 12; i++) {
            note(i % 2 == 0 ? gateway : other, account, "guess " + i % 4);
        }
        assertFalse(peek(account).image().state().isFrozen(), "the same code counts once");
        note(gateway, account, "guess 4");
        assertTrue(peek(account).image().state().spendingFrozen());
        assertEquals(before + 1, frozen());
        long version = peek(account).image().version();
        for (int i = 0; i < 6; i++) {
            note(gateway, account, "guess " + i);
        }
        assertEquals(version, peek(account).image().version(), "frozen once");
        assertEquals(0, marks(account), "forgotten");
    }

    @Test
    void whoIsNoMemberLeavesNothingInRedis() {
        AccountId account = account("nobody");
        note(gateway, account, "guess");
        assertEquals(0, marks(account));
        done(gateway.ask(earn(account, "e", 100)));
        note(other, account, "guess");
        assertEquals(1, marks(account));
    }

    /** Redis tells that the account is open. */
    @Test
    void aFreezeThatIsRefusedIsNotCounted() {
        AccountId account = account("closed");
        done(gateway.ask(earn(account, "e", 1)));
        done(gateway.ask(redeem(account, "r", 1)));
        done(gateway.ask(Ask.of(OperationType.CLOSE, account).build()));
        noted(account);
        parts.edit(account, ",\"closed\":true", "");
        double before = frozen();
        for (int i = 0; i < 5; i++) {
            note(gateway, account, "guess " + i);
        }
        assertEquals(before, frozen());
        assertTrue(peek(account).image().state().closed(), "it was decided on the truth");
    }

    private double frozen() {
        return gateway.registry
                .get("stampede.auto.freezes")
                .tag("result", "frozen")
                .counter()
                .count();
    }

    private int marks(AccountId account) {
        return parts.redis(Command.KEYS, account.redisKey() + ":*").size();
    }

    private static void note(TestGateway at, AccountId account, String code) {
        var unused = get(at.gateway
                .noteInvalidMemberCode(account, code, null)
                .subscribeAsCompletionStage()
                .toCompletableFuture());
    }
}
