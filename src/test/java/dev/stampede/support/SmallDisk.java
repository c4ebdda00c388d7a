package dev.stampede.support;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * A file system of its own for one directory, which can be full: a tmpfs, which takes the right to mount. It goes when
 * this JVM ends; what a JVM that was killed has left, the next one takes away.
 */
public final class SmallDisk implements AutoCloseable {
    private static final String NAME = "stampede-disk-";
    private static final String ROOMY = "4g";
    private static final int TRIES = 50;
    private static final long STEP = 64 * 1024;

    private static final Set<SmallDisk> MOUNTED = ConcurrentHashMap.newKeySet();
    private static final boolean POSSIBLE = probe();

    private final Path directory;

    private SmallDisk(Path directory) {
        this.directory = directory;
    }

    /** Whether this process may mount. */
    public static boolean possible() {
        return POSSIBLE;
    }

    private static boolean probe() {
        try {
            takeLeftoversAway();
            Path probe = Files.createTempDirectory(NAME);
            try {
                mount(probe).close();
            } finally {
                Files.delete(probe);
            }
        } catch (IOException | IllegalStateException e) {
            return false;
        }
        Runtime.getRuntime().addShutdownHook(new Thread(() -> MOUNTED.forEach(SmallDisk::close)));
        return true;
    }

    private static void takeLeftoversAway() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/mounts"))) {
            String[] mount = line.split(" ");
            if (mount[0].startsWith(NAME)
                    && ProcessHandle.of(Long.parseLong(mount[0].substring(NAME.length())))
                            .isEmpty()) {
                run("umount", "-l", mount[1]);
            }
        }
    }

    /** Of a directory that is empty. */
    static SmallDisk mount(Path directory) {
        SmallDisk disk = new SmallDisk(directory);
        run(
                "mount",
                "-t",
                "tmpfs",
                "-o",
                "mode=0755,size=" + ROOMY,
                NAME + ProcessHandle.current().pid(),
                "" + directory);
        MOUNTED.add(disk);
        return disk;
    }

    /** From now on there is no room for some pages more: as few as can be had while others write. */
    public void fill() {
        for (int tried = 1; ; tried++) {
            try {
                FileStore store = Files.getFileStore(directory);
                long used = store.getTotalSpace() - store.getUnallocatedSpace();
                resize(Long.toString(used + (tried - 1) * STEP));
                return;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (IllegalStateException e) {
                if (tried == TRIES) {
                    throw e; // else more was written since
                }
            }
        }
    }

    /** Somebody has made room. */
    public void makeRoom() {
        resize(ROOMY);
    }

    private void resize(String size) {
        run("mount", "-o", "remount,size=" + size, directory.toString());
    }

    @Override
    public void close() {
        if (MOUNTED.remove(this)) {
            run("umount", "-l", directory.toString());
        }
    }

    private static void run(String... command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String said = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
            if (!process.waitFor(10, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new IllegalStateException(String.join(" ", command) + ": " + said);
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
