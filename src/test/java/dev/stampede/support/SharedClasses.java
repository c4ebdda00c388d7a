package dev.stampede.support;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Classes of the packaged gateway in the form that a JVM maps into its memory (class data sharing). A gateway that is
 * started for nothing else writes them, once per build. A start with them takes three quarters of the CPU time. Classes
 * that Quarkus' own loader loads can't be among them.
 */
final class SharedClasses {
    private static final Path ARCHIVE = Path.of("target", "gateway.jsa").toAbsolutePath();
    private static boolean tried;

    private SharedClasses() {}

    /** Empty while they are written, by this JVM or another: nobody waits for it. */
    static synchronized Optional<Path> archive() {
        if (!tried) {
            tried = true;
            writeUnlessSomebodyDoes();
        }
        return isCurrent() ? Optional.of(ARCHIVE) : Optional.empty();
    }

    private static boolean isCurrent() {
        try {
            return Files.exists(ARCHIVE)
                    && Files.getLastModifiedTime(ARCHIVE).compareTo(Files.getLastModifiedTime(PackagedGateway.ownJar()))
                            > 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void writeUnlessSomebodyDoes() {
        Path lock = ARCHIVE.resolveSibling("gateway.jsa.lock");
        try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock mine = channel.tryLock()) {
            if (mine != null && !isCurrent()) {
                write();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A JVM that can't write them leaves none, and each start loads its classes. */
    private static void write() throws IOException, InterruptedException {
        Path directory = Servers.newDirectory("shared-classes");
        Path written = directory.resolve("gateway.jsa");
        try (PackagedGateway gateway =
                PackagedGateway.in(directory).startedBefore().with("-XX:ArchiveClassesAtExit=" + written)) {
            Process process = gateway.start("gateway.log");
            gateway.awaitReady(process, "gateway.log");
            earn(gateway);
            process.destroy();
            assertTrue(process.waitFor(PackagedGateway.STOP_LIMIT.toSeconds(), TimeUnit.SECONDS));
        }
        if (Files.exists(written)) {
            Files.move(written, ARCHIVE, StandardCopyOption.ATOMIC_MOVE);
        }
        Servers.delete(directory);
    }

    /** So that the classes of a call are among them. */
    private static void earn(PackagedGateway gateway) throws IOException, InterruptedException {
        HttpRequest earn = HttpRequest.newBuilder(gateway.api().resolve("/v1/programs/demo/accounts/first/earn"))
                .header(TestKey.HEADER, TestKey.BEARER)
                .header("Content-Type", "application/json")
                .header("Idempotency-Key", "first")
                .POST(HttpRequest.BodyPublishers.ofString("{\"points\":1}"))
                .build();
        int status = HttpClient.newHttpClient()
                .send(earn, HttpResponse.BodyHandlers.discarding())
                .statusCode();
        assertEquals(201, status);
    }
}
