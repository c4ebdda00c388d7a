package dev.stampede.gateway;

import io.quarkus.vertx.core.runtime.context.VertxContextSafetyToggle;
import io.smallrye.common.vertx.VertxContext;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.time.Duration;

/**
 * Reads of Postgres for the console. They have a few connections of their own, and little time, so that they cost the
 * API's callers nothing. The mark is on the Vert.x context on which such a read is made, from its beginning to its end:
 * whoever reads need not hand it on.
 */
public final class ConsoleReads {
    /** So many at a time in this gateway, each on one connection. */
    public static final int MOST = 2;

    /** How long a page waits for what it reads, and how long Postgres works on a statement. */
    public static final Duration LIMIT = Duration.ofSeconds(2);

    private static final String MARK = ConsoleReads.class.getName();

    private ConsoleReads() {}

    /** A context of its own for one read, on the caller's event loop. */
    public static Context context(Vertx vertx) {
        Context context = VertxContext.createNewDuplicatedContext(vertx.getOrCreateContext());
        VertxContextSafetyToggle.setContextSafe(context, true); // nobody else has it: a session may be kept there
        context.putLocal(MARK, Boolean.TRUE);
        return context;
    }

    /** Whether what is done now is such a read. */
    public static boolean isCurrent() {
        Context context = Vertx.currentContext();
        return context != null && VertxContext.isDuplicatedContext(context) && context.getLocal(MARK) != null;
    }

    /** The time-out of a statement: that of all others, and for such reads no more than theirs. */
    public static Duration timeout(Duration ofOthers) {
        return isCurrent() && ofOthers.compareTo(LIMIT) > 0 ? LIMIT : ofOthers;
    }
}
