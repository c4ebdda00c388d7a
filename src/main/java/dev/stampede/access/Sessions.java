package dev.stampede.access;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.vertx.core.http.Cookie;
import io.vertx.core.http.HttpServerRequest;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Who is signed in to the console of this gateway. A session stands for an API key that was shown once: it knows which
 * secret that was, not the secret itself, and is checked against the keys at each request. It ends with the key, after
 * eight hours without a request, and at the gateway's end. A key has at most eight of them, of which the first ends for
 * a ninth; where there are a thousand, one that is used little ends for the next.
 */
@ApplicationScoped
public class Sessions {
    public static final String COOKIE = "stampede_console";

    private static final int MOST = 1000;
    private static final int MOST_OF_KEY = 8;
    private static final Duration IDLE = Duration.ofHours(8);
    private static final int TOKEN_BYTES = 32;

    private final KeyBook keys;
    private final boolean on;
    private final SecureRandom random = new SecureRandom();
    private final AtomicLong begun = new AtomicLong();
    /** By the hash of the session's token. */
    private final Cache<String, Session> open =
            Caffeine.newBuilder().maximumSize(MOST).expireAfterAccess(IDLE).build();

    /** @param number in the order in which they began */
    private record Session(Principal principal, long number) {}

    Sessions(KeyBook keys, ConsoleConfig config) {
        this.keys = keys;
        this.on = config.enabled();
    }

    /** Whether there is a console. */
    public boolean areOn() {
        return on;
    }

    /** The token that a request has as cookie; null if it has none, or several. */
    public static @Nullable String cookie(HttpServerRequest request) {
        Set<Cookie> given = request.cookies(COOKIE);
        return given.size() == 1 ? given.iterator().next().getValue() : null;
    }

    /** Whose key it is. One that is bound to a client certificate has no sessions. */
    public Check check(String key, long nowMs) {
        return keys.check("Bearer " + key.strip(), () -> null, nowMs);
    }

    /** Begins a session of somebody whose key was checked; returns its token, which only the browser keeps. */
    public String begin(Principal principal) {
        byte[] bytes = new byte[TOKEN_BYTES];
        random.nextBytes(bytes);
        String token = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
        endFirst(principal.id());
        open.put(hash(token), new Session(principal, begun.incrementAndGet()));
        return token;
    }

    /** Nobody throws others out by signing in again and again. */
    private synchronized void endFirst(String key) {
        List<Map.Entry<String, Session>> own = open.asMap().entrySet().stream()
                .filter(each -> each.getValue().principal.id().equals(key))
                .sorted(Comparator.comparing(each -> each.getValue().number))
                .toList();
        for (int i = 0; i <= own.size() - MOST_OF_KEY; i++) {
            open.invalidate(own.get(i).getKey());
        }
    }

    /** Ends a session, if there is one. */
    public void end(@Nullable String token) {
        if (token != null) {
            open.invalidate(hash(token));
        }
    }

    /** Says, as often as it is asked, whether a session is still open. To ask is no use of it. */
    public BooleanSupplier watch(String token) {
        String hash = hash(token);
        return () -> open.asMap().containsKey(hash);
    }

    /**
     * Whose session it is, with the scopes that he has now.
     *
     * @param token null if the request has none
     */
    public Check checkSession(@Nullable String token, long nowMs) {
        if (token == null) {
            return Check.Refused.MISSING;
        }
        Session session = open.getIfPresent(hash(token));
        if (session == null) {
            return Check.Refused.UNKNOWN;
        }
        Check check = keys.again(session.principal, nowMs);
        if (check instanceof Check.Refused || check instanceof Check.Barred) {
            end(token);
        }
        return check;
    }

    private static String hash(String token) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
            return Base64.getEncoder().encodeToString(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
