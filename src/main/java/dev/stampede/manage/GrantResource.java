package dev.stampede.manage;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.stampede.access.Scope;
import dev.stampede.account.Operation.Grant;
import dev.stampede.account.Operation.Header;
import dev.stampede.account.OperationType;
import dev.stampede.account.Receipt;
import dev.stampede.award.MemberState;
import dev.stampede.http.ApiTag;
import dev.stampede.http.Needs;
import dev.stampede.http.problem.ProblemCode;
import dev.stampede.http.problem.ProblemException;
import dev.stampede.http.problem.Refuses;
import dev.stampede.http.request.AccountCall;
import dev.stampede.http.request.Body;
import dev.stampede.http.request.BodyReader;
import dev.stampede.http.request.CallReader;
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
import java.time.DateTimeException;
import java.time.LocalDate;
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
@Tag(name = ApiTag.ACCOUNTS)
@Produces(MediaType.APPLICATION_JSON)
public class GrantResource {
    private static final BodyReader<GrantRequest> BODY = BodyReader.of(GrantRequest.class);

    private final CallReader calls;
    private final OperationResponder answers;

    GrantResource(CallReader calls, OperationResponder answers) {
        this.calls = calls;
        this.answers = answers;
    }

    @Schema(name = "GrantRequest", description = "Which tier to grant, to which day, and why.")
    record GrantRequest(
            @Schema(
                    description = "The id of a tier of the program; null or left out: ends the grant that there is",
                    minLength = 1,
                    maxLength = 64,
                    examples = "rouge")
            @Nullable
            String tier,

            @Schema(
                    description = "The last day of the grant, in the program's time zone: today or later. It comes"
                            + " with a tier; 9999-12-31 is for ever",
                    minLength = 10,
                    maxLength = 10,
                    pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
                    examples = "2027-06-30")
            @Nullable
            String until,

            @Schema(
                    description = "Why, for the programme's own people; it must be there with a tier",
                    minLength = 1,
                    maxLength = 255,
                    examples = "status match")
            @Nullable
            String reason,

            @JsonUnwrapped Reference ref) {
        GrantRequest {
            if (tier == null && until != null) {
                throw ProblemException.malformed("The end of a grant has no until: it ends at once.");
            }
            if (tier != null && until == null) {
                throw ProblemException.malformed("until is missing.");
            }
            if (tier != null && reason == null) {
                throw ProblemException.malformed("reason is missing.");
            }
        }

        /** The last day in days since 1970-01-01; null where no tier is granted. */
        private @Nullable Long last() {
            if (until == null) {
                return null;
            }
            try {
                return LocalDate.parse(until).toEpochDay();
            } catch (DateTimeException e) {
                throw ProblemException.malformed("until is not a date: " + until + ".");
            }
        }
    }

    @POST
    @Path(CallReader.OF_ACCOUNT + "/tier")
    @Needs(Scope.ADJUST)
    @Operation(
            operationId = "grantTier",
            summary = "Grant a tier by hand",
            description = "The member holds the tier at once, and to the end of the last day: it counts for prices,"
                    + " promotions and rewards as if it had been reached. A tier that he has reached and that is higher"
                    + " stays. A grant is no qualification: it fires no promotion, and no reversal ends it. It takes"
                    + " the place of the grant that there was; `\"tier\":null` ends that one, and changes nothing where"
                    + " there is none. A frozen account can have it; a void does not undo it.")
    @Parameter(
            name = "dryRun",
            in = ParameterIn.QUERY,
            description = "`true`: answers what the call would do, without doing it",
            example = "true",
            schema = @Schema(type = SchemaType.BOOLEAN, defaultValue = "false"))
    @Refuses({ProblemCode.ACCOUNT_NOT_FOUND, ProblemCode.LIMIT_EXCEEDED})
    @Consumes(MediaType.APPLICATION_JSON)
    public Uni<Response> grant(
            @PathParam("program") String program,
            @PathParam("account") String account,
            @RequestBody(
                            required = true,
                            content =
                                    @Content(
                                            schema = @Schema(implementation = GrantRequest.class),
                                            examples = {
                                                @ExampleObject(
                                                        name = "grant",
                                                        value = "{\"tier\":\"rouge\",\"until\":\"2027-06-30\","
                                                                + "\"reason\":\"status match\"}"),
                                                @ExampleObject(
                                                        name = "end",
                                                        value = "{\"tier\":null,\"reason\":\"by mistake\"}")
                                            }))
                    byte[] body) {
        AccountCall call = calls.postOrDryRun(program, account);
        Body<GrantRequest> read = BODY.required(body);
        GrantRequest asked = read.value();
        Long last = asked.last();
        Header header = call.header(OperationType.GRANT, "tier", read.canonical(), asked.ref);
        return answers.to(call, header, (at, dated) -> granting(at, at.priced(dated), asked, last));
    }

    private static Grant granting(AccountCall at, Header header, GrantRequest asked, @Nullable Long last) {
        String tier = asked.tier;
        if (tier == null || last == null) {
            return new Grant(header, null, Receipt.byHand(asked.reason, null, null));
        }
        if (at.found().compiled().levels().levels().stream()
                .noneMatch(level -> level.id().equals(tier))) {
            throw ProblemException.malformed("The program has no tier " + tier + ".");
        }
        if (last < LocalDay.number(at.nowMs(), at.zone())) {
            throw ProblemException.malformed("until is before today: " + asked.until + ".");
        }
        Receipt.Reason what = new Receipt.Reason("tier:" + tier, 0, "granted to " + asked.until);
        return new Grant(header, new MemberState.Grant(tier, last), Receipt.byHand(asked.reason, null, what));
    }
}
