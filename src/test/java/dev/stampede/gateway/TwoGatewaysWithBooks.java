package dev.stampede.gateway;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.program.TestBook;
import dev.stampede.support.TestGateway;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.redis.client.RedisOptions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;

/** Each of the two gateways reads the programs of the database by a book of its own. */
abstract class TwoGatewaysWithBooks extends TwoGateways {
    final List<TestBook> books = new ArrayList<>();

    @Override
    TestGateway startBehind(int redisPort, Map<String, String> own) {
        List<PgConnectOptions> servers = List.of(TestGateway.options(backends.postgres(), DATABASE));
        try {
            TestBook book = new TestBook(servers);
            books.add(book);
            RedisOptions redis = new RedisOptions().setConnectionString("redis://127.0.0.1:" + redisPort);
            return new TestGateway(servers, redis, with(own), book);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @AfterAll
    void closeBooks() throws Exception {
        for (TestBook book : books) {
            book.close();
        }
    }

    /** The outcome of one of the ledger's functions. */
    String outcome(String function, Object... values) throws SQLException {
        try (Connection owner = DriverManager.getConnection(jdbcUrl);
                var call = owner.prepareStatement("SELECT outcome FROM " + function)) {
            for (int i = 0; i < values.length; i++) {
                call.setObject(i + 1, values[i]);
            }
            try (var rows = call.executeQuery()) {
                assertTrue(rows.next());
                return rows.getString(1);
            }
        }
    }
}
