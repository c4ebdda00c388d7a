package dev.stampede.account;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The signature by which gateways recognize operations that a gateway was asked to do: HMAC-SHA-256 (RFC 2104, cut to
 * 128 bits) over the account and the operation's text. An intruder who can write to Redis but has no secret cannot
 * forge it; gateways never seal an operation without a valid signature that they find there.
 *
 * <p>Used from one event loop.
 */
public final class Signature {
    private static final String ALGORITHM = "HmacSHA256";
    private static final int BYTES = 16;
    private static final String FIELD = ",\"mac\":\"";

    private List<Key> keys = List.of();

    private record Key(int id, Mac mac) {}

    /**
     * @param id identifies the key, which is replaced now and then
     * @param key shared by all gateways
     */
    public record Secret(int id, byte[] key) {}

    /** @param secrets the first one signs; the others are still accepted */
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

    /** An operation's text with its signature as the last field. */
    public String signed(AccountId account, String text) {
        Key key = keys.get(0);
        String body = text.substring(0, text.length() - 1);
        return body + FIELD + key.id + '.' + of(key, account, body) + "\"}";
    }

    /** The result of a check. */
    public enum Mark {
        /** A gateway has signed the text for this account. */
        VALID,
        /** No gateway has signed the text. */
        WRONG,
        /** The text names a secret that this gateway does not know: a newer one, or one that never existed. */
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
