package dev.stampede.history;

import dev.stampede.access.Scope;
import dev.stampede.account.CachedAccount;
import dev.stampede.account.HoldStatus;
import dev.stampede.account.UnreadableForm;
import dev.stampede.gateway.Gateway;
import dev.stampede.http.ApiTag;
import dev.stampede.http.Needs;
import dev.stampede.http.problem.ProblemCode;
import dev.stampede.http.problem.ProblemException;
import dev.stampede.http.problem.Refuses;
import dev.stampede.http.request.AccountCall;
import dev.stampede.http.request.CallReader;
import dev.stampede.http.request.PageQuery;
import dev.stampede.http.view.OperationView.HoldView;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.ParameterIn;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/** Holds as they stand now: the open ones are in the account's image, the ended ones in its history. */
@Path(CallReader.PROGRAMS)
@Tag(name = ApiTag.POINTS)
@Produces(MediaType.APPLICATION_JSON)
public class HoldsResource {
    private final Gateway gateway;
    private final History history;
    private final CallReader calls;

    HoldsResource(Gateway gateway, History history, CallReader calls) {
        this.gateway = gateway;
        this.history = history;
        this.calls = calls;
    }

    @Schema(name = "HoldPage", description = "A page of an account's holds.")
    record HoldPage(
            @Schema(description = "Newest first") List<HoldView> items,

            @Schema(
                    description = "The cursor of the next page; null on the last page",
                    examples = "MTc",
                    nullable = true)
            @Nullable
            String cursor) {}

    @GET
    @Path(CallReader.OF_ACCOUNT + "/holds")
    @Needs(Scope.READ)
    @Operation(
            operationId = "listHolds",
            summary = "Holds and their current state, newest first",
            description = "All holds, including those that have ended.")
    @Parameter(
            name = "cursor",
            in = ParameterIn.QUERY,
            description = "The `cursor` of the page before; left out for the first page",
            example = "MTc",
            schema = @Schema(type = SchemaType.STRING))
    @Parameter(
            name = "limit",
            in = ParameterIn.QUERY,
            description = "Holds per page",
            example = "50",
            schema =
                    @Schema(
                            type = SchemaType.INTEGER,
                            format = "int32",
                            minimum = "1",
                            maximum = "200",
                            defaultValue = "50"))
    @APIResponse(
            responseCode = "200",
            description = "A page",
            content = @Content(schema = @Schema(implementation = HoldPage.class)))
    @Refuses({ProblemCode.ACCOUNT_NOT_FOUND, ProblemCode.OVERLOADED})
    public Uni<HoldPage> list(@PathParam("program") String program, @PathParam("account") String account) {
        AccountCall call = calls.read(program, account, "cursor", "limit");
        HistoryQuery asked = HistoryQuery.read(calls);
        return HistoryResource.account(gateway, call.account())
                // one more than asked for tells whether there is another page
                .chain(there -> history.holds(call.account(), asked.before(), asked.limit() + 1))
                .map(found -> {
                    boolean more = found.size() > asked.limit();
                    var shown = more ? found.subList(0, asked.limit()) : found;
                    return new HoldPage(
                            shown.stream()
                                    .flatMap(row -> told(row, gateway.nowMs(call.account())))
                                    .toList(),
                            more ? PageQuery.cursor(shown.get(shown.size() - 1).made().version) : null);
                });
    }

    /** None if a newer release has written it so that it can't be told. */
    private static Stream<HoldView> told(History.HeldRow row, long nowMs) {
        try {
            return Stream.of(view(row, nowMs));
        } catch (UnreadableForm e) {
            return Stream.empty();
        }
    }

    @GET
    @Path(CallReader.OF_ACCOUNT + "/holds/{hold}")
    @Needs(Scope.READ)
    @Operation(operationId = "getHold", summary = "A hold as it stands now")
    @APIResponse(
            responseCode = "200",
            description = "The hold",
            content = @Content(schema = @Schema(implementation = HoldView.class)))
    @Refuses({ProblemCode.ACCOUNT_NOT_FOUND, ProblemCode.HOLD_NOT_FOUND, ProblemCode.OVERLOADED})
    public Uni<HoldView> one(
            @PathParam("program") String program,
            @PathParam("account") String account,
            @PathParam("hold") String hold) {
        AccountCall call = calls.read(program, account);
        UUID id = CallReader.id(hold, ProblemCode.HOLD_NOT_FOUND);
        return HistoryResource.account(gateway, call.account())
                .chain(there -> {
                    long nowMs = gateway.nowMs(call.account());
                    HoldView open = there == null ? null : open(there, id, nowMs);
                    return open != null
                            ? Uni.createFrom().item(open)
                            : history.hold(call.account(), id).map(row -> row == null ? null : view(row, nowMs));
                })
                .map(found -> {
                    if (found == null) {
                        throw new ProblemException(ProblemCode.HOLD_NOT_FOUND, "The account has no hold with this id.");
                    }
                    return found;
                });
    }

    private static HoldView view(History.HeldRow row, long nowMs) {
        return HoldView.of(row.at(nowMs), row.made().told);
    }

    /** Null if the account does not have it open at present. */
    private static @Nullable HoldView open(CachedAccount account, UUID id, long nowMs) {
        return account.image().state().holds().stream()
                .filter(hold -> hold.id().equals(id) && hold.expiresAt() > nowMs)
                .map(hold -> HoldView.of(new HoldStatus(id, hold.points(), 0, "held", hold.expiresAt()), hold.taken()))
                .findFirst()
                .orElse(null);
    }
}
