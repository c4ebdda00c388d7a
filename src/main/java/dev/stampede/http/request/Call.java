package dev.stampede.http.request;

import dev.stampede.account.AccountId;
import dev.stampede.account.Operation;
import dev.stampede.account.OperationType;
import dev.stampede.http.problem.ProblemCode;
import dev.stampede.http.problem.ProblemException;
import dev.stampede.points.Rules;
import dev.stampede.pricing.Grace;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
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

    /** Completes an operation by which points come back now: they may get a grace. */
    public Operation.Builder withGrace(Operation.Builder operation) {
        return withGrace(operation, 0);
    }

    /** The same of points that come back in so many seconds. */
    public Operation.Builder withGrace(Operation.Builder operation, long seconds) {
        Grace grace = Grace.of(rules(), nowMs, seconds);
        return operation.graceOn(grace.on()).until(grace.until());
    }

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
