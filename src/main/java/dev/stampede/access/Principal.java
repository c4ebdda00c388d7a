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
 * @param rateLimit of its calls; null for none
 * @param secret the first 8 bytes of the hash of the key's secret that it has shown; 0 for members
 */
public record Principal(
        Kind kind,
        String id,
        @Nullable String program,
        @Nullable String account,
        int scopes,
        @Nullable String location,
        long validUntilMs,
        @Nullable RateLimit rateLimit,
        long secret) {
    /** How the ids of members begin; no key's id does. */
    static final String OF_MEMBERS = "member:";

    public enum Kind {
        KEY,
        TILL,
        MEMBER
    }

    /** A principal without a key, whose calls are not limited. */
    public Principal(
            Kind kind,
            String id,
            @Nullable String program,
            @Nullable String account,
            int scopes,
            @Nullable String location,
            long validUntilMs) {
        this(kind, id, program, account, scopes, location, validUntilMs, null, 0);
    }

    /**
     * Who reads the account with a ticket.
     *
     * @param id of the principal that has asked for the ticket
     * @param secret of that one
     * @param validUntilMs when that one ends
     */
    public static Principal ofTicket(String id, long secret, String program, String account, long validUntilMs) {
        return new Principal(
                id.startsWith(OF_MEMBERS) ? Kind.MEMBER : Kind.KEY,
                id,
                program,
                account,
                Scope.READ.bit(),
                null,
                validUntilMs,
                null,
                secret);
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
