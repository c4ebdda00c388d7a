package dev.stampede.points;

import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Why an operation is not done. Where several apply, the first in this order is answered: not found, frozen, closed,
 * voided, conflicts of state, not available, limits, stock, insufficient points.
 */
public enum Refusal {
    ACCOUNT_NOT_FOUND,
    OPERATION_NOT_FOUND,
    HOLD_NOT_FOUND,
    PRECONDITION_FAILED,
    IDEMPOTENCY_KEY_REUSED,
    ACCOUNT_FROZEN,
    ACCOUNT_CLOSED,
    VOIDED,
    HOLD_CAPTURED,
    HOLD_VOIDED,
    HOLD_EXPIRED,
    ALREADY_REVERSED,
    POINTS_LEFT,
    REFERENCE_USED,
    MEMBER_CODE_USED,
    REVERSE_EXCEEDS_ORIGINAL,
    REVERSE_KIND_MIXED,
    REWARD_UNAVAILABLE,
    NOT_REDEEMABLE_HERE,
    BELOW_MINIMUM,
    NOT_A_STEP,
    LIMIT_EXCEEDED,
    OUT_OF_STOCK,
    INSUFFICIENT_POINTS;

    private static final Set<String> CODES =
            Stream.of(values()).map(Refusal::code).collect(Collectors.toUnmodifiableSet());

    private final String code = name().toLowerCase(Locale.ROOT);

    /** The stable name that clients see. */
    public String code() {
        return code;
    }

    /** Whether only rows of format 3 can have it. */
    public boolean isOfFormat3() {
        return switch (this) {
            case ACCOUNT_CLOSED,
                    POINTS_LEFT,
                    REFERENCE_USED,
                    MEMBER_CODE_USED,
                    REVERSE_KIND_MIXED,
                    REWARD_UNAVAILABLE,
                    NOT_REDEEMABLE_HERE,
                    BELOW_MINIMUM,
                    NOT_A_STEP,
                    OUT_OF_STOCK -> true;
            default -> false;
        };
    }

    /** Whether there is a refusal with this code. */
    public static boolean isCode(String code) {
        return CODES.contains(code);
    }

    /** @throws IllegalArgumentException if there is no refusal with this code */
    public static Refusal of(String code) {
        return valueOf(code.toUpperCase(Locale.ROOT));
    }
}
