package dev.stampede.embedded;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Set;

/**
 * The directory with the embedded servers' data and the gateway's own files. Only the gateway's user may read files
 * created in it, as with a umask of 077, which a JVM cannot set; {@link ServerUser} gives the servers access.
 */
final class DataDirectory {

    static final FileAttribute<Set<PosixFilePermission>> PRIVATE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    static final FileAttribute<Set<PosixFilePermission>> PRIVATE_DIRECTORY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    private static final int ROOT = 0;
    private static final int PASSWORD_BYTES = 32;
    private static final SecureRandom RANDOM = new SecureRandom();

    private DataDirectory() {}

    /**
     * Creates the directory if needed. An existing one keeps its permissions, except that the servers need access.
     *
     * @throws StartupTrouble if the directory, or a link on the way to it, belongs to another user, who could put
     *     anything into it
     */
    static void prepare(Path directory) throws IOException {
        refuseLinksOfOthers(directory.toAbsolutePath());
        // in JDK 17, Files.createDirectories does not accept a link to a directory
        if (!Files.isDirectory(directory)) {
            Path absolute = directory.toAbsolutePath().normalize();
            Files.createDirectories(absolute.getParent());
            Files.createDirectory(absolute, PRIVATE_DIRECTORY);
        }
        Path real = directory.toRealPath();
        if (isSomebodyElses(real)) {
            throw new StartupTrouble("the data directory " + real + " belongs to " + ServerUser.owner(real)
                    + ", and this process is uid " + ServerUser.me()
                    + ": start as that user, or choose another place with stampede.data-dir");
        }
        Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(real);
        if (permissions.contains(PosixFilePermission.OTHERS_WRITE)) {
            throw new StartupTrouble("every user may write into the data directory " + real
                    + ": choose another directory with stampede.data-dir, or remove this permission (chmod o-w)");
        }
        if (!permissions.contains(PosixFilePermission.OTHERS_EXECUTE)) {
            ServerUser.admit(real);
        }
    }

    /** A directory of root is accepted: volumes are mounted this way. */
    private static boolean isSomebodyElses(Path path) throws IOException {
        int owner = ServerUser.ownerOf(path);
        return owner != ServerUser.me() && owner != ROOT;
    }

    /** The owner of a link decides where it leads. */
    private static void refuseLinksOfOthers(Path path) throws IOException {
        for (Path each = path; each != null; each = each.getParent()) {
            if (Files.isSymbolicLink(each)) {
                if (isSomebodyElses(each)) {
                    throw new StartupTrouble("the data directory is behind the link " + each + ", which belongs to "
                            + ServerUser.owner(each) + ", and this process is uid " + ServerUser.me()
                            + ": choose another place with stampede.data-dir");
                }
                if (Files.exists(each)) { // the link has a target, and no cycle
                    refuseLinksOfOthers(each.resolveSibling(Files.readSymbolicLink(each)));
                }
            }
        }
    }

    /** Writes the whole file or nothing, readable only by this process' user. */
    static void write(Path file, String content) throws IOException {
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(fresh);
        create(fresh, content);
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Creates a new file, never through an existing file or link. */
    static void create(Path file, String content) throws IOException {
        try (FileChannel channel = FileChannel.open(
                file,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, StandardOpenOption.SYNC),
                PRIVATE)) {
            ByteBuffer left = ByteBuffer.wrap(content.getBytes(StandardCharsets.UTF_8));
            while (left.hasRemaining()) {
                channel.write(left);
            }
        }
    }

    /** Writes the whole file or nothing, readable by the servers, too. */
    static void writeForServers(Path file, String content) throws IOException {
        write(file, content);
        ServerUser.admit(file);
    }

    /** 256 random bits, in hex. */
    static String newPassword() {
        byte[] bytes = new byte[PASSWORD_BYTES];
        RANDOM.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }
}
