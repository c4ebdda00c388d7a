package dev.stampede.chaos;

import dev.stampede.embedded.LoopbackPort;
import dev.stampede.support.Servers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** The packaged gateway on external servers, as a process with two ports of its own: started, killed, started again. */
final class GatewayProcess implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofSeconds(90);
    private static final Duration PAUSE = Duration.ofMillis(50);

    /** The kernel ends a child when the thread that started it ends: this one never does. */
    private static final ExecutorService PARENT = Executors.newSingleThreadExecutor(task -> {
        Thread thread = new Thread(task, "gateway-processes");
        thread.setDaemon(true);
        return thread;
    });

    private final HttpClient http = HttpClient.newHttpClient();
    private final int number;
    private final Path log;
    private final Path clock;
    private final Path agent;
    private final Map<String, String> properties;
    private final int apiPort = LoopbackPort.free();
    private final int managementPort = LoopbackPort.free();
    private Path jar = Path.of(System.getProperty("stampede.jar"));
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
        this.agent = agent;
        this.properties = properties;
        shiftClock(Duration.ZERO);
    }

    int number() {
        return number;
    }

    int port() {
        return apiPort;
    }

    Path log() {
        return log;
    }

    /** From its next start on: the next release, or this one again. */
    void replace(Path nextRelease) {
        next = !next;
        jar = next ? nextRelease : Path.of(System.getProperty("stampede.jar"));
    }

    /** Whether it is of the next release. */
    boolean isOfTheNextRelease() {
        return next;
    }

    void start() {
        List<String> command = new ArrayList<>();
        if (Files.isExecutable(Path.of("/usr/bin/setpriv"))) {
            command.addAll(List.of("setpriv", "--pdeathsig", "KILL")); // nothing outlives this JVM
        }
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xmx192m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
        command.add("-javaagent:" + agent + "=" + clock);
        command.add("-Dquarkus.http.port=" + apiPort);
        command.add("-Dquarkus.http.host=127.0.0.1");
        command.add("-Dquarkus.management.port=" + managementPort);
        properties.forEach((name, value) -> command.add("-D" + name + "=" + value));
        command.addAll(List.of("-jar", jar.toString()));
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(log.getParent().toFile())
                .redirectErrorStream(true)
                .redirectOutput(Redirect.appendTo(log.toFile()));
        try {
            process = PARENT.submit(builder::start).get();
        } catch (Exception e) {
            throw new IllegalStateException("gateway " + number + " can't be started", e);
        }
    }

    /**
     * As whoever supervises it would: starts it again where it gave up, as it does while there is no Postgres.
     *
     * @throws IllegalStateException if it is not ready in time
     */
    void awaitReady() throws InterruptedException {
        long deadline = System.nanoTime() + START_LIMIT.toNanos();
        while (!isReady()) {
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
        long deadline = System.nanoTime() + START_LIMIT.toNanos();
        while (isReady()) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("gateway " + number + " stays ready, see " + log);
            }
            Thread.sleep(PAUSE.toMillis());
        }
    }

    private boolean isReady() throws InterruptedException {
        HttpRequest ready = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + managementPort + "/q/health/ready"))
                .timeout(Duration.ofSeconds(2))
                .build();
        try {
            return http.send(ready, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
        } catch (IOException notYet) {
            return false;
        }
    }

    /** The sum of what a metric's samples say whose name and first labels are these; 0 if there is none. */
    double metric(String beginning) throws IOException, InterruptedException {
        HttpRequest metrics = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + managementPort + "/q/metrics"))
                .timeout(Duration.ofSeconds(10))
                .build();
        return http.send(metrics, HttpResponse.BodyHandlers.ofLines())
                .body()
                .filter(line -> line.startsWith(beginning))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
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
