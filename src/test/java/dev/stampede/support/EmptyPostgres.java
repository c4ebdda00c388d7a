package dev.stampede.support;

import dev.stampede.embedded.EmbeddedPostgresServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;

/**
 * What a Postgres makes of an empty data directory at its first start, made once per JVM and copied from then on: to
 * make it takes longer than most of what is done with it.
 */
public final class EmptyPostgres {
    private static Path made;

    private EmptyPostgres() {}

    /**
     * To be called before a server starts in that data directory, which it then finds as if it had been there before.
     */
    public static void copyInto(Path dataDirectory) {
        copy(made(), dataDirectory);
    }

    private static synchronized Path made() {
        if (made == null) {
            Path directory = Servers.newDirectory("empty-postgres");
            Runtime.getRuntime().addShutdownHook(new Thread(() -> Servers.delete(directory), "delete-empty-postgres"));
            EmbeddedPostgresServer.start(Servers.directoryOf(directory, "it")).close();
            made = directory.resolve("it");
        }
        return made;
    }

    /** The data of a server that is stopped, and its passwords. */
    static void copy(Path from, Path to) {
        try {
            copyTree(from.resolve("postgres"), to.resolve("postgres"));
            Files.copy(from.resolve("pgpass"), to.resolve("pgpass"), StandardCopyOption.COPY_ATTRIBUTES);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void copyTree(Path from, Path to) throws IOException {
        try (Stream<Path> paths = Files.walk(from)) {
            for (Path path : paths.toList()) {
                Path target = to.resolve(from.relativize(path));
                if (Files.readAttributes(path, BasicFileAttributes.class).isDirectory()) {
                    Files.createDirectory(
                            target, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
                } else {
                    Files.copy(path, target, StandardCopyOption.COPY_ATTRIBUTES);
                }
            }
        }
    }
}
