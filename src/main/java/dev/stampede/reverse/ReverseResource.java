package dev.stampede.reverse;

import dev.stampede.account.Operation.Header;
import dev.stampede.account.Operation.Reverse;
import dev.stampede.account.Operation.VoidCall;
import dev.stampede.account.OperationType;
import dev.stampede.http.Subject;
import dev.stampede.http.problem.ProblemCode;
import dev.stampede.http.problem.ProblemException;
import dev.stampede.http.problem.Refuses;
import dev.stampede.http.request.AccountCall;
import dev.stampede.http.request.CallReader;
import dev.stampede.http.request.Fields;
import dev.stampede.http.request.IdempotencyKey;
import dev.stampede.http.request.OperationResponder;
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

@Path(CallReader.ACCOUNT)
@Tag(name = Subject.POINTS)
@Produces(MediaType.APPLICATION_JSON)
public class ReverseResource {
    private final CallReader calls;
    private final OperationResponder answers;

    ReverseResource(CallReader calls, OperationResponder answers) {
        this.calls = calls;
        this.answers = answers;
    }

    /** All that is left, or less. */
    @Schema(name = "ReverseRequest", description = "Empty for all that is left.")
    record ReverseRequest(
            @Schema(
                    description = "How many of the operation's points to undo",
                    minimum = "1",
                    maximum = "1000000000000",
                    examples = "100")
            Long points,

            @Schema(
                    description = "The caller's own, such as a receipt's number; history can be filtered by it",
                    minLength = 1,
                    maxLength = 255,
                    examples = "20261121-0042-03-0199")
            String reference) {}

    @Schema(name = "VoidRequest", description = "The call to undo.")
    record VoidRequest(
            @Schema(
                    description = "The `Idempotency-Key` of the call whose answer was lost",
                    required = true,
                    minLength = 1,
                    maxLength = 255,
                    pattern = "^[!-~]{1,255}$",
                    examples = "till-3-0042")
            String key,

            @Schema(
                    description = "The caller's own, such as a receipt's number; history can be filtered by it",
                    minLength = 1,
                    maxLength = 255,
                    examples = "20261121-0042-03-0199")
            String reference) {}

    @POST
    @Path("/operations/{operation}/reverse")
    @Operation(
            operationId = "reverseOperation",
            summary = "Undo an operation, or part of it",
            description =
                    "Of a redeem or a capture: the points return, and pay a debt first; then they count to the day"
                            + " that they had, or to that of the program's grace. Of an earn: they are taken back."
                            + " What expired"
                            + " unspent is not taken again; what was spent becomes debt or is forgiven, as the"
                            + " program says;"
                            + " what is on hold becomes debt, which its return pays. An earn of 0 points is reversed"
                            + " once.")
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
        Fields fields = Fields.orNone(body).only(ReverseRequest.class);
        Long points = fields.points("points");
        String reference = fields.text("reference", 255);
        Header header = call.header(OperationType.REVERSE, "operations/" + id + "/reverse", fields, reference);
        return answers.to(call, header, at -> new Reverse(header, id, points, at.grace(), makesDebt(at)));
    }

    @POST
    @Path("/voids")
    @Operation(
            operationId = "voidCall",
            summary = "Undo a call whose answer was lost",
            description = "If it happened, it is undone; if not, it never will be: when it arrives later, it gets 409"
                    + " `voided`.")
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
        Fields fields = Fields.of(body).only(VoidRequest.class);
        String key = fields.text("key", 255);
        if (key == null || !IdempotencyKey.valid(key)) {
            throw ProblemException.malformed("key is not 1 to 255 visible ASCII characters");
        }
        if (key.equals(call.key())) {
            throw ProblemException.malformed("a call can't void itself: key is its own Idempotency-Key");
        }
        String reference = fields.text("reference", 255);
        Header header = call.header(OperationType.VOID, "voids", fields, reference);
        return answers.to(call, header, at -> new VoidCall(header, key, at.grace(), makesDebt(at)));
    }

    /** Whether what a reversed earn can't take back becomes debt. */
    private static boolean makesDebt(AccountCall call) {
        return call.rules().clawback() == Terms.Clawback.DEBT;
    }
}
