package dev.stampede.http.problem;

import dev.stampede.account.SealedOperation;
import org.jspecify.annotations.Nullable;

/** A call that ends in a problem. It has no stack trace: it is an answer, not a fault. */
public final class ProblemException extends RuntimeException {
    private final ProblemCode code;
    private final String detail;
    private final transient @Nullable SealedOperation declined;
    private final boolean replayed;

    public ProblemException(ProblemCode code, String detail) {
        this(code, detail, null, false);
    }

    /**
     * @param declined the declined operation, null if the decline was not recorded
     * @param replayed whether an earlier call was already declined with it
     */
    public ProblemException(ProblemCode code, String detail, @Nullable SealedOperation declined, boolean replayed) {
        super(detail, null, false, false);
        this.code = code;
        this.detail = detail;
        this.declined = declined;
        this.replayed = replayed;
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
    SealedOperation declined() {
        return declined;
    }

    boolean replayed() {
        return replayed;
    }
}
