package dev.stampede.http.request;

import dev.stampede.access.Principal;
import dev.stampede.http.Caller;
import dev.stampede.http.Resources;
import dev.stampede.http.Resources.Target;
import dev.stampede.http.problem.ProblemException;
import io.quarkus.arc.Arc;
import io.quarkus.arc.InjectableContext;
import io.quarkus.arc.ManagedContext;
import io.quarkus.vertx.http.runtime.CurrentVertxRequest;
import io.smallrye.mutiny.Uni;
import io.vertx.core.MultiMap;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.spi.CDI;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Response;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.nio.charset.StandardCharsets;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Makes calls of the API within the gateway, for the caller of the request that is being served: the same check of what
 * he may do, and the same method of the same resource, as if he had sent the call. Nothing else is asked on the way:
 * what a request passes before a resource, this request has passed.
 */
@ApplicationScoped
public class ApiCalls {
    private final CurrentVertxRequest current;

    ApiCalls(CurrentVertxRequest current) {
        this.current = current;
    }

    /**
     * What a call was answered.
     *
     * @param body null if it has none
     */
    public record Told(int status, @Nullable Object body) {}

    /** Whether the caller may make the call, as far as his credential goes. */
    public boolean allows(ApiCall call) {
        Method method = Resources.method(call.method(), call.template());
        return method != null && Permission.of(target(call, method), caller()) == Permission.GRANTED;
    }

    /**
     * Makes the call now: whoever makes several does so before the first is answered. Fails as the resource does, or
     * with {@link ProblemException} if the caller may not make it.
     *
     * @throws IllegalArgumentException if there is no such call
     */
    public Uni<Told> make(ApiCall call) {
        Method method = Resources.method(call.method(), call.template());
        if (method == null) {
            throw new IllegalArgumentException("no such call: " + call.method() + " " + call.template());
        }
        Target target = target(call, method);
        Permission permission = Permission.of(target, caller());
        if (permission != Permission.GRANTED) {
            return Uni.createFrom()
                    .failure(new ProblemException(permission.code(), permission.detail(target, caller())));
        }
        RoutingContext request = current.getCurrent();
        MultiMap parameters = MultiMap.caseInsensitiveMultiMap();
        call.parameters().forEach(parameters::add);
        MultiMap headers = MultiMap.caseInsensitiveMultiMap();
        if (call.key() != null) {
            headers.add(IdempotencyKey.HEADER, call.key());
        }
        new WithinGateway(parameters, headers).begin(request);
        try {
            return answer(call, method).map(ApiCalls::told);
        } finally {
            WithinGateway.end(request);
        }
    }

    /** Who makes the calls. */
    public Principal caller() {
        return Caller.of(current.getCurrent());
    }

    /** Makes calls that depend on what others were answered, when the request is not at hand any more. */
    public Function<ApiCall, Uni<Told>> later() {
        ManagedContext context = Arc.container().requestContext();
        InjectableContext.ContextState ofRequest = context.getState();
        return call -> {
            InjectableContext.ContextState there = context.getStateIfActive();
            context.activate(ofRequest);
            try {
                return make(call);
            } finally {
                if (there == null) {
                    context.deactivate();
                } else {
                    context.activate(there);
                }
            }
        };
    }

    private static Target target(ApiCall call, Method method) {
        return new Target(call.values().get("program"), call.values().get("account"), Resources.need(method));
    }

    private static Uni<?> answer(ApiCall call, Method method) {
        Object resource = CDI.current().select(method.getDeclaringClass()).get();
        Parameter[] parameters = method.getParameters();
        Object[] arguments = new Object[parameters.length];
        for (int i = 0; i < parameters.length; i++) {
            PathParam variable = parameters[i].getAnnotation(PathParam.class);
            if (variable != null) {
                arguments[i] = call.values().get(variable.value());
            } else if (parameters[i].getType() == byte[].class) {
                arguments[i] = call.body() == null ? new byte[0] : call.body().getBytes(StandardCharsets.UTF_8);
            } else {
                throw new IllegalArgumentException("not for a call within the gateway: " + method);
            }
        }
        try {
            Object answer = method.invoke(resource, arguments);
            return answer instanceof Uni<?> later ? later : Uni.createFrom().item(answer);
        } catch (InvocationTargetException e) {
            return Uni.createFrom().failure(e.getCause());
        } catch (IllegalAccessException e) {
            throw new IllegalStateException("resources are public: " + method, e);
        }
    }

    private static Told told(@Nullable Object answer) {
        return answer instanceof Response response
                ? new Told(response.getStatus(), response.getEntity())
                : new Told(200, answer);
    }
}
