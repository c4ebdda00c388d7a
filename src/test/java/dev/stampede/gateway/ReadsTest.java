package dev.stampede.gateway;

import static dev.stampede.support.TestGateway.account;
import static dev.stampede.support.TestGateway.earn;
import static dev.stampede.support.TestGateway.get;
import static dev.stampede.support.TestGateway.redeem;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.account.AccountId;
import dev.stampede.account.CachedAccount;
import dev.stampede.account.Operation;
import dev.stampede.embedded.EmbeddedRedisServer;
import dev.stampede.gateway.Unavailable.Code;
import dev.stampede.support.Backends;
import dev.stampede.support.Servers;
import dev.stampede.support.SharedBinaries;
import dev.stampede.support.TestGateway;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reads are bounded, and never take the places of writes (G6). */
@Tag("servers")
class ReadsTest {
    private static final int MAX_WAITING = 200;

    @TempDir
    Path directory;

    private EmbeddedRedisServer redis;
    private TestGateway gateway;

    @BeforeEach
    void start() throws Exception {
        Backends backends = Backends.shared();
        TestGateway.migrate(backends.freshDatabase("reads_test"));
        SharedBinaries.linkInto(Files.createDirectory(directory.resolve("redis")));
        redis = EmbeddedRedisServer.startOpen(directory.resolve("redis"));
        gateway = gateway(Map.of("stampede.redis.max-waiting", Integer.toString(MAX_WAITING)));
    }

    private TestGateway gateway(Map<String, String> settings) {
        return new TestGateway(Backends.shared().postgres(), "reads_test", redis.port(), settings);
    }

    @AfterEach
    void stop() {
        gateway.close();
        redis.close();
    }

    private CompletableFuture<CachedAccount> read(AccountId account) {
        return gateway.gateway.peek(account).subscribeAsCompletionStage();
    }

    private void earned(Operation earn) {
        assertInstanceOf(Answer.Sealed.class, gateway.ask(earn));
    }

    private double missed() {
        return gateway.registry.get("stampede.reads.missed").counter().count();
    }

    /** Answers, or refusals as overloaded; nothing else. Answers how many were refused. */
    private static int refused(List<CompletableFuture<CachedAccount>> reads) {
        int refused = 0;
        for (CompletableFuture<CachedAccount> read : reads) {
            try {
                assertNotNull(get(read));
            } catch (Unavailable e) {
                assertEquals(Code.OVERLOADED, e.code());
                refused++;
            }
        }
        return refused;
    }

    @Test
    void aPauseOfRedisFullOfReadsRefusesNoWriteAndAsksPostgresNothing() throws Exception {
        AccountId account = account("paused");
        earned(earn(account, "e", 1000));
        double before = missed();
        List<CompletableFuture<CachedAccount>> reads = new ArrayList<>();
        List<CompletableFuture<Answer>> writes = new ArrayList<>();
        Servers.freeze(redis.pid());
        try {
            for (int i = 0; i < 2300; i++) {
                reads.add(read(account));
            }
            for (int i = 0; i < MAX_WAITING / 4; i++) {
                writes.add(gateway.submit(redeem(account, "k" + i, 1)));
            }
            TimeUnit.MILLISECONDS.sleep(700); // the pause, which is what is tested
        } finally {
            Servers.thaw(redis.pid());
        }
        for (CompletableFuture<Answer> write : writes) {
            assertInstanceOf(Answer.Sealed.class, get(write));
        }
        assertEquals(2300 - MAX_WAITING / 2, refused(reads), "of this account's connection reads have half");
        assertEquals(before, missed(), "Redis was late, and not away");
    }

    @Test
    void readsHaveABudgetOfTheirOwn() {
        gateway.close();
        gateway = gateway(Map.of("stampede.gateway.max-reads", "20"));
        // spread over both connections, which would take more
        List<AccountId> accounts = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            AccountId account = account("budget-" + i);
            earned(earn(account, "e", 1000));
            accounts.add(account);
        }
        List<CompletableFuture<CachedAccount>> reads = new ArrayList<>();
        Servers.freeze(redis.pid());
        try {
            for (int i = 0; i < 50; i++) {
                reads.add(read(accounts.get(i % accounts.size())));
            }
            await("refused before Redis is touched")
                    .until(() -> reads.stream()
                                    .filter(CompletableFuture::isCompletedExceptionally)
                                    .count()
                            == 30);
        } finally {
            Servers.thaw(redis.pid());
        }
        assertEquals(30, refused(reads));
        assertEquals(0, gateway.registry.get("stampede.reads.in.flight").gauge().value());
    }

    @Test
    void anAccountThatIsNotThereIsAskedForOnceASecond() throws Exception {
        AccountId account = account("absent");
        double before = missed();
        long start = System.nanoTime();
        for (int i = 0; i < 300; i++) {
            assertNull(get(read(account)));
        }
        long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start);
        double asked = missed() - before;
        assertTrue(asked >= 1 && asked <= 1 + seconds, () -> asked + " questions in " + seconds + " s");

        earned(earn(account, "e", 5));
        assertEquals(5, get(read(account)).image().state().available());
        redis.kill();
        redis.restart();
        CachedAccount peek = get(read(account));
        assertNotNull(peek, "what was made is not taken for absent, also where Redis has lost it");
        assertEquals(5, peek.image().state().available());
    }

    @Test
    void aFullConnectionToRedisIsOverloadAndNotAnOutage() throws Exception {
        AccountId account = account("full");
        earned(earn(account, "e", 1000));
        List<CompletableFuture<Answer>> writes = new ArrayList<>();
        Servers.freeze(redis.pid());
        try {
            for (int i = 0; i < MAX_WAITING; i++) {
                writes.add(gateway.submit(redeem(account, "k" + i, 1)));
            }
            Unavailable refused =
                    assertThrows(Unavailable.class, () -> gateway.ask(redeem(account, "one too many", 1)));
            assertEquals(Code.OVERLOADED, refused.code());
        } finally {
            Servers.thaw(redis.pid());
        }
        for (CompletableFuture<Answer> write : writes) {
            assertInstanceOf(Answer.Sealed.class, get(write));
        }
    }
}
