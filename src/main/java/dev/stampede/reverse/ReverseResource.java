package dev.stampede.reverse;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.stampede.account.Operation.Header;
import dev.stampede.account.Operation.Reverse;
import dev.stampede.account.Operation.VoidCall;
import dev.stampede.account.OperationType;
import dev.stampede.http.ApiTag;
import dev.stampede.http.problem.ProblemCode;
import dev.stampede.http.problem.ProblemException;
import dev.stampede.http.problem.Refuses;
import dev.stampede.http.request.AccountCall;
import dev.stampede.http.request.Amounts;
import dev.stampede.http.request.Body;
import dev.stampede.http.request.BodyReader;
import dev.stampede.http.request.CallReader;
import dev.stampede.http.request.IdempotencyKey;
import dev.stampede.http.request.OperationResponder;
import dev.stampede.http.request.Reference;
import dev.stampede.points.Terms;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.ExampleObject;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

@Path(CallReader.PROGRAMS)
@Tag(name = ApiTag.POINTS)
@Produces(MediaType.APPLICATION_JSON)
public class ReverseResource {
    private static final BodyReader<ReverseRequest> REVERSE = BodyReader.of(ReverseRequest.class);
    private static final BodyReader<VoidRequest> VOID = BodyReader.of(VoidRequest.class);

    private final CallReader calls;
    private final OperationResponder answers;

    ReverseResource(CallReader calls, OperationResponder answers) {
        this.calls = calls;
        this.answers = answers;
    }

    /** All that is left, or less. */
    @Schema(name = "ReverseRequest", description = "Leave it empty to undo all points that are left.")
    record ReverseRequest(
            @Schema(
                    description = "How many of the operation's points to undo",
                    minimum = Amounts.LEAST_POINTS,
                    maximum = Amounts.MOST_POINTS,
                    examples = "100")
            @Nullable
            Long points,

            @JsonUnwrapped Reference ref) {}

    @Schema(name = "VoidRequest", description = "The call to undo.")
    record VoidRequest(
            @Schema(
                    description = "The `Idempotency-Key` of the call whose answer was lost",
                    required = true,
                    minLength = 1,
                    maxLength = IdempotencyKey.MAX_LENGTH,
                    pattern = IdempotencyKey.PATTERN,
                    examples = "till-3-0042")
            String key,

            @JsonUnwrapped Reference ref) {}

    @POST
    @Path(CallReader.OF_ACCOUNT + "/operations/{operation}/reverse")
    @Operation(
            operationId = "reverseOperation",
            summary = "Undo an operation or part of it",
            description = "The points of a redeem or a capture return. They pay a debt first. Then they keep the day"
                    + " on which they expire, or get the later day of the program's grace. The points of an earn"
                    + " are taken back. Points that expired unspent are not taken again. Points that were spent"
                    + " become debt or are forgiven, as the program says. Points on hold become debt, which"
                    + " their return pays. An earn of 0 points can be reversed once.")
    @Refuses({
        ProblemCode.INVALID_AMOUNT,
        ProblemCode.ACCOUNT_NOT_FOUND,
        ProblemCode.OPERATION_NOT_FOUND,
        ProblemCode.ALREADY_REVERSED,
        ProblemCode.REVERSE_EXCEEDS_ORIGINAL,
        ProblemCode.LIMIT_EXCEEDED
    })
    @Consumes(MediaType.APPLICATION_JSON)
    public Uni<Response> reverse(
            @PathParam("program") String program,
            @PathParam("account") String account,
            @PathParam("operation") String operation,
            @RequestBody(
                            required = false,
                            content =
                                    @Content(
                                            schema = @Schema(implementation = ReverseRequest.class),
                                            examples = {
                                                @ExampleObject(name = "all", value = "{}"),
                                                @ExampleObject(name = "part", value = "{\"points\":100}")
                                            }))
                    byte[] body) {
        AccountCall call = calls.post(program, account);
        UUID id = CallReader.id(operation, ProblemCode.OPERATION_NOT_FOUND);
        Body<ReverseRequest> read = REVERSE.optional(body);
        ReverseRequest asked = read.value();
        Header header =
                call.header(OperationType.REVERSE, "operations/" + id + "/reverse", read.canonical(), asked.ref);
        return answers.to(call, header, at -> new Reverse(header, id, asked.points, at.grace(), makesDebt(at)));
    }

    @POST
    @Path(CallReader.OF_ACCOUNT + "/voids")
    @Operation(
            operationId = "voidCall",
            summary = "Undo a call whose answer was lost",
            description = "Undoes the call if it took effect. If it did not, it never will: when it arrives later,"
                    + " it gets 409 `voided`.")
    @Refuses({ProblemCode.HOLD_CAPTURED, ProblemCode.ALREADY_REVERSED, ProblemCode.LIMIT_EXCEEDED})
    @Consumes(MediaType.APPLICATION_JSON)
    public Uni<Response> voidByKey(
            @PathParam("program") String program,
            @PathParam("account") String account,
            @RequestBody(
                            required = true,
                            content =
                                    @Content(
                                            schema = @Schema(implementation = VoidRequest.class),
                                            examples =
                                                    @ExampleObject(name = "key", value = "{\"key\":\"till-3-0042\"}")))
                    byte[] body) {
        AccountCall call = calls.post(program, account);
        Body<VoidRequest> read = VOID.required(body);
        VoidRequest asked = read.value();
        if (asked.key.equals(call.key())) {
            throw ProblemException.malformed("A call cannot void itself: key equals its own Idempotency-Key.");
        }
        Header header = call.header(OperationType.VOID, "voids", read.canonical(), asked.ref);
        return answers.to(call, header, at -> new VoidCall(header, asked.key, at.grace(), makesDebt(at)));
    }

    /** Whether what a reversed earn can't take back becomes debt. */
    private static boolean makesDebt(AccountCall call) {
        return call.rules().clawback() == Terms.Clawback.DEBT;
    }
}
