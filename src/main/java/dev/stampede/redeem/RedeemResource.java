package dev.stampede.redeem;

import dev.stampede.account.OperationType;
import dev.stampede.http.Answers;
import dev.stampede.http.Call;
import dev.stampede.http.Calls;
import dev.stampede.http.Fields;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;

@Path(Calls.ACCOUNT)
@Produces(MediaType.APPLICATION_JSON)
public class RedeemResource {
    private final Calls calls;
    private final Answers answers;

    RedeemResource(Calls calls, Answers answers) {
        this.calls = calls;
        this.answers = answers;
    }

    @POST
    @Path("/redeem")
    @Consumes(MediaType.APPLICATION_JSON)
    public Uni<Response> redeem(
            @PathParam("program") String program, @PathParam("account") String account, byte[] body) {
        Call call = calls.postOrDryRun(program, account);
        Fields fields = Fields.of(body).only(Price.FIELDS);
        Price price = Price.read(fields, call.rules());
        return answers.to(
                call,
                call.operation(OperationType.REDEEM, "redeem", fields)
                        .points(price.points())
                        .reference(price.reference())
                        .detail(price.detail().text())
                        .build());
    }
}
