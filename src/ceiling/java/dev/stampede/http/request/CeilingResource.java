package dev.stampede.http.request;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.stampede.account.AccountId;
import dev.stampede.account.Decision;
import dev.stampede.account.Entry;
import dev.stampede.account.Image;
import dev.stampede.account.OperationType;
import dev.stampede.account.Receipt;
import dev.stampede.account.SealedOperation;
import dev.stampede.gateway.Answer;
import dev.stampede.points.Lot;
import dev.stampede.points.MemberPoints;
import dev.stampede.pricing.Calculation;
import dev.stampede.pricing.Money;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.ZoneOffset;
import java.util.Currency;
import java.util.List;
import java.util.UUID;

/**
 * What HTTP and JSON alone allow: an earn's body is read and an earn's answer is written by the code that does it in
 * the gateway, and nothing happens in between.
 */
@Path(CeilingResource.ACCOUNT)
@Produces(MediaType.APPLICATION_JSON)
public class CeilingResource {
    public static final String ACCOUNT = "/ceiling/programs/{program}/accounts/{account}";

    private static final long AT = 1_795_262_400_000L;
    private static final long DAY = 21_153;

    /** An account that has earned 42 points twice. */
    public static final Image IMAGE = new Image(
            UUID.fromString("0193508e-3c5f-7c4e-8f3a-1a2b3c4d5e6f"),
            2,
            AT,
            new MemberPoints(
                    true, false, false, false, 84, 0, 0, 0, 84, List.of(new Lot(DAY, 84)), List.of(), List.of()),
            null,
            null,
            null,
            "");

    record EarnRequest(
            @JsonUnwrapped Purchase purchase, @JsonUnwrapped Reference ref) {}

    private static final BodyReader<EarnRequest> BODY = BodyReader.of(EarnRequest.class);

    @POST
    @Path("/earn")
    @org.eclipse.microprofile.openapi.annotations.Operation(hidden = true)
    @Consumes(MediaType.APPLICATION_JSON)
    public Uni<Response> earn(@PathParam("program") String program, @PathParam("account") String account, byte[] body) {
        EarnRequest asked = BODY.required(body).value();
        Money money = asked.purchase().worth(Currency.getInstance("EUR")).money();
        Receipt receipt =
                Receipt.of(null, null, money, new Calculation("base:base", 42, "42.50 EUR x 1 = 42.5, rounded down"));
        SealedOperation operation = new SealedOperation(
                IMAGE.head(),
                AccountId.of(program, account),
                OperationType.EARN,
                "run-0-1",
                null,
                asked.ref().reference(),
                null,
                Decision.OK,
                2,
                AT,
                42,
                List.of(new Entry("earn", 42, 0, 0, 0, 84, 0, 0, 0, List.of(new Lot(DAY, 42)))),
                null,
                null,
                null,
                null,
                null,
                null,
                receipt,
                IMAGE);
        return Uni.createFrom()
                .item(OperationResponder.response(new Answer.Sealed(operation, false, false), ZoneOffset.UTC));
    }
}
