package dev.stampede.http.request;

import dev.stampede.access.Principal;
import dev.stampede.access.Scope;
import dev.stampede.http.Resources.Need;
import dev.stampede.http.Resources.Target;
import dev.stampede.http.problem.ProblemCode;
import java.util.Locale;

/** Whether somebody may make a call: decided here alone, for requests and for calls within the gateway. */
public enum Permission {
    GRANTED,
    /** It is of another program, which is told as one that does not exist. */
    OTHER_PROGRAM,
    /** It is of another account, likewise. */
    OTHER_ACCOUNT,
    FORBIDDEN;

    private static final String NO_MEMBERS = "Members cannot make this call.";
    private static final String ONLY_MEMBERS = "Only a member can make this call, for himself.";

    private final String label = name().toLowerCase(Locale.ROOT);

    public static Permission of(Target target, Principal principal) {
        if (target.program() != null && !principal.mayCall(target.program())) {
            return OTHER_PROGRAM;
        } else if (target.account() != null && !principal.mayCallAccount(target.account())) {
            return OTHER_ACCOUNT;
        }
        return target.need() == null || target.need().allows(principal) ? GRANTED : FORBIDDEN;
    }

    /** The value of the metrics' label. */
    public String label() {
        return label;
    }

    /** Of a refusal. */
    public ProblemCode code() {
        return switch (this) {
            case GRANTED -> throw new IllegalStateException("it is no refusal");
            case OTHER_PROGRAM -> ProblemCode.PROGRAM_NOT_FOUND;
            case OTHER_ACCOUNT -> ProblemCode.ACCOUNT_NOT_FOUND;
            case FORBIDDEN -> ProblemCode.FORBIDDEN;
        };
    }

    /** What is told with a refusal. */
    public String detail(Target target, Principal principal) {
        Need need = target.need();
        return switch (this) {
            case OTHER_PROGRAM -> "There is no program with this id.";
            case FORBIDDEN -> need == null ? code().detail() : forbidden(need, principal);
            default -> code().detail();
        };
    }

    /** Why a method may not be called. */
    public static String forbidden(Need need, Principal principal) {
        return principal.hasAny(need.scopes())
                ? (need.onlyMembers() ? ONLY_MEMBERS : NO_MEMBERS)
                : "The call needs " + Scope.anyOf(need.scopes()) + ", which this credential does not have.";
    }
}
