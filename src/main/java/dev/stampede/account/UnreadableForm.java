package dev.stampede.account;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Postgres has stored data in a form that this release does not read: a newer release has written it. Nothing is
 * decided on such data and nothing is dropped; the newer release finds it unchanged.
 *
 * <p>It has no stack trace: it is thrown at each call of such an account. The rule for stored forms is in
 * docs/decisions.md; the test class {@code NextRelease} shows every place that a new form touches.
 */
public final class UnreadableForm extends RuntimeException {
    /**
     * The newest format of stored operations that this release reads. The one that it writes is the oldest that has a
     * place for what there is to write ({@link Proposal#format}).
     */
    public static final int READS = 3;

    private static final String MESSAGE =
            "A newer release of the gateway has written this account. This gateway cannot read it.";

    private UnreadableForm(@Nullable Throwable cause) {
        super(MESSAGE, cause, false, false);
    }

    @Override
    public String getMessage() {
        return MESSAGE;
    }

    /** @throws UnreadableForm if the format is newer than the newest one that can be read */
    public static void check(int format, int reads) {
        if (format > reads) {
            throw new UnreadableForm(null);
        }
    }

    /**
     * Reads a value that is stored in this format.
     *
     * @throws UnreadableForm if the format is newer, or {@code read} cannot read the value
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
