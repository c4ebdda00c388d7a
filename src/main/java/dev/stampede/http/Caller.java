package dev.stampede.http;

import dev.stampede.access.Principal;
import io.vertx.ext.web.RoutingContext;
import org.jspecify.annotations.Nullable;

/** Who makes a request, once its credential was checked. */
public final class Caller {
    private static final String SLOT = Caller.class.getName();

    private Caller() {}

    public static void set(RoutingContext request, Principal principal) {
        request.put(SLOT, principal);
    }

    /** Null if the credential was not checked. */
    public static @Nullable Principal ofAny(RoutingContext request) {
        return request.get(SLOT);
    }

    /** @throws IllegalStateException if the credential was not checked: no resource is called then */
    public static Principal of(RoutingContext request) {
        Principal principal = ofAny(request);
        if (principal == null) {
            throw new IllegalStateException("the request has passed no guard");
        }
        return principal;
    }
}
