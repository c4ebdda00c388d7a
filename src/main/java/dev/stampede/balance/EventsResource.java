package dev.stampede.balance;

import dev.stampede.access.Scope;
import dev.stampede.access.StreamTickets;
import dev.stampede.account.Image;
import dev.stampede.gateway.Gateway;
import dev.stampede.http.ApiTag;
import dev.stampede.http.Caller;
import dev.stampede.http.ClientAddress;
import dev.stampede.http.EventStream;
import dev.stampede.http.Needs;
import dev.stampede.http.problem.ProblemCode;
import dev.stampede.http.problem.Refuses;
import dev.stampede.http.request.AccountCall;
import dev.stampede.http.request.CallReader;
import io.quarkus.vertx.http.runtime.CurrentVertxRequest;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.RequestScoped;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.HttpMethod;
import jakarta.ws.rs.NameBinding;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.sse.OutboundSseEvent;
import jakarta.ws.rs.sse.Sse;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.time.Instant;
import java.util.Objects;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.ResponseHeader;
import org.jboss.resteasy.reactive.server.ServerRequestFilter;
import org.jspecify.annotations.Nullable;

@Path(CallReader.PROGRAMS)
@Tag(name = ApiTag.ACCOUNTS)
public class EventsResource {
    private static final String NO_STORE = "no-store";

    private final Gateway gateway;
    private final Vertx vertx;
    private final CallReader calls;
    private final CurrentVertxRequest current;
    private final EventStreams streams;
    private final StreamTickets tickets;
    private final EventsConfig config;
    private final Watched watched;

    EventsResource(
            Gateway gateway,
            Vertx vertx,
            CallReader calls,
            CurrentVertxRequest current,
            EventStreams streams,
            StreamTickets tickets,
            EventsConfig config,
            Watched watched) {
        this.gateway = gateway;
        this.vertx = vertx;
        this.calls = calls;
        this.current = current;
        this.streams = streams;
        this.tickets = tickets;
        this.config = config;
        this.watched = watched;
    }

    /**
     * The account at the beginning of a stream, and the stream's place. Only accessed by methods: the injected object
     * is a proxy, one for all requests, whose fields are not used.
     */
    @RequestScoped
    static class Watched {
        private EventStreams.@Nullable Place place;
        private @Nullable Image first;

        void begin(EventStreams.Place taken, Image found) {
            place = taken;
            first = found;
        }

        EventStreams.Place place() {
            return Objects.requireNonNull(place);
        }

        Image first() {
            return Objects.requireNonNull(first);
        }
    }

    /** Of a resource that streams an account: {@link #lookFirst} comes before it. */
    @NameBinding
    @Retention(RetentionPolicy.RUNTIME)
    public @interface LookFirst {}

    /**
     * Checks that there is an account to stream. This is done here because a stream has sent its status and headers
     * before its first event. A HEAD ends here, too.
     */
    @ServerRequestFilter
    @LookFirst
    public Uni<Response> lookFirst(ContainerRequestContext request) {
        var path = request.getUriInfo().getPathParameters();
        AccountCall call = calls.read(path.getFirst("program"), path.getFirst("account"), "ticket");
        RoutingContext routed = current.getCurrent();
        EventStreams.Place place = streams.take(
                call.account(),
                ClientAddress.of(routed.request().remoteAddress()),
                calls.caller(),
                Caller.session(routed));
        // The framework replaces the handler of a closed connection by its own when the stream begins, and calls it
        // only if the connection closes after that: then the stream gives the place back.
        routed.addEndHandler(ended -> streams.giveBack(place));
        if (routed.response().closed()) {
            streams.giveBack(place);
        }
        return gateway.sealedPeek(call.account()).map(peek -> {
            watched.begin(place, AccountResource.enrolled(peek).image());
            return request.getMethod().equals(HttpMethod.HEAD) ? head() : null;
        });
    }

    private static Response head() {
        return Response.ok()
                .type(MediaType.SERVER_SENT_EVENTS_TYPE)
                .header("Cache-Control", NO_STORE)
                .header("X-Accel-Buffering", "no")
                .build();
    }

    @Schema(name = "StreamTicket", description = "What stands in for the credential when a stream begins.")
    record TicketView(
            @Schema(
                    description = "Append it to the stream's URL: `?ticket=`. It works once",
                    examples = "3.1795264200000.1795264770000.bWVtYmVyOm0tMQ.0.9f1c6c0e5b7d4a2288e1d3c4b5a69788"
                            + ".0a1b2c3d4e5f60718293a4b5c6d7e8f9")
            String ticket,

            @Schema(description = "Until when: in 30 s") Instant expiresAt) {}

    @POST
    @Needs(Scope.READ)
    @Operation(
            operationId = "createStreamTicket",
            summary = "A ticket for the stream",
            description = "For the `EventSource` of browsers, which cannot send a header: it opens the account's stream"
                    + " once, within 30 s. The stream ends when the credential of this call does.")
    @APIResponse(
            responseCode = "201",
            description = "The ticket",
            content = @Content(schema = @Schema(implementation = TicketView.class)))
    @Refuses({ProblemCode.REQUEST_TIMEOUT, ProblemCode.PAYLOAD_TOO_LARGE, ProblemCode.OVERLOADED})
    @Path(CallReader.STREAM_TICKETS)
    @Produces(MediaType.APPLICATION_JSON)
    public Uni<Response> ticket(@PathParam("program") String program, @PathParam("account") String account) {
        AccountCall call = calls.read(program, account);
        StreamTickets.Ticket ticket = tickets.fresh(call.account(), calls.caller(), gateway.nowMs());
        return Uni.createFrom()
                .item(Response.status(Response.Status.CREATED)
                        .type(MediaType.APPLICATION_JSON_TYPE)
                        .entity(new TicketView(ticket.text(), Instant.ofEpochMilli(ticket.untilMs())))
                        .build());
    }

    @GET
    @Needs(value = Scope.READ, orTicket = true)
    @Operation(
            operationId = "streamBalances",
            summary = "The balance as a stream",
            description =
                    "Server-Sent Events with the name `balance`: the balance now and after each change, on whichever"
                            + " gateway it was made. The id of an event identifies the account's version and state,"
                            + " as its"
                            + " `ETag` does. Versions may be skipped. They rise, with one exception: an event with a"
                            + " lower"
                            + " version than the one before corrects it, because that one showed operations that were"
                            + " not"
                            + " committed. Comments keep the connection open; the comment `expired` is the last one,"
                            + " when the credential has ended. The number of streams per account and per client address"
                            + " is limited.")
    @APIResponse(
            responseCode = "200",
            description = "The stream; the data of each event is a balance, with how the member stands",
            content =
                    @Content(
                            mediaType = MediaType.SERVER_SENT_EVENTS,
                            schema = @Schema(implementation = EventView.class)))
    @Refuses({ProblemCode.OVERLOADED, ProblemCode.ACCOUNT_NOT_FOUND})
    @Path(CallReader.OF_ACCOUNT + "/events")
    @LookFirst
    @Produces(MediaType.SERVER_SENT_EVENTS)
    @ResponseHeader(name = "Cache-Control", value = NO_STORE)
    @ResponseHeader(name = "X-Accel-Buffering", value = "no")
    public Multi<OutboundSseEvent> events(
            @PathParam("program") String program,
            @PathParam("account") String account,
            @Parameter(
                            description = "The id of the last event received: this state is not sent again",
                            example = "17-9e788194395f")
                    @HeaderParam("Last-Event-ID")
                    @Nullable
                    String lastEventId,
            @Context Sse sse) {
        EventStreams.Place place = watched.place();
        Image first = watched.first();
        return new EventStream(
                        vertx,
                        sse,
                        "balance",
                        config.heartbeat(),
                        current.getCurrent().request().connection(),
                        lastEventId)
                .events(stream -> streams.begin(stream, place, first), streams::ended);
    }
}
