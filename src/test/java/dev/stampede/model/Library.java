package dev.stampede.model;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.stampede.account.Image;
import dev.stampede.account.LedgerSnapshot;
import dev.stampede.account.TargetFacts;
import dev.stampede.support.RedisSocket;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/** The Lua library in a real Redis, called without anything between. */
final class Library {
    static final String FORMAT = Image.FORMAT + " model";
    static final long TTL_MS = 3_600_000;
    static final String CHANNEL = "model:sealed";

    /** Lots of one day, where a test has to meet the bound. */
    static final int FEW_GIVEN = 4;

    private static final String FIELDS = "HMGET";

    final RedisSocket redis;

    Library(RedisSocket redis) {
        this(redis, source());
    }

    /** With a bound that is soon met: of lots of one day. */
    static Library withSmallBounds(RedisSocket redis) {
        String source = source();
        String small = source.replace("local MAX_GIVEN = " + Purse.MAX_GIVEN, "local MAX_GIVEN = " + FEW_GIVEN);
        if (small.equals(source)) {
            throw new IllegalStateException("there is no such bound");
        }
        return new Library(redis, small);
    }

    private Library(RedisSocket redis, String source) {
        this.redis = redis;
        Object reply = redis.ask("FUNCTION", "LOAD", "REPLACE", source.replace("@hash@", "model"));
        if (!"stampede_model".equals(reply)) {
            throw new IllegalStateException("not loaded: " + reply);
        }
    }

    /** All parts in the order of their names, as the gateway has them, too (FunctionLibraryTest). */
    private static String source() {
        StringBuilder source = new StringBuilder();
        try (Stream<Path> parts = Files.list(Path.of("src/main/resources/lua"))) {
            for (Path part : parts.sorted().toList()) {
                source.append(Files.readString(part));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return source.toString();
    }

    /**
     * What {@code propose} replies, the code and what comes with it; and the {@link #fields} after it, got in the same
     * round trip.
     */
    record Reply(List<String> words, List<String> fields) {
        String code() {
            return words.get(0);
        }
    }

    @SuppressWarnings("unchecked")
    Reply propose(String key, String operation, String tag, long nowMs, TargetFacts facts, boolean dryRun) {
        redis.send(
                "FCALL",
                "propose_model",
                1,
                key,
                operation,
                tag,
                nowMs,
                FORMAT,
                facts == null ? "" : facts.text(),
                dryRun ? "1" : "0");
        redis.send(FIELDS, key, "i", "h", "s");
        return new Reply((List<String>) redis.read(), (List<String>) redis.read());
    }

    /** The same under a limit of calls per second, at that time of the gateway's clock. */
    List<?> proposeLimited(String key, String operation, long nowMs, boolean dryRun, int perSecond, long limitMs) {
        return (List<?>) redis.ask(
                "FCALL",
                "propose_model",
                1,
                key,
                operation,
                "a",
                nowMs,
                FORMAT,
                "",
                dryRun ? "1" : "0",
                perSecond,
                limitMs);
    }

    @CanIgnoreReturnValue
    long load(String key, LedgerSnapshot loaded) {
        return load(key, FORMAT, loaded);
    }

    @CanIgnoreReturnValue
    long load(String key, String format, LedgerSnapshot loaded) {
        Object[] command = new Object[10 + 3 * loaded.keys().size()];
        Object[] first = {
            "FCALL",
            "load_model",
            1,
            key,
            format,
            loaded.image().text(),
            loaded.image().version(),
            loaded.image().head(),
            loaded.attributes() == null ? "" : loaded.attributes(),
            TTL_MS
        };
        System.arraycopy(first, 0, command, 0, first.length);
        int i = first.length;
        for (LedgerSnapshot.Key known : loaded.keys()) {
            command[i++] = known.key();
            command[i++] = known.version();
            command[i++] = known.id();
        }
        return (Long) redis.ask(command);
    }

    @CanIgnoreReturnValue
    long sealed(String key, long version, UUID id) {
        return (Long) redis.ask("FCALL", "sealed_model", 1, key, version, id, TTL_MS, CHANNEL, key);
    }

    @CanIgnoreReturnValue
    long discard(String key, long version, UUID id) {
        return (Long) redis.ask("FCALL", "discard_model", 1, key, version, id, "");
    }

    @SuppressWarnings("unchecked")
    List<String> unsealed(String key, String tag) {
        return (List<String>) redis.ask("FCALL", "unsealed_model", 1, key, FORMAT, tag);
    }

    /** Remaining life of the account's hash in ms; -1: for ever, -2: not there. */
    long ttlMs(String key) {
        return (Long) redis.ask("PTTL", key);
    }

    /** The image as it is in Redis, the version in its field, and what is sealed. */
    @SuppressWarnings("unchecked")
    List<String> fields(String key) {
        return (List<String>) redis.ask(FIELDS, key, "i", "h", "s");
    }
}
