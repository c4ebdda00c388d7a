package dev.stampede.publish;

import dev.stampede.access.Scope;
import dev.stampede.document.ProgramDocument.Sandbox;
import dev.stampede.http.ApiTag;
import dev.stampede.http.Needs;
import dev.stampede.http.problem.ProblemCode;
import dev.stampede.http.problem.ProblemException;
import dev.stampede.http.problem.Refuses;
import dev.stampede.http.request.BodyReader;
import dev.stampede.http.request.CallReader;
import dev.stampede.program.ProgramBook;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.time.Instant;
import java.util.Objects;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/** The clock of a sandbox. */
@Path(CallReader.PROGRAMS + "/{program}/clock")
@Tag(name = ApiTag.PROGRAMS)
@Produces(MediaType.APPLICATION_JSON)
public class ClockResource {
    private static final BodyReader<ClockRequest> CLOCK = BodyReader.of(ClockRequest.class);

    private final CallReader calls;
    private final ProgramBook book;
    private final Versions versions;

    ClockResource(CallReader calls, ProgramBook book, Versions versions) {
        this.calls = calls;
        this.book = book;
        this.versions = versions;
    }

    @Schema(name = "Clock", description = "The clock of a sandbox.")
    record ClockView(
            @Schema(description = "The time of the sandbox, until it is moved", examples = "2027-01-01T05:00:00Z")
            Instant now) {}

    @Schema(name = "ClockRequest", description = "Where the clock of a sandbox is to stand.")
    record ClockRequest(
            @Schema(
                    description =
                            "Not before its present time; at most the year 9000. Parts of a millisecond are cut off",
                    required = true,
                    examples = "2027-01-01T05:00:00Z")
            Instant now) {
        ClockRequest {
            if (!Sandbox.covers(now)) {
                throw ProblemException.malformed(
                        "The clock of a sandbox goes from " + Sandbox.FIRST + " to " + Sandbox.LAST + ".");
            }
        }
    }

    @GET
    @Needs(Scope.READ)
    @Operation(
            operationId = "getClock",
            summary = "The time of a sandbox",
            description =
                    "A sandbox is a program whose document has a `sandbox`. Its time stands still until it is moved.")
    @APIResponse(
            responseCode = "200",
            description = "Its time",
            content = @Content(schema = @Schema(implementation = ClockView.class)))
    @Refuses(ProblemCode.NOT_A_SANDBOX)
    public Uni<ClockView> clock(@PathParam("program") String program) {
        calls.idOfProgram(program);
        Long nowMs = book.sandboxMs(program);
        if (nowMs == null) {
            throw book.programs().contains(program) ? realTime() : noProgram();
        }
        return Uni.createFrom().item(new ClockView(Instant.ofEpochMilli(nowMs)));
    }

    @PUT
    @Needs(Scope.PROGRAM)
    @Operation(
            operationId = "setClock",
            summary = "Move the time of a sandbox forwards",
            description = "Everything of the sandbox goes by it: versions, windows, points that expire or become"
                    + " available, holds, and the times that answers name. This gateway goes by it when it answers, all"
                    + " others one second later at most. The same call may be repeated.")
    @APIResponse(
            responseCode = "200",
            description = "Its time now",
            content = @Content(schema = @Schema(implementation = ClockView.class)))
    @Refuses({
        ProblemCode.REQUEST_TIMEOUT,
        ProblemCode.PAYLOAD_TOO_LARGE,
        ProblemCode.UNSUPPORTED_MEDIA_TYPE,
        ProblemCode.UNKNOWN_FIELD,
        ProblemCode.OVERLOADED,
        ProblemCode.OUTCOME_UNKNOWN,
        ProblemCode.NOT_A_SANDBOX,
        ProblemCode.CLOCK_GOES_BACK
    })
    @Consumes(MediaType.APPLICATION_JSON)
    public Uni<ClockView> setClock(
            @PathParam("program") String program,
            @RequestBody(required = true, content = @Content(schema = @Schema(implementation = ClockRequest.class)))
                    byte @Nullable [] body) {
        calls.idOfProgram(program);
        calls.checkBody();
        Instant now = CLOCK.required(body).value().now;
        Versions.Asker asker = new Versions.Asker(calls.caller().id(), calls.requestId());
        return versions.setClock(asker, program, now.toEpochMilli())
                .call(moved -> moved.outcome().equals("ok")
                        ? book.upToDate(ProgramsResource.PATIENCE)
                        : Uni.createFrom().voidItem())
                .map(moved -> switch (moved.outcome()) {
                    case "ok" -> new ClockView(Instant.ofEpochMilli(Objects.requireNonNull(moved.nowMs())));
                    case "clock_goes_back" ->
                        throw new ProblemException(
                                ProblemCode.CLOCK_GOES_BACK,
                                "The clock stands at " + Instant.ofEpochMilli(Objects.requireNonNull(moved.nowMs()))
                                        + ". It only goes forwards.");
                    case "not_a_sandbox" -> throw realTime();
                    case "program_not_found" -> throw noProgram();
                    default -> throw ProgramsResource.newer(moved.outcome());
                });
    }

    private static ProblemException realTime() {
        return new ProblemException(
                ProblemCode.NOT_A_SANDBOX, "The program goes by real time: only a sandbox has a clock to set.");
    }

    private static ProblemException noProgram() {
        return new ProblemException(ProblemCode.PROGRAM_NOT_FOUND, "There is no program with this id.");
    }
}
