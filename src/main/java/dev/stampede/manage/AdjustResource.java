package dev.stampede.manage;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.stampede.access.Scope;
import dev.stampede.account.Operation.Adjust;
import dev.stampede.account.Operation.Header;
import dev.stampede.account.OperationType;
import dev.stampede.account.Receipt;
import dev.stampede.http.ApiTag;
import dev.stampede.http.Needs;
import dev.stampede.http.problem.ProblemCode;
import dev.stampede.http.problem.Refuses;
import dev.stampede.http.request.AccountCall;
import dev.stampede.http.request.Amounts;
import dev.stampede.http.request.Body;
import dev.stampede.http.request.BodyReader;
import dev.stampede.http.request.CallReader;
import dev.stampede.http.request.Multiline;
import dev.stampede.http.request.OperationResponder;
import dev.stampede.http.request.Reference;
import dev.stampede.points.LocalDay;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.ZoneId;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.ParameterIn;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.ExampleObject;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

@Path(CallReader.PROGRAMS)
@Tag(name = ApiTag.POINTS)
@Produces(MediaType.APPLICATION_JSON)
public class AdjustResource {
    private static final BodyReader<AdjustRequest> BODY = BodyReader.of(AdjustRequest.class);

    private final CallReader calls;
    private final OperationResponder answers;

    AdjustResource(CallReader calls, OperationResponder answers) {
        this.calls = calls;
        this.answers = answers;
    }

    @Schema(name = "AdjustRequest", description = "How many points to give or to take, and why.")
    record AdjustRequest(
            @Schema(
                    description = "How many points to give; below 0 to take them. Not 0",
                    required = true,
                    minimum = Amounts.MOST_TAKEN,
                    maximum = Amounts.MOST_POINTS,
                    examples = "-50")
            Long points,

            @Schema(
                    description = "Why, for the programme's own people",
                    required = true,
                    minLength = 1,
                    maxLength = 255,
                    examples = "goodwill")
            String reason,

            @Schema(
                    description = "What the member is told; it may have several lines",
                    minLength = 1,
                    maxLength = 1000,
                    examples = "Sorry for the wait")
            @Multiline
            @Nullable
            String text,

            @Schema(
                    description = "Whether points may be taken that are not there: they become a debt",
                    defaultValue = "false",
                    examples = "true")
            @Nullable
            Boolean allowDebt,

            @JsonUnwrapped Reference ref) {
        AdjustRequest {
            if (points == 0) {
                throw Amounts.invalid("points must not be 0.");
            }
        }
    }

    @POST
    @Path(CallReader.OF_ACCOUNT + "/adjust")
    @Needs(Scope.ADJUST)
    @Operation(
            operationId = "adjustPoints",
            summary = "Give or take points by hand",
            description =
                    "Points that are given are available at once, pay a debt first, and expire as those of an earn"
                            + " of today. Points that are taken are those that expire soonest. Neither counts as"
                            + " earned: not for tiers, promotions, limits or `lifetimeEarned`. A reversal or a void"
                            + " undoes it.")
    @Parameter(
            name = "dryRun",
            in = ParameterIn.QUERY,
            description = "`true`: answers what the call would do, without doing it",
            example = "true",
            schema = @Schema(type = SchemaType.BOOLEAN, defaultValue = "false"))
    @Refuses({
        ProblemCode.INVALID_AMOUNT,
        ProblemCode.ACCOUNT_NOT_FOUND,
        ProblemCode.LIMIT_EXCEEDED,
        ProblemCode.INSUFFICIENT_POINTS
    })
    @Consumes(MediaType.APPLICATION_JSON)
    public Uni<Response> adjust(
            @PathParam("program") String program,
            @PathParam("account") String account,
            @RequestBody(
                            required = true,
                            content =
                                    @Content(
                                            schema = @Schema(implementation = AdjustRequest.class),
                                            examples = {
                                                @ExampleObject(
                                                        name = "give",
                                                        value = "{\"points\":50,\"reason\":\"goodwill\","
                                                                + "\"text\":\"Sorry for the wait\"}"),
                                                @ExampleObject(
                                                        name = "take",
                                                        value = "{\"points\":-50,\"reason\":\"fraud\","
                                                                + "\"allowDebt\":true}")
                                            }))
                    byte[] body) {
        AccountCall call = calls.postOrDryRun(program, account);
        Body<AdjustRequest> read = BODY.required(body);
        AdjustRequest asked = read.value();
        Header header = call.header(OperationType.ADJUST, "adjust", read.canonical(), asked.ref);
        return answers.to(call, header, (at, dated) -> adjustment(at, dated, asked));
    }

    private static Adjust adjustment(AccountCall at, Header header, AdjustRequest asked) {
        ZoneId zone = at.zone();
        return new Adjust(
                at.priced(header),
                asked.points,
                at.found().compiled().lotDays(at.nowMs(), at.zone()).on(),
                LocalDay.start(LocalDay.number(at.nowMs(), zone) + 1, zone),
                Boolean.TRUE.equals(asked.allowDebt),
                Receipt.byHand(asked.reason, asked.text, new Receipt.Reason("adjustment", asked.points, "by hand")));
    }
}
