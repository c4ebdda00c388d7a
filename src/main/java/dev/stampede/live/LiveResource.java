package dev.stampede.live;

import dev.stampede.access.Principal;
import dev.stampede.access.Scope;
import dev.stampede.http.ApiTag;
import dev.stampede.http.Caller;
import dev.stampede.http.Needs;
import dev.stampede.http.problem.ProblemCode;
import dev.stampede.http.problem.ProblemException;
import dev.stampede.http.problem.Refuses;
import dev.stampede.http.request.CallReader;
import io.quarkus.vertx.http.runtime.CurrentVertxRequest;
import io.smallrye.mutiny.Multi;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.RequestScoped;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HttpMethod;
import jakarta.ws.rs.NameBinding;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.sse.OutboundSseEvent;
import jakarta.ws.rs.sse.Sse;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.util.List;
import java.util.Objects;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.ParameterIn;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.ResponseHeader;
import org.jboss.resteasy.reactive.server.ServerRequestFilter;
import org.jspecify.annotations.Nullable;

/** What all gateways do: totals over all programs, so that only keys of all programs may see them. */
@Path("/v1/live")
@Tag(name = ApiTag.GATEWAYS)
public class LiveResource {
    private static final String NO_STORE = "no-store";
    private static final int DEFAULT_SECONDS = 120;

    private final CallReader calls;
    private final CurrentVertxRequest current;
    private final Live live;
    private final LiveStreams streams;
    private final Taken taken;

    LiveResource(CallReader calls, CurrentVertxRequest current, Live live, LiveStreams streams, Taken taken) {
        this.calls = calls;
        this.current = current;
        this.live = live;
        this.streams = streams;
        this.taken = taken;
    }

    /** The stream's place. Only accessed by methods: the injected object is a proxy, one for all requests. */
    @RequestScoped
    static class Taken {
        private LiveStreams.@Nullable Place place;

        void begin(LiveStreams.Place taken) {
            place = taken;
        }

        LiveStreams.Place place() {
            return Objects.requireNonNull(place);
        }
    }

    /** Of a resource that streams samples: {@link #takePlace} comes before it. */
    @NameBinding
    @Retention(RetentionPolicy.RUNTIME)
    public @interface TakePlace {}

    /** Done here because a stream has sent its status and headers before its first event. A HEAD ends here, too. */
    @ServerRequestFilter
    @TakePlace
    public @Nullable Response takePlace(ContainerRequestContext request) {
        calls.onlyParameters(List.of());
        Principal caller = ofAllPrograms();
        RoutingContext routed = current.getCurrent();
        LiveStreams.Place place = streams.take(caller, Caller.session(routed));
        // as in EventsResource: before the stream begins this handler gives the place back, then the stream does
        routed.addEndHandler(ended -> streams.giveBack(place));
        if (routed.response().closed()) {
            streams.giveBack(place);
        }
        taken.begin(place);
        return request.getMethod().equals(HttpMethod.HEAD)
                ? Response.ok()
                        .type(MediaType.SERVER_SENT_EVENTS_TYPE)
                        .header("Cache-Control", NO_STORE)
                        .header("X-Accel-Buffering", "no")
                        .build()
                : null;
    }

    private Principal ofAllPrograms() {
        Principal caller = calls.caller();
        if (caller.program() != null) {
            throw new ProblemException(ProblemCode.FORBIDDEN, "The call needs a key of all programs.");
        }
        return caller;
    }

    @GET
    @TakePlace
    @Needs(Scope.READ)
    @Operation(
            operationId = "streamLive",
            summary = "What all gateways do, as a stream",
            description = "Server-Sent Events with the name `sample`: the last second at once, then each second a"
                    + " moment after it has ended. The id of an event is its second, since 1970. Totals over all"
                    + " programs: the key must be one of all programs. It is information: a second may be missing, or"
                    + " lack a gateway. The number of streams is limited.")
    @APIResponse(
            responseCode = "200",
            description = "The stream; the data of each event is a sample of one second",
            content =
                    @Content(
                            mediaType = MediaType.SERVER_SENT_EVENTS,
                            schema = @Schema(implementation = LiveSample.class)))
    @Refuses(ProblemCode.OVERLOADED)
    @Produces(MediaType.SERVER_SENT_EVENTS)
    @ResponseHeader(name = "Cache-Control", value = NO_STORE)
    @ResponseHeader(name = "X-Accel-Buffering", value = "no")
    public Multi<OutboundSseEvent> stream(@Context Sse sse) {
        return streams.events(taken.place(), sse, current.getCurrent().request().connection());
    }

    @Schema(name = "LiveHistory", description = "What all gateways have done lately.")
    record HistoryView(
            @Schema(description = "Of how many seconds a sample is", minimum = "1", examples = "1")
            int step,

            @Schema(description = "The samples, the oldest first. Seconds of which nothing was heard are missing")
            List<LiveSample> items) {}

    @GET
    @Path("/history")
    @Needs(Scope.READ)
    @Operation(
            operationId = "getLiveHistory",
            summary = "What all gateways have done in the last two hours",
            description = "What the stream told, and this gateway remembers: at most 720 samples. Of more seconds each"
                    + " sample is of several, and begins at a multiple of them. The key must be one of all programs.")
    @Parameter(
            name = "seconds",
            in = ParameterIn.QUERY,
            description = "How many seconds, up to now",
            example = "120",
            schema =
                    @Schema(
                            type = SchemaType.INTEGER,
                            format = "int32",
                            minimum = "1",
                            maximum = "7200",
                            defaultValue = "120"))
    @APIResponse(
            responseCode = "200",
            description = "The samples",
            content = @Content(schema = @Schema(implementation = HistoryView.class)))
    @Refuses({})
    @Produces(MediaType.APPLICATION_JSON)
    public HistoryView history() {
        calls.onlyParameters(List.of("seconds"));
        int seconds = seconds(calls.query("seconds"));
        var unused = ofAllPrograms();
        return new HistoryView(LiveHistory.step(seconds), live.history(seconds));
    }

    private static int seconds(@Nullable String text) {
        if (text == null) {
            return DEFAULT_SECONDS;
        }
        if (text.matches("[1-9][0-9]{0,3}") && Integer.parseInt(text) <= LiveHistory.LENGTH) {
            return Integer.parseInt(text);
        }
        throw ProblemException.malformed("seconds must be from 1 to " + LiveHistory.LENGTH + ".");
    }
}
