package dev.stampede.start;

import dev.stampede.access.KeyText;
import dev.stampede.access.MemberTokens;
import dev.stampede.embedded.EmbeddedServers;
import dev.stampede.embedded.StartupTrouble;
import io.quarkus.runtime.configuration.DurationConverter;
import io.quarkus.runtime.configuration.MemorySizeConverter;
import io.smallrye.config.SmallRyeConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The gateway's own settings, and the valid values of each. They are checked before anything is started: an invalid
 * value or an unknown name ends the start with a message. The configuration interface of each setting explains its
 * meaning.
 */
final class Settings {
    private static final String OURS = "stampede.";
    /** Who has set their variables for it may also start a gateway. */
    private static final Set<String> OF_THE_COMMAND_LINE =
            Set.of("stampede.url", "stampede.key", "stampede.program", "stampede.profile", "stampede.jar");

    private static final String IDLE_TIMEOUT = "quarkus.http.idle-timeout";
    private static final String DEFAULT_IDLE_TIMEOUT = "20s";
    private static final String MAX_HEADER_SIZE = "quarkus.http.limits.max-header-size";
    private static final String MAX_CONNECTIONS = "quarkus.http.limits.max-connections";
    private static final long DEFAULT_CONNECTIONS = 10_000;
    /** Direct memory that a connection may use before any of its head is checked. */
    private static final long CONNECTION_BYTES = 32 * 1024;

    /**
     * One event loop per core. With the framework's default, two per core, each loop handles fewer events when it wakes
     * up, and more calls go from one loop to another (docs/measured.md).
     */
    private static final String EVENT_LOOPS = "quarkus.vertx.event-loops-pool-size";

    /** One of each write path. */
    private static final int FEWEST_LOOPS = 2;

    /** Both ends included; null for a text. */
    record Range(String least, String most) {
        boolean isDuration() {
            return Character.isLetter(most.charAt(most.length() - 1));
        }

        boolean allows(String value) {
            return isDuration() ? allows(value, Settings::duration) : allows(value, text -> Long.valueOf(text.strip()));
        }

        private <T extends Comparable<T>> boolean allows(String value, Function<String, T> read) {
            try {
                T given = read.apply(value);
                return given.compareTo(read.apply(least)) >= 0 && given.compareTo(read.apply(most)) <= 0;
            } catch (IllegalArgumentException e) {
                return false; // not a number or a duration
            }
        }
    }

    private static final @Nullable Range TEXT = null;

    private static final List<String> HOSTS = List.of("stampede.http.hosts", "stampede.http.management-hosts");
    private static final Pattern HOST = Pattern.compile("[A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+\\]");

    /** All settings of the gateway, and other settings that are checked here. */
    static final Map<String, @Nullable Range> ALL = new TreeMap<>();

    static {
        text(
                "data-dir",
                "examples",
                "tls.ca",
                "http.hosts",
                "http.management-hosts",
                "bootstrap-key",
                "allow-plaintext",
                "console.enabled",
                "console.postgres-url",
                "console.member-page",
                "members.issuer",
                "members.audience",
                "members.account-claim",
                "members.program-claim",
                "members.scope-claim",
                "members.public-key",
                "members.jwks-url",
                "simulation.jdbc-url");
        range("simulation.operations-per-second", "1", "1000000");
        range("simulation.max-operations", "1", "1000000000");
        range("gateway.max-in-flight", "1", "100000");
        range("gateway.max-in-flight-per-key", "1", "100000");
        range("gateway.max-in-flight-per-account", "0", "100000");
        range("gateway.rate-limit-per-account", "0", "1000000");
        range("gateway.max-reads", "1", "100000");
        range("gateway.answer-timeout", "100ms", "10m");
        range("gateway.max-tries", "1", "100");
        range("gateway.retry-after", "1s", "1h");
        range("gateway.sweep-interval", "100ms", "1d");
        range("gateway.sweep-batch", "1", "10000");
        range("gateway.sweep-pause", "1ms", "1m");
        range("gateway.compare-interval", "10ms", "1d");
        range("gateway.compare-batch", "1", "10000");
        range("gateway.orphan-age", "100ms", "1h");
        range("gateway.max-clock-offset", "100ms", "1m");
        range("seal.sealers", "1", "64");
        range("seal.max-batch", "1", "10000");
        range("seal.call-timeout", "100ms", "5m");
        range("seal.connect-timeout", "100ms", "1m");
        range("seal.hang-limit", "10ms", "1m");
        range("seal.breaker-failures", "1", "100");
        range("seal.keys-window", "1s", "3650d");
        range("redis.command-timeout", "10ms", "1m");
        range("redis.hang-limit", "1ms", "1m");
        range("redis.image-ttl", "1s", "365d");
        range("redis.max-waiting", "2", "2048");
        range("events.max-streams", "0", "100000");
        range("events.max-streams-per-account", "0", "100000");
        range("events.max-streams-per-address", "0", "100000");
        range("events.look-interval", "100ms", "1h");
        range("events.min-look-interval", "1ms", "1m");
        range("events.heartbeat", "100ms", "10m");
        // Postgres' statements must end before their connection counts as dead
        range("history.timeout", "100ms", "15s");
        range("history.max-pages", "1", "100");
        range("search.connections", "1", "20");
        range("search.max-waiting", "0", "80");
        range("search.timeout", "100ms", "15s");
        range("live.max-streams", "0", "10000");
        range("keys.max-age", "5s", "1d");
        range("members.per-second", "0", "1000000");
        range("members.burst", "1", "1000000");
        range("http.body-timeout", "100ms", "1m");
        range("http.max-unfinished-bytes", "4194304", "1073741824");
        ALL.put(IDLE_TIMEOUT, new Range("1s", "1d"));
        ALL.put("quarkus.management.idle-timeout", new Range("1s", "1d"));
    }

    private Settings() {}

    private static void text(String... names) {
        for (String name : names) {
            ALL.put(OURS + name, TEXT);
        }
    }

    private static void range(String name, String least, String most) {
        ALL.put(OURS + name, new Range(least, most));
    }

    private static Duration duration(String text) {
        return DurationConverter.parseDuration(text.strip());
    }

    /** @throws StartupTrouble with one line per reason */
    static void check(List<String> flaws) {
        if (!flaws.isEmpty()) {
            throw new StartupTrouble(String.join("\nStampede did not start: ", flaws));
        }
    }

    /** What is wrong with the settings, one line each. */
    static List<String> flaws(SmallRyeConfig config) {
        List<String> flaws = new ArrayList<>();
        for (String name : config.getPropertyNames()) {
            if (name.startsWith(OURS) && !isSetting(config, name)) {
                flaws.add("unknown setting " + name);
            }
        }
        ALL.forEach((name, range) -> Optional.ofNullable(
                        config.getConfigValue(name).getValue())
                .filter(value -> range != TEXT && !range.allows(value))
                .ifPresent(value -> flaws.add(name + " must be from " + range.least + " to " + range.most + "; it is "
                        + (value.isBlank() ? "empty" : value))));
        for (String name : HOSTS) {
            value(config, name)
                    .filter(value -> !Arrays.stream(value.split(","))
                            .allMatch(host -> HOST.matcher(host.strip()).matches()))
                    .ifPresent(value -> flaws.add(name
                            + " must be names or addresses without ports, those of IPv6 in brackets; it is " + value));
        }
        for (String name : List.of(EmbeddedServers.EXAMPLES, EmbeddedServers.CONSOLE, Production.ALLOW_PLAINTEXT)) {
            value(config, name)
                    .filter(value -> !value.equals("true") && !value.equals("false"))
                    .ifPresent(value -> flaws.add(name + " must be true or false; it is " + value));
        }
        flaws.addAll(MemberTokens.flaws(
                member(config, "issuer"),
                member(config, "audience"),
                member(config, "public-key"),
                member(config, "jwks-url")));
        value(config, FirstKey.SETTING)
                .filter(value -> KeyText.of(value.strip()) == null)
                .ifPresent(value -> flaws.add(FirstKey.flaw())); // not told: it may be a secret
        value(config, MAX_HEADER_SIZE)
                .filter(value -> !isSize(value))
                .ifPresent(value -> flaws.add(MAX_HEADER_SIZE + " must be a size such as 8K; it is " + value));
        if (flaws.isEmpty()) {
            connectionsFit(config, flaws);
            below(config, "stampede.events.heartbeat", "15s", IDLE_TIMEOUT, DEFAULT_IDLE_TIMEOUT, flaws);
            below(config, "stampede.seal.hang-limit", "2s", "stampede.seal.call-timeout", "10s", flaws);
            below(config, "stampede.redis.hang-limit", "500ms", "stampede.redis.command-timeout", "2s", flaws);
        }
        return flaws;
    }

    private static void connectionsFit(SmallRyeConfig config, List<String> flaws) {
        long most = mostConnections(config, OutOfMemory.direct());
        value(config, MAX_CONNECTIONS)
                .filter(value -> !new Range("1", Long.toString(most)).allows(value))
                .ifPresent(value -> flaws.add(MAX_CONNECTIONS + " must be from 1 to " + most
                        + ", so that heads which do not end fill half of the direct memory at most"
                        + " (-XX:MaxDirectMemorySize); it is " + value));
    }

    /** Defaults that are derived from other settings and from the machine. */
    static Map<String, String> derived(SmallRyeConfig config) {
        Map<String, String> derived = new HashMap<>();
        if (value(config, MAX_CONNECTIONS).isEmpty()) {
            long most = mostConnections(config, OutOfMemory.direct());
            derived.put(MAX_CONNECTIONS, Long.toString(Math.min(DEFAULT_CONNECTIONS, most)));
        }
        if (value(config, EVENT_LOOPS).isEmpty()) {
            int cores = Runtime.getRuntime().availableProcessors();
            derived.put(EVENT_LOOPS, Integer.toString(Math.max(FEWEST_LOOPS, cores)));
        }
        return derived;
    }

    /** The number of connections whose unfinished heads would fill half of the direct memory. */
    static long mostConnections(SmallRyeConfig config, long directMemory) {
        long head = value(config, MAX_HEADER_SIZE).map(Settings::bytes).orElse(0L);
        return directMemory / 2 / Math.max(CONNECTION_BYTES, 2 * head); // the buffer of a head grows by doubling
    }

    private static long bytes(String size) {
        return new MemorySizeConverter().convert(size.strip()).asLongValue();
    }

    private static boolean isSize(String text) {
        try {
            return bytes(text) > 0;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** In the name from an environment variable, every other character of the setting is a dot. */
    private static boolean isSetting(SmallRyeConfig config, String name) {
        return OF_THE_COMMAND_LINE.contains(name)
                || ALL.containsKey(name)
                || (String.valueOf(config.getConfigValue(name).getConfigSourceName())
                                .contains("EnvConfigSource")
                        && ALL.keySet().stream().anyMatch(each -> variable(each).equals(variable(name))));
    }

    private static String variable(String name) {
        return name.replaceAll("[^a-z0-9]", "_");
    }

    /**
     * Requires a setting below another one: for example, a heartbeat must come before the connection is closed as idle.
     */
    private static void below(
            SmallRyeConfig config, String name, String unset, String other, String otherUnset, List<String> flaws) {
        String value = value(config, name).orElse(unset);
        String limit = value(config, other).orElse(otherUnset);
        if (duration(value).compareTo(duration(limit)) >= 0) {
            flaws.add(name + " must be less than " + other + ", which is " + limit + "; it is " + value);
        }
    }

    private static Optional<String> member(SmallRyeConfig config, String name) {
        return value(config, MemberTokens.SETTINGS + "." + name);
    }

    private static Optional<String> value(SmallRyeConfig config, String name) {
        return config.getOptionalValue(name, String.class).filter(value -> !value.isBlank());
    }
}
