package dev.stampede.http.problem;

import dev.stampede.gateway.Unavailable;
import dev.stampede.points.Refusal;
import java.util.Locale;

/**
 * Every code that a problem can carry, and the one place that says which HTTP status it has. Where several apply, the
 * first of this order is answered; {@link Refusal} has the same order within.
 */
public enum ProblemCode {
    NOT_FOUND(404, "There is nothing at this path"),
    METHOD_NOT_ALLOWED(405, "This path has no such method"),
    MISDIRECTED_REQUEST(421, "This gateway does not answer for that host"),
    EXPECTATION_FAILED(417, "The expectation can't be met"),
    REQUEST_TIMEOUT(408, "The body did not arrive in time; nothing was done"),
    NOT_ACCEPTABLE(406, "The answer has none of the media types accepted"),
    PAYLOAD_TOO_LARGE(413, "The body is larger than 64 KiB, or 256 KiB for an earn"),
    UNSUPPORTED_MEDIA_TYPE(415, "The body is not application/json"),
    PROGRAM_NOT_FOUND(404, "There is no such program"),
    RATE_LIMITED(429, "This account is asked too often"),
    IDEMPOTENCY_KEY_MISSING(400, "The Idempotency-Key header is missing"),
    MALFORMED(400, "The request is malformed"),
    UNKNOWN_FIELD(400, "The body has a field that is not known"),
    INVALID_AMOUNT(400, "A number is out of its range, or not whole"),
    CURRENCY_MISMATCH(422, "The program has another currency"),
    OVERLOADED(503, "Too much is asked at once; nothing was done"),
    UNAVAILABLE(503, "The gateway can't do it now; nothing was done"),
    OUTCOME_UNKNOWN(503, "It may have been done; the same key tells"),
    ACCOUNT_NOT_FOUND(404, "There is no such account"),
    OPERATION_NOT_FOUND(404, "The account has no such operation"),
    HOLD_NOT_FOUND(404, "The account has no such hold"),
    PRECONDITION_FAILED(412, "The account is not what If-Match names"),
    IDEMPOTENCY_KEY_REUSED(422, "The key was used for another call"),
    ACCOUNT_FROZEN(409, "The account is frozen"),
    VOIDED(409, "The call was voided"),
    HOLD_CAPTURED(409, "The hold was captured"),
    HOLD_VOIDED(409, "The hold was voided"),
    HOLD_EXPIRED(410, "The hold has expired"),
    ALREADY_REVERSED(409, "There is nothing left to reverse"),
    REVERSE_EXCEEDS_ORIGINAL(422, "More would be reversed than is left of the original"),
    LIMIT_EXCEEDED(422, "The account would hold more than it may"),
    INSUFFICIENT_POINTS(422, "The account has not enough points"),
    INTERNAL(500, "The gateway made a mistake");

    private final String code = name().toLowerCase(Locale.ROOT);
    private final int status;
    private final String title;

    ProblemCode(int status, String title) {
        this.status = status;
        this.title = title;
    }

    /** The stable name that clients see. */
    public String code() {
        return code;
    }

    public int status() {
        return status;
    }

    public String title() {
        return title;
    }

    /** Whether the same call may be answered otherwise later. */
    public boolean retryable() {
        return status == 408 || status == 429 || status == 503;
    }

    public static ProblemCode of(Refusal refusal) {
        return valueOf(refusal.name());
    }

    public static ProblemCode of(Unavailable.Code code) {
        return valueOf(code.name());
    }

    /** For what the framework refuses before a feature sees it. */
    public static ProblemCode ofStatus(int status) {
        return switch (status) {
            case 404 -> NOT_FOUND;
            case 405 -> METHOD_NOT_ALLOWED;
            case 406 -> NOT_ACCEPTABLE;
            case 408 -> REQUEST_TIMEOUT;
            case 412 -> PRECONDITION_FAILED;
            case 413 -> PAYLOAD_TOO_LARGE;
            case 415 -> UNSUPPORTED_MEDIA_TYPE;
            case 417 -> EXPECTATION_FAILED;
            case 421 -> MISDIRECTED_REQUEST;
            default -> status >= 400 && status < 500 ? MALFORMED : INTERNAL;
        };
    }
}
