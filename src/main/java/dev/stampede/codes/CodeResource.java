package dev.stampede.codes;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.stampede.access.Principal;
import dev.stampede.access.Scope;
import dev.stampede.codes.Codes.Found;
import dev.stampede.codes.Codes.State;
import dev.stampede.codes.Codes.Use;
import dev.stampede.codes.Codes.Used;
import dev.stampede.http.AnswerHeaders;
import dev.stampede.http.ApiTag;
import dev.stampede.http.Needs;
import dev.stampede.http.problem.ProblemCode;
import dev.stampede.http.problem.ProblemException;
import dev.stampede.http.problem.Refuses;
import dev.stampede.http.request.AccountCall;
import dev.stampede.http.request.Body;
import dev.stampede.http.request.BodyReader;
import dev.stampede.http.request.CallReader;
import dev.stampede.http.request.RedemptionCode;
import dev.stampede.http.request.Reference;
import dev.stampede.program.ProgramBook;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Instant;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/** The codes of rewards at a till. */
@Path(CallReader.PROGRAMS)
@Tag(name = ApiTag.POINTS)
@Produces(MediaType.APPLICATION_JSON)
public class CodeResource {
    private static final String CODE = "/{program}/codes/{code}";
    private static final BodyReader<UseCodeRequest> BODY = BodyReader.of(UseCodeRequest.class);

    private final CallReader calls;
    private final ProgramBook book;
    private final Codes codes;

    CodeResource(CallReader calls, ProgramBook book, Codes codes) {
        this.calls = calls;
        this.book = book;
        this.codes = codes;
    }

    @Schema(name = "Code", description = "A code with which a till gives out a reward that was paid for.")
    record CodeView(
            @Schema(description = "The code", examples = "7K3M-9QXA-ZT2W-4HBN")
            String code,

            @Schema(
                    description = "`valid`: it can be used; `cancelled`: what paid for it was undone before that",
                    enumeration = {"valid", "used", "expired", "cancelled"},
                    examples = "valid")
            String state,

            @Schema(description = "The id of the reward", examples = "coffee")
            String reward,

            @Schema(description = "The id of the account that paid", examples = "m-1")
            String account,

            @Schema(description = "The id of the operation that paid: a redeem or a capture")
            UUID operation,

            @Schema(description = "When it was paid for (RFC 3339, UTC)")
            Instant createdAt,

            @Schema(description = "From this time on it can no longer be used (RFC 3339, UTC)")
            Instant expiresAt,

            @Schema(description = "When it was used (RFC 3339, UTC)", nullable = true)
            @JsonInclude(JsonInclude.Include.NON_NULL)
            @Nullable
            Instant usedAt,

            @Schema(
                    description = "The reference of the call that has used it",
                    examples = "20261121-0042-03-0199",
                    nullable = true)
            @JsonInclude(JsonInclude.Include.NON_NULL)
            @Nullable
            String reference,

            @Schema(description = "The store where it was used", examples = "store-17", nullable = true)
            @JsonInclude(JsonInclude.Include.NON_NULL)
            @Nullable
            String store) {
        static CodeView of(String code, Found found) {
            Use use = found.use();
            return new CodeView(
                    code,
                    found.state().name().toLowerCase(Locale.ROOT),
                    found.reward(),
                    found.account(),
                    found.operation(),
                    found.createdAt(),
                    found.expiresAt(),
                    use == null ? null : use.at(),
                    use == null ? null : use.reference(),
                    use == null ? null : use.store());
        }
    }

    @Schema(name = "UseCodeRequest", description = "Where a code is used.")
    record UseCodeRequest(
            @JsonUnwrapped Reference ref,

            @Schema(description = "The store where it is used", minLength = 1, maxLength = 64, examples = "store-17")
            @Nullable
            String store) {}

    @GET
    @Path(CODE)
    @Needs(Scope.READ)
    @Operation(
            operationId = "getCode",
            summary = "Look a code up",
            description = "What a code is for, and whether it can be used. Small letters, missing hyphens, and O for 0"
                    + " or I and L for 1 are understood.")
    @APIResponse(
            responseCode = "200",
            description = "The code",
            content = @Content(schema = @Schema(implementation = CodeView.class)))
    @Refuses({ProblemCode.OVERLOADED, ProblemCode.CODE_NOT_FOUND})
    public Uni<CodeView> code(@PathParam("program") String program, @PathParam("code") String code) {
        check(program);
        String typed = typed(code);
        return codes.find(program, typed).map(found -> {
            if (found == null) {
                throw notFound();
            }
            return CodeView.of(typed, found);
        });
    }

    @POST
    @Path(CODE + "/use")
    @Needs(Scope.REDEEM)
    @Operation(
            operationId = "useCode",
            summary = "Use a code up",
            description = "Marks the code as used: its reward is given out. A code can be used once. The same call with"
                    + " the same key gets the same answer again.")
    @APIResponse(
            responseCode = "201",
            description = "Used",
            content = @Content(schema = @Schema(implementation = CodeView.class)))
    @APIResponse(
            responseCode = "200",
            description = "Used earlier under this key",
            content = @Content(schema = @Schema(implementation = CodeView.class)))
    @Refuses({
        ProblemCode.REQUEST_TIMEOUT,
        ProblemCode.PAYLOAD_TOO_LARGE,
        ProblemCode.UNSUPPORTED_MEDIA_TYPE,
        ProblemCode.IDEMPOTENCY_KEY_MISSING,
        ProblemCode.UNKNOWN_FIELD,
        ProblemCode.OVERLOADED,
        ProblemCode.OUTCOME_UNKNOWN,
        ProblemCode.CODE_NOT_FOUND,
        ProblemCode.IDEMPOTENCY_KEY_REUSED,
        ProblemCode.CODE_USED,
        ProblemCode.CODE_EXPIRED
    })
    @Consumes(MediaType.APPLICATION_JSON)
    public Uni<Response> use(
            @PathParam("program") String program,
            @PathParam("code") String code,
            @RequestBody(required = false, content = @Content(schema = @Schema(implementation = UseCodeRequest.class)))
                    byte @Nullable [] body) {
        check(program);
        calls.checkBody();
        String key = calls.key();
        Body<UseCodeRequest> read = BODY.optional(body);
        UseCodeRequest asked = read.value();
        Principal caller = calls.caller();
        CallReader.checkStore(caller, asked.store);
        String store = asked.store == null && caller.kind() == Principal.Kind.TILL ? caller.location() : asked.store;
        String typed = typed(code);
        String fingerprint = AccountCall.fingerprint("use", "codes", caller.id() + ' ' + read.canonical());
        String before = AccountCall.fingerprint("use", "codes", read.canonical());
        return codes.use(program, typed, key, fingerprint, asked.ref.reference(), store)
                .map(used -> answer(typed, used, key, Set.of(fingerprint, before)));
    }

    /** @param fingerprints of the call, also as an earlier release wrote it, without who made it */
    private static Response answer(String code, @Nullable Used used, String key, Set<String> fingerprints) {
        if (used == null) {
            throw notFound();
        }
        Found found = used.found();
        Use use = found.use();
        if (use == null) {
            throw new ProblemException(
                    ProblemCode.CODE_EXPIRED,
                    found.state() == State.CANCELLED
                            ? "What paid for the code was undone."
                            : "The code has expired at " + found.expiresAt() + ".");
        }
        if (!use.key().equals(key)) {
            throw new ProblemException(ProblemCode.CODE_USED, "The code was used at " + use.at() + ".");
        }
        if (!fingerprints.contains(use.fingerprint())) {
            throw new ProblemException(ProblemCode.IDEMPOTENCY_KEY_REUSED, ProblemCode.IDEMPOTENCY_KEY_REUSED.detail());
        }
        Response.ResponseBuilder response = Response.status(used.now() ? Response.Status.CREATED : Response.Status.OK)
                .type(MediaType.APPLICATION_JSON_TYPE);
        if (!used.now()) {
            response.header(AnswerHeaders.REPLAYED, "true");
        }
        return response.entity(CodeView.of(code, found)).build();
    }

    /** Its rules need not be known: what was paid for is given out. */
    private void check(String program) {
        calls.idOfProgram(program);
        if (!book.programs().contains(program)) {
            throw new ProblemException(ProblemCode.PROGRAM_NOT_FOUND, "There is no program with this id.");
        }
    }

    private static String typed(String code) {
        String typed = RedemptionCode.typed(code);
        if (typed == null) {
            throw notFound();
        }
        return typed;
    }

    private static ProblemException notFound() {
        return new ProblemException(
                ProblemCode.CODE_NOT_FOUND, "The program has no such code. That of a hold is found after its capture.");
    }
}
