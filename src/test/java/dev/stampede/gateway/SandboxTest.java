package dev.stampede.gateway;

import static dev.stampede.support.TestGateway.declined;
import static dev.stampede.support.TestGateway.done;
import static dev.stampede.support.TestGateway.redeem;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.account.AccountId;
import dev.stampede.account.Operation;
import dev.stampede.account.OperationType;
import dev.stampede.account.Proposal;
import dev.stampede.program.TestBook;
import dev.stampede.support.Ask;
import dev.stampede.support.TestGateway;
import dev.stampede.support.TestProgram;
import io.vertx.redis.client.RedisOptions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Everything of a sandbox goes by its own clock, in the past and in the future, whichever gateway it is. */
class SandboxTest extends TwoGatewaysWithBooks {
    private int sandboxes;

    /** A new one, whose clock begins then. */
    private String sandbox(String begins) throws SQLException {
        String program = "sand-" + ++sandboxes;
        TestProgram document = TestProgram.of(program).sandbox(begins);
        assertEquals("ok", outcome("publish_program_3(?, ?, 0, NULL, NULL, NULL, NULL)", program, document.document()));
        books.forEach(TestBook::hear);
        return program;
    }

    private void moved(String program, String now) throws SQLException {
        assertEquals(
                "ok",
                outcome("set_program_clock(?, ?)", program, Instant.parse(now).toEpochMilli()));
        books.forEach(TestBook::hear);
    }

    private static Ask ask(OperationType type, AccountId account, String key) {
        return Ask.of(type, account).key(key, type + key);
    }

    /** @param pendingTo the day on which the points become available; null for at once */
    private static Operation earn(AccountId account, String key, String expires, String pendingTo) {
        return ask(OperationType.EARN, account, key)
                .points(100L)
                .autoEnrol(true)
                .lot(
                        LocalDate.parse(expires).toEpochDay(),
                        pendingTo == null ? null : LocalDate.parse(pendingTo).toEpochDay())
                .build();
    }

    private static Operation hold(AccountId account, String key) {
        return ask(OperationType.HOLD, account, key).points(10L).ttlSeconds(120).build();
    }

    private static Operation capture(AccountId account, String key, Answer hold) {
        return ask(OperationType.CAPTURE, account, key).hold(done(hold).id()).build();
    }

    /** Without a word to the others: each reads the clock by itself, and decides nothing while it cannot. */
    @Test
    void allGatewaysGoByItASecondLater() throws Exception {
        String program = sandbox("2040-01-01T00:00:00Z");
        AccountId account = AccountId.of(program, "soon");
        done(gateway.ask(earn(account, "e", "2040-01-31", null)));
        assertEquals(
                "ok",
                outcome(
                        "set_program_clock(?, ?)",
                        program,
                        Instant.parse("2040-02-01T00:00:00Z").toEpochMilli()));
        TimeUnit.SECONDS.sleep(1);
        assertEquals("insufficient_points", declined(gateway.ask(redeem(account, "r1", 1))));
        assertEquals("insufficient_points", declined(other.ask(redeem(account, "r2", 1))));
    }

    @Test
    void aYearGoesByInAMoment() throws Exception {
        for (int year : new int[] {2010, 2040}) {
            String program = sandbox(year + "-12-30T10:00:00Z");
            AccountId account = AccountId.of(program, "m");
            long begins = Instant.parse(year + "-12-30T10:00:00Z").toEpochMilli();

            assertEquals(
                    begins,
                    done(gateway.ask(earn(account, "e", (year + 1) + "-06-30", (year + 1) + "-01-02")))
                            .at());
            assertEquals("insufficient_points", declined(other.ask(redeem(account, "r1", 10))));
            moved(program, (year + 1) + "-01-01T23:59:59Z");
            assertEquals("insufficient_points", declined(other.ask(redeem(account, "r2", 10))));
            moved(program, (year + 1) + "-01-02T00:00:00Z");
            assertEquals(
                    90,
                    done(other.ask(redeem(account, "r3", 10))).image().state().available());

            Answer first = gateway.ask(hold(account, "h1"));
            Answer second = gateway.ask(hold(account, "h2"));
            moved(program, (year + 1) + "-01-02T00:01:59Z");
            done(other.ask(capture(account, "c1", first)));
            moved(program, (year + 1) + "-01-02T00:02:00Z");
            assertEquals("hold_expired", declined(other.ask(capture(account, "c2", second))));

            moved(program, (year + 1) + "-06-30T23:59:59Z");
            forget(account);
            assertEquals(
                    79,
                    done(gateway.ask(redeem(account, "r4", 1))).image().state().available());
            moved(program, (year + 1) + "-07-01T00:00:00Z");
            assertEquals("insufficient_points", declined(other.ask(redeem(account, "r5", 1))));
            forget(account);
            Answer.Sealed again = assertInstanceOf(Answer.Sealed.class, other.ask(redeem(account, "r3", 10)));
            assertTrue(again.replayed(), "the key of half a year ago, which Redis has lost");
        }
    }

    @Test
    void aRealProgramBesideItGoesByRealTime() throws Exception {
        String program = sandbox("2040-01-01T00:00:00Z");
        AccountId real = TestGateway.account("beside");
        done(gateway.ask(TestGateway.earn(real, "e", 100)));
        done(gateway.ask(earn(AccountId.of(program, "m"), "e", "2040-02-29", null)));
        moved(program, "2045-01-01T00:00:00Z");
        Sweep.now(gateway.gateway);
        long now = System.currentTimeMillis();
        assertTrue(Math.abs(done(other.ask(redeem(real, "r", 10))).at() - now) < 10_000);
        assertEquals(90, ledger.available(real));
        assertEquals(0, ledger.available(AccountId.of(program, "m")));
    }

    @Test
    void theSweepGoesByItToo() throws Exception {
        for (String year : List.of("2010", "2040")) {
            String program = sandbox(year + "-01-01T00:00:00Z");
            AccountId early = AccountId.of(program, "early");
            AccountId late = AccountId.of(program, "late");
            done(gateway.ask(earn(early, "e", year + "-03-31", null)));
            done(gateway.ask(earn(late, "e", year + "-04-30", null)));
            moved(program, year + "-03-31T23:00:00Z");
            Sweep.now(gateway.gateway);
            assertEquals(100, ledger.available(early));
            moved(program, year + "-04-01T00:00:00Z");
            Sweep.now(gateway.gateway);
            assertEquals(0, ledger.available(early));
            assertEquals(100, ledger.available(late));
        }
    }

    @Test
    void whatADeadGatewayLeftIsSealed() throws Exception {
        for (String year : List.of("2010", "2040")) {
            String program = sandbox(year + "-01-01T00:00:00Z");
            AccountId account = AccountId.of(program, "orphan");
            done(gateway.ask(earn(account, "e", year + "-03-31", null)));
            noted(account);
            long now = Instant.parse(year + "-01-01T00:00:00Z").toEpochMilli();
            Proposal orphan = last(parts.propose(redeem(account, "k", 30), now));
            assertEquals(ComparisonResult.ORPHANS, compare(account));
            assertEquals(70, ledger.available(account));
            assertEquals(
                    orphan.id(),
                    assertInstanceOf(Answer.Sealed.class, other.ask(redeem(account, "k", 30)))
                            .operation()
                            .id());
        }
    }

    /** Whoever believes in another time decides nothing that is sealed. */
    @Test
    void aDecisionAheadOfTheClockIsNotSealed() throws Exception {
        String program = sandbox("2040-01-01T00:00:00Z");
        AccountId account = AccountId.of(program, "ahead");
        done(gateway.ask(earn(account, "e", "2040-12-31", null)));
        ProgramTimes wrong = new ProgramTimes() {
            @Override
            public ZoneId zone(String asked, long realMs) {
                return books.get(0).zone(asked, realMs);
            }

            @Override
            public Long sandboxMs(String asked) {
                Long now = books.get(0).sandboxMs(asked);
                return now == null ? null : now + 1;
            }

            @Override
            public boolean isConfirmed(String asked) {
                return true;
            }
        };
        RedisOptions redis =
                new RedisOptions().setConnectionString(backends.redis().url());
        try (TestGateway ahead = new TestGateway(List.of(gateway.postgres), redis, with(Map.of()), wrong)) {
            Unavailable refused = assertThrows(Unavailable.class, () -> ahead.ask(redeem(account, "r", 10)));
            assertEquals(Unavailable.Code.OUTCOME_UNKNOWN, refused.code(), refused::getMessage);
            assertEquals(
                    "The sandbox's clock was set back. Move it forwards, or try again later.", refused.getMessage());
        }
        assertEquals(100, ledger.available(account));
        assertEquals(
                90, done(other.ask(redeem(account, "r", 10))).image().state().available());
    }

    /** A standby that has not heard of the last move becomes the primary. */
    @Test
    void aClockThatAFailoverLosesRefusesUntilItIsMoved() throws Exception {
        String program = sandbox("2040-01-01T00:00:00Z");
        AccountId account = AccountId.of(program, "lost");
        moved(program, "2040-02-01T00:00:00Z");
        done(gateway.ask(earn(account, "e", "2040-12-31", null)));
        long before = Instant.parse("2040-01-01T00:00:00Z").toEpochMilli();
        try (Connection owner = DriverManager.getConnection(jdbcUrl);
                var sql = owner.createStatement()) {
            sql.execute("UPDATE program_clock SET now_ms = " + before + " WHERE program = '" + program + "'");
        }
        Operation redeem = redeem(account, "r", 30);
        Unavailable refused = assertThrows(Unavailable.class, () -> gateway.ask(redeem));
        assertEquals(Unavailable.Code.OUTCOME_UNKNOWN, refused.code(), refused::getMessage);
        moved(program, "2040-02-01T00:00:00Z");
        done(gateway.ask(redeem));
        assertEquals(70, ledger.available(account));
    }

    /** The release before does not know of sandboxes, and publishes by the function of then. */
    @Test
    void theReleaseBeforePublishesNothingInASandbox() throws Exception {
        String program = sandbox("2040-01-01T00:00:00Z");
        String document = TestProgram.of(program).document();
        SQLException refused = assertThrows(
                SQLException.class,
                () -> outcome("publish_program(?, ?, 1, NULL, NULL, NULL, NULL)", program, document));
        assertTrue(refused.getMessage().contains("is a sandbox"), refused::getMessage);
        assertEquals(1, ledger.count("SELECT count(*) FROM program_version WHERE program = '" + program + "'"));
        TestProgram real = TestProgram.of("real-" + program);
        assertEquals(
                "ok", outcome("publish_program(?, ?, 0, NULL, NULL, NULL, NULL)", "real-" + program, real.document()));
    }

    @Test
    void whoHearsNothingDecidesNothing() throws Exception {
        String program = sandbox("2040-01-01T00:00:00Z");
        AccountId account = AccountId.of(program, "deaf");
        done(gateway.ask(earn(account, "e", "2040-12-31", null)));
        try (TestBook deaf = new TestBook(List.of(gateway.postgres));
                TestGateway third = new TestGateway(
                        List.of(gateway.postgres),
                        new RedisOptions().setConnectionString(backends.redis().url()),
                        with(Map.of()),
                        deaf)) {
            done(third.ask(redeem(account, "r", 10)));
            deaf.stop();
            await().atMost(Duration.ofMillis(1500)).until(() -> !deaf.isConfirmed(program));
            Unavailable refused = assertThrows(Unavailable.class, () -> third.ask(redeem(account, "r2", 10)));
            assertEquals(Unavailable.Code.UNAVAILABLE, refused.code(), refused::getMessage);
            done(third.ask(TestGateway.earn(TestGateway.account("not-deaf"), "e", 1))); // in a real program
        }
        assertEquals(90, ledger.available(account));
    }
}
