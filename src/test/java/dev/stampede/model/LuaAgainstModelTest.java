package dev.stampede.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.support.Backends;
import dev.stampede.support.RedisSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Random operations on a few accounts. {@code -Dstampede.seed=} repeats a run that failed, {@code
 * -Dstampede.model.accounts=} makes it longer: each account has 2,000 of them.
 */
@Tag("servers")
class LuaAgainstModelTest {
    private static final int ACCOUNTS = Integer.getInteger("stampede.model.accounts", 8);
    private static final int OPERATIONS = 2_000;
    private static final int THREADS = 2;

    @Test
    void theyAgreeOnEachOperation() throws InterruptedException {
        Long given = Long.getLong("stampede.seed");
        long seed = given == null ? System.nanoTime() & 0xffff_ffffL : given;
        int port = Backends.shared().redis().port();
        ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();
        Map<String, Integer> happened = new ConcurrentSkipListMap<>();
        AtomicInteger next = new AtomicInteger();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            Thread thread = new Thread(() -> {
                for (int number = next.getAndIncrement(); number < ACCOUNTS; number = next.getAndIncrement()) {
                    play(port, seed, number, failures, happened);
                }
            });
            // not that of a @QuarkusTest that ran before
            thread.setContextClassLoader(getClass().getClassLoader());
            thread.start();
            threads.add(thread);
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertEquals(List.of(), List.copyOf(failures), "-Dstampede.seed=" + seed);
        assertEquals(ACCOUNTS + THREADS, next.get());
        for (String what : List.of(
                "capture ok",
                "earn ok",
                "hold limit_exceeded",
                "hold member_code_used",
                "hold ok",
                "redeem account_frozen",
                "redeem insufficient_points",
                "redeem member_code_used",
                "redeem ok",
                "redeem step_up",
                "reverse already_reversed",
                "reverse ok",
                "reverse reverse_exceeds_original",
                "reverse reverse_kind_mixed",
                "void ok")) {
            assertTrue(happened.containsKey(what), () -> what + " in " + happened + ", -Dstampede.seed=" + seed);
        }
    }

    private static void play(
            int port, long seed, int number, ConcurrentLinkedQueue<String> failures, Map<String, Integer> happened) {
        String doing = "connect";
        try (RedisSocket redis = new RedisSocket(port)) {
            Player player = new Player(Library.withSmallBounds(redis), seed, number);
            try {
                while (player.operations() < OPERATIONS) {
                    player.move();
                }
            } finally {
                doing = player.doing();
                player.happened().forEach((what, times) -> happened.merge(what, times, Integer::sum));
            }
        } catch (RuntimeException | Error e) {
            failures.add("account " + number + ", " + doing + ": " + e);
        }
    }
}
