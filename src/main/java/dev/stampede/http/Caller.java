package dev.stampede.http;

import dev.stampede.access.Principal;
import io.vertx.ext.web.RoutingContext;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Who makes a request, once its credential was checked. */
public final class Caller {
    private static final String SLOT = Caller.class.getName();
    private static final String SESSION = SLOT + ".session";

    private Caller() {}

    public static void set(RoutingContext request, Principal principal) {
        request.put(SLOT, principal);
    }

    /** @param open whether the session, by which he makes the request, is still open */
    public static void setSession(RoutingContext request, BooleanSupplier open) {
        request.put(SESSION, open);
    }

    /**
     * Whether the session of the request is still open, for what goes on after its beginning; always true if it is made
     * by another credential.
     */
    public static BooleanSupplier session(RoutingContext request) {
        BooleanSupplier open = request.get(SESSION);
        return open == null ? () -> true : open;
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
