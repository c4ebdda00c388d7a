package dev.stampede.hold;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.stampede.access.Principal;
import dev.stampede.access.Scope;
import dev.stampede.account.Operation.Capture;
import dev.stampede.account.Operation.Header;
import dev.stampede.account.Operation.Hold;
import dev.stampede.account.Operation.Release;
import dev.stampede.account.OperationType;
import dev.stampede.history.History;
import dev.stampede.http.ApiTag;
import dev.stampede.http.Needs;
import dev.stampede.http.problem.ProblemCode;
import dev.stampede.http.problem.ProblemException;
import dev.stampede.http.problem.Refuses;
import dev.stampede.http.request.AccountCall;
import dev.stampede.http.request.Amounts;
import dev.stampede.http.request.Body;
import dev.stampede.http.request.BodyReader;
import dev.stampede.http.request.CallReader;
import dev.stampede.http.request.MemberCodeReader;
import dev.stampede.http.request.OperationResponder;
import dev.stampede.http.request.Origin;
import dev.stampede.http.request.Payment;
import dev.stampede.http.request.Proof;
import dev.stampede.http.request.Reference;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.UUID;
import java.util.function.Supplier;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.ParameterIn;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.ExampleObject;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

@Path(CallReader.PROGRAMS)
@Tag(name = ApiTag.POINTS)
@Produces(MediaType.APPLICATION_JSON)
public class HoldResource {
    private static final BodyReader<HoldRequest> HOLD = BodyReader.of(HoldRequest.class);
    private static final BodyReader<CaptureRequest> CAPTURE = BodyReader.of(CaptureRequest.class);
    private static final BodyReader<ReleaseRequest> RELEASE = BodyReader.of(ReleaseRequest.class);

    private final CallReader calls;
    private final OperationResponder answers;
    private final MemberCodeReader codes;
    private final History history;

    HoldResource(CallReader calls, OperationResponder answers, MemberCodeReader codes, History history) {
        this.calls = calls;
        this.answers = answers;
        this.codes = codes;
        this.history = history;
    }

    /** As a redeem, for a time. */
    @Schema(name = "HoldRequest", description = "Send `points`, or `amount` and `currency`, or `reward`.")
    record HoldRequest(
            @JsonUnwrapped Payment payment,
            @JsonUnwrapped Proof proof,

            @Schema(
                    description = "Seconds until the hold expires and its points return",
                    minimum = "1",
                    maximum = "1800",
                    defaultValue = "120",
                    examples = "120")
            Long ttlSeconds,

            @JsonUnwrapped Reference ref,
            @JsonUnwrapped Origin origin) {}

    /** All of a hold, or less. */
    @Schema(name = "CaptureRequest", description = "Leave it empty to capture the whole hold.")
    record CaptureRequest(
            @Schema(
                    description = "How many of the hold's points to take; the rest returns to `available`",
                    minimum = Amounts.LEAST_POINTS,
                    maximum = Amounts.MOST_POINTS,
                    examples = "100")
            @Nullable
            Long points,

            @JsonUnwrapped Reference ref) {}

    @Schema(name = "ReleaseRequest", description = "May be empty.")
    record ReleaseRequest(@JsonUnwrapped Reference ref) {}

    @POST
    @Path(CallReader.OF_ACCOUNT + "/holds")
    @Needs(Scope.HOLD)
    @Operation(
            operationId = "holdPoints",
            summary = "Set points aside",
            description = "Takes points out of `available` for a checkout, until they are captured, voided, or the hold"
                    + " expires. The hold's id is that of this operation. A hold of a reward uses what limits it and a"
                    + " gift at once, and gives them back when it is voided or expires.")
    @Parameter(
            name = "dryRun",
            in = ParameterIn.QUERY,
            description = "`true`: answers what the call would do, without doing it",
            example = "true",
            schema = @Schema(type = SchemaType.BOOLEAN, defaultValue = "false"))
    @Refuses({
        ProblemCode.INVALID_AMOUNT,
        ProblemCode.PARTNER_UNKNOWN,
        ProblemCode.REWARD_NOT_FOUND,
        ProblemCode.CURRENCY_MISMATCH,
        ProblemCode.MEMBER_CODE_REQUIRED,
        ProblemCode.MEMBER_CODE_INVALID,
        ProblemCode.MEMBER_CODE_EXPIRED,
        ProblemCode.ACCOUNT_NOT_FOUND,
        ProblemCode.MEMBER_CODE_USED,
        ProblemCode.REWARD_UNAVAILABLE,
        ProblemCode.NOT_REDEEMABLE_HERE,
        ProblemCode.BELOW_MINIMUM,
        ProblemCode.NOT_A_STEP,
        ProblemCode.LIMIT_EXCEEDED,
        ProblemCode.OUT_OF_STOCK,
        ProblemCode.INSUFFICIENT_POINTS
    })
    @Consumes(MediaType.APPLICATION_JSON)
    public Uni<Response> hold(
            @PathParam("program") String program,
            @PathParam("account") String account,
            @RequestBody(
                            required = true,
                            content =
                                    @Content(
                                            schema = @Schema(implementation = HoldRequest.class),
                                            examples =
                                                    @ExampleObject(
                                                            name = "points",
                                                            value = "{\"points\":300,\"ttlSeconds\":120}")))
                    byte[] body) {
        AccountCall call = calls.postOrDryRun(program, account);
        Body<HoldRequest> read = HOLD.required(body);
        HoldRequest asked = read.value();
        CallReader.checkStore(calls.caller(), asked.payment.store());
        Header header = call.header(OperationType.HOLD, "holds", read.canonical(), asked.ref);
        MemberCodeReader.Shown shown = codes.shown(call.account(), calls.caller(), asked.proof);
        return codes.watching(call, shown, answers.to(call, header, (at, dated) -> {
            Payment.Price price = asked.payment.price(at, asked.origin);
            return new Hold(
                    shown.on(at, at.priced(dated)),
                    price.points(),
                    price.claimed(),
                    price.plain(),
                    asked.ttlSeconds,
                    at.graceIn(asked.ttlSeconds),
                    price.receipt());
        }));
    }

    @POST
    @Path(CallReader.OF_ACCOUNT + "/holds/{hold}/capture")
    @Needs(Scope.HOLD)
    @Operation(
            operationId = "captureHold",
            summary = "Take the points of a hold",
            description = "Takes all points of the hold or some of them. The rest returns as after a void. A hold of a"
                    + " reward is captured whole.")
    @Refuses({
        ProblemCode.INVALID_AMOUNT,
        ProblemCode.ACCOUNT_NOT_FOUND,
        ProblemCode.HOLD_NOT_FOUND,
        ProblemCode.HOLD_CAPTURED,
        ProblemCode.HOLD_VOIDED,
        ProblemCode.HOLD_EXPIRED,
        ProblemCode.NOT_A_STEP,
        ProblemCode.INSUFFICIENT_POINTS
    })
    @Consumes(MediaType.APPLICATION_JSON)
    public Uni<Response> capture(
            @PathParam("program") String program,
            @PathParam("account") String account,
            @PathParam("hold") String hold,
            @RequestBody(
                            required = false,
                            content =
                                    @Content(
                                            schema = @Schema(implementation = CaptureRequest.class),
                                            examples = {
                                                @ExampleObject(name = "all", value = "{}"),
                                                @ExampleObject(name = "part", value = "{\"points\":100}")
                                            }))
                    byte[] body) {
        AccountCall call = calls.post(program, account);
        UUID id = CallReader.id(hold, ProblemCode.HOLD_NOT_FOUND);
        Body<CaptureRequest> read = CAPTURE.optional(body);
        CaptureRequest asked = read.value();
        Header header = call.header(OperationType.CAPTURE, "holds/" + id + "/capture", read.canonical(), asked.ref);
        return ended(
                call,
                id,
                () -> answers.to(
                        call, header, (at, dated) -> new Capture(at.paying(dated), id, asked.points, at.grace())));
    }

    @POST
    @Path(CallReader.OF_ACCOUNT + "/holds/{hold}/void")
    @Needs(Scope.HOLD)
    @Operation(
            operationId = "voidHold",
            summary = "Return the points of a hold",
            description = "Returns all points of the hold. They pay a debt first. Then they keep the day on which they"
                    + " expire, or get the later day of the program's grace. Points whose day has passed"
                    + " expire now: `points` says how many are left.")
    @Refuses({
        ProblemCode.ACCOUNT_NOT_FOUND,
        ProblemCode.HOLD_NOT_FOUND,
        ProblemCode.HOLD_CAPTURED,
        ProblemCode.HOLD_VOIDED,
        ProblemCode.HOLD_EXPIRED
    })
    @Consumes(MediaType.APPLICATION_JSON)
    public Uni<Response> release(
            @PathParam("program") String program,
            @PathParam("account") String account,
            @PathParam("hold") String hold,
            @RequestBody(
                            required = false,
                            content =
                                    @Content(
                                            schema = @Schema(implementation = ReleaseRequest.class),
                                            examples = @ExampleObject(name = "all", value = "{}")))
                    byte[] body) {
        AccountCall call = calls.post(program, account);
        UUID id = CallReader.id(hold, ProblemCode.HOLD_NOT_FOUND);
        Body<ReleaseRequest> read = RELEASE.optional(body);
        Header header = call.header(OperationType.VOID, "holds/" + id + "/void", read.canonical(), read.value().ref);
        return ended(call, id, () -> answers.to(call, header, (at, dated) -> new Release(dated, id, at.grace())));
    }

    /** A till that holds points hands out the goods: its hold is not the member's to end. */
    private Uni<Response> ended(AccountCall call, UUID hold, Supplier<Uni<Response>> answer) {
        if (calls.caller().kind() != Principal.Kind.MEMBER) {
            return answer.get();
        }
        return history.sealed(call.account(), hold).chain(made -> {
            if (made != null && !made.isOf(call.by())) {
                throw new ProblemException(
                        ProblemCode.FORBIDDEN, "A member ends only a hold that he has made. Nothing was done.");
            }
            return answer.get();
        });
    }
}
