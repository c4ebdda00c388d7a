package dev.stampede.gateway;

import static dev.stampede.support.TestGateway.account;
import static dev.stampede.support.TestGateway.declined;
import static dev.stampede.support.TestGateway.done;
import static dev.stampede.support.TestGateway.earn;
import static dev.stampede.support.TestGateway.redeem;
import static dev.stampede.support.TestGateway.reverse;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.account.AccountId;
import dev.stampede.account.Attributes;
import dev.stampede.account.Image;
import dev.stampede.account.Operation;
import dev.stampede.account.Receipt;
import dev.stampede.account.Reversal;
import dev.stampede.account.SealedOperation;
import dev.stampede.award.Award;
import dev.stampede.award.MemberState;
import dev.stampede.award.Settled;
import dev.stampede.award.Settlement;
import dev.stampede.award.Title;
import dev.stampede.codec.LapseRules;
import dev.stampede.codec.MemberText;
import dev.stampede.codec.PartsText;
import dev.stampede.codec.Told;
import dev.stampede.points.Grace;
import dev.stampede.rules.Call;
import dev.stampede.rules.CompiledProgram;
import dev.stampede.rules.LotDays;
import dev.stampede.rules.TestPrograms;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** An earn whose points depend on the member: decided in Redis as it is in Java, and sealed only so. */
class ProgramEarnTest extends TwoGateways {
    private static final long DAY_MS = 86_400_000L;
    private static final CompiledProgram STAMPS = TestPrograms.of("""
            {'promotions':[{'id':'third','progress':{'type':'count','counts':'operations','target':3,'repeat':true},
              'give':{'points':10}},
             {'id':'hello','event':'enrol','give':{'points':50}}],
             'limits':[{'id':'most','on':'earn','of':'points','max':100000,'per':'day'}]}""");

    private static Call buy(String amount) {
        return new Call.Purchase(Call.Place.UNKNOWN, new BigDecimal(amount), List.of());
    }

    private static Operation.Earn earned(AccountId account, String key, CompiledProgram program, Call call, long at) {
        long now = System.currentTimeMillis();
        return earned(account, key, program.price(call, at, now), program.lotDays(now, program.zone()));
    }

    private static Operation.Earn earned(AccountId account, String key, CompiledProgram program, Call call) {
        return earned(account, key, program, call, System.currentTimeMillis());
    }

    private static Operation.Earn earned(AccountId account, String key, Award award, LotDays days) {
        return new Operation.Earn(
                new Operation.Header(account, key, "earn", null, 1, null),
                0,
                award,
                days.on(),
                days.matures(),
                (award.today() + 1) * DAY_MS,
                true,
                Receipt.NONE);
    }

    private static Settled expected(Operation operation, Image before) {
        return Settlement.settle(
                operation.award(),
                MemberText.read(before.member()),
                before.state().enrolled());
    }

    private static void agrees(Settled expected, SealedOperation sealed) {
        assertEquals(MemberText.write(expected.member()), sealed.image().member());
        assertEquals(Told.of(expected).write(), sealed.told());
        assertEquals(PartsText.write(expected.parts()), sealed.parts());
        assertEquals(
                expected.points(),
                sealed.entries().stream()
                        .filter(entry -> entry.type().equals("earn"))
                        .mapToLong(entry -> entry.available() + entry.pending())
                        .sum());
    }

    /** By two gateways, with a Redis that forgets. */
    @Test
    void whatIsSealedIsWhatJavaSettles() {
        Random random = new Random(20261130);
        long points = 0;
        for (int i = 0; i < 20; i++) {
            CompiledProgram program = TestPrograms.random(random);
            AccountId account = account("random-" + i);
            Image before = Image.BLANK;
            for (int k = 0; k < 10; k++) {
                if (random.nextInt(4) == 0) {
                    forget(account);
                }
                long now = System.currentTimeMillis();
                long at = random.nextInt(3) == 0
                        ? now - random.nextInt((int) (program.backdateDays() * DAY_MS) + 1)
                        : now;
                Operation operation = earned(account, "k" + k, program, randomCall(random), at);
                SealedOperation sealed = done((random.nextBoolean() ? gateway : other).ask(operation));
                agrees(expected(operation, before), sealed);
                if (random.nextInt(3) == 0) { // a retry
                    assertEquals(
                            sealed.id(),
                            done((random.nextBoolean() ? gateway : other).ask(operation))
                                    .id());
                }
                before = sealed.image();
                points += sealed.points();
                if (random.nextInt(4) == 0 && before.state().available() > 2) {
                    SealedOperation redeemed = done(gateway.ask(redeem(account, "r" + k, 2)));
                    assertEquals(before.member(), redeemed.image().member());
                    before = redeemed.image();
                }
            }
        }
        assertTrue(points > 1000, "" + points);
    }

    private static Call randomCall(Random random) {
        if (random.nextInt(8) == 0) {
            return new Call.Stated(Call.Place.UNKNOWN, 1 + random.nextInt(40));
        }
        List<Call.Item> items = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            items.add(new Call.Item(
                    "s" + random.nextInt(3),
                    Set.of(List.of("a", "b", "x").get(random.nextInt(3))),
                    new BigDecimal(1 + random.nextInt(4)),
                    BigDecimal.valueOf(random.nextInt(5000), 2),
                    Map.of()));
        }
        BigDecimal sum = items.stream().map(Call.Item::amount).reduce(BigDecimal.ZERO, BigDecimal::add);
        return new Call.Purchase(Call.Place.UNKNOWN, sum.add(BigDecimal.valueOf(random.nextInt(4000), 2)), items);
    }

    /** The account was enrolled by a version that had no promotions: it is not enrolled a second time. */
    @Test
    void anAccountOfAPlainVersionGoesOn() {
        AccountId account = account("plain-before");
        done(gateway.ask(earn(account, "e", 7)));
        Operation.Earn operation = earned(account, "a", STAMPS, buy("5.00"));
        SealedOperation sealed = done(gateway.ask(operation));
        assertEquals(12, sealed.image().state().available());
        assertEquals(
                operation.award().day(),
                MemberText.read(sealed.image().member()).joined());
        assertEquals(
                List.of(),
                Told.read(sealed.told()).explanation().stream()
                        .filter(part -> part.rule().equals("promotion:hello"))
                        .toList());
        AccountId fresh = account("plain-never");
        assertEquals(
                55, done(gateway.ask(earned(fresh, "a", STAMPS, buy("5.00")))).points());
    }

    /** A plain earn between awards leaves what is known of the member alone. */
    @Test
    void plainOperationsLeaveTheMemberAlone() {
        AccountId account = account("between");
        String member = done(gateway.ask(earned(account, "a", STAMPS, buy("5.00"))))
                .image()
                .member();
        assertEquals(member, done(gateway.ask(earn(account, "e", 1))).image().member());
        forget(account);
        SealedOperation redeemed = done(other.ask(redeem(account, "r", 3)));
        assertEquals(member, redeemed.image().member());
        assertNull(redeemed.told());
    }

    /** Enrolling is worth something, once. */
    @Test
    void anEnrolmentIsSettledOnce() {
        AccountId account = account("welcome");
        long now = System.currentTimeMillis();
        Award award = STAMPS.price(new Call.Enrol(Call.Place.UNKNOWN), now, now);
        Operation.Welcome welcome = new Operation.Welcome(
                award, STAMPS.lotDays(now, STAMPS.zone()).on(), null, (award.today() + 1) * DAY_MS);
        Operation enrol = new Operation.Enrol(
                Operation.Header.of(account, null).under(1), new Attributes("{\"a\":1}", null, null), null, welcome);
        SealedOperation enrolled = done(gateway.ask(enrol));
        assertEquals(50, enrolled.image().state().available());
        agrees(expected(enrol, Image.BLANK), enrolled);
        Operation again = new Operation.Enrol(
                Operation.Header.of(account, null).under(1), new Attributes("{\"a\":2}", null, null), null, welcome);
        SealedOperation changed = done(other.ask(again));
        assertEquals(50, changed.image().state().available());
        assertEquals(enrolled.image().member(), changed.image().member());
        assertNull(changed.told());
    }

    /** Somebody edits what Redis knows of a member: it is sealed never, and repaired. */
    @Test
    void anEditedMemberIsNotSealed() {
        AccountId account = account("edited-member");
        done(gateway.ask(earned(account, "a", STAMPS, buy("5.00"))));
        noted(account);
        parts.edit(account, "third 1 0 0", "third 2 0 0");
        SealedOperation second = done(gateway.ask(earned(account, "b", STAMPS, buy("5.00"))));
        assertEquals(5, second.points());
        assertEquals(
                2,
                MemberText.read(second.image().member()).stamps().get("third").count());
        parts.edit(account, "\"member\":{", "\"member\":{\"nonsense\":1,");
        SealedOperation third = done(other.ask(earned(account, "c", STAMPS, buy("5.00"))));
        assertEquals(15, third.points());
        parts.edit(account, "\"joined\":", "\"joined\":\"x\",\"joined\":");
        assertEquals(
                5, done(other.ask(earned(account, "d", STAMPS, buy("5.00")))).points());
    }

    /** What cannot be stored is declined, and nothing of it stays. */
    @Test
    void linesThatAreTooLongToBeKeptAreLeftOut() {
        AccountId account = account("too-long");
        SealedOperation before = done(gateway.ask(earned(account, "a", STAMPS, buy("5.00"))));
        List<Call.Item> items = new ArrayList<>();
        Random random = new Random(1);
        for (int i = 0; i < 500; i++) {
            items.add(new Call.Item(
                    "s" + i,
                    Set.of(),
                    new BigDecimal(random.nextInt(900_000) + 1).movePointLeft(3),
                    BigDecimal.valueOf(random.nextInt(1_000_000_000), 2),
                    Map.of()));
        }
        Operation large = earned(account, "b", STAMPS, new Call.Purchase(Call.Place.UNKNOWN, null, items));
        SealedOperation kept = done(gateway.ask(large));
        String parts = PartsText.write(expected(large, before.image()).parts());
        assertEquals(parts, kept.parts());
        assertTrue(parts.length() < 4096);
        assertEquals(List.of(), PartsText.read(parts).lines());
        done(other.ask(earned(account, "c", STAMPS, buy("5.00"))));
    }

    /** The sweep records that a level has ended, by the rules of the version that is in force. */
    @Test
    void aLapseRecordsWhatTimeDidToTheMember() {
        CompiledProgram program = TestPrograms.of("""
                {'measures':[{'id':'m','of':'amount'}],
                 'tiers':{'period':{'type':'calendar','months':12,'startsOn':'01-01'},
                  'validity':{'until':'periodEnd','graceDays':0},'downgrade':'requalified','onReversal':'keep',
                  'levels':[{'id':'low'},{'id':'high','multiplier':'2',
                   'qualify':{'any':[{'measure':'m','atLeast':'10.00'}]}}]}}""");
        AccountId account = account("lapsing");
        SealedOperation sealed = done(gateway.ask(earned(account, "a", program, buy("20.00"))));
        List<Title> titles = MemberText.read(sealed.image().member()).titles();
        assertEquals(1, titles.size());
        assertEquals(1, Told.read(sealed.told()).reached());
        long end = (titles.get(0).until() + 1) * DAY_MS;
        assertEquals(end, sealed.image().dueAt(ZoneOffset.UTC));
        assertEquals(
                end / 1000,
                ledger.count("SELECT extract(epoch FROM due_at) FROM account WHERE account = '" + account.id() + "'"));
        LapseRules rules = new LapseRules(program.levels(), program.backdateDays());
        Operation lapse = new Operation.Lapse(Operation.Header.of(account, null), rules);
        assertTrue(gateway.ask(lapse) instanceof Answer.Unchanged);
    }

    /** A version without levels leaves titles alone, also those that are over: then no sweep comes for them again. */
    @Test
    void aTitleThatIsOverIsNotDueWhileThereAreNoLevels() throws Exception {
        AccountId account = account("no-levels");
        done(gateway.ask(earn(account, "e", 7)));
        long today = LocalDate.now(ZoneOffset.UTC).toEpochDay();
        Title over = new Title("high", today - 1, null);
        Title alive = new Title("high", today + 1, today - 5);
        MemberState none = MemberState.BLANK;
        know(
                account,
                new MemberState(
                        today - 9,
                        none.attributes(),
                        List.of(over, alive),
                        null,
                        none.sums(),
                        none.counters(),
                        none.stamps(),
                        none.streaks(),
                        none.gifts()));
        String due =
                "SELECT coalesce(extract(epoch FROM due_at), 0) FROM account WHERE account = '" + account.id() + "'";
        SealedOperation redeemed = done(gateway.ask(redeem(account, "r", 1)));
        assertEquals(today * DAY_MS / 1000, ledger.count(due));
        SealedOperation lapsed =
                done(other.ask(new Operation.Lapse(Operation.Header.of(account, null), LapseRules.NONE)));
        assertEquals(redeemed.image().member(), lapsed.image().member());
        assertEquals((today + 2) * DAY_MS / 1000, ledger.count(due));
    }

    /** What an enrolment gave goes back like an earn, with all that it counted for. */
    @Test
    void whatAnEnrolmentGaveIsReversed() {
        AccountId account = account("unwelcome");
        long now = System.currentTimeMillis();
        Award award = STAMPS.price(new Call.Enrol(Call.Place.UNKNOWN), now, now);
        Operation.Welcome welcome = new Operation.Welcome(
                award, STAMPS.lotDays(now, STAMPS.zone()).on(), null, (award.today() + 1) * DAY_MS);
        SealedOperation enrolled = done(gateway.ask(
                new Operation.Enrol(Operation.Header.of(account, null).under(1), null, null, welcome)));
        assertEquals(50, enrolled.points());
        done(gateway.ask(redeem(account, "r", 10)));
        forget(account);
        LapseRules rules = new LapseRules(STAMPS.levels(), STAMPS.backdateDays());
        assertEquals(
                -20, done(other.ask(reverse(account, "v1", enrolled.id(), 20L))).points());
        Operation rest = new Operation.Reverse(
                new Operation.Header(account, "v2", "v2", null, null, null),
                enrolled.id(),
                Reversal.Asked.ALL,
                rules,
                Grace.NONE,
                true);
        SealedOperation last = done(gateway.ask(rest));
        assertEquals(0, last.image().state().available());
        assertEquals(10, last.image().state().debt());
        assertEquals(
                MemberState.joined(award.day()), MemberText.read(last.image().member()));
        assertEquals("already_reversed", declined(gateway.ask(reverse(account, "v3", enrolled.id(), 1L))));
        AccountId plain = account("plainly-enrolled");
        SealedOperation nothing =
                done(gateway.ask(new Operation.Enrol(Operation.Header.of(plain, null), null, null, null)));
        assertEquals("reverse_exceeds_original", declined(other.ask(reverse(plain, "v", nothing.id(), null))));
    }

    /** Periods without end would need all memory. */
    @Test
    void anEditedStreakCostsNothing() {
        AccountId account = account("edited-streak");
        done(gateway.ask(earned(account, "a", STAMPS, buy("5.00"))));
        noted(account);
        parts.edit(account, "\"member\":{", "\"member\":{\"streaks\":\"s 0 0 -1;;1-9000000000000000\",");
        assertEquals(
                5, done(gateway.ask(earned(account, "b", STAMPS, buy("5.00")))).points());
        CompiledProgram days = TestPrograms.of("""
                {'promotions':[{'id':'s','progress':{'type':'streak','unit':'day','target':3,'repeat':true},
                  'give':{'points':10}}]}""");
        noted(account);
        parts.edit(account, "\"member\":{", "\"member\":{\"streaks\":\"s 0 0 -1;;1-9000000000000000\",");
        assertEquals(5, done(other.ask(earned(account, "c", days, buy("5.00")))).points());
    }

    @Test
    void declinesKeepTheMember() {
        AccountId account = account("declined");
        String member = done(gateway.ask(earned(account, "a", STAMPS, buy("5.00"))))
                .image()
                .member();
        assertEquals("insufficient_points", declined(gateway.ask(redeem(account, "r", 5000))));
        assertEquals(member, peek(account).image().member());
        MemberState state = MemberText.read(member);
        assertEquals(1, state.stamps().size());
    }
}
