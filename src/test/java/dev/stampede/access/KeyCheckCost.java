package dev.stampede.access;

import dev.stampede.postgres.LedgerClock;
import dev.stampede.postgres.PostgresServers;
import dev.stampede.support.Backends;
import dev.stampede.support.TestGateway;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jboss.logging.Logger;

/** How long the check of a key takes where there are 100,000. */
final class KeyCheckCost {
    private static final Logger LOG = Logger.getLogger(KeyCheckCost.class);
    private static final int KEYS = 100_000;
    private static final int ROUNDS = 200;
    private static final int CHECKS = 10_000;

    private KeyCheckCost() {}

    static void fill(Statement sql) throws SQLException {
        sql.execute("INSERT INTO api_key (id, program, name, kind, scopes, hash, created_by, changed)"
                + " SELECT lpad(n::text, 12, '0'), 'demo', 'k', 'key', '{read}', sha256(n::text::bytea), 'x',"
                + " nextval('api_key_changes') FROM generate_series(1, " + KEYS + ") AS n");
    }

    public static void main(String[] args) throws SQLException {
        String url = Backends.shared().freshDatabase("key_check_cost");
        TestGateway.migrate(url);
        try (Connection connection = DriverManager.getConnection(url);
                Statement sql = connection.createStatement()) {
            fill(sql);
        }
        Vertx vertx = Vertx.vertx();
        KeyBook book = new KeyBook(() -> Duration.ofMinutes(5), new SimpleMeterRegistry());
        PostgresServers servers = new PostgresServers(
                List.of(TestGateway.options(Backends.shared().postgres(), "key_check_cost")));
        TestGateway.get(book.start(vertx, servers, Duration.ofSeconds(5), new LedgerClock(InstantSource.system()))
                .toCompletionStage()
                .toCompletableFuture());
        KeyText key = KeyText.fresh(false, new Random(1));
        if (!TestGateway.get(
                book.bootstrap(key, "cost", true).toCompletionStage().toCompletableFuture())) {
            throw new IllegalStateException("the key was not taken");
        }
        String header = "Bearer " + key.text();
        long[] nanos = new long[ROUNDS];
        int passed = 0;
        for (int round = 0; round < ROUNDS; round++) {
            long began = System.nanoTime();
            for (int i = 0; i < CHECKS; i++) {
                passed += book.check(header, () -> null, 0) instanceof Check.Passed ? 1 : 0;
            }
            nanos[round] = (System.nanoTime() - began) / CHECKS;
        }
        if (passed != ROUNDS * CHECKS) {
            throw new IllegalStateException("only " + passed + " passed");
        }
        Arrays.sort(nanos);
        LOG.infof(
                "a check among %d keys: %d ns (median of %d rounds; %d to %d)",
                KEYS, nanos[ROUNDS / 2], ROUNDS, nanos[0], nanos[ROUNDS - 1]);
        book.stop();
        System.exit(0);
    }
}
