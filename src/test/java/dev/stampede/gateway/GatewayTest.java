package dev.stampede.gateway;

import static dev.stampede.support.TestGateway.account;
import static dev.stampede.support.TestGateway.capture;
import static dev.stampede.support.TestGateway.earn;
import static dev.stampede.support.TestGateway.hold;
import static dev.stampede.support.TestGateway.redeem;
import static dev.stampede.support.TestGateway.reverse;
import static dev.stampede.support.TestGateway.voidKey;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.stampede.account.AccountId;
import dev.stampede.account.Operation;
import dev.stampede.account.OperationType;
import dev.stampede.account.SealedOperation;
import dev.stampede.points.Refusal;
import dev.stampede.support.Ask;
import dev.stampede.support.Backends;
import dev.stampede.support.TestGateway;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("servers")
class GatewayTest {
    private static TestGateway one;
    private static TestGateway two;

    @BeforeAll
    static void start() {
        Backends backends = Backends.shared();
        TestGateway.migrate(backends.freshDatabase("gateway_test"));
        one = new TestGateway(
                backends.postgres(), "gateway_test", backends.redis().port(), Map.of());
        two = new TestGateway(
                backends.postgres(), "gateway_test", backends.redis().port(), Map.of());
    }

    @AfterAll
    static void stop() {
        one.close();
        two.close();
    }

    @CanIgnoreReturnValue
    private static SealedOperation done(Answer answer) {
        return assertInstanceOf(Answer.Sealed.class, answer).operation();
    }

    @Test
    void earnsAndRedeems() {
        AccountId account = account("simple");
        assertEquals(
                100, done(one.ask(earn(account, "e1", 100))).image().state().available());
        SealedOperation redeemed = done(two.ask(redeem(account, "r1", 30)));
        assertEquals(70, redeemed.image().state().available());
        assertEquals(
                "insufficient_points", done(one.ask(redeem(account, "r2", 71))).outcome());
        Answer.Sealed replay = assertInstanceOf(Answer.Sealed.class, one.ask(redeem(account, "r1", 30)));
        assertTrue(replay.replayed());
        assertEquals(redeemed.id(), replay.operation().id());
        assertEquals(new Answer.Refused(Refusal.IDEMPOTENCY_KEY_REUSED), one.ask(redeem(account, "r1", 31)));
    }

    @Test
    void holdsCapturesAndReverses() {
        AccountId account = account("holds");
        done(one.ask(earn(account, "e", 100)));
        SealedOperation hold = done(one.ask(hold(account, "h", 40)));
        SealedOperation captured = done(two.ask(capture(account, "c", hold.id())));
        assertEquals(60, captured.image().state().available());
        assertEquals(
                "hold_captured",
                done(one.ask(capture(account, "c2", hold.id()))).outcome());
        assertEquals(
                70,
                done(one.ask(reverse(account, "v1", captured.id(), 10L)))
                        .image()
                        .state()
                        .available());
        assertEquals(
                "reverse_exceeds_original",
                done(two.ask(reverse(account, "v2", captured.id(), 31L))).outcome());
        assertEquals(
                100,
                done(two.ask(reverse(account, "v3", captured.id(), null)))
                        .image()
                        .state()
                        .available());
        assertEquals(
                "already_reversed",
                done(two.ask(reverse(account, "v4", captured.id(), null))).outcome());
    }

    @Test
    void voidsByKey() {
        AccountId account = account("voids");
        assertTrue(done(one.ask(voidKey(account, "v0", "later"))).ok());
        assertEquals(new Answer.Refused(Refusal.VOIDED, true), one.ask(earn(account, "later", 100)));
        done(one.ask(earn(account, "e", 100)));
        done(one.ask(redeem(account, "r", 60)));
        assertEquals(
                100, done(two.ask(voidKey(account, "v1", "r"))).image().state().available());
        assertEquals(new Answer.Refused(Refusal.VOIDED, true), one.ask(redeem(account, "r", 60)));
        assertEquals("voided", done(two.ask(voidKey(account, "v2", "r"))).outcome());
    }

    @Test
    void attributesAreSetOnTheHeadThatWasReadOrNotAtAll() {
        AccountId account = account("attributes");
        SealedOperation first = done(one.ask(enrol(account, "{\"n\":1}", null)));
        SealedOperation second = done(two.ask(enrol(account, "{\"n\":2}", first.id())));
        assertTrue(second.ok());

        SealedOperation late = done(one.ask(enrol(account, "{\"n\":3}", first.id())));

        assertEquals("precondition_failed", late.outcome());
        assertEquals(
                "precondition_failed",
                done(one.ask(enrol(account, "{\"n\":2}", first.id()))).outcome());
        for (var peek : List.of(two.gateway.peek(account), two.gateway.sealedImage(account))) {
            assertEquals(
                    "{\"n\":2}",
                    TestGateway.get(peek.subscribeAsCompletionStage()).attributes());
        }
    }

    private static Operation enrol(AccountId account, String attributes, UUID head) {
        return Ask.of(OperationType.ENROL, account)
                .attributes(attributes)
                .target(head)
                .build();
    }

    @Test
    void twoHundredRedeemsForTenPoints() {
        AccountId account = account("rush");
        done(one.ask(earn(account, "e", 10)));
        List<CompletableFuture<Answer>> answers = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            answers.add((i % 2 == 0 ? one : two).submit(redeem(account, "r" + i, 1)));
        }
        long won =
                answers.stream().map(TestGateway::get).filter(a -> done(a).ok()).count();
        assertEquals(10, won);
    }

    @Test
    void oneKeyFiftyTimesAtOnce() {
        AccountId account = account("same-key");
        done(one.ask(earn(account, "e", 1000)));
        List<CompletableFuture<Answer>> answers = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            answers.add((i % 2 == 0 ? one : two).submit(redeem(account, "r", 7)));
        }
        List<Answer.Sealed> sealed = answers.stream()
                .map(TestGateway::get)
                .map(a -> assertInstanceOf(Answer.Sealed.class, a))
                .toList();
        assertEquals(1, sealed.stream().filter(a -> !a.replayed()).count());
        assertEquals(1, sealed.stream().map(a -> a.operation().id()).distinct().count());
        assertEquals(993, done(two.ask(redeem(account, "r", 7))).image().state().available());
        assertFalse(done(one.ask(redeem(account, "r-all", 994))).ok());
    }

    @Test
    void thousandsOnManyAccountsThroughBoth() {
        List<CompletableFuture<Answer>> answers = new ArrayList<>();
        int n = 20000;
        for (int i = 0; i < n; i++) {
            answers.add((i % 2 == 0 ? one : two).submit(earn(account("many" + i % 300), "e" + i, 5)));
            if (answers.size() % 800 == 0) {
                answers.subList(answers.size() - 800, answers.size()).forEach(TestGateway::get);
            }
        }
        answers.forEach(a -> assertTrue(done(TestGateway.get(a)).ok()));
    }
}
