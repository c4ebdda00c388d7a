package dev.stampede.embedded;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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

    private static String reply(EmbeddedRedisServer server, String command) throws IOException {
        try (Socket socket = new Socket(server.host(), server.port())) {
            socket.getOutputStream().write((command + "\r\n").getBytes(StandardCharsets.US_ASCII));
            return new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII))
                    .readLine();
        }
    }
}
