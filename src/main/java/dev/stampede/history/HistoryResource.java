package dev.stampede.history;

import dev.stampede.account.AccountId;
import dev.stampede.gateway.Gateway;
import dev.stampede.http.Call;
import dev.stampede.http.Calls;
import dev.stampede.http.OperationView;
import dev.stampede.http.ProblemCode;
import dev.stampede.http.ProblemException;
import dev.stampede.seal.Found;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

@Path(Calls.ACCOUNT)
@Produces(MediaType.APPLICATION_JSON)
public class HistoryResource {
    private final Gateway gateway;
    private final History history;
    private final Calls calls;

    HistoryResource(Gateway gateway, History history, Calls calls) {
        this.gateway = gateway;
        this.history = history;
        this.calls = calls;
    }

    @Schema(name = "Page", description = "A page of an account's operations.")
    record Page(
            @Schema(description = "Newest first") List<OperationView> items,

            @Schema(description = "Asks for the next page; null on the last one", nullable = true)
            String cursor) {}

    @GET
    @Path("/operations")
    public Uni<Page> list(@PathParam("program") String program, @PathParam("account") String account) {
        Call call = calls.read(program, account);
        Asked asked = Asked.read(calls);
        if (asked.key() != null) {
            return byKey(call.account(), asked);
        }
        return exists(call.account())
                // one more than asked for tells whether there is another page
                .chain(() -> history.page(call.account(), asked, asked.limit() + 1))
                .map(found -> {
                    boolean more = found.size() > asked.limit();
                    var shown = more ? found.subList(0, asked.limit()) : found;
                    return new Page(
                            shown.stream().map(OperationView::of).toList(),
                            more
                                    ? Asked.cursor(shown.get(shown.size() - 1)
                                            .decision()
                                            .version())
                                    : null);
                });
    }

    /** Under the account's row lock, so that "there is none" stays true of every call answered before. */
    private Uni<Page> byKey(AccountId account, Asked asked) {
        return gateway.findByKey(account, asked.key()).chain(found -> {
            // a void may have come before the member did: its key is told of even where there is no account yet
            Uni<Void> exists =
                    found.sealed() == null ? exists(account) : Uni.createFrom().voidItem();
            return exists.replaceWith(() -> new Page(items(found, asked), null));
        });
    }

    private static List<OperationView> items(Found found, Asked asked) {
        return found.sealed() == null || !asked.accepts(found.sealed())
                ? List.of()
                : List.of(OperationView.of(found.sealed(), found.voided()));
    }

    @GET
    @Path("/operations/{operation}")
    public Uni<OperationView> one(
            @PathParam("program") String program,
            @PathParam("account") String account,
            @PathParam("operation") String operation) {
        Call call = calls.read(program, account);
        UUID id = Calls.id(operation, ProblemCode.OPERATION_NOT_FOUND);
        return exists(call.account())
                .chain(() -> history.one(call.account(), id))
                .map(found -> {
                    if (found == null) {
                        throw new ProblemException(
                                ProblemCode.OPERATION_NOT_FOUND, "the account has no such operation");
                    }
                    return OperationView.of(found);
                });
    }

    private Uni<Void> exists(AccountId account) {
        return gateway.peek(account).map(peek -> {
            if (peek == null || !peek.image().state().enrolled()) {
                throw new ProblemException(ProblemCode.ACCOUNT_NOT_FOUND, "there is no such account");
            }
            return null;
        });
    }
}
