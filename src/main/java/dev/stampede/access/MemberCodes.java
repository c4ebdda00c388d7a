package dev.stampede.access;

import dev.stampede.account.AccountId;
import dev.stampede.account.Signature.Secret;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Codes with which members show that they are there: the app shows one as a QR code, the till sends it with a payment.
 * A code is for one account and valid for 60 s, and 30 s more for a till that is slow. That it is used once, the
 * account's image says: it has the time of the last one.
 *
 * <p>Its text is {@code stq1.<program,alias,made,end>.<HMAC-SHA-256, cut to 80 bits>} (RFC 2104), both parts in base64
 * of URLs, the times in ms since the epoch. The alias is the account's id, encrypted (AES in counter mode, behind its
 * random first block): whoever reads the code does not learn it, and two codes have nothing in common. The gateways
 * share the secret, so any of them can make a code and read it.
 */
@Singleton
public final class MemberCodes {
    public static final Duration VALID = Duration.ofSeconds(60);
    static final Duration LEEWAY = Duration.ofSeconds(30);

    /** The longest text that one can have, in characters. */
    public static final int MOST_CHARACTERS = 400;

    private static final String BEGIN = "stq1.";
    private static final String HMAC = "HmacSHA256";
    private static final int MAC_BYTES = 10;
    private static final int BLOCK = 16;
    private static final Base64.Encoder ENCODE = Base64.getUrlEncoder().withoutPadding();
    private static final Base64.Decoder DECODE = Base64.getUrlDecoder();

    private final SecureRandom random = new SecureRandom();
    private volatile List<Keys> keys = List.of();

    /** Of one secret, each for one purpose. */
    private record Keys(SecretKeySpec signing, SecretKeySpec hiding) {
        static Keys of(Secret secret) {
            return new Keys(
                    new SecretKeySpec(hmac(secret.key(), "stampede member code"), HMAC),
                    new SecretKeySpec(hmac(secret.key(), "stampede member code's alias"), "AES"));
        }
    }

    /** @param text to be shown by the member alone */
    public record Made(String text, long untilMs) {}

    /** What a text is. */
    public sealed interface Code {
        /**
         * A valid code.
         *
         * @param madeMs when it was made, in ms since the epoch: of two codes of one account the newer has a larger one
         */
        record Valid(AccountId account, long madeMs, long untilMs) implements Code {}

        enum Not implements Code {
            /** No gateway has made it, or with a secret that is no longer valid. */
            MADE,
            /** It has expired. */
            FRESH
        }
    }

    /** @param latest the first one signs; the others are still accepted */
    public void use(List<Secret> latest) {
        keys = latest.stream().map(Keys::of).toList();
    }

    /** @throws IllegalStateException if no secret is known yet */
    public Made fresh(AccountId account, long nowMs) {
        List<Keys> known = keys;
        if (known.isEmpty()) {
            throw new IllegalStateException("no secret is known yet");
        }
        long until = nowMs + VALID.toMillis();
        byte[] first = new byte[BLOCK];
        random.nextBytes(first);
        byte[] hidden =
                crypt(known.get(0), Cipher.ENCRYPT_MODE, first, account.id().getBytes(StandardCharsets.US_ASCII));
        byte[] alias = Arrays.copyOf(first, BLOCK + hidden.length);
        System.arraycopy(hidden, 0, alias, BLOCK, hidden.length);
        String parts = String.join(
                ",", account.program(), ENCODE.encodeToString(alias), Long.toString(nowMs), Long.toString(until));
        String body = BEGIN + ENCODE.encodeToString(parts.getBytes(StandardCharsets.US_ASCII));
        return new Made(body + '.' + mac(known.get(0), body), until);
    }

    /** What the text is at that time, in ms since the epoch. */
    public Code read(String text, long nowMs) {
        int end = text.lastIndexOf('.');
        if (text.length() > MOST_CHARACTERS || !text.startsWith(BEGIN) || end < BEGIN.length()) {
            return Code.Not.MADE;
        }
        String body = text.substring(0, end);
        byte[] mac = text.substring(end + 1).getBytes(StandardCharsets.UTF_8);
        for (Keys each : keys) {
            if (MessageDigest.isEqual(mac(each, body).getBytes(StandardCharsets.US_ASCII), mac)) {
                return parsed(each, body, nowMs);
            }
        }
        return Code.Not.MADE;
    }

    private static Code parsed(Keys made, String body, long nowMs) {
        String[] parts =
                new String(DECODE.decode(body.substring(BEGIN.length())), StandardCharsets.US_ASCII).split(",", -1);
        byte[] alias = DECODE.decode(parts[1]);
        byte[] id = crypt(
                made, Cipher.DECRYPT_MODE, Arrays.copyOf(alias, BLOCK), Arrays.copyOfRange(alias, BLOCK, alias.length));
        long until = Long.parseLong(parts[3]);
        return nowMs <= until + LEEWAY.toMillis()
                ? new Code.Valid(
                        AccountId.of(parts[0], new String(id, StandardCharsets.US_ASCII)),
                        Long.parseLong(parts[2]),
                        until)
                : Code.Not.FRESH;
    }

    private static byte[] crypt(Keys with, int mode, byte[] first, byte[] text) {
        try {
            Cipher cipher = Cipher.getInstance("AES/CTR/NoPadding");
            cipher.init(mode, with.hiding, new IvParameterSpec(first));
            return cipher.doFinal(text);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has AES", e);
        }
    }

    private static String mac(Keys with, String body) {
        byte[] mac = hmac(with.signing, body);
        return ENCODE.encodeToString(Arrays.copyOf(mac, MAC_BYTES));
    }

    private static byte[] hmac(byte[] secret, String purpose) {
        return hmac(new SecretKeySpec(secret, HMAC), purpose);
    }

    private static byte[] hmac(SecretKeySpec key, String text) {
        try {
            Mac mac = Mac.getInstance(HMAC);
            mac.init(key);
            return mac.doFinal(text.getBytes(StandardCharsets.US_ASCII));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has " + HMAC, e);
        }
    }
}
