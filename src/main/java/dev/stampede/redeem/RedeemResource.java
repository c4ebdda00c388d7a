package dev.stampede.redeem;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.stampede.access.Scope;
import dev.stampede.account.Operation.Header;
import dev.stampede.account.Operation.Redeem;
import dev.stampede.account.OperationType;
import dev.stampede.http.ApiTag;
import dev.stampede.http.Needs;
import dev.stampede.http.problem.ProblemCode;
import dev.stampede.http.problem.Refuses;
import dev.stampede.http.request.AccountCall;
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
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.ParameterIn;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.ExampleObject;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

@Path(CallReader.PROGRAMS)
@Tag(name = ApiTag.POINTS)
@Produces(MediaType.APPLICATION_JSON)
public class RedeemResource {
    private static final BodyReader<RedeemRequest> BODY = BodyReader.of(RedeemRequest.class);

    private final CallReader calls;
    private final OperationResponder answers;
    private final MemberCodeReader codes;

    RedeemResource(CallReader calls, OperationResponder answers, MemberCodeReader codes) {
        this.calls = calls;
        this.answers = answers;
        this.codes = codes;
    }

    /** What is paid with points. */
    @Schema(name = "RedeemRequest", description = "Send `points`, or `amount` and `currency`, or `reward`.")
    record RedeemRequest(
            @JsonUnwrapped Payment payment,
            @JsonUnwrapped Proof proof,
            @JsonUnwrapped Reference ref,
            @JsonUnwrapped Origin origin) {}

    @POST
    @Path(CallReader.OF_ACCOUNT + "/redeem")
    @Needs(Scope.REDEEM)
    @Operation(
            operationId = "redeemPoints",
            summary = "Pay with points",
            description = "Takes the points that the call names, or those that an amount or a reward costs; amounts are"
                    + " rounded up. Points that expire soonest are taken first. A gift is used before points, the"
                    + " one that ends soonest.")
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
    public Uni<Response> redeem(
            @PathParam("program") String program,
            @PathParam("account") String account,
            @RequestBody(
                            required = true,
                            content =
                                    @Content(
                                            schema = @Schema(implementation = RedeemRequest.class),
                                            examples = {
                                                @ExampleObject(
                                                        name = "points",
                                                        value = "{\"points\":500,"
                                                                + "\"reference\":\"20261121-0042-03-0199\"}"),
                                                @ExampleObject(
                                                        name = "amount",
                                                        value = "{\"amount\":\"5.00\",\"currency\":\"EUR\"}"),
                                                @ExampleObject(name = "reward", value = "{\"reward\":\"coffee\"}")
                                            }))
                    byte[] body) {
        AccountCall call = calls.postOrDryRun(program, account);
        Body<RedeemRequest> read = BODY.required(body);
        RedeemRequest asked = read.value();
        CallReader.checkStore(calls.caller(), asked.payment.store());
        Header header = call.header(OperationType.REDEEM, "redeem", read.canonical(), asked.ref);
        MemberCodeReader.Shown shown = codes.shown(call.account(), calls.caller(), asked.proof);
        return codes.watching(call, shown, answers.to(call, header, (at, dated) -> {
            Payment.Price price = asked.payment.price(at, asked.origin);
            Header priced = shown.on(at, at.paying(at.priced(dated)));
            return new Redeem(priced, price.points(), price.claimed(), price.plain(), price.receipt());
        }));
    }
}
