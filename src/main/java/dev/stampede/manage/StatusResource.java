package dev.stampede.manage;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.stampede.access.Scope;
import dev.stampede.account.Operation.Close;
import dev.stampede.account.Operation.Freeze;
import dev.stampede.account.Operation.Header;
import dev.stampede.account.Operation.Unfreeze;
import dev.stampede.account.OperationType;
import dev.stampede.account.Receipt;
import dev.stampede.http.ApiTag;
import dev.stampede.http.Needs;
import dev.stampede.http.problem.ProblemCode;
import dev.stampede.http.problem.Refuses;
import dev.stampede.http.request.AccountCall;
import dev.stampede.http.request.Body;
import dev.stampede.http.request.BodyReader;
import dev.stampede.http.request.CallReader;
import dev.stampede.http.request.OperationResponder;
import dev.stampede.http.request.Reference;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.ExampleObject;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

@Path(CallReader.PROGRAMS)
@Tag(name = ApiTag.ACCOUNTS)
@Produces(MediaType.APPLICATION_JSON)
public class StatusResource {
    private static final BodyReader<FreezeRequest> FREEZE = BodyReader.of(FreezeRequest.class);
    private static final BodyReader<ReasonRequest> REASON = BodyReader.of(ReasonRequest.class);
    private static final BodyReader<CloseRequest> CLOSE = BodyReader.of(CloseRequest.class);

    private final CallReader calls;
    private final OperationResponder answers;

    StatusResource(CallReader calls, OperationResponder answers) {
        this.calls = calls;
        this.answers = answers;
    }

    @Schema(name = "ReasonRequest", description = "Why.")
    record ReasonRequest(
            @Schema(
                    description = "Why, for the programme's own people",
                    required = true,
                    minLength = 1,
                    maxLength = 255,
                    examples = "suspected fraud")
            String reason,

            @JsonUnwrapped Reference ref) {}

    @Schema(name = "FreezeRequest", description = "Why, and what is refused from now on.")
    record FreezeRequest(
            @Schema(
                    description = "Why, for the programme's own people",
                    required = true,
                    minLength = 1,
                    maxLength = 255,
                    examples = "suspected fraud")
            String reason,

            @Schema(
                    description = "Whether only redeems and holds are refused",
                    defaultValue = "false",
                    examples = "true")
            @Nullable
            Boolean spendingOnly,

            @JsonUnwrapped Reference ref) {}

    @Schema(name = "CloseRequest", description = "Why, and what becomes of points that are left.")
    record CloseRequest(
            @Schema(
                    description = "Why, for the programme's own people",
                    required = true,
                    minLength = 1,
                    maxLength = 255,
                    examples = "the member has asked for it")
            String reason,

            @Schema(
                    description = "Whether points that are left, available and pending, are forfeited",
                    defaultValue = "false",
                    examples = "true")
            @Nullable
            Boolean forfeit,

            @JsonUnwrapped Reference ref) {}

    @POST
    @Path(CallReader.OF_ACCOUNT + "/freeze")
    @Needs(Scope.ADJUST)
    @Operation(
            operationId = "freezeAccount",
            summary = "Freeze an account",
            description = "Until it is unfrozen, only time moves points: holds and points expire, points mature. The"
                    + " account can be read, enrolled, frozen again and closed. All other calls are declined with"
                    + " `account_frozen`. With `spendingOnly` only redeems and holds are declined: earns go on, and so"
                    + " do captures and voids of holds made before. An account that is wholly frozen stays so.")
    @Refuses(ProblemCode.ACCOUNT_NOT_FOUND)
    @Consumes(MediaType.APPLICATION_JSON)
    public Uni<Response> freeze(
            @PathParam("program") String program,
            @PathParam("account") String account,
            @RequestBody(
                            required = true,
                            content =
                                    @Content(
                                            schema = @Schema(implementation = FreezeRequest.class),
                                            examples = {
                                                @ExampleObject(
                                                        name = "fraud",
                                                        value = "{\"reason\":\"suspected fraud\"}"),
                                                @ExampleObject(
                                                        name = "spending",
                                                        value = "{\"reason\":\"lost phone\",\"spendingOnly\":true}")
                                            }))
                    byte[] body) {
        AccountCall call = calls.post(program, account);
        Body<FreezeRequest> read = FREEZE.required(body);
        FreezeRequest asked = read.value();
        Header header = call.header(OperationType.FREEZE, "freeze", read.canonical(), asked.ref);
        Receipt receipt = Receipt.byHand(asked.reason, null, null);
        return answers.to(
                call, header, (at, dated) -> new Freeze(dated, Boolean.TRUE.equals(asked.spendingOnly), receipt));
    }

    @POST
    @Path(CallReader.OF_ACCOUNT + "/unfreeze")
    @Needs(Scope.ADJUST)
    @Operation(
            operationId = "unfreezeAccount",
            summary = "Unfreeze an account",
            description = "Points move again. An account that is not frozen stays as it is.")
    @Refuses(ProblemCode.ACCOUNT_NOT_FOUND)
    @Consumes(MediaType.APPLICATION_JSON)
    public Uni<Response> unfreeze(
            @PathParam("program") String program,
            @PathParam("account") String account,
            @RequestBody(
                            required = true,
                            content =
                                    @Content(
                                            schema = @Schema(implementation = ReasonRequest.class),
                                            examples =
                                                    @ExampleObject(
                                                            name = "cleared",
                                                            value = "{\"reason\":\"cleared\"}")))
                    byte[] body) {
        AccountCall call = calls.post(program, account);
        Body<ReasonRequest> read = REASON.required(body);
        Header header = call.header(OperationType.UNFREEZE, "unfreeze", read.canonical(), read.value().ref);
        Receipt receipt = Receipt.byHand(read.value().reason, null, null);
        return answers.to(call, header, (at, dated) -> new Unfreeze(dated, receipt));
    }

    @POST
    @Path(CallReader.OF_ACCOUNT + "/close")
    @Needs(Scope.ADJUST)
    @Operation(
            operationId = "closeAccount",
            summary = "Close an account for ever",
            description = "Points that are left hinder it (409 `points_left`) unless they are forfeited; an open hold"
                    + " hinders it in any case. A debt stays recorded. A frozen account can be closed. A closed account"
                    + " can be read; calls that were answered before are answered again, and all others are declined"
                    + " with `account_closed`. Nothing undoes it.")
    @Refuses({ProblemCode.ACCOUNT_NOT_FOUND, ProblemCode.POINTS_LEFT})
    @Consumes(MediaType.APPLICATION_JSON)
    public Uni<Response> close(
            @PathParam("program") String program,
            @PathParam("account") String account,
            @RequestBody(
                            required = true,
                            content =
                                    @Content(
                                            schema = @Schema(implementation = CloseRequest.class),
                                            examples = {
                                                @ExampleObject(
                                                        name = "empty",
                                                        value = "{\"reason\":\"the member has asked for it\"}"),
                                                @ExampleObject(
                                                        name = "forfeit",
                                                        value = "{\"reason\":\"fraud\",\"forfeit\":true}")
                                            }))
                    byte[] body) {
        AccountCall call = calls.post(program, account);
        Body<CloseRequest> read = CLOSE.required(body);
        CloseRequest asked = read.value();
        Header header = call.header(OperationType.CLOSE, "close", read.canonical(), asked.ref);
        Receipt receipt = Receipt.byHand(asked.reason, null, null);
        return answers.to(call, header, (at, dated) -> new Close(dated, Boolean.TRUE.equals(asked.forfeit), receipt));
    }
}
