package dev.stampede.earn;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.stampede.account.Operation.Earn;
import dev.stampede.account.Operation.Header;
import dev.stampede.account.OperationType;
import dev.stampede.account.Receipt;
import dev.stampede.http.ApiTag;
import dev.stampede.http.problem.ProblemCode;
import dev.stampede.http.problem.Refuses;
import dev.stampede.http.request.AccountCall;
import dev.stampede.http.request.Body;
import dev.stampede.http.request.BodyReader;
import dev.stampede.http.request.CallReader;
import dev.stampede.http.request.OperationResponder;
import dev.stampede.http.request.Origin;
import dev.stampede.http.request.Purchase;
import dev.stampede.http.request.Reference;
import dev.stampede.http.view.OperationView;
import dev.stampede.points.Terms;
import dev.stampede.pricing.Award;
import dev.stampede.pricing.Money;
import dev.stampede.pricing.Worth;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Instant;
import java.util.List;
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
public class EarnResource {
    private static final BodyReader<EarnRequest> BODY = BodyReader.of(EarnRequest.class);

    private final CallReader calls;
    private final OperationResponder answers;

    EarnResource(CallReader calls, OperationResponder answers) {
        this.calls = calls;
        this.answers = answers;
    }

    /** What points are given for, and what the receipt says. */
    @Schema(name = "EarnRequest", description = "Send either `points`, or `amount` and `currency`.")
    record EarnRequest(
            @JsonUnwrapped Purchase purchase,
            @JsonUnwrapped Reference ref,

            @Schema(
                    description = "When the purchase happened (RFC 3339); for information only",
                    examples = "2026-11-21T12:00:00Z")
            @Nullable
            Instant occurredAt,

            @JsonUnwrapped Origin origin,

            @Schema(description = "The receipt's lines", maxItems = 500) @Nullable
            List<OperationView.ItemView> items) {}

    @POST
    @Path(CallReader.OF_ACCOUNT + "/earn")
    @Operation(
            operationId = "earnPoints",
            summary = "Earn points",
            description = "Gives the points that the call names, or those that the program gives for an amount, rounded"
                    + " down. Enrols the member if the program allows it.")
    @Parameter(
            name = "dryRun",
            in = ParameterIn.QUERY,
            description = "`true`: answers what the call would do, without doing it",
            example = "true",
            schema = @Schema(type = SchemaType.BOOLEAN, defaultValue = "false"))
    @Refuses({
        ProblemCode.INVALID_AMOUNT,
        ProblemCode.CURRENCY_MISMATCH,
        ProblemCode.ACCOUNT_NOT_FOUND,
        ProblemCode.LIMIT_EXCEEDED
    })
    @Consumes(MediaType.APPLICATION_JSON)
    public Uni<Response> earn(
            @PathParam("program") String program,
            @PathParam("account") String account,
            @RequestBody(
                            required = true,
                            content =
                                    @Content(
                                            schema = @Schema(implementation = EarnRequest.class),
                                            examples = {
                                                @ExampleObject(
                                                        name = "amount",
                                                        value = "{\"amount\":\"42.50\",\"currency\":\"EUR\","
                                                                + "\"reference\":\"20261121-0042-03-0199\","
                                                                + "\"channel\":\"till\",\"items\":"
                                                                + "[{\"sku\":\"coffee\",\"quantity\":2,"
                                                                + "\"amount\":\"5.00\"}]}"),
                                                @ExampleObject(name = "points", value = "{\"points\":120}")
                                            }))
                    byte[] body) {
        AccountCall call = calls.postOrDryRun(program, account);
        Body<EarnRequest> read = BODY.required(body);
        EarnRequest asked = read.value();
        Header header = call.header(OperationType.EARN, "earn", read.canonical(), asked.ref);
        return answers.to(call, header, at -> {
            checkDecimals(asked.items, at.rules());
            Worth worth = asked.purchase.worth();
            Award award = Award.of(worth, at.rules(), at.nowMs());
            return new Earn(
                    header,
                    award.points(),
                    award.on(),
                    award.matures(),
                    award.until(),
                    at.rules().autoEnrol(),
                    Receipt.of(
                            asked.origin.channel(),
                            asked.origin.note(),
                            worth.money(),
                            award.explanation(),
                            asked.occurredAt,
                            lines(asked.items),
                            award.matures()));
        });
    }

    private static void checkDecimals(@Nullable List<OperationView.ItemView> items, Terms rules) {
        if (items != null) {
            items.stream()
                    .filter(item -> item.amount() != null)
                    .forEach(item -> Money.checkDecimals(item.amount(), rules.currency()));
        }
    }

    private static @Nullable List<Receipt.Item> lines(@Nullable List<OperationView.ItemView> items) {
        return items == null
                ? null
                : items.stream()
                        .map(item -> new Receipt.Item(
                                item.sku(),
                                item.quantity(),
                                item.amount() == null ? null : item.amount().toPlainString()))
                        .toList();
    }
}
