package dev.stampede.gateway;

import static dev.stampede.support.TestGateway.account;
import static dev.stampede.support.TestGateway.capture;
import static dev.stampede.support.TestGateway.declined;
import static dev.stampede.support.TestGateway.done;
import static dev.stampede.support.TestGateway.earn;
import static dev.stampede.support.TestGateway.get;
import static dev.stampede.support.TestGateway.hold;
import static dev.stampede.support.TestGateway.redeem;
import static dev.stampede.support.TestGateway.reverse;
import static dev.stampede.support.TestGateway.voidKey;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.account.AccountId;
import dev.stampede.account.Image;
import dev.stampede.account.LedgerSnapshot;
import dev.stampede.account.Operation;
import dev.stampede.account.OperationType;
import dev.stampede.account.Proposal;
import dev.stampede.account.SealedOperation;
import dev.stampede.account.TargetFacts;
import dev.stampede.points.Refusal;
import dev.stampede.seal.Outcome;
import dev.stampede.support.Ask;
import dev.stampede.support.Backends;
import dev.stampede.support.LedgerCheck;
import dev.stampede.support.Parts;
import dev.stampede.support.TestGateway;
import io.vertx.core.buffer.Buffer;
import io.vertx.redis.client.Command;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The executions that lost or doubled points in drafts of the write path, each staged step by step. {@code slow} is a
 * gateway in parts, so that a test can stop between its steps; {@code other} is a whole one.
 */
class StagedTest {
    private static Backends backends;
    private static String jdbcUrl;
    private static Parts slow;
    private static TestGateway other;
    private static LedgerCheck ledger;

    @BeforeAll
    static void start() {
        backends = Backends.shared();
        jdbcUrl = backends.freshDatabase("staged_test");
        TestGateway.migrate(jdbcUrl);
        other = new TestGateway(
                backends.postgres(),
                "staged_test",
                backends.redis().port(),
                Map.of("stampede.gateway.compare-interval", "100ms", "stampede.gateway.orphan-age", "500ms"));
        slow = new Parts(other);
        ledger = new LedgerCheck(jdbcUrl);
    }

    @AfterAll
    static void stop() {
        ledger.consistent();
        slow.close();
        other.close();
    }

    /** Of a chain, the one that was asked for: those before are not marked as sealed yet. */
    private static Proposal last(List<Proposal> chain) {
        return chain.get(chain.size() - 1);
    }

    private static void forget(AccountId account) {
        slow.redis(Command.DEL, account.redisKey());
    }

    @Test
    void aPausedGatewayCannotSealWhatAnotherHasDeclined() {
        AccountId account = account("paused");
        done(other.ask(earn(account, "e", 100)));
        List<Proposal> paused = slow.propose(redeem(account, "k", 100));
        forget(account);
        done(other.ask(redeem(account, "x", 60)));
        assertEquals("insufficient_points", declined(other.ask(redeem(account, "k", 100))));
        assertNotEquals(Outcome.SEALED, slow.seal(paused));
        assertEquals("insufficient_points", declined(other.ask(redeem(account, "k", 100))));
        assertEquals(1, ledger.byKey(account, "k").size());
    }

    @Test
    void aDeclineOnALyingBalanceIsNotAnswered() {
        AccountId account = account("lying");
        done(other.ask(earn(account, "e", 100)));
        slow.edit(account, "\"available\":100", "\"available\":10");
        slow.edit(account, ",100]]", ",10]]");
        done(other.ask(redeem(account, "k", 100)));
    }

    @Test
    void pointsThatAnEditMadeAreNotPaid() {
        AccountId account = account("edited");
        done(other.ask(earn(account, "e", 100)));
        slow.edit(account, "\"available\":100", "\"available\":900");
        slow.edit(account, ",100]]", ",900]]");
        assertEquals("insufficient_points", declined(other.ask(redeem(account, "k", 500))));
    }

    @Test
    void aLotWhoseDateWasEditedIsNotSealed() {
        AccountId account = account("edited-lot");
        SealedOperation earned = done(other.ask(earn(account, "e", 100)));
        long day = earned.image().state().lots().get(0).day();
        slow.edit(account, "[[" + day, "[[" + (day + 1000));
        SealedOperation redeemed = done(other.ask(redeem(account, "k", 1)));
        assertEquals(day, redeemed.image().state().lots().get(0).day());
    }

    @Test
    void anEditedHoldIsNotCaptured() {
        AccountId account = account("edited-hold");
        done(other.ask(earn(account, "e", 100)));
        SealedOperation hold = done(other.ask(hold(account, "h", 10)));
        slow.edit(account, "\"held\":10", "\"held\":60");
        slow.edit(account, "\"available\":90", "\"available\":40");
        slow.edit(account, "\"" + hold.id() + "\",10,", "\"" + hold.id() + "\",60,");
        SealedOperation captured = done(other.ask(capture(account, "c", hold.id())));
        assertEquals(10, captured.hold().captured());
        assertEquals(90, captured.image().state().available());
    }

    @Test
    void aKeyEvictedWhileItsCommitIsInFlightTakesEffectOnce() throws Exception {
        AccountId account = account("evicted");
        done(other.ask(earn(account, "e", 100)));
        CompletableFuture<Outcome> first;
        CompletableFuture<Answer> second;
        try (Connection blocker = lock(account)) {
            first = slow.sealing(slow.propose(redeem(account, "k", 30)));
            waitForLocks(1);
            forget(account);
            second = other.submit(redeem(account, "k", 30));
            waitForLocks(2);
            blocker.rollback();
        }
        assertEquals(Outcome.SEALED, get(first));
        Answer.Sealed replay = assertInstanceOf(Answer.Sealed.class, get(second));
        assertTrue(replay.replayed());
        assertEquals(70, replay.operation().image().state().available());
        assertEquals(1, ledger.byKey(account, "k").size());
    }

    @Test
    void twoFirstEarnsOfOneAccount() {
        AccountId account = account("first");
        List<Proposal> one = slow.propose(earn(account, "k1", 10));
        forget(account);
        done(other.ask(earn(account, "k2", 5)));
        assertNotEquals(Outcome.SEALED, slow.seal(one));
        assertEquals(
                15, done(other.ask(earn(account, "k1", 10))).image().state().available());
    }

    @Test
    void twoFirstEarnsAtOnce() throws Exception {
        AccountId account = account("first-at-once");
        List<CompletableFuture<Answer>> answers = new ArrayList<>();
        try (TestGateway third = new TestGateway(
                backends.postgres(), "staged_test", backends.redis().port(), Map.of())) {
            for (int i = 0; i < 20; i++) {
                answers.add((i % 2 == 0 ? other : third).submit(earn(account, "k" + i, 1)));
                forget(account);
            }
            answers.forEach(answer -> done(get(answer)));
        }
        assertEquals(
                21, done(other.ask(earn(account, "last", 1))).image().state().available());
    }

    @Test
    void ofTwoForksInOneQueueOneIsSealed() throws Exception {
        AccountId account = account("forks");
        AccountId busy = account("forks-busy");
        done(other.ask(earn(account, "e", 100)));
        done(other.ask(earn(busy, "e", 100)));
        List<Proposal> one = slow.propose(redeem(account, "k1", 70));
        forget(account);
        List<Proposal> two = slow.propose(redeem(account, "k2", 80));
        assertEquals(last(one).decision().prev(), last(two).decision().prev());
        CompletableFuture<Outcome> first;
        CompletableFuture<Outcome> second;
        CompletableFuture<Outcome> blocked;
        try (Connection blocker = lock(busy)) {
            blocked = slow.sealing(slow.propose(redeem(busy, "k", 1)));
            waitForLocks(1);
            first = slow.sealing(one);
            second = slow.sealing(two);
            blocker.rollback();
        }
        assertEquals(Outcome.SEALED, get(blocked));
        assertEquals(Outcome.SEALED, get(first));
        assertNotEquals(Outcome.SEALED, get(second));
        assertEquals(30, done(other.ask(earn(account, "k3", 0))).image().state().available());
    }

    @Test
    void twoPartialReversalsAtOnce() {
        AccountId account = account("reversals");
        done(other.ask(earn(account, "e", 100)));
        SealedOperation redeemed = done(other.ask(redeem(account, "r", 50)));
        TargetFacts facts = slow.facts(account, redeemed.id());
        List<Proposal> one = slow.propose(reverse(account, "v1", redeemed.id(), 40L), facts);
        forget(account);
        List<Proposal> two = slow.propose(reverse(account, "v2", redeemed.id(), 40L), facts);
        assertEquals(Outcome.SEALED, slow.seal(one));
        assertNotEquals(Outcome.SEALED, slow.seal(two));
        assertEquals("reverse_exceeds_original", declined(other.ask(reverse(account, "v3", redeemed.id(), 40L))));
        assertEquals(
                100,
                done(other.ask(reverse(account, "v4", redeemed.id(), 10L)))
                        .image()
                        .state()
                        .available());
    }

    @Test
    void factsThatRedisForgedDontUndoMoreThanThereWas() {
        AccountId account = account("forged");
        done(other.ask(earn(account, "e", 100)));
        SealedOperation redeemed = done(other.ask(redeem(account, "r", 50)));
        done(other.ask(reverse(account, "v1", redeemed.id(), 50L)));
        slow.redis(Command.HSET, account.redisKey(), "t:" + redeemed.id(), "3 0 0");
        assertEquals("already_reversed", declined(other.ask(reverse(account, "v2", redeemed.id(), null))));
    }

    @Test
    void aVoidBeforeTheFirstEarn() {
        AccountId account = account("void-first");
        Answer.Sealed voided = assertInstanceOf(Answer.Sealed.class, other.ask(voidKey(account, "v", "later")));
        assertTrue(voided.operation().ok());
        assertEquals(new Answer.Refused(Refusal.VOIDED, true), other.ask(earn(account, "later", 100)));
        forget(account);
        assertEquals(new Answer.Refused(Refusal.VOIDED, true), other.ask(earn(account, "later", 100)));
        assertEquals(
                100, done(other.ask(earn(account, "e", 100))).image().state().available());
    }

    @Test
    void aVoidMeetsItsCallInFlight() {
        AccountId account = account("void-race");
        done(other.ask(earn(account, "e", 100)));
        List<Proposal> inFlight = slow.propose(redeem(account, "k", 30));
        // the call is in Redis, unsealed, when the void comes: it is sealed first, then undone
        assertEquals(
                100, done(other.ask(voidKey(account, "v", "k"))).image().state().available());
        assertNotEquals(Outcome.SEALED, slow.seal(inFlight));
        // and when Redis forgot it: the void claims the key, and the call can't be sealed any more
        List<Proposal> late = slow.propose(redeem(account, "k2", 30));
        forget(account);
        assertEquals(
                100,
                done(other.ask(voidKey(account, "v2", "k2"))).image().state().available());
        assertNotEquals(Outcome.SEALED, slow.seal(late));
        assertEquals(new Answer.Refused(Refusal.VOIDED, true), other.ask(redeem(account, "k2", 30)));
    }

    @Test
    void aPoisonedProposalAmongInnocents() throws Exception {
        AccountId busy = account("poison-busy");
        done(other.ask(earn(busy, "e", 100)));
        List<CompletableFuture<Outcome>> innocents = new ArrayList<>();
        CompletableFuture<Outcome> culprit;
        try (Connection blocker = lock(busy)) {
            CompletableFuture<Outcome> blocked = slow.sealing(slow.propose(redeem(busy, "k", 1)));
            waitForLocks(1);
            for (int i = 0; i < 5; i++) {
                innocents.add(slow.sealing(slow.propose(earn(account("innocent-" + i), "k", 1))));
            }
            AccountId poisoned = account("poisoned");
            // Postgres can't store U+0000
            culprit = slow.sealing(slow.propose(Ask.of(OperationType.EARN, poisoned)
                    .key("k", "f")
                    .points(1L)
                    .lot(30000, null)
                    .autoEnrol(true)
                    .reference("a\0b")
                    .build()));
            for (int i = 5; i < 10; i++) {
                innocents.add(slow.sealing(slow.propose(earn(account("innocent-" + i), "k", 1))));
            }
            blocker.rollback();
            assertEquals(Outcome.SEALED, get(blocked));
        }
        for (CompletableFuture<Outcome> innocent : innocents) {
            assertEquals(Outcome.SEALED, get(innocent));
        }
        assertEquals(Outcome.POISONED, get(culprit));
    }

    @Test
    void aPoisonedOperationIsABugAndTheAccountGoesOn() {
        AccountId account = account("poisoned-alone");
        done(other.ask(earn(account, "e", 100)));
        assertThrows(
                IllegalStateException.class,
                () -> other.ask(Ask.of(OperationType.REDEEM, account)
                        .key("k", "f")
                        .points(1L)
                        .reference("a\0b")
                        .build()));
        assertEquals(
                99, done(other.ask(redeem(account, "k2", 1))).image().state().available());
    }

    @Test
    void whoeverComesNextSealsWhatADeadGatewayLeft() {
        AccountId account = account("orphan");
        done(other.ask(earn(account, "e", 100)));
        Proposal orphan = last(slow.propose(redeem(account, "k", 30)));
        assertEquals(
                60, done(other.ask(redeem(account, "k2", 10))).image().state().available());
        Answer.Sealed replay = assertInstanceOf(Answer.Sealed.class, other.ask(redeem(account, "k", 30)));
        assertEquals(orphan.id(), replay.operation().id());
    }

    @Test
    void aRetrySealsWhatADeadGatewayLeft() {
        AccountId account = account("orphan-retry");
        done(other.ask(earn(account, "e", 100)));
        Proposal orphan = last(slow.propose(redeem(account, "k", 30)));
        Answer.Sealed replay = assertInstanceOf(Answer.Sealed.class, other.ask(redeem(account, "k", 30)));
        assertEquals(orphan.id(), replay.operation().id());
        assertEquals(70, replay.operation().image().state().available());
    }

    @Test
    void theComparisonSealsWhatNobodyTouches() throws Exception {
        AccountId account = account("orphan-left");
        done(other.ask(earn(account, "e", 100)));
        Proposal orphan = last(slow.propose(redeem(account, "k", 30)));
        for (int i = 0; i < 100 && ledger.byKey(account, "k").isEmpty(); i++) {
            TimeUnit.MILLISECONDS.sleep(100);
        }
        assertEquals(List.of(orphan.id()), ledger.byKey(account, "k"));
    }

    @Test
    void theComparisonDiscardsWhatPostgresDoesNotHave() throws Exception {
        AccountId account = account("drifted");
        done(other.ask(earn(account, "e", 100)));
        slow.edit(account, "\"available\":100", "\"available\":900");
        long available = 900;
        for (int i = 0; i < 100 && available != 100; i++) {
            TimeUnit.MILLISECONDS.sleep(100);
            available = get(other.gateway.peek(account).subscribeAsCompletionStage())
                    .image()
                    .state()
                    .available();
        }
        assertEquals(100, available);
    }

    @Test
    void aKeyInRedisThatPostgresDoesNotHaveIsNotBelieved() {
        AccountId account = account("forged-key");
        done(other.ask(earn(account, "e", 100)));
        slow.redis(Command.HSET, account.redisKey(), "k:k", "1 " + UUID.randomUUID());
        assertEquals(
                70, done(other.ask(redeem(account, "k", 30))).image().state().available());
    }

    @Test
    void aKeyThatRedisForgotIsCaughtAtTheSeal() {
        AccountId account = account("forgotten-key");
        done(other.ask(earn(account, "e", 100)));
        SealedOperation redeemed = done(other.ask(redeem(account, "k", 30)));
        slow.redis(Command.HDEL, account.redisKey(), "k:k");
        Answer.Sealed replay = assertInstanceOf(Answer.Sealed.class, other.ask(redeem(account, "k", 30)));
        assertTrue(replay.replayed());
        assertEquals(redeemed.id(), replay.operation().id());
        slow.redis(Command.HDEL, account.redisKey(), "k:k");
        assertEquals(new Answer.Refused(Refusal.IDEMPOTENCY_KEY_REUSED), other.ask(redeem(account, "k", 31)));
    }

    @Test
    void anOldImageThatWasRestoredCannotPayAgain() {
        AccountId account = account("restored");
        done(other.ask(earn(account, "e", 100)));
        var copy = slow.redis(Command.DUMP, account.redisKey()).toBuffer();
        done(other.ask(redeem(account, "k", 100)));
        slow.restore(account, copy);
        assertEquals("insufficient_points", declined(other.ask(redeem(account, "k2", 100))));
    }

    @Test
    void anotherHistoryOfTheSameVersionIsNotTaken() {
        AccountId account = account("other-history");
        done(other.ask(earn(account, "e", 100)));
        List<Proposal> lost = slow.propose(redeem(account, "k1", 10));
        forget(account);
        SealedOperation kept = done(other.ask(redeem(account, "k2", 60)));
        assertEquals(last(lost).decision().version(), kept.version());
        // Redis comes back with the history that was never sealed
        slow.put(account, last(lost).image());
        assertEquals("insufficient_points", declined(other.ask(redeem(account, "k3", 50))));
    }

    @Test
    void aRunStartsBehindWhatOthersHaveSealed() {
        AccountId account = account("trimmed");
        done(other.ask(earn(account, "e", 100)));
        List<Proposal> run = new ArrayList<>(slow.propose(redeem(account, "k1", 10)));
        run.addAll(slow.propose(redeem(account, "k2", 10)));
        // the other gateway seals the whole run while this one is slow, and goes on
        done(other.ask(redeem(account, "k3", 10)));
        assertNotEquals(Outcome.SEALED, slow.seal(run));
        assertEquals(70, done(other.ask(earn(account, "k4", 0))).image().state().available());
    }

    @Test
    void anImageOfAnotherEpochIsNotTrusted() {
        AccountId account = account("epoch");
        done(other.ask(earn(account, "e", 100)));
        slow.edit(account, "\"available\":100", "\"available\":900");
        slow.redis(Command.HSET, account.redisKey(), "f", Image.FORMAT + " another-timeline");
        assertEquals(
                100,
                get(other.gateway.peek(account).subscribeAsCompletionStage())
                        .image()
                        .state()
                        .available());
        assertEquals(
                99, done(other.ask(redeem(account, "k", 1))).image().state().available());
    }

    @Test
    void anImageThatWasReadBeforeTheNewestWasSealedGoesWhenThatIsNoted() {
        AccountId account = account("read-before");
        SealedOperation earned = done(other.ask(earn(account, "e", 100)));
        Proposal redeemed = last(slow.propose(redeem(account, "k", 30)));
        // a gateway with another form of images counts all that as not loaded
        slow.put(account, earned.image());
        assertEquals(Outcome.SEALED, slow.seal(List.of(redeemed)));
        assertFalse(slow.note(redeemed));
        assertEquals(
                70,
                get(other.gateway.peek(account).subscribeAsCompletionStage())
                        .image()
                        .state()
                        .available());
    }

    @Test
    void anImageThatWasReadBeforeTheNewestWasSealedDoesNotStayInItsPlace() {
        AccountId account = account("put-behind");
        SealedOperation earned = done(other.ask(earn(account, "e", 100)));
        done(other.ask(redeem(account, "k", 30)));
        await().atMost(10, TimeUnit.SECONDS)
                .until(() ->
                        slow.ask((proposer, ledger) -> proposer.peek(account)).isSealed());
        slow.redis(Command.HSET, account.redisKey(), "f", "9 of-another-release");
        double alarms = other.registry
                .get("stampede.drift")
                .tag("found", "ahead")
                .counter()
                .count();
        slow.ask((proposer, ledger) -> new Loader(proposer, ledger, new GatewayMeters(other.registry))
                .put(account, new LedgerSnapshot(earned.image(), null, List.of())));
        assertEquals(
                70,
                get(other.gateway.peek(account).subscribeAsCompletionStage())
                        .image()
                        .state()
                        .available());
        assertEquals(
                alarms,
                other.registry
                        .get("stampede.drift")
                        .tag("found", "ahead")
                        .counter()
                        .count());
    }

    @Test
    void historyThatPostgresLostRaisesAnAlarm() {
        AccountId account = account("lost-history");
        SealedOperation earned = done(other.ask(earn(account, "e", 100)));
        Image image = earned.image();
        // Redis comes from another timeline, on which more was sealed
        slow.redis(Command.DEL, account.redisKey());
        slow.redis(
                Command.HSET,
                account.redisKey(),
                "f",
                Image.FORMAT + " another-timeline",
                "i",
                image.text(),
                "h",
                "9",
                "s",
                "9 " + UUID.randomUUID());
        done(other.ask(redeem(account, "k", 1)));
        assertTrue(other.registry
                        .get("stampede.drift")
                        .tag("found", "ahead")
                        .counter()
                        .count()
                >= 1);
    }

    @Test
    void aKeyThatIsBeingSealedIsOfUnknownOutcome() throws Exception {
        AccountId account = account("asked");
        done(other.ask(earn(account, "e", 100)));
        CompletableFuture<Answer> underWay;
        try (Connection blocker = lock(account)) {
            underWay = other.submit(redeem(account, "k", 30));
            waitForLocks(1);
            Unavailable unknown = assertThrows(
                    Unavailable.class,
                    () -> get(other.gateway.findByKey(account, "k").subscribeAsCompletionStage()));
            assertEquals(Unavailable.Code.OUTCOME_UNKNOWN, unknown.code());
            blocker.rollback();
        }
        assertEquals(done(get(underWay)).id(), byKey(account, "k").operation().id());

        // what somebody has left is sealed for whoever asks
        slow.propose(redeem(account, "left", 30));
        assertEquals("left", byKey(account, "left").operation().key());
        assertNull(get(other.gateway.findByKey(account, "never").subscribeAsCompletionStage())
                .operation());
    }

    /** Two retries whose keys Redis has forgotten, each first on its own fork: the one must not hear of the other. */
    @Test
    void twoForgottenKeysAtOnceAreAnsweredEachWithItsOwn() throws Exception {
        for (int round = 0; round < 10; round++) {
            AccountId account = account("two-forgotten-" + round);
            SealedOperation first = done(other.ask(earn(account, "k1", 7)));
            SealedOperation second = done(other.ask(earn(account, "k2", 7)));
            slow.put(account, second.image()); // without its keys
            CompletableFuture<Answer> one;
            CompletableFuture<Answer> two;
            try (Connection blocker = lock(account)) {
                one = other.submit(earn(account, "k1", 7));
                waitForLocks(1);
                slow.put(account, second.image());
                two = other.submit(earn(account, "k2", 7));
                await().until(() -> slow.redis(Command.HGET, account.redisKey(), "k:k2") != null);
                blocker.rollback();
            }
            assertEquals(first.id(), done(get(one)).id());
            assertEquals(second.id(), done(get(two)).id());
            assertEquals(
                    14, done(other.ask(earn(account, "end", 0))).image().state().available());
        }
    }

    private static KeyLookup byKey(AccountId account, String key) {
        return get(other.gateway.findByKey(account, key).subscribeAsCompletionStage());
    }

    @Test
    void aKeyThatWasSealedWithoutTellingRedisIsFoundAtOnce() {
        AccountId account = account("asked-after-kill");
        done(other.ask(earn(account, "e", 100)));
        List<Proposal> untold = slow.propose(redeem(account, "k", 30));
        assertEquals(Outcome.SEALED, slow.seal(untold));
        assertEquals(
                last(untold).id(),
                get(other.gateway.findByKey(account, "k").subscribeAsCompletionStage())
                        .operation()
                        .id());
    }

    @Test
    void theGatewaysRoleCannotRewriteHistory() throws Exception {
        done(other.ask(earn(account("role"), "e", 100)));
        try (Connection connection = DriverManager.getConnection(jdbcUrl);
                var statement = connection.createStatement()) {
            statement.execute("SET ROLE stampede_gateway");
            for (String sql : List.of(
                    "UPDATE operation SET points = 0",
                    "DELETE FROM operation",
                    "UPDATE entry SET available = 0",
                    "DELETE FROM entry",
                    "TRUNCATE entry",
                    "UPDATE account SET available = 1",
                    "DELETE FROM account",
                    "INSERT INTO entry SELECT * FROM entry",
                    "ALTER TABLE entry DISABLE TRIGGER ALL")) {
                SQLException refused = assertThrows(SQLException.class, () -> statement.execute(sql), sql);
                assertEquals("42501", refused.getSQLState(), sql);
            }
        }
    }

    @Test
    void theBlankRowHasTheBlankImagesDigest() throws Exception {
        try (Connection connection = DriverManager.getConnection(jdbcUrl);
                var rows = connection
                        .createStatement()
                        .executeQuery("INSERT INTO account (lane, program, account) VALUES (1, 'x', 'blank')"
                                + " RETURNING digest, head")) {
            assertTrue(rows.next());
            assertEquals(Image.digest(Image.BLANK.text()), rows.getString(1));
            assertEquals(Image.NO_HEAD, rows.getObject(2, UUID.class));
        }
    }

    @Test
    void aDryRunMovesNothing() {
        AccountId account = account("dry");
        done(other.ask(earn(account, "e", 100)));
        Answer.Would would = assertInstanceOf(
                Answer.Would.class,
                get(other.gateway.dryRun(redeem(account, "k", 30), null).subscribeAsCompletionStage()));
        assertEquals(70, would.operation().image().state().available());
        assertTrue(ledger.byKey(account, "k").isEmpty());
        assertFalse(slow.redis(Command.HEXISTS, account.redisKey(), "k:k").toBoolean());
        assertEquals(
                100,
                get(other.gateway.peek(account).subscribeAsCompletionStage())
                        .image()
                        .state()
                        .available());
    }

    /** A dry run of a call that was made, whose key Redis has forgotten, tells what that was answered. */
    @Test
    void aDryRunKnowsAForgottenKey() {
        AccountId account = account("dry-old");
        UUID made = done(other.ask(earn(account, "e", 100))).id();
        slow.redis(Command.HDEL, account.redisKey(), "k:e");
        Answer.Sealed again = assertInstanceOf(
                Answer.Sealed.class,
                get(other.gateway.dryRun(earn(account, "e", 100), null).subscribeAsCompletionStage()));
        assertTrue(again.replayed());
        assertEquals(made, again.operation().id());
    }

    /** What is known of the operation to reverse is a moment old: so it is on an account that never rests. */
    @Test
    void whatWasReadAMomentAgoIsEnoughToReverse() {
        AccountId account = account("hot-reversed");
        UUID earned = done(other.ask(earn(account, "e", 100))).id();
        TargetFacts facts = slow.facts(account, earned);
        for (int i = 0; i < 20; i++) {
            done(other.ask(earn(account, "k" + i, 1)));
        }
        assertEquals(
                100 + 20 - 30,
                last(slow.propose(reverse(account, "r", earned, 30L), facts))
                        .image()
                        .state()
                        .available());
    }

    /** But not where something may have happened since that the image doesn't tell: it was loaded afresh. */
    @Test
    void whatWasReadBeforeTheImageWasLoadedIsNot() {
        AccountId account = account("hot-reloaded");
        UUID earned = done(other.ask(earn(account, "e", 100))).id();
        TargetFacts facts = slow.facts(account, earned);
        done(other.ask(reverse(account, "r", earned, null)));
        slow.redis(Command.DEL, account.redisKey());
        done(other.ask(earn(account, "k", 1)));
        AssertionError moved =
                assertThrows(AssertionError.class, () -> slow.propose(reverse(account, "r2", earned, null), facts));
        assertTrue(moved.getMessage().contains("FactsStale"), moved.getMessage());
    }

    /** Midnight has passed between a call's arrival and its decision: its lot is of the day of the decision. */
    @Test
    void aLotIsOfTheDayOfTheDecision() {
        AccountId account = account("midnight");
        long yesterday = System.currentTimeMillis() / 86_400_000 - 1;
        Ask asked =
                Ask.of(OperationType.EARN, account).key("e", "1:e").points(5L).autoEnrol(true);
        Operation arrived = asked.lot(yesterday + 30, null)
                .until((yesterday + 1) * 86_400_000)
                .build();
        SealedOperation decided = done(get(other.gateway
                .submit(
                        arrived,
                        at -> asked.lot(at / 86_400_000 + 30, null)
                                .until((at / 86_400_000 + 1) * 86_400_000)
                                .build())
                .subscribeAsCompletionStage()));
        assertEquals(
                decided.at() / 86_400_000 + 30,
                decided.image().state().lots().get(0).day());
    }

    /**
     * So many of another gateway's operations stand before the one that is repeated that they aren't helped with at
     * once.
     */
    @Test
    void aRepeatedCallBehindManyOthersIsFoundAndNothingIsThrownAway() {
        AccountId account = account("behind");
        done(other.ask(earn(account, "e", 100)));
        List<Proposal> all = new ArrayList<>();
        for (int i = 0; i < 250; i++) {
            all.add(last(slow.propose(earn(account, "k" + i, 1))));
        }
        Answer.Sealed again = assertInstanceOf(Answer.Sealed.class, other.ask(earn(account, "k220", 1)));
        assertTrue(again.replayed());
        assertEquals(all.get(220).id(), again.operation().id());
        assertEquals(
                all.get(249).id(), done(other.ask(earn(account, "k249", 1))).id());
    }

    /**
     * They are in Postgres, and nobody has told Redis; or they rest on what Postgres does not have. Neither passes by
     * itself.
     */
    @Test
    void aRepeatedCallBehindWhatNobodySealsIsAnsweredAtOnce() {
        for (boolean sealed : new boolean[] {true, false}) {
            AccountId account = account("stuck-" + sealed);
            SealedOperation first = done(other.ask(earn(account, "e", 100)));
            List<Proposal> all = new ArrayList<>();
            for (int i = 0; i < 250; i++) {
                all.add(last(slow.propose(earn(account, "k" + i, 1))));
            }
            if (sealed) {
                assertTrue(slow.seal(all.subList(0, 150)).sealed());
            } else {
                Buffer copy = slow.redis(Command.DUMP, account.redisKey()).toBuffer();
                slow.put(account, first.image());
                done(other.ask(earn(account, "else", 1)));
                slow.restore(account, copy);
            }
            Answer.Sealed again = assertInstanceOf(Answer.Sealed.class, other.ask(earn(account, "k220", 1)));
            assertEquals(sealed, again.replayed());
            assertEquals(
                    sealed ? 100 + 221 : 102, again.operation().image().state().available());
        }
    }

    /** The newest unsealed operation is its own: nobody need be helped, and that is no bug. */
    @Test
    void anAccountThatIsFullIsOverloaded() throws Exception {
        AccountId account = account("full");
        done(other.ask(earn(account, "e", 100)));
        await().until(() -> slow.redis(Command.HGET, account.redisKey(), "u1") == null);
        for (int i = 0; i < 999; i++) {
            slow.propose(earn(account, "k" + i, 1));
        }
        CompletableFuture<Answer> last;
        try (Connection blocker = lock(account)) {
            last = other.submit(earn(account, "last", 1));
            await().until(
                            () -> slow.redis(Command.HGET, account.redisKey(), "h")
                                    .toString(),
                            "1001"::equals);
            Unavailable full = assertThrows(Unavailable.class, () -> other.ask(earn(account, "more", 1)));
            assertEquals(Unavailable.Code.OVERLOADED, full.code());
            blocker.rollback();
        }
        assertEquals(1100, done(get(last)).image().state().available());
    }

    /** Holds an account's row lock, as a commit under way does, until it is closed. */
    private static Connection lock(AccountId account) throws SQLException {
        Connection connection = DriverManager.getConnection(jdbcUrl);
        connection.setAutoCommit(false);
        try (var statement = connection.prepareStatement(
                "SELECT 1 FROM account WHERE lane = ? AND program = ? AND account = ? FOR UPDATE")) {
            statement.setShort(1, account.lane());
            statement.setString(2, account.program());
            statement.setString(3, account.account());
            statement.executeQuery();
        }
        return connection;
    }

    /** Waits until that many sessions wait for a lock. */
    private static void waitForLocks(int sessions) throws Exception {
        for (int i = 0; i < 200; i++) {
            if (ledger.count("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                            + " AND datname = current_database()")
                    >= sessions) {
                return;
            }
            TimeUnit.MILLISECONDS.sleep(20);
        }
        throw new AssertionError("nobody waits for the lock");
    }
}
