package dev.stampede.clients;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.stampede.support.PackagedGateway;
import dev.stampede.support.TestKey;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Generates clients in Java and Kotlin from what the packaged gateway serves, compiles them, and lets them call it: the
 * build in {@code src/clients}. It takes its dependencies from the network: {@code mvn verify -Pclients} runs it.
 */
@Tag("servers")
class GeneratedClients {
    @Test
    void theyAreCompiledAndRun(@TempDir Path directory) throws Exception {
        try (PackagedGateway gateway = PackagedGateway.in(directory)) {
            Process process = gateway.start("gateway.log");
            gateway.awaitReady(process, "gateway.log");
            Path openapi = directory.resolve("openapi.json");
            URI served = gateway.api().resolve("/q/openapi?format=json");
            var answer = HttpClient.newHttpClient()
                    .send(HttpRequest.newBuilder(served).build(), HttpResponse.BodyHandlers.ofFile(openapi));
            assertEquals(200, answer.statusCode());

            Process build = new ProcessBuilder(
                            System.getProperty("mvn"),
                            "-q",
                            "-B",
                            "-f",
                            "src/clients/pom.xml",
                            "verify",
                            "-Dopenapi=" + openapi,
                            "-Dgateway=" + gateway.api(),
                            "-Dkey=" + TestKey.TEXT)
                    .redirectErrorStream(true)
                    .redirectOutput(directory.resolve("build.log").toFile())
                    .start();

            assertEquals(0, build.waitFor(), () -> read(directory.resolve("build.log")));
        }
    }

    private static String read(Path log) {
        try {
            return Files.readString(log);
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
