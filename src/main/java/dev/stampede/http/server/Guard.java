package dev.stampede.http.server;

import dev.stampede.access.Check;
import dev.stampede.access.KeyBook;
import dev.stampede.access.KeyText;
import dev.stampede.access.MemberTokens;
import dev.stampede.access.Principal;
import dev.stampede.access.Scope;
import dev.stampede.gateway.Gateway;
import dev.stampede.http.Caller;
import dev.stampede.http.RequestId;
import dev.stampede.http.Resources;
import dev.stampede.http.Resources.Need;
import dev.stampede.http.problem.ProblemCode;
import dev.stampede.http.problem.ProblemException;
import dev.stampede.http.problem.Problems;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.vertx.http.runtime.CurrentVertxRequest;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.lang.reflect.Method;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jboss.logging.Logger;
import org.jboss.resteasy.reactive.server.ServerRequestFilter;
import org.jboss.resteasy.reactive.server.SimpleResourceInfo;

/**
 * Finds out who makes a request, and refuses what he may not do, in this order: 401 without a valid credential, 404 for
 * another program and for another account, as if they did not exist, 403 for a missing scope. This comes before
 * anything else is told, and no refusal depends on how the path is written: one that is not well-formed is put into
 * normal form for this check, and refused after it.
 *
 * <p>Only the framework's pages, such as the API's document, need no credential. A resource is matched twice: here, so
 * that the refusal comes first, and by the framework, after which {@link #compare} looks again at the method that is
 * really called. Where the two did not agree, that one would refuse.
 */
@ApplicationScoped
public class Guard {
    private static final Logger LOG = Logger.getLogger(Guard.class);

    private static final Need NOBODY = new Need(0, false);
    private static final String PAGES = "/q/";
    private static final String BEARER = "Bearer ";
    private static final String UNAUTHENTICATED =
            "Send a valid API key, or a member's token, in the header Authorization: Bearer ...";
    private static final String STALE =
            "The gateway does not know now which credentials are valid. Nothing was done. Try again later.";
    private static final String BUSY = "Too many tokens wait for their check. Nothing was done. Try again later.";
    private static final String NO_MEMBERS = "Members cannot make this call.";

    private final KeyBook keys;
    private final MemberTokens members;
    private final Gateway gateway;
    private final Problems problems;
    private final Bodies bodies;
    private final CurrentVertxRequest current;
    private final MeterRegistry meters;
    private final Map<String, Counter> counters = new ConcurrentHashMap<>();
    private final Counter[] passed = new Counter[Principal.Kind.values().length];
    private final Map<Class<?>, Map<String, Need>> needs = new ConcurrentHashMap<>();

    Guard(
            KeyBook keys,
            MemberTokens members,
            Gateway gateway,
            Problems problems,
            Bodies bodies,
            CurrentVertxRequest current,
            MeterRegistry meters) {
        this.keys = keys;
        this.members = members;
        this.gateway = gateway;
        this.problems = problems;
        this.bodies = bodies;
        this.current = current;
        this.meters = meters;
        for (Principal.Kind kind : Principal.Kind.values()) {
            passed[kind.ordinal()] = counter(kind, "ok");
        }
    }

    /** A resource that says nothing of what it needs would only answer 403: that is a bug of this release. */
    void start(@Observes StartupEvent event) {
        if (!Resources.undeclared().isEmpty()) {
            throw new IllegalStateException("resources without @Needs: " + Resources.undeclared());
        }
    }

    void filters(@Observes Filters filters) {
        filters.register(this::guard, FilterOrder.GUARD.priority());
    }

    private void guard(RoutingContext call) {
        HttpServerRequest request = call.request();
        String path = request.path();
        if (path != null && path.startsWith(PAGES)) {
            call.next();
            return;
        }
        List<String> given = request.headers().getAll(HttpHeaders.AUTHORIZATION);
        String one = given.size() == 1 ? given.get(0) : null;
        if (one != null && isOfMember(one)) {
            checkMember(call, one.substring(BEARER.length()).strip());
        } else {
            decide(
                    call,
                    given.size() > 1 ? Check.Refused.MALFORMED : keys.check(one, gateway.nowMs()),
                    Principal.Kind.KEY);
        }
    }

    private boolean isOfMember(String authorization) {
        return members.isOn()
                && authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())
                && !authorization.startsWith(KeyText.BEGIN, BEARER.length());
    }

    /** A signature is checked on another thread; meanwhile nothing of the request is read. */
    private void checkMember(RoutingContext call, String token) {
        Future<Check> check = members.check(token, gateway.nowMs());
        if (check.isComplete()) {
            decide(call, check.result(), Principal.Kind.MEMBER);
            return;
        }
        call.request().pause();
        Context context = call.vertx().getOrCreateContext();
        check.onComplete(checked -> context.runOnContext(v -> {
            call.request().resume();
            if (checked.succeeded()) {
                decide(call, checked.result(), Principal.Kind.MEMBER);
            } else {
                call.fail(checked.cause());
            }
        }));
    }

    private void decide(RoutingContext call, Check check, Principal.Kind kind) {
        if (check instanceof Check.Passed valid) {
            String path = call.request().path();
            Caller.set(call, valid.principal());
            authorise(call, valid.principal(), path == null ? "/" : path);
        } else if (check instanceof Check.Refused why) {
            refuse(call, label(kind), result(why), ProblemCode.UNAUTHENTICATED, UNAUTHENTICATED);
        } else if (check == Check.Stale.BUSY) {
            refuse(call, label(kind), "busy", ProblemCode.OVERLOADED, BUSY);
        } else {
            refuse(call, label(kind), "stale", ProblemCode.UNAVAILABLE, STALE);
        }
    }

    private void authorise(RoutingContext call, Principal principal, String path) {
        Resources.Target target = Resources.target(
                call.request().method().name(), PathForm.isNormal(path) ? path : PathForm.normal(path));
        if (target.program() != null && !principal.mayCall(target.program())) {
            refuse(
                    call,
                    principal,
                    "other_program",
                    ProblemCode.PROGRAM_NOT_FOUND,
                    "There is no program with this id.");
        } else if (target.account() != null && !principal.mayCallAccount(target.account())) {
            refuse(
                    call,
                    principal,
                    "other_account",
                    ProblemCode.ACCOUNT_NOT_FOUND,
                    ProblemCode.ACCOUNT_NOT_FOUND.detail());
        } else if (target.need() != null && !target.need().allows(principal)) {
            refuse(call, principal, "forbidden", ProblemCode.FORBIDDEN, forbidden(target.need(), principal));
        } else {
            passed[principal.kind().ordinal()].increment();
            call.next();
        }
    }

    private static String forbidden(Need need, Principal principal) {
        return principal.hasAny(need.scopes())
                ? NO_MEMBERS
                : "The call needs " + Scope.anyOf(need.scopes()) + ", which this credential does not have.";
    }

    private static String result(Check.Refused why) {
        return why.name().toLowerCase(Locale.ROOT);
    }

    private void refuse(RoutingContext call, Principal principal, String result, ProblemCode code, String detail) {
        refuse(call, label(principal.kind()), result, code, detail);
    }

    private void refuse(RoutingContext call, String kind, String result, ProblemCode code, String detail) {
        counter(kind, result).increment();
        LOG.infof("request %s: %s (%s)", RequestId.of(call), code.code(), result);
        problems.refuse(call, code, detail);
        bodies.discard(call);
    }

    private static String label(Principal.Kind kind) {
        return kind.name().toLowerCase(Locale.ROOT);
    }

    private Counter counter(Principal.Kind kind, String result) {
        return counter(label(kind), result);
    }

    private Counter counter(String kind, String result) {
        return counters.computeIfAbsent(
                kind + ' ' + result,
                of -> Counter.builder("stampede.auth")
                        .description("Checked credentials, by the kind of principal and what became of them")
                        .tag("kind", kind)
                        .tag("result", result)
                        .register(meters));
    }

    /** The last check, on the method that the framework is about to call. */
    @ServerRequestFilter
    public void compare(SimpleResourceInfo resource) {
        Principal principal = Caller.ofAny(current.getCurrent());
        if (principal == null) {
            throw new ProblemException(ProblemCode.UNAUTHENTICATED, UNAUTHENTICATED);
        }
        Need need = needs.computeIfAbsent(resource.getResourceClass(), Guard::declared)
                .getOrDefault(resource.getMethodName(), NOBODY);
        if (!need.allows(principal)) {
            throw new ProblemException(ProblemCode.FORBIDDEN, forbidden(need, principal));
        }
    }

    /** Of two methods of one name both must be allowed. */
    private static Map<String, Need> declared(Class<?> resource) {
        Map<String, Need> declared = new TreeMap<>();
        for (Method method : resource.getMethods()) {
            declared.merge(method.getName(), Resources.need(method), Need::and);
        }
        return declared;
    }
}
