package dev.stampede.gateway;

import static dev.stampede.support.TestGateway.account;
import static dev.stampede.support.TestGateway.capture;
import static dev.stampede.support.TestGateway.declined;
import static dev.stampede.support.TestGateway.done;
import static dev.stampede.support.TestGateway.earn;
import static dev.stampede.support.TestGateway.hold;
import static dev.stampede.support.TestGateway.redeem;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.account.AccountId;
import dev.stampede.account.Operation;
import dev.stampede.account.OperationType;
import dev.stampede.account.SealedOperation;
import dev.stampede.support.Ask;
import io.vertx.redis.client.Command;
import java.time.Duration;
import java.util.function.LongFunction;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An image that somebody has edited, or that makes no sense, costs one look into Postgres and no points. */
class EditedImageTest extends TwoGateways {
    @Test
    void pointsThatAnEditMadeAreNotPaid() {
        AccountId account = account("edited");
        done(gateway.ask(earn(account, "e", 100)));
        parts.edit(account, "\"available\":100", "\"available\":900");
        parts.edit(account, ",100]]", ",900]]");
        assertEquals("insufficient_points", declined(gateway.ask(redeem(account, "k", 500))));
    }

    @Test
    void aLotWhoseDateWasEditedIsNotSealed() {
        AccountId account = account("edited-lot");
        SealedOperation earned = done(gateway.ask(earn(account, "e", 100)));
        long day = earned.image().state().lots().get(0).day();
        parts.edit(account, "[[" + day, "[[" + (day + 1000));
        SealedOperation redeemed = done(gateway.ask(redeem(account, "k", 1)));
        assertEquals(day, redeemed.image().state().lots().get(0).day());
    }

    @Test
    void anEditedHoldIsNotCaptured() {
        AccountId account = account("edited-hold");
        done(gateway.ask(earn(account, "e", 100)));
        SealedOperation hold = done(gateway.ask(hold(account, "h", 10)));
        parts.edit(account, "\"held\":10", "\"held\":60");
        parts.edit(account, "\"available\":90", "\"available\":40");
        parts.edit(account, "\"" + hold.id() + "\",10,", "\"" + hold.id() + "\",60,");
        SealedOperation captured = done(gateway.ask(capture(account, "c", hold.id())));
        assertEquals(10, captured.hold().captured());
        assertEquals(90, captured.image().state().available());
    }

    @Test
    void aNegativeBucketIsRepaired() {
        AccountId account = account("negative");
        done(gateway.ask(earn(account, "e", 100)));
        parts.edit(account, "\"held\":0", "\"held\":-10");
        done(gateway.ask(redeem(account, "r", 10)));
    }

    @Test
    void anImageWithoutItsNotesIsLoadedAfresh() {
        AccountId account = account("no-notes");
        done(gateway.ask(earn(account, "e", 100)));
        parts.redis(Command.HDEL, account.redisKey(), "s");
        done(gateway.ask(redeem(account, "r", 10)));
    }

    /** Each earn would be made again for a day that no calendar has, and refused for good. */
    @ParameterizedTest
    @ValueSource(
            strings = {"9223372036854775807", "9223372036854774784", "10000000000000000000", "-5", "4102444800000"})
    void anImageOfAnImpossibleTimeIsLoadedAfresh(String at) {
        AccountId account = account("at" + at);
        SealedOperation first = done(gateway.ask(earn(account, "e", 100)));
        parts.edit(account, "\"at\":" + first.image().at(), "\"at\":" + at);
        LongFunction<Operation> day = ms -> Ask.of(OperationType.EARN, account)
                .key("e2", "earn")
                .points(7L)
                .lot(Math.floorDiv(ms, 86_400_000L) + 400, null)
                .until(Math.multiplyExact(Math.floorDiv(ms, 86_400_000L) + 1, 86_400_000L))
                .build();
        Answer answer = gateway.gateway
                .submit(day.apply(System.currentTimeMillis()), day)
                .await()
                .atMost(Duration.ofSeconds(10));
        assertEquals(107, done(answer).image().state().available());
    }

    /** A day that no calendar has, or points that no lot has: it is not told. */
    @Test
    void whatMakesNoSenseIsReadFromPostgres() {
        AccountId account = account("no-sense");
        done(gateway.ask(earn(account, "e", 100)));
        for (String[] edit :
                new String[][] {{"\"lots\":[[", "\"lots\":[[50000000000"}, {"\"available\":100", "\"available\":777"}
                }) {
            parts.edit(account, edit[0], edit[1]);
            var state =
                    gateway.gateway.peek(account).await().indefinitely().image().state();
            assertTrue(state.isConsistent());
            assertEquals(100, state.available());
            parts.redis(Command.DEL, account.redisKey());
            assertEquals(
                    100,
                    gateway.gateway
                            .peek(account)
                            .await()
                            .indefinitely()
                            .image()
                            .state()
                            .available());
            Awaitility.await()
                    .atMost(Duration.ofSeconds(5))
                    .until(() -> parts.redis(Command.EXISTS, account.redisKey()).toInteger() == 1);
        }
    }
}
