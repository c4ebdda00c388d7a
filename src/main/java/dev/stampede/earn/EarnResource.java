package dev.stampede.earn;

import dev.stampede.account.Operation.Earn;
import dev.stampede.account.Operation.Header;
import dev.stampede.account.OperationType;
import dev.stampede.account.Receipt;
import dev.stampede.http.Subject;
import dev.stampede.http.problem.ProblemCode;
import dev.stampede.http.problem.ProblemException;
import dev.stampede.http.problem.Refuses;
import dev.stampede.http.request.AccountCall;
import dev.stampede.http.request.CallReader;
import dev.stampede.http.request.Fields;
import dev.stampede.http.request.OperationResponder;
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
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
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

@Path(CallReader.ACCOUNT)
@Tag(name = Subject.POINTS)
@Produces(MediaType.APPLICATION_JSON)
public class EarnResource {
    private static final int MAX_ITEMS = 500;

    private final CallReader calls;
    private final OperationResponder answers;

    EarnResource(CallReader calls, OperationResponder answers) {
        this.calls = calls;
        this.answers = answers;
    }

    /** Either points, or a price for the program to turn into points. */
    @Schema(name = "EarnRequest", description = "Either `points`, or `amount` and `currency`.")
    record EarnRequest(
            @Schema(description = "How many points", minimum = "1", maximum = "1000000000000", examples = "120")
            Long points,

            @Schema(
                    description =
                            "What was spent: a plain decimal with no more decimals than the currency has, `0.00` for"
                                    + " a receipt that was paid by voucher; instead of `points`",
                    pattern = "^(0|[1-9][0-9]{0,14})(\\.[0-9]{1,6})?$",
                    examples = "42.50")
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

            @Schema(
                    description = "When it happened (RFC 3339); tells, and decides nothing",
                    examples = "2026-11-21T12:00:00Z")
            Instant occurredAt,

            @Schema(description = "Where it comes from", minLength = 1, maxLength = 64, examples = "till")
            String channel,

            @Schema(description = "The receipt's lines", maxItems = 500)
            List<OperationView.ItemView> items,

            @Schema(
                    description = "Anything, for people; may have several lines",
                    minLength = 1,
                    maxLength = 1000,
                    examples = "birthday")
            String note) {}

    @POST
    @Path("/earn")
    @Operation(
            operationId = "earnPoints",
            summary = "Earn points",
            description =
                    "Gives points: as many as said, or as the program gives for an amount, rounded down. Enrols the"
                            + " member where the program says so.")
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
        Fields fields = Fields.of(body).only(EarnRequest.class);
        Worth worth = fields.worth();
        String reference = fields.text("reference", 255);
        Instant occurredAt = fields.time("occurredAt");
        String channel = fields.text("channel", 64);
        List<Receipt.Item> items = items(fields.list("items", MAX_ITEMS));
        String note = fields.lines("note", 1000);
        Header header = call.header(OperationType.EARN, "earn", fields, reference);
        return answers.to(call, header, at -> {
            checkDecimals(items, at.rules());
            Award award = Award.of(worth, at.rules(), at.nowMs());
            return new Earn(
                    header,
                    award.points(),
                    award.on(),
                    award.matures(),
                    award.until(),
                    at.rules().autoEnrol(),
                    Receipt.of(channel, note, worth.money(), award.explanation(), occurredAt, items, award.matures()));
        });
    }

    private static void checkDecimals(List<Receipt.Item> items, Terms rules) {
        if (items != null) {
            items.stream()
                    .filter(item -> item.amount() != null)
                    .forEach(item -> Money.checkDecimals(new BigDecimal(item.amount()), rules.currency()));
        }
    }

    private static List<Receipt.Item> items(List<Fields> list) {
        if (list == null) {
            return null;
        }
        List<Receipt.Item> items = new ArrayList<>();
        for (Fields each : list) {
            Fields item = each.only(Receipt.Item.class);
            String sku = item.text("sku", 64);
            if (sku == null) {
                throw ProblemException.malformed("an item has no sku");
            }
            BigDecimal amount = item.lineAmount("amount");
            items.add(new Receipt.Item(sku, item.quantity("quantity"), amount == null ? null : amount.toPlainString()));
        }
        return items;
    }
}
