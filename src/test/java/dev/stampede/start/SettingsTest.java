package dev.stampede.start;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.stampede.embedded.StartupTrouble;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.EnvConfigSource;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.smallrye.config.WithDefault;
import java.lang.reflect.Method;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Each setting's name, default and range; a wrong one is told before anything starts. */
class SettingsTest {
    /** Names, and defaults as they are documented; empty where there is none. */
    private static final Map<String, String> DEFAULTS = new TreeMap<>(Map.ofEntries(
            Map.entry("stampede.gateway.max-in-flight", "1000"),
            Map.entry("stampede.gateway.max-in-flight-per-key", ""),
            Map.entry("stampede.gateway.max-in-flight-per-account", "8"),
            Map.entry("stampede.gateway.rate-limit-per-account", "0"),
            Map.entry("stampede.gateway.max-reads", "1000"),
            Map.entry("stampede.gateway.answer-timeout", "10s"),
            Map.entry("stampede.gateway.max-tries", "10"),
            Map.entry("stampede.gateway.retry-after", "1s"),
            Map.entry("stampede.gateway.sweep-interval", "10s"),
            Map.entry("stampede.gateway.sweep-batch", "200"),
            Map.entry("stampede.gateway.sweep-pause", "200ms"),
            Map.entry("stampede.gateway.compare-interval", "1s"),
            Map.entry("stampede.gateway.compare-batch", "100"),
            Map.entry("stampede.gateway.orphan-age", "5s"),
            Map.entry("stampede.gateway.max-clock-offset", "2s"),
            Map.entry("stampede.seal.sealers", "2"),
            Map.entry("stampede.seal.max-batch", "256"),
            Map.entry("stampede.seal.call-timeout", "10s"),
            Map.entry("stampede.seal.connect-timeout", "3s"),
            Map.entry("stampede.seal.hang-limit", "2s"),
            Map.entry("stampede.seal.breaker-failures", "2"),
            Map.entry("stampede.seal.keys-window", "24h"),
            Map.entry("stampede.redis.command-timeout", "2s"),
            Map.entry("stampede.redis.hang-limit", "500ms"),
            Map.entry("stampede.redis.image-ttl", "6h"),
            Map.entry("stampede.redis.max-waiting", "2000"),
            Map.entry("stampede.events.max-streams", "2000"),
            Map.entry("stampede.events.max-streams-per-account", "20"),
            Map.entry("stampede.events.max-streams-per-address", "100"),
            Map.entry("stampede.events.look-interval", "3s"),
            Map.entry("stampede.events.min-look-interval", "100ms"),
            Map.entry("stampede.events.heartbeat", "15s"),
            Map.entry("stampede.history.timeout", "5s"),
            Map.entry("stampede.history.max-pages", "40"),
            Map.entry("stampede.search.connections", "2"),
            Map.entry("stampede.search.max-waiting", "8"),
            Map.entry("stampede.search.timeout", "2s"),
            Map.entry("stampede.live.max-streams", "50"),
            Map.entry("stampede.simulation.jdbc-url", ""),
            Map.entry("stampede.simulation.operations-per-second", "5000"),
            Map.entry("stampede.simulation.max-operations", "5000000"),
            Map.entry("stampede.keys.max-age", "5m"),
            Map.entry("stampede.console.enabled", "false"),
            Map.entry("stampede.console.postgres-url", ""),
            Map.entry("stampede.console.member-page", "false"),
            Map.entry("stampede.members.issuer", ""),
            Map.entry("stampede.members.audience", ""),
            Map.entry("stampede.members.account-claim", "stampede_account"),
            Map.entry("stampede.members.program-claim", ""),
            Map.entry("stampede.members.scope-claim", "scope"),
            Map.entry("stampede.members.public-key", ""),
            Map.entry("stampede.members.jwks-url", ""),
            Map.entry("stampede.members.per-second", "10"),
            Map.entry("stampede.members.burst", "30"),
            Map.entry("stampede.http.body-timeout", "5s"),
            Map.entry("stampede.http.max-unfinished-bytes", "16777216"),
            Map.entry("stampede.http.hosts", ""),
            Map.entry("stampede.http.management-hosts", "")));

    private static SmallRyeConfig config(Map<String, String> settings) {
        return new SmallRyeConfigBuilder()
                .withSources(new PropertiesConfigSource(settings, "test", 1000))
                .build();
    }

    private static List<String> flaws(Map<String, String> settings) {
        return Settings.flaws(config(settings));
    }

    /** As the code has them: a setting that is added without a line here and a range there is found. */
    private static Map<String, String> declared() {
        Map<String, String> declared = new HashMap<>();
        for (JavaClass each : new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("dev.stampede")) {
            if (each.isAnnotatedWith(ConfigMapping.class)) {
                Class<?> mapping = each.reflect();
                String prefix = mapping.getAnnotation(ConfigMapping.class).prefix();
                for (Method method : mapping.getDeclaredMethods()) {
                    WithDefault unset = method.getAnnotation(WithDefault.class);
                    String name = method.getName().replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
                    declared.put(prefix + "." + name, unset == null ? "" : unset.value());
                }
            }
        }
        return new TreeMap<>(declared);
    }

    @Test
    void namesAndDefaults() {
        assertEquals(DEFAULTS, declared());
        for (String name : DEFAULTS.keySet()) {
            assertTrue(Settings.ALL.containsKey(name), name + " has no range");
        }
        assertEquals(List.of(), flaws(Map.of()));
        DEFAULTS.forEach((name, unset) -> {
            if (!unset.isEmpty()) {
                assertEquals(List.of(), flaws(Map.of(name, unset)), "the default is allowed");
            }
        });
    }

    @Test
    void eachValueOutOfItsRangeIsTold() {
        Settings.ALL.forEach((name, range) -> {
            if (range == null) {
                return;
            }
            List<String> wrong = range.isDuration()
                    ? List.of("0s", "-1s", "4000d", "soon", "1x")
                    : List.of("-1", "99999999999", "1.5", "many");
            for (String value : wrong) {
                assertEquals(
                        List.of(name + " must be from " + range.least() + " to " + range.most() + "; it is " + value),
                        flaws(Map.of(name, value)));
            }
            assertTrue(range.allows(range.least()), name);
            assertTrue(range.allows(range.most()), name);
        });
        assertEquals(
                List.of("stampede.seal.max-batch must be from 1 to 10000; it is 0"),
                flaws(Map.of("stampede.seal.max-batch", "0")));
        assertEquals(
                List.of("stampede.seal.sealers must be from 1 to 64; it is 0"),
                flaws(Map.of("stampede.seal.sealers", "0")));
    }

    @Test
    void severalAreToldAtOnce() {
        Map<String, String> settings = Map.of("stampede.seal.sealers", "0", "stampede.redis.max-waiting", "5000");
        assertEquals(2, flaws(settings).size());
        StartupTrouble trouble = assertThrows(StartupTrouble.class, () -> Settings.check(flaws(settings)));
        assertEquals(2, trouble.getMessage().lines().count());
        assertFalse(trouble.getMessage().contains("Exception"));
    }

    @Test
    void aMisspeltNameIsTold() {
        assertEquals(List.of("unknown setting stampede.seal.maxbatch"), flaws(Map.of("stampede.seal.maxbatch", "1")));
    }

    @Test
    void someOnlyMakeSenseBelowOthers() {
        assertEquals(
                List.of("stampede.events.heartbeat must be less than quarkus.http.idle-timeout, which is 20s; it is"
                        + " 20s"),
                flaws(Map.of("stampede.events.heartbeat", "20s")));
        assertEquals(List.of(), flaws(Map.of("stampede.events.heartbeat", "20s", "quarkus.http.idle-timeout", "1m")));
        assertEquals(1, flaws(Map.of("stampede.seal.hang-limit", "10s")).size());
        assertEquals(1, flaws(Map.of("stampede.redis.hang-limit", "3s")).size());
    }

    @Test
    void examplesAreOnOrOff() {
        assertEquals(List.of(), flaws(Map.of("stampede.examples", "false")));
        assertEquals(
                List.of("stampede.examples must be true or false; it is no"), flaws(Map.of("stampede.examples", "no")));
    }

    @Test
    void thereIsAnEventLoopForEachCore() {
        String name = "quarkus.vertx.event-loops-pool-size";
        int cores = Runtime.getRuntime().availableProcessors();
        assertEquals(
                Integer.toString(Math.max(2, cores)),
                Settings.derived(config(Map.of())).get(name));
        assertFalse(Settings.derived(config(Map.of(name, "7"))).containsKey(name));
    }

    @Test
    void connectionsFitIntoMemory() {
        assertEquals(2560, Settings.mostConnections(config(Map.of()), 160L << 20));
        assertEquals(
                1280,
                Settings.mostConnections(config(Map.of("quarkus.http.limits.max-header-size", "32K")), 160L << 20));
        String name = "quarkus.http.limits.max-connections";
        long most = Settings.mostConnections(config(Map.of()), OutOfMemory.direct());
        assertEquals(
                Long.toString(Math.min(10_000, most)),
                Settings.derived(config(Map.of())).get(name));
        assertFalse(Settings.derived(config(Map.of(name, "50"))).containsKey(name));
        assertEquals(List.of(), flaws(Map.of(name, Long.toString(most))));
        for (String wrong : List.of("0", "many", Long.toString(most + 1))) {
            List<String> flaws = flaws(Map.of(name, wrong));
            assertEquals(1, flaws.size());
            assertTrue(flaws.get(0).startsWith(name + " must be from 1 to " + most + ","), flaws.get(0));
            assertTrue(flaws.get(0).endsWith("; it is " + wrong), flaws.get(0));
        }
    }

    @Test
    void anEnvironmentVariableIsNoUnknownName() {
        assertEquals(List.of(), flawsOfEnvironment(Map.of("STAMPEDE_HTTP_BODY_TIMEOUT", "60s")));
        assertEquals(
                List.of("stampede.http.body-timeout must be from 100ms to 1m; it is 0s"),
                flawsOfEnvironment(Map.of("STAMPEDE_HTTP_BODY_TIMEOUT", "0s")));
        assertEquals(
                1,
                flawsOfEnvironment(Map.of("STAMPEDE_HTTP_BODYTIMEOUT", "60s")).size());
        // elsewhere the framework would not know it
        for (String name : List.of("stampede.http.body.timeout", "stampede.http.body_timeout")) {
            assertEquals(List.of("unknown setting " + name), flaws(Map.of(name, "60s")));
        }
    }

    private static List<String> flawsOfEnvironment(Map<String, String> variables) {
        return Settings.flaws(new SmallRyeConfigBuilder()
                .withSources(new EnvConfigSource(variables, 300))
                .build());
    }

    @Test
    void anEmptyValueIsTold() {
        for (String empty : List.of("", "  ")) {
            assertEquals(
                    List.of("stampede.seal.sealers must be from 1 to 64; it is empty"),
                    flaws(Map.of("stampede.seal.sealers", empty)));
        }
        assertEquals(
                List.of("stampede.seal.sealers must be from 1 to 64; it is empty"),
                flawsOfEnvironment(Map.of("STAMPEDE_SEAL_SEALERS", "")));
    }

    @Test
    void tokensOfMembersNeedAllThatChecksThem() {
        Map<String, String> members = Map.of(
                "stampede.members.issuer", "https://id.example",
                "stampede.members.audience", "points",
                "stampede.members.jwks-url", "https://id.example/keys");
        assertEquals(List.of(), flaws(members));
        Map<String, String> bad = new HashMap<>(members);
        bad.put("stampede.members.jwks-url", "http://id.example/keys");
        bad.remove("stampede.members.audience");
        assertEquals(
                List.of(
                        "stampede.members needs an issuer and an audience",
                        "stampede.members.jwks-url: keys are fetched by https, or by http from this machine, not from"
                                + " http://id.example/keys"),
                flaws(bad));
        assertEquals(
                List.of("stampede.members needs a public-key or a jwks-url"),
                flaws(Map.of("stampede.members.issuer", "https://id.example")));
        assertEquals(
                List.of("stampede.members.public-key: the file /no/such/key cannot be read"),
                flaws(Map.of(
                        "stampede.members.issuer", "https://id.example",
                        "stampede.members.audience", "points",
                        "stampede.members.public-key", "/no/such/key")));
    }

    /** Whatever a name resolves to now, it may resolve to something else when the keys are fetched. */
    @Test
    void keysOfMembersComeByHttpFromLiteralLoopbackOnly() {
        Map<String, String> members = new HashMap<>(Map.of(
                "stampede.members.issuer", "https://id.example",
                "stampede.members.audience", "points"));
        for (String host : List.of("localhost", "127.0.0.1", "127.1.2.3:8080", "[::1]", "[0:0:0:0:0:0:0:1]:80")) {
            members.put("stampede.members.jwks-url", "http://" + host + "/keys");
            assertEquals(List.of(), flaws(members));
        }
        for (String host : List.of(
                "localhost.localdomain",
                "ip6-localhost",
                "issuer.localhost",
                "127.0.0.1.example",
                "[::ffff:127.0.0.1]",
                "[::2]",
                "128.0.0.1")) {
            members.put("stampede.members.jwks-url", "http://" + host + "/keys");
            assertEquals(
                    List.of("stampede.members.jwks-url: keys are fetched by https, or by http from this machine, not"
                            + " from http://" + host + "/keys"),
                    flaws(members));
        }
    }

    @Test
    void hostsHaveNoPorts() {
        for (String name : List.of("stampede.http.hosts", "stampede.http.management-hosts")) {
            assertEquals(List.of(), flaws(Map.of(name, "localhost, points.example,127.0.0.1,[::1]")));
            for (String wrong : List.of("localhost:8080", "localhost,::1", "http://localhost", "a b", "localhost,,x")) {
                assertEquals(
                        List.of(name + " must be names or addresses without ports, those of IPv6 in brackets; it is "
                                + wrong),
                        flaws(Map.of(name, wrong)));
            }
        }
    }

    @Test
    void aSizeThatIsNone() {
        assertEquals(
                List.of("quarkus.http.limits.max-header-size must be a size such as 8K; it is big"),
                flaws(Map.of("quarkus.http.limits.max-header-size", "big")));
    }
}
