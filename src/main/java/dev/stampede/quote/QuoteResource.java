package dev.stampede.quote;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.stampede.access.Principal;
import dev.stampede.access.Scope;
import dev.stampede.account.AccountId;
import dev.stampede.account.Image;
import dev.stampede.award.MemberState;
import dev.stampede.codec.MemberText;
import dev.stampede.document.ProgramDocument;
import dev.stampede.gateway.Gateway;
import dev.stampede.http.ApiTag;
import dev.stampede.http.Needs;
import dev.stampede.http.problem.ProblemCode;
import dev.stampede.http.problem.ProblemException;
import dev.stampede.http.problem.Refuses;
import dev.stampede.http.request.AccountCall;
import dev.stampede.http.request.AsText;
import dev.stampede.http.request.BodyReader;
import dev.stampede.http.request.CallReader;
import dev.stampede.http.request.Origin;
import dev.stampede.http.request.Purchase;
import dev.stampede.http.request.Reference;
import dev.stampede.http.view.PresentMember;
import dev.stampede.points.Unpriceable;
import dev.stampede.program.InForce;
import dev.stampede.program.ProgramBook;
import dev.stampede.program.reading.DocumentReader;
import dev.stampede.program.reading.Finding;
import dev.stampede.program.reading.Reading;
import dev.stampede.publish.Versions;
import dev.stampede.rules.Call;
import dev.stampede.rules.CompiledProgram;
import dev.stampede.seal.BudgetBook;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.ExampleObject;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

@Path(CallReader.PROGRAMS)
@Tag(name = ApiTag.PROGRAMS)
@Produces(MediaType.APPLICATION_JSON)
public class QuoteResource {
    private static final BodyReader<QuoteRequest> BODY = BodyReader.of(QuoteRequest.class);

    private final Gateway gateway;
    private final CallReader calls;
    private final ProgramBook book;
    private final Versions versions;
    private final PricingPlaces places;

    QuoteResource(Gateway gateway, CallReader calls, ProgramBook book, Versions versions, PricingPlaces places) {
        this.gateway = gateway;
        this.calls = calls;
        this.book = book;
        this.versions = versions;
        this.places = places;
    }

    /** What is to be priced, for whom, and by which rules. */
    @Schema(
            name = "QuoteRequest",
            description = "The body of an earn, and for whom and by which rules it is priced. Send one of `points`,"
                    + " `amount` and `currency`, `items`, `action` or `enrol`.")
    record QuoteRequest(
            @JsonUnwrapped Purchase purchase,
            @JsonUnwrapped Reference ref,

            @Schema(
                    description =
                            "When it happens (RFC 3339); now if not said. Under the version in force as in an earn:"
                                    + " not in the future, and no more days ago than the program's `backdateDays`."
                                    + " Under a `version` or a `document` any time: the quote is then that of the time",
                    examples = "2026-11-21T12:00:00Z")
            @Nullable
            Instant occurredAt,

            @JsonUnwrapped Origin origin,

            @Schema(
                    description = "`true`: what the enrolment of somebody new gives, without a purchase",
                    examples = "true")
            @Nullable
            Boolean enrol,

            @Schema(
                    description = "The id of an account: the quote is for its member as he is now. If there is no such"
                            + " account, it is for somebody new, if an earn enrols in the program",
                    minLength = 1,
                    maxLength = 64,
                    pattern = "^[A-Za-z0-9._-]{1,64}$",
                    examples = "m-1")
            @Nullable
            String account,

            @Schema(
                    description = "A tier of the program: the quote is for a member who holds it",
                    minLength = 1,
                    maxLength = 64,
                    examples = "gold")
            @Nullable
            String tier,

            @Schema(
                    type = SchemaType.OBJECT,
                    description = "Attributes of the member, by the ids that the program has; a date as `YYYY-MM-DD`, a"
                            + " flag as `true` or `false`. He has had them for long",
                    maxProperties = 16,
                    additionalProperties = String.class,
                    examples = "{\"birthDate\":\"1996-02-29\"}")
            @Nullable
            Map<String, String> attributes,

            @Schema(
                    description = "The number of a version of the program, instead of the one in force",
                    minimum = "1",
                    maximum = "999999999",
                    examples = "2")
            @Nullable
            Long version,

            @Schema(
                    type = SchemaType.OBJECT,
                    description = "A document that is not published, instead of a version; docs/programs.md describes"
                            + " it",
                    additionalProperties = Schema.True.class,
                    examples = "{\"format\":\"stampede.program/1\"}")
            @AsText
            @Nullable
            String document) {
        QuoteRequest {
            if (enrols(enrol) && purchase.hasPurpose()) {
                throw ProblemException.malformed("An enrolment has no points, no amount, no items and no action.");
            }
            if (!enrols(enrol)) {
                purchase.check();
            }
            if (enrols(enrol) && (tier != null || attributes != null)) {
                throw ProblemException.malformed("Only somebody new is enrolled, who has no tier and no attributes.");
            }
            if (account != null && (enrols(enrol) || tier != null || attributes != null)) {
                throw ProblemException.malformed(
                        "A member who has an account is as he is: he has no tier and no attributes besides, and is"
                                + " not enrolled.");
            }
            if (version != null && document != null) {
                throw ProblemException.malformed("Send either version or document, not both.");
            }
        }

        private static boolean enrols(@Nullable Boolean enrol) {
            return enrol != null && enrol;
        }

        Call call(CompiledProgram rules) {
            return enrols(enrol)
                    ? new Call.Enrol(new Call.Place(purchase.partner(), purchase.store(), origin.channel()))
                    : purchase.call(origin.channel(), rules);
        }
    }

    @POST
    @Path("/{program}/quote")
    @Needs(value = Scope.READ, openToMembers = true)
    @Operation(
            operationId = "quoteEarn",
            summary = "What an earn would give",
            description = "Prices the body of an earn and answers what it would give, and why. It moves and reserves"
                    + " nothing. It is for the member of an `account`, as he is now, for a member with a `tier` and"
                    + " `attributes`, or else for somebody new, whom the earn would enrol. A quote equals the earn"
                    + " right after it, unless others have used up a budget in between. A quote of a `version` or a"
                    + " `document` needs the scope `program`, too.")
    @APIResponse(
            responseCode = "200",
            description = "The quote",
            content = @Content(schema = @Schema(implementation = QuoteView.class)))
    @Refuses({
        ProblemCode.REQUEST_TIMEOUT,
        ProblemCode.PAYLOAD_TOO_LARGE,
        ProblemCode.UNSUPPORTED_MEDIA_TYPE,
        ProblemCode.UNKNOWN_FIELD,
        ProblemCode.INVALID_AMOUNT,
        ProblemCode.UNKNOWN_ACTION,
        ProblemCode.PARTNER_UNKNOWN,
        ProblemCode.CURRENCY_MISMATCH,
        ProblemCode.PROGRAM_INVALID,
        ProblemCode.OCCURRED_AT_OUT_OF_RANGE,
        ProblemCode.UNKNOWN_ATTRIBUTE,
        ProblemCode.OVERLOADED,
        ProblemCode.NOT_FOUND,
        ProblemCode.ACCOUNT_NOT_FOUND,
        ProblemCode.ACCOUNT_FROZEN
    })
    @Consumes(MediaType.APPLICATION_JSON)
    public Uni<QuoteView> quote(
            @PathParam("program") String program,
            @RequestBody(
                            required = true,
                            content =
                                    @Content(
                                            schema = @Schema(implementation = QuoteRequest.class),
                                            examples = {
                                                @ExampleObject(
                                                        name = "amount",
                                                        value = "{\"amount\":\"42.50\",\"currency\":\"EUR\","
                                                                + "\"channel\":\"app\",\"items\":"
                                                                + "[{\"sku\":\"latte\",\"categories\":[\"iced\"],"
                                                                + "\"quantity\":\"2\",\"amount\":\"9.00\"}]}"),
                                                @ExampleObject(
                                                        name = "member",
                                                        value = "{\"amount\":\"20.00\",\"currency\":\"EUR\","
                                                                + "\"tier\":\"gold\","
                                                                + "\"attributes\":{\"birthDate\":\"1996-02-29\"},"
                                                                + "\"version\":2}"),
                                                @ExampleObject(name = "action", value = "{\"action\":\"email-opt-in\"}")
                                            }))
                    byte @Nullable [] body) {
        calls.idOfProgram(program);
        calls.checkBody();
        Principal caller = calls.caller();
        ProgramBook.Present present = book.heard(program, gateway.nowMs());
        return places.take(() -> places.work(() -> BODY.required(body).value()).chain(asked -> {
            CallReader.checkStore(caller, asked.purchase.store());
            if (asked.version != null || asked.document != null) {
                CallReader.checkScope(caller, Scope.PROGRAM);
            }
            if (asked.account == null) {
                return quote(program, asked, null, present);
            }
            CallReader.checkAccount(caller, asked.account);
            return gateway.peek(AccountId.of(program, asked.account))
                    .chain(peek -> quote(program, asked, peek == null ? null : peek.image(), present));
        }));
    }

    /** @param image of the account that is asked for; null if none is, or there is none */
    private Uni<QuoteView> quote(
            String program, QuoteRequest asked, @Nullable Image image, ProgramBook.Present present) {
        long nowMs = present.nowMs();
        if (asked.document != null) {
            return quoteDocument(program, asked, image, asked.document, nowMs);
        } else if (asked.version != null) {
            return quoteVersion(program, asked, image, asked.version.intValue(), nowMs);
        }
        if (!(present.found() instanceof InForce.Rules now)) {
            throw AccountCall.noRules((InForce.Not) present.found());
        }
        InForce.Rules rules = at(program, asked.occurredAt, present, now);
        long atMs = asked.occurredAt == null ? nowMs : asked.occurredAt.toEpochMilli();
        Uni<List<BudgetBook.Total>> counted =
                rules.document().budgets().isEmpty() ? Uni.createFrom().item(List.of()) : gateway.budgets();
        return counted.chain(() -> places.work(
                () -> priced(asked, image, rules.compiled(), rules.version(), atMs, nowMs, now.compiled())));
    }

    private InForce.Rules at(
            String program, @Nullable Instant occurredAt, ProgramBook.Present present, InForce.Rules now) {
        if (occurredAt == null) {
            return now;
        }
        InForce then = book.heard(program, occurredAt.toEpochMilli(), present.nowMs());
        if (then instanceof InForce.Rules rules) {
            return rules;
        } else if (then == InForce.Not.THERE) {
            throw new ProblemException(
                    ProblemCode.OCCURRED_AT_OUT_OF_RANGE, "occurredAt is before the program's first version.");
        }
        throw AccountCall.noRules((InForce.Not) then);
    }

    private Uni<QuoteView> quoteDocument(
            String program, QuoteRequest asked, @Nullable Image image, String text, long nowMs) {
        return places.work(() -> {
            byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
            Reading reading = DocumentReader.read(utf8);
            ProgramDocument document = reading.document();
            if (document == null) {
                throw ProblemException.programInvalid(reading.findings());
            }
            if (!document.program().equals(program)) {
                throw ProblemException.programInvalid(List.of(DocumentReader.error(
                        utf8,
                        "program",
                        Finding.Code.BAD_VALUE,
                        "The document is of another program than the call: of \"" + document.program() + "\".")));
            }
            return priced(asked, image, document, null, nowMs);
        });
    }

    private Uni<QuoteView> quoteVersion(
            String program, QuoteRequest asked, @Nullable Image image, int version, long nowMs) {
        return versions.document(program, version).chain(text -> {
            if (text == null) {
                throw new ProblemException(ProblemCode.NOT_FOUND, "There is no version with this number.");
            }
            return places.work(() -> {
                ProgramDocument document = DocumentReader.stored(text).document();
                if (document == null) {
                    throw new ProblemException(
                            ProblemCode.UNAVAILABLE, "This release of the gateway cannot read that version.");
                }
                return priced(asked, image, document, version, nowMs);
            });
        });
    }

    /**
     * A version that is asked for need not be in force: the quote is the one of the time that is asked for. But a
     * member who has an account is as he is now.
     */
    private QuoteView priced(
            QuoteRequest asked,
            @Nullable Image image,
            ProgramDocument document,
            @Nullable Integer version,
            long nowMs) {
        CompiledProgram program = CompiledProgram.of(document);
        if (asked.account != null) {
            long atMs = asked.occurredAt == null ? nowMs : asked.occurredAt.toEpochMilli();
            return priced(asked, image, program, version, atMs, nowMs, program);
        }
        Instant starts = document.sandbox() == null ? null : document.sandbox().now();
        Instant at = asked.occurredAt == null ? starts : asked.occurredAt;
        long atMs = at == null ? nowMs : at.toEpochMilli();
        return priced(asked, null, program, version, atMs, atMs, program);
    }

    private QuoteView priced(
            QuoteRequest asked,
            @Nullable Image image,
            CompiledProgram program,
            @Nullable Integer version,
            long atMs,
            long nowMs,
            CompiledProgram present) {
        boolean enrolled = image != null && image.state().enrolled();
        if (image != null && image.state().frozen()) {
            throw new ProblemException(ProblemCode.ACCOUNT_FROZEN, ProblemCode.ACCOUNT_FROZEN.detail());
        } else if (asked.account != null
                && !enrolled
                && !program.document().points().autoEnrol()) {
            throw new ProblemException(ProblemCode.ACCOUNT_NOT_FOUND, "There is no account with this id.");
        }
        MemberState member = asked.account == null
                ? Member.of(program.document(), asked.tier, asked.attributes, program.day(atMs))
                : image == null
                        ? MemberText.read(null)
                        : PresentMember.of(image, nowMs, present.day(nowMs)).state();
        try {
            return QuoteView.of(
                    program, version, asked.call(program), atMs, nowMs, present, member, enrolled, gateway.totals());
        } catch (Unpriceable e) {
            throw ProblemException.of(e);
        }
    }
}
