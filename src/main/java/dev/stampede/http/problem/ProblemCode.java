package dev.stampede.http.problem;

import dev.stampede.gateway.Unavailable;
import dev.stampede.points.Refusal;
import java.util.Locale;

/**
 * Every code that a problem can have, and the one place that assigns its HTTP status. Where several apply, the first in
 * this order is answered; {@link Refusal} keeps the same order among its own codes.
 */
public enum ProblemCode {
    UNAUTHENTICATED(401, "The call has no valid credential"),
    FORBIDDEN(403, "The credential does not allow this call"),
    NOT_FOUND(404, "There is nothing at this path"),
    METHOD_NOT_ALLOWED(405, "This path does not support this method"),
    MISDIRECTED_REQUEST(421, "This gateway does not serve this host"),
    EXPECTATION_FAILED(417, "The Expect header cannot be met"),
    /**
     * Of a key. That of an account comes with {@link #OVERLOADED}, after a repeated call has got its answer; that of
     * claims of pairings, after the body was read.
     */
    RATE_LIMITED(429, "There are too many calls"),
    REQUEST_TIMEOUT(408, "The body did not arrive in time; nothing was done"),
    NOT_ACCEPTABLE(406, "The answer has none of the accepted media types"),
    PAYLOAD_TOO_LARGE(
            413,
            "The body is larger than 64 KiB (256 KiB for an earn, 1 MiB for a program or a quote, 1 KiB for a claim)"),
    UNSUPPORTED_MEDIA_TYPE(415, "The body is not application/json"),
    PROGRAM_NOT_FOUND(404, "There is no such program"),
    IDEMPOTENCY_KEY_MISSING(400, "The Idempotency-Key header is missing"),
    MALFORMED(400, "The request is malformed"),
    UNKNOWN_FIELD(400, "The body has an unknown field"),
    INVALID_AMOUNT(400, "A number is out of range or not whole"),
    UNKNOWN_ACTION(400, "No promotion of the program is for this action"),
    PARTNER_UNKNOWN(400, "The program has no such partner, or one must be named"),
    REWARD_NOT_FOUND(404, "The program has no such reward"),
    CURRENCY_MISMATCH(422, "The program uses another currency"),
    PROGRAM_INVALID(422, "The document of the program has errors"),
    OCCURRED_AT_OUT_OF_RANGE(422, "occurredAt is in the future, or too long ago"),
    UNKNOWN_ATTRIBUTE(422, "The program has no such attribute"),
    MEMBER_CODE_REQUIRED(403, "The member must show a code"),
    MEMBER_CODE_INVALID(403, "The member code is not one of this account"),
    MEMBER_CODE_EXPIRED(410, "The member code has expired"),
    OVERLOADED(503, "The gateway is overloaded; nothing was done"),
    UNAVAILABLE(503, "The gateway cannot do this now; nothing was done"),
    OUTCOME_UNKNOWN(503, "The call may have been done; repeat it with the same key"),
    ACCOUNT_NOT_FOUND(404, "There is no such account"),
    OPERATION_NOT_FOUND(404, "The account has no such operation"),
    HOLD_NOT_FOUND(404, "The account has no such hold"),
    CODE_NOT_FOUND(404, "There is no such code"),
    KEY_NOT_FOUND(404, "There is no such key"),
    PAIRING_NOT_FOUND(404, "There is no such pairing"),
    KEY_REVOKED(409, "The key was revoked, or has expired"),
    ROTATION_PENDING(409, "The secret before the present one is still valid"),
    LAST_KEY(409, "No other key could make keys"),
    NOT_A_SANDBOX(409, "The program goes by real time"),
    VERSION_CONFLICT(412, "The program has a newer version"),
    BUDGET_TOO_SMALL(409, "More of a budget was used than the document has of it"),
    CLOCK_GOES_BACK(422, "The sandbox's clock is later already"),
    PRECONDITION_FAILED(412, "The account does not match If-Match"),
    IDEMPOTENCY_KEY_REUSED(422, "The Idempotency-Key was used for another call"),
    ACCOUNT_FROZEN(409, "The account is frozen"),
    ACCOUNT_CLOSED(409, "The account is closed"),
    VOIDED(409, "The call was voided"),
    HOLD_CAPTURED(409, "The hold was captured"),
    HOLD_VOIDED(409, "The hold was voided"),
    HOLD_EXPIRED(410, "The hold has expired"),
    ALREADY_REVERSED(409, "There is nothing left to reverse"),
    CODE_USED(409, "The code was used before"),
    CODE_EXPIRED(410, "The code has expired or was cancelled"),
    POINTS_LEFT(409, "The account has points left, or an open hold"),
    REFERENCE_USED(409, "The reference was used by an earn before"),
    MEMBER_CODE_USED(409, "The member code, or a newer one, was used before"),
    REVERSE_EXCEEDS_ORIGINAL(422, "The original has less left to reverse"),
    REVERSE_KIND_MIXED(422, "The operation was reversed in another way before"),
    REWARD_UNAVAILABLE(422, "The member cannot have the reward here and now"),
    NOT_REDEEMABLE_HERE(422, "Points cannot be redeemed here and now"),
    BELOW_MINIMUM(422, "Fewer points than the least that can be redeemed"),
    NOT_A_STEP(422, "The points are not a multiple of the step, or a reward is not captured whole"),
    LIMIT_EXCEEDED(422, "A limit of the program, or of what an account can hold, would be exceeded"),
    OUT_OF_STOCK(409, "Nothing is left of the reward"),
    INSUFFICIENT_POINTS(422, "The account does not have enough points"),
    INTERNAL(500, "The gateway has failed");

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

    /** The detail of a problem that has nothing to add to its title. */
    public String detail() {
        return title + ".";
    }

    /** Whether the same call may get another answer later. */
    public boolean retryable() {
        return status == 408 || status == 429 || status == 503;
    }

    public static ProblemCode of(Refusal refusal) {
        return valueOf(refusal.name());
    }

    public static ProblemCode of(Unavailable.Code code) {
        return valueOf(code.name());
    }

    /** The code for a status with which the framework refuses a request before a feature sees it. */
    public static ProblemCode ofStatus(int status) {
        return switch (status) {
            case 401 -> UNAUTHENTICATED;
            case 403 -> FORBIDDEN;
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
