package dev.stampede.embedded;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.support.RedisSocket;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("servers")
class EmbeddedRedisServerTest {

    @TempDir
    Path directory;

    @Test
    void itComesBackEmptyOnTheSamePort() throws IOException {
        try (EmbeddedRedisServer server = EmbeddedRedisServer.start(directory)) {
            int port = server.port();
            assertEquals("+OK", reply(server, "SET kept 1"));
            server.kill();
            assertFalse(server.isRunning());
            server.restart();
            assertEquals(port, server.port());
            assertEquals(":1", reply(server, "INCR kept"));
        }
        try (EmbeddedRedisServer again = EmbeddedRedisServer.start(directory)) {
            assertEquals(":1", reply(again, "INCR kept"));
        }
    }

    @Test
    void aSecondOneOnTheSameDirectoryIsRefused() {
        try (EmbeddedRedisServer first = EmbeddedRedisServer.start(directory)) {
            StartupTrouble trouble = assertThrows(StartupTrouble.class, () -> EmbeddedRedisServer.start(directory));
            assertTrue(trouble.getMessage().contains("is using the data directory"), trouble.getMessage());
            assertTrue(first.isRunning());
        }
    }

    @Test
    void serversOfAKilledJvmAreStopped() throws IOException {
        long orphan;
        try (EmbeddedRedisServer server = EmbeddedRedisServer.start(directory)) {
            orphan = server.pid();
            server.abandon();
        }
        assertTrue(ProcessHandle.of(orphan).map(ProcessHandle::isAlive).orElse(false));
        try (EmbeddedRedisServer next = EmbeddedRedisServer.start(directory)) {
            assertFalse(ProcessHandle.of(orphan).map(ProcessHandle::isAlive).orElse(false));
            assertEquals(":1", reply(next, "INCR kept"));
        }
    }

    @Test
    void nobodyGetsInWithoutAPassword() throws IOException {
        try (EmbeddedRedisServer server = EmbeddedRedisServer.start(directory);
                RedisSocket anybody = new RedisSocket(server.port())) {
            for (String command : List.of("PING", "GET a", "FUNCTION LIST", "CONFIG GET *", "INFO", "ACL LIST")) {
                String refused = refusal(anybody.ask((Object[]) command.split(" ")));
                assertTrue(refused.startsWith("NOAUTH"), command + ": " + refused);
            }
            for (String login : List.of("default x", "default", "stampede x", "postgres x")) {
                String refused = refusal(anybody.ask((Object[]) ("AUTH " + login).split(" ")));
                assertTrue(refused.startsWith("WRONGPASS"), login + ": " + refused);
            }
            String said = ProcessHandle.of(server.pid())
                    .flatMap(process -> process.info().commandLine())
                    .orElseThrow();
            assertFalse(said.contains(password(server.url())), said);
            assertFalse(said.contains(password(server.adminUrl())), said);
            assertEquals(
                    password(server.adminUrl()),
                    Files.readString(directory.resolve("redis.password")).strip());
            assertFalse(Files.readString(directory.resolve("redis.conf")).contains(password(server.adminUrl())));
        }
    }

    @Test
    void theGatewaysUserMayDoWhatTheGatewayDoes() {
        try (EmbeddedRedisServer server = EmbeddedRedisServer.start(directory);
                RedisSocket gateway = new RedisSocket(server.url())) {
            assertEquals("OK", gateway.ask("HSET", "stampede:{0}:demo:a", "i", "x") instanceof Long ? "OK" : "");
            for (String command : List.of(
                    "CONFIG SET maxmemory 1",
                    "CONFIG REWRITE",
                    "DEBUG SLEEP 0",
                    "MODULE LIST",
                    "FLUSHALL",
                    "FLUSHDB",
                    "FUNCTION FLUSH",
                    "KEYS *",
                    "MONITOR",
                    "SHUTDOWN NOSAVE",
                    "SAVE",
                    "BGSAVE",
                    "BGREWRITEAOF",
                    "REPLICAOF NO ONE",
                    "MIGRATE 127.0.0.1 1 a 0 1",
                    "EVAL return 0",
                    "SCRIPT FLUSH",
                    "ACL LIST",
                    "CLIENT KILL TYPE normal",
                    "CLIENT LIST",
                    "SORT stampede:{0}:demo:a",
                    "HGET other a",
                    "SUBSCRIBE other",
                    "PSUBSCRIBE *",
                    "CLUSTER RESET",
                    "FAILOVER")) {
                String refused = refusal(gateway.ask((Object[]) command.split(" ")));
                // DEBUG is closed for all, before anybody asks who this is
                assertTrue(
                        refused.startsWith("NOPERM") || refused.startsWith("ERR DEBUG command not allowed"),
                        command + ": " + refused);
            }
            try (RedisSocket people = new RedisSocket(server.adminUrl())) {
                // no password makes these safe
                for (String command : List.of("DEBUG SLEEP 0", "MODULE LOAD /x", "CONFIG SET dir /")) {
                    assertInstanceOf(RedisSocket.Error.class, people.ask((Object[]) command.split(" ")), command);
                }
                assertEquals("OK", people.ask("CONFIG", "SET", "maxmemory", "100mb"));
            }
        }
    }

    @Test
    void itDoesNotRunAsRoot() throws IOException {
        try (EmbeddedRedisServer server = EmbeddedRedisServer.start(directory)) {
            String uid = PostgresAccessTest.uids(server.pid());
            assertFalse(uid.startsWith("0"), uid);
            if (ServerUser.isRoot()) {
                assertEquals("65531 65531 65531 65531", uid);
                assertEquals("0000000000000000", PostgresAccessTest.status(server.pid(), "CapEff"));
            }
        }
    }

    private static String refusal(Object reply) {
        return assertInstanceOf(RedisSocket.Error.class, reply).message();
    }

    private static String password(String url) {
        return URI.create(url).getUserInfo().split(":")[1];
    }

    private static String reply(EmbeddedRedisServer server, String command) {
        try (RedisSocket socket = new RedisSocket(server.adminUrl())) {
            Object reply = socket.ask((Object[]) command.split(" "));
            return (reply instanceof Long ? ":" : "+") + reply;
        }
    }
}
