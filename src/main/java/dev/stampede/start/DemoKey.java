package dev.stampede.start;

import dev.stampede.access.KeyText;
import dev.stampede.embedded.EmbeddedServers;
import dev.stampede.embedded.StartupTrouble;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The key of a gateway that is tried out: it has embedded servers and serves this machine only. Kept in the data
 * directory, where {@code curl} finds it.
 */
final class DemoKey {
    private static final String FILE = "demo.key";

    private static volatile @Nullable KeyText key;
    private static volatile boolean isNew;

    private DemoKey() {}

    /** Reads the key, or makes it at the first start. */
    static void make(EmbeddedServers servers) {
        KeyText fresh = KeyText.fresh(false, new SecureRandom());
        String kept = servers.keptSecret(FILE, fresh.text());
        KeyText read = KeyText.of(kept);
        if (read == null) {
            throw new StartupTrouble(file(servers) + " has no key: delete it, and the next start makes a new one");
        }
        key = read;
        isNew = kept.equals(fresh.text());
    }

    static Path file(EmbeddedServers servers) {
        return servers.secretFile(FILE);
    }

    /** A heap dump must not have it. */
    static void forget() {
        key = null;
    }

    /** Empty if the gateway is not tried out, and once it was forgotten. */
    static Optional<KeyText> made() {
        return Optional.ofNullable(key);
    }

    /** Whether this start has made it. */
    static boolean isNew() {
        return isNew;
    }
}
