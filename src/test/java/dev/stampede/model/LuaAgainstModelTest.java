package dev.stampede.model;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.stampede.support.Backends;
import dev.stampede.support.RedisSocket;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Random operations on a few accounts; {@code -Dstampede.seed=} repeats a run that failed. */
class LuaAgainstModelTest {
    private static final int ACCOUNTS = 50;
    private static final int OPERATIONS = 2_000;

    @Test
    void hundredThousandOperations() {
        Long given = Long.getLong("stampede.seed");
        long seed = given == null ? System.nanoTime() & 0xffff_ffffL : given;
        int port = Backends.shared().redis().port();
        List<String> failures = IntStream.range(0, ACCOUNTS)
                .parallel()
                .mapToObj(number -> play(port, seed, number))
                .filter(Objects::nonNull)
                .toList();
        assertEquals(List.of(), failures, "-Dstampede.seed=" + seed);
    }

    /** What went wrong, or null. */
    private static String play(int port, long seed, int number) {
        try (RedisSocket redis = new RedisSocket(port)) {
            Player player = new Player(new Library(redis), seed, number);
            try {
                while (player.operations() < OPERATIONS) {
                    player.move();
                }
                return null;
            } catch (RuntimeException | AssertionError e) {
                return "account " + number + ", " + player.doing() + ": " + e;
            }
        }
    }
}
