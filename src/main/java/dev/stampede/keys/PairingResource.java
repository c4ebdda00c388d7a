package dev.stampede.keys;

import dev.stampede.access.PairingCode;
import dev.stampede.access.RateLimit;
import dev.stampede.access.Scope;
import dev.stampede.gateway.Unavailable;
import dev.stampede.http.ApiTag;
import dev.stampede.http.Needs;
import dev.stampede.http.problem.ProblemCode;
import dev.stampede.http.problem.Refuses;
import dev.stampede.http.request.BodyReader;
import dev.stampede.http.request.CallReader;
import dev.stampede.keys.Keys.Asker;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/** The code of a pairing is made where there is a keyboard, and typed at the till ({@link ClaimResource}). */
@Path(CallReader.PROGRAMS)
@Tag(name = ApiTag.KEYS)
@Produces(MediaType.APPLICATION_JSON)
public class PairingResource {
    private static final BodyReader<PairingRequest> BODY = BodyReader.of(PairingRequest.class);

    private final KeyCalls common;
    private final CallReader calls;
    private final Pairings pairings;
    private final SecureRandom random = new SecureRandom();

    PairingResource(KeyCalls common, CallReader calls, Pairings pairings) {
        this.common = common;
        this.calls = calls;
        this.pairings = pairings;
    }

    @Schema(name = "PairingRequest", description = "The till that gets a key.")
    record PairingRequest(
            @Schema(
                    description = "Where the till stands: the id of the store, as calls name it. The till cannot name"
                            + " another one",
                    required = true,
                    minLength = 1,
                    maxLength = 64,
                    examples = "store-42")
            String location,

            @Schema(description = "For people", required = true, minLength = 1, maxLength = 100, examples = "Till 3")
            String name,

            @Schema(
                    implementation = String.class,
                    type = SchemaType.ARRAY,
                    description = "What it may do, as for a key. Only what the caller's own key may do",
                    required = true,
                    minItems = 1,
                    maxItems = 8,
                    examples = "[\"earn\"]")
            List<String> scopes,

            @Schema(
                    description = "The most calls per second, at all gateways together; left out: as of the caller's"
                            + " own key",
                    minimum = "1",
                    maximum = "1000000",
                    examples = "5")
            @Nullable
            Long perSecond,

            @Schema(
                    description = "The most calls at once; left out: as many as `perSecond`, which it needs",
                    minimum = "1",
                    maximum = "1000000",
                    examples = "20")
            @Nullable
            Long burst,

            @Schema(
                    description = "SHA-256 of the till's client certificate (DER), in hexadecimal: its key is valid"
                            + " only on TLS connections whose client has shown this certificate; left out: as of"
                            + " the caller's own key",
                    minLength = 64,
                    maxLength = 64,
                    pattern = KeyCalls.SHA_256,
                    examples = KeyCalls.SHA_256_EXAMPLE)
            @Nullable
            String certificateSha256) {}

    @Schema(name = "Pairing", description = "A code with which one till gets a key.")
    record PairingView(
            @Schema(description = "The pairing's id, which the audit names")
            UUID pairing,

            @Schema(
                    description = "What to type at the till: ten of twenty consonants, in groups. It works once",
                    pattern = PairingCode.PATTERN,
                    examples = "BDWP-HQPK-XT")
            String code,

            @Schema(description = "Until when: in ten minutes")
            Instant expiresAt) {}

    @POST
    @Path("/{program}/pairings")
    @Needs(Scope.KEYS)
    @Operation(
            operationId = "createPairing",
            summary = "Pair a till",
            description = "Makes a code for one till, which claims a key of its own with it. That key has nothing that"
                    + " the caller's own lacks, also no higher rate, no later end, a certificate if it has one, and"
                    + " from a till no other location. The answer is the only one that tells the code."
                    + " At most 200 of a program, and 1000 in all, are open at a time; more get"
                    + " `overloaded`.")
    @APIResponse(
            responseCode = "201",
            description = "The code",
            content = @Content(schema = @Schema(implementation = PairingView.class)))
    @Refuses({
        ProblemCode.REQUEST_TIMEOUT,
        ProblemCode.PAYLOAD_TOO_LARGE,
        ProblemCode.UNSUPPORTED_MEDIA_TYPE,
        ProblemCode.UNKNOWN_FIELD,
        ProblemCode.INVALID_AMOUNT,
        ProblemCode.OVERLOADED,
        ProblemCode.OUTCOME_UNKNOWN
    })
    @Consumes(MediaType.APPLICATION_JSON)
    public Uni<Response> create(
            @PathParam("program") String program,
            @RequestBody(required = true, content = @Content(schema = @Schema(implementation = PairingRequest.class)))
                    byte @Nullable [] body) {
        Asker asker = common.asker(program);
        calls.checkBody();
        PairingRequest asked = BODY.required(body).value();
        List<String> scopes = KeyCalls.scopes(asker, asked.scopes);
        RateLimit rateLimit = KeyCalls.rateLimit(asked.perSecond, asked.burst);
        PairingCode code = PairingCode.fresh(random);
        Bounds wanted = new Bounds(true, asked.location, rateLimit, asked.certificateSha256, null);
        return common.bounds(program, asker)
                .chain(own -> pairings.create(program, asker, code, asked.name, scopes, own.given(wanted)))
                .map(made -> {
                    if (made == null) {
                        throw new Unavailable(
                                Unavailable.Code.OVERLOADED,
                                "Too many pairings are open. Nothing was done. Try again in some minutes.");
                    }
                    return Response.status(Response.Status.CREATED)
                            .type(MediaType.APPLICATION_JSON_TYPE)
                            .entity(new PairingView(made.id(), code.text(), made.expiresAt()))
                            .build();
                });
    }
}
