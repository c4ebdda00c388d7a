package dev.stampede.gateway;

import static dev.stampede.support.TestGateway.account;
import static dev.stampede.support.TestGateway.done;
import static dev.stampede.support.TestGateway.earn;
import static dev.stampede.support.TestGateway.get;
import static dev.stampede.support.TestGateway.redeem;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.account.AccountId;
import io.vertx.redis.client.Command;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** A dry run tells what would be, and moves nothing. */
class DryRunTest extends TwoGateways {
    @Test
    void aDryRunMovesNothing() {
        AccountId account = account("dry");
        done(gateway.ask(earn(account, "e", 100)));
        Answer.Would would = assertInstanceOf(
                Answer.Would.class,
                get(gateway.gateway
                        .dryRun(redeem(account, "k", 30), null, left -> {})
                        .subscribeAsCompletionStage()));
        assertEquals(70, would.operation().image().state().available());
        assertTrue(ledger.byKey(account, "k").isEmpty());
        assertFalse(parts.redis(Command.HEXISTS, account.redisKey(), "k:k").toBoolean());
        assertEquals(
                100,
                get(gateway.gateway.peek(account).subscribeAsCompletionStage())
                        .image()
                        .state()
                        .available());
    }

    /** A dry run of a call that was made, whose key Redis has forgotten, tells what that was answered. */
    @Test
    void aDryRunKnowsAForgottenKey() {
        AccountId account = account("dry-old");
        UUID made = done(gateway.ask(earn(account, "e", 100))).id();
        parts.redis(Command.HDEL, account.redisKey(), "k:e");
        Answer.Sealed again = assertInstanceOf(
                Answer.Sealed.class,
                get(gateway.gateway
                        .dryRun(earn(account, "e", 100), null, left -> {})
                        .subscribeAsCompletionStage()));
        assertTrue(again.replayed());
        assertEquals(made, again.operation().id());
    }
}
