package dev.stampede.account;

import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An account as Postgres has it, for loading into Redis.
 *
 * @param attributes the member's attributes, a JSON object, or null
 * @param keys the newest idempotency keys
 */
public record LedgerSnapshot(Image image, @Nullable String attributes, List<Key> keys) {
    public static final LedgerSnapshot BLANK = new LedgerSnapshot(Image.BLANK, null, List.of());

    public record Key(String key, long version, UUID id) {}
}
