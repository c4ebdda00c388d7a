package dev.stampede.account;

import java.util.Locale;

/** The types of operations. */
public enum OperationType {
    ENROL,
    EARN,
    REDEEM,
    HOLD,
    CAPTURE,
    /** Of a hold by its id, or of a call by its key. */
    VOID,
    REVERSE,
    /** Records the changes that time alone has made; the sweep asks for it. */
    LAPSE,
    FREEZE,
    UNFREEZE,
    /** Gives or takes points by hand. */
    ADJUST,
    CLOSE,
    /** Grants a tier by hand, or ends the grant. */
    GRANT,
    /** A call that was voided before it arrived. The Lua library creates it; it is never asked for. */
    TOMBSTONE;

    private final String code = name().toLowerCase(Locale.ROOT);

    public String code() {
        return code;
    }

    /** Whether only rows of format 3 can have it. */
    public boolean isOfFormat3() {
        return switch (this) {
            case FREEZE, UNFREEZE, ADJUST, CLOSE, GRANT -> true;
            default -> false;
        };
    }

    /** @throws IllegalArgumentException if there is no type with this code */
    public static OperationType of(String code) {
        return valueOf(code.toUpperCase(Locale.ROOT));
    }
}
