package dev.stampede.balance;

import dev.stampede.access.Scope;
import dev.stampede.account.Attributes;
import dev.stampede.account.CachedAccount;
import dev.stampede.account.Operation;
import dev.stampede.account.OperationType;
import dev.stampede.gateway.Answer;
import dev.stampede.gateway.Gateway;
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
import dev.stampede.http.request.IdempotencyKey;
import dev.stampede.http.request.KeepsNulls;
import dev.stampede.http.request.OperationResponder;
import dev.stampede.http.request.Reference;
import dev.stampede.points.LocalDay;
import dev.stampede.program.InForce;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.PATCH;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.List;
import java.util.function.Function;
import java.util.function.LongFunction;
import org.eclipse.microprofile.openapi.annotations.enums.ParameterIn;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.ExampleObject;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/** Changes some attributes of a member. */
@Path(CallReader.PROGRAMS)
@Tag(name = ApiTag.ACCOUNTS)
@Produces(MediaType.APPLICATION_JSON)
public class AttributesResource {
    private static final String EXAMPLE = "{\"attributes\":{\"name\":\"Zoe\",\"vip\":null}}";
    private static final BodyReader<AttributesRequest> BODY = BodyReader.of(AttributesRequest.class);

    private final Gateway gateway;
    private final CallReader calls;
    private final OperationResponder answers;
    private final ExpectedHead expected;

    AttributesResource(Gateway gateway, CallReader calls, OperationResponder answers, ExpectedHead expected) {
        this.gateway = gateway;
        this.calls = calls;
        this.answers = answers;
        this.expected = expected;
    }

    @Schema(name = "AttributesRequest", description = "What to change of what is stored about the member.")
    record AttributesRequest(
            @Schema(
                    type = SchemaType.OBJECT,
                    required = true,
                    description = "Those to set; null removes one. Those that the program declares, a date as"
                            + " `YYYY-MM-DD`; where it declares none, strings, numbers and booleans. The member has at"
                            + " most 32, of at most 4 KiB",
                    maxProperties = 32,
                    additionalProperties = Schema.True.class,
                    examples = "{\"name\":\"Zoe\",\"vip\":null}")
            @KeepsNulls
            String attributes) {}

    @PATCH
    @Path(CallReader.OF_ACCOUNT)
    @Needs(Scope.EARN)
    @org.eclipse.microprofile.openapi.annotations.Operation(
            operationId = "updateAttributes",
            summary = "Change attributes of a member",
            description = "Changes the attributes that the body names; all others stay. With `If-Match`, only if the"
                    + " account has not changed since it was read. Answers the account as it is now.")
    @Parameter(
            name = HttpHeaders.IF_MATCH,
            in = ParameterIn.HEADER,
            description = "An `ETag` of an earlier answer: 412 if the account has changed since",
            example = "W/\"17-9e788194395f\"",
            schema = @Schema(type = SchemaType.STRING))
    @Parameter(
            name = IdempotencyKey.HEADER,
            in = ParameterIn.HEADER,
            description = "Identifies the call, which need not have one: with a key it takes effect once, however"
                    + " often it is sent. 1 to 255 visible ASCII characters",
            example = "crm-77",
            schema =
                    @Schema(
                            type = SchemaType.STRING,
                            pattern = IdempotencyKey.PATTERN,
                            minLength = 1,
                            maxLength = IdempotencyKey.MAX_LENGTH))
    @APIResponse(
            responseCode = "200",
            description = "The member has these attributes",
            content = @Content(schema = @Schema(implementation = AccountResource.AccountView.class)))
    @Refuses({
        ProblemCode.UNKNOWN_ATTRIBUTE,
        ProblemCode.ACCOUNT_NOT_FOUND,
        ProblemCode.PRECONDITION_FAILED,
        ProblemCode.IDEMPOTENCY_KEY_REUSED,
        ProblemCode.ACCOUNT_CLOSED,
        ProblemCode.VOIDED,
        ProblemCode.LIMIT_EXCEEDED
    })
    @Consumes(MediaType.APPLICATION_JSON)
    public Uni<Response> update(
            @PathParam("program") String program,
            @PathParam("account") String account,
            @RequestBody(
                            content =
                                    @Content(
                                            schema = @Schema(implementation = AttributesRequest.class),
                                            examples = @ExampleObject(name = "attributes", value = EXAMPLE)))
                    byte[] body) {
        AccountCall call = calls.patch(program, account);
        Body<AttributesRequest> read = BODY.required(body);
        Operation.Header header = call.header(OperationType.ENROL, "", read.canonical(), new Reference(null));
        List<String> ifMatch = calls.headers(HttpHeaders.IF_MATCH);
        return answers.priceable(call)
                .chain(priced -> ask(priced, header, read.value().attributes, ifMatch))
                .onFailure(ProblemException.class)
                .recoverWithUni(refusal -> answers.answeredBefore(call, header, (ProblemException) refusal))
                .chain(answer -> answered(call, answer));
    }

    private Uni<Answer> ask(AccountCall call, Operation.Header header, String asked, List<String> ifMatch) {
        InForce.Rules rules = call.found();
        Operation.Header under = rules.isPlain() ? header : header.under(rules.version());
        Function<@Nullable String, Attributes> change =
                new MemberAttributes(rules.compiled().attributes()).changing(asked);
        return expected.of(call, ifMatch, ProblemCode.ACCOUNT_NOT_FOUND).chain(head -> {
            LongFunction<Operation> update =
                    at -> new Operation.Enrol(under.on(LocalDay.of(at, rules.zone())), null, change, head, null);
            return gateway.submit(update.apply(call.nowMs()), update, call.left());
        });
    }

    private Uni<Response> answered(AccountCall call, Answer answer) {
        boolean replayed = answer instanceof Answer.Sealed sealed && sealed.replayed();
        if (answer instanceof Answer.Refused refused) {
            throw OperationResponder.refused(refused);
        } else if (answer instanceof Answer.Sealed sealed && !sealed.operation().ok()) {
            throw OperationResponder.declined(sealed, call.zoneIfKnown());
        }
        return gateway.peek(call.account()).map(peek -> {
            CachedAccount there = AccountResource.enrolled(peek);
            Response response = AccountResource.response(
                    200,
                    call.account(),
                    call.found(),
                    there.image(),
                    there.attributes(),
                    gateway.nowMs(call.account()),
                    gateway.totals());
            if (replayed) {
                response.getHeaders().putSingle(AnswerHeaders.REPLAYED, "true");
            }
            return response;
        });
    }
}
