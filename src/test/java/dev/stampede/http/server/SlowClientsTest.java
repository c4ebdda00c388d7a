package dev.stampede.http.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.http.Api;
import dev.stampede.http.RawHttp;
import dev.stampede.support.BackendsResource;
import dev.stampede.support.TestIssuer;
import dev.stampede.support.TestKey;
import io.quarkus.test.common.TestResourceScope;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.RestAssured;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Requests that begin and do not end, and such for another host; {@link LimitsTest.Limited} has the limits. */
@QuarkusTest
@TestProfile(LimitsTest.Limited.class)
@WithTestResource(value = BackendsResource.class, scope = TestResourceScope.GLOBAL)
@Tag("servers")
@Tag("long")
class SlowClientsTest {
    private static final int HALF = 30_000;
    /** Each has its own rate. */
    private static final AtomicInteger ACCOUNTS = new AtomicInteger();

    private static String head(String framing) {
        return head("earn", "slow-" + ACCOUNTS.incrementAndGet(), TestKey.LINE, framing);
    }

    private static String head(String call, String account, String credential, String framing) {
        return "POST /v1/programs/demo/accounts/" + account + "/" + call + " HTTP/1.1\r\nHost: localhost\r\n"
                + credential + "Idempotency-Key: k\r\nContent-Type: application/json\r\n" + framing + "\r\n\r\n";
    }

    private static Socket begun(String bytes) throws IOException {
        Socket socket = new Socket("127.0.0.1", RestAssured.port);
        socket.setSoTimeout(15_000);
        socket.getOutputStream().write(bytes.getBytes(StandardCharsets.US_ASCII));
        socket.getOutputStream().flush();
        return socket;
    }

    /** All that comes until the gateway closes the connection. */
    private static String answer(Socket socket) throws IOException {
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    /** Whether an answer with that text has come. */
    private static boolean saysAlready(Socket socket, String text) throws IOException {
        byte[] come = socket.getInputStream().readNBytes(socket.getInputStream().available());
        return new String(come, StandardCharsets.UTF_8).contains(text);
    }

    private static void isProblem(String answer, int status, String code) {
        assertTrue(answer.startsWith("HTTP/1.1 " + status), answer);
        assertTrue(answer.contains("application/problem+json"), answer);
        assertTrue(answer.contains("\"code\":\"" + code + "\""), answer);
    }

    @Test
    void aBodyThatDoesNotComeIs408() throws IOException {
        for (String framing : List.of("Content-Length: 12", "Transfer-Encoding: chunked")) {
            long start = System.nanoTime();
            try (Socket half = begun(head(framing) + (framing.startsWith("C") ? "{\"poin" : "6\r\n{\"poi"))) {
                String answer = answer(half);
                isProblem(answer, 408, "request_timeout");
                assertTrue(answer.contains("\"retryable\":true"), answer);
                assertTrue(answer.toLowerCase(java.util.Locale.ROOT).contains("connection: close"), answer);
            }
            long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start);
            assertTrue(seconds >= 2 && seconds < 8, seconds + " s");
        }
    }

    @Test
    void aByteNowAndThenBuysNoTime() throws Exception {
        try (Socket trickle = begun(head("Content-Length: 1000") + "{")) {
            for (int i = 0; i < 80; i++) {
                TimeUnit.MILLISECONDS.sleep(100); // as slowly as it is meant to be
                try {
                    trickle.getOutputStream().write(' ');
                } catch (IOException closed) {
                    break;
                }
                if (trickle.getInputStream().available() > 0) {
                    break;
                }
            }
            byte[] status = trickle.getInputStream().readNBytes(12);
            assertEquals("HTTP/1.1 408", new String(status, StandardCharsets.US_ASCII));
        }
    }

    @Test
    void aRefusedBodyHasNoMoreTimeThanAnother() throws IOException {
        try (Socket large = begun(head("Content-Length: 10000000") + "{")) {
            isProblem(answer(large), 413, "payload_too_large"); // and the connection is closed
        }
    }

    @Test
    void unfinishedBodiesOfAKeyAreBounded() throws Exception {
        List<Socket> halves = new ArrayList<>();
        try {
            String half = head("Content-Length: 60000") + "{".repeat(HALF);
            for (int i = 0; i < 3; i++) {
                halves.add(begun(half));
            }
            TimeUnit.MILLISECONDS.sleep(300); // they have arrived
            try (Socket tooMany = begun(half + " ".repeat(60_000 - HALF))) {
                byte[] status = tooMany.getInputStream().readNBytes(12);
                assertEquals("HTTP/1.1 503", new String(status, StandardCharsets.US_ASCII));
            }
            Api.fresh().post("earn", "{\"points\":1}").then().statusCode(201);
            for (Socket each : halves) {
                isProblem(answer(each), 408, "request_timeout");
            }
        } finally {
            for (Socket each : halves) {
                each.close();
            }
        }
        for (int i = 0; i < 5; i++) { // nothing is counted any more
            try (Socket whole = begun(
                    head("Content-Length: 60000\r\nConnection: close") + " ".repeat(60_000 - 12) + "{\"points\":0}")) {
                isProblem(answer(whole), 400, "invalid_amount");
            }
        }
    }

    @Test
    void unfinishedBodiesAreBoundedAllTogether() throws Exception {
        List<Socket> halves = new ArrayList<>();
        try {
            for (int i = 0; i < 12; i++) {
                String account = "slow-member-" + i / 3;
                String member = "Authorization: " + TestIssuer.paying(account) + "\r\n";
                halves.add(begun(head("redeem", account, member, "Content-Length: 60000") + "{".repeat(HALF)));
            }
            TimeUnit.MILLISECONDS.sleep(300); // they have arrived
            try (Socket tooMany = begun(head("Content-Length: 60000") + " ".repeat(60_000))) {
                byte[] status = tooMany.getInputStream().readNBytes(12);
                assertEquals("HTTP/1.1 503", new String(status, StandardCharsets.US_ASCII));
            }
            for (Socket each : halves) {
                isProblem(answer(each), 408, "request_timeout");
            }
        } finally {
            for (Socket each : halves) {
                each.close();
            }
        }
    }

    /** Anybody can begin as many of these calls as he likes. */
    @Test
    void callsWithoutACredentialHaveLittleRoom() throws Exception {
        String claim = "POST /v1/pairings/claim HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
        try (Socket large = begun(claim + "Content-Length: 1025\r\n\r\n{")) {
            isProblem(answer(large), 413, "payload_too_large");
        }
        List<Socket> halves = new ArrayList<>();
        try {
            boolean full = false;
            for (int i = 0; i < 200 && !full; i++) {
                halves.add(begun(claim + "Content-Length: 1024\r\n\r\n" + "{".repeat(1000)));
                TimeUnit.MILLISECONDS.sleep(5); // of many at once most are refused as a rush
                full = saysAlready(halves.get(Math.max(0, i - 5)), "too many incomplete bodies");
            }
            assertTrue(full);
            try (Socket whole = begun(
                    head("Content-Length: 60000\r\nConnection: close") + " ".repeat(60_000 - 12) + "{\"points\":0}")) {
                isProblem(answer(whole), 400, "invalid_amount");
            }
        } finally {
            for (Socket each : halves) {
                each.close();
            }
        }
    }

    @Test
    void whoAsksFirstIsToldToGoOnBeforeHeSends() throws IOException {
        for (String framing : List.of("Content-Length: 12", "Transfer-Encoding: chunked")) {
            try (Socket asking = begun(head(framing + "\r\nExpect: 100-continue\r\nConnection: close"))) {
                byte[] goOn = asking.getInputStream().readNBytes("HTTP/1.1 100 Continue\r\n\r\n".length());
                assertEquals("HTTP/1.1 100 Continue\r\n\r\n", new String(goOn, StandardCharsets.US_ASCII));
                String body = framing.startsWith("C") ? "{\"points\":1}" : "c\r\n{\"points\":1}\r\n0\r\n\r\n";
                asking.getOutputStream().write(body.getBytes(StandardCharsets.US_ASCII));
                String answer = answer(asking);
                assertTrue(answer.startsWith("HTTP/1.1 201"), answer);
            }
        }
        try (Socket tooLarge = begun(head("Content-Length: 300000\r\nExpect: 100-continue"))) {
            isProblem(answer(tooLarge), 413, "payload_too_large");
        }
    }

    @Test
    void otherExpectationsAreRefused() throws IOException {
        for (String expect : List.of(
                "Expect: x",
                "Expect: 100-continue, x",
                "Expect: 100-continue\r\nExpect: x",
                "Expect: 100-continue\r\nExpect: 100-continue")) {
            String answer = RawHttp.exchange(RawHttp.ascii(head("Content-Length: 12\r\n" + expect) + "{\"points\":1}"));
            isProblem(answer, 417, "expectation_failed");
        }
    }

    @Test
    void anOldClientIsNotToldToGoOn() throws IOException {
        String old = head("Content-Length: 12\r\nExpect: 100-continue").replace("HTTP/1.1", "HTTP/1.0");
        String answer = RawHttp.exchange(RawHttp.ascii(old + "{\"points\":1}"));
        assertTrue(answer.matches("(?s)HTTP/1.[01] 201.*"), answer);
        String empty = head("Content-Length: 0\r\nExpect: 100-continue").replace("HTTP/1.1", "HTTP/1.0");
        answer = RawHttp.exchange(RawHttp.ascii(empty));
        assertTrue(answer.matches("(?s)HTTP/1.[01] 400.*"), answer);
    }

    @Test
    void foreignHostsAreMisdirected() throws IOException {
        for (String host : List.of("evil.example", "localhost.evil.example", "127.0.0.2", "[::2]:8080", "")) {
            String answer = RawHttp.exchange(RawHttp.ascii("GET /v1/programs/demo/accounts/m HTTP/1.1\r\nHost: " + host
                    + "\r\n" + TestKey.LINE + "Connection: close\r\n\r\n"));
            isProblem(answer, 421, "misdirected_request");
        }
        for (String authority :
                List.of("evil.example", "localhost:1@evil.example", "a@localhost", "localhost:1x", "localhost:-1")) {
            String absolute = RawHttp.exchange(RawHttp.ascii(
                    "GET http://" + authority + "/v1/programs/demo/accounts/m HTTP/1.1\r\nHost: localhost\r\n"
                            + TestKey.LINE + "Connection: close\r\n\r\n"));
            isProblem(absolute, 421, "misdirected_request");
        }
        for (String host : List.of("localhost", "LOCALHOST:1", "127.0.0.1:8080", "[::1]", "[::1]:8080")) {
            String answer = RawHttp.exchange(RawHttp.ascii("GET /v1/programs/demo/accounts/m HTTP/1.1\r\nHost: " + host
                    + "\r\n" + TestKey.LINE + "Connection: close\r\n\r\n"));
            isProblem(answer, 404, "account_not_found");
        }
    }
}
