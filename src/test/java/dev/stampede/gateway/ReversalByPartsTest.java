package dev.stampede.gateway;

import static dev.stampede.support.TestGateway.account;
import static dev.stampede.support.TestGateway.capture;
import static dev.stampede.support.TestGateway.declined;
import static dev.stampede.support.TestGateway.done;
import static dev.stampede.support.TestGateway.earn;
import static dev.stampede.support.TestGateway.get;
import static dev.stampede.support.TestGateway.redeem;
import static dev.stampede.support.TestGateway.reverse;
import static dev.stampede.support.TestGateway.voidKey;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.account.AccountId;
import dev.stampede.account.Operation;
import dev.stampede.account.Receipt;
import dev.stampede.account.Reversal;
import dev.stampede.account.SealedOperation;
import dev.stampede.account.TargetFacts;
import dev.stampede.award.LineText;
import dev.stampede.award.MemberState;
import dev.stampede.codec.LapseRules;
import dev.stampede.codec.MemberText;
import dev.stampede.points.Grace;
import dev.stampede.pricing.Money;
import dev.stampede.rules.Call;
import dev.stampede.rules.CompiledProgram;
import dev.stampede.rules.TestPrograms;
import dev.stampede.seal.Outcome;
import io.vertx.redis.client.Command;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Currency;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** Earns whose parts go back one by one, by two gateways, and what is left of them is always in Postgres. */
class ReversalByPartsTest extends TwoGateways {
    private static final long DAY_MS = 86_400_000L;
    private static final CompiledProgram PROGRAM = TestPrograms.of("""
            {'measures':[{'id':'m','of':'amount'}],
             'tiers':{'period':{'type':'calendar','months':12,'startsOn':'01-01'},
              'validity':{'until':'periodEnd','graceDays':0},'downgrade':'requalified','onReversal':'lower',
              'levels':[{'id':'low'},{'id':'high','multiplier':'2',
               'qualify':{'any':[{'measure':'m','atLeast':'100.00'}]}}]},
             'promotions':[{'id':'third','progress':{'type':'count','counts':'operations','target':3,'repeat':true},
              'give':{'points':10}},
              {'id':'twice','give':{'multiply':'2','of':'base','on':'basket'},
               'limits':[{'of':'points','max':1000,'per':'day'}]}],
             'limits':[{'id':'most','on':'earn','of':'points','max':100000,'per':'day'}]}""");
    private static final LapseRules RULES = new LapseRules(PROGRAM.levels(), PROGRAM.backdateDays());

    private static Operation buy(AccountId account, String key, Call call) {
        long now = System.currentTimeMillis();
        return new Operation.Earn(
                new Operation.Header(account, key, "earn", null, 1, null),
                0,
                PROGRAM.price(call, now, now),
                PROGRAM.lotDays(now, PROGRAM.zone()).on(),
                null,
                (LocalDate.now(ZoneOffset.UTC).toEpochDay() + 1) * DAY_MS,
                true,
                Receipt.NONE);
    }

    private static Call basket(String amount) {
        return new Call.Purchase(Call.Place.UNKNOWN, new BigDecimal(amount), List.of());
    }

    private static Operation back(AccountId account, String key, UUID earn, Reversal.Asked asked) {
        return new Operation.Reverse(
                new Operation.Header(account, key, "back " + asked, null, null, null),
                earn,
                asked,
                RULES,
                Grace.NONE,
                true);
    }

    private static Reversal.Asked amount(long minor) {
        Money money = new Money(BigDecimal.valueOf(minor, 2), Currency.getInstance("EUR"));
        return new Reversal.Asked(null, money, List.of());
    }

    /** Nobody has anything left but the day on which he joined. */
    private static void hasNothing(SealedOperation last) {
        assertEquals(0, last.image().state().available());
        assertEquals(0, last.image().state().lifetime());
        MemberState member = MemberText.read(last.image().member());
        assertEquals(MemberState.joined(member.joined()), member);
    }

    @Test
    void twoGatewaysGiveBackAtOnce() {
        AccountId account = account("parts-at-once");
        SealedOperation earned = done(gateway.ask(buy(account, "e", basket("200.00"))));
        assertEquals(400, earned.points());
        List<CompletableFuture<Answer>> answers = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            answers.add((i % 2 == 0 ? gateway : other).submit(back(account, "v" + i, earned.id(), amount(999))));
        }
        answers.forEach(answer -> done(get(answer)));
        SealedOperation last = done(other.ask(back(account, "last", earned.id(), amount(20))));
        hasNothing(last);
        assertEquals("already_reversed", declined(gateway.ask(back(account, "more", earned.id(), amount(1)))));
        assertEquals("already_reversed", declined(other.ask(back(account, "rest", earned.id(), Reversal.Asked.ALL))));
        assertEquals(20, ledger.count("SELECT max(step) FROM operation WHERE target = '" + earned.id() + "'"));
    }

    /** A reversal and a void of one earn, each by a gateway that does not hear of the other. */
    @Test
    void aPartAndTheWholeAtOnce() {
        for (int i = 0; i < 10; i++) {
            AccountId account = account("part-and-whole-" + i);
            SealedOperation earned = done(gateway.ask(buy(account, "e", basket("200.00"))));
            CompletableFuture<Answer> part = gateway.submit(back(account, "p", earned.id(), amount(5000)));
            CompletableFuture<Answer> whole = other.submit(new Operation.VoidCall(
                    new Operation.Header(account, "w", "void", null, null, null), "e", RULES, Grace.NONE, true));
            get(part);
            hasNothing(done(get(whole)));
        }
    }

    /** Redis forgets how many have undone it, or says another number. */
    @Test
    void whatRedisSaysOfTheStepsDecidesNothing() {
        AccountId account = account("parts-forgotten");
        UUID earned = done(gateway.ask(buy(account, "e", basket("200.00")))).id();
        done(gateway.ask(back(account, "v1", earned, amount(5000))));
        done(other.ask(redeem(account, "r", 1)));
        for (String lie : List.of("2 0 0 0", "2 100 0 0", "2 100 0 2", "2 400 1 1", "2 0 0 5")) {
            parts.redis(Command.HSET, account.redisKey(), "t:" + earned, lie);
            done(gateway.ask(back(account, "lie " + lie, earned, amount(1000))));
        }
        assertEquals(200 - 1, ledger.available(account));
    }

    /** A gift that a hold has is not kept by giving back the purchase first, and the hold afterwards. */
    @Test
    void aGiftThatIsHeldDoesNotOutliveItsPurchase() throws Exception {
        CompiledProgram treats = TestPrograms.of("""
                {'promotions':[{'id':'treat','give':{'reward':'coffee','validDays':10}}],
                 'rewards':[{'id':'coffee','cost':30,'grantOnly':true}]}""");
        for (String end : List.of("void", "expire", "capture")) {
            AccountId account = account("held-treat-" + end);
            long now = System.currentTimeMillis();
            Operation.Earn plain = (Operation.Earn) earn(account, "e", 1);
            SealedOperation earned = done(gateway.ask(new Operation.Earn(
                    plain.header(),
                    0,
                    treats.price(basket("5.00"), now, now),
                    plain.on(),
                    null,
                    now + DAY_MS,
                    true,
                    Receipt.NONE)));
            Operation.Header header = new Operation.Header(account, "h", "h", null, 1, null);
            SealedOperation held = done(gateway.ask(new Operation.Hold(
                    header,
                    0,
                    new Operation.Claimed(treats.claimReward("coffee", Call.Place.UNKNOWN, now), now + DAY_MS),
                    end.equals("expire") ? 1 : 120,
                    Grace.NONE,
                    Receipt.NONE)));
            done(other.ask(back(account, "b", earned.id(), Reversal.Asked.ALL)));
            forget(account);
            if (end.equals("void")) {
                done(gateway.ask(voidHold(account, "v", held.id())));
            } else if (end.equals("capture")) {
                done(gateway.ask(capture(account, "c", held.id())));
            } else {
                TimeUnit.MILLISECONDS.sleep(1_100);
            }
            SealedOperation last = done(other.ask(earn(account, "e2", 1)));
            assertEquals(List.of(), MemberText.read(last.image().member()).gifts(), end);
        }
    }

    /** On an account that never rests no state is the one at which facts were read. */
    @Test
    void whatRedisSaysOfTheStepsOfAHotAccountIsForgotten() throws Exception {
        AccountId account = account("hot-lie");
        UUID earned = done(gateway.ask(buy(account, "e", basket("200.00")))).id();
        AtomicBoolean stop = new AtomicBoolean();
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 8; t++) {
            int n = t;
            Thread thread = new Thread(() -> {
                for (int i = 0; !stop.get(); i++) {
                    done((n % 2 == 0 ? gateway : other).ask(earn(account, "x" + n + "-" + i, 1)));
                }
            });
            thread.start();
            threads.add(thread);
        }
        parts.redis(Command.HSET, account.redisKey(), "t:" + earned, "2 0 0 7");
        SealedOperation reversed;
        try {
            reversed = done(gateway.ask(back(account, "b", earned, amount(5000))));
        } finally {
            stop.set(true);
            for (Thread thread : threads) {
                thread.join();
            }
        }
        assertEquals(-100, reversed.points());
    }

    /** The lines are as long as they may be: what is left of the parts is longer, and goes back all the same. */
    @Test
    void theLongestPartsGoBack() {
        Call.Item item = new Call.Item(null, Set.of(), new BigDecimal("0.453"), new BigDecimal("1234.56"), Map.of());
        Call call = new Call.Purchase(Call.Place.UNKNOWN, null, Collections.nCopies(490, item));
        AccountId account = account("long");
        SealedOperation earned = done(gateway.ask(buy(account, "e", call)));
        assertTrue(
                earned.parts().length() > LineText.MOST_CHARACTERS - 50,
                "" + earned.parts().length());

        SealedOperation part = done(other.ask(back(account, "p", earned.id(), amount(1000))));
        assertTrue(part.points() < 0);
        hasNothing(done(gateway.ask(back(account, "w", earned.id(), Reversal.Asked.ALL))));
        assertEquals("already_reversed", declined(gateway.ask(back(account, "w2", earned.id(), Reversal.Asked.ALL))));

        AccountId second = account("void-long");
        done(gateway.ask(buy(second, "e", call)));
        hasNothing(done(other.ask(new Operation.VoidCall(
                new Operation.Header(second, "v", "void", null, null, null), "e", RULES, Grace.NONE, true))));
    }

    /** The release before undoes points of an earn, and does not know that something else has undone it by parts. */
    @Test
    void theReleaseBeforeTakesPointsInBetween() {
        AccountId account = account("release-before");
        SealedOperation earned = done(gateway.ask(paid(account)));
        done(gateway.ask(back(account, "a", earned.id(), amount(2000))));
        TargetFacts facts = parts.facts(account, earned.id());
        assertEquals(20, facts.reversed());
        assertEquals(
                Outcome.SEALED, parts.seal(parts.propose(reverse(account, "old", earned.id(), 50L), asBefore(facts))));
        forget(account);
        assertEquals("reverse_exceeds_original", declined(gateway.ask(back(account, "x", earned.id(), amount(9000)))));
        assertEquals(
                -10,
                done(other.ask(back(account, "b", earned.id(), amount(6000)))).points());
        SealedOperation rest = done(gateway.ask(back(account, "w", earned.id(), Reversal.Asked.ALL)));
        assertEquals(0, rest.image().state().available());
        assertEquals("already_reversed", declined(gateway.ask(back(account, "w2", earned.id(), Reversal.Asked.ALL))));
        done(other.ask(voidKey(account, "v", "e")));

        AccountId all = account("release-before-all");
        SealedOperation whole = done(gateway.ask(paid(all)));
        done(gateway.ask(back(all, "a", whole.id(), amount(2000))));
        facts = parts.facts(all, whole.id());
        assertEquals(Outcome.SEALED, parts.seal(parts.propose(reverse(all, "old", whole.id(), null), asBefore(facts))));
        forget(all);
        assertEquals("already_reversed", declined(gateway.ask(back(all, "w", whole.id(), Reversal.Asked.ALL))));
        assertEquals("already_reversed", declined(other.ask(back(all, "b", whole.id(), amount(1)))));
    }

    /** 100 points for 100.00, as a plain program gives them. */
    private static Operation paid(AccountId account) {
        Operation.Earn plain = (Operation.Earn) earn(account, "e", 100);
        return new Operation.Earn(
                plain.header(),
                100,
                null,
                plain.on(),
                null,
                null,
                true,
                Receipt.stored("{\"amount\":\"100.00\",\"currency\":\"EUR\"}"));
    }

    private static TargetFacts asBefore(TargetFacts facts) {
        return new TargetFacts(
                facts.head(),
                facts.headVersion(),
                facts.id(),
                facts.type(),
                facts.declined(),
                facts.points(),
                facts.lots(),
                facts.on(),
                facts.matures(),
                facts.reversed(),
                facts.voided(),
                facts.steps(),
                facts.state(),
                facts.told(),
                null,
                facts.receipt());
    }
}
