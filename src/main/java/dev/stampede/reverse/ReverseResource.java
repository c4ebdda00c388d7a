package dev.stampede.reverse;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.stampede.access.Scope;
import dev.stampede.account.Operation.Header;
import dev.stampede.account.Operation.Reverse;
import dev.stampede.account.Operation.VoidCall;
import dev.stampede.account.OperationType;
import dev.stampede.account.Reversal.Asked;
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
import dev.stampede.http.request.IdempotencyKey;
import dev.stampede.http.request.OperationResponder;
import dev.stampede.http.request.Reference;
import dev.stampede.points.Terms;
import dev.stampede.pricing.Money;
import dev.stampede.rules.Returns;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.math.BigDecimal;
import java.util.Currency;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Stream;
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
    @Schema(
            name = "ReverseRequest",
            description = "Leave it empty to undo all that is left. Of an earn, `points`, `amount` with `currency`, or"
                    + " `items` undo a part; all partial reversals of one earn are of the same kind. Of other"
                    + " operations, `points` do.")
    record ReverseRequest(
            @Schema(
                    description = "How many of the operation's points to undo",
                    minimum = Amounts.LEAST_POINTS,
                    maximum = Amounts.MOST_POINTS,
                    examples = "100")
            @Nullable
            Long points,

            @Schema(
                    implementation = String.class,
                    description = "How much of the purchase's amount is paid back: a plain decimal above 0",
                    pattern = Amounts.DECIMAL,
                    examples = "12.50")
            @Nullable
            BigDecimal amount,

            @Schema(
                    implementation = String.class,
                    description = "The ISO 4217 currency of the purchase; required with `amount`",
                    pattern = Amounts.CURRENCY,
                    examples = "EUR")
            @Nullable
            Currency currency,

            @Schema(description = "The lines of the purchase that are returned", maxItems = 500) @Nullable
            List<ReturnedItem> items,

            @JsonUnwrapped Reference ref) {
        ReverseRequest {
            if (Stream.of(points, amount, items).filter(Objects::nonNull).count() > 1) {
                throw ProblemException.malformed("Send one of points, amount and items, or none of them.");
            }
            if ((amount == null) != (currency == null)) {
                throw ProblemException.malformed("Send amount and currency together.");
            }
            if (amount != null && amount.signum() == 0) {
                throw new ProblemException(ProblemCode.INVALID_AMOUNT, "amount must be above 0.");
            }
            if (items != null && items.isEmpty()) {
                throw ProblemException.malformed("items has no line.");
            }
        }

        Asked asked() {
            return new Asked(
                    points,
                    amount == null || currency == null ? null : new Money(amount, currency),
                    items == null
                            ? List.of()
                            : items.stream().map(ReturnedItem::returned).toList());
        }
    }

    @Schema(name = "ReturnedItem", description = "A line of the purchase, or some of its units.")
    record ReturnedItem(
            @Schema(
                    description = "The position of the line in the `items` of the earn, from 0",
                    required = true,
                    minimum = "0",
                    maximum = "499",
                    examples = "0")
            Long line,

            @Schema(
                    implementation = String.class,
                    description = "How many units: a plain decimal above 0 with at most 3 decimals. If it is left out,"
                            + " all that are left",
                    pattern = "^(0|[1-9][0-9]{0,5})(\\.[0-9]{1,3})?$",
                    examples = "1")
            @Nullable
            BigDecimal quantity) {
        ReturnedItem {
            if (quantity != null && quantity.signum() == 0) {
                throw new ProblemException(ProblemCode.INVALID_AMOUNT, "quantity must be above 0.");
            }
        }

        Returns.Returned returned() {
            return new Returns.Returned(
                    line.intValue(),
                    quantity == null
                            ? null
                            : Long.valueOf(quantity.movePointRight(3).longValueExact()));
        }
    }

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
    @Needs(Scope.REVERSE)
    @Operation(
            operationId = "reverseOperation",
            summary = "Undo an operation or part of it",
            description = "The points of a redeem or a capture return. They pay a debt first. Then they keep the day"
                    + " on which they expire, or get the later day of the program's grace. The points of an earn"
                    + " are taken back. Points that expired unspent are not taken again. Points that were spent"
                    + " become debt or are forgiven, as the program says. Points on hold become debt, which"
                    + " their return pays. An earn of 0 points can be reversed once. With the points go what the earn"
                    + " counted for: tier, limits, stamps and gifts that were not used. A part of an earn leaves what"
                    + " the rest of the purchase would have earned.")
    @Refuses({
        ProblemCode.INVALID_AMOUNT,
        ProblemCode.ACCOUNT_NOT_FOUND,
        ProblemCode.OPERATION_NOT_FOUND,
        ProblemCode.ALREADY_REVERSED,
        ProblemCode.CURRENCY_MISMATCH,
        ProblemCode.REVERSE_EXCEEDS_ORIGINAL,
        ProblemCode.REVERSE_KIND_MIXED,
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
                                                @ExampleObject(name = "points", value = "{\"points\":100}"),
                                                @ExampleObject(
                                                        name = "amount",
                                                        value = "{\"amount\":\"12.50\",\"currency\":\"EUR\"}"),
                                                @ExampleObject(
                                                        name = "items",
                                                        value = "{\"items\":[{\"line\":0,\"quantity\":\"1\"}]}")
                                            }))
                    byte[] body) {
        AccountCall call = calls.post(program, account);
        UUID id = CallReader.id(operation, ProblemCode.OPERATION_NOT_FOUND);
        Body<ReverseRequest> read = REVERSE.optional(body);
        ReverseRequest asked = read.value();
        Header header =
                call.header(OperationType.REVERSE, "operations/" + id + "/reverse", read.canonical(), asked.ref);
        return answers.to(
                call,
                header,
                (at, dated) -> new Reverse(dated, id, asked.asked(), at.lapseRules(), at.grace(), makesDebt(at)));
    }

    @POST
    @Path(CallReader.OF_ACCOUNT + "/voids")
    @Needs(
            value = {Scope.EARN, Scope.REDEEM, Scope.HOLD, Scope.REVERSE},
            members = false)
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
        boolean ofOthers = calls.caller().hasAny(Scope.REVERSE);
        Header header = call.header(OperationType.VOID, "voids", read.canonical(), asked.ref);
        return answers.to(
                call,
                header,
                (at, dated) -> new VoidCall(dated, asked.key, ofOthers, at.lapseRules(), at.grace(), makesDebt(at)));
    }

    /** Whether what a reversed earn can't take back becomes debt. */
    private static boolean makesDebt(AccountCall call) {
        return call.rules().clawback() == Terms.Clawback.DEBT;
    }
}
