package dev.stampede.http.request;

import dev.stampede.account.BudgetUse;
import dev.stampede.account.Operation;
import dev.stampede.account.SealedOperation;
import dev.stampede.account.UnreadableForm;
import dev.stampede.award.Award;
import dev.stampede.award.Claim;
import dev.stampede.award.Shared;
import dev.stampede.codec.FullLimit;
import dev.stampede.gateway.Answer;
import dev.stampede.gateway.Gateway;
import dev.stampede.http.AnswerHeaders;
import dev.stampede.http.problem.ProblemCode;
import dev.stampede.http.problem.ProblemException;
import dev.stampede.http.view.BalanceView;
import dev.stampede.http.view.BudgetStateView;
import dev.stampede.http.view.OperationView;
import dev.stampede.points.LocalDay;
import dev.stampede.points.Refusal;
import dev.stampede.points.Unpriceable;
import dev.stampede.program.InForce;
import dev.stampede.program.ProgramBook;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.ZoneId;
import java.util.List;
import java.util.UUID;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/** Does what a POST asks for, and says what became of it. */
@ApplicationScoped
public class OperationResponder {
    private final Gateway gateway;
    private final ProgramBook programs;

    OperationResponder(Gateway gateway, ProgramBook programs) {
        this.gateway = gateway;
        this.programs = programs;
    }

    /**
     * 201 with the operation, 200 for a replay or a dry run, or the problem.
     *
     * @param header of what was asked for: all that the call itself says of who asks
     * @param priced the operation by the program's rules, at the time of the call that it is given, with the header of
     *     that day; what it throws is a refusal, unless the call was answered before: the rules may have been others
     *     then
     */
    public Uni<Response> to(AccountCall call, Operation.Header header, Priced priced) {
        if (call.program() == InForce.Not.CONFIRMED && gateway.postgresUp()) {
            Context caller = Vertx.currentContext();
            return programs.soonConfirmed(call.account().program(), call.nowMs())
                    .emitOn(next -> caller.runOnContext(v -> next.run()))
                    .chain(found -> answer(call.under(found), header, priced));
        }
        return answer(call, header, priced);
    }

    private Uni<Response> answer(AccountCall call, Operation.Header header, Priced priced) {
        Operation operation;
        try {
            operation = priced(call, header, priced);
        } catch (ProblemException refusal) {
            return answeredBefore(call, header, refusal).map(answer -> response(answer, call.zoneIfKnown()));
        }
        LongFunction<Operation> again = at -> priced(call.at(at), header, priced);
        return (call.dryRun()
                        ? gateway.dryRun(operation, again, call.left())
                        : gateway.submit(operation, again, call.left()))
                .onFailure(Unpriceable.class)
                .recoverWithUni(e -> answeredBefore(call, header, ProblemException.of((Unpriceable) e)))
                .map(answer -> answer instanceof Answer.Would would
                        ? would(would.operation(), would.uses(), operation, call.zone())
                        : response(answer, call.zone()));
    }

    private Response would(SealedOperation would, List<BudgetUse> uses, Operation asked, ZoneId zone) {
        if (!would.ok()) {
            throw declined(would, shown(would, null, null, zone), false);
        }
        String program = asked.account().program();
        Award award = asked.award();
        Claim claim = asked.claim();
        Shared stock = claim == null ? null : claim.stock();
        return Response.ok(
                        OperationView.would(
                                would,
                                award == null ? List.of() : BudgetStateView.of(gateway.totals(), program, award),
                                stock == null
                                        ? null
                                        : gateway.totals()
                                                .level(program, stock, uses)
                                                .toString(),
                                zone),
                        MediaType.APPLICATION_JSON_TYPE)
                .build();
    }

    /** What the same call was answered before; a failure with the refusal if it was not, or if nobody can know. */
    public Uni<Answer> answeredBefore(AccountCall call, Operation.Header header, ProblemException refusal) {
        // while Postgres hangs, nobody can look the key up
        boolean lookedUp = call.key() != null
                && !call.dryRun()
                && (refusal.code() != ProblemCode.UNAVAILABLE || gateway.postgresUp());
        return !lookedUp
                ? Uni.createFrom().failure(refusal)
                : gateway.answered(header).map(answer -> answer.orElseThrow(() -> refusal));
    }

    /** The same call with the rules that price what comes now: they must be confirmed. */
    public Uni<AccountCall> priceable(AccountCall call) {
        String program = call.account().program();
        ProgramBook.Present found = programs.confirmed(program, call.nowMs());
        if (found.found() != InForce.Not.CONFIRMED) {
            return Uni.createFrom().item(call.under(found));
        }
        Context caller = Vertx.currentContext();
        return programs.soonConfirmed(program, call.nowMs())
                .emitOn(next -> caller.runOnContext(v -> next.run()))
                .map(call::under);
    }

    /** The rules for something that happened at that time, at most 31 days ago. */
    public InForce.Rules rules(AccountCall call, long atMs) {
        InForce found = programs.heard(call.account().program(), atMs, call.nowMs());
        if (found instanceof InForce.Rules rules) {
            return rules;
        } else if (found == InForce.Not.THERE) {
            throw new ProblemException(
                    ProblemCode.OCCURRED_AT_OUT_OF_RANGE, "occurredAt is before the program's first version.");
        }
        throw AccountCall.noRules((InForce.Not) found);
    }

    /** Makes the operation that a call asks for. */
    @FunctionalInterface
    public interface Priced {
        Operation at(AccountCall call, Operation.Header header);
    }

    private static Operation priced(AccountCall call, Operation.Header header, Priced priced) {
        try {
            return priced.at(call, header.on(LocalDay.of(call.nowMs(), call.zone())));
        } catch (Unpriceable e) {
            throw ProblemException.of(e);
        }
    }

    /** @param zone the program's; null while it cannot be read */
    static Response response(Answer answer, @Nullable ZoneId zone) {
        if (answer instanceof Answer.Sealed sealed) {
            if (!sealed.operation().ok()) {
                throw declined(sealed, zone);
            }
            Response.ResponseBuilder response = Response.status(
                            sealed.replayed() ? Response.Status.OK : Response.Status.CREATED)
                    .type(MediaType.APPLICATION_JSON_TYPE);
            if (sealed.replayed()) {
                response.header(AnswerHeaders.REPLAYED, "true");
            }
            return response.entity(OperationView.of(sealed.operation(), zone)).build();
        } else if (answer instanceof Answer.Refused refused) {
            throw refused(refused);
        }
        throw new IllegalStateException("no operation: " + answer);
    }

    /** What is told of an operation that was declined. */
    public static ProblemException declined(Answer.Sealed sealed, @Nullable ZoneId zone) {
        SealedOperation operation = sealed.operation();
        return declined(
                operation,
                shown(operation, operation.id(), BalanceView.after(operation, zone), zone),
                sealed.replayed());
    }

    private static ProblemException.Declined shown(
            SealedOperation operation, @Nullable UUID id, @Nullable BalanceView balance, @Nullable ZoneId zone) {
        String told = operation.told();
        FullLimit full = told == null ? null : UnreadableForm.reading(UnreadableForm.READS, () -> FullLimit.read(told));
        return new ProblemException.Declined(
                id,
                balance,
                usedBy(operation),
                full == null ? null : full.name(),
                full == null || zone == null ? null : full.resetsAt(zone));
    }

    private static @Nullable UUID usedBy(SealedOperation operation) {
        String usedBy = UnreadableForm.reading(
                        UnreadableForm.READS, () -> operation.receipt().contents())
                .usedBy();
        return usedBy == null ? null : UUID.fromString(usedBy);
    }

    public static ProblemException refused(Answer.Refused refused) {
        ProblemCode code = ProblemCode.of(refused.refusal());
        return new ProblemException(code, code.detail(), null, refused.replayed());
    }

    private static ProblemException declined(
            SealedOperation operation, ProblemException.Declined shown, boolean replayed) {
        ProblemCode code = ProblemCode.of(Refusal.of(operation.outcome()));
        String detail = shown.usedBy() == null
                ? code.detail()
                : "The operation " + shown.usedBy() + " has used this reference.";
        return new ProblemException(code, detail, shown, replayed);
    }
}
