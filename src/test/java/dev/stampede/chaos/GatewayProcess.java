package dev.stampede.chaos;

import dev.stampede.support.PackagedGateway;
import dev.stampede.support.Servers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The packaged gateway on external servers, as a process with two ports of its own: started, killed, started again. */
final class GatewayProcess implements AutoCloseable {
    private static final Duration PAUSE = Duration.ofMillis(50);
    /** A new program is known within a second; after a promotion, a gateway first looks for the primary. */
    private static final Duration PROGRAM_LIMIT = Duration.ofSeconds(60);

    private final int number;
    private final Path log;
    private final Path clock;
    private final PackagedGateway gateway;
    private boolean next;
    private Process process;

    /**
     * @param directory for its log
     * @param agent shifts its clock, see {@link ShiftedClock}
     */
    GatewayProcess(int number, Path directory, Path agent, Map<String, String> properties) {
        this.number = number;
        this.log = directory.resolve("gateway-" + number + ".log");
        this.clock = directory.resolve("gateway-" + number + ".clock");
        List<String> jvm = new ArrayList<>(List.of("-Xmx192m", "-javaagent:" + agent + "=" + clock));
        jvm.add("-Dquarkus.http.host=127.0.0.1");
        properties.forEach((name, value) -> jvm.add("-D" + name + "=" + value));
        this.gateway = PackagedGateway.on(directory, jvm);
        shiftClock(Duration.ZERO);
    }

    int number() {
        return number;
    }

    int port() {
        return gateway.port();
    }

    Path log() {
        return log;
    }

    /** From its next start on: the next release, or this one again. */
    void replace(Path nextRelease) {
        next = !next;
        gateway.jar(next ? nextRelease : PackagedGateway.ownJar());
    }

    /** Whether it is of the next release. */
    boolean isOfTheNextRelease() {
        return next;
    }

    void start() {
        process = gateway.start(log.getFileName().toString());
    }

    /**
     * As whoever supervises it would: starts it again where it gave up, as it does while there is no Postgres.
     *
     * @throws IllegalStateException if it is not ready in time
     */
    void awaitReady() throws InterruptedException {
        long deadline = System.nanoTime() + PackagedGateway.START_LIMIT.toNanos();
        while (!gateway.isReady()) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("gateway " + number + " does not get ready, see " + log);
            }
            Thread.sleep(PAUSE.toMillis());
            if (!process.isAlive()) {
                Thread.sleep(1000);
                start();
            }
        }
    }

    /** @throws IllegalStateException if it stays ready */
    void awaitNotReady() throws InterruptedException {
        long deadline = System.nanoTime() + PackagedGateway.START_LIMIT.toNanos();
        while (gateway.isReady()) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("gateway " + number + " stays ready, see " + log);
            }
            Thread.sleep(PAUSE.toMillis());
        }
    }

    /**
     * Waits until it prices by a program that was just published, and knows the program's shared totals.
     *
     * @throws IllegalStateException if it does not know them in time
     */
    void awaitProgram(String program) throws InterruptedException {
        long deadline = System.nanoTime() + PROGRAM_LIMIT.toNanos();
        while (!gateway.serves("/v1/programs/" + program + "/budgets")) { // which counts the totals
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("gateway " + number + " does not know " + program + " within "
                        + PROGRAM_LIMIT.toSeconds() + " s, see " + log);
            }
            Thread.sleep(PAUSE.toMillis());
        }
    }

    /** The sum of what a metric's samples say whose name and first labels are these; 0 if there is none. */
    double metric(String beginning) throws IOException, InterruptedException {
        return gateway.metric(beginning);
    }

    /** {@code kill -9}. */
    void kill() {
        process.destroyForcibly().onExit().join();
    }

    /** SIGTERM, and what it takes to drain. */
    void stop() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            throw new IllegalStateException("gateway " + number + " does not stop, see " + log);
        }
    }

    void freeze() {
        Servers.freeze(process.pid());
    }

    void thaw() {
        Servers.thaw(process.pid());
    }

    /** Puts its clock ahead, or back. */
    void shiftClock(Duration shift) {
        try {
            Files.writeString(clock, Long.toString(shift.toMillis()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        if (process != null) {
            kill();
        }
    }
}
