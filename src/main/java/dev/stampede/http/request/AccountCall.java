package dev.stampede.http.request;

import dev.stampede.account.AccountId;
import dev.stampede.account.By;
import dev.stampede.account.Operation;
import dev.stampede.account.OperationType;
import dev.stampede.codec.LapseRules;
import dev.stampede.gateway.RateLeft;
import dev.stampede.http.problem.ProblemCode;
import dev.stampede.http.problem.ProblemException;
import dev.stampede.points.Grace;
import dev.stampede.points.Terms;
import dev.stampede.program.InForce;
import dev.stampede.program.ProgramBook;
import dev.stampede.rules.CompiledProgram;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.Base64;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What every call on an account says, checked.
 *
 * @param account whose
 * @param program what is in force in its program
 * @param key the {@code Idempotency-Key}, null where there is none
 * @param dryRun whether nothing is to move
 * @param nowMs when it came, by the program's time, in ms since the epoch
 * @param by who makes it; null where that does not matter
 * @param left told what the account has left of its rate: the answer has it in a header
 */
public record AccountCall(
        AccountId account,
        InForce program,
        @Nullable String key,
        boolean dryRun,
        long nowMs,
        @Nullable By by,
        Consumer<RateLeft> left) {
    /**
     * The rules of its program, which may be others than when the same call came first: what depends on them is judged
     * after the key was looked up ({@link OperationResponder}).
     */
    public Terms rules() {
        return found().terms();
    }

    /** The same rules, ready to compute with. */
    CompiledProgram compiled() {
        return found().compiled();
    }

    /** The version of its program that is in force, with all that it says. */
    public InForce.Rules found() {
        if (program instanceof InForce.Rules found) {
            return found;
        }
        throw noRules((InForce.Not) program);
    }

    /** What is answered where there are no rules. */
    public static ProblemException noRules(InForce.Not why) {
        return switch (why) {
            case THERE -> new ProblemException(ProblemCode.PROGRAM_NOT_FOUND, "There is no program with this id.");
            case READABLE ->
                new ProblemException(
                        ProblemCode.UNAVAILABLE,
                        "The program's rules cannot be read now. Nothing was done. Try again later.");
            case CONFIRMED ->
                new ProblemException(
                        ProblemCode.UNAVAILABLE,
                        "The gateway does not know whether the program has new rules. Nothing was done. Try again"
                                + " later.");
        };
    }

    /** In which time zone the days of its program end; null while nothing of it can be read. */
    public @Nullable ZoneId zoneIfKnown() {
        return program instanceof InForce.Rules found ? found.zone() : null;
    }

    /** The same of a program that has rules. */
    public ZoneId zone() {
        return found().zone();
    }

    /** The same as if it had come at that time. */
    AccountCall at(long ms) {
        return new AccountCall(account, program, key, dryRun, ms, by, left);
    }

    /** The same with what is in force in its program. */
    AccountCall under(ProgramBook.Present present) {
        return new AccountCall(account, present.found(), key, dryRun, present.nowMs(), by, left);
    }

    /** What points get that come back now. */
    public Grace grace() {
        return graceIn(0);
    }

    /** What points get that come back in so many seconds. */
    public Grace graceIn(long seconds) {
        return Grace.of(rules().graceDays(), zone(), nowMs, seconds);
    }

    /** By what time changes what its program knows of the member. */
    public LapseRules lapseRules() {
        CompiledProgram compiled = found().compiled();
        return new LapseRules(compiled.levels(), compiled.backdateDays());
    }

    /** Of how a body is read into a fingerprint: another way of reading has another one. */
    private static final String FINGERPRINT_FORMAT = "1:";

    /**
     * The header of the operation that the call asks for.
     *
     * @param path what follows the account in the request's path: part of what may not differ under one key
     * @param body its canonical text
     */
    public Operation.Header header(OperationType type, String path, String body, Reference reference) {
        return new Operation.Header(
                        account,
                        key,
                        key == null ? null : fingerprint(type, path, body),
                        reference.reference(),
                        null,
                        null)
                .by(by);
    }

    /** The same header for an operation that the rules of its program have priced. */
    public Operation.Header priced(Operation.Header header) {
        return header.under(found().version());
    }

    /** The same header for a payment with points. */
    public Operation.Header paying(Operation.Header header) {
        return header.renewing(found().compiled().renewedByRedeem(nowMs));
    }

    /** 128 bits are enough to tell bodies apart: nobody gains by finding two that collide under his own key. */
    static String fingerprint(OperationType type, String path, String body) {
        return fingerprint(type.code(), path, body);
    }

    /** The same of a call that is no operation. */
    public static String fingerprint(String call, String path, String body) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256")
                    .digest((call + '\n' + path + '\n' + body).getBytes(StandardCharsets.UTF_8));
            return FINGERPRINT_FORMAT + Base64.getUrlEncoder().withoutPadding().encodeToString(Arrays.copyOf(hash, 16));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
