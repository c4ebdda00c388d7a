package dev.stampede.k8s;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The rendered files, which the other tests read, are what {@code kubectl} makes of the overlays as they stand. */
class RenderedTest {
    static List<String> overlays() {
        return Rendered.overlays();
    }

    @Test
    void thereAreTwo() {
        assertEquals(List.of("local", "prod"), overlays());
    }

    /** As {@code k8s/render} computes it, by sha256sum. */
    @ParameterizedTest
    @MethodSource("overlays")
    void theirInputsHaveNotChangedSince(String overlay) throws IOException {
        Path root = Path.of("k8s");
        StringBuilder sums = new StringBuilder();
        try (Stream<Path> base = Files.walk(root.resolve("base"));
                Stream<Path> dashboards = Files.walk(root.resolve("dashboards"));
                Stream<Path> own = Files.walk(root.resolve("overlays").resolve(overlay))) {
            for (Path file : Stream.of(base, dashboards, own)
                    .flatMap(files -> files)
                    .filter(Files::isRegularFile)
                    .sorted()
                    .toList()) {
                sums.append(sha256(Files.readAllBytes(file)))
                        .append("  ")
                        .append(root.relativize(file))
                        .append('\n');
            }
        }
        String inputs = sha256(sums.toString().getBytes(StandardCharsets.UTF_8));
        assertEquals(
                "# inputs: " + inputs,
                Files.readAllLines(Rendered.file(overlay)).get(0),
                "k8s has changed: run k8s/render");
    }

    @ParameterizedTest
    @MethodSource("overlays")
    void kubectlMakesTheSameOfThem(String overlay) throws Exception {
        Process process;
        try {
            process = new ProcessBuilder("kubectl", "kustomize", "k8s/overlays/" + overlay)
                    .redirectErrorStream(true)
                    .start();
        } catch (IOException e) {
            return; // there is no kubectl here; the hash of the inputs is checked all the same
        }
        String rendered = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(process.waitFor(60, TimeUnit.SECONDS));
        assertEquals(0, process.exitValue(), rendered);
        assertEquals(Rendered.documents(rendered), Rendered.of(overlay));
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
