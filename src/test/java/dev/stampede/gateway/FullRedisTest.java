package dev.stampede.gateway;

import static dev.stampede.support.TestGateway.account;
import static dev.stampede.support.TestGateway.done;
import static dev.stampede.support.TestGateway.earn;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.account.AccountId;
import dev.stampede.account.Proposal;
import dev.stampede.seal.Outcome;
import dev.stampede.support.TestGateway;
import io.vertx.redis.client.Command;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A Redis that is out of memory still takes what frees some. */
class FullRedisTest extends TwoGateways {
    @Test
    void outOfMemoryStillTakesNotices() throws Exception {
        AccountId account = account("oom");
        done(gateway.ask(earn(account, "e", 100)));
        Proposal own = last(parts.propose(earn(account, "e2", 1)));
        parts.redis(Command.CONFIG, "SET", "maxmemory", "1");
        try {
            assertTrue(parts.note(own));
        } finally {
            parts.redis(Command.CONFIG, "SET", "maxmemory", "0");
        }
    }

    /** Some of a rush are refused for want of memory; notices, which free it, are still taken. */
    @Test
    void outOfMemoryInARushStillTakesNotices() throws Exception {
        try (TestGateway rushed = start(Map.of())) {
            AccountId account = account("oom-told");
            done(rushed.ask(earn(account, "e", 100)));
            List<Proposal> own = parts.propose(earn(account, "k", 1));
            for (int i = 0; i < 20; i++) {
                done(rushed.ask(earn(account("oom-" + i), "e", 100)));
            }
            parts.redis(Command.CONFIG, "SET", "maxmemory", "1");
            try {
                assertEquals(Outcome.SEALED, parts.seal(own));
                List<CompletableFuture<Answer>> rush = new ArrayList<>();
                for (int i = 0; i < 20; i++) {
                    rush.add(rushed.submit(earn(account("oom-" + i), "e2", 100)));
                }
                for (CompletableFuture<Answer> each : rush) {
                    each.handle((a, e) -> null).get(20, TimeUnit.SECONDS);
                }
                TimeUnit.SECONDS.sleep(3);
                assertTrue(rushed.gateway.redisUp(), "the connection to Redis does not come back");
                assertEquals(ComparisonResult.ORPHANS, compare(rushed, account));
            } finally {
                parts.redis(Command.CONFIG, "SET", "maxmemory", "0");
            }
        }
    }
}
