package dev.stampede.gateway;

import static dev.stampede.support.TestGateway.account;
import static dev.stampede.support.TestGateway.done;
import static dev.stampede.support.TestGateway.earn;
import static dev.stampede.support.TestGateway.get;
import static dev.stampede.support.TestGateway.redeem;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.account.AccountId;
import dev.stampede.account.Proposal;
import dev.stampede.support.TestGateway;
import io.vertx.redis.client.Command;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** The comparison finds what Redis has and Postgres has not, and puts it right without harm. */
class ComparisonTest extends TwoGateways {
    @Test
    void theComparisonSealsWhatNobodyTouches() throws Exception {
        AccountId account = account("orphan-left");
        try (TestGateway comparing = start(COMPARED)) {
            done(comparing.ask(earn(account, "e", 100)));
            Proposal orphan = last(parts.propose(redeem(account, "k", 30)));
            for (int i = 0; i < 100 && ledger.byKey(account, "k").isEmpty(); i++) {
                TimeUnit.MILLISECONDS.sleep(100);
            }
            assertEquals(List.of(orphan.id()), ledger.byKey(account, "k"));
        }
    }

    @Test
    void theComparisonDiscardsWhatPostgresDoesNotHave() throws Exception {
        AccountId account = account("drifted");
        try (TestGateway comparing = start(COMPARED)) {
            done(comparing.ask(earn(account, "e", 100)));
            parts.edit(account, "\"available\":100", "\"available\":900");
            long available = 900;
            for (int i = 0; i < 100 && available != 100; i++) {
                TimeUnit.MILLISECONDS.sleep(100);
                available = get(comparing.gateway.peek(account).subscribeAsCompletionStage())
                        .image()
                        .state()
                        .available();
            }
            assertEquals(100, available);
        }
    }

    @Test
    void theComparisonReplacesAnImageThatCannotBeRead() {
        AccountId account = account("unreadable");
        done(gateway.ask(earn(account, "e", 100)));
        parts.redis(Command.HSET, account.redisKey(), "i", "{");
        assertEquals(ComparisonResult.WRONG, compare(account));
        assertEquals(ComparisonResult.NONE, compare(account));
    }

    @Test
    void theComparisonReplacesAnUnsealedImageThatWasEdited() {
        AccountId account = account("edited-unsealed");
        done(gateway.ask(earn(account, "e", 100)));
        parts.propose(earn(account, "k", 5));
        parts.edit(account, "\"available\":105", "\"available\":905");
        assertEquals(ComparisonResult.WRONG, compare(account));
        Long shown = get(gateway.gateway.peek(account).subscribeAsCompletionStage())
                .image()
                .state()
                .available();
        assertNotEquals(905, shown);
    }

    /** Somebody put something else under the account's name. */
    @Test
    void theComparisonReplacesWhatIsNoHash() {
        AccountId account = account("no-hash");
        done(gateway.ask(earn(account, "e", 100)));
        parts.redis(Command.DEL, account.redisKey());
        parts.redis(Command.SET, account.redisKey(), "x");
        List<CompletableFuture<Answer>> rush = new ArrayList<>();
        CompletableFuture<ComparisonResult> compared =
                gateway.gateway.compare(account).toCompletionStage().toCompletableFuture();
        for (int i = 0; i < 20; i++) {
            rush.add(gateway.submit(earn(account("hash-" + i), "e", 100)));
        }
        // with others in one piece it costs the connection: a call that comes after that is refused, and not done
        List<AccountId> refused = new ArrayList<>();
        for (int i = 0; i < rush.size(); i++) {
            try {
                done(get(rush.get(i)));
            } catch (Unavailable e) {
                assertEquals(Unavailable.Code.UNAVAILABLE, e.code());
                refused.add(account("hash-" + i));
            }
        }
        String said;
        try {
            said = String.valueOf(get(compared));
        } catch (RuntimeException e) {
            said = e.toString();
        }
        assertNotEquals(ComparisonResult.NONE.toString(), said);
        Awaitility.await().atMost(Duration.ofSeconds(20)).until(gateway.gateway::redisUp);
        for (AccountId other : refused) {
            assertNull(get(gateway.gateway.findByKey(other, "e").subscribeAsCompletionStage())
                    .operation());
        }
        // alone it is repaired
        ComparisonResult alone = compare(gateway, account);
        assertTrue(alone == ComparisonResult.WRONG || alone == ComparisonResult.NONE, () -> "not repaired: " + alone);
        assertEquals(ComparisonResult.NONE, compare(gateway, account));
    }

    /** Facts that were read at the true head count as outdated for ever. */
    @Test
    void aSealedHeadThatIsNoneIsFound() {
        AccountId account = account("wrong-s");
        done(gateway.ask(earn(account, "e", 100)));
        noted(account);
        parts.redis(Command.HSET, account.redisKey(), "s", "1 " + UUID.randomUUID());
        assertEquals(
                ComparisonResult.WRONG,
                get(gateway.gateway.compare(account).toCompletionStage().toCompletableFuture()));
        assertEquals(0, parts.redis(Command.EXISTS, account.redisKey()).toInteger());
    }

    /** A newer release has put the account into Redis: its gateways compare it, this one does not throw it away. */
    @Test
    void whatANewerReleaseHasPutThereStays() {
        AccountId account = account("newer");
        done(gateway.ask(earn(account, "e", 100)));
        parts.redis(Command.HSET, account.redisKey(), "f", "4 elsewhere");
        assertEquals(ComparisonResult.NONE, compare(gateway, account));
        assertEquals(
                "4 elsewhere",
                parts.redis(Command.HGET, account.redisKey(), "f").toString());
        // it may hold operations that are not sealed yet, of which nobody here knows
        parts.redis(Command.HSET, account.redisKey(), "k:of-the-newer", "2 " + UUID.randomUUID());
        Unavailable unknown = assertThrows(
                Unavailable.class,
                () -> get(gateway.gateway.findByKey(account, "of-the-newer").subscribeAsCompletionStage()));
        assertEquals(Unavailable.Code.OUTCOME_UNKNOWN, unknown.code());
        // whoever is asked for the account here reads it from Postgres, and goes on with that
        assertEquals(
                101, done(gateway.ask(earn(account, "e2", 1))).image().state().available());
    }
}
