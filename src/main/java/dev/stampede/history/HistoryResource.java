package dev.stampede.history;

import dev.stampede.access.Principal;
import dev.stampede.access.Scope;
import dev.stampede.account.AccountId;
import dev.stampede.account.CachedAccount;
import dev.stampede.account.UnreadableForm;
import dev.stampede.gateway.Gateway;
import dev.stampede.gateway.KeyLookup;
import dev.stampede.http.ApiTag;
import dev.stampede.http.Needs;
import dev.stampede.http.problem.ProblemCode;
import dev.stampede.http.problem.ProblemException;
import dev.stampede.http.problem.Refuses;
import dev.stampede.http.request.AccountCall;
import dev.stampede.http.request.CallReader;
import dev.stampede.http.request.PageQuery;
import dev.stampede.http.request.Reference;
import dev.stampede.http.view.OperationView;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.time.ZoneId;
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

@Path(CallReader.PROGRAMS)
@Tag(name = ApiTag.HISTORY)
@Produces(MediaType.APPLICATION_JSON)
public class HistoryResource {
    private final Gateway gateway;
    private final History history;
    private final CallReader calls;

    HistoryResource(Gateway gateway, History history, CallReader calls) {
        this.gateway = gateway;
        this.history = history;
        this.calls = calls;
    }

    @Schema(name = "Page", description = "A page of an account's operations.")
    record Page(
            @Schema(description = "Newest first") List<OperationView> items,

            @Schema(
                    description = "The cursor of the next page; null on the last page",
                    examples = "MTc",
                    nullable = true)
            @Nullable
            String cursor) {}

    @GET
    @Path(CallReader.OF_ACCOUNT + "/operations")
    @Needs(Scope.READ)
    @Operation(
            operationId = "listOperations",
            summary = "Operations, newest first",
            description = "Committed operations only.")
    @Parameter(
            name = "cursor",
            in = ParameterIn.QUERY,
            description = "The `cursor` of the page before; left out for the first page",
            example = "MTc",
            schema = @Schema(type = SchemaType.STRING))
    @Parameter(
            name = "limit",
            in = ParameterIn.QUERY,
            description = "Operations per page",
            example = "50",
            schema =
                    @Schema(
                            type = SchemaType.INTEGER,
                            format = "int32",
                            minimum = "1",
                            maximum = "200",
                            defaultValue = "50"))
    @Parameter(
            name = "type",
            in = ParameterIn.QUERY,
            description = "Only operations of this type; `declined`: only declined ones, which are left out otherwise",
            example = "redeem",
            schema =
                    @Schema(
                            type = SchemaType.STRING,
                            enumeration = {
                                "enrol",
                                "earn",
                                "redeem",
                                "hold",
                                "capture",
                                "void",
                                "reverse",
                                "lapse",
                                "freeze",
                                "unfreeze",
                                "adjust",
                                "close",
                                "grant",
                                "declined"
                            }))
    @Parameter(
            name = "from",
            in = ParameterIn.QUERY,
            description = "Only operations decided at this time or later (RFC 3339)",
            example = "2026-11-01T00:00:00Z",
            schema = @Schema(type = SchemaType.STRING, format = "date-time"))
    @Parameter(
            name = "to",
            in = ParameterIn.QUERY,
            description = "Only operations decided before this time (RFC 3339)",
            example = "2026-12-01T00:00:00Z",
            schema = @Schema(type = SchemaType.STRING, format = "date-time"))
    @Parameter(
            name = "reference",
            in = ParameterIn.QUERY,
            description = "Only operations with this reference",
            example = "20261121-0042-03-0199",
            schema = @Schema(type = SchemaType.STRING, minLength = 1, maxLength = Reference.MAX_LENGTH))
    @Parameter(
            name = "key",
            in = ParameterIn.QUERY,
            description =
                    "The operation with this `Idempotency-Key`, also if it was declined or voided. An empty page means"
                            + " that the call has not taken effect so far: it may still be on its way. Only a void of"
                            + " the key makes this final",
            example = "till-3-0042",
            schema = @Schema(type = SchemaType.STRING, minLength = 1, maxLength = Reference.MAX_LENGTH))
    @APIResponse(
            responseCode = "200",
            description = "A page",
            content = @Content(schema = @Schema(implementation = Page.class)))
    @Refuses({ProblemCode.OUTCOME_UNKNOWN, ProblemCode.ACCOUNT_NOT_FOUND})
    public Uni<Page> list(@PathParam("program") String program, @PathParam("account") String account) {
        AccountCall call = calls.read(program, account, HistoryQuery.PARAMETERS);
        HistoryQuery asked = HistoryQuery.read(calls);
        boolean showsBy = showsBy();
        if (asked.key() != null) {
            return byKey(call, asked.key(), asked, showsBy);
        }
        return account(gateway, call.account())
                // one more than asked for tells whether there is another page
                .chain(() -> history.page(call.account(), asked, asked.limit() + 1))
                .map(found -> {
                    boolean more = found.size() > asked.limit();
                    var shown = more ? found.subList(0, asked.limit()) : found;
                    return new Page(
                            views(shown, showsBy, call.zone()),
                            more ? PageQuery.cursor(shown.get(shown.size() - 1).row().version) : null);
                });
    }

    /** Under the account's row lock, so that "there is none" stays true of every call answered before. */
    private Uni<Page> byKey(AccountCall call, String key, HistoryQuery asked, boolean showsBy) {
        AccountId account = call.account();
        return gateway.findByKey(account, key)
                .chain(found -> {
                    // a void may have come before the member did: its key is told of even where there is no account yet
                    Uni<@Nullable CachedAccount> there = found.operation() == null
                            ? account(gateway, account)
                            : Uni.createFrom().nullItem();
                    return there.replaceWith(() -> new Page(items(found, asked, showsBy, call.zone()), null));
                })
                // it is there, and a newer release has written it
                .onFailure(HistoryResource::isUnreadable)
                .recoverWithUni(() -> history.page(account, asked, 1)
                        .map(found -> new Page(views(found, showsBy, call.zone()), null)));
    }

    /** A member does not see which till or which employee it was. */
    private boolean showsBy() {
        return calls.caller().kind() != Principal.Kind.MEMBER;
    }

    private static List<OperationView> views(List<History.Told> found, boolean showsBy, ZoneId zone) {
        return found.stream().map(told -> told.view(showsBy, zone)).toList();
    }

    private static List<OperationView> items(KeyLookup found, HistoryQuery asked, boolean showsBy, ZoneId zone) {
        return found.operation() == null || !asked.accepts(found.operation())
                ? List.of()
                : List.of(OperationView.past(found.operation(), found.voided(), showsBy, zone));
    }

    @GET
    @Path(CallReader.OF_ACCOUNT + "/operations/{operation}")
    @Needs(Scope.READ)
    @Operation(operationId = "getOperation", summary = "One operation")
    @APIResponse(
            responseCode = "200",
            description = "The operation",
            content = @Content(schema = @Schema(implementation = OperationView.class)))
    @Refuses({ProblemCode.ACCOUNT_NOT_FOUND, ProblemCode.OPERATION_NOT_FOUND})
    public Uni<OperationView> one(
            @PathParam("program") String program,
            @PathParam("account") String account,
            @PathParam("operation") String operation) {
        AccountCall call = calls.read(program, account);
        UUID id = CallReader.id(operation, ProblemCode.OPERATION_NOT_FOUND);
        boolean showsBy = showsBy();
        return account(gateway, call.account())
                .chain(() -> history.one(call.account(), id))
                .map(found -> {
                    if (found == null) {
                        throw new ProblemException(
                                ProblemCode.OPERATION_NOT_FOUND, "The account has no operation with this id.");
                    }
                    return found.view(showsBy, call.zone());
                });
    }

    /** The account; null if a newer release has written it: it is there, and its rows tell what they can. */
    public static Uni<@Nullable CachedAccount> account(Gateway gateway, AccountId account) {
        return gateway.peek(account)
                .map(HistoryResource::enrolled)
                .onFailure(HistoryResource::isUnreadable)
                .recoverWithNull();
    }

    private static boolean isUnreadable(Throwable failure) {
        return failure instanceof UnreadableForm || failure.getCause() instanceof UnreadableForm;
    }

    /** A void may have come before the member did: then there is an image, but no account yet. */
    private static CachedAccount enrolled(@Nullable CachedAccount peek) {
        if (peek == null || !peek.image().state().enrolled()) {
            throw new ProblemException(ProblemCode.ACCOUNT_NOT_FOUND, "There is no account with this id.");
        }
        return peek;
    }
}
