package dev.stampede.redeem;

import dev.stampede.account.Operation.Header;
import dev.stampede.account.Operation.Redeem;
import dev.stampede.account.OperationType;
import dev.stampede.account.Receipt;
import dev.stampede.http.Subject;
import dev.stampede.http.problem.ProblemCode;
import dev.stampede.http.problem.Refuses;
import dev.stampede.http.request.AccountCall;
import dev.stampede.http.request.CallReader;
import dev.stampede.http.request.Fields;
import dev.stampede.http.request.OperationResponder;
import dev.stampede.pricing.Cost;
import dev.stampede.pricing.Worth;
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

@Path(CallReader.ACCOUNT)
@Tag(name = Subject.POINTS)
@Produces(MediaType.APPLICATION_JSON)
public class RedeemResource {
    private final CallReader calls;
    private final OperationResponder answers;

    RedeemResource(CallReader calls, OperationResponder answers) {
        this.calls = calls;
        this.answers = answers;
    }

    /** Either points, or an amount that is paid with points. */
    @Schema(name = "RedeemRequest", description = "Either `points`, or `amount` and `currency`.")
    record RedeemRequest(
            @Schema(description = "How many points", minimum = "1", maximum = "1000000000000", examples = "500")
            Long points,

            @Schema(
                    description =
                            "What is paid for: a plain decimal above 0 with no more decimals than the currency has;"
                                    + " instead of `points`",
                    pattern = "^(0|[1-9][0-9]{0,14})(\\.[0-9]{1,6})?$",
                    examples = "5.00")
            String amount,

            @Schema(
                    description = "The program's ISO 4217 currency; comes with `amount`",
                    pattern = "^[A-Z]{3}$",
                    examples = "EUR")
            String currency,

            @Schema(
                    description = "The caller's own, such as a receipt's number; history can be filtered by it",
                    minLength = 1,
                    maxLength = 255,
                    examples = "20261121-0042-03-0199")
            String reference,

            @Schema(description = "Where it comes from", minLength = 1, maxLength = 64, examples = "till")
            String channel,

            @Schema(
                    description = "Anything, for people; may have several lines",
                    minLength = 1,
                    maxLength = 1000,
                    examples = "birthday")
            String note) {}

    @POST
    @Path("/redeem")
    @Operation(
            operationId = "redeemPoints",
            summary = "Pay with points",
            description =
                    "Takes points, those that expire soonest first: as many as said, or as an amount costs, rounded"
                            + " up.")
    @Parameter(
            name = "dryRun",
            in = ParameterIn.QUERY,
            description = "`true`: answers what would be, and moves nothing",
            example = "true",
            schema = @Schema(type = SchemaType.BOOLEAN, defaultValue = "false"))
    @Refuses({
        ProblemCode.INVALID_AMOUNT,
        ProblemCode.CURRENCY_MISMATCH,
        ProblemCode.ACCOUNT_NOT_FOUND,
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
                                                        value = "{\"amount\":\"5.00\",\"currency\":\"EUR\"}")
                                            }))
                    byte[] body) {
        AccountCall call = calls.postOrDryRun(program, account);
        Fields fields = Fields.of(body).only(RedeemRequest.class);
        Worth worth = fields.payment();
        String reference = fields.text("reference", 255);
        String channel = fields.text("channel", 64);
        String note = fields.lines("note", 1000);
        Header header = call.header(OperationType.REDEEM, "redeem", fields, reference);
        return answers.to(call, header, at -> {
            Cost cost = Cost.of(worth, at.rules());
            return new Redeem(header, cost.points(), Receipt.of(channel, note, worth.money(), cost.explanation()));
        });
    }
}
