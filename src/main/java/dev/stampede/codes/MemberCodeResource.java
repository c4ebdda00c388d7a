package dev.stampede.codes;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.stampede.access.MemberCodes;
import dev.stampede.access.Scope;
import dev.stampede.gateway.Gateway;
import dev.stampede.http.ApiTag;
import dev.stampede.http.Needs;
import dev.stampede.http.problem.ProblemCode;
import dev.stampede.http.problem.Refuses;
import dev.stampede.http.request.AccountCall;
import dev.stampede.http.request.BodyReader;
import dev.stampede.http.request.CallReader;
import dev.stampede.http.request.MemberCodeReader;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Instant;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.ParameterIn;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/** The codes that members show. */
@Path(CallReader.PROGRAMS)
@Tag(name = ApiTag.ACCOUNTS)
@Produces(MediaType.APPLICATION_JSON)
public class MemberCodeResource {
    private static final String QR = "qr";
    private static final BodyReader<ResolveCodeRequest> BODY = BodyReader.of(ResolveCodeRequest.class);

    private final CallReader calls;
    private final MemberCodes codes;
    private final MemberCodeReader reader;
    private final Gateway gateway;

    MemberCodeResource(CallReader calls, MemberCodes codes, MemberCodeReader reader, Gateway gateway) {
        this.calls = calls;
        this.codes = codes;
        this.reader = reader;
        this.gateway = gateway;
    }

    @Schema(name = "MemberCode", description = "With which a member shows that he is there.")
    record MemberCodeView(
            @Schema(description = "To be shown as a QR code", examples = MemberCodeReader.EXAMPLE)
            String code,

            @Schema(description = "Until when: in 60 s; show the next one before")
            Instant expiresAt,

            @Schema(
                    description = "With `qr=true`, the code as a QR code: an SVG",
                    examples = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 53 53\">...</svg>",
                    nullable = true)
            @JsonInclude(JsonInclude.Include.NON_NULL)
            @Nullable
            String qr) {}

    @Schema(name = "ResolveCodeRequest", description = "The code that a member has shown.")
    record ResolveCodeRequest(
            @Schema(
                    description = "The code",
                    required = true,
                    minLength = 1,
                    maxLength = MemberCodes.MOST_CHARACTERS,
                    examples = MemberCodeReader.EXAMPLE)
            String code) {}

    @Schema(name = "ResolvedCode", description = "Who has shown a code.")
    record ResolvedCodeView(
            @Schema(description = "The id of the member's account", examples = "m-1")
            String account,

            @Schema(description = "Until when the code is valid (RFC 3339, UTC)")
            Instant expiresAt) {}

    @POST
    @Path(CallReader.MEMBER_CODES)
    @Needs(value = Scope.READ, onlyMembers = true)
    @Operation(
            operationId = "createMemberCode",
            summary = "A code to show at the till",
            description = "The app makes one for its member, shows it as a QR code, and makes the next one before it"
                    + " expires. A payment with a code makes it and all older ones of the account useless.")
    @Parameter(
            name = QR,
            in = ParameterIn.QUERY,
            description = "`true`: the answer has the code as a picture, too",
            example = "true",
            schema = @Schema(type = SchemaType.BOOLEAN, defaultValue = "false"))
    @APIResponse(
            responseCode = "201",
            description = "The code",
            content = @Content(schema = @Schema(implementation = MemberCodeView.class)))
    @Refuses({ProblemCode.REQUEST_TIMEOUT, ProblemCode.PAYLOAD_TOO_LARGE, ProblemCode.OVERLOADED})
    public Response create(@PathParam("program") String program, @PathParam("account") String account) {
        AccountCall call = calls.read(program, account, QR);
        boolean withQr = calls.flag(QR);
        MemberCodes.Made made = codes.fresh(call.account(), gateway.nowMs());
        return Response.status(Response.Status.CREATED)
                .entity(new MemberCodeView(
                        made.text(), Instant.ofEpochMilli(made.untilMs()), withQr ? QrPicture.of(made.text()) : null))
                .build();
    }

    @POST
    @Path("/{program}/identify")
    @Needs(Scope.READ)
    @Operation(
            operationId = "identifyMember",
            summary = "Find out who shows a code",
            description =
                    "For a till: the account of the member whose QR code it has read. It does not use the code up,"
                            + " and does not say whether it was used. Not to be mixed up with the redemption codes of"
                            + " rewards.")
    @APIResponse(
            responseCode = "200",
            description = "The account",
            content = @Content(schema = @Schema(implementation = ResolvedCodeView.class)))
    @Refuses({
        ProblemCode.REQUEST_TIMEOUT,
        ProblemCode.PAYLOAD_TOO_LARGE,
        ProblemCode.UNSUPPORTED_MEDIA_TYPE,
        ProblemCode.UNKNOWN_FIELD,
        ProblemCode.OVERLOADED,
        ProblemCode.MEMBER_CODE_INVALID,
        ProblemCode.MEMBER_CODE_EXPIRED
    })
    @Consumes(MediaType.APPLICATION_JSON)
    public ResolvedCodeView identify(
            @PathParam("program") String program,
            @RequestBody(
                            required = true,
                            content = @Content(schema = @Schema(implementation = ResolveCodeRequest.class)))
                    byte[] body) {
        return resolved(program, body);
    }

    @POST
    @Path("/{program}/codes/resolve")
    @Needs(Scope.READ)
    @Operation(
            operationId = "resolveMemberCode",
            summary = "The same as `identify`",
            description = "Another path of the call `identify`, with the same body and the same answers.")
    @APIResponse(
            responseCode = "200",
            description = "The account",
            content = @Content(schema = @Schema(implementation = ResolvedCodeView.class)))
    @Refuses({
        ProblemCode.REQUEST_TIMEOUT,
        ProblemCode.PAYLOAD_TOO_LARGE,
        ProblemCode.UNSUPPORTED_MEDIA_TYPE,
        ProblemCode.UNKNOWN_FIELD,
        ProblemCode.OVERLOADED,
        ProblemCode.MEMBER_CODE_INVALID,
        ProblemCode.MEMBER_CODE_EXPIRED
    })
    @Consumes(MediaType.APPLICATION_JSON)
    public ResolvedCodeView resolve(
            @PathParam("program") String program,
            @RequestBody(
                            required = true,
                            content = @Content(schema = @Schema(implementation = ResolveCodeRequest.class)))
                    byte[] body) {
        return resolved(program, body);
    }

    private ResolvedCodeView resolved(String program, byte[] body) {
        var unused = calls.program(program);
        calls.checkBody();
        MemberCodeReader.Resolved code =
                reader.resolve(program, BODY.required(body).value().code);
        return new ResolvedCodeView(code.account(), Instant.ofEpochMilli(code.untilMs()));
    }
}
