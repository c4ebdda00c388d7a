package dev.stampede.embedded;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.support.Certificates;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code stampede.tls.ca} is made of, and what contradicts it. That it works is TlsIT's. */
@Tag("servers")
class TlsTest {
    private static final String URL = "quarkus.datasource.reactive.url";
    private static final String JDBC = "quarkus.datasource.jdbc.url";
    private static final String REDIS = "quarkus.redis.hosts";
    private static final String CA = "stampede.tls.ca";

    @TempDir
    static Path directory;

    private static String ca;

    @BeforeAll
    static void makeCa() throws Exception {
        ca = Certificates.of("localhost", directory).ca().toString();
    }

    private static Map<String, String> found(String... settings) {
        Map<String, String> all = new HashMap<>(Map.of(
                "stampede.data-dir",
                directory.resolve("data").toString(),
                URL,
                "postgresql://a.example:5432/p",
                REDIS,
                "rediss://r.example:6379"));
        for (int i = 0; i < settings.length; i += 2) {
            all.put(settings[i], settings[i + 1]);
        }
        try (EmbeddedServers servers = EmbeddedServers.startMissing(new SmallRyeConfigBuilder()
                .withSources(new PropertiesConfigSource(all, "test", 100))
                .build())) {
            Map<String, String> found = new HashMap<>(servers.found());
            found.keySet()
                    .removeIf(name -> name.startsWith("quarkus.swagger-ui.")
                            || name.startsWith("vertx.")
                            || name.equals("stampede.examples")
                            || name.startsWith("stampede.console."));
            return found;
        }
    }

    private static void refused(String why, String... settings) {
        String said = assertThrows(StartupTrouble.class, () -> found(settings)).getMessage();
        assertTrue(said.contains(why), said);
        assertTrue(said.lines().count() == 1, said);
    }

    @Test
    void oneSettingIsAllOfIt() {
        Map<String, String> all = new HashMap<>(Map.of(
                "quarkus.datasource.reactive.postgresql.ssl-mode",
                "verify-full",
                "quarkus.datasource.reactive.hostname-verification-algorithm",
                "HTTPS",
                "quarkus.datasource.reactive.trust-all",
                "false",
                "quarkus.datasource.reactive.trust-certificate-pem",
                "true",
                "quarkus.datasource.reactive.trust-certificate-pem.certs",
                ca,
                JDBC,
                "jdbc:postgresql://a.example:5432/p?sslmode=verify-full&sslrootcert=" + ca.replace("/", "%2F")));
        all.putAll(Map.of(
                "quarkus.redis.tls.hostname-verification-algorithm", "HTTPS",
                "quarkus.redis.tls.trust-all", "false",
                "quarkus.redis.tls.trust-certificate-pem", "true",
                "quarkus.redis.tls.trust-certificate-pem.certs", ca));
        assertEquals(all, found(CA, ca));
        assertEquals(
                all.get(JDBC).replace("?", "?a=b&"),
                found(CA, ca, JDBC, "jdbc:postgresql://a.example:5432/p?a=b").get(JDBC));
    }

    @Test
    void whatIsPlainIsRefused() {
        refused(
                "stampede.tls.ca is set, and quarkus.redis.hosts says redis://: use rediss://",
                CA,
                ca,
                REDIS,
                "redis://r:1");
        for (String mode : new String[] {"disable", "allow", "prefer", "require", "verify-ca"}) {
            refused(URL + " says sslmode=" + mode, CA, ca, URL, "postgresql://a/p?sslmode=" + mode);
            refused(JDBC + " says sslmode=" + mode, CA, ca, JDBC, "jdbc:postgresql://a/p?x=y&sslmode=" + mode);
        }
        refused(
                "says sslmode=prefer",
                CA,
                ca,
                URL,
                "postgresql://a/p?sslmode=verify-full, postgresql://b/p?sslmode=prefer");
        refused("says rediss:// and redis://", REDIS, "rediss://r:1,redis://s:1");
        refused("says rediss:// and redis://", CA, ca, REDIS, "rediss://r:1,redis://s:1");
    }

    @Test
    void withoutACaTlsIsWhatItSaysOrRefused() {
        for (String mode : new String[] {"allow", "prefer", "require", "verify-ca", "verify-full"}) {
            refused("sslmode=" + mode + ", and stampede.tls.ca is not set", URL, "postgresql://a/p?sslmode=" + mode);
        }
        assertEquals(
                "jdbc:postgresql://a/p?sslmode=disable",
                found(URL, "postgresql://a/p?sslmode=disable").get(JDBC));
        // somebody's own settings are his own
        assertEquals(
                "jdbc:postgresql://a/p?sslmode=verify-full",
                found(
                                URL,
                                "postgresql://a/p?sslmode=verify-full",
                                "quarkus.datasource.reactive.trust-certificate-pem",
                                "true")
                        .get(JDBC));
    }

    @Test
    void aFileWithoutCertificatesIsRefused() throws Exception {
        refused("cannot be read", CA, directory.resolve("none.crt").toString());
        refused("cannot be read", CA, directory.toString());
        refused(
                "no certificate",
                CA,
                Files.createFile(directory.resolve("empty.crt")).toString());
        Path noise = Files.writeString(directory.resolve("noise.crt"), "-----BEGIN CERTIFICATE-----\nx\n");
        refused("not a PEM file", CA, noise.toString());
    }
}
