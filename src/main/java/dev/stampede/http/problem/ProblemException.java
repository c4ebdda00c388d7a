package dev.stampede.http.problem;

import dev.stampede.http.view.BalanceView;
import dev.stampede.points.Unpriceable;
import dev.stampede.program.reading.Finding;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A call that ends in a problem. It has no stack trace: it is an answer, not a fault. */
public final class ProblemException extends RuntimeException {
    private final ProblemCode code;
    private final String detail;
    private final transient @Nullable Declined declined;
    private final boolean replayed;
    private final transient List<Finding> findings;
    /** 0 where the gateway has no better advice than its setting. */
    private final long retryAfterSeconds;

    /**
     * What is told of an operation that was declined.
     *
     * @param operation its id; null of a dry run
     * @param balance null of a dry run
     * @param usedBy the operation that has used its reference; null if that is not why
     * @param limit the name of the limit that has no room for it; null if that is not why, or it counts nothing
     * @param resetsAt from when on that limit has room again; null if that is not known
     */
    public record Declined(
            @Nullable UUID operation,
            @Nullable BalanceView balance,
            @Nullable UUID usedBy,
            @Nullable String limit,
            @Nullable Instant resetsAt) {}

    public ProblemException(ProblemCode code, String detail) {
        this(code, detail, null, false);
    }

    /**
     * @param declined what is told of the declined operation, null if the decline was not recorded
     * @param replayed whether an earlier call was already declined with it
     */
    public ProblemException(ProblemCode code, String detail, @Nullable Declined declined, boolean replayed) {
        this(code, detail, declined, replayed, List.of(), 0);
    }

    private ProblemException(
            ProblemCode code,
            String detail,
            @Nullable Declined declined,
            boolean replayed,
            List<Finding> findings,
            long retryAfterSeconds) {
        super(detail, null, false, false);
        this.code = code;
        this.detail = detail;
        this.declined = declined;
        this.replayed = replayed;
        this.findings = findings;
        this.retryAfterSeconds = retryAfterSeconds;
    }

    /** A document of a program that has errors. */
    public static ProblemException programInvalid(List<Finding> findings) {
        long errors = findings.stream()
                .filter(finding -> finding.level() == Finding.Level.ERROR)
                .count();
        return new ProblemException(
                ProblemCode.PROGRAM_INVALID,
                "The document has " + (errors == 1 ? "an error" : errors + " errors")
                        + ". Nothing was done. See findings.",
                null,
                false,
                findings,
                0);
    }

    /** Too many claims of pairings, of which none is tried for so long. */
    public static ProblemException tooManyClaims(String detail, long retryAfterSeconds) {
        return new ProblemException(ProblemCode.RATE_LIMITED, detail, null, false, List.of(), retryAfterSeconds);
    }

    /** A call that the program has no price for. */
    public static ProblemException of(Unpriceable why) {
        return new ProblemException(ProblemCode.valueOf(why.why().name()), why.getMessage());
    }

    public static ProblemException malformed(String detail) {
        return new ProblemException(ProblemCode.MALFORMED, detail);
    }

    @Override
    public String getMessage() {
        return detail;
    }

    public ProblemCode code() {
        return code;
    }

    @Nullable
    Declined declined() {
        return declined;
    }

    List<Finding> findings() {
        return findings;
    }

    long retryAfterSeconds() {
        return retryAfterSeconds;
    }

    boolean replayed() {
        return replayed;
    }
}
