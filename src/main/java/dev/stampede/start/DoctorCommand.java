package dev.stampede.start;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stampede.cli.Exit;
import dev.stampede.cli.Output;
import dev.stampede.cli.OutputOptions;
import dev.stampede.embedded.EmbeddedServers;
import io.smallrye.config.ConfigValue;
import io.smallrye.config.SmallRyeConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** What a gateway that is started here would understand, and what it would refuse. */
@Command(
        name = "doctor",
        description = "The settings that a gateway which is started here would have, where each is from, and why it"
                + " would not start. Exits with 1 if it would not.")
final class DoctorCommand implements Callable<Integer> {
    private static final List<String> FRAMEWORK = List.of(
            "quarkus.http.host",
            "quarkus.http.port",
            "quarkus.http.ssl-port",
            "quarkus.http.insecure-requests",
            "quarkus.management.host",
            "quarkus.management.port",
            EmbeddedServers.REACTIVE_URL,
            EmbeddedServers.JDBC_URL,
            EmbeddedServers.USERNAME,
            EmbeddedServers.PASSWORD,
            EmbeddedServers.REDIS_HOSTS,
            EmbeddedServers.REDIS_HOSTS_PROVIDER,
            "quarkus.redis.client-type",
            "quarkus.redis.password");
    private static final Set<String> SECRETS =
            Set.of(EmbeddedServers.PASSWORD, "quarkus.redis.password", FirstKey.SETTING);
    private static final Set<String> URLS =
            Set.of(EmbeddedServers.REACTIVE_URL, EmbeddedServers.JDBC_URL, EmbeddedServers.REDIS_HOSTS);

    private final Supplier<SmallRyeConfig> config;

    @Mixin
    @SuppressWarnings("NullAway.Init") // the library fills it
    private OutputOptions output;

    DoctorCommand(Supplier<SmallRyeConfig> config) {
        this.config = config;
    }

    @Override
    public Integer call() {
        SmallRyeConfig read = config.get();
        List<String> reasons = Production.reasons(read);
        List<JsonNode> settings = new ArrayList<>();
        Set<String> names = new TreeSet<>(Settings.ALL.keySet());
        names.addAll(FRAMEWORK);
        for (String name : names) {
            ObjectNode setting = setting(read, name);
            if (setting != null) {
                settings.add(setting);
            }
        }
        Output out = output.out();
        out.table(settings, "setting", "value", "from");
        ObjectNode result = JsonNodeFactory.instance
                .objectNode()
                .put("mode", EmbeddedServers.isDemo(read) ? "demo" : "production")
                .put("starts", reasons.isEmpty());
        reasons.forEach(result.putArray("reasons")::add);
        if (out.isJson()) {
            out.object(result);
        } else {
            out.line("");
            out.line(
                    EmbeddedServers.isDemo(read)
                            ? "It is only tried out: Postgres is embedded, and only this machine is served. Settings"
                                    + " that are not shown have their defaults (docs/operate.md)."
                            : "It is used in production. Settings that are not shown have their defaults"
                                    + " (docs/operate.md).");
            reasons.forEach(reason -> out.line("It would not start: " + reason));
        }
        return reasons.isEmpty() ? Exit.YES : Exit.NO;
    }

    /** Null if it has no value. */
    private static @Nullable ObjectNode setting(SmallRyeConfig config, String name) {
        ConfigValue found = config.getConfigValue(name);
        String value = found.getValue();
        if (value == null || value.isBlank()) {
            return null;
        } else if (SECRETS.contains(name)) {
            value = "(not shown)";
        } else if (URLS.contains(name)) {
            value = EmbeddedServers.places(value);
        }
        return JsonNodeFactory.instance
                .objectNode()
                .put("setting", name)
                .put("value", value)
                .put("from", source(found.getConfigSourceName()));
    }

    /** For people: what is in the jar is a default. */
    private static String source(@Nullable String name) {
        String source = String.valueOf(name);
        if (source.contains("EnvConfigSource")) {
            return "environment";
        } else if (source.contains("SysPropConfigSource")) {
            return "-D";
        } else if (source.contains("jar:") || source.contains("target/classes")) {
            return "default";
        }
        return source.replaceFirst("^.*source=", "").replaceFirst("]$", "");
    }
}
