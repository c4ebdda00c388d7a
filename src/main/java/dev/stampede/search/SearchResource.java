package dev.stampede.search;

import dev.stampede.access.Scope;
import dev.stampede.document.ProgramDocument;
import dev.stampede.http.ApiTag;
import dev.stampede.http.Needs;
import dev.stampede.http.problem.ProblemCode;
import dev.stampede.http.problem.ProblemException;
import dev.stampede.http.problem.Refuses;
import dev.stampede.http.request.CallReader;
import dev.stampede.http.request.Reference;
import dev.stampede.search.Search.Hit;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.ParameterIn;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

@Path(CallReader.PROGRAMS + "/{program}/search")
@Tag(name = ApiTag.HISTORY)
@Produces(MediaType.APPLICATION_JSON)
public class SearchResource {
    private final CallReader calls;
    private final Search search;

    SearchResource(CallReader calls, Search search) {
        this.calls = calls;
        this.search = search;
    }

    @Schema(name = "SearchHit", description = "Something that was found, and by what.")
    record HitView(
            @Schema(
                    description = "What the text is: the id of an account or of an operation, an `Idempotency-Key`, a"
                            + " reference, or a redemption code",
                    enumeration = {"account", "operation", "key", "reference", "code"},
                    examples = "key")
            String kind,

            @Schema(description = "The id of the account", examples = "m-1")
            String account,

            @Schema(description = "The operation that was found; of an account its newest one")
            UUID operation,

            @Schema(description = "The type of the operation", examples = "redeem")
            String type,

            @Schema(description = "`ok`, or the code of the refusal if it was declined", examples = "ok")
            String outcome,

            @Schema(description = "When the operation was decided")
            Instant at) {
        static HitView of(Hit hit) {
            return new HitView(hit.kind().code(), hit.account(), hit.operation(), hit.type(), hit.outcome(), hit.at());
        }
    }

    @Schema(name = "SearchResult", description = "What was found.")
    record ResultView(
            @Schema(description = "Accounts first, then operations by their id, key, reference and code; at most 20")
            List<HitView> items) {}

    @GET
    @Needs(Scope.READ)
    @Operation(
            operationId = "searchProgram",
            summary = "Find an account or an operation by what you have in hand",
            description = "The whole text is compared. A key can be used once by each account: of more than 20 some are"
                    + " shown. References are found only in programs where each counts once"
                    + " (`uniqueReferences` is `program`); in the history of an account, all are. Committed operations"
                    + " only. The number of searches at a time is limited.")
    @Parameter(
            name = "q",
            in = ParameterIn.QUERY,
            required = true,
            description = "The id of an account or an operation, an `Idempotency-Key`, a reference, or a redemption"
                    + " code, as it was typed. Spaces around it are passed over",
            example = "till-3-0042",
            schema = @Schema(type = SchemaType.STRING, minLength = 1, maxLength = Reference.MAX_LENGTH))
    @APIResponse(
            responseCode = "200",
            description = "What was found; nothing is no error",
            content = @Content(schema = @Schema(implementation = ResultView.class)))
    @Refuses(ProblemCode.OVERLOADED)
    public Uni<ResultView> search(@PathParam("program") String program) {
        ProgramDocument document = calls.program(program, "q").document();
        String asked = calls.text("q", Reference.MAX_LENGTH);
        if (asked == null || asked.isBlank()) {
            throw ProblemException.malformed("q must have 1 to " + Reference.MAX_LENGTH + " characters.");
        }
        return search.find(document, asked.strip())
                .map(found -> new ResultView(found.stream().map(HitView::of).toList()));
    }
}
