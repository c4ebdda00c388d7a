package dev.stampede.gateway;

import static dev.stampede.support.TestGateway.account;
import static dev.stampede.support.TestGateway.done;
import static dev.stampede.support.TestGateway.earn;
import static dev.stampede.support.TestGateway.get;
import static dev.stampede.support.TestGateway.redeem;
import static dev.stampede.support.TestGateway.reverse;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.account.AccountId;
import dev.stampede.account.SealedOperation;
import dev.stampede.support.TestGateway;
import java.sql.Connection;
import java.sql.DriverManager;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A row that somebody locks stops nobody but its own account. */
class LockedRowTest extends TwoGateways {
    @Override
    Map<String, String> settings() {
        return and(ALONE, "stampede.seal.sealers", "1");
    }

    @Test
    void aLockedRowHurtsNoOneElseAndLeavesNoBackends() throws Exception {
        AccountId account = account("locked");
        try (TestGateway victim = start(Map.of());
                Connection holder = DriverManager.getConnection(jdbcUrl)) {
            done(victim.ask(earn(account, "e", 100)));
            holder.setAutoCommit(false);
            holder.createStatement().execute("SELECT 1 FROM account WHERE account = 'locked' FOR UPDATE");
            CompletableFuture<Answer> blocked = victim.submit(redeem(account, "r", 10));
            for (int i = 0; i < 3; i++) {
                assertTrue(done(victim.ask(earn(account("locked-innocent"), "e" + i, 10)))
                        .ok());
            }
            assertFalse(blocked.isDone() && !blocked.isCompletedExceptionally(), "sealed under somebody else's lock");
            assertTrue(waiting() <= 2, "a sealer and a reader may wait, and nobody behind them");
            holder.rollback();

            // its caller was answered, or told to ask again: either way it happens once
            blocked.handle((answer, failure) -> answer).get(15, TimeUnit.SECONDS);
            assertTrue(done(victim.ask(redeem(account, "r", 10))).ok());
            assertEquals(90, ledger.available(account));
            assertEquals(0, waiting());
        }
    }

    @Test
    void aLockedRowFailsNobodyElsesReversal() throws Exception {
        AccountId locked = account("locked-reversed");
        SealedOperation earned = done(gateway.ask(earn(locked, "e", 100)));
        List<SealedOperation> others = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            others.add(done(gateway.ask(earn(account("other-" + i), "e", 100))));
        }
        try (Connection connection = DriverManager.getConnection(jdbcUrl)) {
            connection.setAutoCommit(false);
            connection.createStatement().execute("SELECT 1 FROM account WHERE account = 'locked-reversed' FOR UPDATE");
            CompletableFuture<Answer> first = gateway.submit(reverse(locked, "r", earned.id(), 1L));
            TimeUnit.MILLISECONDS.sleep(200);
            CompletableFuture<Answer> second = gateway.submit(reverse(locked, "r2", earned.id(), 1L));
            List<CompletableFuture<Answer>> innocent = new ArrayList<>();
            for (SealedOperation other : others) {
                innocent.add(gateway.submit(reverse(other.account(), "r", other.id(), 1L)));
            }
            for (CompletableFuture<Answer> each : innocent) {
                done(get(each));
            }
            connection.rollback();
            first.handle((a, e) -> null).get(20, TimeUnit.SECONDS);
            second.handle((a, e) -> null).get(20, TimeUnit.SECONDS);
        }
    }
}
