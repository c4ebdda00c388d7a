package dev.stampede.support;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.embedded.LoopbackPort;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The packaged gateway with one data directory and two ports, through whichever processes run it: started, killed,
 * started again. For tests named {@code *IT}, which run after it was packaged.
 */
public final class PackagedGateway implements AutoCloseable {
    /** As the tests' own JVM: it starts more than it runs. */
    private static final List<String> JVM =
            List.of(System.getProperty("stampede.jvm", "-Xshare:auto").split(" "));

    public static final Duration START_LIMIT = Duration.ofSeconds(90);
    public static final Duration STOP_LIMIT = Duration.ofSeconds(40);

    private final HttpClient http = HttpClient.newHttpClient();
    private final List<Process> started = new ArrayList<>();
    private final Path directory;
    private final Path data;
    private final Path jar;
    private final int apiPort = LoopbackPort.free();
    private final int managementPort = LoopbackPort.free();

    private PackagedGateway(Path directory, Path jar) throws IOException {
        this.directory = directory;
        this.jar = jar;
        this.data = Files.createDirectory(directory.resolve("data"));
        SharedBinaries.linkInto(data);
    }

    /** How such a process is started, but for its own options. */
    public static List<String> java() {
        List<String> command = new ArrayList<>(JVM);
        command.add(0, Path.of(System.getProperty("java.home"), "bin", "java").toString());
        return command;
    }

    /** With its data and logs in an existing, empty directory. */
    public static PackagedGateway in(Path directory) throws IOException {
        return in(directory, Path.of(System.getProperty("stampede.jar")));
    }

    /** The same, with another build's quarkus-run.jar. */
    public static PackagedGateway in(Path directory, Path jar) throws IOException {
        return new PackagedGateway(directory, jar);
    }

    /** Where its API is, while it runs. */
    public URI api() {
        return URI.create("http://localhost:" + apiPort);
    }

    public URI management() {
        return URI.create("http://localhost:" + managementPort);
    }

    public Path dataDirectory() {
        return data;
    }

    public Path log(String name) {
        return directory.resolve(name);
    }

    public Process start(String log) throws IOException {
        return start(log, List.of());
    }

    /** @param environment what {@code env} is told to change, as in {@code PATH=/usr/bin} */
    public Process start(String log, List<String> environment) throws IOException {
        List<String> command = new ArrayList<>();
        if (!environment.isEmpty()) {
            command.add("/usr/bin/env");
            command.addAll(environment);
        }
        command.addAll(java());
        command.addAll(List.of(
                "-Dstampede.data-dir=" + data,
                "-Dquarkus.http.port=" + apiPort,
                "-Dquarkus.management.port=" + managementPort,
                "-jar",
                jar.toString()));
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log(log).toFile())
                .start();
        started.add(process);
        return process;
    }

    public void awaitReady(Process process, String log) throws IOException {
        await().atMost(START_LIMIT).pollInterval(Duration.ofMillis(100)).until(() -> !process.isAlive() || isReady());
        assertTrue(process.isAlive(), Files.readString(log(log)));
    }

    public boolean isReady() throws InterruptedException {
        HttpRequest ready = HttpRequest.newBuilder(URI.create("http://localhost:" + managementPort + "/q/health/ready"))
                .timeout(Duration.ofSeconds(5))
                .build();
        try {
            return http.send(ready, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
        } catch (IOException notYet) {
            return false;
        }
    }

    /** The sum of a metric's values, of all whose name and labels begin so; 0 if there is none. */
    public double metric(String nameAndLabels) throws IOException, InterruptedException {
        HttpRequest metrics = HttpRequest.newBuilder(URI.create("http://localhost:" + managementPort + "/q/metrics"))
                .timeout(Duration.ofSeconds(5))
                .build();
        return http.send(metrics, HttpResponse.BodyHandlers.ofString())
                .body()
                .lines()
                .filter(line -> line.startsWith(nameAndLabels))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    /** The server processes that were given this data directory. */
    public List<Long> servers() {
        return ProcessHandle.allProcesses()
                .filter(process -> process.info()
                        .arguments()
                        .map(arguments -> String.join(" ", arguments).contains(data.toString()))
                        .orElse(false))
                .filter(process -> started.stream().noneMatch(gateway -> gateway.pid() == process.pid()))
                .map(ProcessHandle::pid)
                .sorted()
                .toList();
    }

    public void killGateways() {
        for (Process gateway : started) {
            gateway.destroyForcibly().onExit().join();
        }
    }

    /** Kills whatever still runs. */
    @Override
    public void close() throws IOException {
        killGateways();
        servers().forEach(server -> ProcessHandle.of(server).ifPresent(ProcessHandle::destroyForcibly));
        await().atMost(STOP_LIMIT).until(() -> servers().isEmpty());
        SharedBinaries.unlinkFrom(data);
    }
}
