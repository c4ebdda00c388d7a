package dev.stampede.gateway;

import static dev.stampede.support.TestGateway.capture;
import static dev.stampede.support.TestGateway.declined;
import static dev.stampede.support.TestGateway.done;
import static dev.stampede.support.TestGateway.get;
import static dev.stampede.support.TestGateway.reverse;
import static dev.stampede.support.TestGateway.voidKey;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.account.AccountId;
import dev.stampede.account.Operation;
import dev.stampede.account.Proposal;
import dev.stampede.account.Receipt;
import dev.stampede.award.Award;
import dev.stampede.points.Grace;
import dev.stampede.rules.Call;
import dev.stampede.rules.CompiledProgram;
import dev.stampede.seal.Outcome;
import dev.stampede.support.Repricing;
import dev.stampede.support.TestGateway;
import dev.stampede.support.TestProgram;
import dev.stampede.support.Wire;
import dev.stampede.verify.Verification;
import io.vertx.core.buffer.Buffer;
import io.vertx.redis.client.Command;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Of what members share nothing is taken twice, nothing comes back twice, and the last unit goes to somebody. */
@Tag("servers")
@Tag("long")
class LastUnitsTest extends TwoGateways {
    private static final long HOUR_MS = 3_600_000;
    private static final String OUT_OF_STOCK = "out_of_stock";

    private CompiledProgram program;
    private String id;
    private int keys;

    /** A program with one budget or one reward with stock; the id is the test's own. */
    private void begin(String id, TestProgram document) throws SQLException {
        this.id = id;
        program = Repricing.compiled(document.document());
        try (Connection owner = DriverManager.getConnection(jdbcUrl);
                var make = owner.prepareStatement("SELECT * FROM make_budgets(?, ?::json)")) {
            make.setString(1, id);
            make.setString(2, document.document());
            make.execute();
        }
    }

    private void beginWithBudget(String id, String of, long total) throws SQLException {
        begin(
                id,
                TestProgram.of(id)
                        .with(
                                "budgets",
                                ("[{\"id\": \"b\", \"of\": \"%s\", \"total\": %d, \"exhausted\": \"nothing\","
                                                + " \"returns\": true}]")
                                        .formatted(of, total))
                        .with("promotions", """
                                [{"id": "p", "budget": "b", "give": {"points": 80}, "when": {"channels": ["web"]}},
                                 {"id": "q", "budget": "b", "give": {"points": 7}, "when": {"channels": ["app"]}}]"""));
    }

    private void beginWithStock(String id, long total) throws SQLException {
        begin(
                id,
                TestProgram.of(id)
                        .with("rewards", "[{\"id\": \"pan\", \"cost\": 10, \"stock\": {\"total\": " + total + "}}]"));
    }

    @AfterEach
    void allIsAccountedFor() throws SQLException {
        try (Connection connection = DriverManager.getConnection(jdbcUrl)) {
            assertNull(Verification.of(connection, said -> {}).wrong());
        }
    }

    private AccountId member(String name) {
        return AccountId.of(id, id + "-" + name); // unique in the ledger
    }

    private static Operation.Header header(AccountId account, String key) {
        return new Operation.Header(account, key, key, null, 1, null);
    }

    /** 40 points for a purchase, and what the promotion of the channel gives. */
    private Operation earn(AccountId account, String key, String channel) {
        long now = System.currentTimeMillis();
        Call.Place place = new Call.Place(null, null, channel);
        Award award = program.price(new Call.Purchase(place, new BigDecimal("40"), List.of()), now, now);
        return new Operation.Earn(
                header(account, key),
                0,
                award,
                program.lotDays(now, ZoneOffset.UTC).on(),
                null,
                now + HOUR_MS,
                true,
                Receipt.NONE);
    }

    private Operation.Claimed pan() {
        long now = System.currentTimeMillis();
        return new Operation.Claimed(program.claimReward("pan", Call.Place.UNKNOWN, now), now + HOUR_MS);
    }

    private Operation redeem(AccountId account, String key) {
        return new Operation.Redeem(header(account, key), 0, pan(), Receipt.NONE);
    }

    private Operation hold(AccountId account, String key, long seconds) {
        return new Operation.Hold(header(account, key), 0, pan(), seconds, Grace.NONE, Receipt.NONE);
    }

    private String key() {
        return "k-" + ++keys;
    }

    private void rich(AccountId account) {
        done(gateway.ask(earn(account, key(), "none")));
    }

    private int number() {
        return (int) ledger.count("SELECT id FROM budget WHERE program = '" + id + "'");
    }

    private long left() {
        return ledger.count("SELECT sum(units) FROM allotment WHERE budget = " + number());
    }

    /** As a gateway proposes it that knows of nothing that lacks. */
    private List<Proposal> asleep(Operation operation) {
        int number = number();
        return parts.propose(operation.sharing(total -> total.of(number, null)));
    }

    private boolean replayed(Answer answer) {
        return assertInstanceOf(Answer.Sealed.class, answer).replayed();
    }

    // The last units ------------------------------------------------------------------------------------------

    @Test
    void pointsAreGivenDownToTheLast() throws SQLException {
        beginWithBudget("points", "points", 10_007);
        List<CompletableFuture<Answer>> answers = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            answers.add((i % 2 == 0 ? gateway : other).submit(earn(member("m-" + i), "e", "web")));
        }
        List<Long> points = answers.stream()
                .map(answer -> done(get(answer)).points())
                .sorted()
                .toList();
        assertEquals(125, points.stream().filter(each -> each == 120).count());
        assertEquals(175, points.stream().filter(each -> each == 40).count());
        assertEquals(7, left());
        assertEquals(47, done(other.ask(earn(member("last"), "e", "app"))).points());
        assertEquals(0, left());
        assertEquals(40, done(gateway.ask(earn(member("late"), "e", "web"))).points());
        assertEquals(40, done(other.ask(earn(member("later"), "e", "app"))).points());
    }

    // What comes back -----------------------------------------------------------------------------------------

    /** The bonus goes first; its points come back as they are taken. */
    @Test
    void pointsComeBackAsTheyAreTaken() throws SQLException {
        beginWithBudget("taken", "points", 100);
        AccountId account = member("m");
        UUID earned = done(gateway.ask(earn(account, "e", "web"))).id();
        List<Long> left = new ArrayList<>(List.of(left()));
        for (long points : new long[] {60, 30, 30}) {
            done(gateway.ask(reverse(account, key(), earned, points)));
            left.add(left());
        }
        assertEquals(List.of(20L, 80L, 100L, 100L), left);
        assertEquals("already_reversed", declined(other.ask(reverse(account, key(), earned, null))));
        assertEquals(100, left());
    }

    @Test
    void aUseComesBackWithTheWholeOnly() throws SQLException {
        beginWithBudget("whole", "uses", 1);
        AccountId account = member("m");
        UUID earned = done(gateway.ask(earn(account, "e", "web"))).id();
        for (long points : new long[] {60, 59}) {
            done(other.ask(reverse(account, key(), earned, points)));
            assertEquals(0, left());
        }
        assertEquals(40, done(other.ask(earn(member("other"), "e", "web"))).points());
        done(gateway.ask(reverse(account, key(), earned, 1L)));
        assertEquals(1, left());
    }

    /** In part, then voided by its key, then again both: everything comes back, once. */
    @Test
    void whatIsReversedAndVoidedComesBackOnce() throws SQLException {
        for (String of : List.of("points", "uses")) {
            beginWithBudget("once-" + of, of, 200);
            AccountId account = member("m");
            UUID earned = done(gateway.ask(earn(account, "e", "web"))).id();
            long taken = of.equals("uses") ? 1 : 80;
            assertEquals(200 - taken, left());
            done(gateway.ask(reverse(account, key(), earned, 30L)));
            done(other.ask(voidKey(account, key(), "e")));
            assertEquals(200, left());
            assertFalse(
                    sealed(gateway.ask(reverse(account, key(), earned, null))).ok());
            assertFalse(sealed(other.ask(reverse(account, key(), earned, 1L))).ok());
            var unused = gateway.ask(voidKey(account, key(), "e"));
            assertEquals(200, left());
        }
    }

    @Test
    void ofManyWhoReverseItOneGivesBack() throws SQLException {
        beginWithBudget("race", "points", 500);
        AccountId account = member("m");
        UUID earned = done(gateway.ask(earn(account, "e", "web"))).id();
        assertEquals(420, left());
        List<CompletableFuture<Answer>> answers = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            answers.add((i % 2 == 0 ? gateway : other)
                    .submit(i % 5 == 4 ? voidKey(account, key(), "e") : reverse(account, key(), earned, null)));
        }
        answers.forEach(TestGateway::get);
        assertEquals(500, left());
    }

    // Holds ---------------------------------------------------------------------------------------------------

    /** Nobody ends the hold, and nobody touches the account: the sweep does. */
    @Test
    void aPieceOnHoldComesBackByItself() throws SQLException {
        beginWithStock("held", 1);
        rich(member("a"));
        rich(member("b"));
        done(gateway.ask(hold(member("a"), "h", 2)));
        assertEquals(OUT_OF_STOCK, declined(other.ask(redeem(member("b"), "r"))));
        TestGateway sweeping = start(Map.of("stampede.gateway.sweep-interval", "100ms"));
        try {
            await().until(() -> left() == 1);
            assertEquals(OUT_OF_STOCK, declined(other.ask(redeem(member("b"), "r"))), "the same key for ever");
            await().until(() -> sealed(other.ask(redeem(member("b"), key()))).ok());
            assertEquals(0, left());
        } finally {
            sweeping.close();
        }
    }

    /** The hold has run out, and nobody has noticed: the member's next call gives back. */
    @Test
    void aCallOfTheMemberGivesBackWhatHasRunOut() throws Exception {
        beginWithStock("unnoticed", 1);
        AccountId account = member("m");
        rich(account);
        done(gateway.ask(hold(account, "h", 1)));
        TimeUnit.MILLISECONDS.sleep(1100);
        assertEquals(0, left());
        done(other.ask(redeem(account, "r")));
        assertEquals(0, left(), "one piece came back, and was taken");
    }

    @Test
    void aCaptureKeepsThePieceAndItsReversalGivesItBack() throws SQLException {
        beginWithStock("captured", 1);
        AccountId account = member("m");
        rich(account);
        rich(member("other"));
        UUID hold = done(gateway.ask(hold(account, "h", 2))).id();
        UUID captured = done(other.ask(capture(account, "c", hold))).id();
        assertEquals(0, left());
        assertEquals(OUT_OF_STOCK, declined(gateway.ask(redeem(member("other"), "r"))));
        done(gateway.ask(reverse(account, "b", captured, null)));
        assertEquals(1, left());
        await().until(() -> sealed(gateway.ask(redeem(member("other"), key()))).ok());
        assertEquals(0, left());
    }

    // Attacks -------------------------------------------------------------------------------------------------

    /** The commit happened, its reply was lost, and the batch is sent again. */
    @Test
    void aReplyThatIsLostTakesNothingTwice() throws Exception {
        beginWithBudget("lost", "points", 1000);
        try (Wire wire = new Wire(backends.postgres().port())) {
            TestGateway behind = startBefore(wire.port(), Map.of());
            try {
                done(behind.ask(earn(member("first"), "e", "web")));
                for (Wire.Harm harm : List.of(Wire.Harm.BEFORE_THE_REPLY, Wire.Harm.BEFORE_THE_REQUEST)) {
                    long before = left();
                    CountDownLatch happened = wire.atNextSeal(harm);
                    List<Operation> earns = new ArrayList<>();
                    for (int i = 0; i < 3; i++) {
                        earns.add(earn(member(harm + "-" + i), "e", "web"));
                    }
                    earns.forEach(earn -> {
                        var unused = behind.submit(earn);
                    });
                    // whoever is refused while the connection is away asks again
                    earns.forEach(earn -> await().ignoreException(Unavailable.class)
                            .until(() -> done(behind.ask(earn)).points() == 120));
                    assertTrue(happened.await(1, TimeUnit.SECONDS));
                    assertEquals(before - 240, left());
                }
            } finally {
                behind.close();
            }
        }
    }

    /** An old copy of Redis has a use that nobody has sealed; meanwhile the account has gone on. */
    @Test
    void anOldDumpWithAnUnsealedUseTakesNothing() throws SQLException {
        beginWithBudget("dump", "points", 1000);
        AccountId account = member("m");
        done(gateway.ask(earn(account, "e-1", "web")));
        noted(account);
        List<Proposal> unsealed = asleep(earn(account, "e-2", "web"));
        Buffer copy = parts.redis(Command.DUMP, account.redisKey()).toBuffer();
        forget(account);
        done(gateway.ask(earn(account, "e-3", "web")));
        assertEquals(840, left());

        parts.restore(account, copy);
        done(other.ask(earn(account, "e-4", "web")));
        assertFalse(parts.seal(unsealed).sealed());
        assertEquals(760, left());
        assertEquals(0, ledger.byKey(account, "e-2").size());

        // and of an operation that was sealed meanwhile it knows nothing
        parts.restore(account, copy);
        assertTrue(replayed(gateway.ask(earn(account, "e-4", "web"))));
        assertEquals(120, done(gateway.ask(earn(account, "e-2", "web"))).points());
        assertEquals(680, left());
    }

    /** One is told that nothing is left; a unit comes back, and another gateway seals that first proposal. */
    @Test
    void whoWasToldTooLittleFindsWhatAnotherHasSealed() throws SQLException {
        beginWithBudget("helped", "uses", 1);
        AccountId account = member("m");
        done(gateway.ask(earn(account, "e-1", "none")));
        UUID first = done(gateway.ask(earn(member("first"), "e", "web"))).id();
        List<Proposal> lacking = asleep(earn(account, "e-2", "web"));
        Outcome outcome = parts.seal(lacking);
        assertEquals(Outcome.Fate.CULPRIT, outcome.fate());
        assertEquals(0, left());

        done(gateway.ask(reverse(member("first"), "b", first, null)));
        assertEquals(1, left());
        done(other.ask(earn(account, "e-3", "none")));
        assertEquals(0, left());
        Answer again = gateway.ask(earn(account, "e-2", "web"));
        assertTrue(replayed(again));
        assertEquals(120, done(again).points());
        assertEquals(List.of(last(lacking).id()), ledger.byKey(account, "e-2"));
        assertEquals(0, left());
    }

    /** "Out of stock" was said and sealed; then a piece comes back, and the paused first attempt wakes up. */
    @Test
    void whatIsSealedAsOutOfStockStaysSo() throws SQLException {
        beginWithStock("paused", 1);
        AccountId account = member("m");
        rich(account);
        rich(member("first"));
        List<Proposal> paused = asleep(redeem(account, "r"));
        forget(account); // nobody seals it for him
        UUID first = done(other.ask(redeem(member("first"), "r"))).id();
        assertEquals(OUT_OF_STOCK, declined(gateway.ask(redeem(account, "r"))));
        done(gateway.ask(reverse(member("first"), "b", first, null)));
        assertFalse(parts.seal(paused).sealed());
        assertEquals(OUT_OF_STOCK, declined(other.ask(redeem(account, "r"))));
        assertEquals(1, left());
        await().until(() -> sealed(other.ask(redeem(account, key()))).ok());
    }
}
