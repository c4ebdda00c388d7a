package dev.stampede.access;

import java.security.Key;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.Map;
import org.jose4j.jws.AlgorithmIdentifiers;
import org.jspecify.annotations.Nullable;

/** How tokens of members may be signed: only with public keys, each algorithm with its own kind (RFC 8725, 3.1). */
final class TokenAlgorithms {
    private static final int LEAST_RSA_BITS = 2048;

    private static final Map<String, Class<? extends Key>> KEYS = Map.of(
            AlgorithmIdentifiers.RSA_USING_SHA256, RSAPublicKey.class,
            AlgorithmIdentifiers.RSA_PSS_USING_SHA256, RSAPublicKey.class,
            AlgorithmIdentifiers.ECDSA_USING_P256_CURVE_AND_SHA256, ECPublicKey.class,
            AlgorithmIdentifiers.EDDSA, EdECPublicKey.class);

    static final String[] NAMES = KEYS.keySet().toArray(String[]::new);

    private TokenAlgorithms() {}

    /** Whether a token with this {@code alg} may be checked with the key; one without is signed by nobody. */
    static boolean fits(@Nullable String algorithm, Key key) {
        Class<? extends Key> kind = algorithm == null ? null : KEYS.get(algorithm);
        return kind != null && kind.isInstance(key);
    }

    /** @throws IllegalArgumentException if no algorithm takes the key, or it is too short */
    static Key strong(Key key) {
        if (KEYS.values().stream().noneMatch(kind -> kind.isInstance(key))) {
            throw new IllegalArgumentException("a key for " + String.join(", ", NAMES) + " is needed");
        } else if (key instanceof RSAPublicKey rsa && rsa.getModulus().bitLength() < LEAST_RSA_BITS) {
            throw new IllegalArgumentException("an RSA key needs at least " + LEAST_RSA_BITS + " bits");
        }
        return key;
    }
}
