package dev.stampede.hold;

import dev.stampede.account.OperationType;
import dev.stampede.http.Answers;
import dev.stampede.http.Call;
import dev.stampede.http.Calls;
import dev.stampede.http.Fields;
import dev.stampede.http.ProblemCode;
import dev.stampede.redeem.Price;
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
public class HoldResource {
    private static final long DEFAULT_TTL_SECONDS = 120;
    private static final long MAX_TTL_SECONDS = 1800;

    private final Calls calls;
    private final Answers answers;

    HoldResource(Calls calls, Answers answers) {
        this.calls = calls;
        this.answers = answers;
    }

    @POST
    @Path("/holds")
    @Consumes(MediaType.APPLICATION_JSON)
    public Uni<Response> hold(@PathParam("program") String program, @PathParam("account") String account, byte[] body) {
        Call call = calls.postOrDryRun(program, account);
        Fields fields =
                Fields.of(body).only("points", "amount", "currency", "ttlSeconds", "reference", "channel", "note");
        Price price = Price.read(fields, call.rules());
        long ttlSeconds = fields.whole("ttlSeconds", 1, MAX_TTL_SECONDS, DEFAULT_TTL_SECONDS);
        return answers.to(
                call,
                call.operation(OperationType.HOLD, "holds", fields)
                        .points(price.points())
                        .ttlSeconds(ttlSeconds)
                        .reference(price.reference())
                        .detail(price.detail().text())
                        .build());
    }

    @POST
    @Path("/holds/{hold}/capture")
    @Consumes(MediaType.APPLICATION_JSON)
    public Uni<Response> capture(
            @PathParam("program") String program,
            @PathParam("account") String account,
            @PathParam("hold") String hold,
            byte[] body) {
        Call call = calls.post(program, account);
        UUID id = Calls.id(hold, ProblemCode.HOLD_NOT_FOUND);
        Fields fields = Fields.orNone(body).only("points");
        Long points = fields.points("points");
        return answers.to(
                call,
                call.operation(OperationType.CAPTURE, "holds/" + id + "/capture", fields)
                        .hold(id)
                        .points(points)
                        .build());
    }

    @POST
    @Path("/holds/{hold}/void")
    @Consumes(MediaType.APPLICATION_JSON)
    public Uni<Response> release(
            @PathParam("program") String program,
            @PathParam("account") String account,
            @PathParam("hold") String hold,
            byte[] body) {
        Call call = calls.post(program, account);
        UUID id = Calls.id(hold, ProblemCode.HOLD_NOT_FOUND);
        Fields fields = Fields.orNone(body).only();
        return answers.to(
                call,
                call.operation(OperationType.VOID, "holds/" + id + "/void", fields)
                        .hold(id)
                        .build());
    }
}
