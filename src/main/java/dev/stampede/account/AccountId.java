package dev.stampede.account;

import java.util.Comparator;

/**
 * One member's account in one program.
 *
 * @param lane the partition of the account, 0 to 255: derived from program and account, and part of every key
 * @param program 1 to 64 of {@code A-Za-z0-9._-}
 * @param id of the account in its program: the same characters
 */
public record AccountId(short lane, String program, String id) implements Comparable<AccountId> {
    public static final int LANES = 256;
    private static final Comparator<AccountId> ORDER = Comparator.comparingInt(AccountId::lane)
            .thenComparing(AccountId::program)
            .thenComparing(AccountId::id);

    public static AccountId of(String program, String id) {
        // String.hashCode is specified: every gateway computes the same lane. Mixed as in MurmurHash3's finalizer
        int h = 31 * program.hashCode() + id.hashCode();
        h ^= h >>> 16;
        h *= 0x85ebca6b;
        h ^= h >>> 13;
        h *= 0xc2b2ae35;
        h ^= h >>> 16;
        return new AccountId((short) (h & (LANES - 1)), program, id);
    }

    /** Whether {@code id} is a valid id of a program or an account. */
    public static boolean valid(String id) {
        int length = id.length();
        if (length < 1 || length > 64) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            char c = id.charAt(i);
            if (!((c >= 'a' && c <= 'z')
                    || (c >= 'A' && c <= 'Z')
                    || (c >= '0' && c <= '9')
                    || c == '.'
                    || c == '_'
                    || c == '-')) {
                return false;
            }
        }
        return true;
    }

    /** The account's only Redis key; the lane is its hash tag. */
    public String redisKey() {
        return "stampede:{" + lane + "}:" + program + ":" + id;
    }

    /** The order in which rows are locked everywhere. */
    @Override
    public int compareTo(AccountId other) {
        return ORDER.compare(this, other);
    }
}
