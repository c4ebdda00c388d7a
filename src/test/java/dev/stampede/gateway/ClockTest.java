package dev.stampede.gateway;

import static dev.stampede.support.TestGateway.account;
import static dev.stampede.support.TestGateway.declined;
import static dev.stampede.support.TestGateway.done;
import static dev.stampede.support.TestGateway.earn;
import static dev.stampede.support.TestGateway.get;
import static dev.stampede.support.TestGateway.redeem;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.uuid.Generators;
import dev.stampede.account.AccountId;
import dev.stampede.account.Operation;
import dev.stampede.account.OperationType;
import dev.stampede.account.SealedOperation;
import dev.stampede.postgres.LedgerClock;
import dev.stampede.postgres.PostgresServers;
import dev.stampede.redis.RedisConfig;
import dev.stampede.seal.SealConfig;
import dev.stampede.seal.Sealer;
import dev.stampede.support.Ask;
import dev.stampede.support.TestGateway;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A gateway whose clock is wrong, or for which a day ends, decides as one whose clock is right. */
class ClockTest extends TwoGateways {
    private static final long TWO_DAYS = 2 * 86_400_000L;

    @Test
    void aClockAheadDeclinesNothing() {
        AccountId account = account("ahead-decline");
        done(gateway.ask(earnToday(account, "e", 100)));
        Gateway ahead = ahead(gateway, TWO_DAYS);
        SealedOperation declined =
                sealed(ahead.submit(redeem(account, "r", 10)).await().indefinitely());
        get(ahead.stop().toCompletionStage().toCompletableFuture());
        assertEquals("ok", declined.outcome());
    }

    @Test
    void aClockAheadLeavesNoTimeBehind() {
        AccountId account = account("ahead-time");
        done(gateway.ask(earnToday(account, "e", 100)));
        Gateway ahead = ahead(gateway, TWO_DAYS);
        done(ahead.submit(Ask.of(OperationType.FREEZE, account).key("f", "f").build())
                .await()
                .indefinitely());
        get(ahead.stop().toCompletionStage().toCompletableFuture());
        done(gateway.ask(Ask.of(OperationType.UNFREEZE, account).key("u", "u").build()));
        assertEquals("ok", sealed(gateway.ask(redeem(account, "r", 10))).outcome());
    }

    @Test
    void nothingIsDeniedThatIsSealedLater() throws Exception {
        AccountId account = account("ahead-denied");
        done(gateway.ask(earn(account, "e", 100)));
        done(gateway.ask(Ask.of(OperationType.HOLD, account)
                .key("h", "h")
                .points(5L)
                .ttlSeconds(4)
                .build()));
        Gateway ahead = ahead(gateway, 6000);
        assertTrue(done(ahead.submit(redeem(account, "r", 10)).await().indefinitely())
                .ok());
        TimeUnit.SECONDS.sleep(6);
        done(other.ask(earn(account, "e2", 1)));
        get(ahead.stop().toCompletionStage().toCompletableFuture());
        assertEquals(91, ledger.available(account));
    }

    /** Midnight has passed between a call's arrival and its decision: its lot is of the day of the decision. */
    @Test
    void aLotIsOfTheDayOfTheDecision() {
        AccountId account = account("midnight");
        long yesterday = System.currentTimeMillis() / 86_400_000 - 1;
        Ask asked =
                Ask.of(OperationType.EARN, account).key("e", "1:e").points(5L).autoEnrol(true);
        Operation arrived = asked.lot(yesterday + 30, null)
                .until((yesterday + 1) * 86_400_000)
                .build();
        SealedOperation decided = done(get(gateway.gateway
                .submit(
                        arrived,
                        at -> asked.lot(at / 86_400_000 + 30, null)
                                .until((at / 86_400_000 + 1) * 86_400_000)
                                .build())
                .subscribeAsCompletionStage()));
        assertEquals(
                decided.at() / 86_400_000 + 30,
                decided.image().state().lots().get(0).day());
    }

    private Gateway ahead(TestGateway like, long ms) {
        Gateway gateway = new Gateway(
                like.vertx(),
                like.redis,
                new PostgresServers(List.of(like.postgres)),
                like.config(RedisConfig.class),
                like.config(SealConfig.class),
                like.config(GatewayConfig.class),
                new LedgerClock(() -> Instant.ofEpochMilli(System.currentTimeMillis() + ms)),
                TestGateway.programs(ZoneOffset.UTC),
                Generators.timeBasedEpochGenerator()::generate,
                Sealer::new,
                new SimpleMeterRegistry());
        get(gateway.start().toCompletionStage().toCompletableFuture());
        return gateway;
    }

    private static Operation earnToday(AccountId account, String key, long points) {
        return Ask.of(OperationType.EARN, account)
                .key(key, "earn")
                .points(points)
                .lot(LocalDate.now(ZoneOffset.UTC).toEpochDay(), null)
                .autoEnrol(true)
                .build();
    }
}
