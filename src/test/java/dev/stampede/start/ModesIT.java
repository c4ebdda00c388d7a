package dev.stampede.start;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.access.KeyText;
import dev.stampede.support.PackagedGateway;
import java.net.ConnectException;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A gateway that is tried out makes its own key; any other one does not start without one. */
@Tag("servers")
@Tag("long")
class ModesIT {
    private static final String OPEN = "-Dquarkus.http.host=0.0.0.0";

    private final HttpClient http = HttpClient.newHttpClient();

    @TempDir
    Path directory;

    private int enrol(PackagedGateway gateway, String key) throws Exception {
        HttpRequest.Builder enrol = HttpRequest.newBuilder(gateway.api().resolve("/v1/programs/demo/accounts/m-1"))
                .PUT(HttpRequest.BodyPublishers.noBody());
        if (key != null) {
            enrol.header("Authorization", "Bearer " + key);
        }
        return http.send(enrol.build(), HttpResponse.BodyHandlers.discarding()).statusCode();
    }

    private int read(PackagedGateway gateway, String path, String credential) throws Exception {
        HttpRequest.Builder read = HttpRequest.newBuilder(gateway.api().resolve(path));
        if (credential != null) {
            read.header("Authorization", "Bearer " + credential);
        }
        return http.send(read.build(), HttpResponse.BodyHandlers.discarding()).statusCode();
    }

    private static void stop(Process process) throws InterruptedException {
        process.destroy();
        assertTrue(process.waitFor(PackagedGateway.STOP_LIMIT.toSeconds(), TimeUnit.SECONDS));
    }

    @Test
    void aGatewayThatIsTriedOutMakesItsKeyOnce() throws Exception {
        try (PackagedGateway gateway =
                PackagedGateway.in(directory).startedBefore().withoutKey()) {
            Process process = gateway.start("first.log");
            gateway.awaitReady(process, "first.log");
            Path file = gateway.dataDirectory().resolve("demo.key");
            assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
            String key = Files.readString(file).strip();
            assertTrue(key.matches(KeyText.PATTERN), key);
            assertTrue(Files.readString(gateway.log("first.log")).contains(key), "it is told at the first start");
            assertEquals(201, enrol(gateway, key));
            assertEquals(401, enrol(gateway, null));
            assertEquals("421", statusFor(gateway, "evil.example"));
            assertEquals("401", statusFor(gateway, "localhost:" + gateway.port()));
            String member = command(gateway, "key", "member-token", "m-1");
            assertEquals(200, read(gateway, "/v1/programs/demo/accounts/m-1", member));
            assertEquals(404, read(gateway, "/v1/programs/demo/accounts/m-2", member));
            assertEquals(200, read(gateway, "/me", null));
            assertThrows(ConnectException.class, () -> new Socket("127.0.0.2", gateway.port()).close());
            stop(process);

            process = gateway.start("second.log");
            gateway.awaitReady(process, "second.log");
            assertEquals(key, Files.readString(file).strip());
            assertFalse(Files.readString(gateway.log("second.log")).contains(key), "and only then");
            assertEquals(200, enrol(gateway, key));
            stop(process);
        }
    }

    @Test
    void anyOtherStartsWithAKeyOnly() throws Exception {
        try (PackagedGateway gateway =
                PackagedGateway.in(directory).startedBefore().withoutKey().with(OPEN)) {
            String noKey = "there is no key that can make others: make one with ";
            List<String> reasons = reasons(gateway, List.of());
            assertEquals(1, reasons.size(), reasons::toString);
            assertTrue(reasons.get(0).startsWith(noKey), reasons::toString);
            reasons = reasons(
                    gateway,
                    List.of("QUARKUS_HTTP_IDLE_TIMEOUT=10s", "QUARKUS_REDIS_HOSTS=redis://redis.example:6379"));
            assertEquals(3, reasons.size(), reasons::toString);
            assertTrue(reasons.get(0).startsWith("stampede.events.heartbeat must be less than"), reasons::toString);
            assertTrue(reasons.get(1).startsWith("Redis at redis.example:6379 is used without"), reasons::toString);
            assertTrue(reasons.get(2).startsWith(noKey), reasons::toString);

            String key = command(gateway, "key", "create", "--program", "*", "--scope", "keys,earn");
            Process process = gateway.start("open.log");
            gateway.awaitReady(process, "open.log");
            assertEquals(201, enrol(gateway, key));
            assertFalse(Files.exists(gateway.dataDirectory().resolve("demo.key")));
            assertFalse(Files.readString(gateway.log("open.log")).contains(key));
            assertFalse(Files.exists(gateway.dataDirectory().resolve("demo-issuer.jwk")));
            assertEquals(404, read(gateway, "/me", null));
            stop(process);
        }
    }

    /** Why it does not start, all that it says at once. */
    private static List<String> reasons(PackagedGateway gateway, List<String> environment) throws Exception {
        String log = "refused-" + environment.size() + ".log";
        Process process = gateway.start(log, environment);
        assertTrue(process.waitFor(PackagedGateway.START_LIMIT.toSeconds(), TimeUnit.SECONDS));
        assertEquals(1, process.exitValue());
        assertEquals(List.of(), gateway.servers(), "left behind");
        String begin = "Stampede did not start: ";
        return Files.readAllLines(gateway.log(log)).stream()
                .filter(line -> line.startsWith(begin))
                .map(line -> line.substring(begin.length()))
                .toList();
    }

    /** The status of a call that names this host, as a web page does that has made its name lead to this machine. */
    private static String statusFor(PackagedGateway gateway, String host) throws Exception {
        try (Socket socket = new Socket("127.0.0.1", gateway.port())) {
            socket.getOutputStream()
                    .write(("GET /v1/programs HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).split(" ")[1];
        }
    }

    /** The last line of what it prints. */
    private String command(PackagedGateway gateway, String... words) throws Exception {
        List<String> command = new ArrayList<>(PackagedGateway.java());
        command.addAll(List.of("-Dstampede.data-dir=" + gateway.dataDirectory(), "-jar"));
        command.add(PackagedGateway.ownJar().toString());
        command.addAll(List.of(words));
        Path said = gateway.log("command.log");
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        assertTrue(process.waitFor(90, TimeUnit.SECONDS));
        List<String> lines = Files.readAllLines(said);
        assertEquals(0, process.exitValue(), lines::toString);
        return lines.get(lines.size() - 1);
    }
}
