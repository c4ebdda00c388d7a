package dev.stampede.access;

import org.jspecify.annotations.Nullable;

/**
 * Who makes a call.
 *
 * @param id unique among all principals
 * @param program the only program that it may call; null for all
 * @param account the only account that it may call; null for all
 * @param scopes what it may do, see {@link Scope}
 * @param location where it stands, such as a store; null if nobody has said
 * @param validUntilMs when it ends, in ms since the epoch; {@link Long#MAX_VALUE} for never
 */
public record Principal(
        Kind kind,
        String id,
        @Nullable String program,
        @Nullable String account,
        int scopes,
        @Nullable String location,
        long validUntilMs) {
    public enum Kind {
        KEY,
        TILL,
        MEMBER
    }

    /** Whether it has one of these scopes. */
    public boolean hasAny(int of) {
        return (scopes & of) != 0;
    }

    /** Whether it has all of these scopes. */
    public boolean hasAll(int of) {
        return (scopes & of) == of;
    }

    public boolean hasAny(Scope of) {
        return hasAny(of.bit());
    }

    public boolean mayCall(String other) {
        return program == null || program.equals(other);
    }

    public boolean mayCallAccount(String other) {
        return account == null || account.equals(other);
    }
}
