package dev.stampede.balance;

import com.fasterxml.jackson.annotation.JsonRawValue;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.stampede.access.Scope;
import dev.stampede.account.AccountId;
import dev.stampede.account.Attributes;
import dev.stampede.account.CachedAccount;
import dev.stampede.account.Image;
import dev.stampede.account.Operation;
import dev.stampede.award.Award;
import dev.stampede.gateway.Answer;
import dev.stampede.gateway.Gateway;
import dev.stampede.gateway.SharedTotals;
import dev.stampede.http.ApiTag;
import dev.stampede.http.Needs;
import dev.stampede.http.problem.ProblemCode;
import dev.stampede.http.problem.ProblemException;
import dev.stampede.http.problem.Refuses;
import dev.stampede.http.request.AccountCall;
import dev.stampede.http.request.BodyReader;
import dev.stampede.http.request.CallReader;
import dev.stampede.http.request.OperationResponder;
import dev.stampede.http.view.BalanceView;
import dev.stampede.http.view.MemberView;
import dev.stampede.points.LocalDay;
import dev.stampede.points.MemberPoints;
import dev.stampede.program.InForce;
import dev.stampede.rules.Call;
import dev.stampede.rules.LotDays;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.nio.charset.StandardCharsets;
import java.time.ZoneId;
import java.util.List;
import java.util.UUID;
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

@Path(CallReader.PROGRAMS)
@Tag(name = ApiTag.ACCOUNTS)
@Produces(MediaType.APPLICATION_JSON)
public class AccountResource {
    private static final BodyReader<EnrolRequest> BODY = BodyReader.of(EnrolRequest.class);
    private static final int MAX_ATTRIBUTES_BYTES = 4096;
    /** The member's own device may keep a balance, and asks whether it is still that. */
    private static final String REVALIDATED = "private, no-cache";

    private static final String NO_ATTRIBUTES = "{}";

    private final Gateway gateway;
    private final CallReader calls;
    private final OperationResponder answers;
    private final ExpectedHead expected;

    AccountResource(Gateway gateway, CallReader calls, OperationResponder answers, ExpectedHead expected) {
        this.gateway = gateway;
        this.calls = calls;
        this.answers = answers;
        this.expected = expected;
    }

    /** The balance, and what the member was enrolled with. */
    @Schema(name = "Account", description = "An account with its balance.")
    record AccountView(
            @JsonUnwrapped BalanceView balance,

            @Schema(
                    description = "Whether points move on it: `frozen` for now, `closed` for ever not;"
                            + " `spending_frozen`: they are not spent for now, and all else goes on",
                    enumeration = {"open", "frozen", "spending_frozen", "closed"},
                    examples = "open")
            String status,

            @JsonUnwrapped @Nullable MemberView member,

            @Schema(
                    type = SchemaType.OBJECT,
                    description =
                            "The member's attributes: those that the program declares, or where it declares none at"
                                    + " most 32 strings, numbers and booleans; at most 4 KiB",
                    additionalProperties = Schema.True.class,
                    examples = "{\"name\":\"Zoe\",\"vip\":true}")
            @JsonRawValue
            String attributes) {}

    @Schema(name = "EnrolRequest", description = "What to store about the member.")
    record EnrolRequest(
            @Schema(
                    type = SchemaType.OBJECT,
                    description = "Those that the program declares, a date as `YYYY-MM-DD`; where it declares none, at"
                            + " most 32 strings, numbers and booleans. At most 4 KiB; they replace those that are"
                            + " there",
                    maxProperties = 32,
                    additionalProperties = Schema.True.class,
                    examples = "{\"name\":\"Zoe\",\"vip\":true}")
            @Nullable
            String attributes) {
        EnrolRequest {
            if (attributes != null && attributes.getBytes(StandardCharsets.UTF_8).length > MAX_ATTRIBUTES_BYTES) {
                throw ProblemException.malformed("attributes is longer than " + MAX_ATTRIBUTES_BYTES + " bytes.");
            }
        }
    }

    @PUT
    @Path(CallReader.OF_ACCOUNT)
    @Needs(Scope.EARN)
    @org.eclipse.microprofile.openapi.annotations.Operation(
            operationId = "enrolAccount",
            summary = "Enrol a member",
            description = "Creates the account if there is none. Replaces its attributes if the body has some. With"
                    + " `If-Match`, only if the account has not changed since it was read.")
    @Parameter(
            name = "If-Match",
            in = ParameterIn.HEADER,
            description =
                    "An `ETag` of an earlier answer: 412 if the account has changed since. `*`: 412 if there is no"
                            + " account",
            example = "W/\"17-9e788194395f\"",
            schema = @Schema(type = SchemaType.STRING))
    @APIResponse(
            responseCode = "201",
            description = "The member is enrolled",
            content = @Content(schema = @Schema(implementation = AccountView.class)))
    @APIResponse(
            responseCode = "200",
            description = "The member was enrolled already",
            content = @Content(schema = @Schema(implementation = AccountView.class)))
    @Refuses({
        ProblemCode.UNKNOWN_ATTRIBUTE,
        ProblemCode.PRECONDITION_FAILED,
        ProblemCode.ACCOUNT_CLOSED,
        ProblemCode.LIMIT_EXCEEDED
    })
    @Consumes(MediaType.APPLICATION_JSON)
    public Uni<Response> enrol(
            @PathParam("program") String program,
            @PathParam("account") String account,
            @RequestBody(
                            required = false,
                            content =
                                    @Content(
                                            schema = @Schema(implementation = EnrolRequest.class),
                                            examples = {
                                                @ExampleObject(name = "nothing", value = "{}"),
                                                @ExampleObject(
                                                        name = "attributes",
                                                        value = "{\"attributes\":{\"name\":\"Zoe\",\"vip\":true}}")
                                            }))
                    byte[] body) {
        AccountCall call = calls.put(program, account);
        List<String> ifMatch = calls.headers(HttpHeaders.IF_MATCH);
        String asked = BODY.optional(body).value().attributes;
        return answers.priceable(call).chain(priced -> {
            Attributes attributes = asked == null
                    ? null
                    : new MemberAttributes(priced.found().compiled().attributes()).replacing(asked);
            return expected.of(call, ifMatch, ProblemCode.PRECONDITION_FAILED)
                    .chain(head -> enrol(priced, attributes, head));
        });
    }

    /** Where rules know something of members, an enrolment is worth something, if only the day of joining. */
    private static Operation enrolment(
            AccountCall call, long nowMs, @Nullable Attributes attributes, @Nullable UUID head) {
        InForce.Rules rules = call.found();
        Operation.Header header = Operation.Header.of(call.account(), LocalDay.of(nowMs, rules.zone()))
                .by(call.by());
        if (rules.isPlain()) {
            return new Operation.Enrol(header, attributes, head, null);
        }
        Award award = rules.compiled().price(new Call.Enrol(Call.Place.UNKNOWN), call.nowMs(), call.nowMs(), nowMs);
        LotDays days = rules.compiled().lotDays(nowMs, rules.zone());
        long tomorrow = LocalDay.start(LocalDay.number(nowMs, rules.zone()) + 1, rules.zone());
        return new Operation.Enrol(
                header.under(rules.version()),
                attributes,
                head,
                new Operation.Welcome(award, days.on(), days.matures(), tomorrow));
    }

    private Uni<Response> enrol(AccountCall call, @Nullable Attributes attributes, @Nullable UUID head) {
        AccountId account = call.account();
        ZoneId zone = call.zone();
        LongFunction<Operation> enrol = at -> enrolment(call, at, attributes, head);
        return gateway.submit(enrol.apply(call.nowMs()), enrol, call.left()).chain(answer -> {
            if (answer instanceof Answer.Refused refused) {
                throw OperationResponder.refused(refused);
            }
            if (answer instanceof Answer.Sealed sealed && !sealed.operation().ok()) {
                throw OperationResponder.declined(sealed, zone);
            }
            boolean created = answer instanceof Answer.Sealed sealed && sealed.enrolled();
            Image image = answer instanceof Answer.Sealed sealed
                    ? sealed.operation().image()
                    : ((Answer.Unchanged) answer).image();
            Uni<@Nullable String> there = attributes != null
                    ? Uni.createFrom().item(attributes.text())
                    : gateway.peek(account).map(peek -> peek == null ? null : peek.attributes());
            return there.map(known -> response(
                    created ? 201 : 200,
                    account,
                    call.found(),
                    image,
                    known,
                    gateway.nowMs(account),
                    gateway.totals()));
        });
    }

    @GET
    @Path(CallReader.OF_ACCOUNT)
    @Needs(Scope.READ)
    @org.eclipse.microprofile.openapi.annotations.Operation(
            operationId = "getAccount",
            summary = "An account with its balance",
            description = "The balance now, including operations that are not committed yet. Where the program has"
                    + " tiers, promotions that need several purchases, or rewards, it says how the member stands"
                    + " there. All of it is as of `asOf`: with what has ended or begun until then.")
    @Parameter(
            name = "If-None-Match",
            in = ParameterIn.HEADER,
            description = "An `ETag` of an earlier answer: 304 if nothing has changed since",
            example = "W/\"17-9e788194395f\"",
            schema = @Schema(type = SchemaType.STRING))
    @APIResponse(
            responseCode = "200",
            description = "The account",
            content = @Content(schema = @Schema(implementation = AccountView.class)))
    @APIResponse(responseCode = "304", description = "Nothing has changed")
    @Refuses(ProblemCode.ACCOUNT_NOT_FOUND)
    public Uni<Response> account(@PathParam("program") String program, @PathParam("account") String account) {
        AccountCall call = calls.read(program, account);
        List<String> ifNoneMatch = calls.headers(HttpHeaders.IF_NONE_MATCH);
        return gateway.peek(call.account()).map(peek -> {
            CachedAccount there = enrolled(peek);
            long nowMs = gateway.nowMs(call.account());
            MemberView member = MemberView.of(call.found(), there.image(), nowMs, gateway.totals());
            String tag = EntityTag.of(there.image(), member, nowMs, call.zone());
            if (EntityTag.matches(ifNoneMatch, tag)) {
                return Response.notModified()
                        .header("ETag", tag)
                        .header("Cache-Control", REVALIDATED)
                        .build();
            }
            Response response =
                    response(200, call.account(), call.zone(), there.image(), member, there.attributes(), nowMs);
            response.getHeaders().putSingle("Cache-Control", REVALIDATED);
            return response;
        });
    }

    /** A void may have come before the member did: then there is an image, but no account yet. */
    static CachedAccount enrolled(@Nullable CachedAccount peek) {
        if (peek == null || !peek.image().state().enrolled()) {
            throw new ProblemException(ProblemCode.ACCOUNT_NOT_FOUND, "There is no account with this id.");
        }
        return peek;
    }

    static String tag(InForce.Rules rules, Image image, long nowMs, SharedTotals totals) {
        return EntityTag.of(image, MemberView.of(rules, image, nowMs, totals), nowMs, rules.zone());
    }

    static Response response(
            int status,
            AccountId account,
            InForce.Rules rules,
            Image image,
            @Nullable String attributes,
            long nowMs,
            SharedTotals totals) {
        MemberView member = MemberView.of(rules, image, nowMs, totals);
        return response(status, account, rules.zone(), image, member, attributes, nowMs);
    }

    private static String status(MemberPoints state) {
        if (state.closed()) {
            return "closed";
        }
        return state.frozen() ? "frozen" : state.spendingFrozen() ? "spending_frozen" : "open";
    }

    static Response response(
            int status,
            AccountId account,
            ZoneId zone,
            Image image,
            @Nullable MemberView member,
            @Nullable String attributes,
            long nowMs) {
        return Response.status(status)
                .type(MediaType.APPLICATION_JSON_TYPE)
                .header("ETag", EntityTag.of(image, member, nowMs, zone))
                .entity(new AccountView(
                        BalanceView.of(account, image, nowMs, zone),
                        status(image.state()),
                        member,
                        attributes == null ? NO_ATTRIBUTES : attributes))
                .build();
    }
}
