package dev.stampede.balance;

import dev.stampede.account.AccountId;
import dev.stampede.http.request.CeilingResource;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.ZoneOffset;
import org.eclipse.microprofile.openapi.annotations.Operation;

/** The same as {@link CeilingResource} for a balance: written by the gateway's own code, asked of nobody. */
@Path(CeilingResource.ACCOUNT)
@Produces(MediaType.APPLICATION_JSON)
public class CeilingBalanceResource {

    @GET
    @Operation(hidden = true)
    public Uni<Response> balance(@PathParam("program") String program, @PathParam("account") String account) {
        return Uni.createFrom()
                .item(AccountResource.response(
                        200,
                        AccountId.of(program, account),
                        ZoneOffset.UTC,
                        CeilingResource.IMAGE,
                        null,
                        null,
                        System.currentTimeMillis()));
    }
}
