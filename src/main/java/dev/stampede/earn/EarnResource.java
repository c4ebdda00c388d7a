package dev.stampede.earn;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.stampede.access.Scope;
import dev.stampede.account.Operation.Earn;
import dev.stampede.account.Operation.Header;
import dev.stampede.account.OperationType;
import dev.stampede.account.Receipt;
import dev.stampede.account.Unique;
import dev.stampede.award.Award;
import dev.stampede.document.Measure;
import dev.stampede.http.ApiTag;
import dev.stampede.http.Needs;
import dev.stampede.http.problem.ProblemCode;
import dev.stampede.http.problem.ProblemException;
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
import dev.stampede.points.LocalDay;
import dev.stampede.pricing.Calculation;
import dev.stampede.pricing.Money;
import dev.stampede.pricing.Worth;
import dev.stampede.program.InForce;
import dev.stampede.rules.Call;
import dev.stampede.rules.LotDays;
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
    @Schema(name = "EarnRequest", description = "Send either `points`, or `amount` and `currency`, or `action`.")
    record EarnRequest(
            @JsonUnwrapped Purchase purchase,
            @JsonUnwrapped Reference ref,

            @Schema(
                    description = "When the purchase happened (RFC 3339), if not now: at most 2 s in the future, and no"
                            + " more days ago than the program's `backdateDays`. The program prices it as it was then",
                    examples = "2026-11-21T12:00:00Z")
            @Nullable
            Instant occurredAt,

            @JsonUnwrapped Origin origin) {
        EarnRequest {
            purchase.check();
        }
    }

    @POST
    @Path(CallReader.OF_ACCOUNT + "/earn")
    @Needs(Scope.EARN)
    @Operation(
            operationId = "earnPoints",
            summary = "Earn points",
            description = "Gives the points that the call names, or those that the program gives for an amount, rounded"
                    + " down. Enrols the member if the program allows it. In a program with unique references, each"
                    + " `reference` gives points once: of the account, or of the program, and of each partner.")
    @Parameter(
            name = "dryRun",
            in = ParameterIn.QUERY,
            description = "`true`: answers what the call would do, without doing it",
            example = "true",
            schema = @Schema(type = SchemaType.BOOLEAN, defaultValue = "false"))
    @Refuses({
        ProblemCode.INVALID_AMOUNT,
        ProblemCode.UNKNOWN_ACTION,
        ProblemCode.PARTNER_UNKNOWN,
        ProblemCode.CURRENCY_MISMATCH,
        ProblemCode.OCCURRED_AT_OUT_OF_RANGE,
        ProblemCode.UNKNOWN_ATTRIBUTE,
        ProblemCode.ACCOUNT_NOT_FOUND,
        ProblemCode.REFERENCE_USED,
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
                                                                + "[{\"sku\":\"coffee\",\"quantity\":\"2\","
                                                                + "\"amount\":\"5.00\"}]}"),
                                                @ExampleObject(name = "points", value = "{\"points\":120}")
                                            }))
                    byte[] body) {
        AccountCall call = calls.postOrDryRun(program, account);
        Body<EarnRequest> read = BODY.required(body);
        EarnRequest asked = read.value();
        CallReader.checkStore(calls.caller(), asked.purchase.store());
        Header header = call.header(OperationType.EARN, "earn", read.canonical(), asked.ref);
        return answers.to(call, header, (at, dated) -> {
            long atMs = asked.occurredAt == null ? call.nowMs() : asked.occurredAt.toEpochMilli();
            InForce.Rules rules = asked.occurredAt == null ? at.found() : answers.rules(at, atMs);
            return rules.isPlain() && at.found().isPlain()
                    ? plain(rules, atMs, call.nowMs(), at, dated, asked)
                    : awarded(rules, atMs, call.nowMs(), at, dated, asked);
        });
    }

    /** An earn by one rate: its points are known before the member is. */
    private static Earn plain(
            InForce.Rules rules, long atMs, long arrivedMs, AccountCall at, Header header, EarnRequest asked) {
        Purchase purchase = asked.purchase;
        checkPlain(purchase);
        if (asked.occurredAt != null || purchase.items() != null) {
            rules.compiled().check(purchase.call(asked.origin.channel(), rules.compiled()), atMs, arrivedMs);
        }
        Worth worth = purchase.worth(rules.terms().currency());
        Calculation why = Calculation.of(
                worth, rules.terms(), rules.document().earn().get(0).id());
        LotDays days = rules.compiled().lotDays(at.nowMs(), at.zone());
        Header renewing =
                header.under(rules.version()).renewing(rules.compiled().renewedByEarn(at.nowMs(), at.zone()));
        return earn(at, renewing, why.points(), null, days, receipt(asked, worth.money(), why, null, days), null);
    }

    /** An earn whose points depend on the member. */
    private static Earn awarded(
            InForce.Rules rules, long atMs, long arrivedMs, AccountCall at, Header header, EarnRequest asked) {
        Purchase purchase = asked.purchase;
        Call call = purchase.call(asked.origin.channel(), rules.compiled());
        Award award = rules.compiled()
                .price(call, atMs, arrivedMs, at.nowMs(), at.found().compiled());
        LotDays days = rules.compiled().lotDays(at.nowMs(), at.zone());
        Money money = call instanceof Call.Purchase
                ? purchase.worth(rules.document().currency()).money()
                : null;
        List<String> moneyMeasures = rules.document().measures().stream()
                .filter(Measure.Amount.class::isInstance)
                .map(Measure::id)
                .toList();
        return earn(
                at,
                header.under(rules.version()).renewing(rules.compiled().renewedByEarn(at.nowMs(), at.zone())),
                0,
                award,
                days,
                receipt(asked, money, null, moneyMeasures.isEmpty() ? null : moneyMeasures, days),
                purchase.partner());
    }

    private static Earn earn(
            AccountCall at,
            Header header,
            long points,
            @Nullable Award award,
            LotDays days,
            Receipt receipt,
            @Nullable String partner) {
        long tomorrow = LocalDay.number(at.nowMs(), at.zone()) + 1;
        return new Earn(
                header,
                points,
                award,
                days.on(),
                days.matures(),
                LocalDay.start(tomorrow, at.zone()),
                at.rules().autoEnrol(),
                receipt,
                unique(at, header.reference(), partner));
    }

    /** Each partner has receipts of its own. */
    private static @Nullable Unique unique(AccountCall at, @Nullable String reference, @Nullable String partner) {
        if (reference == null) {
            return null;
        }
        String of = partner == null ? "" : ":" + partner;
        return switch (at.found().document().points().uniqueReferences()) {
            case NONE -> null;
            case ACCOUNT -> new Unique("account" + of, at.account().id() + ' ' + reference, null);
            case PROGRAM -> new Unique("program" + of, reference, null);
        };
    }

    private static Receipt receipt(
            EarnRequest asked,
            @Nullable Money money,
            @Nullable Calculation why,
            @Nullable List<String> moneyMeasures,
            LotDays days) {
        Purchase purchase = asked.purchase;
        return Receipt.of(
                asked.origin.channel(),
                asked.origin.note(),
                money,
                why,
                new Receipt.Sale(
                        purchase.partner(),
                        purchase.store(),
                        purchase.action(),
                        asked.occurredAt,
                        lines(purchase.items()),
                        moneyMeasures),
                days.matures());
    }

    /** A plain program has neither promotions nor partners. */
    private static void checkPlain(Purchase purchase) {
        if (purchase.action() != null) {
            throw new ProblemException(ProblemCode.UNKNOWN_ACTION, "No promotion is for " + purchase.action() + ".");
        }
        if (purchase.partner() != null) {
            throw new ProblemException(ProblemCode.PARTNER_UNKNOWN, "There is no partner " + purchase.partner() + ".");
        }
    }

    private static @Nullable List<Receipt.Item> lines(@Nullable List<OperationView.ItemView> items) {
        return items == null
                ? null
                : items.stream().map(OperationView.ItemView::receipt).toList();
    }
}
