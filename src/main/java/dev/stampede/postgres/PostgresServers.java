package dev.stampede.postgres;

import io.vertx.pgclient.PgConnectOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The Postgres servers of this gateway, of which one takes writes, and the newest timeline that was seen of them: a
 * server on an older one was left behind at a promotion, whatever it says of itself. What it commits nobody else will
 * ever see. Safe for use from any thread.
 */
public final class PostgresServers {
    private final List<PgConnectOptions> servers = new ArrayList<>();
    private final Map<String, Long> newest = new ConcurrentHashMap<>();

    /** Which database of which system, and its timeline: each promotion begins a new one, with a higher number. */
    record Epoch(String database, long timeline) {
        /** Reads what the function epoch() writes: the timeline is the last part, in hex. */
        static Epoch parse(String text) {
            int last = text.lastIndexOf('-');
            return new Epoch(text.substring(0, last), Long.parseLong(text.substring(last + 1), 16));
        }

        /** Whether this one took the place of the other. */
        boolean isNewerThan(Epoch other) {
            return database.equals(other.database) && timeline > other.timeline;
        }

        @Override
        public String toString() {
            return String.format("%s-%08X", database, timeline);
        }
    }

    /** @param servers in the order in which they are configured */
    public PostgresServers(List<PgConnectOptions> servers) {
        for (PgConnectOptions server : servers) {
            PgConnectOptions options = new PgConnectOptions(server)
                    // the copy forgets it
                    .setUseLayer7Proxy(server.getUseLayer7Proxy())
                    // A statement that waits for a lock ends soon after its gateway has gone, and does not wait for
                    // long:
                    // whoever sits on the row keeps others waiting, too.
                    .addProperty("client_connection_check_interval", "1000")
                    .addProperty("lock_timeout", "1000");
            if (server.getUseLayer7Proxy()) {
                options.setCachePreparedStatements(false); // the next transaction may be of another connection
            }
            this.servers.add(options);
        }
    }

    int count() {
        return servers.size();
    }

    PgConnectOptions options(int server) {
        return servers.get(server);
    }

    /** Whether a proxy gives each transaction another connection. */
    boolean proxied() {
        return servers.get(0).getUseLayer7Proxy();
    }

    /** Notes what is used from now on. */
    void use(Epoch used) {
        newest.merge(used.database, used.timeline, Math::max);
    }

    /** Whether a later timeline of the same database was used before. */
    boolean leftBehind(Epoch asked) {
        return asked.timeline < newest.getOrDefault(asked.database, 0L);
    }
}
