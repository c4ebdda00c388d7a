package dev.stampede.live;

import dev.stampede.access.KeyBook;
import dev.stampede.access.Scope;
import dev.stampede.gateway.Gateway;
import dev.stampede.http.ApiTag;
import dev.stampede.http.Needs;
import dev.stampede.http.problem.Refuses;
import dev.stampede.http.request.CallReader;
import dev.stampede.seal.Latencies;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.time.Instant;
import java.util.List;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/** How this gateway is, out of its memory: an answer costs nothing, and needs neither server. */
@Path("/v1/status")
@Tag(name = ApiTag.GATEWAYS)
@Produces(MediaType.APPLICATION_JSON)
public class GatewayStatusResource {
    private final CallReader calls;
    private final Gateway gateway;
    private final KeyBook keys;
    private final Live live;
    private final String version;

    GatewayStatusResource(
            CallReader calls,
            Gateway gateway,
            KeyBook keys,
            Live live,
            @ConfigProperty(name = "quarkus.application.version") String version) {
        this.calls = calls;
        this.gateway = gateway;
        this.keys = keys;
        this.live = live;
        this.version = version;
    }

    @Schema(name = "Status", description = "How a gateway is.")
    public record StatusView(
            @Schema(description = "The version of this gateway", examples = "1.0.0")
            String version,

            @Schema(description = "The time of decisions, by Postgres' clock")
            Instant at,

            @Schema(
                    description = "How many gateways are alive, this one included, as it was known a few seconds ago",
                    minimum = "1",
                    examples = "3")
            int gatewaysAlive,

            @Schema(description = "Whether every write path is connected to Redis", examples = "true")
            boolean redisUp,

            @Schema(description = "Whether Postgres takes writes", examples = "true")
            boolean postgresUp,

            @Schema(
                    description = "Whether writes are refused because calls to Postgres keep failing",
                    examples = "false")
            boolean breakerOpen,

            @Schema(description = "Operations in flight", minimum = "0", examples = "40")
            long inFlight,

            @Schema(description = "Proposals that wait for their batch", minimum = "0", examples = "12")
            long sealQueue,

            @Schema(
                    description = "From the arrival of a batch's oldest proposal to its commit, in ms: all but the"
                            + " slowest hundredth of the batches of the last second. Null if there were none",
                    nullable = true,
                    examples = "4.1")
            @Nullable
            Double sealLagP99Ms,

            @Schema(
                    description = "Age of the API keys in memory, in seconds: no older revocation was missed",
                    examples = "1.4")
            double keysAgeSeconds,

            @Schema(
                    description = "The clock of this machine, corrected by so many ms, is Postgres'",
                    minimum = "-9007199254740991",
                    examples = "-3")
            long clockOffsetMs) {}

    @GET
    @Needs(Scope.READ)
    @Operation(
            operationId = "getStatus",
            summary = "How this gateway is",
            description = "Of the gateway that answers. The call names no program: any key with `read` may make it.")
    @APIResponse(
            responseCode = "200",
            description = "How it is",
            content = @Content(schema = @Schema(implementation = StatusView.class)))
    @Refuses({})
    public StatusView status() {
        calls.onlyParameters(List.of());
        return now();
    }

    /** The same for other parts of the gateway. */
    public StatusView now() {
        GatewaySecond own = live.own();
        return new StatusView(
                version,
                Instant.ofEpochMilli(gateway.nowMs()),
                Math.max(1, keys.gateways()),
                gateway.redisUp(),
                gateway.postgresUp(),
                gateway.breakerOpen(),
                gateway.inFlight(),
                gateway.sealQueue(),
                own == null ? null : LiveSample.quantile(counts(own.lags()), 0.99),
                Math.round(keys.ageSeconds() * 10) / 10.0,
                gateway.clockOffsetMs());
    }

    private static long[] counts(long[] pairs) {
        long[] counts = new long[Latencies.BUCKETS];
        GatewaySecond.add(pairs, counts);
        return counts;
    }
}
