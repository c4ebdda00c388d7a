package dev.stampede.quote;

import dev.stampede.access.Scope;
import dev.stampede.account.OperationType;
import dev.stampede.account.Receipt;
import dev.stampede.account.SealedOperation;
import dev.stampede.account.UnreadableForm;
import dev.stampede.award.MemberState;
import dev.stampede.award.Part;
import dev.stampede.award.Parts;
import dev.stampede.award.Standing;
import dev.stampede.codec.MemberText;
import dev.stampede.codec.PartsText;
import dev.stampede.codec.Taken;
import dev.stampede.codec.Told;
import dev.stampede.document.ProgramDocument;
import dev.stampede.gateway.Gateway;
import dev.stampede.gateway.Unavailable;
import dev.stampede.history.History;
import dev.stampede.history.HistoryResource;
import dev.stampede.http.ApiTag;
import dev.stampede.http.Needs;
import dev.stampede.http.problem.ProblemCode;
import dev.stampede.http.problem.ProblemException;
import dev.stampede.http.problem.Refuses;
import dev.stampede.http.request.AccountCall;
import dev.stampede.http.request.CallReader;
import dev.stampede.http.view.OperationView;
import dev.stampede.http.view.OperationView.ExplanationView;
import dev.stampede.points.Unpriceable;
import dev.stampede.program.reading.DocumentReader;
import dev.stampede.publish.Versions;
import dev.stampede.rules.Call;
import dev.stampede.rules.CompiledProgram;
import dev.stampede.rules.Explanation;
import dev.stampede.rules.Held;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/**
 * Why an operation gave or cost what it did, and why the other rules gave nothing or did not apply. What the member's
 * state decided (limits, stacking, the level) was stored with the operation, and is told as it was. The conditions of
 * the other rules are looked at again: under the version that priced it, with the receipt, and with the attributes that
 * the member had. Nothing of it is decided again.
 */
@Path(CallReader.PROGRAMS)
@Tag(name = ApiTag.HISTORY)
@Produces(MediaType.APPLICATION_JSON)
public class ExplanationResource {
    private final Gateway gateway;
    private final History history;
    private final CallReader calls;
    private final Versions versions;
    private final PricingPlaces places;

    ExplanationResource(Gateway gateway, History history, CallReader calls, Versions versions, PricingPlaces places) {
        this.gateway = gateway;
        this.history = history;
        this.calls = calls;
        this.versions = versions;
        this.places = places;
    }

    @Schema(
            name = "OperationExplanation",
            description = "Why an operation gave or cost what it did, and why other rules gave nothing or did not"
                    + " apply.")
    record ExplanationsView(
            @Schema(description = "The operation") UUID operation,

            @Schema(
                    description = "The version of the program that priced it; null if an earlier release did not note"
                            + " it",
                    minimum = "1",
                    examples = "1",
                    nullable = true)
            @Nullable
            Integer programVersion,

            @Schema(
                    description = "The tier that the member held; null where the program has none",
                    examples = "gold",
                    nullable = true)
            @Nullable
            String tier,

            @Schema(
                    description = "What gave how much, as it was decided; then each earn rule and each promotion that"
                            + " gave nothing, with its first condition that did not hold as the `reason`. Besides the"
                            + " conditions of a promotion: `event` (it is for something else), `match` (no line was"
                            + " left for the earn rule), `none` (its lines are outside of everything), `progress` (not"
                            + " complete yet), `nothing` (there was nothing to give). Of a payment with points each"
                            + " redeem rule that did not apply; `order`: a rule before it holds")
            List<ExplanationView> explanation,

            @Schema(
                    description = "Whether every rule is told that could have given something, or could have said the"
                            + " price. False where only what gave or cost something is told, because it is not known"
                            + " any more by what it was priced",
                    examples = "true")
            boolean complete) {}

    @GET
    @Path(CallReader.OF_ACCOUNT + "/operations/{operation}/explanation")
    @Needs(Scope.READ)
    @Operation(
            operationId = "explainOperation",
            summary = "Why an operation gave or cost what it did, and why not more",
            description = "Of an earn or an enrolment that was done: every earn rule and every promotion of the version"
                    + " that priced it. What depended on the member is told as it was decided. Where the call did not"
                    + " say when it happened, conditions of time are looked at for the time of the decision, which can"
                    + " be seconds later than that of its arrival; a rule that gave something is told as it was. Of a"
                    + " redeem or a hold: each redeem rule, or the reward that was paid for. Of any"
                    + " other operation that was done: its own `explanation`. One that was declined has nothing to"
                    + " explain: 404 `not_found`.")
    @APIResponse(
            responseCode = "200",
            description = "The explanation",
            content = @Content(schema = @Schema(implementation = ExplanationsView.class)))
    @Refuses({
        ProblemCode.ACCOUNT_NOT_FOUND,
        ProblemCode.OPERATION_NOT_FOUND,
        ProblemCode.NOT_FOUND,
        ProblemCode.OVERLOADED
    })
    public Uni<ExplanationsView> explain(
            @PathParam("program") String program,
            @PathParam("account") String account,
            @PathParam("operation") String operation) {
        AccountCall call = calls.read(program, account);
        UUID id = CallReader.id(operation, ProblemCode.OPERATION_NOT_FOUND);
        return places.take(() -> HistoryResource.account(gateway, call.account())
                .chain(() -> history.sealed(call.account(), id))
                .chain(found -> {
                    if (found == null) {
                        throw new ProblemException(
                                ProblemCode.OPERATION_NOT_FOUND, "The account has no operation with this id.");
                    }
                    return explain(found);
                }));
    }

    private Uni<ExplanationsView> explain(SealedOperation operation) {
        if (!operation.ok()) {
            throw new ProblemException(
                    ProblemCode.NOT_FOUND, "The operation was declined: its outcome says why. No rule gave anything.");
        }
        if (!isPriced(operation)) {
            return Uni.createFrom().item(readable(() -> own(operation, null, List.of(), true)));
        }
        Integer version = operation.programVersion();
        if (version == null) {
            return Uni.createFrom().item(view(operation, null));
        }
        return versions.document(operation.account().program(), version)
                .chain(text -> places.work(() -> {
                    ProgramDocument document =
                            text == null ? null : DocumentReader.stored(text).document();
                    return view(operation, document == null ? null : CompiledProgram.of(document));
                }));
    }

    /** Whether rules chose among each other what it gave or cost. */
    private static boolean isPriced(SealedOperation operation) {
        return switch (operation.type()) {
            case EARN, ENROL -> true;
            case REDEEM, HOLD -> operation.ok() && operation.told() != null;
            default -> false;
        };
    }

    /** What the operation itself tells, and then what others did not. */
    private static ExplanationsView own(
            SealedOperation operation, @Nullable String tier, List<ExplanationView> others, boolean complete) {
        List<ExplanationView> explanation =
                new ArrayList<>(OperationView.of(operation, null).explanation());
        explanation.addAll(others);
        return new ExplanationsView(operation.id(), operation.programVersion(), tier, explanation, complete);
    }

    /** Of a payment whose price depended on the member. */
    private static ExplanationsView paid(SealedOperation operation, String told, @Nullable CompiledProgram program) {
        if (program == null) {
            return own(operation, null, List.of(), false);
        }
        MemberState member = MemberText.read(operation.image().member());
        int level = Standing.of(member, program.levels(), program.day(operation.at()), program.backdateDays())
                .level();
        String tier =
                program.document().tiers() == null ? null : program.levelIds().get(level);
        Taken taken = Taken.read(told);
        if (taken.reward()) {
            return own(operation, tier, List.of(), true);
        }
        Receipt.Contents receipt = operation.receipt().contents();
        Call.Place place = new Call.Place(receipt.partner(), receipt.store(), receipt.channel());
        try {
            Map<String, String> others = program.whyNotPaid(taken.rule(), place, operation.at(), member);
            return others == null
                    ? own(operation, tier, List.of(), false)
                    : own(
                            operation,
                            tier,
                            Explanation.whyNot(others).stream()
                                    .map(ExplanationView::of)
                                    .toList(),
                            true);
        } catch (Unpriceable e) { // the release that priced it read its version in another way
            return own(operation, tier, List.of(), false);
        }
    }

    /** @param program null if it cannot be read any more */
    static ExplanationsView view(SealedOperation operation, @Nullable CompiledProgram program) {
        String told = operation.told();
        boolean isPayment =
                operation.ok() && (operation.type() == OperationType.REDEEM || operation.type() == OperationType.HOLD);
        return readable(() -> isPayment && told != null
                ? paid(operation, told, program)
                : program == null ? known(operation, null) : all(operation, program));
    }

    private static ExplanationsView readable(Supplier<ExplanationsView> view) {
        try {
            return UnreadableForm.reading(UnreadableForm.READS, view);
        } catch (UnreadableForm e) {
            throw new Unavailable(Unavailable.Code.UNAVAILABLE, e.getMessage(), e);
        }
    }

    private static ExplanationsView known(SealedOperation operation, @Nullable String tier) {
        return new ExplanationsView(operation.id(), operation.programVersion(), tier, given(operation), false);
    }

    private static List<ExplanationView> given(SealedOperation operation) {
        return ExplanationView.of(
                operation.type(),
                operation.told(),
                operation.receipt().contents().explanation());
    }

    private static ExplanationsView all(SealedOperation operation, CompiledProgram program) {
        String text = operation.told();
        if (text == null) { // one rate, and nothing else
            List<ExplanationView> given = given(operation);
            return new ExplanationsView(operation.id(), operation.programVersion(), null, given, true);
        }
        Told told = Told.read(text);
        String tier =
                program.document().tiers() == null ? null : program.levelIds().get(told.level());
        Map<String, String> others;
        try {
            others = others(operation, told, program);
        } catch (Unpriceable e) { // the release that priced it read its version in another way
            return known(operation, tier);
        }
        List<ExplanationView> explanation = new ArrayList<>(given(operation));
        Explanation.whyNot(others).forEach(entry -> explanation.add(ExplanationView.of(entry)));
        return new ExplanationsView(operation.id(), operation.programVersion(), tier, explanation, true);
    }

    /** The rules that gave nothing, each with the reason. */
    private static Map<String, String> others(SealedOperation operation, Told told, CompiledProgram program) {
        Receipt.Contents receipt = operation.receipt().contents();
        long atMs = receipt.occurredAt() == null
                ? operation.at()
                : Instant.parse(receipt.occurredAt()).toEpochMilli();
        Held held = new Held(MemberText.read(operation.image().member()), told.level(), told.reached(), told.enrols());
        Set<String> advanced = operation.parts() == null
                ? Set.of()
                : PartsText.read(operation.parts()).steps().stream()
                        .map(Parts.Step::promotion)
                        .collect(Collectors.toSet());
        Map<String, String> others = program.whyNothing(
                receipt.call(operation.type(), stated(told)), atMs, Math.max(atMs, operation.at()), held, advanced);
        told.explanation().forEach(part -> others.remove(part.rule()));
        return others;
    }

    private static long stated(Told told) {
        return told.explanation().stream()
                .filter(part -> part.rule().equals("stated"))
                .mapToLong(Part::wanted)
                .sum();
    }
}
