package dev.stampede.access;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.stampede.account.AccountId;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.Key;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jboss.logging.Logger;
import org.jose4j.jwa.AlgorithmConstraints;
import org.jose4j.jwa.AlgorithmConstraints.ConstraintType;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.jwt.MalformedClaimException;
import org.jose4j.jwt.NumericDate;
import org.jose4j.jwt.consumer.InvalidJwtException;
import org.jose4j.lang.JoseException;
import org.jspecify.annotations.Nullable;

/**
 * Checks the tokens of members: JSON Web Tokens (RFC 7519) that an issuer outside has signed, each for one account.
 *
 * <p>Everything that costs nothing is checked first, on the caller's thread: the length, the algorithm and that it fits
 * the key, who issued it for whom, and its times. The signature takes up to a millisecond (62 us RSA, 840 us ES256 on
 * Java 17): threads of their own check it, and no more than 64 wait for them. A token that was valid is not checked
 * again for up to a minute. What is wrong is never remembered, because anybody can make as much of that as he likes.
 */
@ApplicationScoped
public class MemberTokens {
    private static final Logger LOG = Logger.getLogger(MemberTokens.class);

    public static final String SETTINGS = "stampede.members";

    /** The scopes of each member. */
    public static final int READING = Scope.READ.bit();

    /** The scopes of a member whose token lets him pay. */
    public static final int PAYING = READING | Scope.REDEEM.bit() | Scope.HOLD.bit();

    static final int MOST_CHARACTERS = 4096;
    static final int MOST_WAITING = 64;
    private static final int MOST_REMEMBERED = 10_000;
    private static final Duration REMEMBERED = Duration.ofSeconds(60);
    private static final long LEEWAY_SECONDS = 30;
    private static final long LONGEST_SECONDS = Duration.ofHours(24).toSeconds();
    private static final String MAY_REDEEM = "points:redeem";
    private static final AlgorithmConstraints ALGORITHMS =
            new AlgorithmConstraints(ConstraintType.PERMIT, TokenAlgorithms.NAMES);

    private final MembersConfig config;
    private final MeterRegistry meters;
    private final Cache<String, Check> valid = Caffeine.newBuilder()
            .maximumSize(MOST_REMEMBERED)
            .expireAfterWrite(REMEMBERED)
            .build();

    /** Of each member; null for none. */
    private final @Nullable RateLimit rateLimit;

    private volatile @Nullable IssuerKeys keys;
    private volatile @Nullable ThreadPoolExecutor threads;
    private volatile Runnable close = () -> {};

    MemberTokens(MembersConfig config, MeterRegistry meters) {
        this.config = config;
        this.meters = meters;
        this.rateLimit = config.perSecond() == 0 ? null : new RateLimit(config.perSecond(), config.burst());
    }

    /** A token of which only the signature is not checked. */
    private record Unproven(JsonWebSignature signature, Key key, Check.Passed passed) {
        Check prove() {
            signature.setKey(key);
            try {
                return signature.verifySignature() ? passed : Check.Refused.UNKNOWN;
            } catch (JoseException | RuntimeException e) { // a header may have any type
                return Check.Refused.MALFORMED;
            }
        }
    }

    /** What is wrong with the configuration, one line each. */
    public static List<String> flaws(
            Optional<String> issuer, Optional<String> audience, Optional<String> publicKey, Optional<String> jwksUrl) {
        List<String> flaws = new ArrayList<>();
        if (publicKey.isEmpty() && jwksUrl.isEmpty()) {
            if (issuer.isPresent() || audience.isPresent()) {
                flaws.add(SETTINGS + " needs a public-key or a jwks-url");
            }
            return flaws;
        }
        if (issuer.isEmpty() || audience.isEmpty()) {
            flaws.add(SETTINGS + " needs an issuer and an audience");
        }
        if (publicKey.isPresent() && jwksUrl.isPresent()) {
            flaws.add(SETTINGS + " has both a public-key and a jwks-url");
        }
        publicKey.ifPresent(key -> check("public-key", () -> OneKey.of(key), flaws));
        jwksUrl.ifPresent(url -> check("jwks-url", () -> PublishedKeys.url(url), flaws));
        return flaws;
    }

    private static void check(String name, Supplier<?> read, List<String> flaws) {
        try {
            var unused = read.get();
        } catch (IllegalArgumentException e) {
            flaws.add(SETTINGS + "." + name + ": " + e.getMessage());
        }
    }

    /** Whether tokens are accepted at all. */
    public boolean isOn() {
        return config.publicKey().isPresent() || config.jwksUrl().isPresent();
    }

    /**
     * Reads the keys. An issuer that does not answer does not hinder the start: until it does, nobody knows which
     * tokens are valid.
     *
     * @throws IllegalArgumentException if the configuration is incomplete, or its key cannot be used
     */
    public Future<Void> start(Vertx vertx) {
        if (!isOn()) {
            return Future.succeededFuture();
        }
        List<String> flaws = flaws(
                config.issuer(),
                config.audience(),
                config.publicKey(),
                config.jwksUrl().map(URI::toString));
        if (!flaws.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", flaws));
        }
        ThreadPoolExecutor workers = new ThreadPoolExecutor(
                1,
                Math.max(1, Runtime.getRuntime().availableProcessors() / 2),
                60,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(MOST_WAITING),
                task -> {
                    Thread thread = new Thread(task, "member-tokens");
                    thread.setDaemon(true);
                    return thread;
                });
        threads = workers;
        Optional<String> key = config.publicKey();
        if (key.isPresent()) {
            keys = OneKey.of(key.get());
            close = workers::shutdown;
            return Future.succeededFuture();
        }
        PublishedKeys published = new PublishedKeys(vertx, config.jwksUrl().orElseThrow(), meters);
        keys = published;
        close = () -> {
            workers.shutdown();
            published.close();
        };
        return published.fetch().otherwise(e -> {
            LOG.warnf("the keys of members' tokens cannot be read, trying again: %s", e.getMessage());
            return null;
        });
    }

    public void stop() {
        close.run();
    }

    /**
     * Checks a token. The answer is there at once but if a signature has to be checked.
     *
     * @param token without {@code Bearer}
     * @param nowMs the time, in ms since the epoch
     */
    public Future<Check> check(String token, long nowMs) {
        IssuerKeys issuer = keys;
        ThreadPoolExecutor workers = threads;
        if (issuer == null || workers == null || token.length() > MOST_CHARACTERS || isNotOfThreeParts(token)) {
            return Future.succeededFuture(Check.Refused.MALFORMED);
        }
        String digest = digest(token);
        Check known = valid.getIfPresent(digest);
        if (known instanceof Check.Passed passed) {
            return Future.succeededFuture(nowMs < passed.principal().validUntilMs() ? passed : Check.Refused.EXPIRED);
        }
        JsonWebSignature signature = new JsonWebSignature();
        signature.setAlgorithmConstraints(ALGORITHMS);
        try {
            signature.setCompactSerialization(token);
            JwtClaims claims = JwtClaims.parse(signature.getUnverifiedPayload());
            Check check = check(claims, nowMs);
            if (!(check instanceof Check.Passed passed)) {
                return Future.succeededFuture(check);
            }
            if (!issuer.areKnown()) {
                return Future.succeededFuture(Check.Stale.STALE);
            }
            Key key = issuer.find(signature.getKeyIdHeaderValue());
            return key != null && TokenAlgorithms.fits(signature.getAlgorithmHeaderValue(), key)
                    ? prove(new Unproven(signature, key, passed), digest, workers)
                    : Future.succeededFuture(Check.Refused.UNKNOWN);
        } catch (JoseException | InvalidJwtException | MalformedClaimException | RuntimeException e) {
            return Future.succeededFuture(Check.Refused.MALFORMED);
        }
    }

    private Future<Check> prove(Unproven token, String digest, ThreadPoolExecutor workers) {
        Promise<Check> proved = Promise.promise();
        try {
            workers.execute(() -> {
                try {
                    Check check = token.prove();
                    if (check == token.passed) {
                        valid.put(digest, check);
                    }
                    proved.complete(check);
                } catch (RuntimeException e) {
                    proved.fail(e);
                }
            });
        } catch (RejectedExecutionException e) {
            return Future.succeededFuture(Check.Stale.BUSY);
        }
        return proved.future();
    }

    /** Everything but the signature. */
    private Check check(JwtClaims claims, long nowMs) throws MalformedClaimException {
        NumericDate expires = claims.getExpirationTime();
        NumericDate issued = claims.getIssuedAt();
        NumericDate from = claims.getNotBefore();
        String account = claims.hasClaim(config.accountClaim())
                ? claims.getStringClaimValue(config.accountClaim())
                : claims.getSubject();
        String program = config.programClaim().isEmpty()
                ? null
                : claims.getStringClaimValue(config.programClaim().get());
        if (expires == null
                || issued == null
                || account == null
                || !AccountId.valid(account)
                || (config.programClaim().isPresent() && program == null)
                || !config.issuer().orElseThrow().equals(claims.getIssuer())
                || !claims.getAudience().contains(config.audience().orElseThrow())) {
            return Check.Refused.UNKNOWN;
        }
        long now = Math.floorDiv(nowMs, 1000);
        if (issued.getValue() > now + LEEWAY_SECONDS
                || expires.getValue() > issued.getValue() + LONGEST_SECONDS
                || (from != null && from.getValue() > now + LEEWAY_SECONDS)) {
            return Check.Refused.UNKNOWN;
        }
        long until = expires.getValue() + LEEWAY_SECONDS;
        if (until <= now) { // in seconds: a time long ago has no milliseconds in 64 bits
            return Check.Refused.EXPIRED;
        }
        return new Check.Passed(new Principal(
                Principal.Kind.MEMBER,
                Principal.OF_MEMBERS + account,
                program,
                account,
                scopes(claims),
                null,
                until * 1000,
                rateLimit,
                0));
    }

    private int scopes(JwtClaims claims) throws MalformedClaimException {
        Object words = claims.getClaimValue(config.scopeClaim());
        List<?> all = words instanceof List<?> list
                ? list
                : Arrays.asList(String.valueOf(words).split(" "));
        return all.contains(MAY_REDEEM) ? PAYING : READING;
    }

    private static boolean isNotOfThreeParts(String token) {
        int first = token.indexOf('.');
        int second = token.indexOf('.', first + 1);
        return first <= 0 || second <= first + 1 || second == token.length() - 1 || token.indexOf('.', second + 1) >= 0;
    }

    /** What is remembered of a token: a heap dump must not have it. */
    private static String digest(String token) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
