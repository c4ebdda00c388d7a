package dev.stampede.http.server;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.http.RawHttp;
import dev.stampede.support.BackendsResource;
import dev.stampede.support.TestKey;
import io.quarkus.test.common.TestResourceScope;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Requests whose end a proxy in front may see elsewhere than the gateway does: what follows must not be served as a
 * request of its own.
 */
@QuarkusTest
@WithTestResource(value = BackendsResource.class, scope = TestResourceScope.GLOBAL)
@Tag("servers")
class SmugglingTest {
    private static final String SMUGGLED =
            "GET /smuggled HTTP/1.1\r\nHost: localhost\r\n" + TestKey.LINE + "X-Request-Id: smuggled\r\n\r\n";
    private static final String LINE = "POST /nowhere HTTP/1.1\r\n";
    private static final String HOST = "Host: localhost\r\n" + TestKey.LINE;

    private static void notServed(String shape) throws IOException {
        String answer;
        try {
            answer = RawHttp.exchange(shape.getBytes(StandardCharsets.ISO_8859_1));
        } catch (IOException closed) {
            return; // without a word
        }
        assertFalse(answer.contains("X-Request-Id: smuggled"), () -> visible(shape) + "\n->\n" + answer);
        assertTrue(
                answer.isEmpty() || answer.matches("(?s)HTTP/1.[01] 400.*"), () -> visible(shape) + "\n->\n" + answer);
    }

    private static String visible(String shape) {
        return shape.replace("\r", "\\r").replace("\n", "\\n\n");
    }

    @Test
    void aRequestBehindAWholeOneIsServed() throws IOException {
        String answer = RawHttp.exchange(RawHttp.ascii(LINE + HOST + "Content-Length: 2\r\n\r\n{}" + SMUGGLED));
        assertTrue(answer.contains("X-Request-Id: smuggled"), "or this test could not fail: " + answer);
    }

    @Test
    void lengthsAndEncodingsThatContradictEachOther() throws IOException {
        for (String framing : List.of(
                "Content-Length: 5\r\nTransfer-Encoding: chunked",
                "Transfer-Encoding: chunked\r\nContent-Length: 5",
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
                "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\nContent-Length: 5",
                "Transfer-Encoding: chunked, identity",
                "Transfer-Encoding: xchunked",
                "Transfer-Encoding: chunked;q=1",
                "Transfer-Encoding:\r\n chunked\r\nContent-Length: 5",
                "Transfer-Encoding : chunked",
                "Transfer-Encoding: \u000bchunked",
                "Content-Length: 5\r\nContent-Length: 6",
                "Content-Length: 5, 6",
                "Content-Length: +5",
                "Content-Length: -5",
                "Content-Length: 0x5",
                "Content-Length: 5a",
                "Content-Length : 5",
                "Content-Length: 5 5",
                "Content-Length: ")) {
            notServed(LINE + HOST + framing + "\r\n\r\n0\r\n\r\n" + SMUGGLED);
        }
    }

    @Test
    void chunksThatCanBeReadInTwoWays() throws IOException {
        for (String chunk : List.of(
                "10000000c\r\n{\"points\":1}\r\n0\r\n\r\n",
                "fffffffff\r\n{}\r\n0\r\n\r\n",
                "-1\r\n{}\r\n0\r\n\r\n",
                "+2\r\n{}\r\n0\r\n\r\n",
                "0x2\r\n{}\r\n0\r\n\r\n",
                "g\r\n{}\r\n0\r\n\r\n",
                "2\n{}\r\n0\r\n\r\n",
                "2;a=\"\r\n{}\r\n0\r\n\r\n\"",
                "2;a\nb\r\n{}\r\n0\r\n\r\n",
                "2\r\n{}XX0\r\n\r\n",
                "2\r\n{}\n0\r\n\r\n",
                "\r\n{}\r\n0\r\n\r\n")) {
            String shape = LINE + HOST + "Transfer-Encoding: chunked\r\n\r\n" + chunk + SMUGGLED;
            String answer;
            try {
                answer = RawHttp.exchange(RawHttp.ascii(shape));
            } catch (IOException closed) {
                continue;
            }
            assertFalse(answer.contains("X-Request-Id: smuggled"), () -> visible(shape) + "\n->\n" + answer);
        }
    }

    @Test
    void headsThatCanBeReadInTwoWays() throws IOException {
        for (String head : List.of(
                LINE + HOST + "Content-Length: 0\r\n X: y\r\n\r\n",
                LINE + HOST + "A\r\nContent-Length: 0\r\n\r\n",
                LINE + HOST + "A: b\u0000c\r\nContent-Length: 0\r\n\r\n",
                LINE + HOST + "A: b\rContent-Length: 0\r\n\r\n",
                LINE + HOST + "Content-Length: 0\r\nHost: elsewhere\r\n\r\n",
                LINE + HOST + HOST + "Content-Length: 0\r\n\r\n",
                LINE + "Content-Length: 0\r\n\r\n",
                "POST /nowhere HTTP/1.1 x\r\n" + HOST + "Content-Length: 0\r\n\r\n",
                "POST /nowhere\r\n" + HOST + "Content-Length: 0\r\n\r\n")) {
            notServed(head + SMUGGLED);
        }
    }

    @Test
    void twoHostsAreRefusedInWords() throws IOException {
        String answer = RawHttp.exchange(RawHttp.ascii("GET / HTTP/1.1\r\n" + HOST + "Host: b\r\n\r\n"));
        assertTrue(answer.startsWith("HTTP/1.1 400"), answer);
        assertTrue(answer.contains("\"code\":\"malformed\""), answer);
        assertTrue(answer.contains("more than one Host"), answer);
    }

    @Test
    void thereIsNoHttp2InTheClear() throws IOException {
        String upgrade = RawHttp.exchange(RawHttp.ascii("GET /nowhere HTTP/1.1\r\n" + HOST
                + "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings:"
                + " AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n"));
        assertTrue(upgrade.startsWith("HTTP/1.1 404"), upgrade);
        String preface;
        try {
            preface = RawHttp.exchange(RawHttp.ascii("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u0004\0\0\0\0\0"));
        } catch (IOException closed) {
            return;
        }
        assertTrue(preface.isEmpty() || preface.contains(" 400 "), preface);
    }
}
