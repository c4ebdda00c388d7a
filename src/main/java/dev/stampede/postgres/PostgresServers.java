package dev.stampede.postgres;

import io.vertx.core.tracing.TracingPolicy;
import io.vertx.pgclient.PgConnectOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The Postgres servers of this gateway, one of which takes writes, and the newest timeline seen on them. A server on an
 * older timeline was left behind at a promotion, whatever it reports itself: its commits are lost to all others. Safe
 * for use from any thread.
 */
public final class PostgresServers {
    private final List<PgConnectOptions> servers = new ArrayList<>();
    private final Map<String, Long> newest = new ConcurrentHashMap<>();

    /** The database, its system, and the timeline: each promotion begins a new timeline with a higher number. */
    record Epoch(String database, long timeline) {
        /** Reads the text of the function epoch(): the last part is the timeline, in hex. */
        static Epoch parse(String text) {
            int last = text.lastIndexOf('-');
            return new Epoch(text.substring(0, last), Long.parseLong(text.substring(last + 1), 16));
        }

        /** Whether this one has replaced the other one at a promotion. */
        boolean isNewerThan(Epoch other) {
            return database.equals(other.database) && timeline > other.timeline;
        }

        @Override
        public String toString() {
            return String.format("%s-%08X", database, timeline);
        }
    }

    /** @param servers in their configured order */
    public PostgresServers(List<PgConnectOptions> servers) {
        for (PgConnectOptions server : servers) {
            PgConnectOptions options = new PgConnectOptions(server)
                    // the copy constructor omits it
                    .setUseLayer7Proxy(server.getUseLayer7Proxy())
                    // A statement that waits for a lock ends soon after its gateway has died, and does not wait for
                    // long: the session that holds the row also blocks others.
                    .addProperty("client_connection_check_interval", "1000")
                    .addProperty("lock_timeout", "1000");
            if (server.getUseLayer7Proxy()) {
                options.setCachePreparedStatements(false); // the next transaction may use another connection
            }
            options.setTracingPolicy(TracingPolicy.IGNORE); // one batch is of many callers
            this.servers.add(options);
        }
    }

    int count() {
        return servers.size();
    }

    PgConnectOptions options(int server) {
        return servers.get(server);
    }

    /** Whether a proxy may use another connection for each transaction. */
    public boolean proxied() {
        return servers.get(0).getUseLayer7Proxy();
    }

    /** Records the epoch that is used from now on. */
    void use(Epoch used) {
        newest.merge(used.database, used.timeline, Math::max);
    }

    /** Whether a later timeline of the same database was used before. */
    boolean leftBehind(Epoch asked) {
        return asked.timeline < newest.getOrDefault(asked.database, 0L);
    }
}
