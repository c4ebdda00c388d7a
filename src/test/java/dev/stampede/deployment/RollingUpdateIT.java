package dev.stampede.deployment;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.account.AccountId;
import dev.stampede.account.Image;
import dev.stampede.support.Backends;
import dev.stampede.support.PackagedGateway;
import dev.stampede.support.RedisSocket;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.Test;

/**
 * Two versions of the gateway beside each other, on the same accounts, and the step from one to the other: the next one
 * has another Lua library, another format of images, and a schema with more in it. No call may fail, not even with a 503.
 */
class RollingUpdateIT extends Deployment {
    private static final String DATABASE = "deployed_update";

    @Test
    void theNextVersionTakesOverWithoutAFailedCall() throws Exception {
        Backends backends = Backends.shared();
        String url = freshDatabase(backends.postgres(), DATABASE);
        List<AccountId> accounts = accounts(8);
        Path elsewhere = Files.createDirectory(directory.resolve("next"));
        try (PackagedGateway old = gateway(
                        List.of("postgres", "redis"),
                        "postgres-1:5432/points",
                        place(backends.postgres()) + "/" + DATABASE,
                        "redis-1:6379",
                        place(backends.redis()));
                PackagedGateway next = PackagedGateway.in(elsewhere, nextVersion())) {
            Files.createDirectory(elsewhere.resolve("config"));
            Files.copy(
                    directory.resolve("config/application.properties"),
                    elsewhere.resolve("config/application.properties"));
            Process leaving = old.start("old.log");
            old.awaitReady(leaving, "old.log");
            int libraries = libraries(backends);
            try (Tills tills = new Tills(old.api(), accounts)) {
                await().atMost(PATIENCE).until(() -> tills.allServedSince(0, accounts));

                migrate(url); // by the first gateway of the next version, in earnest
                next.awaitReady(next.start("next.log"), "next.log");
                assertEquals(libraries + 1, libraries(backends), "functions of two versions");
                // now the one, now the other, on the same accounts
                for (int turn = 0; turn < 20; turn++) {
                    tills.moveTo(turn % 2 == 0 ? next.api() : old.api());
                    long since = System.nanoTime();
                    await().atMost(PATIENCE)
                            .pollInterval(Duration.ofMillis(5))
                            .until(() -> tills.allServedSince(since, accounts));
                }

                leaving.destroy(); // SIGTERM
                await().atMost(PATIENCE)
                        .pollInterval(Duration.ofMillis(20))
                        .until(() -> !old.isReady()); // what a Service or a balancer sees
                tills.moveTo(next.api());
                assertTrue(
                        leaving.waitFor(PackagedGateway.STOP_LIMIT.toSeconds(), TimeUnit.SECONDS),
                        "SIGTERM did not end it");
                long since = System.nanoTime();
                await().atMost(PATIENCE).until(() -> tills.allServedSince(since, accounts));

                // and back: the older version starts on the newer schema
                old.awaitReady(old.start("old-again.log"), "old-again.log");
                tills.moveTo(old.api());
                long again = System.nanoTime();
                await().atMost(PATIENCE).until(() -> tills.allServedSince(again, accounts));

                tills.close();
                for (Tills.Call call : tills.calls()) {
                    assertTrue(call.ok(), call::toString);
                }
                right(tills, url);
            }
        }
    }

    /** This version but for its Lua library, whose functions so have other names, and its images' format. */
    private Path nextVersion() throws IOException {
        Path packaged = Path.of(System.getProperty("stampede.jar")).getParent();
        Path copy = directory.resolve("next-version");
        try (Stream<Path> files = Files.walk(packaged)) {
            for (Path file : files.toList()) {
                Files.copy(file, copy.resolve(packaged.relativize(file)));
            }
        }
        Path jar;
        try (Stream<Path> files = Files.list(copy.resolve("app"))) {
            jar = files.filter(file -> file.toString().endsWith(".jar"))
                    .findFirst()
                    .orElseThrow();
        }
        try (FileSystem inside = FileSystems.newFileSystem(jar)) {
            Files.write(
                    inside.getPath("/stampede.lua"),
                    "-- the next version\n".getBytes(StandardCharsets.UTF_8),
                    StandardOpenOption.APPEND);
            // where an image's format is put in front of the epoch
            Path proposer = inside.getPath("/dev/stampede/propose/Proposer.class");
            String code = Files.readString(proposer, StandardCharsets.ISO_8859_1);
            assertTrue(code.contains(Image.FORMAT + " \u0001"), "the format is not where it was");
            Files.writeString(
                    proposer, code.replace(Image.FORMAT + " \u0001", "9 \u0001"), StandardCharsets.ISO_8859_1);
        }
        return copy.resolve("quarkus-run.jar");
    }

    /** As the next version's migration would: something more, nothing else. */
    private void migrate(String url) throws IOException {
        Path migrations = Files.createDirectory(directory.resolve("migrations"));
        Files.writeString(
                migrations.resolve("V900__the_next_version.sql"),
                "ALTER TABLE program ADD COLUMN of_the_next_version text;"
                        + " ALTER TABLE account ADD COLUMN of_the_next_version text");
        Flyway.configure()
                .dataSource(url, "stampede", "secret")
                .locations("classpath:db/migration", "filesystem:" + migrations)
                .load()
                .migrate();
    }

    private static int libraries(Backends backends) {
        try (RedisSocket redis = new RedisSocket(backends.redis().port())) {
            return ((List<?>) redis.ask("FUNCTION", "LIST")).size();
        }
    }
}
