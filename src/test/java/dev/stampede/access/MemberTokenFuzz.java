package dev.stampede.access;

import static org.junit.jupiter.api.Assertions.assertFalse;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.KeyPairGenerator;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;

/** Whatever is sent as a member's token is answered, and nothing passes that the issuer has not signed. */
@Tag("long")
class MemberTokenFuzz {
    private static final long NOW_MS = 1_790_000_000_500L;

    private static Vertx vertx;
    private static MemberTokens tokens;

    private record Config(Optional<String> publicKey) implements MembersConfig {
        @Override
        public Optional<String> issuer() {
            return Optional.of("https://id.example");
        }

        @Override
        public Optional<String> audience() {
            return Optional.of("points");
        }

        @Override
        public String accountClaim() {
            return "stampede_account";
        }

        @Override
        public Optional<String> programClaim() {
            return Optional.of("program");
        }

        @Override
        public String scopeClaim() {
            return "scope";
        }

        @Override
        public Optional<URI> jwksUrl() {
            return Optional.empty();
        }

        @Override
        public int perSecond() {
            return 10;
        }

        @Override
        public int burst() {
            return 30;
        }
    }

    @BeforeAll
    static void start() throws Exception {
        vertx = Vertx.vertx();
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        byte[] key = generator.generateKeyPair().getPublic().getEncoded();
        tokens = new MemberTokens(
                new Config(Optional.of("-----BEGIN PUBLIC KEY-----\n"
                        + Base64.getMimeEncoder().encodeToString(key) + "\n-----END PUBLIC KEY-----\n")),
                new SimpleMeterRegistry());
        Object unused =
                tokens.start(vertx).toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    @AfterAll
    static void stop() throws Exception {
        tokens.stop();
        vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    /** As it stands, and with its lines as the parts of a token. */
    @FuzzTest(maxDuration = "3s")
    void checks(byte[] data) throws Exception {
        String text = new String(data, StandardCharsets.ISO_8859_1);
        check(text);
        check(Arrays.stream(text.split("\n", -1))
                .map(part -> Base64.getUrlEncoder()
                        .withoutPadding()
                        .encodeToString(part.getBytes(StandardCharsets.ISO_8859_1)))
                .collect(Collectors.joining(".")));
    }

    private static void check(String token) throws Exception {
        Check check = tokens.check(token, NOW_MS)
                .toCompletionStage()
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS);
        assertFalse(check instanceof Check.Passed, token);
    }
}
