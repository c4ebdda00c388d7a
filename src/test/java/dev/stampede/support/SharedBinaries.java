package dev.stampede.support;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The servers' programs, unpacked once per build and not once per data directory: that would be most of a test. */
public final class SharedBinaries {

    private SharedBinaries() {}

    /** To be called before a server starts in that data directory. */
    public static void linkInto(Path dataDirectory) throws IOException {
        Path shared = Path.of("target", "embedded-binaries").toAbsolutePath();
        Files.createDirectories(shared);
        Files.createSymbolicLink(dataDirectory.resolve("bin"), shared);
    }

    /** Before the data directory is deleted, so that whoever deletes it needn't know about the link. */
    public static void unlinkFrom(Path dataDirectory) throws IOException {
        Files.delete(dataDirectory.resolve("bin"));
    }
}
