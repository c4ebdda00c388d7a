package dev.stampede.program;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.codec.Gone;
import dev.stampede.gateway.ProgramTimes;
import dev.stampede.postgres.LedgerClock;
import dev.stampede.postgres.PostgresServers;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnectOptions;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** The versions of programs and the clocks of sandboxes, as a gateway without HTTP needs them. */
public final class TestBook implements ProgramTimes, AutoCloseable {
    private final Vertx vertx = Vertx.vertx();
    private final ProgramBook book = new ProgramBook(new SimpleMeterRegistry());

    public TestBook(List<PgConnectOptions> servers) throws Exception {
        LedgerClock clock = new LedgerClock(InstantSource.system());
        book.start(vertx, new PostgresServers(servers), Duration.ofSeconds(3), clock)
                .toCompletionStage()
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS);
    }

    @Override
    public ZoneId zone(String program, long realMs) {
        return book.zone(program, realMs);
    }

    @Override
    public Gone gone(String program, Set<String> promotions, Set<String> counters, long realMs) {
        return book.gone(program, promotions, counters, realMs);
    }

    @Override
    public Long sandboxMs(String program) {
        return book.sandboxMs(program);
    }

    @Override
    public boolean isConfirmed(String program) {
        return book.isConfirmed(program);
    }

    /** From now on it knows what was committed before. */
    public void hear() {
        assertTrue(book.upToDate(Duration.ofSeconds(10)).await().indefinitely());
    }

    /** From now on it hears nothing more. */
    public void stop() {
        book.stop();
    }

    @Override
    public void close() throws Exception {
        book.stop();
        vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }
}
