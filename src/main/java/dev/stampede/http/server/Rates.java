package dev.stampede.http.server;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.stampede.access.KeyBook;
import dev.stampede.access.Principal;
import dev.stampede.access.RateLimit;
import dev.stampede.gateway.Gateway;
import dev.stampede.http.AnswerHeaders;
import dev.stampede.http.problem.Problem;
import dev.stampede.http.problem.Problems;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;

/**
 * Refuses calls of a key beyond its rate, before any of the body is read. Each gateway allows its part of the rate:
 * calls are spread, so the sum is about the key's rate, and no gateway has to ask another one. Calls that are refused
 * for another reason count too: nobody guesses ids faster than his rate.
 */
@ApplicationScoped
class Rates {
    private static final String KEY = Problem.Limit.KEY.label();
    private static final String TOO_MANY =
            "There are too many calls with this key. Nothing was done. Wait before the next one.";

    private final KeyBook keys;
    private final Problems problems;
    private final Bodies bodies;
    private final Counter refused;
    /** Calls per second; 0: no limit. */
    private final int ofAccount;
    /** By the principal's id. Whoever has not called for so long has a whole burst, as with a new meter. */
    private final Cache<String, RateMeter> rates =
            Caffeine.newBuilder().expireAfterAccess(Duration.ofDays(30)).build();

    Rates(KeyBook keys, Gateway gateway, Problems problems, Bodies bodies, MeterRegistry registry) {
        this.keys = keys;
        this.ofAccount = gateway.rateLimitPerAccount();
        this.problems = problems;
        this.bodies = bodies;
        this.refused = Counter.builder("stampede.rate.limited")
                .description("Calls refused because their key had too many per second")
                .register(registry);
    }

    /**
     * Counts a call, and refuses it if its key has no more calls now. Tells the limits in the headers of the answer.
     *
     * @param ofAccounts whether the call is one of an account, which may have a limit, too
     * @return whether the call goes on; if not, it is answered
     */
    boolean allow(RoutingContext call, Principal principal, boolean ofAccounts) {
        RateLimit limit = principal.rateLimit();
        if (limit != null) {
            AnswerHeaders.policy(call, KEY, limit.perSecond());
        }
        if (ofAccount > 0 && ofAccounts) {
            AnswerHeaders.policy(call, Problem.Limit.ACCOUNT.label(), ofAccount);
        }
        if (limit == null) {
            return true;
        }
        long now = System.nanoTime();
        int gateways = keys.gateways();
        RateMeter.Taken taken = rates.get(principal.id(), id -> new RateMeter(now))
                .take((double) limit.perSecond() / gateways, Math.max(1, (double) limit.burst() / gateways), now);
        AnswerHeaders.left(call, KEY, taken.left(), taken.waitSeconds());
        if (!taken.allowed()) {
            refused.increment();
            problems.tooMany(call, Problem.Limit.KEY, TOO_MANY, taken.waitSeconds());
            bodies.discard(call);
        }
        return taken.allowed();
    }
}
