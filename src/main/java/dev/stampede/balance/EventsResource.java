package dev.stampede.balance;

import dev.stampede.access.Scope;
import dev.stampede.account.Image;
import dev.stampede.gateway.Gateway;
import dev.stampede.http.ApiTag;
import dev.stampede.http.Needs;
import dev.stampede.http.problem.ProblemCode;
import dev.stampede.http.problem.Refuses;
import dev.stampede.http.request.AccountCall;
import dev.stampede.http.request.CallReader;
import io.netty.util.NetUtil;
import io.quarkus.vertx.http.runtime.CurrentVertxRequest;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import io.vertx.core.net.SocketAddress;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.RequestScoped;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.HttpMethod;
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
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HexFormat;
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
    private final EventsConfig config;
    private final Watched watched;

    EventsResource(
            Gateway gateway,
            Vertx vertx,
            CallReader calls,
            CurrentVertxRequest current,
            EventStreams streams,
            EventsConfig config,
            Watched watched) {
        this.gateway = gateway;
        this.vertx = vertx;
        this.calls = calls;
        this.current = current;
        this.streams = streams;
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

    @NameBinding
    @Retention(RetentionPolicy.RUNTIME)
    @interface LookFirst {}

    /**
     * Checks that there is an account to stream. This is done here because a stream has sent its status and headers
     * before its first event. A HEAD ends here, too.
     */
    @ServerRequestFilter
    @LookFirst
    public Uni<Response> lookFirst(ContainerRequestContext request) {
        var path = request.getUriInfo().getPathParameters();
        AccountCall call = calls.read(path.getFirst("program"), path.getFirst("account"));
        RoutingContext routed = current.getCurrent();
        EventStreams.Place place =
                streams.take(call.account(), address(routed.request().remoteAddress()), calls.caller());
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

    /** The client's address; of IPv6 its /64, since each client has at least that many addresses. */
    static String address(SocketAddress client) {
        String host = client.hostAddress() == null ? String.valueOf(client.host()) : client.hostAddress();
        byte[] bytes = NetUtil.createByteArrayFromIpAddressString(host);
        if (bytes == null) {
            return host; // a trusted proxy has given another kind of name
        }
        try {
            byte[] address = InetAddress.getByAddress(bytes).getAddress(); // IPv4 written as IPv6 becomes IPv4
            return HexFormat.of().formatHex(address, 0, Math.min(address.length, 8));
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an address has 4 or 16 bytes", e);
        }
    }

    private static Response head() {
        return Response.ok()
                .type(MediaType.SERVER_SENT_EVENTS_TYPE)
                .header("Cache-Control", NO_STORE)
                .header("X-Accel-Buffering", "no")
                .build();
    }

    @GET
    @Needs(Scope.READ)
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
                            + " committed. Comments keep the connection open. The number of streams per account and per"
                            + " client address is limited.")
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
        return new BalanceStream(
                        vertx, sse, config, current.getCurrent().request().connection(), lastEventId)
                .events(stream -> streams.begin(stream, place, first), streams::ended);
    }
}
