package dev.stampede.access;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.Key;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import org.jboss.logging.Logger;
import org.jose4j.jwk.JsonWebKey;
import org.jose4j.jwk.JsonWebKeySet;
import org.jose4j.jwk.PublicJsonWebKey;
import org.jose4j.lang.JoseException;
import org.jspecify.annotations.Nullable;

/**
 * The keys that an issuer publishes as a JSON Web Key Set (RFC 7517), in memory. They are fetched every 10 minutes, and
 * when a token names a key that is not among them, but then at most every 30 s, and never while a request waits for it.
 * While the issuer cannot be reached, the last set goes on for 24 hours.
 */
final class PublishedKeys implements IssuerKeys {
    private static final Logger LOG = Logger.getLogger(PublishedKeys.class);

    static final int MOST_BYTES = 64 * 1024;
    static final int MOST_KEYS = 20;
    private static final long LIMIT_MS = 3000;
    private static final long EVERY_MS = Duration.ofMinutes(10).toMillis();
    private static final long MAX_AGE_NANOS = Duration.ofHours(24).toNanos();
    static final Duration SOONEST = Duration.ofSeconds(30);

    /** Whatever the DNS says: it could say something else later. */
    private static final Pattern LOOPBACK =
            Pattern.compile("localhost|127(\\.[0-9]{1,3}){3}|\\[(0{0,4}:){2,7}0{0,3}1]", Pattern.CASE_INSENSITIVE);

    private final Vertx vertx;
    private final HttpClient client;
    private final RequestOptions request;
    private final URI url;
    private final long timer;
    private final AtomicLong asked;

    private volatile Map<String, Key> keys = Map.of();
    private volatile @Nullable Long fetchedNanos;

    /** @param url as {@link #url} has read it */
    PublishedKeys(Vertx vertx, URI url, MeterRegistry meters) {
        this.vertx = vertx;
        this.url = url;
        this.client = vertx.createHttpClient(new HttpClientOptions()
                .setConnectTimeout((int) LIMIT_MS)
                .setKeepAlive(false)
                .setMaxPoolSize(1)
                .setMaxWaitQueueSize(1));
        this.request = new RequestOptions()
                .setMethod(HttpMethod.GET)
                .setAbsoluteURI(url.toString())
                .setFollowRedirects(false)
                .putHeader("Accept", "application/json");
        this.asked = new AtomicLong(System.nanoTime() - SOONEST.toNanos());
        this.timer = vertx.setPeriodic(EVERY_MS, id -> fetchAndTell());
        Gauge.builder("stampede.jwks.age", this, PublishedKeys::ageSeconds)
                .baseUnit("seconds")
                .description("Age of the issuer's keys for members' tokens. Beyond a day such tokens are refused")
                .register(meters);
    }

    /** @throws IllegalArgumentException if tokens could be forged by whoever is between this machine and the URL */
    static URI url(String text) {
        URI url = URI.create(text);
        String host = url.getHost();
        if (host == null
                || !("https".equals(url.getScheme())
                        || ("http".equals(url.getScheme())
                                && LOOPBACK.matcher(host).matches()))) {
            throw new IllegalArgumentException(
                    "keys are fetched by https, or by http from this machine, not from " + url);
        }
        return url;
    }

    /** In seconds; infinite before the first set. */
    private double ageSeconds() {
        Long fetched = fetchedNanos;
        return fetched == null ? Double.POSITIVE_INFINITY : (System.nanoTime() - fetched) / 1e9;
    }

    @Override
    public boolean areKnown() {
        Long fetched = fetchedNanos;
        boolean known = fetched != null && System.nanoTime() - fetched <= MAX_AGE_NANOS;
        if (!known) {
            askAgain();
        }
        return known;
    }

    /** A token that names no key can be meant for the only one. */
    @Override
    public @Nullable Key find(@Nullable String id) {
        Map<String, Key> all = keys;
        if (id == null) {
            return all.size() == 1 ? all.values().iterator().next() : null;
        }
        Key found = all.get(id);
        if (found == null) {
            askAgain();
        }
        return found;
    }

    private void askAgain() {
        long now = System.nanoTime();
        long before = asked.get();
        if (now - before >= SOONEST.toNanos() && asked.compareAndSet(before, now)) {
            fetchAndTell();
        }
    }

    private void fetchAndTell() {
        fetch().onFailure(e -> LOG.warnf("the keys at %s cannot be read, trying again: %s", url, e.getMessage()));
    }

    /** Takes the present set; if that fails, the one before stays. */
    Future<Void> fetch() {
        asked.set(System.nanoTime());
        long began = System.nanoTime();
        Promise<Buffer> body = Promise.promise();
        long limit = vertx.setTimer(LIMIT_MS, id -> body.tryFail("no whole answer within " + LIMIT_MS + " ms"));
        client.request(request).onFailure(body::tryFail).onSuccess(connected -> send(connected, body));
        return body.future()
                .onComplete(done -> vertx.cancelTimer(limit))
                .compose(json -> vertx.executeBlocking(() -> read(json.toString(StandardCharsets.UTF_8)), false))
                .map(read -> {
                    keys = read;
                    fetchedNanos = began;
                    return null;
                });
    }

    private static void send(HttpClientRequest request, Promise<Buffer> body) {
        body.future().onFailure(e -> request.reset());
        request.send().onFailure(body::tryFail).onSuccess(response -> receive(response, body));
    }

    private static void receive(HttpClientResponse response, Promise<Buffer> body) {
        response.exceptionHandler(body::tryFail);
        if (response.statusCode() != 200) {
            body.tryFail("the answer was " + response.statusCode());
            return;
        }
        Buffer read = Buffer.buffer();
        response.handler(chunk -> {
                    if (read.length() + chunk.length() > MOST_BYTES) {
                        body.tryFail("the answer has more than " + MOST_BYTES + " bytes");
                    } else {
                        read.appendBuffer(chunk);
                    }
                })
                .endHandler(v -> body.tryComplete(read));
    }

    /** A key that this gateway cannot use, or not safely, is left out: an issuer may have others for others. */
    private static Map<String, Key> read(String json) throws JoseException {
        List<JsonWebKey> set = new JsonWebKeySet(json).getJsonWebKeys();
        if (set.size() > MOST_KEYS) {
            throw new JoseException("there are more than " + MOST_KEYS + " keys");
        }
        Map<String, Key> keys = new HashMap<>();
        for (JsonWebKey each : set) {
            if (each instanceof PublicJsonWebKey key && !"enc".equals(each.getUse())) {
                try {
                    String id = key.getKeyId() == null ? "" : key.getKeyId();
                    keys.put(id, TokenAlgorithms.strong(key.getPublicKey()));
                } catch (IllegalArgumentException e) {
                    LOG.warnf("the issuer's key %s is left out: %s", key.getKeyId(), e.getMessage());
                }
            }
        }
        if (keys.isEmpty()) {
            throw new JoseException("there is no key for signatures of tokens");
        }
        return Map.copyOf(keys);
    }

    void close() {
        vertx.cancelTimer(timer);
        client.close().onFailure(e -> LOG.debugf("closing: %s", e.getMessage()));
    }
}
