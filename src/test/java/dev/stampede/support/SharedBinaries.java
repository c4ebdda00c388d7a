package dev.stampede.support;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The servers' programs, unpacked once per JVM that the build forks and not once per data directory: that would be most
 * of a test. Who unpacks expects to be alone, so that no two JVMs share a place.
 */
public final class SharedBinaries {
    private static final String FORK = System.getProperty("stampede.fork", "alone");

    private SharedBinaries() {}

    /** To be called before a server starts in that data directory. */
    public static void linkInto(Path dataDirectory) throws IOException {
        Path shared = Path.of("target", "embedded-binaries", FORK).toAbsolutePath();
        Files.createDirectories(shared);
        Files.createSymbolicLink(dataDirectory.resolve("bin"), shared);
    }

    /** Before the data directory is deleted, so that whoever deletes it needn't know about the link. */
    public static void unlinkFrom(Path dataDirectory) throws IOException {
        Files.delete(dataDirectory.resolve("bin"));
    }
}
