package dev.stampede.account;

import java.util.function.Supplier;

/**
 * What Postgres has stored is of a form that this release does not read: a newer release has written it. Nothing is
 * decided on it and nothing is dropped, so that the newer release finds it as it left it.
 *
 * <p>Carries no stack trace: it is thrown at each call of such an account.
 */
public final class UnreadableForm extends RuntimeException {
    /**
     * The newest format of stored operations that this release reads; what it writes is in the function that seals
     * ({@code seal_2}: 2). A release that stores something new reads it first and writes it a release later.
     */
    public static final int READS = 2;

    private UnreadableForm(Throwable cause) {
        super("a newer release has written this account; this one can't read it", cause, false, false);
    }

    /** @throws UnreadableForm if the format is newer than the newest one that is read */
    public static void check(int format, int reads) {
        if (format > reads) {
            throw new UnreadableForm(null);
        }
    }

    /**
     * Reads something that is stored in that format.
     *
     * @throws UnreadableForm if the format is newer, or {@code read} says that it can't be read
     */
    public static <T> T reading(int format, Supplier<T> read) {
        check(format, READS);
        try {
            return read.get();
        } catch (IllegalArgumentException e) {
            throw new UnreadableForm(e);
        }
    }
}
