package dev.stampede.account;

import java.util.Locale;

/** What can be asked of an account. */
public enum OperationType {
    ENROL,
    EARN,
    REDEEM,
    HOLD,
    CAPTURE,
    /** Of a hold by its id, or of a call by its key. */
    VOID,
    REVERSE,
    /** What time alone has done, written down by the sweep. */
    LAPSE,
    FREEZE,
    UNFREEZE,
    /** A call that was voided before it arrived. Decided by the Lua library, never asked. */
    TOMBSTONE;

    private final String code = name().toLowerCase(Locale.ROOT);

    public String code() {
        return code;
    }

    /** @throws IllegalArgumentException if there is no type of that code */
    public static OperationType of(String code) {
        return valueOf(code.toUpperCase(Locale.ROOT));
    }
}
