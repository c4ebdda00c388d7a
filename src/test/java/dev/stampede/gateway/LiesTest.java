package dev.stampede.gateway;

import static dev.stampede.support.TestGateway.account;
import static dev.stampede.support.TestGateway.capture;
import static dev.stampede.support.TestGateway.earn;
import static dev.stampede.support.TestGateway.hold;
import static dev.stampede.support.TestGateway.redeem;
import static dev.stampede.support.TestGateway.reverse;
import static dev.stampede.support.TestGateway.voidKey;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.stampede.account.AccountId;
import dev.stampede.account.CachedAccount;
import dev.stampede.account.Operation;
import dev.stampede.account.OperationType;
import dev.stampede.account.SealedOperation;
import dev.stampede.embedded.EmbeddedPostgresServer;
import dev.stampede.embedded.EmbeddedRedisServer;
import dev.stampede.support.Ask;
import dev.stampede.support.EmptyPostgres;
import dev.stampede.support.LedgerCheck;
import dev.stampede.support.SharedBinaries;
import dev.stampede.support.TestGateway;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Redis lies, restarts and forgets, Postgres restarts, all under load from two gateways: nothing that was answered is
 * lost or doubled, and in the end Redis says what Postgres has.
 */
@Tag("servers")
@Tag("long")
class LiesTest {
    /** So many answers say something. */
    private static final int FEWEST = 1000;

    private static final int ACCOUNTS = 40;
    private static final int CLIENTS = 24;

    @TempDir
    Path directory;

    private final long seed =
            Long.getLong("stampede.seed", ThreadLocalRandom.current().nextLong());
    private EmbeddedPostgresServer postgres;
    private EmbeddedRedisServer redis;
    private List<TestGateway> gateways;
    private Redis liar;
    private LedgerCheck ledger;

    private final AtomicBoolean stopped = new AtomicBoolean();
    private final Queue<SealedOperation> answered = new ConcurrentLinkedQueue<>();
    private final Map<String, Integer> outcomes = new ConcurrentHashMap<>();
    private final Queue<Throwable> bugs = new ConcurrentLinkedQueue<>();
    private final AtomicInteger keys = new AtomicInteger();

    @BeforeEach
    void start() throws Exception {
        for (String server : List.of("p", "r")) {
            SharedBinaries.linkInto(Files.createDirectory(directory.resolve(server)));
        }
        EmptyPostgres.copyInto(directory.resolve("p"));
        postgres = EmbeddedPostgresServer.start(directory.resolve("p"));
        redis = EmbeddedRedisServer.startOpen(directory.resolve("r"));
        TestGateway.migrate(postgres.jdbcUrl());
        Map<String, String> settings = Map.of(
                "stampede.redis.command-timeout",
                "500ms",
                "stampede.gateway.compare-interval",
                "200ms",
                "stampede.gateway.orphan-age",
                "1s");
        gateways = List.of(
                new TestGateway(postgres, postgres.database(), redis.port(), settings),
                new TestGateway(postgres, postgres.database(), redis.port(), settings));
        liar = Redis.createClient(gateways.get(0).vertx(), gateways.get(0).redisUri);
        ledger = new LedgerCheck(postgres.jdbcUrl());
    }

    @AfterEach
    void stop() throws IOException {
        gateways.forEach(TestGateway::close);
        redis.close();
        postgres.close();
        for (String server : List.of("p", "r")) {
            SharedBinaries.unlinkFrom(directory.resolve(server));
        }
    }

    @Test
    void nothingIsLostOrDoubled() throws Exception {
        try {
            List<Thread> clients = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                Random random = new Random(seed + i);
                Thread thread = new Thread(() -> client(random), "client-" + i);
                thread.start();
                clients.add(thread);
            }
            Random random = new Random(seed);
            ArrayDeque<Runnable> lies = new ArrayDeque<>();
            long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(Long.getLong("stampede.lies.seconds", 8));
            long enough = System.nanoTime() + TimeUnit.SECONDS.toNanos(90);
            // each lie as often as another, and on a slow machine for longer
            while (System.nanoTime() < until
                    || !lies.isEmpty()
                    || (answered.size() <= FEWEST && System.nanoTime() < enough)) {
                if (lies.isEmpty()) {
                    lies.addAll(shuffled(random));
                }
                TimeUnit.MILLISECONDS.sleep(100 + random.nextInt(400));
                lies.poll().run();
            }
            stopped.set(true);
            for (Thread thread : clients) {
                thread.join(60_000);
                assertFalse(thread.isAlive(), "a client hangs");
            }
            assertEquals(List.of(), List.copyOf(bugs));
            settle();
            ledger.consistent();
            ledger.contains(answered);
            redisAgrees();
            assertTrue(answered.size() > FEWEST, "too little was answered to say anything: " + outcomes);
        } catch (Throwable e) {
            throw new AssertionError("seed " + seed + " (-Dstampede.seed): " + e.getMessage(), e);
        }
    }

    private List<Runnable> shuffled(Random random) {
        Map<String, Response> copies = new HashMap<>();
        List<Runnable> lies = new ArrayList<>(List.of(
                () -> redis(Request.cmd(Command.FLUSHALL)),
                () -> redis(Request.cmd(Command.FUNCTION).arg("FLUSH")),
                () -> redis(Request.cmd(Command.SCRIPT).arg("FLUSH")),
                () -> redis(Request.cmd(Command.DEL).arg(some(random).redisKey())),
                () -> edit(some(random), "\"available\":", "\"available\":9"),
                () -> edit(some(random), "\"lots\":[[2", "\"lots\":[[3"),
                () -> edit(some(random), "\"holds\":[[\"0", "\"holds\":[[\"1"),
                () -> redis(Request.cmd(Command.HSET)
                        .arg(some(random).redisKey())
                        .arg("i")
                        .arg("nonsense")),
                () -> redis(
                        Request.cmd(Command.HDEL).arg(some(random).redisKey()).arg("h")),
                () -> {
                    for (int i = 0; i < ACCOUNTS; i++) {
                        String key = account("lies-" + i).redisKey();
                        Response dump = redis(Request.cmd(Command.DUMP).arg(key));
                        if (dump != null) {
                            copies.put(key, dump);
                        }
                    }
                    pause(700);
                    copies.forEach((key, dump) -> redis(Request.cmd(Command.RESTORE)
                            .arg(key)
                            .arg(0)
                            .arg(dump.toBuffer())
                            .arg("REPLACE")));
                },
                () -> {
                    redis.kill();
                    pause(300);
                    redis.restart();
                },
                () -> {
                    postgres.kill();
                    pause(300);
                    postgres.restart();
                }));
        java.util.Collections.shuffle(lies, random);
        return lies;
    }

    private static void pause(long ms) {
        try {
            TimeUnit.MILLISECONDS.sleep(ms);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private AccountId some(Random random) {
        // some accounts are hot
        int n = random.nextInt(ACCOUNTS);
        return account("lies-" + (random.nextBoolean() ? n : n % 3));
    }

    @CanIgnoreReturnValue
    private Response redis(Request request) {
        for (int i = 0; i < 50; i++) {
            try {
                return liar.send(request)
                        .toCompletionStage()
                        .toCompletableFuture()
                        .get(5, TimeUnit.SECONDS);
            } catch (java.util.concurrent.ExecutionException e) {
                pause(100); // it is restarting
            } catch (InterruptedException | java.util.concurrent.TimeoutException e) {
                throw new IllegalStateException(e);
            }
        }
        throw new IllegalStateException("Redis does not come back");
    }

    private void edit(AccountId account, String text, String replacement) {
        Response image = redis(Request.cmd(Command.HGET).arg(account.redisKey()).arg("i"));
        if (image != null) {
            redis(Request.cmd(Command.HSET)
                    .arg(account.redisKey())
                    .arg("i")
                    .arg(image.toString().replace(text, replacement)));
        }
    }

    /** One client: does this and that, and repeats with the same key what it got no answer to. */
    private void client(Random random) {
        List<UUID> holds = new ArrayList<>();
        List<UUID> redeems = new ArrayList<>();
        List<String> used = new ArrayList<>();
        AccountId account = some(random);
        while (!stopped.get()) {
            if (random.nextInt(10) == 0) {
                account = some(random);
                holds.clear();
                redeems.clear();
                used.clear();
            }
            String key = "k" + keys.incrementAndGet();
            Operation operation = switch (random.nextInt(12)) {
                case 0, 1, 2 -> earn(account, key, 1 + random.nextInt(100));
                case 3, 4, 5 -> redeem(account, key, 1 + random.nextInt(60));
                case 6, 7 -> hold(account, key, 1 + random.nextInt(30));
                case 8 -> holds.isEmpty() ? redeem(account, key, 1) : capture(account, key, holds.remove(0));
                case 9 ->
                    holds.isEmpty()
                            ? earn(account, key, 1)
                            : Ask.of(OperationType.VOID, account)
                                    .key(key, "void hold")
                                    .hold(holds.remove(0))
                                    .build();
                case 10 ->
                    redeems.isEmpty()
                            ? redeem(account, key, 2)
                            : reverse(
                                    account,
                                    key,
                                    redeems.get(random.nextInt(redeems.size())),
                                    random.nextBoolean() ? null : 1L);
                default ->
                    used.isEmpty()
                            ? voidKey(account, key, "never-" + key)
                            : voidKey(account, key, used.get(random.nextInt(used.size())));
            };
            Answer answer = untilAnswered(operation, random);
            if (answer instanceof Answer.Sealed sealed) {
                SealedOperation told = sealed.operation();
                answered.add(told);
                outcomes.merge(told.outcome(), 1, Integer::sum);
                used.add(key);
                if (told.ok()) {
                    if (operation.type() == OperationType.HOLD) {
                        holds.add(told.id());
                    } else if (operation.type() == OperationType.REDEEM) {
                        redeems.add(told.id());
                    }
                }
            } else if (answer instanceof Answer.Refused refused) {
                outcomes.merge("refused " + refused.refusal().code(), 1, Integer::sum);
            }
        }
    }

    private Answer untilAnswered(Operation operation, Random random) {
        String last = null;
        for (int i = 0; i < 400; i++) {
            CompletableFuture<Answer> future = gateways.get(random.nextInt(2)).submit(operation);
            try {
                return TestGateway.get(future);
            } catch (Unavailable e) {
                outcomes.merge(e.code().name(), 1, Integer::sum);
                last = e.code() + " " + e.getMessage();
                pause(50);
            } catch (RuntimeException e) {
                bugs.add(e);
                return null;
            }
        }
        bugs.add(new IllegalStateException("no answer to " + operation + ": " + last));
        return null;
    }

    /** One more write an account, as a user would find it. */
    private void settle() {
        for (int i = 0; i < ACCOUNTS; i++) {
            Answer answer = untilAnswered(earn(account("lies-" + i), "last-" + i, 1), new Random(seed));
            assertTrue(
                    answer instanceof Answer.Sealed sealed && sealed.operation().ok(), () -> "" + answer);
        }
    }

    private void redisAgrees() throws Exception {
        for (int i = 0; i < ACCOUNTS; i++) {
            AccountId account = account("lies-" + i);
            String there = redis(
                            Request.cmd(Command.HGET).arg(account.redisKey()).arg("i"))
                    .toString();
            CachedAccount peek = gateways.get(0)
                    .gateway
                    .sealedPeek(account)
                    .subscribeAsCompletionStage()
                    .toCompletableFuture()
                    .get(5, TimeUnit.SECONDS);
            assertNotNull(peek);
            String sealed = imageInPostgres(account);
            assertEquals(sealed, there, account.id());
            assertEquals(sealed, peek.image().text());
        }
    }

    private String imageInPostgres(AccountId account) throws Exception {
        try (var connection = java.sql.DriverManager.getConnection(postgres.jdbcUrl());
                var statement = connection.prepareStatement("SELECT o.image FROM account a JOIN operation o"
                        + " USING (lane, program, account, version) WHERE a.account = ?")) {
            statement.setString(1, account.id());
            var rows = statement.executeQuery();
            assertTrue(rows.next(), () -> account + " is missing; " + Arrays.toString(new Object[] {outcomes}));
            return rows.getString(1);
        }
    }
}
