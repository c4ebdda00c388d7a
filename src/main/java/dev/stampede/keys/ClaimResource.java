package dev.stampede.keys;

import dev.stampede.access.KeyText;
import dev.stampede.access.PairingCode;
import dev.stampede.http.ApiTag;
import dev.stampede.http.ClientAddress;
import dev.stampede.http.NeedsNothing;
import dev.stampede.http.problem.ProblemCode;
import dev.stampede.http.problem.ProblemException;
import dev.stampede.http.problem.Refuses;
import dev.stampede.http.request.BodyReader;
import dev.stampede.http.request.CallReader;
import dev.stampede.keys.KeyResource.KeyView;
import dev.stampede.program.ProgramBook;
import io.quarkus.vertx.http.runtime.CurrentVertxRequest;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.security.SecureRandom;
import java.util.List;
import java.util.Objects;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/**
 * A till without a key gets one by the code of its pairing. Codes are short, so guessing is bounded: here a second
 * ({@link ClaimLimit}), and in Postgres, for all gateways, by the failures of a minute. Whatever is wrong with a code,
 * the answer is the same.
 */
@Path("/v1/pairings")
@Tag(name = ApiTag.KEYS)
@Produces(MediaType.APPLICATION_JSON)
public class ClaimResource {
    private static final BodyReader<ClaimRequest> BODY = BodyReader.of(ClaimRequest.class);
    private static final String TOO_MANY = "There are too many attempts to claim a pairing. Nothing was done.";

    private final KeyCalls common;
    private final CallReader calls;
    private final CurrentVertxRequest current;
    private final ProgramBook programs;
    private final Pairings pairings;
    private final ClaimLimit limit = new ClaimLimit();
    private final SecureRandom random = new SecureRandom();

    ClaimResource(
            KeyCalls common, CallReader calls, CurrentVertxRequest current, ProgramBook programs, Pairings pairings) {
        this.common = common;
        this.calls = calls;
        this.current = current;
        this.programs = programs;
        this.pairings = pairings;
    }

    @Schema(name = "ClaimRequest", description = "What was typed at a till.")
    record ClaimRequest(
            @Schema(
                    description = "The code of the pairing. Small letters and missing hyphens are understood",
                    required = true,
                    minLength = 1,
                    maxLength = 64,
                    examples = "BDWP-HQPK-XT")
            String code,

            @Schema(description = "The till itself; the audit shows it") @Nullable
            DeviceRequest device) {}

    @Schema(name = "DeviceRequest", description = "A till, as its maker knows it.")
    record DeviceRequest(
            @Schema(
                    description = "Its serial number",
                    required = true,
                    minLength = 1,
                    maxLength = 100,
                    examples = "4C3100417A")
            String serial) {}

    @POST
    @Path("/claim")
    @NeedsNothing
    @Operation(
            operationId = "claimPairing",
            summary = "Claim the key of a pairing",
            description = "The only call without a credential. Gives a till the key that the pairing is for, once: the"
                    + " answer is the only one that tells it. If the answer was lost, make another pairing. Claims are"
                    + " limited: one a second from each address, and after 17 that failed within a minute none for"
                    + " another minute.")
    @APIResponse(
            responseCode = "201",
            description = "The key",
            content = @Content(schema = @Schema(implementation = KeyView.class)))
    @Refuses({
        ProblemCode.REQUEST_TIMEOUT,
        ProblemCode.PAYLOAD_TOO_LARGE,
        ProblemCode.UNSUPPORTED_MEDIA_TYPE,
        ProblemCode.RATE_LIMITED,
        ProblemCode.UNKNOWN_FIELD,
        ProblemCode.OVERLOADED,
        ProblemCode.OUTCOME_UNKNOWN,
        ProblemCode.PAIRING_NOT_FOUND
    })
    @Consumes(MediaType.APPLICATION_JSON)
    public Uni<Response> claim(
            @RequestBody(required = true, content = @Content(schema = @Schema(implementation = ClaimRequest.class)))
                    byte @Nullable [] body) {
        calls.onlyParameters(List.of());
        calls.checkBody();
        ClaimRequest asked = BODY.required(body).value();
        String address = ClientAddress.of(current.getCurrent().request().remoteAddress());
        if (!limit.allows(address, System.nanoTime())) {
            throw ProblemException.tooManyClaims(TOO_MANY, 1);
        }
        PairingCode code = PairingCode.typed(asked.code);
        if (code == null) {
            throw notFound(); // no pairing has such a code: nothing was guessed
        }
        KeyText key = KeyText.fresh(false, random);
        String serial = asked.device == null ? null : asked.device.serial;
        return pairings.claim(code, key, serial, calls.requestId()).chain(claimed -> switch (claimed.outcome()) {
            case PAIRING_NOT_FOUND -> throw notFound();
            case RATE_LIMITED -> throw ProblemException.tooManyClaims(TOO_MANY, claimed.waitSeconds());
            case OK -> {
                String program = Objects.requireNonNull(claimed.program());
                yield common.told(program, null, programs.sandboxMs(program) == null ? key : key.ofSandbox());
            }
        });
    }

    private static ProblemException notFound() {
        return new ProblemException(
                ProblemCode.PAIRING_NOT_FOUND, "No pairing has this code: it is wrong, was used, or has expired.");
    }
}
