package dev.stampede.start;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.support.ReferencePage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** {@code docs/reference/settings.md} has every setting, with the default, the range and the words of the code. */
class SettingsDocumentTest {
    private static final Path SOURCES = Path.of("src/main/java/dev/stampede");
    private static final Pattern MAPPING = Pattern.compile("@ConfigMapping\\(prefix = \"([a-z.]+)\"\\)");
    private static final String DEFAULT = "(?:@WithDefault\\(\"[^\"]*\"\\)\\s*)?";

    /** What is set before there is anything to configure, and settings of Quarkus that matter here. */
    private static final String HEAD = """
            # Settings

            Set them in `./config/application.properties`, as JVM options (`-Dstampede.seal.sealers=4`), or as \
            environment
            variables: `stampede.seal.sealers` is `STAMPEDE_SEAL_SEALERS`. A value out of range, or a name that does not
            exist, ends the start with a message. [`bin/stampede doctor`](cli.md#doctor) shows what a gateway would use.
            A duration is `500ms`, `10s`, `5m`, `6h` or `1d`.

            A gateway that is **tried out** has an embedded Postgres and serves this machine only
            ([API keys](../operate.md#api-keys)). Some defaults depend on that. This page is made from the code.

            ## Servers and access

            | setting | default | what |
            |---|---|---|
            | `quarkus.datasource.reactive.url` | embedded | an external [Postgres](../operate.md#postgres), \
            `postgresql://host:5432/db`; several: [with a standby](../operate.md#postgres-with-a-standby). With \
            `quarkus.datasource.username` and `.password` |
            | `quarkus.redis.hosts` | embedded | an external [Redis](../operate.md#redis), `redis://host:6379`; also \
            [Sentinels](../operate.md#redis-with-sentinels) and [Cluster](../operate.md#redis-cluster) |
            | `quarkus.flyway.username`, `.password` | as the data source | the owner of the schema, if that is \
            another user |
            | `stampede.tls.ca` | | a PEM file of the CAs that must have signed both servers' certificates: \
            [TLS](../operate.md#tls) |
            | `stampede.bootstrap-key` | | the first [key](../operate.md#api-keys), taken only while there is none |
            | `stampede.allow-plaintext` | `false` | `true`: start also with a Postgres without TLS on another machine |
            | `stampede.data-dir` | `data` | where the [embedded servers](../operate.md#the-embedded-servers) keep \
            their data |
            | `stampede.examples` | `true` with an embedded Postgres, else `false` | at the start, publish the \
            [example programs](../programs.md) that are not there yet |

            ## HTTP and the process

            | setting | default | what |
            |---|---|---|
            | `quarkus.http.host`, `quarkus.management.host` | `127.0.0.1` with an embedded server, else `0.0.0.0` | \
            where API and management listen. In a container of yours with embedded servers, set both to `0.0.0.0` |
            | `quarkus.http.port`, `quarkus.management.port` | 8080, 9000 | their ports |
            | `quarkus.http.idle-timeout`, `quarkus.management.idle-timeout` | 20s | from 1s to 1d; a connection \
            without traffic for this long is closed |
            | `quarkus.http.limits.max-connections` | 10000, or as many as may keep 32 KiB each in half of the direct \
            memory (2560 with `-Xmx160m`) | more connections are closed |
            | `quarkus.http.access-log.enabled` | `false` | `true`: a line for each request, without its query, which \
            may have a [ticket](../mobile.md#event-stream) |
            | `quarkus.swagger-ui.enabled` | `true` for a gateway that is tried out, else `false` | the page to try \
            the API on |
            | `quarkus.vertx.event-loops-pool-size` | as many as cores, at least 2 | threads that do everything that \
            does not block |
            | `quarkus.shutdown.delay` | 2s | how long a gateway that was told to stop still serves calls: [rolling \
            updates](../operate.md#rolling-updates) |
            """;

    @Test
    void isWhatTheCodeSays() throws Exception {
        Map<String, String> sections = new TreeMap<>();
        try (Stream<Path> files = Files.walk(SOURCES)) {
            for (Path file : files.filter(path -> path.toString().endsWith("Config.java"))
                    .toList()) {
                String source = Files.readString(file);
                Matcher mapping = MAPPING.matcher(source);
                if (mapping.find()) {
                    sections.put(mapping.group(1), section(mapping.group(1), source));
                }
            }
        }
        String page = HEAD + String.join("", sections.values());
        for (String name : Settings.ALL.keySet()) {
            assertTrue(page.contains("`" + name + "`"), name);
        }
        ReferencePage.says("settings.md", page);
    }

    private static String section(String prefix, String source) {
        StringBuilder section = new StringBuilder("\n## ").append(prefix).append("\n\n");
        String declared = "@ConfigMapping\\(prefix = \"[a-z.]+\"\\)\\s*public interface (\\w+)";
        section.append(String.join("", ReferencePage.comments(source, declared).values()));
        section.append("\n\n| setting | default | range | what |\n|---|---|---|---|\n");
        Map<String, String> said = ReferencePage.comments(source, DEFAULT + "[\\w<>]+ (\\w+)\\(\\);");
        Matcher method = Pattern.compile("(?:@WithDefault\\(\"([^\"]*)\"\\)\\s*)?[\\w<>]+ (\\w+)\\(\\);")
                .matcher(source);
        while (method.find()) {
            String name =
                    prefix + "." + method.group(2).replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
            Settings.Range range = Settings.ALL.get(name);
            section.append("| `").append(name).append("` | ");
            section.append(Optional.ofNullable(method.group(1)).orElse("")).append(" | ");
            section.append(range == null ? "" : range.least() + " to " + range.most())
                    .append(" | ");
            section.append(said.get(method.group(2))).append(" |\n");
        }
        return section.toString();
    }
}
