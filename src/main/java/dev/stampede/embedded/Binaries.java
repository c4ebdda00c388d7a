package dev.stampede.embedded;

import java.io.BufferedInputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.tukaani.xz.XZInputStream;

/**
 * The servers' programs, unpacked from the class path, once, into a directory per content. They are unpacked next to
 * their final place and then moved there: a place that exists is complete. The caller holds a lock.
 */
final class Binaries {

    private static final String REDIS_VERSION = "7.0.15";
    private static final String MACHINES_REDIS = "redis-server-of-this-machine";
    private static final Pattern RECENT_WITH_JEMALLOC =
            Pattern.compile("v=([7-9]|[1-9][0-9])\\.[^ ]* .*malloc=jemalloc");
    private static final Set<PosixFilePermission> PROGRAM = PosixFilePermissions.fromString("rwxr-xr-x");
    private static final Set<PosixFilePermission> FILE = PosixFilePermissions.fromString("rw-r--r--");

    private Binaries() {}

    /** The directory with {@code bin/postgres} and {@code bin/initdb}. */
    static Path postgres(Path dataDirectory) throws IOException {
        // The names of the archives in the artifacts: postgres-linux-x86_64, postgres-darwin-arm_64.
        String resource = "postgres-" + system() + "-" + (isArm() ? "arm_64" : "x86_64") + ".txz";
        Path place = dataDirectory.resolve("bin").resolve("postgres-" + digest(resource));
        if (!Files.exists(place)) {
            Path unpacked = beside(place);
            try (InputStream packed = open(resource);
                    TarArchiveInputStream tar =
                            new TarArchiveInputStream(new XZInputStream(new BufferedInputStream(packed)))) {
                unpack(tar, unpacked);
            }
            Files.move(unpacked, place, StandardCopyOption.ATOMIC_MOVE);
        }
        return place;
    }

    /**
     * The {@code redis-server} program: the machine's own if it is recent and allocates with jemalloc, else the bundled
     * one. The bundled one is built with another allocator, and takes two thirds more time for the same calls.
     */
    static Path redis(Path dataDirectory) throws IOException {
        Optional<Path> own = machinesRedis();
        if (own.isPresent()) {
            // under our own name, by which a server that outlived its gateway can be found
            Path place = dataDirectory.resolve("bin").resolve(MACHINES_REDIS);
            Path copy = beside(place);
            Files.copy(own.get(), copy);
            Files.setPosixFilePermissions(copy, PROGRAM);
            Files.move(copy, place, StandardCopyOption.ATOMIC_MOVE);
            return place;
        }
        String name = "redis-server-" + REDIS_VERSION + "-" + system() + "-" + (isArm() ? "arm64" : "amd64");
        Path place = dataDirectory.resolve("bin").resolve(name);
        if (!Files.exists(place)) {
            Path unpacked = beside(place);
            try (InputStream program = open(name)) {
                Files.copy(program, unpacked);
            }
            Files.setPosixFilePermissions(unpacked, PROGRAM);
            Files.move(unpacked, place, StandardCopyOption.ATOMIC_MOVE);
        }
        return place;
    }

    /** Whether a program returned by {@link #redis} is the bundled one. */
    static boolean isBundled(Path redis) {
        return !redis.endsWith(MACHINES_REDIS);
    }

    private static Optional<Path> machinesRedis() {
        return Arrays.stream(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .map(directory -> Path.of(directory, "redis-server"))
                .filter(Files::isExecutable)
                .findFirst()
                .filter(program -> ServerProcess.output(program.toString(), "--version")
                        .filter(version -> RECENT_WITH_JEMALLOC.matcher(version).find())
                        .isPresent());
    }

    private static void unpack(TarArchiveInputStream tar, Path into) throws IOException {
        TarArchiveEntry entry;
        while ((entry = tar.getNextEntry()) != null) {
            Path target = into.resolve(entry.getName()).normalize();
            if (!target.startsWith(into)) {
                throw new IOException("entry outside of its archive: " + entry.getName());
            }
            if (entry.isDirectory()) {
                createDirectories(into, target);
                continue;
            }
            createDirectories(into, parent(target));
            if (entry.isSymbolicLink()) {
                Files.createSymbolicLink(target, Path.of(entry.getLinkName()));
            } else if (!entry.getName().endsWith(".a")) {
                Files.copy(tar, target);
                Files.setPosixFilePermissions(target, (entry.getMode() & 0100) != 0 ? PROGRAM : FILE);
            }
        }
    }

    /**
     * Accessible to the servers' user, regardless of this process' umask; the data directory restricts access from
     * above.
     */
    private static void createDirectories(Path root, Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            if (!directory.equals(root)) {
                createDirectories(root, parent(directory));
            }
            Files.createDirectory(directory);
            Files.setPosixFilePermissions(directory, PROGRAM);
        }
    }

    /** Only the root has none, and nothing is unpacked there. */
    private static Path parent(Path path) {
        return Objects.requireNonNull(path.getParent());
    }

    private static Path beside(Path place) throws IOException {
        Path unpacked = place.resolveSibling(place.getFileName() + ".unpacking");
        deleteTree(unpacked);
        createDirectories(parent(place), parent(place));
        return unpacked;
    }

    static void deleteTree(Path root) throws IOException {
        if (!Files.exists(root)) {
            return;
        }
        try (Stream<Path> paths = Files.walk(root)) {
            for (Path path : paths.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.delete(path);
            }
        }
    }

    private static InputStream open(String resource) {
        InputStream stream = Binaries.class.getClassLoader().getResourceAsStream(resource);
        if (stream == null) {
            throw new StartupTrouble("no embedded server for this machine (" + System.getProperty("os.name") + " "
                    + System.getProperty("os.arch") + ", " + resource + " is missing):"
                    + " set quarkus.datasource.reactive.url and quarkus.redis.hosts to your own servers");
        }
        return stream;
    }

    private static String digest(String resource) throws IOException {
        try {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            try (InputStream packed = new DigestInputStream(open(resource), sha)) {
                packed.transferTo(OutputStream.nullOutputStream());
            }
            return HexFormat.of().formatHex(sha.digest(), 0, 6);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String system() {
        String name = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        return name.contains("mac") ? "darwin" : name;
    }

    private static boolean isArm() {
        return System.getProperty("os.arch").equals("aarch64");
    }
}
