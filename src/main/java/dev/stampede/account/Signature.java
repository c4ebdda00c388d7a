package dev.stampede.account;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * A mark by which gateways know the operations that one of them was asked: HMAC-SHA-256 (RFC 2104, cut to 128 bits)
 * over the account and the operation's text. Somebody who can write to Redis, and has no secret, can't make one up: so
 * what he puts there is never sealed by a gateway that meets it.
 *
 * <p>Used from one event loop.
 */
public final class Signature {
    private static final String ALGORITHM = "HmacSHA256";
    private static final int BYTES = 16;
    private static final String FIELD = ",\"mac\":\"";

    private List<Key> keys = List.of();

    private record Key(int id, Mac mac) {}

    /** @param key shared by all gateways; an id, for it is replaced now and then */
    public record Secret(int id, byte[] key) {}

    /** @param secrets the one to sign with first; those behind it are still believed */
    public void use(List<Secret> secrets) {
        keys = secrets.stream()
                .map(secret -> new Key(secret.id(), mac(secret.key())))
                .toList();
    }

    private static Mac mac(byte[] key) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(key, ALGORITHM));
            return mac;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has " + ALGORITHM, e);
        }
    }

    /** An operation's text, with its mark as the last field. */
    public String signed(AccountId account, String text) {
        Key key = keys.get(0);
        String body = text.substring(0, text.length() - 1);
        return body + FIELD + key.id + '.' + of(key, account, body) + "\"}";
    }

    /** What a text's mark says. */
    public enum Mark {
        /** A gateway has signed it for that account. */
        VALID,
        /** None has. */
        WRONG,
        /** It is of a secret that is not known here: one that was made since, or none. */
        UNKNOWN
    }

    public Mark check(AccountId account, String text) {
        int field = text.lastIndexOf(FIELD);
        int dot = field < 0 ? -1 : text.indexOf('.', field);
        if (dot < 0 || text.length() != dot + 1 + 2 * BYTES + 2) {
            return Mark.WRONG;
        }
        String id = text.substring(field + FIELD.length(), dot);
        for (Key key : keys) {
            if (Integer.toString(key.id).equals(id)) {
                String right = of(key, account, text.substring(0, field));
                return MessageDigest.isEqual(
                                right.getBytes(StandardCharsets.US_ASCII),
                                text.substring(dot + 1, text.length() - 2).getBytes(StandardCharsets.UTF_8))
                        ? Mark.VALID
                        : Mark.WRONG;
            }
        }
        return Mark.UNKNOWN;
    }

    private static String of(Key key, AccountId account, String body) {
        key.mac.update(account.redisKey().getBytes(StandardCharsets.UTF_8));
        key.mac.update((byte) '\n');
        byte[] all = key.mac.doFinal(body.getBytes(StandardCharsets.UTF_8));
        return HexFormat.of().formatHex(all, 0, BYTES);
    }
}
