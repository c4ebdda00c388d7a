package dev.stampede.http.problem;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.stampede.http.view.BalanceView;
import dev.stampede.http.view.FindingView;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** An error in the form of RFC 9457. */
@Schema(name = "Problem", description = "An error (RFC 9457); programs should look only at `code`.")
public record Problem(
        @Schema(description = "Identifies the kind of problem", examples = "urn:stampede:problem:insufficient_points")
        String type,

        @Schema(
                description = "The same for every problem with this code",
                examples = "The account does not have enough points")
        String title,

        @Schema(description = "The HTTP status", minimum = "400", maximum = "599", examples = "422")
        int status,

        @Schema(
                description = "What is wrong with this call and what to do next; a text for people",
                examples = "The account does not have enough points.")
        String detail,

        @Schema(description = "Stable, in snake_case; new codes may be added", examples = "insufficient_points")
        String code,

        @Schema(description = "Whether the same call may get another answer later", examples = "false")
        boolean retryable,

        @Schema(
                description = "The request's id, as in the `X-Request-Id` header",
                examples = "c30d3eb03259c751c58d8e55")
        String requestId,

        @Schema(description = "The id of the declined operation, if the decline was recorded", nullable = true)
        @JsonInclude(JsonInclude.Include.NON_NULL)
        @Nullable
        UUID operation,

        @Schema(description = "The account's balance when the operation was declined", nullable = true)
        @JsonInclude(JsonInclude.Include.NON_NULL)
        @Nullable
        BalanceView balance,

        @Schema(
                description = "The id of the earn that has used the reference; only of `reference_used`",
                nullable = true)
        @JsonInclude(JsonInclude.Include.NON_NULL)
        @Nullable
        UUID usedBy,

        @Schema(
                description = "What is wrong with the document of a program, in the order of its text; only of"
                        + " `program_invalid`",
                nullable = true)
        @JsonInclude(JsonInclude.Include.NON_NULL)
        @Nullable
        List<FindingView> findings,

        @Schema(
                description = "Of `rate_limited`, whose calls are too many: `key`, `member`, `account`, or"
                        + " `claims` of pairings. Of `limit_exceeded`, the id of the program's limit, or `reward:`"
                        + " and that of the reward, if the limit counts in time",
                nullable = true,
                examples = "account")
        @JsonInclude(JsonInclude.Include.NON_NULL)
        @Nullable
        String limit,

        @Schema(
                description = "From when on the limit has room again (RFC 3339, UTC), if that is known; only of"
                        + " `limit_exceeded`",
                nullable = true)
        @JsonInclude(JsonInclude.Include.NON_NULL)
        @Nullable
        Instant resetsAt) {

    public static final String MEDIA_TYPE = "application/problem+json";

    /** The limits of calls per second. */
    public enum Limit {
        KEY,
        MEMBER,
        ACCOUNT,
        CLAIMS;

        private final String label = name().toLowerCase(Locale.ROOT);

        /** Its name, as callers see it. */
        public String label() {
            return label;
        }
    }

    public static Problem of(ProblemCode code, String detail, String requestId) {
        return of(code, detail, requestId, null, null, null, null, null, null);
    }

    static Problem of(Limit limit, String detail, String requestId) {
        return of(ProblemCode.RATE_LIMITED, detail, requestId, null, null, null, null, limit.label(), null);
    }

    static Problem of(
            ProblemCode code,
            String detail,
            String requestId,
            @Nullable UUID operation,
            @Nullable BalanceView balance,
            @Nullable UUID usedBy,
            @Nullable List<FindingView> findings,
            @Nullable String limit,
            @Nullable Instant resetsAt) {
        return new Problem(
                "urn:stampede:problem:" + code.code(),
                code.title(),
                code.status(),
                detail,
                code.code(),
                code.retryable(),
                requestId,
                operation,
                balance,
                usedBy,
                findings,
                limit,
                resetsAt);
    }
}
