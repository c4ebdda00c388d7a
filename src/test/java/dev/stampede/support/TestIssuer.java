package dev.stampede.support;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Map;
import java.util.function.Consumer;
import org.jose4j.jws.AlgorithmIdentifiers;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.lang.JoseException;

/** Issues the tokens of members that gateways in tests accept. */
public final class TestIssuer {
    private static final String ISSUER = "https://id.stampede.example";
    private static final String AUDIENCE = "points";

    /** The same in each class loader: Quarkus loads this class a second time. */
    private static final KeyPair KEY = key();

    private TestIssuer() {}

    private static KeyPair key() {
        try {
            SecureRandom always = SecureRandom.getInstance("SHA1PRNG");
            always.setSeed(14);
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(2048, always);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    public static Map<String, String> settings() {
        return Map.of(
                "stampede.members.issuer",
                ISSUER,
                "stampede.members.audience",
                AUDIENCE,
                "stampede.members.public-key",
                "-----BEGIN PUBLIC KEY-----\n"
                        + Base64.getMimeEncoder().encodeToString(KEY.getPublic().getEncoded())
                        + "\n-----END PUBLIC KEY-----");
    }

    /** The header's value for a member who only reads. */
    public static String member(String account) {
        return member(account, claims -> {});
    }

    /** The header's value for a member who also pays. */
    public static String paying(String account) {
        return member(account, claims -> claims.setClaim("scope", "points:redeem"));
    }

    public static String member(String account, Consumer<JwtClaims> change) {
        JwtClaims claims = new JwtClaims();
        claims.setIssuer(ISSUER);
        claims.setAudience(AUDIENCE);
        claims.setSubject(account);
        claims.setIssuedAtToNow();
        claims.setExpirationTimeMinutesInTheFuture(10);
        change.accept(claims);
        JsonWebSignature signature = new JsonWebSignature();
        signature.setAlgorithmHeaderValue(AlgorithmIdentifiers.RSA_USING_SHA256);
        signature.setPayload(claims.toJson());
        signature.setKey(KEY.getPrivate());
        try {
            return "Bearer " + signature.getCompactSerialization();
        } catch (JoseException e) {
            throw new IllegalStateException(e);
        }
    }
}
