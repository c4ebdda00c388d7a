package dev.stampede.start;

import dev.stampede.access.MemberTokens;
import dev.stampede.embedded.EmbeddedServers;
import dev.stampede.embedded.StartupTrouble;
import io.smallrye.config.SmallRyeConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Map;
import java.util.stream.Stream;
import org.jose4j.jwk.EcJwkGenerator;
import org.jose4j.jwk.JsonWebKey.OutputControlLevel;
import org.jose4j.jwk.PublicJsonWebKey;
import org.jose4j.jws.AlgorithmIdentifiers;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.keys.EllipticCurves;
import org.jose4j.lang.JoseException;

/**
 * Issues the tokens of members of a gateway that is tried out, in place of an identity provider. Its key is in the data
 * directory: whoever reads that can do everything anyway. Where a provider is configured, there is no such issuer.
 */
final class DemoIssuer {
    private static final String FILE = "demo-issuer.jwk";
    private static final String NAME = "stampede-demo";
    private static final float VALID_MINUTES = 12 * 60;

    private DemoIssuer() {}

    /** The settings by which its tokens are accepted; none if others are. Makes its key at the first start. */
    static Map<String, String> settings(EmbeddedServers servers, SmallRyeConfig config) {
        boolean others = Stream.of("issuer", "audience", "public-key", "jwks-url")
                .anyMatch(name -> config.getOptionalValue(MemberTokens.SETTINGS + "." + name, String.class)
                        .isPresent());
        if (others) {
            return Map.of();
        }
        try {
            String fresh = EcJwkGenerator.generateJwk(EllipticCurves.P256).toJson(OutputControlLevel.INCLUDE_PRIVATE);
            PublicJsonWebKey key = PublicJsonWebKey.Factory.newPublicJwk(servers.keptSecret(FILE, fresh));
            return Map.of(
                    MemberTokens.SETTINGS + ".issuer",
                    NAME,
                    MemberTokens.SETTINGS + ".audience",
                    NAME,
                    MemberTokens.SETTINGS + ".public-key",
                    key.toJson(OutputControlLevel.PUBLIC_ONLY));
        } catch (JoseException e) {
            throw new StartupTrouble(
                    servers.secretFile(FILE) + " has no key: delete it, and the next start makes a new one", e);
        }
    }

    /**
     * A token for twelve hours, for all programs.
     *
     * @param redeems whether its member may pay with it
     * @throws StartupTrouble if no gateway that was tried out has made a key here
     */
    static String token(SmallRyeConfig config, String account, boolean redeems) {
        try {
            PublicJsonWebKey key = PublicJsonWebKey.Factory.newPublicJwk(
                    Files.readString(EmbeddedServers.secretFile(config, FILE)).strip());
            JwtClaims claims = new JwtClaims();
            claims.setIssuer(NAME);
            claims.setAudience(NAME);
            claims.setSubject(account);
            claims.setIssuedAtToNow();
            claims.setExpirationTimeMinutesInTheFuture(VALID_MINUTES);
            if (redeems) {
                claims.setStringClaim("scope", "points:redeem");
            }
            JsonWebSignature token = new JsonWebSignature();
            token.setAlgorithmHeaderValue(AlgorithmIdentifiers.ECDSA_USING_P256_CURVE_AND_SHA256);
            token.setPayload(claims.toJson());
            token.setKey(key.getPrivateKey());
            return token.getCompactSerialization();
        } catch (IOException | JoseException e) {
            throw new StartupTrouble(
                    "there is no key at " + EmbeddedServers.secretFile(config, FILE)
                            + ": a gateway that is tried out makes it at its first start",
                    e);
        }
    }
}
