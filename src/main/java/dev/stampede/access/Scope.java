package dev.stampede.access;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** What a principal may do. A set of scopes is an {@code int}: one bit each, in this order. */
public enum Scope {
    /** Read accounts, operations, events, and what a program offers. */
    READ,
    /** Enrol members, change their attributes, and earn. */
    EARN,
    /** Pay with points, and use redemption codes. */
    REDEEM,
    /** Hold points, and capture or void holds. */
    HOLD,
    /** Reverse operations, and void calls of others. */
    REVERSE,
    /** Adjust points and tiers; freeze, unfreeze and close accounts. */
    ADJUST,
    /** Publish programs, read their versions and budgets, move the clocks of sandboxes. */
    PROGRAM,
    /** Make, rotate and revoke keys. */
    KEYS;

    public static final int ALL = (1 << values().length) - 1;

    private final String code = name().toLowerCase(Locale.ROOT);

    /** The stable name that clients see. */
    public String code() {
        return code;
    }

    public int bit() {
        return 1 << ordinal();
    }

    public static Optional<Scope> of(String code) {
        return Arrays.stream(values()).filter(scope -> scope.code.equals(code)).findFirst();
    }

    /** The set of those with these names; a name that this release does not know gives nothing. */
    public static int bits(Collection<String> codes) {
        int bits = 0;
        for (String code : codes) {
            bits |= of(code).map(Scope::bit).orElse(0);
        }
        return bits;
    }

    /** The names of those in the set, in their order. */
    public static List<String> codes(int bits) {
        return Arrays.stream(values())
                .filter(scope -> (bits & scope.bit()) != 0)
                .map(Scope::code)
                .toList();
    }

    /** A text for people: {@code "earn, redeem or hold"}. */
    public static String anyOf(int bits) {
        List<String> codes = codes(bits);
        int last = codes.size() - 1;
        return last < 1
                ? String.join("", codes)
                : codes.stream().limit(last).collect(Collectors.joining(", ")) + " or " + codes.get(last);
    }
}
