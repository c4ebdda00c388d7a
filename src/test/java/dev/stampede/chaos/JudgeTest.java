package dev.stampede.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.stampede.account.AccountId;
import dev.stampede.account.Entry;
import dev.stampede.account.Image;
import dev.stampede.account.Operation;
import dev.stampede.account.OperationType;
import dev.stampede.account.Proposal;
import dev.stampede.chaos.Call.Balance;
import dev.stampede.chaos.Call.Kind;
import dev.stampede.chaos.Call.Outcome;
import dev.stampede.chaos.Call.Told;
import dev.stampede.chaos.Chain.Link;
import dev.stampede.chaos.Listener.Event;
import dev.stampede.chaos.Listener.Heard;
import dev.stampede.chaos.Violation.Rule;
import dev.stampede.model.AccountModel;
import dev.stampede.points.Lot;
import dev.stampede.support.Ask;
import java.time.Instant;
import java.time.LocalDate;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** A true history has no violation; each way in which it can be false has its own. All made by hand. */
class JudgeTest {
    private static final AccountId ACCOUNT = AccountId.of("demo", "m-1");
    private static final long NOW = Instant.parse("2026-11-21T12:00:00Z").toEpochMilli();
    private static final long ON = YearMonth.from(LocalDate.ofInstant(Instant.ofEpochMilli(NOW), ZoneOffset.UTC)
                    .plusMonths(12))
            .atEndOfMonth()
            .toEpochDay();

    private final AccountModel model = new AccountModel();
    private final List<Link> links = new ArrayList<>();
    private final List<Call> calls = new ArrayList<>();
    private final List<Heard> streams = new ArrayList<>();
    private long tick;

    // The history ---------------------------------------------------------------------------------------

    private Ask of(OperationType type, String key) {
        return Ask.of(type, ACCOUNT).key(key, key);
    }

    /** Puts it into the ledger, as the rules say. */
    @CanIgnoreReturnValue
    private Link happens(Operation operation) {
        Proposal proposal = model.replay(operation, new UUID(7, links.size() + 1), NOW + links.size());
        Link link = Link.of(proposal);
        links.add(link);
        return link;
    }

    private static Balance balance(Link link) {
        return Balance.of(Image.parseKnown(link.image()).state(), link.createdAtMs());
    }

    private static Told as(Link link, boolean replayed) {
        return new Told(
                link.ok() ? Outcome.OK : Outcome.DECLINED,
                link.ok() ? null : link.outcome(),
                replayed,
                link.id(),
                link.version(),
                link.points(),
                balance(link),
                null);
    }

    /** The same, with all that was answered. */
    private static Told inFull(Link link, boolean replayed, String body) {
        Told told = as(link, replayed);
        return new Told(
                told.outcome(),
                told.code(),
                told.replayed(),
                told.operation(),
                told.version(),
                told.moved(),
                told.balance(),
                body);
    }

    private static String body(Link earn, long points) {
        return String.format(
                "{\"type\":\"earn\",\"entries\":[{\"type\":\"earn\",\"points\":%d,\"held\":0,\"pending\":0,\"debt\":0,"
                        + "\"lots\":[{\"points\":%d,\"on\":\"%s\"}]}],\"hold\":null,\"reverses\":null,"
                        + "\"createdAt\":\"%s\"}",
                points, points, LocalDate.ofEpochDay(ON), Instant.ofEpochMilli(earn.createdAtMs()));
    }

    @CanIgnoreReturnValue
    private Call call(Kind kind, String key, Long points, UUID subject, String voids, Told told) {
        Call call = new Call(
                1,
                1,
                kind,
                ACCOUNT,
                key,
                points,
                kind == Kind.HOLD ? 120L : null,
                subject,
                voids,
                null,
                false,
                tick += 10,
                tick += 10,
                told);
        calls.add(call);
        return call;
    }

    @CanIgnoreReturnValue
    private Link earn(String key, long points) {
        Link link = happens(of(OperationType.EARN, key)
                .points(points)
                .lot(ON, null)
                .autoEnrol(true)
                .build());
        call(Kind.EARN, key, points, null, null, as(link, false));
        return link;
    }

    private Operation redeemed(String key, long points) {
        return of(OperationType.REDEEM, key).points(points).build();
    }

    @CanIgnoreReturnValue
    private Link redeem(String key, long points) {
        Link link = happens(redeemed(key, points));
        call(Kind.REDEEM, key, points, null, null, as(link, false));
        return link;
    }

    @CanIgnoreReturnValue
    private Link hold(String key, long points) {
        Link link = happens(
                of(OperationType.HOLD, key).points(points).ttlSeconds(120).build());
        call(Kind.HOLD, key, points, null, null, as(link, false));
        return link;
    }

    @CanIgnoreReturnValue
    private Link capture(String key, UUID hold) {
        Link link = happens(of(OperationType.CAPTURE, key).hold(hold).build());
        call(Kind.CAPTURE, key, null, hold, null, as(link, false));
        return link;
    }

    @CanIgnoreReturnValue
    private Link voidHold(String key, UUID hold) {
        Link link = happens(of(OperationType.VOID, key).hold(hold).build());
        call(Kind.VOID_HOLD, key, null, hold, null, as(link, false));
        return link;
    }

    @CanIgnoreReturnValue
    private Link reverse(String key, UUID target, Long points) {
        Link link = happens(of(OperationType.REVERSE, key)
                .target(target)
                .points(points)
                .debt(true)
                .build());
        call(Kind.REVERSE, key, points, target, null, as(link, false));
        return link;
    }

    @CanIgnoreReturnValue
    private Link voidKey(String key, String voids) {
        Link link = happens(of(OperationType.VOID, key).voids(voids).debt(true).build());
        call(Kind.VOID_KEY, key, null, null, voids, as(link, false));
        return link;
    }

    private void read(Link link) {
        call(
                Kind.BALANCE,
                null,
                null,
                null,
                null,
                new Told(Outcome.OK, null, false, null, link.version(), 0, balance(link), null));
    }

    private void readByKey(String key, Link link) {
        call(Kind.BY_KEY, key, null, null, null, link == null ? Told.done(false, null, 0, 0, null) : as(link, false));
    }

    // The verdict ----------------------------------------------------------------------------------------

    private Chain.Tip tip() {
        if (links.isEmpty()) {
            return Chain.Tip.BLANK;
        }
        Link last = links.get(links.size() - 1);
        var state = Image.parseKnown(last.image()).state();
        return new Chain.Tip(
                last.version(),
                last.id(),
                Image.digest(last.image()),
                state.available(),
                state.held(),
                state.pending(),
                state.debt());
    }

    private Set<Rule> broken(List<Judge.Window> excused) {
        return Judge.judge(new Chain(ACCOUNT, tip(), List.copyOf(links)), calls, streams, excused, new Club(), NOW)
                .violations()
                .stream()
                .map(Violation::rule)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private void finds(Rule... rules) {
        assertEquals(new TreeSet<>(Set.of(rules)), broken(List.of()));
    }

    @CanIgnoreReturnValue
    private Link forge(int version, UnaryOperator<Link> change) {
        Link forged = change.apply(links.get(version - 1));
        links.set(version - 1, forged);
        return forged;
    }

    private static Link with(
            Link l,
            String outcome,
            String key,
            long points,
            Long reversedBefore,
            Long reversed,
            String image,
            List<Entry> entries) {
        return new Link(
                l.version(),
                l.id(),
                l.type(),
                outcome,
                key,
                points,
                l.reversible(),
                l.target(),
                reversedBefore,
                reversed,
                l.voids(),
                l.createdAtMs(),
                l.hold(),
                image,
                entries,
                l.besides());
    }

    private static Link withImage(Link l, String text, String replacement) {
        if (!l.image().contains(text)) {
            throw new AssertionError("no " + text + " in " + l.image());
        }
        return with(
                l,
                l.outcome(),
                l.key(),
                l.points(),
                l.reversedBefore(),
                l.reversed(),
                l.image().replace(text, replacement),
                l.entries());
    }

    // The tests ------------------------------------------------------------------------------------------

    @Test
    void aTrueHistory() {
        call(
                Kind.ENROL,
                null,
                null,
                null,
                null,
                Told.done(
                        false,
                        null,
                        happens(Ask.of(OperationType.ENROL, ACCOUNT).build()).version(),
                        0,
                        null));
        Link earn = earn("e", 100);
        Link redeem = redeem("r", 30);
        call(Kind.REDEEM, "r", 30L, null, null, as(redeem, true));
        redeem("poor", 500);
        Link hold = hold("h", 20);
        capture("c", hold.id());
        voidHold("v", hold.id());
        reverse("b", redeem.id(), 10L);
        reverse("b2", redeem.id(), null);
        reverse("b3", redeem.id(), null);
        voidKey("vk", "e");
        call(Kind.EARN, "e", 100L, null, null, Told.refused("voided"));
        happens(of(OperationType.TOMBSTONE, "never").build());
        voidKey("vn", "never");
        call(Kind.REDEEM, "never", 5L, null, null, Told.refused("voided"));
        call(Kind.REDEEM, "lost", 5L, null, null, Told.unknown("cut"));
        readByKey("lost", null);
        readByKey("r", redeem);
        call(Kind.REDEEM, "away", 5L, null, null, Told.refused("unavailable"));
        read(links.get(links.size() - 1));
        assertEquals("earn", earn.type());
        finds();
    }

    @Test
    void anAnswerThatIsNotThere() {
        earn("e", 100);
        Link lost = Link.of(new AccountModelAt(links).next(redeemed("r", 30)));
        call(Kind.REDEEM, "r", 30L, null, null, as(lost, false));
        finds(Rule.ANSWERED_IS_THERE);
    }

    @Test
    void anAnswerThatSaysAnother() {
        Link earn = earn("e", 100);
        call(Kind.EARN, "e", 100L, null, null, Told.done(true, earn.id(), 1, 90, balance(earn)));
        finds(Rule.ANSWERED_IS_THERE);
    }

    @Test
    void aBalanceThatIsNotTheOneAfterIt() {
        Link earn = earn("e", 100);
        call(
                Kind.EARN,
                "e",
                100L,
                null,
                null,
                Told.done(true, earn.id(), 1, 100, new Balance(101, 0, 0, 0, 100, List.of(), NOW)));
        finds(Rule.ANSWERED_IS_THERE);
    }

    @Test
    void aDeclineThatMovedPoints() {
        earn("e", 100);
        Link redeem = happens(redeemed("r", 30));
        call(
                Kind.REDEEM,
                "r",
                30L,
                null,
                null,
                new Told(Outcome.DECLINED, "insufficient_points", false, redeem.id(), redeem.version(), 0, null, null));
        finds(Rule.DECLINED_IS_SEALED);
    }

    @Test
    void aDeclineThatIsNotThere() {
        earn("e", 100);
        call(
                Kind.REDEEM,
                "r",
                300L,
                null,
                null,
                new Told(Outcome.DECLINED, "insufficient_points", false, new UUID(7, 99), 2, 0, null, null));
        finds(Rule.DECLINED_IS_SEALED);
    }

    @Test
    void aDeclineThatWasNotTrue() {
        earn("e", 100);
        Link redeem = redeem("r", 300);
        calls.remove(calls.size() - 1);
        // there were points enough
        call(Kind.REDEEM, "r", 30L, null, null, as(redeem, false));
        finds(Rule.TRUE_DECLINE);
    }

    @Test
    void anOverspend() {
        earn("e", 100);
        Link redeem = happens(redeemed("r", 100));
        // what was asked was more than there was
        call(Kind.REDEEM, "r", 130L, null, null, as(redeem, false));
        finds(Rule.NO_OVERSPEND);
    }

    @Test
    void pointsBesideADebt() {
        Link earn = earn("e", 100);
        Link redeem = redeem("r", 100);
        reverse("v", earn.id(), null);
        Link back = reverse("w", redeem.id(), null);
        finds();
        forge(
                4,
                l -> with(
                        l,
                        "ok",
                        "w",
                        l.points(),
                        0L,
                        100L,
                        l.image(),
                        List.of(new Entry("reverse", 100, 0, 0, 0, 100, 0, 0, 100, List.of(new Lot(ON, 100))))));
        assertEquals(0, back.points());
        finds(Rule.DEBT_FIRST, Rule.ENTRIES);
    }

    @Test
    void aBucketBelowZero() {
        earn("e", 100);
        redeem("r", 30);
        forge(
                2,
                l -> with(
                        l,
                        "ok",
                        "r",
                        -130,
                        null,
                        null,
                        l.image(),
                        List.of(new Entry("redeem", -130, 0, 0, 0, -30, 0, 0, 0, List.of()))));
        finds(Rule.NO_OVERSPEND, Rule.ENTRIES, Rule.ANSWERED_IS_THERE);
    }

    @Test
    void aGap() {
        earn("e", 100);
        redeem("r", 30);
        redeem("s", 30);
        links.remove(1);
        finds(Rule.CHAIN, Rule.ENTRIES, Rule.ANSWERED_IS_THERE);
    }

    @Test
    void aLotThatExpiresOnAnotherDay() {
        earn("e", 100);
        redeem("r", 30);
        forge(2, l -> withImage(l, "[[" + ON + ",70]]", "[[" + (ON + 1) + ",70]]"));
        finds(Rule.FOLLOWS, Rule.ANSWERED_IS_THERE);
    }

    @Test
    void aKeyThatTookEffectTwice() {
        earn("e", 100);
        redeem("r", 30);
        redeem("r", 30);
        finds(Rule.KEY_ONCE);
    }

    @Test
    void twoCallsThatWereBothTheFirst() {
        Link earn = earn("e", 100);
        call(Kind.EARN, "e", 100L, null, null, as(earn, false));
        finds(Rule.KEY_ONCE);
    }

    @Test
    void anotherBodyThatWasTaken() {
        Link earn = earn("e", 100);
        Call call = call(Kind.EARN, "e", 70L, null, null, as(earn, true));
        calls.remove(call);
        calls.add(new Call(
                1,
                1,
                Kind.EARN,
                ACCOUNT,
                "e",
                70L,
                null,
                null,
                null,
                null,
                true,
                call.sentAt(),
                call.answeredAt(),
                call.told()));
        finds(Rule.KEY_ONCE);
    }

    @Test
    void moreUndoneThanThereWas() {
        earn("e", 100);
        Link redeem = redeem("r", 30);
        reverse("b", redeem.id(), 20L);
        forge(3, l -> with(l, "ok", "b", l.points(), 20L, 20L, l.image(), l.entries()));
        finds(Rule.UNDONE_ONCE);
    }

    @Test
    void aHoldThatWasCapturedAndVoided() {
        earn("e", 100);
        Link hold = hold("h", 20);
        capture("c", hold.id());
        Link voided = voidHold("v", hold.id());
        calls.remove(calls.size() - 1);
        // the decline forged into a success
        links.set(
                3,
                new Link(
                        4,
                        voided.id(),
                        "void",
                        "ok",
                        "v",
                        0,
                        0,
                        hold.id(),
                        20L,
                        20L,
                        null,
                        voided.createdAtMs(),
                        null,
                        voided.image(),
                        List.of(),
                        voided.besides()));
        call(Kind.VOID_HOLD, "v", null, hold.id(), null, as(links.get(3), false));
        finds(Rule.HOLD_ENDS_ONCE, Rule.UNDONE_ONCE);
    }

    @Test
    void whatNobodyAskedFor() {
        earn("e", 100);
        happens(redeemed("thief", 30));
        finds(Rule.ASKED);
    }

    @Test
    void whatWasRefusedAndDone() {
        earn("e", 100);
        happens(redeemed("r", 30));
        call(Kind.REDEEM, "r", 30L, null, null, Told.refused("unavailable"));
        finds(Rule.REFUSED_IS_NOT_DONE);
    }

    @Test
    void whatIsUnknownMayBeThereOrNot() {
        earn("e", 100);
        happens(redeemed("r", 30));
        call(Kind.REDEEM, "r", 30L, null, null, Told.unknown("timeout"));
        call(Kind.REDEEM, "s", 30L, null, null, Told.unknown("timeout"));
        finds();
    }

    @Test
    void refusalsThatAreNotTrue() {
        Link earn = earn("e", 100);
        call(Kind.EARN, "e", 100L, null, null, Told.refused("voided"));
        finds(Rule.TRUE_REFUSAL);
        calls.remove(1);
        call(Kind.EARN, "e", 100L, null, null, Told.refused("idempotency_key_reused"));
        finds(Rule.TRUE_REFUSAL);
        calls.remove(1);
        call(Kind.REDEEM, "r", 100L, null, null, Told.refused("account_not_found"));
        finds(Rule.TRUE_REFUSAL);
        calls.remove(1);
        call(Kind.REVERSE, "b", 100L, earn.id(), null, Told.refused("operation_not_found"));
        finds(Rule.TRUE_REFUSAL);
        calls.remove(1);
        call(Kind.REDEEM, "r", 1000L, null, null, Told.refused("insufficient_points"));
        finds(Rule.TRUE_REFUSAL);
    }

    @Test
    void aVoidedCallThatIsAnsweredAsDone() {
        Link earn = earn("e", 100);
        voidKey("v", "e");
        call(Kind.EARN, "e", 100L, null, null, as(earn, true));
        finds(Rule.VOIDED_STAYS_VOIDED);
    }

    @Test
    void anOrderThatTimeContradicts() {
        earn("e", 100);
        Link first = happens(redeemed("r", 30));
        Link second = happens(redeemed("s", 20));
        call(Kind.REDEEM, "s", 20L, null, null, as(second, false));
        call(Kind.REDEEM, "r", 30L, null, null, as(first, false));
        finds(Rule.REAL_TIME);
    }

    @Test
    void callsAtOnceMayComeInAnyOrder() {
        earn("e", 100);
        Link first = happens(redeemed("r", 30));
        Link second = happens(redeemed("s", 20));
        Call s = call(Kind.REDEEM, "s", 20L, null, null, as(second, false));
        Call r = call(Kind.REDEEM, "r", 30L, null, null, as(first, false));
        calls.remove(r);
        calls.add(new Call(
                2,
                1,
                Kind.REDEEM,
                ACCOUNT,
                "r",
                30L,
                null,
                null,
                null,
                null,
                false,
                s.sentAt() + 1,
                r.answeredAt(),
                r.told()));
        finds();
    }

    @Test
    void aRetryThatIsOlderThanItsAnswer() {
        earn("e", 100);
        Link first = happens(redeemed("r", 30));
        Link second = happens(redeemed("s", 20));
        // first sent before s was answered, but without an answer
        call(Kind.REDEEM, "r", 30L, null, null, Told.unknown("cut"));
        call(Kind.REDEEM, "s", 20L, null, null, as(second, false));
        call(Kind.REDEEM, "r", 30L, null, null, as(first, true));
        finds();
    }

    @Test
    void aBalanceThatNeverWas() {
        Link earn = earn("e", 100);
        Balance right = balance(earn);
        read(1, new Balance(900, 0, 0, 0, right.lifetime(), right.lots(), NOW));
        finds(Rule.TRUE_BALANCE);
        assertEquals(Set.of(), broken(List.of(window(tick - 5, tick - 2, true))), "while Redis lies");
        assertEquals(Set.of(Rule.TRUE_BALANCE), broken(List.of(window(tick - 5, tick - 2, false))), "of others");
        assertEquals(Set.of(Rule.TRUE_BALANCE), broken(List.of(window(tick + 1, tick + 9, true))));
        calls.remove(1);
        read(2, right);
        finds(Rule.TRUE_BALANCE);
    }

    /** While images have two forms. */
    private static Judge.Window forms(long from, long to) {
        return new Judge.Window(from, to, account -> true, true);
    }

    private static Balance left(long points, long ms) {
        return new Balance(points, 0, 0, 0, 100, List.of(new Lot(ON, points)), NOW + ms);
    }

    @Test
    void aBalanceOfWhatIsUnderWay() {
        earn("e", 100);
        redeem("r", 30);
        call(Kind.REDEEM, "x", 10L, null, null, Told.unknown("timeout"));
        call(Kind.REDEEM, "y", 5L, null, null, Told.refused("overloaded"));
        Judge.Window two = forms(0, 1000);
        read(2, left(90, 3));
        assertEquals(Set.of(), broken(List.of(two)), "in the place of another one");
        assertEquals(Set.of(Rule.TRUE_BALANCE), broken(List.of()), "where images have one form");
        assertEquals(Set.of(Rule.TRUE_BALANCE), broken(List.of(forms(0, 60), forms(500, 1000))));
        for (long never : List.of(80L, 95L, 85L, 65L, 55L)) {
            calls.remove(4);
            read(2, left(never, 3));
            assertEquals(Set.of(Rule.TRUE_BALANCE), broken(List.of(two)), never + " points");
        }
        calls.remove(4);
        read(1, left(90, 3));
        assertEquals(Set.of(Rule.TRUE_BALANCE), broken(List.of(two)), "of a state before");
        calls.remove(4);
        read(2, new Balance(90, 0, 0, 0, 100, List.of(new Lot(ON + 1, 90)), NOW + 3));
        assertEquals(Set.of(Rule.TRUE_BALANCE), broken(List.of(two)), "of another lot");
        calls.remove(4);
        tick += TimeUnit.SECONDS.toNanos(6);
        read(2, left(90, 6000));
        assertEquals(Set.of(Rule.TRUE_BALANCE), broken(List.of(forms(0, tick))), "long after");
    }

    @Test
    void aBalanceOfSomeThatAreUnderWay() {
        earn("e", 100);
        redeem("r", 30);
        redeem("s", 20);
        call(Kind.REDEEM, "x", 10L, null, null, Told.unknown("timeout"));
        call(Kind.REDEEM, "y", 500L, null, null, Told.unknown("timeout"));
        read(3, left(60, 3));
        assertEquals(Set.of(), broken(List.of(forms(0, 1000))), "one of version 2");
        calls.remove(5);
        read(3, left(90, 3));
        assertEquals(Set.of(), broken(List.of(forms(0, 1000))), "one of version 1, and one that is declined");
        calls.remove(5);
        read(3, left(80, 3));
        assertEquals(Set.of(Rule.TRUE_BALANCE), broken(List.of(forms(0, 1000))), "none twice");
    }

    @Test
    void aBalanceOfTheMomentBefore() {
        Balance before = balance(earn("e", 100));
        redeem("r", 30);
        read(1, before);
        assertEquals(Set.of(), broken(List.of(forms(0, 1000))));
        assertEquals(Set.of(Rule.FRESH_READ), broken(List.of()), "where images have one form");
        calls.remove(2);
        tick += TimeUnit.SECONDS.toNanos(1);
        read(1, left(100, 1000));
        assertEquals(Set.of(Rule.FRESH_READ), broken(List.of(forms(0, tick))), "of a time that is too long ago");
    }

    private static Judge.Window window(long from, long to, boolean here) {
        return new Judge.Window(from, to, account -> here);
    }

    private void read(long version, Balance balance) {
        call(Kind.BALANCE, null, null, null, null, new Told(Outcome.OK, null, false, null, version, 0, balance, null));
    }

    @Test
    void aBalanceThatIsWrongInWhatIsSeldomLookedAt() {
        Balance right = balance(earn("e", 100));
        read(1, new Balance(100, 0, 0, 0, 101, right.lots(), right.asOfMs()));
        finds(Rule.TRUE_BALANCE);
        calls.remove(1);
        read(1, new Balance(100, 0, 0, 0, 100, List.of(new Lot(ON + 1, 100)), right.asOfMs()));
        finds(Rule.TRUE_BALANCE);
        calls.remove(1);
        read(1, right);
        finds();
    }

    @Test
    void aBalanceOfAnotherTime() {
        Balance right = balance(earn("e", 100));
        read(1, new Balance(100, 0, 0, 0, 100, right.lots(), NOW - 180_000));
        finds(Rule.TRUE_TIME);
        calls.remove(1);
        read(1, new Balance(100, 0, 0, 0, 100, right.lots(), NOW + 2000));
        finds(Rule.TRUE_TIME);
    }

    @Test
    void anOperationThatWasDecidedAtAnotherTime() {
        Proposal earlier = model.replay(
                of(OperationType.EARN, "e")
                        .points(100L)
                        .lot(ON, null)
                        .autoEnrol(true)
                        .build(),
                new UUID(7, 1),
                NOW - 60_000);
        links.add(Link.of(earlier));
        call(Kind.EARN, "e", 100L, null, null, as(links.get(0), false));
        finds(Rule.TRUE_TIME);
    }

    @Test
    void aReplayThatSaysSomethingElse() {
        Link earn = happens(of(OperationType.EARN, "e")
                .points(100L)
                .lot(ON, null)
                .autoEnrol(true)
                .build());
        call(Kind.EARN, "e", 100L, null, null, inFull(earn, false, body(earn, 100)));
        call(Kind.EARN, "e", 100L, null, null, inFull(earn, true, body(earn, 100)));
        finds();
        call(Kind.EARN, "e", 100L, null, null, inFull(earn, true, body(earn, 101)));
        finds(Rule.KEY_ONCE, Rule.ANSWERED_IS_THERE);
    }

    @Test
    void whatWasRefusedAndDoneAndThenRepeated() {
        earn("e", 100);
        Link redeem = happens(redeemed("r", 30));
        call(Kind.REDEEM, "r", 30L, null, null, Told.refused("unavailable"));
        redeem("s", 20);
        call(Kind.REDEEM, "r", 30L, null, null, as(redeem, true));
        finds(Rule.REAL_TIME);
    }

    @Test
    void whatIsVoidedBeforeItsVoidCame() {
        earn("e", 100);
        Link redeem = redeem("r", 30);
        call(Kind.REDEEM, "r", 30L, null, null, Told.refused("voided"));
        Link undone = happens(of(OperationType.VOID, "v").voids("r").debt(true).build());
        call(Kind.VOID_KEY, "v", null, null, "r", as(undone, false));
        finds(Rule.TRUE_REFUSAL);
        assertEquals(redeem.id(), undone.target());
    }

    @Test
    void aBalanceThatIsOld() {
        Link earn = earn("e", 100);
        redeem("r", 30);
        read(earn);
        finds(Rule.FRESH_READ);
    }

    @Test
    void aReadByKeyThatDoesNotTellTheTruth() {
        earn("e", 100);
        Link redeem = redeem("r", 30);
        redeem("s", 30);
        readByKey("r", null);
        finds(Rule.FRESH_READ);
        calls.remove(calls.size() - 1);
        readByKey("e", redeem);
        finds(Rule.ANSWERED_IS_THERE);
    }

    @Test
    void aBug() {
        earn("e", 100);
        call(Kind.REDEEM, "r", 30L, null, null, Told.unknown("internal"));
        finds(Rule.NO_BUG);
        calls.remove(1);
        call(Kind.REDEEM, "r", 30L, null, null, Told.unknown("unreadable 200"));
        finds(Rule.NO_BUG);
    }

    // Event streams ---------------------------------------------------------------------------------------

    private static final long LATER = TimeUnit.SECONDS.toNanos(60);

    private static Event event(int connection, Link link) {
        return event(connection, link, link.version(), balance(link));
    }

    private static Event event(int connection, Link named, long version, Balance balance) {
        String head = named.id().toString();
        return new Event(connection, 0, version + "-" + head.substring(24), version, balance, 500);
    }

    private void hears(long endedAt, Event... events) {
        hears(endedAt, null, events);
    }

    private void hears(long endedAt, String refused, Event... events) {
        streams.clear();
        streams.add(new Heard(1, ACCOUNT, List.of(events), refused, List.of(), endedAt));
    }

    @Test
    void aTrueStream() {
        Link first = earn("e", 100);
        redeem("poor", 500);
        Link second = redeem("r", 30);
        Link third = redeem("s", 20);
        hears(LATER, event(1, first), event(1, third));
        finds();
        // another gateway's stream may begin with less
        hears(LATER, event(1, second), event(2, first), event(2, third));
        finds();
    }

    @Test
    void anEventThatTellsWhatNeverWas() {
        Link first = earn("e", 100);
        Link second = redeem("r", 30);
        List<Event> wrong = List.of(
                event(1, second, 2, balance(first)),
                event(1, first, 2, balance(second)),
                event(1, second, 3, balance(second)));
        for (Event event : wrong) {
            hears(1000, event(1, first), event);
            finds(Rule.TRUE_EVENT);
            assertEquals(Set.of(), broken(List.of(window(400, 600, true))), "while Redis lies");
            assertEquals(Set.of(Rule.TRUE_EVENT), broken(List.of(window(400, 600, false))), "of others");
            assertEquals(Set.of(Rule.TRUE_EVENT), broken(List.of(window(501, 600, true))), "later");
            assertEquals(Set.of(Rule.TRUE_EVENT), broken(List.of(forms(0, 1000))), "what is sealed has one form");
        }
    }

    @Test
    void anEventOfAnotherAccount() {
        Link first = earn("e", 100);
        hears(1000, event(1, first, 1, left(70, 0)));
        finds(Rule.TRUE_EVENT); // under the right name
        hears(1000, event(1, first));
        streams.set(0, new Heard(1, ACCOUNT, List.of(event(1, first)), null, List.of("another's: {}"), 1000));
        finds(Rule.TRUE_EVENT);
        assertEquals(Set.of(Rule.TRUE_EVENT), broken(List.of(window(0, LATER, true))), "whatever Redis says");
    }

    @Test
    void anEventThatGoesBack() {
        Link first = earn("e", 100);
        Link second = redeem("r", 30);
        Link third = redeem("s", 20);
        hears(LATER, event(1, second), event(1, first), event(1, third));
        finds(Rule.EVENTS_GO_ON);
        assertEquals(Set.of(Rule.EVENTS_GO_ON), broken(List.of(window(0, LATER, true))), "whatever Redis says");
        // what never was is taken back
        hears(LATER, event(1, second), event(1, third, 7, balance(first)), event(1, second), event(1, third));
        assertEquals(Set.of(), broken(List.of(window(400, 600, true))));
    }

    @Test
    void aStreamThatMissesTheEnd() {
        Link first = earn("e", 100);
        Link second = redeem("r", 30);
        hears(LATER, event(1, first));
        finds(Rule.STREAM_CATCHES_UP);
        hears(LATER, "overloaded", event(1, first));
        finds(Rule.STREAM_CATCHES_UP);
        hears(LATER, Client.OF_A_NEWER_RELEASE, event(1, first));
        finds(Rule.STREAM_CATCHES_UP); // of an account that it has not written
        assertEquals(Set.of(Rule.STREAM_CATCHES_UP), broken(List.of(forms(0, LATER), window(0, LATER, true))));
        hears(LATER);
        finds(Rule.STREAM_CATCHES_UP);
        hears(LATER, event(1, second), event(1, second, 7, balance(first)));
        assertEquals(Set.of(Rule.STREAM_CATCHES_UP), broken(List.of(window(400, 600, true))), "the end of a lie");
        hears(TimeUnit.SECONDS.toNanos(1), event(1, first));
        finds(); // it may yet come
    }

    // The next release ------------------------------------------------------------------------------------

    /** As the next release stores it: with the number of gifts in its image. */
    private void counts(long stars) {
        forge(
                links.size(),
                l -> with(
                        l,
                        l.outcome(),
                        l.key(),
                        l.points(),
                        l.reversedBefore(),
                        l.reversed(),
                        l.image().substring(0, l.image().length() - 1) + ",\"stars\":" + stars + "}",
                        l.entries()));
    }

    private static Link gift(Link l, String outcome) {
        return new Link(
                l.version(),
                l.id(),
                "gift",
                outcome,
                l.key(),
                l.points(),
                l.reversible(),
                l.target(),
                l.reversedBefore(),
                l.reversed(),
                l.voids(),
                l.createdAtMs(),
                l.hold(),
                l.image(),
                l.entries().stream()
                        .map(e -> new Entry(
                                "gift",
                                e.available(),
                                e.held(),
                                e.pending(),
                                e.debt(),
                                e.availableAfter(),
                                e.heldAfter(),
                                e.pendingAfter(),
                                e.debtAfter(),
                                e.lots()))
                        .toList(),
                l.besides());
    }

    /** What was asked of it, and what became of that. */
    private void gift(String key, long stars) {
        Operation operation = of(OperationType.EARN, key)
                .points(5L)
                .lot(ON, null)
                .autoEnrol(true)
                .build();
        happens(operation);
        forge(links.size(), l -> gift(l, "ok"));
        counts(stars);
        Link link = links.get(links.size() - 1);
        call(Kind.GIFT, key, 5L, null, null, Told.done(false, link.id(), link.version(), 5, balance(link)));
    }

    private void noGift(String key, long stars) {
        Operation operation = of(OperationType.EARN, key).points(5L).build();
        links.add(Link.of(
                model.replayDeclined(operation, new UUID(7, links.size() + 1), NOW + links.size(), "too_many_stars")));
        forge(links.size(), l -> gift(l, l.outcome()));
        counts(stars);
        Link link = links.get(links.size() - 1);
        call(
                Kind.GIFT,
                key,
                5L,
                null,
                null,
                new Told(Outcome.DECLINED, "too_many_stars", false, link.id(), link.version(), 0, balance(link), null));
    }

    @Test
    void whatTheNextReleaseWrites() {
        earn("e", 100);
        gift("g", 1);
        gift("h", 2);
        noGift("i", 2);
        happens(redeemed("r", 30));
        counts(2);
        Link last = links.get(links.size() - 1);
        call(Kind.REDEEM, "r", 30L, null, null, Told.done(false, last.id(), last.version(), -30, balance(last)));
        call(Kind.REDEEM, "s", 30L, null, null, Told.refused(Client.OF_A_NEWER_RELEASE));
        hears(LATER, event(1, last, last.version(), balance(last)));
        finds();
        // this release could not tell of it
        hears(LATER, Client.OF_A_NEWER_RELEASE);
        finds();
        hears(LATER, "overloaded");
        finds(Rule.STREAM_CATCHES_UP);
    }

    @Test
    void whatTheNextReleaseWroteIsReadInTwoWays() {
        earn("e", 100);
        gift("g", 1);
        Link gift = links.get(1);
        for (String body : List.of("{}", "{\"campaign\":\"spring\"}")) {
            call(Kind.BY_KEY, "g", null, null, null, inFull(gift, false, body));
            finds(); // by the one release and by the other
        }
        call(Kind.BY_KEY, "g", null, null, null, inFull(gift, false, "{\"campaign\":\"autumn\"}"));
        finds(Rule.KEY_ONCE);
    }

    @Test
    void giftsThatAreNotCounted() {
        earn("e", 100);
        gift("g", 1);
        happens(redeemed("r", 30));
        call(Kind.REDEEM, "r", 30L, null, null, as(links.get(links.size() - 1), false));
        finds(Rule.FOLLOWS); // as an older release would write it
    }

    @Test
    void aThirdGift() {
        earn("e", 100);
        gift("g", 1);
        gift("h", 2);
        gift("i", 3);
        finds(Rule.FOLLOWS);
    }

    @Test
    void aGiftThatWasRefusedForNothing() {
        earn("e", 100);
        gift("g", 1);
        noGift("h", 1);
        finds(Rule.FOLLOWS);
    }

    @Test
    void aGiftOfOtherPoints() {
        earn("e", 100);
        gift("g", 1);
        calls.set(
                1,
                new Call(
                        1,
                        1,
                        Kind.GIFT,
                        ACCOUNT,
                        "g",
                        6L,
                        null,
                        null,
                        null,
                        null,
                        false,
                        30,
                        40,
                        calls.get(1).told()));
        finds(Rule.FOLLOWS);
    }

    @Test
    void anAccountThatIsSaidToBeOfANewerRelease() {
        earn("e", 100);
        call(Kind.REDEEM, "r", 30L, null, null, Told.refused(Client.OF_A_NEWER_RELEASE));
        finds(Rule.TRUE_REFUSAL);
        calls.remove(1);
        call(Kind.BALANCE, null, null, null, null, Told.refused(Client.OF_A_NEWER_RELEASE));
        finds(Rule.TRUE_REFUSAL);
        // a gift was asked for, and not given
        call(Kind.GIFT, "g", 5L, null, null, Told.refused("unavailable"));
        call(Kind.BALANCE, null, null, null, null, Told.refused(Client.OF_A_NEWER_RELEASE));
        finds(Rule.TRUE_REFUSAL);
    }

    /** The same account once more, one step on: for what was answered and never written. */
    private static final class AccountModelAt {
        private final AccountModel model = new AccountModel();
        private final int version;

        AccountModelAt(List<Link> links) {
            for (Link link : links) {
                if (!link.type().equals("earn")) {
                    throw new AssertionError("only earns can be played again here");
                }
                if (model.replay(
                                Ask.of(OperationType.EARN, ACCOUNT)
                                        .key(link.key(), link.key())
                                        .points(link.points())
                                        .lot(ON, null)
                                        .autoEnrol(true)
                                        .build(),
                                link.id(),
                                link.createdAtMs())
                        == null) {
                    throw new AssertionError();
                }
            }
            version = links.size();
        }

        Proposal next(Operation operation) {
            return model.replay(operation, new UUID(7, 1000 + version), NOW + version);
        }
    }
}
