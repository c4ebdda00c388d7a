package dev.stampede.http.request;

import dev.stampede.account.AccountId;
import dev.stampede.account.Operation;
import dev.stampede.account.OperationType;
import dev.stampede.http.problem.ProblemCode;
import dev.stampede.http.problem.ProblemException;
import dev.stampede.points.Rules;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.Base64;

/**
 * What every call on an account says, checked.
 *
 * @param account whose
 * @param known the rules of its program; null if there is no such program, or none that can be read
 * @param unreadable whether there is such a program
 * @param key the {@code Idempotency-Key}, null where there is none
 * @param dryRun whether nothing is to move
 * @param nowMs when it came, in ms since the epoch
 */
public record Call(AccountId account, Rules known, boolean unreadable, String key, boolean dryRun, long nowMs) {
    /**
     * The rules of its program, which may be others than when the same call came first: what depends on them is judged
     * after the key was looked up ({@link Answers}).
     */
    public Rules rules() {
        if (known == null) {
            throw noRules();
        }
        return known;
    }

    ProblemException noRules() {
        return unreadable
                ? new ProblemException(
                        ProblemCode.UNAVAILABLE,
                        "The program's rules can't be read. Nothing was done. Try again later.")
                : new ProblemException(ProblemCode.PROGRAM_NOT_FOUND, "there is no such program");
    }

    /** The same as if it had come at that time. */
    Call at(long ms) {
        return new Call(account, known, unreadable, key, dryRun, ms);
    }

    /** The day on which it is decided, UTC, unless that takes until {@link #tomorrow}. */
    public LocalDate today() {
        return LocalDate.ofEpochDay(today(0));
    }

    /** When that day ends, in ms since the epoch. */
    public long tomorrow() {
        return tomorrow(0);
    }

    private long tomorrow(long seconds) {
        return (today(seconds) + 1) * MS_OF_DAY - seconds * 1000;
    }

    /** The day that it is in so many seconds, since 1970-01-01. */
    private long today(long seconds) {
        return Math.floorDiv(nowMs + seconds * 1000, MS_OF_DAY);
    }

    /** Completes an operation by which points come back now: they may get a grace. */
    public Operation.Builder withGrace(Operation.Builder operation) {
        return withGrace(operation, 0);
    }

    /** The same of points that come back in so many seconds. */
    public Operation.Builder withGrace(Operation.Builder operation, long seconds) {
        return rules().graceDays() > 0
                ? operation.graceOn(today(seconds) + rules().graceDays()).until(tomorrow(seconds))
                : operation;
    }

    private static final long MS_OF_DAY = 86_400_000;

    /** Of how a body is read into a fingerprint: another way of reading has another one. */
    private static final String FINGERPRINT_FORMAT = "1:";

    /**
     * Begins the operation that the call asks for.
     *
     * @param path what follows the account in the request's path: part of what may not differ under one key
     */
    public Operation.Builder operation(OperationType type, String path, Fields body) {
        Operation.Builder operation = Operation.of(type, account);
        return key == null ? operation : operation.key(key, fingerprint(type, path, body.canonical()));
    }

    /** 128 bits are enough to tell bodies apart: nobody gains by finding two that collide under his own key. */
    static String fingerprint(OperationType type, String path, String body) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256")
                    .digest((type.code() + '\n' + path + '\n' + body).getBytes(StandardCharsets.UTF_8));
            return FINGERPRINT_FORMAT + Base64.getUrlEncoder().withoutPadding().encodeToString(Arrays.copyOf(hash, 16));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
