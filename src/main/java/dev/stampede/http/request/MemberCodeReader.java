package dev.stampede.http.request;

import dev.stampede.access.MemberCodes;
import dev.stampede.access.Principal;
import dev.stampede.account.AccountId;
import dev.stampede.account.Operation;
import dev.stampede.account.Presence;
import dev.stampede.gateway.Gateway;
import dev.stampede.http.problem.ProblemCode;
import dev.stampede.http.problem.ProblemException;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.ws.rs.core.Response;
import org.jspecify.annotations.Nullable;

/** Reads the codes of members. Who sends too many that no gateway has made gets the account frozen for spending. */
@ApplicationScoped
public class MemberCodeReader {
    public static final String EXAMPLE =
            "stq1.ZGVtbyxTM0prUXAzc0FFcTJ4dERoWnZ3N0pDd3gsMTc5NTI2NDIwMDAwMCwxNzk1MjY0MjYwMDAw.3q2-7wQ9Zk1hYg";

    private final MemberCodes codes;
    private final Gateway gateway;
    private final Counter valid;
    private final Counter expired;
    private final Counter invalid;

    MemberCodeReader(MemberCodes codes, Gateway gateway, MeterRegistry meters) {
        this.codes = codes;
        this.gateway = gateway;
        valid = counter(meters, "valid");
        expired = counter(meters, "expired");
        invalid = counter(meters, "invalid");
    }

    private static Counter counter(MeterRegistry meters, String result) {
        return Counter.builder("stampede.member.codes")
                .description("Codes of members that were sent, by what they were")
                .tag("result", result)
                .register(meters);
    }

    /**
     * What a payment says of the member's presence.
     *
     * @param memberCode when his code was made; null if he has shown none
     * @param refusal why the payment is not made, unless it was answered before; null if it may be
     * @param guess the hash of a code that no gateway has made; null if he has not shown one
     */
    public record Shown(
            @Nullable Long memberCode,
            @Nullable ProblemException refusal,
            @Nullable String guess) {
        /**
         * The header of the payment under the rules that are in force.
         *
         * @throws ProblemException if it is not made
         */
        public Operation.Header on(AccountCall call, Operation.Header header) {
            if (refusal != null) {
                throw refusal;
            }
            Long most = call.found().document().points().stepUpAbove();
            if (memberCode != null) {
                return header.shown(new Presence(memberCode, null));
            }
            return most == null ? header : header.shown(new Presence(null, most));
        }
    }

    /** Of a payment with that code, or none. A member who pays himself needs one. */
    public Shown shown(AccountId account, Principal caller, Proof proof) {
        String text = proof.memberCode();
        if (text == null) {
            return new Shown(
                    null,
                    caller.kind() != Principal.Kind.MEMBER
                            ? null
                            : new ProblemException(
                                    ProblemCode.MEMBER_CODE_REQUIRED,
                                    "A member pays with a code of his own: send it as memberCode."),
                    null);
        }
        MemberCodes.Code code = codes.read(text, gateway.nowMs());
        if (code instanceof MemberCodes.Code.Valid found && found.account().equals(account)) {
            valid.increment();
            return new Shown(found.madeMs(), null, null);
        }
        return new Shown(
                null,
                refused(code),
                code == MemberCodes.Code.Not.MADE ? AccountCall.fingerprint("memberCode", "", text) : null);
    }

    /** The account whose code it is. */
    public record Resolved(String account, long untilMs) {}

    /** @throws ProblemException if it is no code of the program, or has expired */
    public Resolved resolve(String program, String text) {
        MemberCodes.Code code = codes.read(text, gateway.nowMs());
        if (code instanceof MemberCodes.Code.Valid found
                && found.account().program().equals(program)) {
            return new Resolved(found.account().id(), found.untilMs());
        }
        throw refused(code);
    }

    /** Counts a code that has expired, or is invalid where it was sent. */
    private ProblemException refused(MemberCodes.Code code) {
        if (code == MemberCodes.Code.Not.FRESH) {
            expired.increment();
            return new ProblemException(
                    ProblemCode.MEMBER_CODE_EXPIRED, "The member code has expired. The app shows a new one.");
        }
        invalid.increment();
        return new ProblemException(ProblemCode.MEMBER_CODE_INVALID, ProblemCode.MEMBER_CODE_INVALID.detail());
    }

    /** The same answer; a refusal for a code that no gateway has made is noted before, unless the call is a dry run. */
    public Uni<Response> watching(AccountCall call, Shown shown, Uni<Response> answer) {
        String guess = shown.guess;
        return guess == null || call.dryRun()
                ? answer
                : answer.onFailure(e -> e == shown.refusal)
                        .call(() -> gateway.noteInvalidMemberCode(call.account(), guess, call.by()));
    }
}
