package dev.stampede.gateway;

import static dev.stampede.support.TestGateway.account;
import static dev.stampede.support.TestGateway.done;
import static dev.stampede.support.TestGateway.earn;
import static dev.stampede.support.TestGateway.redeem;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.account.AccountId;
import dev.stampede.account.Proposal;
import dev.stampede.account.SealedOperation;
import io.vertx.core.buffer.Buffer;
import io.vertx.redis.client.Command;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a gateway has proposed and not sealed is sealed by whoever comes next, and waits for nobody. */
class HelpingTest extends TwoGateways {
    @Test
    void whoeverComesNextSealsWhatADeadGatewayLeft() {
        AccountId account = account("orphan");
        done(gateway.ask(earn(account, "e", 100)));
        Proposal orphan = last(parts.propose(redeem(account, "k", 30)));
        assertEquals(
                60, done(gateway.ask(redeem(account, "k2", 10))).image().state().available());
        Answer.Sealed replay = assertInstanceOf(Answer.Sealed.class, gateway.ask(redeem(account, "k", 30)));
        assertEquals(orphan.id(), replay.operation().id());
    }

    @Test
    void aRetrySealsWhatADeadGatewayLeft() {
        AccountId account = account("orphan-retry");
        done(gateway.ask(earn(account, "e", 100)));
        Proposal orphan = last(parts.propose(redeem(account, "k", 30)));
        Answer.Sealed replay = assertInstanceOf(Answer.Sealed.class, gateway.ask(redeem(account, "k", 30)));
        assertEquals(orphan.id(), replay.operation().id());
        assertEquals(70, replay.operation().image().state().available());
    }

    /**
     * So many of another gateway's operations stand before the one that is repeated that they aren't helped with at
     * once.
     */
    @Test
    void aRepeatedCallBehindManyOthersIsFoundAndNothingIsThrownAway() {
        AccountId account = account("behind");
        done(gateway.ask(earn(account, "e", 100)));
        List<Proposal> all = new ArrayList<>();
        for (int i = 0; i < 250; i++) {
            all.add(last(parts.propose(earn(account, "k" + i, 1))));
        }
        Answer.Sealed again = assertInstanceOf(Answer.Sealed.class, gateway.ask(earn(account, "k220", 1)));
        assertTrue(again.replayed());
        assertEquals(all.get(220).id(), again.operation().id());
        assertEquals(
                all.get(249).id(), done(gateway.ask(earn(account, "k249", 1))).id());
    }

    /**
     * They are in Postgres, and nobody has told Redis; or they rest on what Postgres does not have. Neither passes by
     * itself.
     */
    @Test
    void aRepeatedCallBehindWhatNobodySealsIsAnsweredAtOnce() {
        for (boolean sealed : new boolean[] {true, false}) {
            AccountId account = account("stuck-" + sealed);
            SealedOperation first = done(gateway.ask(earn(account, "e", 100)));
            List<Proposal> all = new ArrayList<>();
            for (int i = 0; i < 250; i++) {
                all.add(last(parts.propose(earn(account, "k" + i, 1))));
            }
            if (sealed) {
                assertTrue(parts.seal(all.subList(0, 150)).sealed());
            } else {
                Buffer copy = parts.redis(Command.DUMP, account.redisKey()).toBuffer();
                parts.put(account, first.image());
                done(gateway.ask(earn(account, "else", 1)));
                parts.restore(account, copy);
            }
            Answer.Sealed again = assertInstanceOf(Answer.Sealed.class, gateway.ask(earn(account, "k220", 1)));
            assertEquals(sealed, again.replayed());
            assertEquals(
                    sealed ? 100 + 221 : 102, again.operation().image().state().available());
        }
    }
}
