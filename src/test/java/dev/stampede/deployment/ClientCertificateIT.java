package dev.stampede.deployment;

import static io.restassured.RestAssured.given;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.access.KeyText;
import dev.stampede.embedded.LoopbackPort;
import dev.stampede.http.Json;
import dev.stampede.support.Certificates;
import dev.stampede.support.PackagedGateway;
import dev.stampede.support.TestKey;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.cert.Certificate;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import javax.net.ssl.X509ExtendedKeyManager;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The packaged gateway with TLS and a trust store, as docs/operate.md configures it: a key that is bound to a client
 * certificate is valid on the connections of this certificate, and elsewhere there is no such key.
 */
@Tag("servers")
@Tag("long")
class ClientCertificateIT {
    private static final String PROGRAM = "/v1/programs/demo";
    private static final String ACCOUNT = PROGRAM + "/accounts/with-certificate";

    private final int tlsPort = LoopbackPort.free();
    private final URI tls = URI.create("https://localhost:" + tlsPort);

    @TempDir
    Path directory;

    /** What a client is told, but for the request's id. */
    private record Told(int status, String body, List<String> challenge) {
        private static Told of(HttpResponse<String> answer) {
            return new Told(
                    answer.statusCode(),
                    answer.body().replaceAll("\"requestId\":\"[^\"]*\"", ""),
                    answer.headers().allValues("WWW-Authenticate"));
        }
    }

    @Test
    void aBoundKeyIsValidWithItsCertificateOnly() throws Exception {
        Certificates ours = Certificates.of("localhost", directory.resolve("ours"));
        X509ExtendedKeyManager till = ours.shown("till");
        HttpClient right = client(ours, till);
        HttpClient wrong = client(ours, ours.shown("another"));
        HttpClient none = client(ours, null);
        HttpClient unsigned =
                client(ours, Certificates.of("x", directory.resolve("others")).shown("other"));
        configure(ours);
        try (PackagedGateway gateway = PackagedGateway.in(directory).startedBefore()) {
            gateway.awaitReady(gateway.start("gateway.log"), "gateway.log");
            Json made = made(gateway, ",\"certificateSha256\":\"" + sha256(till) + "\"");
            String bound = made.getString("key");
            String free = made(gateway, "").getString("key");

            Told unknown = get(none, tls, KeyText.fresh(false, new Random(2)).text());
            assertEquals(401, unknown.status);
            for (int i = 0; i < 2; i++) { // the second time on the same connection
                assertEquals(200, get(right, tls, bound).status);
                assertEquals(unknown, get(wrong, tls, bound));
                assertEquals(unknown, get(none, tls, bound));
                assertEquals(unknown, get(none, gateway.api(), bound));
            }
            assertEquals(6, gateway.metric("stampede_auth_total{kind=\"key\",result=\"certificate\"}"));
            for (HttpClient any : List.of(right, wrong, none)) {
                assertEquals(200, get(any, tls, free).status);
            }
            assertEquals(200, get(none, gateway.api(), free).status);
            assertThrows(IOException.class, () -> get(unsigned, tls, free));
            assertEquals(unknown, get(none, gateway.api(), bound, "X-Forwarded-Client-Cert", "Hash=" + sha256(till)));

            Json rotated = Json.of(given().contentType("application/json")
                    .post(gateway.api() + PROGRAM + "/keys/" + made.getString("id") + "/rotate"));
            assertEquals(200, get(right, tls, rotated.getString("key")).status);
            assertEquals(unknown, get(wrong, tls, rotated.getString("key")));

            ticketsNeedIt(gateway, right, none, bound);
        }
    }

    /** Also what was got with the key: a ticket that was refused stays as it is. */
    private void ticketsNeedIt(PackagedGateway gateway, HttpClient right, HttpClient none, String key)
            throws IOException, InterruptedException {
        given().put(gateway.api() + ACCOUNT).then().statusCode(201);
        HttpRequest asks = request(tls.resolve(ACCOUNT + "/stream-tickets"))
                .header(TestKey.HEADER, "Bearer " + key)
                .POST(HttpRequest.BodyPublishers.noBody())
                .build();
        String ticket = Json.of(
                        right.send(asks, HttpResponse.BodyHandlers.ofString()).body())
                .getString("ticket");
        String events = ACCOUNT + "/events?ticket=" + ticket;
        for (URI place : List.of(tls, gateway.api())) {
            HttpRequest request = request(place.resolve(events)).build();
            assertEquals(
                    401,
                    none.send(request, HttpResponse.BodyHandlers.discarding()).statusCode());
        }
        HttpResponse<InputStream> stream =
                right.send(request(tls.resolve(events)).build(), HttpResponse.BodyHandlers.ofInputStream());
        try (InputStream read = stream.body()) {
            assertEquals(200, stream.statusCode());
            assertTrue(read.read() >= 0);
        }
    }

    private void configure(Certificates certificates) throws IOException {
        String settings = Deployment.deployment("gateway-tls.properties")
                .replace("8443", Integer.toString(tlsPort))
                .replace("disabled", "enabled") // to see that it is not enough
                .replace("/etc/stampede/tls.crt", certificates.certificate().toString())
                .replace("/etc/stampede/tls.key", certificates.key().toString())
                .replace("/etc/stampede/clients-ca.crt", certificates.ca().toString());
        Files.writeString(
                Files.createDirectory(directory.resolve("config")).resolve("application.properties"), settings);
    }

    private static HttpClient client(Certificates trusted, X509ExtendedKeyManager shown) throws Exception {
        return HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .sslContext(shown == null ? trusted.client() : trusted.client(shown))
                .build();
    }

    private static String sha256(X509ExtendedKeyManager shown) throws Exception {
        Certificate own = shown.getCertificateChain("")[0];
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(own.getEncoded()));
    }

    private static Json made(PackagedGateway gateway, String more) {
        return Json.of(given().contentType("application/json")
                .body("{\"name\":\"k\",\"scopes\":[\"read\"]" + more + "}")
                .post(gateway.api() + PROGRAM + "/keys")
                .then()
                .statusCode(201)
                .extract()
                .response());
    }

    private static HttpRequest.Builder request(URI uri) {
        return HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(20));
    }

    private static Told get(HttpClient client, URI place, String key, String... headers)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = request(place.resolve(PROGRAM)).header(TestKey.HEADER, "Bearer " + key);
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        return Told.of(client.send(request.build(), HttpResponse.BodyHandlers.ofString()));
    }
}
