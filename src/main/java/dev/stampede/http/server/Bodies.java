package dev.stampede.http.server;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.stampede.access.Principal;
import dev.stampede.access.Scope;
import dev.stampede.http.Caller;
import dev.stampede.http.ClientAddress;
import dev.stampede.http.HttpConfig;
import dev.stampede.http.problem.ProblemCode;
import dev.stampede.http.problem.Problems;
import dev.stampede.http.request.Fields;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.impl.RoutingContextInternal;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Reads the bodies of all requests before any other code sees them. It limits the size of each body, the time it may
 * take to arrive, and the memory that all incomplete bodies take together, of which no caller has more than a quarter.
 * A client that sends half a body occupies one connection for a few seconds, and nothing else.
 */
@ApplicationScoped
class Bodies {
    /** Receipts have many lines; all other bodies are short. */
    private static final int MAX_EARN = Fields.MAX_BODY;

    /** The document of a program, also of one that is only asked about by somebody who may publish it. */
    private static final int MAX_PROGRAM = 1024 * 1024;

    private static final int MAX_OTHER = 64 * 1024;

    /** Of a call without a credential: anybody can make as many of these as he likes. */
    private static final int MAX_OPEN = 1024;

    /** A client that is still sending does not read the answer; this much of its body is read and discarded. */
    private static final long MAX_DISCARDED = 16L * 1024 * 1024;

    private static final long LOOK_MS = 250;
    private static final String CONTINUE = "100-continue";

    private final Vertx vertx;
    private final Problems problems;
    private final HttpConfig config;
    /** Bodies that have begun and not ended, including the refused ones. */
    private final Map<Body, Boolean> unfinished = new ConcurrentHashMap<>();

    private final AtomicLong unfinishedBytes = new AtomicLong();
    /** The same by caller: a principal's id, or the address of a client without a credential. */
    private final Map<String, Long> unfinishedOfCaller = new ConcurrentHashMap<>();

    Bodies(Vertx vertx, Problems problems, HttpConfig config) {
        this.vertx = vertx;
        this.problems = problems;
        this.config = config;
    }

    void filters(@Observes Filters filters) {
        filters.register(this::read, FilterOrder.BODIES.priority());
    }

    void start(@Observes StartupEvent event) {
        vertx.setPeriodic(LOOK_MS, id -> {
            long now = System.nanoTime();
            for (Body body : unfinished.keySet()) {
                if (now - body.sinceNanos > config.bodyTimeout().toNanos()) {
                    body.end(
                            ProblemCode.REQUEST_TIMEOUT,
                            "The body did not arrive within " + seconds() + " s. Nothing was done.");
                }
            }
        });
    }

    private double seconds() {
        return config.bodyTimeout().toMillis() / 1000.0;
    }

    private void read(RoutingContext call) {
        HttpServerRequest request = call.request();
        boolean asks = CONTINUE.equalsIgnoreCase(request.getHeader(HttpHeaders.EXPECT))
                && request.version() != HttpVersion.HTTP_1_0; // HTTP/1.0 has no interim answers
        request.headers().remove(HttpHeaders.EXPECT); // else the framework would send a second interim answer
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        if (length == null ? !request.headers().contains(HttpHeaders.TRANSFER_ENCODING) : length.equals("0")) {
            call.next();
            return;
        }
        Body body = new Body(call);
        if (length != null && isTooLarge(length, body.most)) {
            body.refuse(ProblemCode.PAYLOAD_TOO_LARGE, ProblemCode.PAYLOAD_TOO_LARGE.detail());
        } else if (asks) {
            request.response().writeContinue();
        }
        body.begin();
    }

    private static boolean isTooLarge(String contentLength, int most) {
        try {
            return Long.parseLong(contentLength) > most;
        } catch (NumberFormatException e) {
            return true; // only digits get here; there are too many for a long
        }
    }

    /** Reads the rest of a refused body, within bounds, so that the client can read its answer. */
    void discard(RoutingContext call) {
        if (!call.request().isEnded()) {
            Body body = new Body(call);
            body.refused = true;
            body.begin();
        }
    }

    /** Ends all incomplete bodies: they would delay the shutdown. */
    void endUnfinished() {
        unfinished.keySet().forEach(body -> body.end(ProblemCode.UNAVAILABLE, DrainFilter.DETAIL));
    }

    /** Counts bytes of an incomplete body; fewer than none when they are no longer held. */
    private void count(String caller, int bytes) {
        if (bytes == 0) {
            return; // else the caller would be remembered for ever
        }
        unfinishedBytes.addAndGet(bytes);
        unfinishedOfCaller.merge(caller, (long) bytes, (held, more) -> held + more == 0 ? null : held + more);
    }

    private boolean areTooMany(String caller) {
        return unfinishedBytes.get() > config.maxUnfinishedBytes()
                || unfinishedOfCaller.getOrDefault(caller, 0L) > config.maxUnfinishedBytes() / 4;
    }

    /** One body, on the event loop of its connection. */
    private final class Body {
        private final RoutingContext call;
        private final Context context = vertx.getOrCreateContext();
        private final long sinceNanos = System.nanoTime();
        private final String caller;
        private final int most;
        private Buffer bytes = Buffer.buffer();
        private long discarded;
        private boolean refused;
        private boolean ended;

        Body(RoutingContext call) {
            this.call = call;
            Principal principal = Caller.ofAny(call);
            this.caller = principal == null ? ClientAddress.of(call.request().remoteAddress()) : principal.id();
            this.most = principal == null ? MAX_OPEN : most(call.request(), principal);
        }

        private static int most(HttpServerRequest request, Principal principal) {
            if (!request.method().equals(HttpMethod.POST)) {
                return MAX_OTHER;
            }
            String path = request.path();
            boolean isQuote = path.endsWith("/quote");
            boolean isOfDocument = isQuote || path.endsWith("/versions") || path.endsWith("/simulations");
            if (principal.hasAny(Scope.PROGRAM) && isOfDocument) {
                return MAX_PROGRAM;
            }
            return isQuote || path.endsWith("/earn") ? MAX_EARN : MAX_OTHER;
        }

        void begin() {
            unfinished.put(this, true);
            HttpServerRequest request = call.request();
            request.exceptionHandler(e -> forget());
            request.handler(this::part);
            request.endHandler(v -> {
                if (forget() && !refused) {
                    ((RoutingContextInternal) call).setBody(bytes);
                    call.next();
                }
            });
            request.resume();
        }

        private void part(Buffer part) {
            if (ended) {
                return;
            }
            if (refused) {
                discarded += part.length();
                if (discarded > MAX_DISCARDED) {
                    forget();
                    call.request().connection().close();
                }
            } else if (bytes.length() + part.length() > most) {
                refuse(ProblemCode.PAYLOAD_TOO_LARGE, ProblemCode.PAYLOAD_TOO_LARGE.detail());
            } else {
                bytes.appendBuffer(part);
                count(caller, part.length());
                if (areTooMany(caller)) {
                    refuse(
                            ProblemCode.OVERLOADED,
                            "The gateway holds too many incomplete bodies, in all or of this caller."
                                    + " Nothing was done.");
                }
            }
        }

        /** Answers now; the rest of the body is read and discarded. */
        void refuse(ProblemCode code, String detail) {
            release();
            refused = true;
            problems.refuse(call, code, detail);
        }

        private void release() {
            count(caller, -bytes.length());
            bytes = Buffer.buffer();
        }

        /** Marks the body as ended; answers whether it was still open. */
        @CanIgnoreReturnValue
        private boolean forget() {
            if (ended) {
                return false;
            }
            ended = true;
            unfinished.remove(this);
            count(caller, -bytes.length());
            return true;
        }

        /**
         * Called from any thread when the client's time is over. Answers the call, unless it was answered, and closes
         * the connection.
         */
        void end(ProblemCode code, String detail) {
            context.runOnContext(v -> {
                if (!forget()) {
                    return;
                }
                if (refused || call.response().ended()) {
                    call.request().connection().close();
                } else {
                    call.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
                    problems.refuse(call, code, detail)
                            .onComplete(done -> call.request().connection().close());
                }
            });
        }
    }
}
