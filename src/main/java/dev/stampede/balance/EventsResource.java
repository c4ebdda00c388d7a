package dev.stampede.balance;

import dev.stampede.gateway.Gateway;
import dev.stampede.http.Call;
import dev.stampede.http.Calls;
import io.smallrye.mutiny.Multi;
import io.vertx.core.Vertx;
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

@Path(Calls.ACCOUNT)
public class EventsResource {
    private final Gateway gateway;
    private final Vertx vertx;
    private final Calls calls;
    private final Streams streams;
    private final EventsConfig config;

    EventsResource(Gateway gateway, Vertx vertx, Calls calls, Streams streams, EventsConfig config) {
        this.gateway = gateway;
        this.vertx = vertx;
        this.calls = calls;
        this.streams = streams;
        this.config = config;
    }

    @GET
    @Path("/events")
    @Produces(MediaType.SERVER_SENT_EVENTS)
    @ResponseHeader(name = "Cache-Control", value = "no-store")
    @ResponseHeader(name = "X-Accel-Buffering", value = "no")
    public Multi<OutboundSseEvent> events(
            @PathParam("program") String program,
            @PathParam("account") String account,
            @HeaderParam("Last-Event-ID") String lastEventId,
            @Context Sse sse) {
        Call call = calls.read(program, account);
        BalanceStream stream = new BalanceStream(gateway, call.account(), sse, config);
        streams.admit(stream);
        Runnable ended = () -> streams.ended(stream);
        return gateway.sealedPeek(call.account())
                .map(AccountResource::enrolled)
                .onFailure()
                .invoke(ended)
                .onCancellation()
                .invoke(ended)
                .onItem()
                .transformToMulti(first -> stream.events(vertx, first, seen(lastEventId), ended));
    }

    /** What isn't a version of ours was not seen. */
    private static long seen(String lastEventId) {
        return lastEventId != null && lastEventId.matches("0|[1-9][0-9]{0,17}") ? Long.parseLong(lastEventId) : -1;
    }
}
