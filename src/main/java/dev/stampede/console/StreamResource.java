package dev.stampede.console;

import dev.stampede.access.Scope;
import dev.stampede.balance.EventsResource;
import dev.stampede.http.ConsolePath;
import dev.stampede.http.Needs;
import dev.stampede.live.LiveResource;
import io.smallrye.mutiny.Multi;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.sse.OutboundSseEvent;
import jakarta.ws.rs.sse.Sse;
import org.jboss.resteasy.reactive.ResponseHeader;
import org.jspecify.annotations.Nullable;

/** The API's streams, for a browser that has a session and cannot send a header. */
@Path(ConsolePath.ROOT)
public class StreamResource {
    private static final String NO_STORE = "no-store";

    private final EventsResource events;
    private final LiveResource live;

    StreamResource(EventsResource events, LiveResource live) {
        this.events = events;
        this.live = live;
    }

    @GET
    @Path("/programs/{program}/accounts/{account}/events")
    @Needs(Scope.READ)
    @EventsResource.LookFirst
    @Produces(MediaType.SERVER_SENT_EVENTS)
    @ResponseHeader(name = "Cache-Control", value = NO_STORE)
    @ResponseHeader(name = "X-Accel-Buffering", value = "no")
    public Multi<OutboundSseEvent> events(
            @PathParam("program") String program,
            @PathParam("account") String account,
            @HeaderParam("Last-Event-ID") @Nullable String lastEventId,
            @Context Sse sse) {
        return events.events(program, account, lastEventId, sse);
    }

    @GET
    @Path("/live/stream")
    @Needs(Scope.READ)
    @LiveResource.TakePlace
    @Produces(MediaType.SERVER_SENT_EVENTS)
    @ResponseHeader(name = "Cache-Control", value = NO_STORE)
    @ResponseHeader(name = "X-Accel-Buffering", value = "no")
    public Multi<OutboundSseEvent> samples(@Context Sse sse) {
        return live.stream(sse);
    }
}
