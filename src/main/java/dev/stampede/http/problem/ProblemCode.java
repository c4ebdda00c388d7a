package dev.stampede.http.problem;

import dev.stampede.gateway.Unavailable;
import dev.stampede.points.Refusal;
import java.util.Locale;

/**
 * Every code that a problem can have, and the one place that assigns its HTTP status. Where several apply, the first in
 * this order is answered; {@link Refusal} keeps the same order among its own codes. The limit of an account is answered
 * where {@link #OVERLOADED} is, and that of claims after the body was read. The comment of each code says what a caller
 * does: docs/reference/errors.md is made from them.
 */
public enum ProblemCode {
    /**
     * The key or token is missing, unknown, expired or revoked, or its client certificate was not shown. Send another
     * one. An app gets a new token from its identity provider.
     */
    UNAUTHENTICATED(401, "The call has no valid credential"),
    /**
     * The key or token is valid and lacks a scope, or is for another location, or the call is one that only others may
     * make. {@code detail} says which. Use a key that may; asking again changes nothing.
     */
    FORBIDDEN(403, "The credential does not allow this call"),
    /**
     * The path, or what it names (a version, a simulation, an explanation), is not there. Look at the path. A
     * simulation is known only to the gateway that runs it.
     */
    NOT_FOUND(404, "There is nothing at this path"),
    /** The header {@code Allow} lists the methods that the path has. */
    METHOD_NOT_ALLOWED(405, "This path does not support this method"),
    /**
     * The {@code Host} header names a host that is not in {@code stampede.http.hosts}. Call the gateway by a name that
     * is, or have it added.
     */
    MISDIRECTED_REQUEST(421, "This gateway does not serve this host"),
    /** The gateway knows {@code 100-continue} only. Leave the header out. */
    EXPECTATION_FAILED(417, "The Expect header cannot be met"),
    /**
     * {@code limit} says whose calls are too many: those of the key, the member or the account, or claims of pairings.
     * Nothing was done. Wait as {@code Retry-After} says, and send the same call with the same key. An account's limit
     * counts no call that was answered before, and refuses no capture and no void.
     */
    RATE_LIMITED(429, "There are too many calls"),
    /** Send the same call again with the same key, in one piece. */
    REQUEST_TIMEOUT(408, "The body did not arrive in time; nothing was done"),
    /** Accept {@code application/json}, or {@code text/event-stream} for a stream. */
    NOT_ACCEPTABLE(406, "The answer has none of the accepted media types"),
    /** Send less. */
    PAYLOAD_TOO_LARGE(
            413,
            "The body is larger than 64 KiB (256 KiB for an earn, 1 MiB for a program or a quote, 1 KiB for a claim)"),
    /** Send JSON in UTF-8, without a {@code Content-Encoding}, and say {@code Content-Type: application/json}. */
    UNSUPPORTED_MEDIA_TYPE(415, "The body is not application/json"),
    /** The program is not there, or is not one of this key. Look at the path and at the key's programs. */
    PROGRAM_NOT_FOUND(404, "There is no such program"),
    /** A call that moves points needs the header. Make a key, store it with the sale, and send the call again. */
    IDEMPOTENCY_KEY_MISSING(400, "The Idempotency-Key header is missing"),
    /**
     * The body is no JSON, a value has the wrong form, a query parameter is unknown, or the request contradicts itself.
     * {@code detail} says what. Correct the call; the key is not used up.
     */
    MALFORMED(400, "The request is malformed"),
    /** {@code detail} names the field. Correct the call; the key is not used up. */
    UNKNOWN_FIELD(400, "The body has an unknown field"),
    /** {@code detail} names the number and its bounds. Correct the call; the key is not used up. */
    INVALID_AMOUNT(400, "A number is out of range or not whole"),
    /** Look at the promotions of the program, or correct the call. */
    UNKNOWN_ACTION(400, "No promotion of the program is for this action"),
    /**
     * A program with partners asks for one of them with each purchase. {@code detail} says which is missing or unknown.
     */
    PARTNER_UNKNOWN(400, "The program has no such partner, or one must be named"),
    /** {@code GET /v1/programs/{program}/rewards} lists the rewards. */
    REWARD_NOT_FOUND(404, "The program has no such reward"),
    /** {@code GET /v1/programs/{program}} tells the currency. Convert before you call; the key is not used up. */
    CURRENCY_MISMATCH(422, "The program uses another currency"),
    /** {@code findings} has everything that is wrong, with the place of each. Correct the document. */
    PROGRAM_INVALID(422, "The document of the program has errors"),
    /**
     * A purchase may be told late by as many days as the program's {@code backdateDays}, at most 31. Leave {@code
     * occurredAt} out, or let customer service give the points by hand.
     */
    OCCURRED_AT_OUT_OF_RANGE(422, "occurredAt is in the future, or too long ago"),
    /** The program declares which attributes a member, or a line of a receipt, may have. Correct the call. */
    UNKNOWN_ATTRIBUTE(422, "The program has no such attribute"),
    /**
     * The program asks for a member code with so many points. Nothing is recorded. Let the member show a code, and send
     * the call with it under the same key.
     */
    MEMBER_CODE_REQUIRED(403, "The member must show a code"),
    /**
     * The code is of another account, or no gateway has made it. Nothing is recorded. Read the code again. Five
     * different ones that no gateway has made, within an hour, freeze the account for spending.
     */
    MEMBER_CODE_INVALID(403, "The member code is not one of this account"),
    /**
     * The code is older than 90 seconds. Nothing is recorded. Let the member show the next one, and send it under the
     * same key.
     */
    MEMBER_CODE_EXPIRED(410, "The member code has expired"),
    /** Wait as {@code Retry-After} says, and send the same call with the same key. Wait longer each time. */
    OVERLOADED(503, "The gateway is overloaded; nothing was done"),
    /**
     * Redis, Postgres or the program's rules are missing now, or the gateway stops. Wait as {@code Retry-After} says,
     * and send the same call with the same key.
     */
    UNAVAILABLE(503, "The gateway cannot do this now; nothing was done"),
    /**
     * Send the same call with the same key until you get another answer; or ask for the key, or void it. Hand out
     * nothing before.
     */
    OUTCOME_UNKNOWN(503, "The call may have been done; repeat it with the same key"),
    /**
     * Nobody with this id is enrolled. Enrol the member with {@code PUT}. A member's token gets it for every account
     * but its own.
     */
    ACCOUNT_NOT_FOUND(404, "There is no such account"),
    /** Look at the id of the operation and at the account in the path. */
    OPERATION_NOT_FOUND(404, "The account has no such operation"),
    /** Look at the id of the hold and at the account in the path. {@code GET /holds} lists the holds of the account. */
    HOLD_NOT_FOUND(404, "The account has no such hold"),
    /** The code was misread, or its hold has not been captured yet. Hand out nothing. */
    CODE_NOT_FOUND(404, "There is no such code"),
    /** {@code GET /v1/programs/{program}/keys} lists the keys. */
    KEY_NOT_FOUND(404, "There is no such key"),
    /** The code is wrong, was used, or is older than ten minutes. Make another pairing. */
    PAIRING_NOT_FOUND(404, "There is no such pairing"),
    /** It cannot be rotated any more. Make another key. */
    KEY_REVOKED(409, "The key was revoked, or has expired"),
    /** End the secret before with {@code DELETE .../keys/{key}/previous}, or wait until it ends. */
    ROTATION_PENDING(409, "The secret before the present one is still valid"),
    /** Make another key with the scope {@code keys} for all programs first ({@code key create}). */
    LAST_KEY(409, "No other key could make keys"),
    /** Only a sandbox has a clock that can be read and moved. */
    NOT_A_SANDBOX(409, "The program goes by real time"),
    /** Somebody else has published. Read the newest version, take its changes over, and name it in {@code basedOn}. */
    VERSION_CONFLICT(412, "The program has a newer version"),
    /** Nothing was published. Give the budget, or the stock, at least what was used of it. */
    BUDGET_TOO_SMALL(409, "More of a budget was used than the document has of it"),
    /** The clock goes forwards only. {@code GET .../clock} tells where it stands. */
    CLOCK_GOES_BACK(422, "The sandbox's clock is later already"),
    /** Somebody has changed the account since you read it. Read it again, and decide again. */
    PRECONDITION_FAILED(412, "The account does not match If-Match"),
    /**
     * The key has done something else: with another body, on another path, or by another API key. This is a fault of
     * the caller. Make a new key for a new call, and keep the body of a call that you repeat.
     */
    IDEMPOTENCY_KEY_REUSED(422, "The Idempotency-Key was used for another call"),
    /**
     * Somebody, or five wrong member codes, has frozen the account. Serve the customer without points, and ask customer
     * service. A new try needs a new key.
     */
    ACCOUNT_FROZEN(409, "The account is frozen"),
    /** A closed account is never opened again. Serve the customer without points, or use the member's new account. */
    ACCOUNT_CLOSED(409, "The account is closed"),
    /**
     * The call was voided before it arrived, so it never takes effect. If the sale goes on after all, send it under a
     * new key.
     */
    VOIDED(409, "The call was voided"),
    /** The points of the hold are spent. To give them back, reverse the capture. */
    HOLD_CAPTURED(409, "The hold was captured"),
    /** The points are with the member again. Make a new hold, or redeem, under a new key. */
    HOLD_VOIDED(409, "The hold was voided"),
    /** The points are with the member again. Make a new hold, or redeem, under a new key; it can be declined. */
    HOLD_EXPIRED(410, "The hold has expired"),
    /** There is nothing to do. Also the answer to a void of what cannot be voided, such as a reversal. */
    ALREADY_REVERSED(409, "There is nothing left to reverse"),
    /** Somebody else has used the code, under another key. Hand out nothing. */
    CODE_USED(409, "The code was used before"),
    /** Hand out nothing. {@code GET /codes/{code}} says which of the two it was. */
    CODE_EXPIRED(410, "The code has expired or was cancelled"),
    /** Void the open holds, or wait until they expire. Spend the points, or close with {@code "forfeit":true}. */
    POINTS_LEFT(409, "The account has points left, or an open hold"),
    /** The receipt has given its points: {@code usedBy} is the id of that earn. There is nothing to do. */
    REFERENCE_USED(409, "The reference was used by an earn before"),
    /** Let the member show the next code, and send it under a new key. */
    MEMBER_CODE_USED(409, "The member code, or a newer one, was used before"),
    /** Ask the operation what is left of it, and reverse at most that, under a new key. */
    REVERSE_EXCEEDS_ORIGINAL(422, "The original has less left to reverse"),
    /**
     * Partial reversals of one earn are all by points, all by amount, or all by items. Go on in the way of the first,
     * or reverse the rest with an empty body, under a new key.
     */
    REVERSE_KIND_MIXED(422, "The operation was reversed in another way before"),
    /**
     * {@code GET /v1/programs/{program}/rewards?account=} says in {@code whyNot} what hinders. Offer another reward,
     * under a new key.
     */
    REWARD_UNAVAILABLE(422, "The member cannot have the reward here and now"),
    /** No redeem rule of the program holds here and now. Let the customer pay the whole price. */
    NOT_REDEEMABLE_HERE(422, "Points cannot be redeemed here and now"),
    /** Redeem more, or let the customer pay the whole price. A new try needs a new key. */
    BELOW_MINIMUM(422, "Fewer points than the least that can be redeemed"),
    /** Round the points to the program's step, or capture the reward whole, under a new key. */
    NOT_A_STEP(422, "The points are not a multiple of the step, or a reward is not captured whole"),
    /**
     * {@code limit} names the limit, if it is one of the program, and {@code resetsAt} when it has room again. Let the
     * customer pay the whole price. A new try needs a new key.
     */
    LIMIT_EXCEEDED(422, "A limit of the program, or of what an account can hold, would be exceeded"),
    /** Offer another reward, under a new key. This key gets the same answer for ever. */
    OUT_OF_STOCK(409, "Nothing is left of the reward"),
    /** {@code balance} says what there is. Let the customer pay with fewer points, under a new key, or with money. */
    INSUFFICIENT_POINTS(422, "The account does not have enough points"),
    /**
     * This is a bug of the gateway. It may or may not have done the call: ask for its key, or send the same call with
     * the same key. Report {@code requestId}.
     */
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
