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
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * The packaged gateway with one data directory, or none, and two ports, through whichever processes run it: started,
 * killed, started again. For tests named {@code *IT}, which run after it was packaged. None of the processes outlives
 * the JVM that started it.
 */
public final class PackagedGateway implements AutoCloseable {
    /** As the tests' own JVM: it starts more than it runs. */
    private static final List<String> JVM =
            List.of(System.getProperty("stampede.jvm", "-Xshare:auto").split(" "));

    private static final String NO_EXAMPLES = "-Dstampede.examples=false";

    private static final Path SETPRIV = Path.of("/usr/bin/setpriv");

    /** The kernel ends a child when the thread that started it ends: this one never does. */
    private static final ExecutorService PARENT = Executors.newSingleThreadExecutor(task -> {
        Thread thread = new Thread(task, "gateway-processes");
        thread.setDaemon(true);
        return thread;
    });

    public static final Duration START_LIMIT = Duration.ofSeconds(90);
    public static final Duration STOP_LIMIT = Duration.ofSeconds(40);

    private final HttpClient http = HttpClient.newHttpClient();
    private final List<Process> started = new ArrayList<>();
    private final Path directory;
    private final Path data;
    private final List<String> options = new ArrayList<>();
    private final int apiPort = LoopbackPort.free();
    private final int managementPort = LoopbackPort.free();
    private Path jar;

    private PackagedGateway(Path directory, Path data, Path jar, List<String> jvm) {
        this.directory = directory;
        this.data = data;
        this.jar = jar;
        options.addAll(jvm);
        options.add("-Dquarkus.http.port=" + apiPort);
        options.add("-Dquarkus.management.port=" + managementPort);
        options.add(TestKey.option());
        TestKey.sendByDefault();
    }

    /** How such a process is started, but for its own options. */
    public static List<String> java() {
        List<String> command = plainJava();
        SharedClasses.archive().ifPresent(archive -> command.add("-XX:SharedArchiveFile=" + archive));
        return command;
    }

    private static List<String> plainJava() {
        List<String> command = new ArrayList<>(JVM);
        command.add(0, Path.of(System.getProperty("java.home"), "bin", "java").toString());
        return command;
    }

    /** The build's own quarkus-run.jar. */
    public static Path ownJar() {
        return Path.of(System.getProperty("stampede.jar"));
    }

    /** With its data and logs in an existing, empty directory. */
    public static PackagedGateway in(Path directory) throws IOException {
        return in(directory, ownJar());
    }

    /** The same, with another build's quarkus-run.jar. */
    public static PackagedGateway in(Path directory, Path jar) throws IOException {
        Path data = Files.createDirectory(directory.resolve("data"));
        SharedBinaries.linkInto(data);
        return new PackagedGateway(directory, data, jar, List.of("-Dstampede.data-dir=" + data, NO_EXAMPLES));
    }

    /** Not its Postgres' first start, which takes longer than most of what is done with it. */
    public PackagedGateway startedBefore() {
        EmptyPostgres.copyInto(data);
        return this;
    }

    /** Without the tests' key: it has to find one. */
    public PackagedGateway withoutKey() {
        options.remove(TestKey.option());
        return this;
    }

    /** With the example programs, as it starts where nobody has set anything. */
    public PackagedGateway withExamples() {
        options.remove(NO_EXAMPLES);
        return this;
    }

    /**
     * On servers that are there.
     *
     * @param directory for its logs
     * @param jvm options of the JVM, and what to set
     */
    public static PackagedGateway on(Path directory, List<String> jvm) {
        return new PackagedGateway(directory, null, ownJar(), jvm);
    }

    /** From its next start on with this option of the JVM, too. */
    public PackagedGateway with(String option) {
        options.add(option);
        return this;
    }

    /** From its next start on it is another build's. */
    public void jar(Path next) {
        jar = next;
    }

    public int port() {
        return apiPort;
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

    public Process start(String log) {
        return start(log, List.of());
    }

    /** @param environment what {@code env} is told to change, as in {@code PATH=/usr/bin} */
    public Process start(String log, List<String> environment) {
        List<String> command = new ArrayList<>();
        if (Files.isExecutable(SETPRIV)) {
            command.addAll(List.of(SETPRIV.toString(), "--pdeathsig", "KILL"));
        }
        if (!environment.isEmpty()) {
            command.add("/usr/bin/env");
            command.addAll(environment);
        }
        // the archive is of this build's jars, and a JVM that reads one beside an agent crashes (17.0.15)
        boolean shares = jar.equals(ownJar()) && options.stream().noneMatch(option -> option.startsWith("-javaagent"));
        command.addAll(shares ? java() : plainJava());
        command.addAll(options);
        command.addAll(List.of("-jar", jar.toString()));
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log(log).toFile()));
        try {
            Process process = PARENT.submit(builder::start).get();
            started.add(process);
            return process;
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException("the gateway can't be started", e);
        }
    }

    public void awaitReady(Process process, String log) throws IOException {
        await().atMost(START_LIMIT).pollInterval(Duration.ofMillis(100)).until(() -> !process.isAlive() || isReady());
        assertTrue(process.isAlive(), Files.readString(log(log)));
    }

    public boolean isReady() throws InterruptedException {
        return isOk(URI.create("http://localhost:" + managementPort + "/q/health/ready"));
    }

    /** Whether a GET of the API is answered with 200. */
    public boolean serves(String path) throws InterruptedException {
        return isOk(api().resolve(path));
    }

    private boolean isOk(URI uri) throws InterruptedException {
        HttpRequest request =
                HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(2)).build();
        try {
            return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
        } catch (IOException notYet) {
            return false;
        }
    }

    /** The sum of a metric's values, of all whose name and labels begin so; 0 if there is none. */
    public double metric(String nameAndLabels) throws IOException, InterruptedException {
        HttpRequest metrics = HttpRequest.newBuilder(URI.create("http://localhost:" + managementPort + "/q/metrics"))
                .timeout(Duration.ofSeconds(10))
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
        if (data == null) {
            return;
        }
        servers().forEach(server -> ProcessHandle.of(server).ifPresent(ProcessHandle::destroyForcibly));
        await().atMost(STOP_LIMIT).until(() -> servers().isEmpty());
        SharedBinaries.unlinkFrom(data);
    }
}
