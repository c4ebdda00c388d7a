package dev.stampede.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The user as which the servers of a data directory run. Started by an ordinary user, they run as that user. Started by
 * root, they run as a user that no other service uses. An intruder who takes over one of the servers is then not root,
 * and the machine's other services, many of which run as nobody, can neither read its files nor trace it.
 *
 * <p>Postgres itself may run as a user without a name. Its set-up programs may not: root runs them as nobody, but in
 * the servers' own group, which is required to access the files and the process. A user without a name runs them in a
 * user namespace that maps it to nobody.
 *
 * <p>If a directory above the data is closed, as /root is, the servers get their own view of the file system (a mount
 * namespace), in which this directory contains only the data and the programs.
 */
final class ServerUser {

    /**
     * Uid and gid. Below 65536, as containers require; above the range of Debian and systemd (to 65519), below nobody.
     */
    static final int ID = 65_531;

    private static final int ROOT = 0;
    private static final int NOBODY = 65_534;
    private static final LinkOption ITSELF = LinkOption.NOFOLLOW_LINKS;

    private static final int ME = ServerProcess.output("id", "-u")
            .map(Integer::valueOf)
            .orElseThrow(() -> new StartupTrouble("the program id, which reports the present user, is missing"));

    /** $1 and $2 are the needed directories, followed by the closed directories up to --, then the command. */
    private static final String IN_A_VIEW = """
            exec 8<"$1" 9<"$2" || exit
            data=$1 programs=$2 here=$PWD
            shift 2
            while [ "$1" != -- ]; do
              mount -t tmpfs -o mode=0755,size=64k,nosuid,nodev stampede "$1" || exit
              shift
            done
            shift
            mkdir -p "$data" "$programs" &&
            mount -c --rbind /proc/self/fd/8 "$data" &&
            mount -c --rbind /proc/self/fd/9 "$programs" &&
            cd "$here" && exec 8<&- 9<&- && exec "$@"
            """;

    private final List<String> view;

    private ServerUser(List<String> view) {
        this.view = view;
    }

    /** The uid of this process. */
    static int me() {
        return ME;
    }

    static boolean isRoot() {
        return ME == ROOT;
    }

    static int ownerOf(Path path) throws IOException {
        return (Integer) Files.getAttribute(path, "unix:uid", ITSELF);
    }

    /**
     * @param dataDirectory its real path
     * @param program a file below its {@code bin/} that the user must be able to run
     * @throws StartupTrouble if this process is root and cannot become a user who can access the data and the program
     */
    static ServerUser of(Path dataDirectory, Path program) throws IOException {
        ServerUser plain = new ServerUser(List.of());
        if (!isRoot() || plain.reaches(dataDirectory, program)) {
            return plain;
        }
        ServerUser inAView =
                new ServerUser(view(dataDirectory, dataDirectory.resolve("bin").toRealPath()));
        if (inAView.reaches(dataDirectory, program)) {
            return inAView;
        }
        throw new StartupTrouble(
                plain.reaches(Path.of("/"), Path.of("/bin/sh"))
                        ? "the embedded servers do not run as root, and their user cannot enter "
                                + dataDirectory + ": choose another place with stampede.data-dir, open the directories"
                                + " above it (chmod o+x), or start as an ordinary user"
                        : "the embedded servers do not run as root, and they cannot be run as another user on this"
                                + " machine (setpriv is missing or not allowed): start as an ordinary user, or set"
                                + " quarkus.datasource.reactive.url and quarkus.redis.hosts to your own servers");
    }

    private boolean reaches(Path directory, Path program) {
        List<String> command = new ArrayList<>(server());
        command.addAll(List.of("sh", "-c", "test -x \"$0\" && cd \"$1\"", "" + program, "" + directory));
        return ServerProcess.works(command.toArray(String[]::new));
    }

    private static List<String> view(Path data, Path programs) throws IOException {
        List<String> prefix = new ArrayList<>(
                List.of("unshare", "--mount", "sh", "-c", IN_A_VIEW, "sh", data.toString(), programs.toString()));
        for (Path needed : List.of(data, programs)) {
            Optional<Path> closed = closedAbove(needed);
            if (closed.isPresent() && !prefix.contains(closed.get().toString())) {
                prefix.add(closed.get().toString());
            }
        }
        prefix.add("--");
        return prefix;
    }

    /** The uppermost directory above the path that the servers' user cannot enter. */
    private static Optional<Path> closedAbove(Path path) throws IOException {
        for (int names = 1; names < path.getNameCount(); names++) {
            Path above = path.getRoot().resolve(path.subpath(0, names));
            if (!admits(above)) {
                return Optional.of(above);
            }
        }
        return Optional.empty();
    }

    /** Whether the servers' user may enter a directory that it does not own. */
    private static boolean admits(Path directory) throws IOException {
        boolean ofItsGroup = Files.getAttribute(directory, "unix:gid").equals(ID);
        return Files.getPosixFilePermissions(directory)
                .contains(ofItsGroup ? PosixFilePermission.GROUP_EXECUTE : PosixFilePermission.OTHERS_EXECUTE);
    }

    /** The command prefix of the servers; empty if they run as this process' user. */
    List<String> server() {
        return isRoot() ? as(ID) : List.of();
    }

    /** The command prefix of programs that do not run as a user without a name. */
    List<String> setUp() {
        if (isRoot()) {
            return as(NOBODY);
        }
        if (ServerProcess.works("id", "-un")) {
            return List.of();
        }
        List<String> mapped = List.of("unshare", "--user", "--map-user=" + NOBODY, "--map-group=" + NOBODY);
        List<String> named = new ArrayList<>(mapped);
        named.addAll(List.of("id", "-un"));
        if (!ServerProcess.works(named.toArray(String[]::new))) {
            throw new StartupTrouble("Postgres cannot be set up by a user who has no name in /etc/passwd (uid " + ME
                    + "): give the user a name, or set quarkus.datasource.reactive.url to your own Postgres");
        }
        return mapped;
    }

    private List<String> as(int uid) {
        List<String> prefix = new ArrayList<>(view);
        prefix.addAll(List.of("setpriv", "--reuid=" + uid, "--regid=" + ID, "--clear-groups", "--no-new-privs"));
        return prefix;
    }

    /** Gives a directory of the data directory, with its content, to the servers. */
    void giveToServer(Path tree) throws IOException {
        give(tree, ID);
    }

    /** The same, for the programs that set it up. */
    void giveToSetUp(Path tree) throws IOException {
        give(tree, NOBODY);
    }

    /** @throws StartupTrouble if a directory of the data directory belongs to another user, or is not a directory */
    static void refuseOthers(Path tree) throws IOException {
        int owner = ownerOf(tree);
        // owned by nobody: in earlier releases root ran Postgres as nobody
        boolean ours = owner == ME || (isRoot() && (owner == ID || owner == NOBODY));
        if (!ours || !Files.isDirectory(tree, ITSELF)) {
            throw new StartupTrouble(tree + " belongs to " + owner(tree) + ", and this process is uid " + ME
                    + ": start as that user, or choose another place with stampede.data-dir");
        }
    }

    private static void give(Path tree, int uid) throws IOException {
        refuseOthers(tree);
        if (!isRoot() || ownerOf(tree) == uid) {
            return;
        }
        try (Stream<Path> paths = Files.walk(tree)) {
            // The root comes last: after an interruption, all of it is done again.
            for (Path path : paths.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.setAttribute(path, "unix:uid", uid, ITSELF);
                Files.setAttribute(path, "unix:gid", ID, ITSELF);
            }
        }
    }

    /** Lets the servers read a file, or enter a directory, that still belongs to this process' user. */
    static void admit(Path path) throws IOException {
        if (isRoot()) {
            Files.setAttribute(path, "unix:gid", ID, ITSELF);
            Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(path);
            permissions.add(
                    Files.isDirectory(path) ? PosixFilePermission.GROUP_EXECUTE : PosixFilePermission.GROUP_READ);
            Files.setPosixFilePermissions(path, permissions);
        }
    }

    /** In words: the uid, and the name if there is one. */
    static String owner(Path path) throws IOException {
        String name = Files.getOwner(path, ITSELF).getName();
        String uid = Integer.toString(ownerOf(path));
        return name.equals(uid) ? "uid " + uid : name + " (uid " + uid + ")";
    }
}
