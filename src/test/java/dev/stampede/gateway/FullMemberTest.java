package dev.stampede.gateway;

import static dev.stampede.support.TestGateway.account;
import static dev.stampede.support.TestGateway.capture;
import static dev.stampede.support.TestGateway.declined;
import static dev.stampede.support.TestGateway.done;
import static dev.stampede.support.TestGateway.earn;
import static dev.stampede.support.TestGateway.get;
import static dev.stampede.support.TestGateway.redeem;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.account.AccountId;
import dev.stampede.account.Operation;
import dev.stampede.account.Proposal;
import dev.stampede.account.Receipt;
import dev.stampede.account.SealedOperation;
import dev.stampede.award.Counter;
import dev.stampede.award.Gift;
import dev.stampede.award.MemberState;
import dev.stampede.award.Title;
import dev.stampede.award.Unit;
import dev.stampede.codec.Gone;
import dev.stampede.codec.LapseRules;
import dev.stampede.codec.MemberText;
import dev.stampede.points.Grace;
import dev.stampede.rules.Call;
import dev.stampede.rules.CompiledProgram;
import dev.stampede.rules.TestPrograms;
import dev.stampede.support.TestGateway;
import io.vertx.redis.client.RedisOptions;
import java.math.BigDecimal;
import java.sql.SQLException;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** A member of whom a program has to know more than it can: he gets nothing new, and everything else goes on. */
class FullMemberTest extends TwoGateways {
    private static final int MOST = 16_384;
    private static final long DAY_MS = 86_400_000L;
    private static final CompiledProgram PROGRAM = TestPrograms.of("""
            {'promotions':[{'id':'third','progress':{'type':'count','counts':'operations','target':3,'repeat':true},
              'give':{'points':10}}],
             'rewards':[{'id':'cake','cost':30,'limits':[{'of':'uses','max':1,'per':'year'}]},
              {'id':'cup','cost':0}]}""");

    private static long today() {
        return LocalDate.now(ZoneOffset.UTC).toEpochDay();
    }

    /** With counters that never end, so many that his text has that length. */
    private static MemberState of(int bytes, List<Title> titles, Gift... gifts) {
        SortedMap<Counter, Long> counters = new TreeMap<>();
        MemberState member = state(counters, titles, gifts);
        for (int i = 0; MemberText.write(member).length() < bytes - 200; i++) {
            String name = "promotion:of-a-version-that-is-long-gone-" + (10_000 + i);
            counters.put(new Counter(name, Unit.EVER, 0), 1L);
            member = state(counters, titles, gifts);
        }
        int missing = bytes - MemberText.write(member).length();
        counters.put(new Counter("z".repeat(missing - 7), Unit.EVER, 0), 1L);
        member = state(counters, titles, gifts);
        assertEquals(bytes, MemberText.write(member).length());
        return member;
    }

    private static MemberState state(SortedMap<Counter, Long> counters, List<Title> titles, Gift... gifts) {
        MemberState none = MemberState.BLANK;
        return new MemberState(
                today() - 9,
                none.attributes(),
                titles,
                null,
                none.sums(),
                counters,
                none.stamps(),
                none.streaks(),
                List.of(gifts));
    }

    private AccountId full(String name, MemberState member) throws SQLException {
        AccountId account = account(name);
        done(gateway.ask(earn(account, "e", 1000)));
        know(account, member);
        return account;
    }

    private static Operation pay(AccountId account, String key, String reward) {
        return new Operation.Redeem(header(account, key), 0, claimed(reward), Receipt.NONE);
    }

    private static Operation hold(AccountId account, String key, String reward) {
        return new Operation.Hold(header(account, key), 0, claimed(reward), 1, Grace.NONE, Receipt.NONE);
    }

    private static Operation.Header header(AccountId account, String key) {
        return new Operation.Header(account, key, key, null, 1, null);
    }

    private static Operation.Claimed claimed(String reward) {
        long now = System.currentTimeMillis();
        return new Operation.Claimed(PROGRAM.claimReward(reward, Call.Place.UNKNOWN, now), now + 3_600_000);
    }

    private static Operation buy(AccountId account, String key) {
        long now = System.currentTimeMillis();
        return new Operation.Earn(
                header(account, key),
                0,
                PROGRAM.price(new Call.Purchase(Call.Place.UNKNOWN, new BigDecimal("5.00"), List.of()), now, now),
                PROGRAM.lotDays(now, PROGRAM.zone()).on(),
                null,
                (today() + 1) * DAY_MS,
                true,
                Receipt.NONE);
    }

    @Test
    void whatIsNewIsDeclined() throws Exception {
        AccountId account = full("full", of(MOST, List.of()));
        assertEquals("limit_exceeded", declined(gateway.ask(buy(account, "b"))));
        assertEquals("limit_exceeded", declined(other.ask(pay(account, "p", "cake"))));
        assertEquals("limit_exceeded", declined(gateway.ask(hold(account, "h", "cake"))));
        assertEquals(
                970, done(gateway.ask(redeem(account, "r", 30))).image().state().available());
        done(gateway.ask(pay(account, "cup", "cup")));
    }

    /** What another one knows of programs. */
    private interface Knowing extends ProgramTimes {
        @Override
        default ZoneId zone(String program, long realMs) {
            return ZoneOffset.UTC;
        }

        @Override
        default Long sandboxMs(String program) {
            return null;
        }

        @Override
        default boolean isConfirmed(String program) {
            return true;
        }

        @Override
        Gone gone(String program, Set<String> promotions, Set<String> counters, long realMs);
    }

    private TestGateway knowing(Knowing programs) {
        RedisOptions redis =
                new RedisOptions().setConnectionString(backends.redis().url());
        return new TestGateway(List.of(gateway.postgres), redis, with(Map.of()), programs);
    }

    /** Whoever cannot say which promotions there are declines nobody for want of room. */
    @Test
    void nobodyIsDeclinedWhileItIsNotKnownWhatIsGone() throws Exception {
        AccountId account = full("not-known", of(MOST, List.of()));
        try (TestGateway unsure = knowing((program, promotions, counters, now) -> null)) {
            Unavailable refused = assertThrows(Unavailable.class, () -> unsure.ask(buy(account, "b")));
            assertEquals(Unavailable.Code.UNAVAILABLE, refused.code(), refused::getMessage);
        }
        AtomicInteger asked = new AtomicInteger();
        try (TestGateway sure = knowing((program, promotions, counters, now) ->
                asked.incrementAndGet() < 4 ? null : new Gone(new TreeSet<>(), new TreeSet<>(counters), null))) {
            MemberState after =
                    MemberText.read(done(sure.ask(buy(account, "b"))).image().member());
            assertEquals(Map.of(), after.counters());
            assertEquals(1, after.stamps().get("third").count());
            assertEquals(4, asked.get());
            done(sure.ask(buy(account, "c")));
            assertEquals(4, asked.get(), "a small member asks nothing");
        }
    }

    @Test
    void whatWasToBeForgottenIsNotSealed() {
        AccountId account = account("remembering");
        Proposal right = last(parts.propose(buy(account, "b")));
        assertNull(right.flaw());
        Gone gone = new Gone(new TreeSet<>(Set.of("third")), new TreeSet<>(), null);
        Proposal wrong = new Proposal(right.id(), right.operation().without(gone), right.decision(), right.image());
        assertEquals("the member still remembers what he was to forget", wrong.flaw());
    }

    /** While a gift is held something else can take its room. */
    @Test
    void whatComesBackFindsRoom() throws Exception {
        Gift cake = new Gift("cake", today() + 3, "a-promotion-with-a-name-of-some-length");
        AccountId account = full("held", of(MOST, List.of(), cake));
        SealedOperation held = done(gateway.ask(hold(account, "h", "cake")));
        done(gateway.ask(buy(account, "b")));
        TimeUnit.MILLISECONDS.sleep(1_100);
        forget(account);
        SealedOperation next = done(other.ask(redeem(account, "r", 1)));
        assertEquals(List.of(cake), MemberText.read(next.image().member()).gifts());
        assertTrue(next.image().member().length() > MOST);
        assertEquals("hold_expired", declined(other.ask(capture(account, "c", held.id()))));
        assertEquals(0, done(gateway.ask(pay(account, "p", "cake"))).points());
    }

    /** What comes after a title can have a longer name. */
    @Test
    void aTitleEndsAllTheSame() throws Exception {
        CompiledProgram levels = TestPrograms.of("""
                {'measures':[{'id':'m','of':'amount'}],
                 'tiers':{'period':{'type':'calendar','months':12,'startsOn':'01-01'},
                  'validity':{'until':'periodEnd','graceDays':0},'downgrade':'oneDown','onReversal':'keep',
                  'levels':[{'id':'low'},
                   {'id':'one-that-has-a-rather-long-name','qualify':{'any':[{'measure':'m','atLeast':'10.00'}]}},
                   {'id':'x','qualify':{'any':[{'measure':'m','atLeast':'20.00'}]}}]}}""");
        AccountId account = full("titled", of(MOST, List.of(new Title("x", today() - 1, null))));
        LapseRules rules = new LapseRules(levels.levels(), levels.backdateDays());
        SealedOperation lapsed =
                done(get(gateway.submit(new Operation.Lapse(Operation.Header.of(account, null), rules))));
        assertEquals(
                "one-that-has-a-rather-long-name",
                MemberText.read(lapsed.image().member()).titles().get(0).level());
        done(other.ask(redeem(account, "r", 1)));
    }
}
