package dev.stampede.balance;

import dev.stampede.gateway.Gateway;
import dev.stampede.http.BalanceView;
import dev.stampede.http.Call;
import dev.stampede.http.Calls;
import dev.stampede.http.ProblemCode;
import dev.stampede.http.Refuses;
import dev.stampede.propose.Peek;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.RequestScoped;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.NameBinding;
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
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.jboss.resteasy.reactive.ResponseHeader;
import org.jboss.resteasy.reactive.server.ServerRequestFilter;

@Path(Calls.ACCOUNT)
public class EventsResource {
    private final Gateway gateway;
    private final Vertx vertx;
    private final Calls calls;
    private final Streams streams;
    private final EventsConfig config;
    private final Watched watched;

    EventsResource(Gateway gateway, Vertx vertx, Calls calls, Streams streams, EventsConfig config, Watched watched) {
        this.gateway = gateway;
        this.vertx = vertx;
        this.calls = calls;
        this.streams = streams;
        this.config = config;
        this.watched = watched;
    }

    /** The account at the beginning of a stream. */
    @RequestScoped
    static class Watched {
        private Peek first;
    }

    @NameBinding
    @Retention(RetentionPolicy.RUNTIME)
    @interface LookFirst {}

    /**
     * Looks whether there is anything to stream. Here and not in the stream, since that has its status and headers sent
     * before its first event.
     */
    @ServerRequestFilter
    @LookFirst
    public Uni<Response> lookFirst(ContainerRequestContext request) {
        var path = request.getUriInfo().getPathParameters();
        Call call = calls.read(path.getFirst("program"), path.getFirst("account"));
        streams.checkRoom();
        return gateway.sealedPeek(call.account()).map(peek -> {
            watched.first = AccountResource.enrolled(peek);
            return null;
        });
    }

    @GET
    @Operation(
            operationId = "events",
            summary = "The balance as a stream",
            description = "Server-Sent Events of the name `balance`: the balance now, and after each change, whichever"
                    + " gateway made it. An event's id is the account's version; versions may be skipped, and never go"
                    + " back. Comments are sent to keep the connection open.")
    @APIResponse(
            responseCode = "200",
            description = "The stream; the data of each event is a balance",
            content =
                    @Content(
                            mediaType = MediaType.SERVER_SENT_EVENTS,
                            schema = @Schema(implementation = BalanceView.class)))
    @Refuses({ProblemCode.OVERLOADED, ProblemCode.ACCOUNT_NOT_FOUND})
    @Path("/events")
    @LookFirst
    @Produces(MediaType.SERVER_SENT_EVENTS)
    @ResponseHeader(name = "Cache-Control", value = "no-store")
    @ResponseHeader(name = "X-Accel-Buffering", value = "no")
    public Multi<OutboundSseEvent> events(
            @PathParam("program") String program,
            @PathParam("account") String account,
            @Parameter(description = "The version that is known: it is not sent again") @HeaderParam("Last-Event-ID")
                    String lastEventId,
            @Context Sse sse) {
        BalanceStream stream =
                new BalanceStream(gateway, calls.read(program, account).account(), sse, config);
        return stream.events(vertx, streams, watched.first, seen(lastEventId));
    }

    /** What isn't a version of ours was not seen. */
    private static long seen(String lastEventId) {
        return lastEventId != null && lastEventId.matches("0|[1-9][0-9]{0,17}") ? Long.parseLong(lastEventId) : -1;
    }
}
