package dev.stampede.gateway;

import static dev.stampede.support.TestGateway.account;
import static dev.stampede.support.TestGateway.capture;
import static dev.stampede.support.TestGateway.done;
import static dev.stampede.support.TestGateway.earn;
import static dev.stampede.support.TestGateway.get;
import static dev.stampede.support.TestGateway.hold;
import static dev.stampede.support.TestGateway.redeem;
import static dev.stampede.support.TestGateway.voidKey;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.stampede.account.AccountId;
import dev.stampede.account.Operation;
import dev.stampede.account.OperationType;
import dev.stampede.support.Ask;
import dev.stampede.support.TestGateway;
import io.vertx.redis.client.Command;
import java.sql.Connection;
import java.sql.DriverManager;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** How many operations an account may have per second, over all gateways, and at a time; and a key at a time. */
class AccountLimitsTest extends TwoGateways {
    private static final int PER_SECOND = 10;
    private static final String RATE = "stampede.gateway.rate-limit-per-account";

    @Override
    Map<String, String> settings() {
        return and(ALONE, RATE, Integer.toString(PER_SECOND));
    }

    /** Asks until it is refused; answers how long to wait. */
    @CanIgnoreReturnValue
    private static long exhaust(Supplier<Answer> call) {
        for (int i = 0; i < 100; i++) {
            try {
                var unused = call.get();
            } catch (RateLimited e) {
                return e.waitSeconds();
            }
        }
        throw new AssertionError("never refused");
    }

    @Test
    @Tag("long")
    void theRateIsThatOfAllGateways() {
        AccountId account = account("rate");
        done(gateway.ask(earn(account, "first", 1))); // loads the account
        List<String> refused = new ArrayList<>();
        int allowed = 1;
        long began = System.nanoTime();
        while (System.nanoTime() - began < 3_000_000_000L) {
            int n = allowed + refused.size();
            String key = "e" + n;
            try {
                done((n % 2 == 0 ? gateway : other).ask(earn(account, key, 1)));
                allowed++;
            } catch (RateLimited e) {
                assertEquals(1, e.waitSeconds());
                refused.add(key);
            }
        }
        double most = PER_SECOND * (1 + (System.nanoTime() - began) / 1e9);
        assertTrue(allowed <= most + 1, allowed + " of " + most);
        assertTrue(allowed >= most - 5, allowed + " of " + most);
        assertFalse(refused.isEmpty());
        assertEquals(allowed, ledger.available(account));
        for (String key : refused) {
            assertEquals(List.of(), ledger.byKey(account, key));
        }
    }

    @Test
    void whatWasAnsweredAndWhatEndsAHoldIsNeverLimited() {
        AccountId account = account("never");
        UUID earned = done(gateway.ask(earn(account, "e", 100))).id();
        UUID held = done(gateway.ask(hold(account, "h", 10))).id();
        UUID voided = done(gateway.ask(hold(account, "h2", 10))).id();
        int[] n = {0};
        assertEquals(1, exhaust(() -> gateway.ask(earn(account, "x" + n[0]++, 1))));

        Answer.Sealed replay = assertInstanceOf(Answer.Sealed.class, other.ask(earn(account, "e", 100)));
        assertTrue(replay.replayed());
        assertEquals(earned, replay.operation().id());
        done(gateway.ask(capture(account, "c", held)));
        done(gateway.ask(voidHold(account, "v", voided)));
        done(gateway.ask(voidKey(account, "v2", "x0")));
        exhaust(() -> gateway.ask(redeem(account, "y" + n[0]++, 1)));
        done(gateway.ask(earn(account("another"), "e", 1)));
    }

    @Test
    void aRepeatOfAForgottenCallIsNeverLimited() {
        AccountId account = account("forgotten-repeat");
        UUID earned = done(gateway.ask(earn(account, "e", 100))).id();
        int[] n = {0};
        exhaust(() -> gateway.ask(earn(account, "x" + n[0]++, 1)));
        for (int i = 0; i < 10; i++) {
            parts.redis(Command.HDEL, account.redisKey(), "k:e");
            Answer.Sealed replay =
                    assertInstanceOf(Answer.Sealed.class, (i % 2 == 0 ? gateway : other).ask(earn(account, "e", 100)));
            assertTrue(replay.replayed());
            assertEquals(earned, replay.operation().id());
            exhaust(() -> gateway.ask(earn(account, "x" + n[0]++, 1)));
        }
    }

    @Test
    void whatMovesNothingCountsToo() {
        AccountId dry = account("dry-rate");
        done(gateway.ask(earn(dry, "e", 100)));
        exhaust(() -> get(
                gateway.gateway.dryRun(redeem(dry, "k", 1), null, left -> {}).subscribeAsCompletionStage()));
        assertEquals(100, ledger.available(dry));

        AccountId enrolled = account("enrol-rate");
        Operation enrol = Ask.of(OperationType.ENROL, enrolled).build();
        exhaust(() -> gateway.ask(enrol));
    }

    @Test
    void anAccountHasAFewInFlight() throws Exception {
        AccountId busy = account("busy");
        try (TestGateway few = start(Map.of("stampede.gateway.max-in-flight-per-account", "2", RATE, "0"));
                Connection holder = DriverManager.getConnection(jdbcUrl)) {
            done(few.ask(earn(busy, "e", 100)));
            holder.setAutoCommit(false);
            holder.createStatement().execute("SELECT 1 FROM account WHERE account = 'busy' FOR UPDATE");
            List<CompletableFuture<Answer>> waiting =
                    List.of(few.submit(earn(busy, "e1", 1)), few.submit(earn(busy, "e2", 1)));
            Unavailable why = assertThrows(Unavailable.class, () -> few.ask(earn(busy, "e3", 1)));
            assertEquals(Unavailable.Code.OVERLOADED, why.code());
            assertTrue(why.getMessage().contains("of this account"), why::getMessage);
            CompletableFuture<Answer> urgent = few.submit(voidKey(busy, "v", "e1"));
            assertEquals(List.of(), ledger.byKey(busy, "e3"));
            holder.rollback();

            for (CompletableFuture<Answer> each : waiting) {
                get(each.handle((answer, failure) -> true));
            }
            String ended = get(urgent.handle((answer, failure) -> String.valueOf(failure)));
            assertFalse(ended.contains("of this account"), ended);
            done(few.ask(earn(busy, "e4", 1)));
        }
    }

    @Test
    void aKeyHasAPartOfThePlaces() throws Exception {
        AccountId locked = account("of-a-key");
        try (TestGateway few = start(Map.of("stampede.gateway.max-in-flight", "8", RATE, "0"));
                Connection holder = DriverManager.getConnection(jdbcUrl)) {
            done(few.ask(earn(locked, "e", 100)));
            holder.setAutoCommit(false);
            holder.createStatement().execute("SELECT 1 FROM account WHERE account = 'of-a-key' FOR UPDATE");
            List<CompletableFuture<Answer>> waiting =
                    List.of(few.submit(of("greedy", locked, "e1")), few.submit(of("greedy", locked, "e2")));
            AccountId free = account("of-another-key");
            Unavailable why = assertThrows(Unavailable.class, () -> few.ask(of("greedy", free, "e")));
            assertEquals(Unavailable.Code.OVERLOADED, why.code());
            assertTrue(why.getMessage().contains("of this key"), why::getMessage);
            assertFalse(few.gateway.hasRoom("greedy"));
            assertTrue(few.gateway.hasRoom("modest"));
            done(few.ask(of("modest", free, "e")));
            holder.rollback();

            for (CompletableFuture<Answer> each : waiting) {
                get(each.handle((answer, failure) -> true));
            }
            done(few.ask(of("greedy", free, "e2")));
        }
    }

    private static Operation of(String principal, AccountId account, String key) {
        return Ask.of(OperationType.EARN, account)
                .by(principal)
                .key(key, "earn")
                .points(1L)
                .lot(30_000, null)
                .autoEnrol(true)
                .build();
    }
}
