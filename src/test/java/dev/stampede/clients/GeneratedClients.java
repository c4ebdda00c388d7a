package dev.stampede.clients;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stampede.support.PackagedGateway;
import dev.stampede.support.TestKey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Generates clients in TypeScript, Kotlin and Swift from the published description, and lets the first two, with the
 * layers in {@code src/clients}, call the packaged gateway; and sends what {@code requests.http} has. It takes its
 * dependencies from the network, and needs Node 20: {@code mvn verify -Pclients} runs it.
 */
@Tag("servers")
class GeneratedClients {
    private static final Path SOURCES = Path.of("src", "clients");
    private static final Path BUILT = Path.of("target", "clients");

    /** The status, the method, the address, headers, a body, and what is kept of the answer: its name and its place. */
    private static final Pattern REQUEST = Pattern.compile(
            "# (\\d+)\n(\\w+) (.*)\n((?:.+\n)*)\n*([^>]*)" + "(?:> .*set[(]\"(\\w+)\", response.body.(.*)[)];.*)?\\s*");

    @TempDir
    static Path directory;

    private static PackagedGateway gateway;

    @BeforeAll
    static void start() throws Exception {
        gateway = PackagedGateway.in(directory);
        gateway.awaitReady(gateway.start("gateway.log"), "gateway.log");
        run(
                Path.of("."),
                System.getProperty("mvn"),
                "-q",
                "-B",
                "-f",
                SOURCES.resolve("pom.xml").toString(),
                "generate-sources");
    }

    @AfterAll
    static void stop() throws IOException {
        gateway.close();
    }

    @Test
    void kotlinIsCompiledAndRuns() throws Exception {
        run(
                Path.of("."),
                System.getProperty("mvn"),
                "-q",
                "-B",
                "-f",
                SOURCES.resolve("pom.xml").toString(),
                "verify",
                "-Dcodegen.skip=true", // it is generated already
                "-Dgateway=" + gateway.api(),
                "-Dkey=" + TestKey.TEXT);
    }

    @Test
    void typeScriptIsCompiledStrictlyAndRuns() throws Exception {
        Path built = BUILT.resolve("typescript");
        try (Stream<Path> sources = Files.list(SOURCES.resolve("typescript"))) {
            for (Path source : sources.toList()) {
                Files.copy(source, built.resolve(source.getFileName()), StandardCopyOption.REPLACE_EXISTING);
            }
        }
        run(built, "npm", "ci", "--ignore-scripts");
        run(built, "npm", "test");
    }

    /** There is no compiler here: only that it is generated as the layer expects it. */
    @Test
    void swiftHasWhatItsLayerCalls() throws Exception {
        String layer = Files.readString(SOURCES.resolve(Path.of("swift", "Stampede.swift")));
        Path apis = BUILT.resolve(Path.of("swift", "Sources", "StampedeClient", "APIs"));
        Matcher calls = Pattern.compile("([A-Za-z]+API)[.]([A-Za-z]+)[(]").matcher(layer.replaceAll("(?m)^///.*", ""));
        int found = 0;
        for (; calls.find(); found++) {
            String api = Files.readString(apis.resolve(calls.group(1) + ".swift"));
            assertTrue(api.contains("func " + calls.group(2) + "("), calls.group());
        }
        assertEquals(3, found);
    }

    @Test
    void theRequestsAreAnsweredAsTheySay() throws Exception {
        HttpClient http = HttpClient.newHttpClient();
        Map<String, String> variables = new HashMap<>();
        String[] parts = Files.readString(SOURCES.resolve("requests.http")).split("(?m)^###.*\n");
        for (Matcher set = Pattern.compile("(?m)^@(\\w+) = (.*)$").matcher(parts[0]); set.find(); ) {
            variables.put(set.group(1), set.group(2));
        }
        variables.put("url", gateway.api().toString());
        variables.put("key", TestKey.TEXT);
        for (String part : List.of(parts).subList(1, parts.length)) {
            Matcher request = REQUEST.matcher(part);
            assertTrue(request.matches(), part);
            String body = filled(request.group(5), variables).strip();
            HttpRequest.Builder call = HttpRequest.newBuilder(URI.create(filled(request.group(3), variables)))
                    .method(
                            request.group(2),
                            body.isEmpty()
                                    ? HttpRequest.BodyPublishers.noBody()
                                    : HttpRequest.BodyPublishers.ofString(body));
            filled(request.group(4), variables).lines().forEach(line -> {
                String[] header = line.split(": ", 2);
                call.header(header[0], header[1]);
            });
            HttpResponse<String> answer = http.send(call.build(), HttpResponse.BodyHandlers.ofString());
            assertEquals(Integer.parseInt(request.group(1)), answer.statusCode(), () -> part + answer.body());
            if (request.group(6) != null) {
                String value = new ObjectMapper()
                        .readTree(answer.body())
                        .at("/" + request.group(7).replace('.', '/'))
                        .asText();
                variables.put(request.group(6), value);
            }
        }
    }

    private static String filled(String text, Map<String, String> variables) {
        String filled = text;
        for (Matcher name = Pattern.compile("[{]{2}([$\\w]+)[}]{2}").matcher(filled); name.find(); name.reset(filled)) {
            String value = name.group(1).equals("$uuid") ? UUID.randomUUID().toString() : variables.get(name.group(1));
            filled = name.replaceFirst(Matcher.quoteReplacement(value));
        }
        return filled;
    }

    private static void run(Path where, String... command) throws IOException, InterruptedException {
        Path log = Files.createTempFile(directory, "command", ".log");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(where.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().putAll(Map.of("GATEWAY", gateway.api().toString(), "KEY", TestKey.TEXT));
        Process process = builder.start();
        try {
            assertTrue(process.waitFor(10, TimeUnit.MINUTES), () -> String.join(" ", command) + " takes too long");
            assertEquals(0, process.exitValue(), () -> read(log));
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }

    private static String read(Path log) {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
