package dev.stampede.reverse;

import dev.stampede.account.OperationType;
import dev.stampede.http.Answers;
import dev.stampede.http.Call;
import dev.stampede.http.Calls;
import dev.stampede.http.Fields;
import dev.stampede.http.IdempotencyKey;
import dev.stampede.http.ProblemCode;
import dev.stampede.http.ProblemException;
import dev.stampede.points.Rules;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.UUID;

@Path(Calls.ACCOUNT)
@Produces(MediaType.APPLICATION_JSON)
public class ReverseResource {
    private final Calls calls;
    private final Answers answers;

    ReverseResource(Calls calls, Answers answers) {
        this.calls = calls;
        this.answers = answers;
    }

    @POST
    @Path("/operations/{operation}/reverse")
    @Consumes(MediaType.APPLICATION_JSON)
    public Uni<Response> reverse(
            @PathParam("program") String program,
            @PathParam("account") String account,
            @PathParam("operation") String operation,
            byte[] body) {
        Call call = calls.post(program, account);
        UUID id = Calls.id(operation, ProblemCode.OPERATION_NOT_FOUND);
        Fields fields = Fields.orNone(body).only("points");
        Long points = fields.points("points");
        return answers.to(
                call,
                call.operation(OperationType.REVERSE, "operations/" + id + "/reverse", fields)
                        .target(id)
                        .points(points)
                        .graceOn(call.graceOn())
                        .debt(call.rules().clawback() == Rules.Clawback.DEBT)
                        .build());
    }

    @POST
    @Path("/voids")
    @Consumes(MediaType.APPLICATION_JSON)
    public Uni<Response> voidByKey(
            @PathParam("program") String program, @PathParam("account") String account, byte[] body) {
        Call call = calls.post(program, account);
        Fields fields = Fields.of(body).only("key");
        String key = fields.text("key", 255);
        if (key == null || !IdempotencyKey.valid(key)) {
            throw ProblemException.malformed("key is not 1 to 255 visible ASCII characters");
        }
        if (key.equals(call.key())) {
            throw ProblemException.malformed("a call can't void itself: key is its own Idempotency-Key");
        }
        return answers.to(
                call,
                call.operation(OperationType.VOID, "voids", fields)
                        .voids(key)
                        .graceOn(call.graceOn())
                        .debt(call.rules().clawback() == Rules.Clawback.DEBT)
                        .build());
    }
}
