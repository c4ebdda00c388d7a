package dev.stampede.http.server;

import dev.stampede.access.Check;
import dev.stampede.access.KeyBook;
import dev.stampede.access.KeyText;
import dev.stampede.access.MemberTokens;
import dev.stampede.access.Principal;
import dev.stampede.access.Sessions;
import dev.stampede.access.StreamTickets;
import dev.stampede.account.AccountId;
import dev.stampede.gateway.Gateway;
import dev.stampede.http.Caller;
import dev.stampede.http.ConsolePath;
import dev.stampede.http.CredentialMeter;
import dev.stampede.http.Resources;
import dev.stampede.http.Resources.Need;
import dev.stampede.http.Resources.Target;
import dev.stampede.http.problem.ProblemCode;
import dev.stampede.http.problem.ProblemException;
import dev.stampede.http.problem.Problems;
import dev.stampede.http.request.Permission;
import io.micrometer.core.instrument.Counter;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.vertx.http.runtime.CurrentVertxRequest;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.lang.reflect.Method;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jboss.logging.Logger;
import org.jboss.resteasy.reactive.server.ServerRequestFilter;
import org.jboss.resteasy.reactive.server.SimpleResourceInfo;
import org.jspecify.annotations.Nullable;

/**
 * Finds out who makes a request, and refuses what he may not do, in this order: 401 without a valid credential, 429
 * beyond the key's rate, 404 for another program and for another account, as if they did not exist, 403 for a missing
 * scope. This comes before anything else is told, and no refusal depends on how the path is written: one that is not
 * well-formed is put into normal form for this check, and refused after it.
 *
 * <p>Only the framework's pages, such as the API's document, and calls that say so need no credential. The console
 * takes the cookie of a session in place of a key, and nothing else takes it. A resource is matched twice: here, so
 * that the refusal comes first, and by the framework, after which {@link #compare} looks again at the method that is
 * really called. Where the two did not agree, that one would refuse.
 */
@ApplicationScoped
public class Guard {
    private static final Logger LOG = Logger.getLogger(Guard.class);

    private static final String PAGES = "/q/";
    private static final String BEARER = "Bearer ";
    private static final String TICKET = "ticket";
    private static final String UNAUTHENTICATED =
            "Send a valid API key, or a member's token, in the header Authorization: Bearer ...";
    private static final String STALE =
            "The gateway does not know now which credentials are valid. Nothing was done. Try again later.";
    private static final String BUSY = "Too many tokens wait for their check. Nothing was done. Try again later.";
    private static final String SESSION = "session";
    private static final String FOREIGN = "A page of another site has sent this. Nothing was done.";

    private final KeyBook keys;
    private final MemberTokens members;
    private final Sessions sessions;
    private final StreamTickets tickets;
    private final Gateway gateway;
    private final Problems problems;
    private final Bodies bodies;
    private final Rates rates;
    private final CurrentVertxRequest current;
    private final CredentialMeter meter;
    private final Counter[] passed = new Counter[Principal.Kind.values().length];
    private final Map<Class<?>, Map<String, Need>> needs = new ConcurrentHashMap<>();

    Guard(
            KeyBook keys,
            MemberTokens members,
            Sessions sessions,
            StreamTickets tickets,
            Gateway gateway,
            Problems problems,
            Bodies bodies,
            Rates rates,
            CurrentVertxRequest current,
            CredentialMeter meter) {
        this.keys = keys;
        this.members = members;
        this.sessions = sessions;
        this.tickets = tickets;
        this.gateway = gateway;
        this.problems = problems;
        this.bodies = bodies;
        this.rates = rates;
        this.current = current;
        this.meter = meter;
        for (Principal.Kind kind : Principal.Kind.values()) {
            passed[kind.ordinal()] = meter.counter(CredentialMeter.label(kind), "ok");
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
        String path = request.path() == null ? "/" : request.path();
        if (path.startsWith(PAGES)) {
            call.next();
            return;
        }
        boolean normal = PathForm.isNormal(path);
        String meant = normal ? path : PathForm.normal(path);
        Target target = Resources.target(request.method().name(), meant);
        Need need = target.need();
        if (ConsolePath.is(meant) && !sessions.areOn()) {
            refuse(call, SESSION, CredentialMeter.NO_KEY, "off", ProblemCode.NOT_FOUND, ProblemCode.NOT_FOUND.detail());
            return;
        }
        if (ConsolePath.is(meant) && isForeign(request)) {
            refuse(call, SESSION, CredentialMeter.NO_KEY, "foreign", ProblemCode.FORBIDDEN, FOREIGN);
            return;
        }
        if (need != null && need.nothing()) {
            call.next();
            return;
        }
        if (ConsolePath.is(meant)) { // no other credential counts here, and no session elsewhere
            String token = Sessions.cookie(request);
            if (token != null) {
                Caller.setSession(call, sessions.watch(token));
            }
            decide(call, target, sessions.checkSession(token, gateway.nowMs()), SESSION);
            return;
        }
        List<String> given = request.headers().getAll(HttpHeaders.AUTHORIZATION);
        String one = given.size() == 1 ? given.get(0) : null;
        String ticket = given.isEmpty() && normal && need != null && need.orTicket() ? ticket(request) : null;
        if (ticket != null) {
            decideLater(call, target, checkTicket(request, target, ticket), TICKET);
        } else if (one != null && isOfMember(one)) {
            String token = one.substring(BEARER.length()).strip();
            decideLater(
                    call, target, members.check(token, gateway.nowMs()), CredentialMeter.label(Principal.Kind.MEMBER));
        } else {
            Check check = given.size() > 1
                    ? Check.Refused.MALFORMED
                    : keys.check(one, () -> ClientCertificates.sha256(request), gateway.nowMs());
            decide(call, target, check, CredentialMeter.label(Principal.Kind.KEY));
        }
    }

    /** Whether a page of somebody else has sent it; browsers say so of all that is no plain reading. */
    private static boolean isForeign(HttpServerRequest request) {
        if (request.method().equals(HttpMethod.GET) || request.method().equals(HttpMethod.HEAD)) {
            return false;
        }
        String site = request.getHeader("Sec-Fetch-Site");
        String origin = request.getHeader(HttpHeaders.ORIGIN);
        return (site != null && !site.equals("same-origin")) || (origin != null && !isOf(origin, request));
    }

    private static boolean isOf(String origin, HttpServerRequest request) {
        int host = origin.indexOf("://") + "://".length(); // of none it is less: "null", or no origin at all
        return host > "://".length()
                && origin.substring(host).equalsIgnoreCase(String.valueOf(request.getHeader(HttpHeaders.HOST)));
    }

    private boolean isOfMember(String authorization) {
        return members.isOn()
                && authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())
                && !authorization.startsWith(KeyText.BEGIN, BEARER.length());
    }

    /** The ticket in the query, which has no character that would be encoded there; null if there is not one. */
    private static @Nullable String ticket(HttpServerRequest request) {
        String ticket = null;
        if (request.query() != null && request.method().equals(HttpMethod.GET)) {
            for (String parameter : request.query().split("&", -1)) {
                if (parameter.startsWith(TICKET + "=")) {
                    if (ticket != null) {
                        return null;
                    }
                    ticket = parameter.substring(TICKET.length() + 1);
                }
            }
        }
        return ticket;
    }

    /** A ticket is for one account, and is used up only if all else about it is right. */
    private Future<Check> checkTicket(HttpServerRequest request, Target target, String text) {
        String program = target.program();
        String id = target.account();
        if (program == null || id == null || !AccountId.valid(program) || !AccountId.valid(id)) {
            return Future.succeededFuture(Check.Refused.UNKNOWN);
        }
        AccountId account = AccountId.of(program, id);
        long nowMs = gateway.nowMs();
        StreamTickets.Valid ticket = tickets.check(account, text, nowMs);
        if (ticket == null) {
            return Future.succeededFuture(Check.Refused.UNKNOWN);
        }
        Principal principal = Principal.ofTicket(ticket.principal(), ticket.secret(), program, id, ticket.untilMs());
        if (principal.kind() != Principal.Kind.MEMBER && keys.isStale()) {
            return Future.succeededFuture(Check.Stale.STALE);
        }
        if (!keys.allows(principal, () -> ClientCertificates.sha256(request))) {
            return Future.succeededFuture(barred(Check.Refused.CERTIFICATE, principal));
        }
        return keys.isValid(principal, nowMs)
                ? gateway.useTicket(account, ticket.nonce())
                        .<Check>map(now -> now ? new Check.Passed(principal) : barred(Check.Refused.USED, principal))
                        .otherwise(e -> {
                            LOG.debugf("a ticket cannot be checked: %s", e.getMessage());
                            return Check.Stale.STALE;
                        })
                : Future.succeededFuture(barred(Check.Refused.EXPIRED, principal));
    }

    private static Check barred(Check.Refused why, Principal principal) {
        return principal.kind() == Principal.Kind.MEMBER ? why : new Check.Barred(why, principal.id());
    }

    /** Meanwhile nothing of the request is read: a signature is checked on another thread, a ticket by Redis. */
    private void decideLater(RoutingContext call, Target target, Future<Check> check, String kind) {
        if (check.succeeded()) {
            decide(call, target, check.result(), kind);
            return;
        }
        call.request().pause();
        Context context = call.vertx().getOrCreateContext();
        check.onComplete(checked -> context.runOnContext(v -> {
            call.request().resume();
            if (checked.succeeded()) {
                decide(call, target, checked.result(), kind);
            } else {
                call.fail(checked.cause());
            }
        }));
    }

    private void decide(RoutingContext call, Target target, Check check, String kind) {
        if (check instanceof Check.Passed valid) {
            Caller.set(call, valid.principal());
            if (rates.allow(call, valid.principal(), target.account() != null)) {
                authorise(call, target, valid.principal());
            }
        } else if (check == Check.Stale.BUSY) {
            refuse(call, kind, check, ProblemCode.OVERLOADED, BUSY);
        } else if (check == Check.Stale.STALE) {
            refuse(call, kind, check, ProblemCode.UNAVAILABLE, STALE);
        } else {
            refuse(call, kind, check, ProblemCode.UNAUTHENTICATED, UNAUTHENTICATED);
        }
    }

    private void refuse(RoutingContext call, String kind, Check check, ProblemCode code, String detail) {
        refuse(call, kind, CredentialMeter.key(check), CredentialMeter.result(check), code, detail);
    }

    private void authorise(RoutingContext call, Target target, Principal principal) {
        Permission permission = Permission.of(target, principal);
        if (permission == Permission.GRANTED) {
            passed[principal.kind().ordinal()].increment();
            call.next();
        } else {
            String detail = permission.detail(target, principal);
            String key = principal.kind() == Principal.Kind.MEMBER ? CredentialMeter.NO_KEY : principal.id();
            refuse(call, CredentialMeter.label(principal.kind()), key, permission.label(), permission.code(), detail);
        }
    }

    /** @param key the id of the key whose secret was right, or {@link CredentialMeter#NO_KEY} */
    private void refuse(RoutingContext call, String kind, String key, String result, ProblemCode code, String detail) {
        meter.refused(call, kind, key, result, code.code());
        problems.refuse(call, code, detail);
        bodies.discard(call);
    }

    /**
     * The last check, on the method that the framework is about to call. The body has come meanwhile, which may have
     * taken a while: what has ended since then does nothing any more.
     */
    @ServerRequestFilter
    public void compare(SimpleResourceInfo resource) {
        Need need = needs.computeIfAbsent(resource.getResourceClass(), Guard::declared)
                .getOrDefault(resource.getMethodName(), Need.NOBODY);
        if (need.nothing()) {
            return;
        }
        Principal principal = Caller.ofAny(current.getCurrent());
        if (principal == null) {
            throw new ProblemException(ProblemCode.UNAUTHENTICATED, UNAUTHENTICATED);
        }
        if (!keys.isValid(principal, gateway.nowMs())) {
            boolean stale = principal.kind() != Principal.Kind.MEMBER && keys.isStale();
            meter.counter(CredentialMeter.label(principal.kind()), stale ? "stale" : "ended")
                    .increment();
            throw stale
                    ? new ProblemException(ProblemCode.UNAVAILABLE, STALE)
                    : new ProblemException(ProblemCode.UNAUTHENTICATED, UNAUTHENTICATED);
        }
        if (!need.allows(principal)) {
            throw new ProblemException(ProblemCode.FORBIDDEN, Permission.forbidden(need, principal));
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
