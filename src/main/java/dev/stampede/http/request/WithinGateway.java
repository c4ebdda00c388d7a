package dev.stampede.http.request;

import io.vertx.core.MultiMap;
import io.vertx.ext.web.RoutingContext;
import org.jspecify.annotations.Nullable;

/**
 * What a call that is made within the gateway says besides its path and its body ({@link ApiCalls}): it takes the place
 * of what the request says, on whose behalf it is made.
 */
record WithinGateway(MultiMap parameters, MultiMap headers) {
    private static final String SLOT = WithinGateway.class.getName();

    /** Null where the request itself is the call. */
    static @Nullable WithinGateway of(RoutingContext request) {
        return request.get(SLOT);
    }

    void begin(RoutingContext request) {
        request.put(SLOT, this);
    }

    static void end(RoutingContext request) {
        request.remove(SLOT);
    }
}
