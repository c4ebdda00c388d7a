package dev.stampede.gateway;

import static dev.stampede.support.TestGateway.account;
import static dev.stampede.support.TestGateway.declined;
import static dev.stampede.support.TestGateway.done;
import static dev.stampede.support.TestGateway.earn;
import static dev.stampede.support.TestGateway.get;
import static dev.stampede.support.TestGateway.reverse;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.account.AccountId;
import dev.stampede.account.Operation;
import dev.stampede.account.Receipt;
import dev.stampede.award.Claim;
import dev.stampede.award.Shared;
import dev.stampede.program.reading.DocumentReader;
import dev.stampede.rules.Call;
import dev.stampede.rules.CompiledProgram;
import dev.stampede.seal.BudgetBook;
import dev.stampede.support.TestGateway;
import dev.stampede.support.TestProgram;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Where a total was too small once, a gateway tries for no more than is left: whoever comes, and whatever happens. */
class ScarceUnitsTest extends TwoGateways {
    private static final long HOUR_MS = 3_600_000;
    private static final String OUT = "out_of_stock";

    /** By whom each piece was had at first. */
    private final Map<String, UUID> had = new HashMap<>();

    private int calls;

    /** A reward of which there is so much, and which was had so often that nothing is left of it. */
    private CompiledProgram exhausted(String reward, long stock) throws SQLException {
        String rewards = "[{\"id\":\"" + reward + "\",\"cost\":60,\"stock\":{\"total\":" + stock + "}}]";
        try (Connection owner = DriverManager.getConnection(jdbcUrl);
                var publish = owner.createStatement()) {
            publish.execute("SELECT * FROM make_budgets('demo', '{\"budgets\":[],\"rewards\":" + rewards + "}')");
        }
        CompiledProgram program =
                CompiledProgram.of(Objects.requireNonNull(DocumentReader.read(TestProgram.of(TestGateway.PROGRAM)
                                .with("rewards", rewards)
                                .document()
                                .getBytes(StandardCharsets.UTF_8))
                        .document()));
        for (TestGateway each : List.of(gateway, other)) {
            await().until(() -> each.gateway.totals().stock(TestGateway.PROGRAM, reward) != null);
        }
        for (int i = 0; i < stock; i++) {
            String first = reward + "-first-" + i;
            had.put(first, done(gateway.ask(pay(rich(first), program, reward))).id());
        }
        for (TestGateway each : List.of(gateway, other)) {
            assertEquals(OUT, declined(each.ask(pay(rich(reward + "-second"), program, reward))));
        }
        return program;
    }

    private AccountId rich(String name) {
        AccountId account = account(name);
        done(gateway.ask(earn(account, "earn " + ++calls, 1000)));
        return account;
    }

    private Operation pay(AccountId account, CompiledProgram program, String reward) {
        long now = System.currentTimeMillis();
        Claim claim = program.claimReward(reward, Call.Place.UNKNOWN, now);
        String key = "pay-" + ++calls;
        return new Operation.Redeem(
                new Operation.Header(account, key, key, null, 1, null),
                0,
                new Operation.Claimed(claim, now + HOUR_MS),
                Receipt.NONE);
    }

    /** Gives back what the account has had, and lets the gateways hear of it. */
    private void comesBack(String reward, String account, long left) {
        done(gateway.ask(reverse(account(account), "back-" + ++calls, had.get(account), null)));
        for (TestGateway each : List.of(gateway, other)) {
            await().until(() -> known(each, reward).left() == left);
        }
    }

    private static BudgetBook.Total known(TestGateway gateway, String reward) {
        BudgetBook.Total total = gateway.gateway.totals().stock(TestGateway.PROGRAM, reward);
        assertNotNull(total);
        return total;
    }

    private static double shorts(TestGateway gateway) {
        return gateway.registry.get("stampede.budget.short").counter().count();
    }

    private static void nobodyTries(TestGateway gateway, String reward) {
        Shared stock = new Shared(reward, Shared.Kind.STOCK, false, true, 0, null);
        await().until(() -> gateway.gateway.totals().tried(TestGateway.PROGRAM, stock) == 0);
    }

    /** Each gateway lets as many try as there are units, and the others wait for their outcome. */
    @Test
    void aUnitThatComesBackIsTriedForByFew() throws Exception {
        CompiledProgram program = exhausted("bowl", 1);
        List<AccountId> crowd = new ArrayList<>();
        for (int i = 0; i < 150; i++) {
            crowd.add(rich("bowl-" + i));
        }
        comesBack("bowl", "bowl-first-0", 1);
        double before = shorts(gateway) + shorts(other);
        List<CompletableFuture<Answer>> answers = new ArrayList<>();
        for (int i = 0; i < crowd.size(); i++) {
            answers.add((i % 2 == 0 ? gateway : other).submit(pay(crowd.get(i), program, "bowl")));
        }
        assertEquals(1, answers.stream().filter(each -> sealed(get(each)).ok()).count());
        double tried = shorts(gateway) + shorts(other) - before;
        assertTrue(tried <= 4, "refused by the ledger: " + tried);
        nobodyTries(gateway, "bowl");
        nobodyTries(other, "bowl");
    }

    /** Who tries for the last unit may not get it: nobody is told meanwhile that nothing is left. */
    @Test
    void whoeverComesMeanwhileWaitsForTheOutcome() throws Exception {
        CompiledProgram program = exhausted("cup", 1);
        AccountId first = rich("cup-1");
        AccountId second = rich("cup-2");
        comesBack("cup", "cup-first-0", 1);
        CompletableFuture<Answer> waits;
        CompletableFuture<Answer> tries;
        try (Connection sealing = lock(first)) {
            tries = gateway.submit(pay(first, program, "cup"));
            waitForLocks(1);
            waits = gateway.submit(pay(second, program, "cup"));
            TimeUnit.MILLISECONDS.sleep(100);
            assertFalse(waits.isDone());
            sealing.rollback();
        }
        done(get(tries));
        assertEquals(OUT, declined(get(waits)));
        nobodyTries(gateway, "cup");
    }

    /** A call that is declined for another reason gets nothing, and lets go. */
    @Test
    void whoHasTooFewPointsLetsGo() throws Exception {
        CompiledProgram program = exhausted("plate", 1);
        AccountId poor = account("plate-poor");
        done(gateway.ask(earn(poor, "earn", 1)));
        comesBack("plate", "plate-first-0", 1);
        assertEquals("insufficient_points", declined(gateway.ask(pay(poor, program, "plate"))));
        nobodyTries(gateway, "plate");
        done(gateway.ask(pay(rich("plate-1"), program, "plate")));
        nobodyTries(gateway, "plate");
    }

    /** Another gateway was faster, and this one has not heard of it. */
    @Test
    void whoIsRefusedByTheLedgerLetsGo() throws Exception {
        CompiledProgram program = exhausted("pot", 1);
        AccountId late = rich("pot-late");
        comesBack("pot", "pot-first-0", 1);
        double before = shorts(gateway);
        done(other.ask(pay(rich("pot-1"), program, "pot")));
        assertEquals(OUT, declined(gateway.ask(pay(late, program, "pot"))));
        assertTrue(shorts(gateway) - before <= 1);
        nobodyTries(gateway, "pot");
    }

    /** Redis has another history of the account: it is discarded, and the call goes on. */
    @Test
    void anImageThatIsDiscardedLetsGo() throws Exception {
        CompiledProgram program = exhausted("jug", 2);
        AccountId account = rich("jug-1");
        noted(account);
        comesBack("jug", "jug-first-0", 1);
        comesBack("jug", "jug-first-1", 2);
        parts.propose(earn(account, "nobody seals this", 7)); // as of a gateway that died
        parts.redis(
                io.vertx.redis.client.Command.HSET,
                account.redisKey(),
                "u2",
                "{}"); // and somebody wrote nonsense into it
        double before = discards();
        done(gateway.ask(pay(account, program, "jug")));
        assertTrue(discards() > before);
        nobodyTries(gateway, "jug");
        done(gateway.ask(pay(rich("jug-2"), program, "jug")));
        assertEquals(OUT, declined(gateway.ask(pay(rich("jug-3"), program, "jug"))));
        nobodyTries(gateway, "jug");
    }

    /** The caller is told that the outcome is unknown; the units are let go when it is known. */
    @Test
    void whoseTimeIsUpLetsGoInTheEnd() throws Exception {
        CompiledProgram program = exhausted("mug", 1);
        AccountId slow = rich("mug-1");
        try (TestGateway hasty = start(Map.of("stampede.gateway.answer-timeout", "300ms"))) {
            done(hasty.ask(earn(slow, "warm", 1)));
            assertEquals(OUT, declined(hasty.ask(pay(slow, program, "mug"))));
            comesBack("mug", "mug-first-0", 1);
            await().until(() -> known(hasty, "mug").left() == 1);
            Operation paying = pay(slow, program, "mug");
            try (Connection sealing = lock(slow)) {
                CompletableFuture<Answer> answer = hasty.submit(paying);
                assertThrows(Unavailable.class, () -> get(answer));
                sealing.rollback();
            }
            nobodyTries(hasty, "mug");
            done(gateway.ask(paying));
        }
    }
}
