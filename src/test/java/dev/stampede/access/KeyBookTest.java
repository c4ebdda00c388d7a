package dev.stampede.access;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.postgres.LedgerClock;
import dev.stampede.postgres.PostgresServers;
import dev.stampede.support.Backends;
import dev.stampede.support.TestGateway;
import dev.stampede.support.Wire;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("servers")
class KeyBookTest {
    private static final Random RANDOM = new Random(3);

    /** No certificate of the client. */
    private static final Supplier<byte[]> NONE = () -> null;

    private final Vertx vertx = Vertx.vertx();
    private final LedgerClock clock = new LedgerClock(InstantSource.system());
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private Connection connection;
    private Statement sql;
    private KeyBook book;

    @BeforeEach
    void start() throws SQLException {
        String url = Backends.shared().freshDatabase("key_book");
        TestGateway.migrate(url);
        connection = DriverManager.getConnection(url);
        sql = connection.createStatement();
        book = book(Duration.ofMinutes(5));
    }

    @AfterEach
    void stop() throws SQLException {
        book.stop();
        TestGateway.get(vertx.close().toCompletionStage().toCompletableFuture());
        connection.close();
    }

    private KeyBook book(Duration maxAge) {
        return book(maxAge, vertx, Backends.shared().postgres().port());
    }

    private KeyBook book(Duration maxAge, Vertx on, int port) {
        KeyBook started = new KeyBook(() -> maxAge, meters);
        PostgresServers servers = new PostgresServers(List.of(
                TestGateway.options(Backends.shared().postgres(), "key_book").setPort(port)));
        TestGateway.get(started.start(on, servers, Duration.ofSeconds(5), clock)
                .toCompletionStage()
                .toCompletableFuture());
        return started;
    }

    private boolean bootstrap(KeyText key, boolean always) {
        return TestGateway.get(
                book.bootstrap(key, "bootstrap", always).toCompletionStage().toCompletableFuture());
    }

    private Check check(KeyText key) {
        return book.check("Bearer " + key.text(), NONE, clock.nowMs());
    }

    private String outcome(String call) throws SQLException {
        try (var rows = sql.executeQuery("SELECT " + call)) {
            rows.next();
            return rows.getString(1);
        }
    }

    @Test
    void theFirstKeyIsTakenOnlyWhileThereIsNone() {
        KeyText first = KeyText.fresh(false, RANDOM);
        KeyText second = KeyText.fresh(false, RANDOM);
        assertFalse(book.hasKeyForKeys(clock.nowMs()));
        assertEquals(Check.Refused.UNKNOWN, check(first));
        assertTrue(bootstrap(first, false));
        assertTrue(book.hasKeyForKeys(clock.nowMs()));
        assertFalse(bootstrap(first, false));
        assertFalse(bootstrap(second, false));
        assertEquals(Check.Refused.UNKNOWN, check(second));
        Principal principal = assertInstanceOf(Check.Passed.class, check(first)).principal();
        assertEquals(
                new Principal(
                        Principal.Kind.KEY,
                        first.id(),
                        null,
                        null,
                        Scope.ALL,
                        null,
                        Long.MAX_VALUE,
                        null,
                        ByteBuffer.wrap(first.hash()).getLong()),
                principal);
        assertTrue(bootstrap(second, true));
        assertInstanceOf(Check.Passed.class, check(second));
        assertFalse(bootstrap(second, true));
    }

    @Test
    void theLastKeyThatMakesKeysStays() throws SQLException {
        KeyText first = KeyText.fresh(false, RANDOM);
        KeyText second = KeyText.fresh(false, RANDOM);
        assertTrue(bootstrap(first, false));
        assertEquals("last_key", outcome("revoke_key_2('demo', true, '" + first.id() + "', false, 'x', NULL)"));
        assertTrue(bootstrap(second, true));
        assertEquals("key_not_found", outcome("revoke_key_2('demo', false, '" + first.id() + "', false, 'x', NULL)"));
        assertEquals("ok", outcome("revoke_key_2('demo', true, '" + first.id() + "', false, 'x', NULL)"));
        assertEquals("ok", outcome("revoke_key_2('demo', true, '" + first.id() + "', false, 'x', NULL)"));
        assertEquals("last_key", outcome("revoke_key_2('demo', true, '" + second.id() + "', false, 'x', NULL)"));
    }

    /** One of a program, one that ends soon and one that needs a certificate are not enough. */
    @Test
    void theLastKeyThatMakesKeysIsForAll() throws SQLException {
        KeyText first = KeyText.fresh(false, RANDOM);
        assertTrue(bootstrap(first, false));
        String create = "create_key_3('%s', %s, 'k', 'key', '{keys}', NULL, NULL, NULL, %s, sha256('x'),"
                + " clock_timestamp() + interval '%s', 'x', NULL)";
        String revoke = "revoke_key_2('demo', true, '%s', false, 'x', NULL)";
        assertEquals("", outcome(create.formatted("OfOneProgram", "'demo'", "NULL", "1 year")));
        assertEquals("", outcome(create.formatted("WithItsTwin0", "'demo'", "NULL", "1 year")));
        assertEquals("", outcome(create.formatted("EndsTomorrow", "NULL", "NULL", "23 hours")));
        assertEquals("", outcome(create.formatted("Certificate0", "NULL", "sha256('c')", "1 year")));
        assertEquals("last_key", outcome(revoke.formatted(first.id())));
        assertEquals("ok", outcome(revoke.formatted("EndsTomorrow")));
        assertEquals("ok", outcome(revoke.formatted("WithItsTwin0")));
        assertEquals("", outcome(create.formatted("AnotherOne00", "NULL", "NULL", "25 hours")));
        assertEquals("ok", outcome(revoke.formatted(first.id())));
        assertEquals("last_key", outcome(revoke.formatted("AnotherOne00")));
        sql.execute("UPDATE api_key SET expires_at = clock_timestamp() + interval '1 hour' WHERE id = 'AnotherOne00'");
        for (String id : List.of("AnotherOne00", "Certificate0")) {
            assertEquals("ok", outcome(revoke.formatted(id)), id);
        }
        assertEquals("last_key", outcome(revoke.formatted("OfOneProgram")), "there is no other at all");
    }

    /** All or nothing: also where the last key is among those that were made. */
    @Test
    void whatAKeyHasMadeEndsInOneCall() throws SQLException {
        KeyText first = KeyText.fresh(false, RANDOM);
        assertTrue(bootstrap(first, false));
        sql.execute("SELECT create_key_3(lpad(i::text, 12, '0'), 'demo', 'k', 'key', '{keys}', NULL, NULL, NULL, NULL,"
                + " sha256('x'), NULL, CASE i WHEN 1 THEN '" + first.id() + "' ELSE lpad((i - 1)::text, 12, '0') END,"
                + " NULL) FROM generate_series(1, 2000) i"); // each by the one before
        String revoke = "revoke_key_2('demo', true, '%s', true, 'x', NULL)";
        String alive = "count(*) FROM api_key WHERE revoked_at IS NULL";
        assertEquals("last_key", outcome(revoke.formatted(first.id())));
        assertEquals("2001", outcome(alive));
        assertEquals("ok", outcome(revoke.formatted("000000000002")));
        assertEquals("2", outcome(alive));
        assertEquals("1999", outcome("count(*) FROM audit WHERE action = 'key.revoke'"));
    }

    /** A day after their end, as Postgres does: a gateway may run for years. */
    @Test
    void keysThatHaveEndedAreForgotten() throws SQLException {
        KeyText kept = KeyText.fresh(false, RANDOM);
        KeyText ended = KeyText.fresh(false, RANDOM);
        assertTrue(bootstrap(kept, false));
        assertTrue(bootstrap(ended, true));
        sql.execute("UPDATE api_key SET changed = nextval('api_key_changes'),"
                + " expires_at = clock_timestamp() - interval '1 day' + interval '4 s' WHERE id = '"
                + ended.id() + "'");
        await().atMost(Duration.ofSeconds(3))
                .until(() -> new Check.Barred(Check.Refused.EXPIRED, ended.id()).equals(check(ended)));
        await().atMost(Duration.ofSeconds(10)).until(() -> {
            sql.execute("UPDATE api_key SET changed = nextval('api_key_changes') WHERE id = '" + kept.id() + "'");
            return check(ended) == Check.Refused.UNKNOWN;
        });
        assertInstanceOf(Check.Passed.class, check(kept));
    }

    /** Nobody tells the book. */
    @Test
    void aRevocationIsHeardOfWithinThreeSeconds() throws SQLException {
        KeyText first = KeyText.fresh(false, RANDOM);
        KeyText second = KeyText.fresh(false, RANDOM);
        assertTrue(bootstrap(first, false));
        assertTrue(bootstrap(second, true));
        Principal principal = assertInstanceOf(Check.Passed.class, check(first)).principal();
        assertTrue(book.isValid(principal, clock.nowMs()));
        assertEquals("ok", outcome("revoke_key_2('demo', true, '" + first.id() + "', false, 'x', NULL)"));
        await().atMost(Duration.ofSeconds(3)).until(() -> revoked(first).equals(check(first)));
        assertFalse(book.isValid(principal, clock.nowMs()));
        assertInstanceOf(Check.Passed.class, check(second));
    }

    /** What it has begun, such as a stream, ends with it. */
    @Test
    void aPrincipalEndsWithTheSecretThatItHasShown() throws SQLException {
        KeyText key = KeyText.fresh(false, RANDOM);
        assertTrue(bootstrap(key, false));
        Principal first = assertInstanceOf(Check.Passed.class, check(key)).principal();
        String rotate = "rotate_key('demo', true, '" + key.id() + "', sha256('%s'), %d, 'x', NULL)";
        assertEquals("ok", outcome(rotate.formatted("second", 600)));
        await().atMost(Duration.ofSeconds(3))
                .until(() -> ((Check.Passed) check(key)).principal().validUntilMs() < Long.MAX_VALUE);
        assertTrue(book.isValid(first, clock.nowMs()));
        assertFalse(book.isValid(first, clock.nowMs() + 601_000), "the overlap has ended");
        assertEquals("ok", outcome("drop_previous_key('demo', true, '" + key.id() + "', 'x', NULL)"));
        await().atMost(Duration.ofSeconds(3)).until(() -> !book.isValid(first, clock.nowMs()));

        KeyText other = KeyText.fresh(false, RANDOM);
        assertTrue(bootstrap(other, true));
        Principal second = assertInstanceOf(Check.Passed.class, check(other)).principal();
        assertEquals("ok", outcome(rotate.replace(key.id(), other.id()).formatted("third", 0)));
        await().atMost(Duration.ofSeconds(3)).until(() -> !book.isValid(second, clock.nowMs()));
    }

    /** Such as one that a load balancer has forgotten: nothing closes it. */
    @Test
    void aRevocationIsHeardOfWhereTheConnectionHasGoneSilent() throws SQLException {
        KeyText key = KeyText.fresh(false, RANDOM);
        assertTrue(bootstrap(key, false));
        assertTrue(bootstrap(KeyText.fresh(false, RANDOM), true));
        try (Wire wire = new Wire(Backends.shared().postgres().port())) {
            KeyBook behind = book(Duration.ofMinutes(5), vertx, wire.port());
            String header = "Bearer " + key.text();
            assertInstanceOf(Check.Passed.class, behind.check(header, NONE, clock.nowMs()));
            wire.abandon();
            assertEquals("ok", outcome("revoke_key_2('demo', true, '" + key.id() + "', false, 'x', NULL)"));
            await().atMost(Duration.ofSeconds(6))
                    .until(() -> revoked(key).equals(behind.check(header, NONE, clock.nowMs())));
            behind.stop();
        }
    }

    @Test
    @Tag("long")
    void whilePostgresIsSilentTheLastBookGoesOn() throws Exception {
        KeyText key = KeyText.fresh(false, RANDOM);
        assertTrue(bootstrap(key, false));
        try (Wire wire = new Wire(Backends.shared().postgres().port())) {
            KeyBook behind = book(Duration.ofSeconds(9), vertx, wire.port());
            String header = "Bearer " + key.text();
            wire.state(Wire.State.SILENT);
            TimeUnit.SECONDS.sleep(7); // longer than any revocation may take
            assertInstanceOf(Check.Passed.class, behind.check(header, NONE, clock.nowMs()));
            await().atMost(Duration.ofSeconds(5))
                    .until(() -> behind.check(header, NONE, clock.nowMs()) == Check.Stale.STALE);
            behind.stop();
        }
    }

    /** As a process that was stopped, and goes on: calls that have waited come before the first read. */
    @Test
    @Tag("long")
    void aBookThatHasStoodStillIsNotBelieved() throws SQLException {
        KeyText key = KeyText.fresh(false, RANDOM);
        assertTrue(bootstrap(key, false));
        assertTrue(bootstrap(KeyText.fresh(false, RANDOM), true));
        Vertx alone = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
        KeyBook still =
                book(Duration.ofMinutes(5), alone, Backends.shared().postgres().port());
        String header = "Bearer " + key.text();
        Principal principal = assertInstanceOf(Check.Passed.class, still.check(header, NONE, clock.nowMs()))
                .principal();
        CountDownLatch goOn = new CountDownLatch(1);
        alone.runOnContext(v -> {
            try {
                assertTrue(goOn.await(20, TimeUnit.SECONDS));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        assertEquals("ok", outcome("revoke_key_2('demo', true, '" + key.id() + "', false, 'x', NULL)"));
        await().atMost(Duration.ofSeconds(6))
                .until(() -> still.check(header, NONE, clock.nowMs()) == Check.Stale.STALE);
        assertTrue(still.isStale());
        assertFalse(still.isValid(principal, clock.nowMs()));
        goOn.countDown();
        await().atMost(Duration.ofSeconds(3))
                .until(() -> revoked(key).equals(still.check(header, NONE, clock.nowMs())));
        still.stop();
        TestGateway.get(alone.close().toCompletionStage().toCompletableFuture());
    }

    @Test
    void theRateOfAKeyIsReadWithIt() throws SQLException {
        KeyText key = KeyText.fresh(false, RANDOM);
        sql.execute("SELECT create_key_3('" + key.id() + "', 'demo', 'k', 'key', '{read}', NULL, 100, 250, NULL, '\\x"
                + HexFormat.of().formatHex(key.hash()) + "', NULL, 'x', NULL)");
        await().atMost(Duration.ofSeconds(3)).until(() -> check(key) instanceof Check.Passed);
        assertEquals(
                new RateLimit(100, 250),
                assertInstanceOf(Check.Passed.class, check(key)).principal().rateLimit());
    }

    /** Also after a rotation. */
    @Test
    void aKeyNeedsItsCertificate() throws SQLException {
        KeyText key = KeyText.fresh(false, RANDOM);
        assertTrue(bootstrap(KeyText.fresh(false, RANDOM), false));
        sql.execute("SELECT create_key_3('" + key.id() + "', 'demo', 'k', 'key', '{read}', NULL, NULL, NULL,"
                + " sha256('certificate'), '\\x" + HexFormat.of().formatHex(key.hash()) + "', NULL, 'x', NULL)");
        byte[] certificate = sha256("certificate");
        needs(certificate, key);
        Principal principal = assertInstanceOf(
                        Check.Passed.class, book.check("Bearer " + key.text(), () -> certificate, clock.nowMs()))
                .principal();
        assertTrue(book.allows(principal, () -> certificate));
        assertFalse(book.allows(principal, NONE));

        KeyText next = KeyText.with(false, key.id(), RANDOM);
        assertEquals(
                "ok",
                outcome("rotate_key('demo', true, '" + key.id() + "', '\\x"
                        + HexFormat.of().formatHex(next.hash()) + "', 600, 'x', NULL)"));
        needs(certificate, next);
        needs(certificate, key);
    }

    private void needs(byte[] certificate, KeyText key) {
        String header = "Bearer " + key.text();
        await().atMost(Duration.ofSeconds(3))
                .until(() -> book.check(header, () -> certificate, clock.nowMs()) instanceof Check.Passed);
        Check barred = new Check.Barred(Check.Refused.CERTIFICATE, key.id());
        assertEquals(barred, check(key));
        assertEquals(barred, book.check(header, () -> sha256("another"), clock.nowMs()));
    }

    private static Check revoked(KeyText key) {
        return new Check.Barred(Check.Refused.REVOKED, key.id());
    }

    private static byte[] sha256(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.US_ASCII));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    @Tag("long")
    void gatewaysThatAreAliveAreCounted() throws SQLException {
        assertEquals(1, book.gateways());
        KeyBook other = book(Duration.ofMinutes(5));
        assertEquals(2, other.gateways());
        await().atMost(Duration.ofSeconds(3)).until(() -> book.gateways() == 2);
        other.stop();
        await().atMost(Duration.ofSeconds(5)).until(() -> book.gateways() == 1);
        // one that has died without a word
        assertEquals("2", outcome("gateways_alive('dead', 4000)"));
        await().atMost(Duration.ofSeconds(4)).until(() -> book.gateways() == 2);
        await().atMost(Duration.ofSeconds(9)).until(() -> book.gateways() == 1);
    }

    @Test
    void tooOldABookSaysSo() {
        KeyText key = KeyText.fresh(false, RANDOM);
        assertTrue(bootstrap(key, false));
        KeyBook old = book(Duration.ofNanos(1));
        assertEquals(Check.Stale.STALE, old.check("Bearer " + key.text(), NONE, clock.nowMs()));
        assertEquals(Check.Refused.MALFORMED, old.check("Bearer x", NONE, clock.nowMs()));
        assertEquals(Check.Refused.MISSING, old.check(null, NONE, clock.nowMs()));
        old.stop();
    }

    @Test
    @Tag("long")
    void withoutPostgresTheLastBookGoesOnForAWhile() throws SQLException {
        KeyText key = KeyText.fresh(false, RANDOM);
        assertTrue(bootstrap(key, false));
        KeyBook brief = book(Duration.ofSeconds(5));
        String header = "Bearer " + key.text();
        try (Connection administrator =
                        DriverManager.getConnection(Backends.shared().postgres().jdbcUrl());
                Statement there = administrator.createStatement()) {
            there.execute("ALTER DATABASE key_book WITH ALLOW_CONNECTIONS false");
            there.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'key_book'");
            assertInstanceOf(Check.Passed.class, brief.check(header, NONE, clock.nowMs()));
            await().atMost(Duration.ofSeconds(12))
                    .until(() -> brief.check(header, NONE, clock.nowMs()) == Check.Stale.STALE);
            assertInstanceOf(Check.Passed.class, check(key));
            there.execute("ALTER DATABASE key_book WITH ALLOW_CONNECTIONS true");
        }
        await().atMost(Duration.ofSeconds(10))
                .until(() -> brief.check(header, NONE, clock.nowMs()) instanceof Check.Passed);
        brief.stop();
    }

    /** The first use of a day is stored, and only that. */
    @Test
    void theDayOfTheLastUseIsStored() throws SQLException {
        KeyText key = KeyText.fresh(false, RANDOM);
        assertTrue(bootstrap(key, false));
        String row = "last_used_on::text FROM api_key WHERE id = '" + key.id() + "'";
        assertNull(outcome(row));
        sql.execute("SELECT api_keys_used('{" + key.id() + ",unknown}')");
        assertEquals(outcome("(clock_timestamp() AT TIME ZONE 'UTC')::date::text"), outcome(row));
        String version = outcome("xmin::text FROM api_key WHERE id = '" + key.id() + "'");
        sql.execute("SELECT api_keys_used('{" + key.id() + "}')");
        assertEquals(version, outcome("xmin::text FROM api_key WHERE id = '" + key.id() + "'"));
    }

    /** Whoever makes keys for one program fills no gateway's memory. */
    @Test
    void theKeysOfAProgramAreBounded() throws SQLException {
        String create = "create_key_3('%s', 'demo', 'k', 'key', '{read}', NULL, NULL, NULL, NULL, sha256('x'), NULL,"
                + " 'x', NULL)";
        sql.execute("INSERT INTO api_key (id, program, name, kind, scopes, hash, created_by, revoked_at, changed)"
                + " SELECT lpad(i::text, 12, '0'), 'demo', 'k', 'key', '{read}', sha256('x'), 'x',"
                + " CASE WHEN i % 2 = 0 THEN clock_timestamp() - interval '23 hours' END, nextval('api_key_changes')"
                + " FROM generate_series(1, 10000) i");
        SQLException refused = assertThrows(SQLException.class, () -> outcome(create.formatted("TooManyByOne")));
        assertEquals("54000", refused.getSQLState());
        assertEquals("", outcome(create.replace("demo", "coffee").formatted("OfAnotherOne")));
        sql.execute("UPDATE api_key SET revoked_at = clock_timestamp() - interval '25 hours'"
                + " WHERE id = '000000000002'");
        assertEquals("", outcome(create.formatted("TheLastOfAll")));
        assertEquals("10001", outcome("count(*) FROM api_keys_3(0)"));
    }

    /** Also one that is changed among many. */
    @Test
    @Tag("long")
    void aHundredThousandKeysAreKnown() throws SQLException {
        KeyCheckCost.fill(sql);
        KeyText key = KeyText.fresh(false, RANDOM);
        assertTrue(bootstrap(key, true));
        assertInstanceOf(Check.Passed.class, check(key));
        KeyBook other = book(Duration.ofMinutes(5)); // which reads all of them at its start
        assertInstanceOf(Check.Passed.class, other.check("Bearer " + key.text(), NONE, clock.nowMs()));
        other.stop();
    }
}
