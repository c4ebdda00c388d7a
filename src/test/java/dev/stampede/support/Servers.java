package dev.stampede.support;

import dev.stampede.embedded.EmbeddedRedisServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** What the deployments of several servers share: a directory for each server, signals, and deletion. */
public final class Servers {
    static final Duration PATIENCE = Duration.ofSeconds(30);

    private Servers() {}

    static Path newDirectory(String name) {
        try {
            Files.createDirectories(Path.of("target"));
            return Files.createTempDirectory(Path.of("target"), name + "-").toAbsolutePath();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Outside the build's own. */
    static Path newTemporaryDirectory() {
        try {
            return Files.createTempDirectory("stampede-");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A server's own, with the programs that all of them share. */
    static Path directoryOf(Path all, String server) {
        try {
            Path directory = Files.createDirectory(all.resolve(server));
            SharedBinaries.linkInto(directory);
            return directory;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static EmbeddedRedisServer redis(Path all, String server, String... arguments) {
        return EmbeddedRedisServer.startOpen(directoryOf(all, server), arguments);
    }

    /** SIGSTOP: it is there, and does nothing. To be thawed before it can be stopped otherwise than by kill -9. */
    public static void freeze(long pid) {
        signal("STOP", pid);
    }

    public static void thaw(long pid) {
        signal("CONT", pid);
    }

    private static void signal(String name, long pid) {
        try {
            Process kill = new ProcessBuilder("sh", "-c", "kill -" + name + " " + pid)
                    .inheritIO()
                    .start();
            boolean done = kill.waitFor(10, TimeUnit.SECONDS) && kill.exitValue() == 0;
            if (!done && ProcessHandle.of(pid).isPresent()) { // a session of Postgres' may have ended meanwhile
                throw new IllegalStateException("kill -" + name + " " + pid + " failed");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Links are deleted, what they lead to is not. */
    static void delete(Path directory) {
        try (Stream<Path> paths = Files.walk(directory)) {
            for (Path path : paths.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.delete(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
