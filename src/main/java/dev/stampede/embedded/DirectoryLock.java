package dev.stampede.embedded;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import java.util.Set;

/**
 * Lets one process at a time use a directory. The kernel releases the lock when the process dies, however it dies:
 * there is nothing stale to clean up. The process id in the file is only for messages.
 */
final class DirectoryLock implements AutoCloseable {

    private final FileChannel channel;

    private DirectoryLock(FileChannel channel) {
        this.channel = channel;
    }

    static DirectoryLock take(Path file) {
        try {
            DataDirectory.prepare(Objects.requireNonNull(file.getParent()));
            FileChannel channel = FileChannel.open(
                    file,
                    Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
                    DataDirectory.PRIVATE);
            if (!locked(channel)) {
                channel.close();
                String holder = Files.readString(file).strip();
                throw new StartupTrouble("another process" + (holder.isEmpty() ? "" : " (" + holder + ")")
                        + " is using the data directory " + file.getParent()
                        + ": stop it, or give this one another directory with stampede.data-dir");
            }
            channel.truncate(0);
            channel.write(
                    ByteBuffer.wrap(("pid " + ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.UTF_8)));
            return new DirectoryLock(channel);
        } catch (IOException e) {
            throw new StartupTrouble("the data directory " + file.getParent() + " cannot be used: " + e, e);
        }
    }

    private static boolean locked(FileChannel channel) throws IOException {
        try {
            FileLock lock = channel.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException heldByThisJvm) {
            return false;
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new IllegalStateException("closing a lock", e);
        }
    }
}
