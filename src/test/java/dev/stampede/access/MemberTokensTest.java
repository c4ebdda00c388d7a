package dev.stampede.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import com.sun.net.httpserver.HttpServer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Key;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.awaitility.Awaitility;
import org.jose4j.jwa.AlgorithmConstraints;
import org.jose4j.jwk.JsonWebKeySet;
import org.jose4j.jwk.PublicJsonWebKey;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.jwt.NumericDate;
import org.jose4j.keys.HmacKey;
import org.jose4j.lang.JoseException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokens of members, valid, forged and foreign. The issuer is a server on this machine, or a key. */
class MemberTokensTest {
    private static final long NOW_MS = 1_790_000_000_500L;
    private static final String ISSUER = "https://id.coffee.example";
    private static final String AUDIENCE = "points";

    private static Vertx vertx;
    private static KeyPair rsa;
    private static KeyPair otherRsa;
    private static KeyPair ec;
    private static KeyPair ed;

    private MemberTokens tokens;
    private HttpServer server;

    @TempDir
    private Path directory;

    @BeforeAll
    static void makeKeys() throws Exception {
        vertx = Vertx.vertx();
        rsa = pair("RSA", 2048);
        otherRsa = pair("RSA", 2048);
        ec = pair("EC", 256);
        ed = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    }

    private static KeyPair pair(String algorithm, int bits) throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
        generator.initialize(bits);
        return generator.generateKeyPair();
    }

    @AfterAll
    static void closeVertx() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    @AfterEach
    void stop() {
        if (tokens != null) {
            tokens.stop();
        }
        if (server != null) {
            server.stop(0);
        }
    }

    private record Config(
            Optional<String> issuer,
            Optional<String> audience,
            String accountClaim,
            Optional<String> programClaim,
            String scopeClaim,
            Optional<String> publicKey,
            Optional<URI> jwksUrl,
            int perSecond,
            int burst)
            implements MembersConfig {
        static Config of(String publicKey) {
            return of(Optional.of(publicKey), Optional.empty());
        }

        static Config of(Optional<String> publicKey, Optional<URI> jwksUrl) {
            return new Config(
                    Optional.of(ISSUER),
                    Optional.of(AUDIENCE),
                    "stampede_account",
                    Optional.empty(),
                    "scope",
                    publicKey,
                    jwksUrl,
                    10,
                    30);
        }

        Config inProgram() {
            Optional<String> claim = Optional.of("program");
            return new Config(issuer, audience, accountClaim, claim, scopeClaim, publicKey, jwksUrl, perSecond, burst);
        }

        Config limitedTo(int perSecond, int burst) {
            return new Config(
                    issuer, audience, accountClaim, programClaim, scopeClaim, publicKey, jwksUrl, perSecond, burst);
        }
    }

    private void start(Config config) throws Exception {
        tokens = new MemberTokens(config, new SimpleMeterRegistry());
        Object unused =
                tokens.start(vertx).toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    private static String pem(PublicKey key) {
        return "-----BEGIN PUBLIC KEY-----\n"
                + Base64.getMimeEncoder().encodeToString(key.getEncoded())
                + "\n-----END PUBLIC KEY-----\n";
    }

    private Check check(String token) throws Exception {
        return check(token, NOW_MS);
    }

    private Check check(String token, long nowMs) throws Exception {
        return tokens.check(token, nowMs)
                .toCompletionStage()
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS);
    }

    private Principal passes(String token) throws Exception {
        return assertInstanceOf(Check.Passed.class, check(token)).principal();
    }

    private static NumericDate in(long seconds) {
        return NumericDate.fromMilliseconds(NOW_MS + seconds * 1000);
    }

    private static JwtClaims claims() {
        JwtClaims claims = new JwtClaims();
        claims.setIssuer(ISSUER);
        claims.setAudience(AUDIENCE);
        claims.setSubject("ada");
        claims.setIssuedAt(in(-60));
        claims.setExpirationTime(in(600));
        return claims;
    }

    private static String token(Consumer<JwtClaims> change) throws JoseException {
        JwtClaims claims = claims();
        change.accept(claims);
        return signed(claims, "RS256", rsa.getPrivate(), Map.of());
    }

    private static String signed(JwtClaims claims, String algorithm, Key key, Map<String, String> header)
            throws JoseException {
        JsonWebSignature signature = new JsonWebSignature();
        signature.setAlgorithmConstraints(AlgorithmConstraints.NO_CONSTRAINTS);
        signature.setPayload(claims.toJson());
        signature.setAlgorithmHeaderValue(algorithm);
        header.forEach(signature::setHeader);
        signature.setKey(key);
        return signature.getCompactSerialization();
    }

    private static String signedBy(String algorithm, KeyPair key) throws JoseException {
        return signed(claims(), algorithm, key.getPrivate(), Map.of());
    }

    @Test
    void aTokenIsForOneAccount() throws Exception {
        start(Config.of(pem(rsa.getPublic())));
        assertEquals(
                new Principal(
                        Principal.Kind.MEMBER,
                        "member:ada",
                        null,
                        "ada",
                        Scope.READ.bit(),
                        null,
                        in(630).getValueInMillis(),
                        new RateLimit(10, 30),
                        0),
                passes(token(claims -> {})));
        assertEquals(
                "m-17",
                passes(token(claims -> claims.setClaim("stampede_account", "m-17")))
                        .account());
    }

    @Test
    void aScopeLetsAMemberPay() throws Exception {
        start(Config.of(pem(rsa.getPublic())));
        int paying = Scope.READ.bit() | Scope.REDEEM.bit() | Scope.HOLD.bit();
        assertEquals(
                paying,
                passes(token(claims -> claims.setClaim("scope", "openid points:redeem")))
                        .scopes());
        assertEquals(
                paying,
                passes(token(claims -> claims.setClaim("scope", List.of("points:redeem"))))
                        .scopes());
        assertEquals(
                Scope.READ.bit(),
                passes(token(claims -> claims.setClaim("scope", "points:redeeming")))
                        .scopes());
        assertEquals(
                Scope.READ.bit(),
                passes(token(claims -> claims.setClaim("scope", 7))).scopes());
    }

    @Test
    void aClaimCanNameTheOnlyProgram() throws Exception {
        start(Config.of(pem(rsa.getPublic())).inProgram());
        assertEquals(
                "coffee",
                passes(token(claims -> claims.setClaim("program", "coffee"))).program());
        assertEquals(Check.Refused.UNKNOWN, check(token(claims -> {})));
        assertEquals(Check.Refused.MALFORMED, check(token(claims -> claims.setClaim("program", List.of("a", "b")))));
    }

    @Test
    void whoIssuedItForWhomIsChecked() throws Exception {
        start(Config.of(pem(rsa.getPublic())));
        assertEquals(
                "ada",
                passes(token(claims -> claims.setAudience("shop", AUDIENCE))).account());
        for (Consumer<JwtClaims> wrong : List.<Consumer<JwtClaims>>of(
                claims -> claims.setIssuer("https://evil.example"),
                claims -> claims.unsetClaim("iss"),
                claims -> claims.setAudience("shop"),
                claims -> claims.setAudience("shop", "app"),
                claims -> claims.unsetClaim("aud"),
                claims -> claims.unsetClaim("sub"),
                claims -> claims.setSubject(""),
                claims -> claims.setSubject("../ada"),
                claims -> claims.setSubject("a".repeat(200)))) {
            assertEquals(Check.Refused.UNKNOWN, check(token(wrong)));
        }
        for (String claim : List.of("iss", "aud", "sub", "exp", "iat", "nbf", "stampede_account")) {
            assertEquals(
                    Check.Refused.MALFORMED, check(token(claims -> claims.setClaim(claim, Map.of("a", 1)))), claim);
        }
    }

    @Test
    void itsTimesAreChecked() throws Exception {
        start(Config.of(pem(rsa.getPublic())));
        assertEquals(
                "ada",
                passes(token(claims -> claims.setExpirationTime(in(-29)))).account());
        assertEquals("ada", passes(token(claims -> claims.setNotBefore(in(29)))).account());
        assertEquals("ada", passes(token(claims -> claims.setIssuedAt(in(29)))).account());
        assertEquals(
                "ada",
                passes(token(claims -> claims.setExpirationTime(in(24 * 3600 - 60))))
                        .account());
        assertEquals(Check.Refused.EXPIRED, check(token(claims -> claims.setExpirationTime(in(-31)))));
        // in milliseconds it would be in the far future: 64 bits do not hold it
        assertEquals(Check.Refused.EXPIRED, check(token(claims -> claims.setClaim("exp", -18_000_000_000_000_000L))));
        for (Consumer<JwtClaims> wrong : List.<Consumer<JwtClaims>>of(
                claims -> claims.unsetClaim("exp"),
                claims -> claims.unsetClaim("iat"),
                claims -> claims.setNotBefore(in(32)),
                claims -> claims.setIssuedAt(in(32)),
                claims -> claims.setExpirationTime(in(24 * 3600 - 58)),
                claims -> claims.setClaim("exp", in(600).getValueInMillis()),
                claims -> claims.setClaim("exp", Long.MAX_VALUE),
                claims -> {
                    claims.setClaim("exp", Long.MAX_VALUE);
                    claims.setClaim("iat", -1000L);
                })) {
            assertEquals(Check.Refused.UNKNOWN, check(token(wrong)));
        }
    }

    @Test
    void eachAlgorithmIsSignedWithItsKey() throws Exception {
        for (Map.Entry<String, KeyPair> each :
                Map.of("RS256", rsa, "PS256", rsa, "ES256", ec, "EdDSA", ed).entrySet()) {
            start(Config.of(pem(each.getValue().getPublic())));
            String token = signedBy(each.getKey(), each.getValue());
            assertEquals("ada", passes(token).account(), each.getKey());
            assertEquals(Check.Refused.UNKNOWN, check(changed(token)), each.getKey());
            tokens.stop();
        }
    }

    /** The last but one character of the signature: the last has bits that mean nothing. */
    private static String changed(String token) {
        int at = token.length() - 2;
        return token.substring(0, at) + (token.charAt(at) == 'A' ? 'B' : 'A') + token.substring(at + 1);
    }

    @Test
    void aForgedTokenIsRefused() throws Exception {
        start(Config.of(pem(rsa.getPublic())));
        String valid = token(claims -> {});
        String[] parts = valid.split("\\.");
        String payload = parts[1];
        Base64.Encoder base64 = Base64.getUrlEncoder().withoutPadding();
        String none = base64.encodeToString("{\"alg\":\"none\"}".getBytes(StandardCharsets.UTF_8));
        String richer =
                base64.encodeToString(claims().toJson().replace("ada", "bob").getBytes(StandardCharsets.UTF_8));
        HmacKey secret = new HmacKey(pem(rsa.getPublic()).getBytes(StandardCharsets.UTF_8));
        for (String forged : List.of(
                none + "." + payload + ".AA",
                base64.encodeToString("{}".getBytes(StandardCharsets.UTF_8)) + "." + payload + ".AA",
                parts[0] + "." + richer + "." + parts[2],
                signed(claims(), "HS256", secret, Map.of()),
                signed(claims(), "HS256", new HmacKey(rsa.getPublic().getEncoded()), Map.of()),
                signedBy("RS256", otherRsa),
                signedBy("RS512", rsa),
                signedBy("ES256", ec),
                signedBy("EdDSA", ed),
                signed(
                        claims(),
                        "RS256",
                        otherRsa.getPrivate(),
                        Map.of("jku", "http://localhost:1/keys", "x5u", "http://localhost:1/chain")))) {
            assertInstanceOf(Check.Refused.class, check(forged), forged);
        }
        assertEquals("ada", passes(valid).account());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", "a.b", "a..c", ".b.c", "a.b.", "a.b.c.d", "a.b.c", "e30.AA.AA", "é.é.é"})
    void garbageIsRefused(String text) throws Exception {
        start(Config.of(pem(rsa.getPublic())));
        assertEquals(Check.Refused.MALFORMED, check(text));
        assertEquals(Check.Refused.MALFORMED, check(token(claims -> claims.setClaim("padding", "x".repeat(4096)))));
    }

    /** Nothing of it needs a signature: whoever has a token knows what its claims must be. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"alg\":null}",
                "{\"alg\":1}",
                "{\"alg\":[\"RS256\"]}",
                "{\"alg\":\"RS256\",\"kid\":1}",
                "{\"alg\":\"RS256\",\"crit\":1}",
                "{\"alg\":\"RS256\",\"crit\":[1]}",
                "{\"alg\":\"RS256\",\"crit\":[null],\"b64\":1}"
            })
    void aHeaderOfAnyTypeIsRefused(String header) throws Exception {
        start(Config.of(pem(rsa.getPublic())));
        Base64.Encoder base64 = Base64.getUrlEncoder().withoutPadding();
        String payload = base64.encodeToString(claims().toJson().getBytes(StandardCharsets.UTF_8));
        String token = base64.encodeToString(header.getBytes(StandardCharsets.UTF_8)) + "." + payload + ".AA";
        assertInstanceOf(Check.Refused.class, check(token));
    }

    @Test
    void aKeyIsTextOrAFile() throws Exception {
        PublicJsonWebKey jwk = PublicJsonWebKey.Factory.newPublicJwk(rsa.getPublic());
        jwk.setKeyId("2026");
        Path file = Files.writeString(directory.resolve("key.pem"), pem(rsa.getPublic()));
        for (String text : List.of(jwk.toJson(), file.toString())) {
            start(Config.of(text));
            assertEquals("ada", passes(token(claims -> {})).account());
            tokens.stop();
        }
        start(Config.of(jwk.toJson()));
        assertEquals(
                Check.Refused.UNKNOWN,
                check(signed(claims(), "RS256", rsa.getPrivate(), Map.of("kid", "../../etc/passwd"))));
    }

    @Test
    void anIncompleteConfigurationIsRefused() throws Exception {
        Config valid = Config.of(pem(rsa.getPublic()));
        List<Config> wrong = List.of(
                Config.of("/no/such/file"),
                Config.of("{}"),
                Config.of("-----BEGIN RSA PUBLIC KEY-----\nAA==\n-----END RSA PUBLIC KEY-----"),
                Config.of(pem(pair("RSA", 1024).getPublic())),
                Config.of(pem(pair("DSA", 2048).getPublic())),
                Config.of(Optional.empty(), Optional.of(URI.create("http://id.example/keys"))),
                Config.of(Optional.empty(), Optional.of(URI.create("file:///etc/passwd"))),
                Config.of(valid.publicKey(), Optional.of(URI.create("https://id.example/keys"))),
                new Config(
                        Optional.empty(),
                        valid.audience(),
                        "a",
                        Optional.empty(),
                        "s",
                        valid.publicKey(),
                        valid.jwksUrl,
                        10,
                        30),
                new Config(
                        valid.issuer(),
                        Optional.empty(),
                        "a",
                        Optional.empty(),
                        "s",
                        valid.publicKey(),
                        valid.jwksUrl,
                        10,
                        30));
        for (Config each : wrong) {
            assertThrows(IllegalArgumentException.class, () -> start(each), each.toString());
        }
        Path itself = directory.resolve("itself");
        Files.writeString(itself, itself.toString());
        assertThrows(IllegalArgumentException.class, () -> start(Config.of(itself.toString())));
        start(Config.of(Optional.empty(), Optional.empty()));
        assertEquals(Check.Refused.MALFORMED, check(token(claims -> {})), "off");
    }

    @Test
    void eachMemberHasTheSameRate() throws Exception {
        start(Config.of(pem(rsa.getPublic())));
        assertEquals(new RateLimit(10, 30), passes(token(claims -> {})).rateLimit());
        tokens.stop();
        start(Config.of(pem(rsa.getPublic())).limitedTo(0, 30));
        assertNull(passes(token(claims -> {})).rateLimit());
    }

    @Test
    void aValidTokenIsRememberedUntilItEnds() throws Exception {
        start(Config.of(pem(rsa.getPublic())));
        String token = token(claims -> claims.setExpirationTime(in(1)));
        Check first = check(token);
        Future<Check> again = tokens.check(token, NOW_MS);
        assertTrue(again.isComplete());
        assertSame(first, again.result());
        assertEquals(Check.Refused.EXPIRED, check(token, NOW_MS + 32_000));
    }

    /** A flood of forged tokens that are slow to check costs a bounded queue, and nobody else's time. */
    @Test
    void onlySoManyWaitForTheirCheck() throws Exception {
        start(Config.of(pem(ec.getPublic())));
        String forged = changed(signedBy("ES256", ec));
        List<Future<Check>> answers = new ArrayList<>();
        for (int i = 0; i < 2000; i++) {
            answers.add(tokens.check(forged, NOW_MS));
        }
        long waiting = answers.stream().filter(each -> !each.isComplete()).count();
        assertTrue(
                waiting <= MemberTokens.MOST_WAITING + Runtime.getRuntime().availableProcessors(),
                "waiting " + waiting);
        List<Check> checks = new ArrayList<>();
        for (Future<Check> each : answers) {
            checks.add(each.toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS));
        }
        assertTrue(checks.contains(Check.Stale.BUSY));
        assertTrue(checks.contains(Check.Refused.UNKNOWN));
        assertEquals("ada", passes(signedBy("ES256", ec)).account());
    }

    /** Answers with what is in the future; counts. */
    @CanIgnoreReturnValue
    private AtomicInteger issuer(Consumer<com.sun.net.httpserver.HttpExchange> answer) throws IOException {
        AtomicInteger asked = new AtomicInteger();
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/keys", exchange -> {
            asked.incrementAndGet();
            answer.accept(exchange);
        });
        server.start();
        return asked;
    }

    private Config published() {
        return Config.of(
                Optional.empty(),
                Optional.of(URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/keys")));
    }

    private static void send(com.sun.net.httpserver.HttpExchange exchange, int status, String body) {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        try (OutputStream out = exchange.getResponseBody()) {
            exchange.sendResponseHeaders(status, bytes.length);
            out.write(bytes);
        } catch (IOException e) {
            // whoever has read enough hangs up
        }
    }

    private static String set(Map<String, KeyPair> keys) {
        JsonWebKeySet set = new JsonWebKeySet();
        keys.forEach((id, key) -> {
            try {
                PublicJsonWebKey jwk = PublicJsonWebKey.Factory.newPublicJwk(key.getPublic());
                jwk.setKeyId(id);
                set.addJsonWebKey(jwk);
            } catch (JoseException e) {
                throw new IllegalStateException(e);
            }
        });
        return set.toJson();
    }

    private static String named(String id, KeyPair key) throws JoseException {
        return signed(claims(), "RS256", key.getPrivate(), Map.of("kid", id));
    }

    @Test
    void anIssuersKeysAreFound() throws Exception {
        AtomicInteger asked = issuer(exchange -> send(exchange, 200, set(Map.of("a", rsa, "b", otherRsa, "c", ec))));
        start(published());
        assertEquals("ada", passes(named("a", rsa)).account());
        assertEquals("ada", passes(named("b", otherRsa)).account());
        assertEquals(Check.Refused.UNKNOWN, check(named("a", otherRsa)));
        assertEquals(Check.Refused.UNKNOWN, check(named("c", rsa)));
        assertEquals(Check.Refused.UNKNOWN, check(token(claims -> {})), "which of three?");
        for (int i = 0; i < 100; i++) {
            assertEquals(Check.Refused.UNKNOWN, check(named("../../etc/" + i, rsa)));
        }
        assertEquals(1, asked.get(), "an unknown key asks again, but not as often as anybody likes");
    }

    /** Until the issuer has been heard nobody knows; a wrong answer changes nothing. */
    @Test
    void whatAnIssuerMustNotAnswer() throws Exception {
        String valid = set(Map.of("a", rsa));
        KeyPair weak = pair("RSA", 1024);
        StringBuilder many = new StringBuilder("{\"keys\":[");
        for (int i = 0; i <= PublishedKeys.MOST_KEYS; i++) {
            many.append(i == 0 ? "" : ",")
                    .append("{\"kty\":\"oct\",\"k\":\"AA\",\"kid\":\"")
                    .append(i)
                    .append("\"}");
        }
        many.append("]}");
        List<Consumer<com.sun.net.httpserver.HttpExchange>> wrong = List.of(
                exchange -> send(exchange, 500, valid),
                exchange -> {
                    exchange.getResponseHeaders().add("Location", "/keys");
                    send(exchange, 302, valid);
                },
                exchange -> send(exchange, 200, " ".repeat(PublishedKeys.MOST_BYTES) + valid),
                exchange -> send(exchange, 200, "{\"keys\":["),
                exchange -> send(exchange, 200, "[]"),
                exchange -> send(exchange, 200, many.toString()),
                exchange -> send(exchange, 200, set(Map.of("a", weak))));
        for (Consumer<com.sun.net.httpserver.HttpExchange> each : wrong) {
            AtomicInteger asked = issuer(each);
            start(published());
            assertEquals(Check.Stale.STALE, check(named("a", rsa)));
            assertEquals(1, asked.get());
            stop();
        }
    }

    @Test
    void aSilentIssuerHoldsNobodyUp() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        AtomicInteger asked = issuer(exchange -> {
            try {
                assertTrue(end.await(20, TimeUnit.SECONDS));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            exchange.close();
        });
        long began = System.nanoTime();
        start(published());
        assertTrue(TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - began) < 10);
        assertEquals(Check.Stale.STALE, check(named("a", rsa)));
        assertEquals(1, asked.get());
        end.countDown();
    }

    @Test
    void aNewKeyIsLearnt() throws Exception {
        List<Map<String, KeyPair>> sets = new ArrayList<>(List.of(Map.of("a", rsa), Map.of("b", otherRsa)));
        issuer(exchange -> send(exchange, 200, set(sets.size() > 1 ? sets.remove(0) : sets.get(0))));
        PublishedKeys keys = new PublishedKeys(vertx, published().jwksUrl().orElseThrow(), new SimpleMeterRegistry());
        try {
            Object first =
                    keys.fetch().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
            assertNull(first);
            assertEquals(rsa.getPublic(), keys.find("a"));
            assertEquals(rsa.getPublic(), keys.find(null), "the only one");
            assertNull(keys.find("b"));
            Object second =
                    keys.fetch().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
            assertNull(second);
            Awaitility.await().until(() -> otherRsa.getPublic().equals(keys.find("b")));
            assertNull(keys.find("a"), "the issuer has withdrawn it");
        } finally {
            keys.close();
        }
    }
}
