package dev.stampede.start;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.support.PackagedGateway;
import dev.stampede.support.TestKey;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A small gateway, and clients that begin and do not end. */
@Tag("servers")
@Tag("long")
class SlowClientsIT {
    private static final int CLIENTS = 2500;
    /**
     * Direct memory decides how many connections there may be (Settings). Unset it follows from the heap and its
     * collector, and may be too little for so many clients.
     */
    private static final String SMALL = "JAVA_TOOL_OPTIONS=-Xmx160m -XX:MaxDirectMemorySize=160m";

    private static final String HEAD = "POST /v1/programs/demo/accounts/slow/earn HTTP/1.1\r\nHost: localhost\r\n"
            + TestKey.LINE
            + "Idempotency-Key: k\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n";

    @TempDir
    Path directory;

    private static SocketChannel begun(PackagedGateway gateway, String bytes) throws IOException {
        SocketChannel channel = SocketChannel.open(
                new InetSocketAddress("127.0.0.1", gateway.api().getPort()));
        channel.configureBlocking(false);
        ByteBuffer half = ByteBuffer.wrap(bytes.getBytes(StandardCharsets.US_ASCII));
        for (int tries = 0; half.hasRemaining() && tries < 50; tries++) {
            if (channel.write(half) == 0) {
                Thread.onSpinWait();
            }
        }
        return channel;
    }

    private static void close(List<SocketChannel> channels) throws IOException {
        for (SocketChannel channel : channels) {
            channel.close();
        }
    }

    private static int earn(PackagedGateway gateway, String key) throws IOException, InterruptedException {
        HttpRequest earn = HttpRequest.newBuilder(URI.create(gateway.api() + "/v1/programs/demo/accounts/quick/earn"))
                .header(TestKey.HEADER, TestKey.BEARER)
                .header("Content-Type", "application/json")
                .header("Idempotency-Key", key)
                .POST(HttpRequest.BodyPublishers.ofString("{\"points\":1}"))
                .build();
        return HttpClient.newHttpClient()
                .send(earn, HttpResponse.BodyHandlers.ofString())
                .statusCode();
    }

    @Test
    void halfBodiesEndNoGatewayNorKeepItFromStopping() throws Exception {
        try (PackagedGateway gateway = PackagedGateway.in(directory).startedBefore()) {
            Process process = gateway.start("bounded.log", List.of(SMALL));
            gateway.awaitReady(process, "bounded.log");
            List<SocketChannel> slow = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                slow.add(begun(gateway, HEAD + "{".repeat(40_000)));
            }
            // while they hold all that unfinished bodies may, others are told to come again; at last they are cut off
            int status = earn(gateway, "beside-them");
            for (int i = 0; i < 100 && status == 503; i++) {
                TimeUnit.MILLISECONDS.sleep(100);
                status = earn(gateway, "beside-them");
            }
            assertEquals(201, status);
            close(slow);

            List<Socket> late = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                Socket socket = new Socket("127.0.0.1", gateway.api().getPort());
                socket.getOutputStream()
                        .write((i < 3 ? HEAD + "{" : HEAD.substring(0, 50)).getBytes(StandardCharsets.US_ASCII));
                late.add(socket);
            }
            long start = System.nanoTime();
            process.destroy();
            assertTrue(process.waitFor(40, TimeUnit.SECONDS));
            long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start);
            assertTrue(seconds < 10, "unfinished bodies kept it for " + seconds + " s");
            for (Socket socket : late) {
                socket.close();
            }
        }
    }

    @Test
    void halfHeadsEndNoGateway() throws Exception {
        String half = "GET / HTTP/1.1\r\nHost: localhost\r\nX: " + "a".repeat(19_000);
        try (PackagedGateway gateway = PackagedGateway.in(directory).startedBefore()) {
            Process process = gateway.start("heads.log", List.of(SMALL));
            gateway.awaitReady(process, "heads.log");
            List<SocketChannel> slow = new ArrayList<>();
            for (String head : List.of(half, half.substring(0, 8_000))) {
                for (int i = 0; i < 7_000; i++) {
                    try {
                        slow.add(begun(gateway, head));
                    } catch (IOException refused) {
                        continue; // a connection too many, or a head too long
                    }
                }
            }
            await().ignoreExceptionsInstanceOf(IOException.class)
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> earn(gateway, "after-them") == 201);
            assertTrue(process.isAlive());
            close(slow);
        }
    }

    @Test
    void aGatewayThatIsOutOfMemoryEnds() throws Exception {
        try (PackagedGateway gateway = PackagedGateway.in(directory).startedBefore()) {
            Process process = gateway.start(
                    "unbounded.log",
                    List.of(
                            "JAVA_TOOL_OPTIONS=-Xmx96m",
                            "STAMPEDE_HTTP_MAX_UNFINISHED_BYTES=1073741824",
                            "STAMPEDE_HTTP_BODY_TIMEOUT=60s"));
            gateway.awaitReady(process, "unbounded.log");
            List<SocketChannel> slow = new ArrayList<>();
            try {
                for (int i = 0; i < CLIENTS && process.isAlive(); i++) {
                    slow.add(begun(gateway, HEAD + "{".repeat(59_000)));
                }
            } catch (IOException gone) {
                // it has ended
            }
            assertTrue(process.waitFor(60, TimeUnit.SECONDS), "it stays, and serves nobody");
            assertEquals(3, process.exitValue());
            close(slow);
        }
    }
}
