package dev.stampede.keys;

import com.fasterxml.jackson.annotation.JsonRawValue;
import dev.stampede.access.Scope;
import dev.stampede.http.ApiTag;
import dev.stampede.http.Needs;
import dev.stampede.http.problem.ProblemCode;
import dev.stampede.http.problem.Refuses;
import dev.stampede.http.request.CallReader;
import dev.stampede.http.request.PageQuery;
import dev.stampede.keys.Keys.Asker;
import dev.stampede.keys.Keys.Recorded;
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
import org.jspecify.annotations.Nullable;

/** The record of administration, which only the functions that change something add to. */
@Path(CallReader.PROGRAMS + "/{program}/audit")
@Tag(name = ApiTag.KEYS)
@Produces(MediaType.APPLICATION_JSON)
public class AuditResource {
    private final KeyCalls common;
    private final CallReader calls;
    private final Keys keys;

    AuditResource(KeyCalls common, CallReader calls, Keys keys) {
        this.common = common;
        this.calls = calls;
        this.keys = keys;
    }

    @Schema(name = "AuditEntry", description = "Something that was administered.")
    record EntryView(
            @Schema(description = "The entry's id; ids rise with time")
            UUID id,

            @Schema(description = "When it was done") Instant at,

            @Schema(
                    description = "Who did it: the id of a key, or `command`, `bootstrap`, `demo` or `examples` of the"
                            + " gateway itself, or `unknown`",
                    examples = "7Kq3ZrT0aB9x")
            String principal,

            @Schema(description = "The program; null for what is of all programs", nullable = true, examples = "demo")
            @Nullable
            String program,

            @Schema(
                    description = "`key.create`, `key.rotate`, `key.drop_previous`, `key.revoke`, `pairing.create`,"
                            + " `pairing.claim`, `program.publish`, `program.clock`, `account.freeze`,"
                            + " `account.unfreeze`, `account.close`, `points.adjust` or `tier.grant`. There will be"
                            + " more",
                    examples = "account.freeze")
            String action,

            @Schema(
                    description = "What it was done to: the id of a key, a pairing, a program or an account, or the"
                            + " number of a version",
                    examples = "m-1")
            String target,

            @Schema(
                    type = SchemaType.OBJECT,
                    description = "What it was before; null if it was not there, or if the ledger has it",
                    nullable = true,
                    additionalProperties = Schema.True.class,
                    examples = "{\"name\":\"Tills\"}")
            @JsonRawValue
            @Nullable
            String before,

            @Schema(
                    type = SchemaType.OBJECT,
                    description = "What it has become, or what was done; never a secret, nor a hash of one",
                    nullable = true,
                    additionalProperties = Schema.True.class,
                    examples = "{\"name\":\"Tills\"}")
            @JsonRawValue
            @Nullable
            String after,

            @Schema(
                    description = "The `X-Request-Id` of the call; null if there was none, or if the ledger has the"
                            + " operation",
                    nullable = true,
                    examples = "till-3-000017")
            @Nullable
            String requestId) {
        static EntryView of(Recorded row) {
            return new EntryView(
                    row.id(),
                    row.at(),
                    row.principal(),
                    row.program(),
                    row.action(),
                    row.target(),
                    row.before(),
                    row.after(),
                    row.requestId());
        }
    }

    @Schema(name = "AuditPage", description = "A page of the audit, the newest first.")
    record PageView(
            @Schema(description = "The entries") List<EntryView> items,

            @Schema(description = "Of the next page; null for the last page", nullable = true, examples = "MTc")
            @Nullable
            String cursor) {}

    @GET
    @Needs(Scope.KEYS)
    @Operation(
            operationId = "listAudit",
            summary = "What was administered in a program, newest first",
            description = "Changes of keys, pairings, versions and clocks; accounts that were frozen, unfrozen or"
                    + " closed, points that were adjusted, and tiers that were granted. Other operations have their"
                    + " `by` in the history. What is of all programs is shown to keys that are so.")
    @Parameter(
            name = "cursor",
            in = ParameterIn.QUERY,
            description = "The `cursor` of the page before; left out for the first page",
            example = "MTc",
            schema = @Schema(type = SchemaType.STRING))
    @Parameter(
            name = "limit",
            in = ParameterIn.QUERY,
            description = "Entries per page",
            example = "50",
            schema =
                    @Schema(
                            type = SchemaType.INTEGER,
                            format = "int32",
                            minimum = "1",
                            maximum = "200",
                            defaultValue = "50"))
    @APIResponse(
            responseCode = "200",
            description = "A page",
            content = @Content(schema = @Schema(implementation = PageView.class)))
    @Refuses(ProblemCode.OVERLOADED)
    public Uni<PageView> list(@PathParam("program") String program) {
        Asker asker = common.asker(program, "cursor", "limit");
        PageQuery asked = PageQuery.read(calls);
        // one more than asked for tells whether there is another page
        return keys.audit(program, asker, asked.before(), asked.limit() + 1)
                .map(found -> new PageView(
                        found.stream().limit(asked.limit()).map(EntryView::of).toList(),
                        found.size() > asked.limit()
                                ? PageQuery.cursor(found.get(asked.limit() - 1).n())
                                : null));
    }
}
