package dev.stampede.balance;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.stampede.access.Scope;
import dev.stampede.gateway.Gateway;
import dev.stampede.http.ApiTag;
import dev.stampede.http.Needs;
import dev.stampede.http.problem.ProblemCode;
import dev.stampede.http.problem.Refuses;
import dev.stampede.http.request.AccountCall;
import dev.stampede.http.request.CallReader;
import dev.stampede.points.Lot;
import dev.stampede.points.MemberPoints;
import dev.stampede.points.PointLimits;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/** Where an account's points are, and how long they count. */
@Path(CallReader.PROGRAMS)
@Tag(name = ApiTag.ACCOUNTS)
@Produces(MediaType.APPLICATION_JSON)
public class LotsResource {
    /** More lots are not told: somebody who shops every day for five years has fewer. */
    static final int MOST = 2000;

    private final Gateway gateway;
    private final CallReader calls;

    LotsResource(Gateway gateway, CallReader calls) {
        this.gateway = gateway;
        this.calls = calls;
    }

    @Schema(name = "Lots", description = "The points of an account, by the days to which they count.")
    record LotsView(
            @Schema(description = "Those that expire first come first; at most " + MOST)
            List<LotView> items,

            @Schema(description = "Whether there are more", examples = "false")
            boolean more,

            @Schema(description = "The time of this answer (RFC 3339, UTC)")
            Instant asOf) {

        /** @param points at that time */
        static LotsView of(MemberPoints points, long nowMs) {
            Map<LotView, Long> lots = new LinkedHashMap<>();
            points.lots().forEach(lot -> add(lots, lot, "available", null, null));
            points.maturing()
                    .forEach(row -> add(
                            lots,
                            new Lot(row.day(), row.points()),
                            "pending",
                            LocalDate.ofEpochDay(row.matures()),
                            null));
            points.holds().forEach(hold -> hold.lots().forEach(lot -> add(lots, lot, "held", null, hold.id())));
            List<LotView> items = lots.entrySet().stream()
                    .map(each -> each.getKey().of(each.getValue()))
                    .sorted(Comparator.comparing(LotView::on)) // of one day: available, pending, held
                    .toList();
            return new LotsView(items.stream().limit(MOST).toList(), items.size() > MOST, Instant.ofEpochMilli(nowMs));
        }

        private static void add(
                Map<LotView, Long> lots, Lot lot, String state, @Nullable LocalDate availableOn, @Nullable UUID hold) {
            lots.merge(new LotView(state, 0, lot.on(), availableOn, hold), lot.points(), Long::sum);
        }
    }

    @Schema(name = "AccountLot", description = "Points of an account that expire together.")
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record LotView(
            @Schema(
                    description = "Whether the points can be redeemed (`available`), can be later (`pending`), or are"
                            + " on hold (`held`)",
                    enumeration = {"available", "pending", "held"},
                    examples = "pending")
            String state,

            @Schema(description = "Number of points", minimum = "1", maximum = "" + PointLimits.MAX, examples = "50")
            long points,

            @Schema(
                    description = "The last day on which the points count, in the program's time zone; 9999-12-31 if"
                            + " they never expire")
            LocalDate on,

            @Schema(
                    description = "The day from which pending points are available; left out for others",
                    nullable = true)
            @Nullable
            LocalDate availableOn,

            @Schema(description = "The hold that the points are in; left out for others", nullable = true) @Nullable
            UUID hold) {
        private LotView of(long sum) {
            return new LotView(state, sum, on, availableOn, hold);
        }
    }

    @GET
    @Path(CallReader.OF_ACCOUNT + "/lots")
    @Needs(Scope.READ)
    @Operation(
            operationId = "listLots",
            summary = "The points of an account, by the day on which they expire",
            description = "As of now: expired lots are left out, matured ones are available. The points of each state"
                    + " add up to `available`, `pending` and `held` of the account. Points on hold that expire"
                    + " meanwhile can still be captured.")
    @APIResponse(
            responseCode = "200",
            description = "The lots",
            content = @Content(schema = @Schema(implementation = LotsView.class)))
    @Refuses(ProblemCode.ACCOUNT_NOT_FOUND)
    public Uni<LotsView> lots(@PathParam("program") String program, @PathParam("account") String account) {
        AccountCall call = calls.read(program, account);
        return gateway.peek(call.account()).map(peek -> {
            long nowMs = gateway.nowMs(call.account());
            MemberPoints now = AccountResource.enrolled(peek).image().state().at(nowMs, call.zone());
            return LotsView.of(now, nowMs);
        });
    }
}
