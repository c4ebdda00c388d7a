package dev.stampede.simulate;

import dev.stampede.access.Scope;
import dev.stampede.document.ProgramDocument;
import dev.stampede.gateway.Gateway;
import dev.stampede.http.ApiTag;
import dev.stampede.http.Needs;
import dev.stampede.http.problem.ProblemCode;
import dev.stampede.http.problem.ProblemException;
import dev.stampede.http.problem.Refuses;
import dev.stampede.http.request.AsText;
import dev.stampede.http.request.BodyReader;
import dev.stampede.http.request.CallReader;
import dev.stampede.http.view.FindingView;
import dev.stampede.program.InForce;
import dev.stampede.program.ProgramBook;
import dev.stampede.program.reading.DocumentReader;
import dev.stampede.program.reading.Finding;
import dev.stampede.program.reading.Reading;
import dev.stampede.publish.Versions;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.ExampleObject;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/** What a draft would have given in a period that is over. */
@Path(CallReader.PROGRAMS + "/{program}/simulations")
@Tag(name = ApiTag.PROGRAMS)
@Produces(MediaType.APPLICATION_JSON)
public class SimulationResource {
    private static final BodyReader<SimulationRequest> BODY = BodyReader.of(SimulationRequest.class);
    private static final Duration LONGEST = Duration.ofDays(366);

    private final Gateway gateway;
    private final CallReader calls;
    private final ProgramBook book;
    private final Versions versions;
    private final Simulations simulations;
    private final Vertx vertx;

    SimulationResource(
            Gateway gateway,
            CallReader calls,
            ProgramBook book,
            Versions versions,
            Simulations simulations,
            Vertx vertx) {
        this.gateway = gateway;
        this.calls = calls;
        this.book = book;
        this.versions = versions;
        this.simulations = simulations;
        this.vertx = vertx;
    }

    /** Which rules, and which period. */
    @Schema(
            name = "SimulationRequest",
            description = "A draft, and the period that it is tried on. Send either `document` or `version`.")
    record SimulationRequest(
            @Schema(
                    type = SchemaType.OBJECT,
                    description = "A document that is not published; docs/programs.md describes it",
                    additionalProperties = Schema.True.class,
                    examples = "{\"format\":\"stampede.program/1\"}")
            @AsText
            @Nullable
            String document,

            @Schema(
                    description = "The number of a version of the program, instead of a document",
                    minimum = "1",
                    maximum = "999999999",
                    examples = "2")
            @Nullable
            Long version,

            @Schema(
                    description = "The beginning of the period: operations that were decided then or later",
                    required = true,
                    examples = "2026-11-01T00:00:00Z")
            Instant from,

            @Schema(
                    description = "The end of the period, which does not belong to it: at most 366 days after `from`,"
                            + " and not in the future",
                    required = true,
                    examples = "2026-12-01T00:00:00Z")
            Instant to) {
        SimulationRequest {
            if ((document == null) == (version == null)) {
                throw ProblemException.malformed("Send either document or version.");
            }
            if (!from.isBefore(to) || Duration.between(from, to).compareTo(LONGEST) > 0) {
                throw ProblemException.malformed(
                        "from must be before to, and at most " + LONGEST.toDays() + " days before it.");
            }
        }
    }

    @POST
    @Needs(Scope.PROGRAM)
    @Operation(
            operationId = "startSimulation",
            summary = "Try a draft on what happened",
            description = "The operations of a period as they were sealed, and as they would have been under the draft:"
                    + " the same purchases, and people who do not change. Nothing is written. It runs in this gateway,"
                    + " which alone knows it, at a bounded rate, two at a time. What it came to is kept for an hour, of"
                    + " the newest 20.")
    @APIResponse(
            responseCode = "202",
            description = "It runs: see `Location`",
            content = @Content(schema = @Schema(implementation = SimulationView.class)))
    @Refuses({
        ProblemCode.REQUEST_TIMEOUT,
        ProblemCode.PAYLOAD_TOO_LARGE,
        ProblemCode.UNSUPPORTED_MEDIA_TYPE,
        ProblemCode.UNKNOWN_FIELD,
        ProblemCode.INVALID_AMOUNT,
        ProblemCode.PROGRAM_INVALID,
        ProblemCode.NOT_FOUND,
        ProblemCode.OVERLOADED
    })
    @Consumes(MediaType.APPLICATION_JSON)
    public Uni<Response> start(
            @PathParam("program") String program,
            @RequestBody(
                            required = true,
                            content =
                                    @Content(
                                            schema = @Schema(implementation = SimulationRequest.class),
                                            examples =
                                                    @ExampleObject(
                                                            name = "version",
                                                            value = "{\"version\":1,\"from\":\"2026-11-01T00:00:00Z\","
                                                                    + "\"to\":\"2026-12-01T00:00:00Z\"}")))
                    byte @Nullable [] body) {
        InForce.Rules rules = calls.program(program);
        calls.checkBody();
        Instant now = Instant.ofEpochMilli(book.heard(program, gateway.nowMs()).nowMs());
        return onWorker(() -> BODY.required(body).value()).chain(asked -> {
            if (asked.to.isAfter(now)) {
                throw ProblemException.malformed("to is in the future.");
            }
            return draft(program, asked, rules).map(reading -> started(reading, asked));
        });
    }

    private Response started(Draft draft, SimulationRequest asked) {
        Simulation started = simulations.start(
                draft.document, draft.findings, asked.from, asked.to, Instant.ofEpochMilli(gateway.nowMs()));
        return Response.accepted(SimulationView.of(started))
                .header("Location", CallReader.PROGRAMS + "/" + draft.document.program() + "/simulations/" + started.id)
                .build();
    }

    private record Draft(ProgramDocument document, List<FindingView> findings) {}

    private Uni<Draft> draft(String program, SimulationRequest asked, InForce.Rules rules) {
        String text = asked.document;
        if (text != null) {
            return onWorker(() -> read(program, text, rules));
        }
        return versions.document(program, Math.toIntExact(asked.version == null ? 0 : asked.version))
                .chain(stored -> {
                    if (stored == null) {
                        throw new ProblemException(ProblemCode.NOT_FOUND, "There is no version with this number.");
                    }
                    return onWorker(() -> {
                        ProgramDocument document = DocumentReader.stored(stored).document();
                        if (document == null) {
                            throw new ProblemException(
                                    ProblemCode.UNAVAILABLE, "This release of the gateway cannot read that version.");
                        }
                        return new Draft(document, List.of());
                    });
                });
    }

    private static Draft read(String program, String text, InForce.Rules rules) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        Reading reading = DocumentReader.read(utf8);
        ProgramDocument document = reading.document();
        if (document == null) {
            throw ProblemException.programInvalid(reading.findings());
        }
        if (!document.program().equals(program)) {
            throw invalid(
                    utf8,
                    "program",
                    "The document is of another program than the call: of \"" + document.program() + "\".");
        }
        if (!document.currency().equals(rules.document().currency())) {
            throw invalid(
                    utf8,
                    "currency",
                    "The purchases are in " + rules.document().currency()
                            + ": another currency has no price for them.");
        }
        return new Draft(
                document, reading.findings().stream().map(FindingView::of).toList());
    }

    private static ProblemException invalid(byte[] text, String field, String message) {
        return ProblemException.programInvalid(
                List.of(DocumentReader.error(text, field, Finding.Code.BAD_VALUE, message)));
    }

    @GET
    @Path("/{simulation}")
    @Needs(Scope.PROGRAM)
    @Operation(
            operationId = "getSimulation",
            summary = "How far a simulation is, and what it came to",
            description = "404 `not_found` also of one that another gateway runs, or that is forgotten.")
    @APIResponse(
            responseCode = "200",
            description = "The simulation",
            content = @Content(schema = @Schema(implementation = SimulationView.class)))
    @Refuses(ProblemCode.NOT_FOUND)
    public Uni<SimulationView> get(@PathParam("program") String program, @PathParam("simulation") String simulation) {
        return Uni.createFrom().item(SimulationView.of(find(program, simulation)));
    }

    @DELETE
    @Path("/{simulation}")
    @Needs(Scope.PROGRAM)
    @Operation(
            operationId = "cancelSimulation",
            summary = "Cancel a simulation",
            description = "It ends as `cancelled`, within two seconds, for which the answer waits. One that has ended"
                    + " stays as it is.")
    @APIResponse(
            responseCode = "202",
            description = "The simulation, which may still run for a moment",
            content = @Content(schema = @Schema(implementation = SimulationView.class)))
    @Refuses(ProblemCode.NOT_FOUND)
    public Uni<Response> cancel(@PathParam("program") String program, @PathParam("simulation") String simulation) {
        Simulation found = find(program, simulation);
        return onWorker(() -> {
            found.cancel();
            return Response.accepted(SimulationView.of(found)).build();
        });
    }

    private Simulation find(String program, String id) {
        calls.idOfProgram(program);
        Simulation found = simulations.find(program, CallReader.id(id, ProblemCode.NOT_FOUND));
        if (found == null) {
            throw new ProblemException(
                    ProblemCode.NOT_FOUND, "This gateway has no simulation with this id. Another one may have it.");
        }
        return found;
    }

    /** A long document takes more time than an event loop has. */
    private <T> Uni<T> onWorker(Callable<T> work) {
        return Uni.createFrom()
                .completionStage(() -> vertx.executeBlocking(work, false).toCompletionStage());
    }
}
