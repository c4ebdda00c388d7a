package dev.stampede.access;

import dev.stampede.account.AccountId;
import dev.stampede.account.Signature.Secret;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Tickets for event streams: a browser's {@code EventSource} cannot send a header, so it sends a ticket in the URL. A
 * ticket is for one account, is valid for 30 s, and can be used once. It says how long the stream may last: as long as
 * the principal that has asked for it, and the key's secret with which it has asked.
 *
 * <p>Its text is {@code <secret>.<end>.<stream's end>.<principal>.<its secret>.<nonce>.<HMAC-SHA-256>} (RFC 2104, cut
 * to 128 bits).
 * The gateways share the secret, so any of them can check a ticket; that it was not used is for the caller to find out.
 */
@Singleton
public final class StreamTickets {
    public static final Duration VALID = Duration.ofSeconds(30);

    private static final String ALGORITHM = "HmacSHA256";
    private static final int MAC_BYTES = 16;
    private static final int NONCE_BYTES = 16;
    private static final int PARTS = 7;
    private static final byte[] PURPOSE = "stampede stream ticket\n".getBytes(StandardCharsets.US_ASCII);

    private final SecureRandom random = new SecureRandom();
    private volatile List<Secret> secrets = List.of();

    /** @param text to be told once */
    public record Ticket(String text, long untilMs) {}

    /**
     * A valid ticket.
     *
     * @param nonce no other ticket has it
     * @param principal who has asked for it
     * @param secret of that one, see {@link Principal#secret}
     * @param untilMs when the stream ends, in ms since the epoch; {@link Long#MAX_VALUE} for never
     */
    public record Valid(String nonce, String principal, long secret, long untilMs) {}

    /** @param latest the first one signs; the others are still accepted */
    public void use(List<Secret> latest) {
        secrets = List.copyOf(latest);
    }

    /** @throws IllegalStateException if no secret is known yet */
    public Ticket fresh(AccountId account, Principal principal, long nowMs) {
        List<Secret> known = secrets;
        if (known.isEmpty()) {
            throw new IllegalStateException("no secret is known yet");
        }
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        long until = nowMs + VALID.toMillis();
        String body = String.join(
                ".",
                Integer.toString(known.get(0).id()),
                Long.toString(until),
                Long.toString(principal.validUntilMs()),
                Base64.getUrlEncoder()
                        .withoutPadding()
                        .encodeToString(principal.id().getBytes(StandardCharsets.UTF_8)),
                Long.toString(principal.secret()),
                HexFormat.of().formatHex(nonce));
        return new Ticket(body + '.' + mac(known.get(0), account, body), until);
    }

    /** Null if it is no ticket for this account, or over. */
    public @Nullable Valid check(AccountId account, String text, long nowMs) {
        int end = text.lastIndexOf('.');
        String[] parts = text.split("\\.", -1);
        if (parts.length != PARTS) {
            return null;
        }
        String body = text.substring(0, end);
        for (Secret secret : secrets) {
            if (Integer.toString(secret.id()).equals(parts[0])
                    && MessageDigest.isEqual(
                            mac(secret, account, body).getBytes(StandardCharsets.US_ASCII),
                            parts[PARTS - 1].getBytes(StandardCharsets.UTF_8))) {
                return nowMs < Long.parseLong(parts[1])
                        ? new Valid(
                                parts[5],
                                new String(Base64.getUrlDecoder().decode(parts[3]), StandardCharsets.UTF_8),
                                Long.parseLong(parts[4]),
                                Long.parseLong(parts[2]))
                        : null;
            }
        }
        return null;
    }

    private static String mac(Secret secret, AccountId account, String body) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(secret.key(), ALGORITHM));
            mac.update(PURPOSE);
            mac.update(account.redisKey().getBytes(StandardCharsets.UTF_8));
            mac.update((byte) '\n');
            return HexFormat.of().formatHex(mac.doFinal(body.getBytes(StandardCharsets.US_ASCII)), 0, MAC_BYTES);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has " + ALGORITHM, e);
        }
    }
}
