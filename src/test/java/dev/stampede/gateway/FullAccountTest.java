package dev.stampede.gateway;

import static dev.stampede.support.TestGateway.account;
import static dev.stampede.support.TestGateway.done;
import static dev.stampede.support.TestGateway.earn;
import static dev.stampede.support.TestGateway.get;
import static dev.stampede.support.TestGateway.redeem;
import static dev.stampede.support.TestGateway.voidKey;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.account.AccountId;
import dev.stampede.account.Proposal;
import dev.stampede.seal.Outcome;
import io.vertx.redis.client.Command;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** An account with as many unsealed operations as there may be is refused, and not for ever. */
class FullAccountTest extends TwoGateways {
    /** The newest unsealed operation is its own: nobody need be helped, and that is no bug. */
    @Test
    void anAccountThatIsFullIsOverloaded() throws Exception {
        AccountId account = account("full");
        done(gateway.ask(earn(account, "e", 100)));
        await().until(() -> parts.redis(Command.HGET, account.redisKey(), "u1") == null);
        for (int i = 0; i < 999; i++) {
            parts.propose(earn(account, "k" + i, 1));
        }
        CompletableFuture<Answer> last;
        try (Connection blocker = lock(account)) {
            last = gateway.submit(earn(account, "last", 1));
            await().until(
                            () -> parts.redis(Command.HGET, account.redisKey(), "h")
                                    .toString(),
                            "1001"::equals);
            Unavailable full = assertThrows(Unavailable.class, () -> gateway.ask(earn(account, "more", 1)));
            assertEquals(Unavailable.Code.OVERLOADED, full.code());
            blocker.rollback();
        }
        assertEquals(1100, done(get(last)).image().state().available());
    }

    /** A gateway seals them and dies before it tells Redis: nobody else may be locked out for ever. */
    @Test
    void aFullAccountIsNotFullForEver() throws Exception {
        AccountId account = account("brim");
        List<Proposal> all = brim(account);
        assertEquals(1000, all.size());
        assertEquals(Outcome.SEALED, parts.seal(all));
        Awaitility.await("the account stays full, though everything is sealed")
                .atMost(Duration.ofSeconds(10))
                .pollInterval(Duration.ofMillis(200))
                .ignoreException(Unavailable.class)
                .until(() -> done(gateway.ask(earn(account, "later", 1)))
                                .image()
                                .state()
                                .available()
                        == 1101);
    }

    /** Nobody may be told that a call never happened while it may still be sealed. */
    @Test
    void anUnsealedKeyIsNotForgotten() {
        AccountId account = account("brim-key");
        List<Proposal> all = brim(account);
        try {
            var found = get(gateway.gateway.findByKey(account, "k0").subscribeAsCompletionStage());
            assertNotNull(found.operation(), "said to be unknown, and sealed later: " + parts.seal(all));
        } catch (Unavailable e) {
            assertEquals(Unavailable.Code.OUTCOME_UNKNOWN, e.code());
        }
    }

    @Test
    void anAccountThatADeadGatewayFilledIsEmptiedByThoseWhoComeNext() throws Exception {
        AccountId account = account("full-left");
        done(gateway.ask(earn(account, "e", 100)));
        for (int i = 0; i < 1000; i++) {
            parts.propose(earn(account, "k" + i, 1));
        }
        int refused = 0;
        while (true) {
            try {
                Answer answer = gateway.ask(earn(account, "last", 1));
                assertEquals(1101, done(answer).image().state().available());
                break;
            } catch (Unavailable e) {
                assertEquals(Unavailable.Code.OVERLOADED, e.code());
                assertTrue(++refused < 20);
                TimeUnit.MILLISECONDS.sleep(100);
            }
        }
        assertTrue(refused > 0);
    }

    /** As many as there may be: nobody holds them, so nobody would ever make room. */
    @Test
    void anAccountThatIsSaidToBeFullIsLoadedAfresh() {
        for (boolean unsealed : new boolean[] {false, true}) {
            AccountId account = account("full-" + unsealed);
            done(gateway.ask(earn(account, "e", 100)));
            parts.redis(Command.HSET, account.redisKey(), "h", "99999");
            if (unsealed) {
                parts.redis(Command.PERSIST, account.redisKey());
            }
            served(account);
        }
    }

    /** A version that the image has, too. */
    @Test
    void anImageOfManyUnsealedVersionsIsLoadedAfresh() {
        AccountId account = account("full-image");
        done(gateway.ask(earn(account, "e", 100)));
        parts.edit(account, "\"version\":1,", "\"version\":99999,");
        parts.redis(Command.HSET, account.redisKey(), "h", "99999");
        served(account);
    }

    /** 1,000 unsealed operations: as many as there may be. A void with its tombstone would make it 1,001. */
    private List<Proposal> brim(AccountId account) {
        done(gateway.ask(earn(account, "e", 100)));
        List<Proposal> all = new ArrayList<>();
        for (int i = 0; i < 999; i++) {
            all.add(last(parts.propose(earn(account, "k" + i, 1))));
        }
        AssertionError refused = assertThrows(
                AssertionError.class,
                () -> parts.propose(voidKey(account, "v", "never"), parts.facts(account, UUID.randomUUID())));
        assertTrue(refused.getMessage().contains("TooManyUnsealed"), refused.getMessage());
        all.add(last(parts.propose(earn(account, "k999", 1))));
        return all;
    }

    private void served(AccountId account) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(5))
                .ignoreException(Unavailable.class)
                .until(() -> done(gateway.ask(redeem(account, "r", 1))).ok());
    }
}
