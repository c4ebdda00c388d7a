package dev.stampede.access;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyFactory;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import org.jose4j.jwk.PublicJsonWebKey;
import org.jose4j.lang.JoseException;
import org.jspecify.annotations.Nullable;

/** The only key of an issuer, from the configuration: tokens can be checked without the issuer. */
final class OneKey implements IssuerKeys {
    private static final List<String> ALGORITHMS = List.of("RSA", "EC", "EdDSA");

    private final Key key;
    private final @Nullable String id;

    private OneKey(Key key, @Nullable String id) {
        this.key = key;
        this.id = id;
    }

    /**
     * @param text of the key, as PEM ({@code BEGIN PUBLIC KEY}) or JWK, or the name of a file with that
     * @throws IllegalArgumentException if it is neither, or too weak
     */
    static OneKey of(String text) {
        String key = text.strip();
        if (isKey(key)) {
            return ofKey(key);
        }
        try {
            String there = Files.readString(Path.of(key)).strip();
            if (!isKey(there)) {
                throw new IllegalArgumentException("the file " + key + " has neither a PEM nor a JWK");
            }
            return ofKey(there);
        } catch (IOException e) {
            throw new IllegalArgumentException("the file " + key + " cannot be read", e);
        }
    }

    private static boolean isKey(String text) {
        return text.startsWith("{") || text.startsWith("-----BEGIN");
    }

    private static OneKey ofKey(String text) {
        return text.startsWith("{") ? ofJwk(text) : new OneKey(TokenAlgorithms.strong(ofPem(text)), null);
    }

    private static OneKey ofJwk(String json) {
        try {
            PublicJsonWebKey jwk = PublicJsonWebKey.Factory.newPublicJwk(json);
            return new OneKey(TokenAlgorithms.strong(jwk.getPublicKey()), jwk.getKeyId());
        } catch (JoseException e) {
            throw new IllegalArgumentException("not a public key as JWK: " + e.getMessage(), e);
        }
    }

    private static Key ofPem(String pem) {
        String begin = "-----BEGIN PUBLIC KEY-----";
        String end = "-----END PUBLIC KEY-----";
        if (!pem.startsWith(begin) || !pem.endsWith(end)) {
            throw new IllegalArgumentException("a key as PEM begins with " + begin + " and ends with " + end);
        }
        X509EncodedKeySpec spec = new X509EncodedKeySpec(
                Base64.getMimeDecoder().decode(pem.substring(begin.length(), pem.length() - end.length())));
        for (String algorithm : ALGORITHMS) {
            try {
                return KeyFactory.getInstance(algorithm).generatePublic(spec);
            } catch (GeneralSecurityException e) {
                continue; // it is of another algorithm
            }
        }
        throw new IllegalArgumentException("the key is neither RSA nor EC nor Ed25519");
    }

    @Override
    public boolean areKnown() {
        return true;
    }

    /** A token may name no key; one that names another one was signed with that. */
    @Override
    public @Nullable Key find(@Nullable String other) {
        return id == null || other == null || id.equals(other) ? key : null;
    }
}
