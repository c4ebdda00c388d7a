package dev.stampede.balance;

import dev.stampede.account.AccountId;
import dev.stampede.gateway.Gateway;
import dev.stampede.http.problem.ProblemCode;
import dev.stampede.http.problem.ProblemException;
import dev.stampede.http.request.AccountCall;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Finds out which state of an account {@code If-Match} means. */
@ApplicationScoped
class ExpectedHead {
    private final Gateway gateway;

    ExpectedHead(Gateway gateway) {
        this.gateway = gateway;
    }

    /**
     * The head that {@code If-Match} names, null if it names none. Who is late is refused here, without a trace; who is
     * overtaken after that is declined by the decision itself.
     *
     * @param absent what is answered where nobody is enrolled
     */
    Uni<@Nullable UUID> of(AccountCall call, List<String> ifMatch, ProblemCode absent) {
        AccountId account = call.account();
        if (ifMatch.isEmpty()) {
            return Uni.createFrom().nullItem();
        }
        boolean any = EntityTag.namesAny(ifMatch);
        return (any ? gateway.sealedImage(account) : gateway.peek(account)).map(peek -> {
            if (peek == null || !peek.image().state().enrolled()) {
                throw new ProblemException(absent, "There is no account with this id.");
            }
            String tag = AccountResource.tag(call.found(), peek.image(), gateway.nowMs(account), gateway.totals());
            if (!EntityTag.matches(ifMatch, tag)) {
                throw new ProblemException(
                        ProblemCode.PRECONDITION_FAILED, "The account has another ETag. Read it again.");
            }
            return any ? null : peek.image().head(); // an account that is there stays
        });
    }
}
