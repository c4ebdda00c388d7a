package dev.stampede.embedded;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.support.SharedBinaries;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who may look into the data directory, and whose it may be. */
@Tag("servers")
@Tag("long")
class DataDirectoryTest {

    private static final List<String> NOBODY = List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups");
    private static final Set<PosixFilePermission> OF_OTHERS = PosixFilePermissions.fromString("---rwxrwx");

    @TempDir
    Path directory;

    /** Also where the directory was there before and others may enter it, as that of the release before. */
    @Test
    void othersCanReadNothingInIt() throws Exception {
        Path old = Files.createDirectory(directory.resolve("old"));
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.setPosixFilePermissions(old, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path log = Files.writeString(old.resolve("postgres.log"), "of the release before");
        Files.setPosixFilePermissions(log, PosixFilePermissions.fromString("rw-r--r--"));
        SharedBinaries.linkInto(old);
        Path fresh = directory.resolve("fresh");
        for (Path data : List.of(old, fresh)) {
            try (EmbeddedRedisServer redis = EmbeddedRedisServer.start(data);
                    EmbeddedPostgresServer postgres = EmbeddedPostgresServer.start(data)) {
                redis.restart();
                postgres.restart();
                try (Stream<Path> files = Files.list(data)) {
                    for (Path file : files.filter(file -> !file.endsWith("bin")).toList()) {
                        Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
                        permissions.retainAll(OF_OTHERS);
                        // the servers' group may read what they are told, and that is no secret
                        if (ServerUser.isRoot()
                                && Files.getAttribute(file, "unix:gid").equals(ServerUser.ID)) {
                            permissions.remove(PosixFilePermission.GROUP_READ);
                        }
                        assertEquals(Set.of(), permissions, file.toString());
                    }
                }
                assertTrue(Files.exists(old.resolve("postgres.log.1")));
                if (ServerUser.isRoot()) {
                    assertFalse(as(NOBODY, "ls", fresh.toString()), "nobody may look into it");
                    for (String secret :
                            List.of("pgpass", "redis.password", "redis.conf", "pg_hba.conf", "redis.log")) {
                        assertTrue(Files.exists(data.resolve(secret)), secret);
                        assertFalse(as(NOBODY, "cat", data.resolve(secret).toString()), secret);
                    }
                    List<String> server = List.of("setpriv", "--reuid=65531", "--regid=65531", "--clear-groups");
                    assertFalse(as(server, "cat", data.resolve("pgpass").toString()), "not even the servers");
                }
            }
        }
        SharedBinaries.unlinkFrom(old);
    }

    private static boolean as(List<String> user, String... command) {
        return ServerProcess.works(
                Stream.concat(user.stream(), Stream.of(command)).toArray(String[]::new));
    }

    @Test
    void somebodyElsesIsRefused() throws Exception {
        Path data = Files.createDirectory(directory.resolve("data"));
        Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwxrwxrwx"));
        refused(data, "every user may write");
        Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwxr-xr-x"));
        if (!ServerUser.isRoot()) {
            return; // only root can make it somebody else's
        }
        PostgresAccessTest.giveTo(1234, data);
        refused(data, "belongs to uid 1234");
        PostgresAccessTest.giveTo(0, data);
        SharedBinaries.linkInto(data);
        Files.createDirectory(data.resolve("postgres"));
        Files.createDirectory(data.resolve("redis"));
        PostgresAccessTest.giveTo(1234, data.resolve("postgres"));
        PostgresAccessTest.giveTo(1234, data.resolve("redis"));
        refused(data, "belongs to uid 1234");
        Files.delete(data.resolve("redis"));
        Files.createSymbolicLink(data.resolve("redis"), directory);
        StartupTrouble link = assertThrows(StartupTrouble.class, () -> EmbeddedRedisServer.start(data));
        assertTrue(link.getMessage().contains("/redis belongs to root"), link.getMessage());
        SharedBinaries.unlinkFrom(data);
    }

    private static void refused(Path data, String why) {
        for (StartupTrouble trouble : List.of(
                assertThrows(StartupTrouble.class, () -> EmbeddedPostgresServer.start(data)),
                assertThrows(StartupTrouble.class, () -> EmbeddedRedisServer.start(data)))) {
            assertTrue(trouble.getMessage().contains(why), trouble.getMessage());
        }
    }

    @Test
    void somebodyElsesLinkIsNotFollowed() throws IOException {
        Path data = Files.createDirectories(directory.resolve("above/data"));
        Path link = Files.createSymbolicLink(directory.resolve("link"), Path.of("above"));
        Path behind = Files.createSymbolicLink(directory.resolve("behind"), link);
        List<Path> ways = List.of(link.resolve("data"), behind.resolve("data"), link.resolve("data/new/one"));
        for (Path way : ways) {
            DataDirectory.prepare(way); // one's own are
        }
        assertTrue(Files.isDirectory(data.resolve("new/one")));
        Path circle = Files.createSymbolicLink(directory.resolve("circle"), Path.of("circle"));
        assertThrows(IOException.class, () -> DataDirectory.prepare(circle));
        if (!ServerUser.isRoot()) {
            return; // only root can make it somebody else's
        }
        Files.setAttribute(link, "unix:uid", 1234, LinkOption.NOFOLLOW_LINKS);
        for (Path way : ways) {
            StartupTrouble trouble = assertThrows(StartupTrouble.class, () -> DataDirectory.prepare(way));
            assertTrue(
                    trouble.getMessage().contains("the link " + link + ", which belongs to uid 1234"),
                    trouble.getMessage());
        }
    }

    /** A link that one of the servers left does not lead root to change what it names. */
    @Test
    void linksInWhatIsGivenToTheServersAreNotFollowed() throws IOException {
        if (!ServerUser.isRoot()) {
            return; // nothing is given away
        }
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path outside = Files.writeString(directory.resolve("outside"), "root's");
        Path tree = Files.createDirectory(directory.resolve("redis"));
        Files.createSymbolicLink(tree.resolve("link"), outside);
        PostgresAccessTest.giveTo(65_534, tree);
        Files.setAttribute(outside, "unix:uid", 0);
        ServerUser.of(directory, Path.of("/bin/sh")).giveToServer(tree);
        assertEquals(ServerUser.ID, ServerUser.ownerOf(tree.resolve("link")));
        assertEquals(0, ServerUser.ownerOf(outside));
    }

    @Test
    void passwordsAreLongAndNew() {
        String one = DataDirectory.newPassword();
        assertTrue(one.matches("[0-9a-f]{64}"), one);
        assertFalse(Optional.of(one).equals(Optional.of(DataDirectory.newPassword())));
    }
}
