package dev.stampede.start;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.access.KeyText;
import dev.stampede.support.PackagedGateway;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
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
            Process process = gateway.start("open.log");
            assertTrue(process.waitFor(PackagedGateway.START_LIMIT.toSeconds(), TimeUnit.SECONDS));
            assertEquals(1, process.exitValue());
            String said = Files.readString(gateway.log("open.log"));
            assertTrue(said.contains("Stampede did not start: there is no key that can make others"), said);
            assertEquals(List.of(), gateway.servers(), "left behind");

            String key = command(gateway, "key", "create", "--program", "*", "--scope", "keys,earn");
            process = gateway.start("open.log");
            gateway.awaitReady(process, "open.log");
            assertEquals(201, enrol(gateway, key));
            assertFalse(Files.exists(gateway.dataDirectory().resolve("demo.key")));
            assertFalse(Files.readString(gateway.log("open.log")).contains(key));
            stop(process);
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
