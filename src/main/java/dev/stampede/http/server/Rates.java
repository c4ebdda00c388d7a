package dev.stampede.http.server;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.stampede.access.KeyBook;
import dev.stampede.access.Principal;
import dev.stampede.access.RateLimit;
import dev.stampede.gateway.Gateway;
import dev.stampede.http.AnswerHeaders;
import dev.stampede.http.ConsolePath;
import dev.stampede.http.problem.Problem;
import dev.stampede.http.problem.Problems;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;

/**
 * Refuses calls of a key or of a member beyond the rate, before any of the body is read. Each gateway allows its part
 * of the rate: calls are spread, so the sum is about the rate, and no gateway has to ask another one. Calls that are
 * refused for another reason count too: nobody guesses ids faster than his rate.
 */
@ApplicationScoped
class Rates {
    private static final String TOO_MANY_OF_KEY =
            "There are too many calls with this key. Nothing was done. Wait before the next one.";
    private static final String TOO_MANY_OF_MEMBER =
            "There are too many calls of this member. Nothing was done. Wait before the next one.";
    private static final int MOST_MEMBERS = 100_000;
    /** A page of the console is made of so many calls of the API, more or less. */
    private static final double CALLS_OF_PAGE = 4;

    private final KeyBook keys;
    private final Problems problems;
    private final Bodies bodies;
    private final Counter refused;
    /** Calls per second; 0: no limit. */
    private final int ofAccount;
    /** By the principal's id. Whoever has not called for so long has a whole burst, as with a new meter. */
    private final Cache<String, RateMeter> ofKeys =
            Caffeine.newBuilder().expireAfterAccess(Duration.ofDays(30)).build();

    /** By program and account: anybody may be a member, so there is room for so many of the most frequent. */
    private final Cache<String, RateMeter> ofMembers = Caffeine.newBuilder()
            .maximumSize(MOST_MEMBERS)
            .expireAfterAccess(Duration.ofHours(1))
            .build();

    Rates(KeyBook keys, Gateway gateway, Problems problems, Bodies bodies, MeterRegistry registry) {
        this.keys = keys;
        this.ofAccount = gateway.rateLimitPerAccount();
        this.problems = problems;
        this.bodies = bodies;
        this.refused = Counter.builder("stampede.rate.limited")
                .description("Calls refused because their key or member had too many per second")
                .register(registry);
    }

    /**
     * Counts a call, and refuses it if its principal has no more calls now. Tells the limits in the headers of the
     * answer.
     *
     * @param ofAccounts whether the call is one of an account, which may have a limit, too
     * @return whether the call goes on; if not, it is answered
     */
    boolean allow(RoutingContext call, Principal principal, boolean ofAccounts) {
        RateLimit limit = principal.rateLimit();
        boolean isMember = principal.kind() == Principal.Kind.MEMBER;
        Problem.Limit whose = isMember ? Problem.Limit.MEMBER : Problem.Limit.KEY;
        if (limit != null) {
            AnswerHeaders.policy(call, whose.label(), limit.perSecond());
        }
        if (ofAccount > 0 && ofAccounts) {
            AnswerHeaders.policy(call, Problem.Limit.ACCOUNT.label(), ofAccount);
        }
        if (limit == null) {
            return true;
        }
        long now = System.nanoTime();
        int gateways = keys.gateways();
        RateMeter meter = isMember
                ? ofMembers.get(principal.program() + ' ' + principal.account(), id -> new RateMeter(now))
                : ofKeys.get(principal.id(), id -> new RateMeter(now));
        double burst = Math.max(1, (double) limit.burst() / gateways);
        double cost = ConsolePath.is(call) ? Math.min(CALLS_OF_PAGE, burst) : 1;
        RateMeter.Taken taken = meter.take((double) limit.perSecond() / gateways, burst, cost, now);
        AnswerHeaders.left(call, whose.label(), taken.left(), taken.waitSeconds());
        if (!taken.allowed()) {
            refused.increment();
            String detail = isMember ? TOO_MANY_OF_MEMBER : TOO_MANY_OF_KEY;
            problems.tooMany(call, whose, detail, taken.waitSeconds());
            bodies.discard(call);
        }
        return taken.allowed();
    }
}
