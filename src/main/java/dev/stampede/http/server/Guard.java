package dev.stampede.http.server;

import dev.stampede.access.Check;
import dev.stampede.access.KeyBook;
import dev.stampede.access.Principal;
import dev.stampede.access.Scope;
import dev.stampede.gateway.Gateway;
import dev.stampede.http.Caller;
import dev.stampede.http.RequestId;
import dev.stampede.http.Resources;
import dev.stampede.http.problem.ProblemCode;
import dev.stampede.http.problem.ProblemException;
import dev.stampede.http.problem.Problems;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.vertx.http.runtime.CurrentVertxRequest;
import io.quarkus.vertx.http.runtime.filters.Filters;
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

    private static final String PAGES = "/q/";
    private static final String UNAUTHENTICATED = "Send a valid API key in the header Authorization: Bearer stk_...";
    private static final String STALE =
            "The gateway does not know which keys have been revoked. Nothing was done. Try again later.";

    private final KeyBook keys;
    private final Gateway gateway;
    private final Problems problems;
    private final Bodies bodies;
    private final CurrentVertxRequest current;
    private final MeterRegistry meters;
    private final Map<String, Counter> counters = new ConcurrentHashMap<>();
    private final Counter[] passed = new Counter[Principal.Kind.values().length];
    private final Map<Class<?>, Map<String, Integer>> needs = new ConcurrentHashMap<>();

    Guard(
            KeyBook keys,
            Gateway gateway,
            Problems problems,
            Bodies bodies,
            CurrentVertxRequest current,
            MeterRegistry meters) {
        this.keys = keys;
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
        Check check = given.size() > 1
                ? Check.Refused.MALFORMED
                : keys.check(given.isEmpty() ? null : given.get(0), gateway.nowMs());
        if (check instanceof Check.Passed valid) {
            Caller.set(call, valid.principal());
            authorise(call, valid.principal(), path == null ? "/" : path);
        } else if (check instanceof Check.Refused why) {
            refuse(call, "key", result(why), ProblemCode.UNAUTHENTICATED, UNAUTHENTICATED);
        } else {
            refuse(call, "key", "stale", ProblemCode.UNAVAILABLE, STALE);
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
        } else if (target.needs() != null && !principal.hasAny(target.needs())) {
            refuse(call, principal, "forbidden", ProblemCode.FORBIDDEN, needs(target.needs()));
        } else {
            passed[principal.kind().ordinal()].increment();
            call.next();
        }
    }

    private static String needs(int scopes) {
        return "The call needs " + Scope.anyOf(scopes) + ", which this credential does not have.";
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
        int scopes = needs.computeIfAbsent(resource.getResourceClass(), Guard::declared)
                .getOrDefault(resource.getMethodName(), 0);
        if (!principal.hasAny(scopes)) {
            throw new ProblemException(ProblemCode.FORBIDDEN, needs(scopes));
        }
    }

    /** Of two methods of one name both must be allowed. */
    private static Map<String, Integer> declared(Class<?> resource) {
        Map<String, Integer> declared = new TreeMap<>();
        for (Method method : resource.getMethods()) {
            declared.merge(method.getName(), Resources.needs(method), (one, other) -> one & other);
        }
        return declared;
    }
}
