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
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads the codes of members. Who sends too many that are not of the account gets it frozen for spending. */
@ApplicationScoped
public class MemberCodeReader {
    public static final String EXAMPLE =
            "stq1.ZGVtbyxTM0prUXAzc0FFcTJ4dERoWnZ3N0pDd3gsMTc5NTI2NDIwMDAwMCwxNzk1MjY0MjYwMDAw.3q2-7wQ9Zk1hYg";

    private final MemberCodes codes;
    private final Gateway gateway;
    private final Counter valid;
    private final Map<ProblemCode, Counter> refused = new EnumMap<>(ProblemCode.class);

    MemberCodeReader(MemberCodes codes, Gateway gateway, MeterRegistry meters) {
        this.codes = codes;
        this.gateway = gateway;
        valid = counter(meters, "valid");
        for (ProblemCode why : List.of(ProblemCode.MEMBER_CODE_INVALID, ProblemCode.MEMBER_CODE_EXPIRED)) {
            refused.put(why, counter(meters, why == ProblemCode.MEMBER_CODE_INVALID ? "invalid" : "expired"));
        }
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
     */
    public record Shown(@Nullable Long memberCode, @Nullable ProblemException refusal) {
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
                                    "A member pays with a code of his own: send it as memberCode."));
        }
        try {
            MemberCodes.Code.Valid code = read(text);
            if (!code.account().equals(account)) {
                throw invalid();
            }
            valid.increment();
            return new Shown(code.madeMs(), null);
        } catch (ProblemException refusal) {
            counted(refusal);
            return new Shown(null, refusal);
        }
    }

    /** The account whose code it is. */
    public record Resolved(String account, long untilMs) {}

    /** @throws ProblemException if it is no code of the program, or has expired */
    public Resolved resolve(String program, String text) {
        try {
            MemberCodes.Code.Valid code = read(text);
            if (!code.account().program().equals(program)) {
                throw invalid();
            }
            return new Resolved(code.account().id(), code.untilMs());
        } catch (ProblemException refusal) {
            counted(refusal);
            throw refusal;
        }
    }

    private void counted(ProblemException refusal) {
        Counter counter = refused.get(refusal.code());
        if (counter != null) {
            counter.increment();
        }
    }

    private MemberCodes.Code.Valid read(String text) {
        MemberCodes.Code code = codes.read(text, gateway.nowMs());
        if (code instanceof MemberCodes.Code.Valid found) {
            return found;
        } else if (code == MemberCodes.Code.Not.FRESH) {
            throw new ProblemException(
                    ProblemCode.MEMBER_CODE_EXPIRED, "The member code has expired. The app shows a new one.");
        }
        throw invalid();
    }

    private static ProblemException invalid() {
        return new ProblemException(ProblemCode.MEMBER_CODE_INVALID, ProblemCode.MEMBER_CODE_INVALID.detail());
    }

    /** The same answer; what is refused for a code that is not of the account is noted before, unless it is dry. */
    public Uni<Response> watching(AccountCall call, Uni<Response> answer) {
        return answer.onFailure(e -> !call.dryRun()
                        && e instanceof ProblemException refusal
                        && refusal.code() == ProblemCode.MEMBER_CODE_INVALID)
                .call(() -> gateway.noteInvalidMemberCode(call.account(), call.by()));
    }
}
