package dev.stampede.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.account.AccountId;
import dev.stampede.account.Image;
import dev.stampede.account.Operation;
import dev.stampede.award.Shared;
import dev.stampede.chaos.Call.Balance;
import dev.stampede.chaos.Call.Kind;
import dev.stampede.chaos.Call.Outcome;
import dev.stampede.chaos.Call.Told;
import dev.stampede.chaos.Chain.Link;
import dev.stampede.chaos.Client.Ask;
import dev.stampede.chaos.Violation.Rule;
import dev.stampede.model.AccountModel;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A member of the club who does this and that: the judge prices all of it again, and finds what is wrong. */
class ClubTest {
    private static final AccountId ACCOUNT = AccountId.of(Club.ID, "m");
    private static final long NOW = Instant.parse("2026-11-21T12:00:00Z").toEpochMilli();
    private static final int CALLS = 400;

    private final Club club = Club.of(9, NOW);
    private final AccountModel model = new AccountModel();
    private final List<Link> links = new ArrayList<>();
    private final List<Call> calls = new ArrayList<>();

    @BeforeEach
    void play() {
        Random random = new Random(20261130);
        for (int i = 0; i < CALLS; i++) {
            happens(ask(i, random), NOW + i * 1500L);
        }
    }

    private Ask ask(int number, Random random) {
        String key = "k" + number;
        Link past = links.isEmpty() ? null : links.get(links.size() - 1 - random.nextInt(Math.min(12, links.size())));
        Kind kind = number == 0
                ? Kind.ENROL
                : List.of(
                                Kind.EARN,
                                Kind.EARN,
                                Kind.EARN,
                                Kind.REDEEM,
                                Kind.HOLD,
                                Kind.REVERSE,
                                Kind.VOID_KEY,
                                Kind.CAPTURE)
                        .get(random.nextInt(8));
        boolean ofHold = past != null && past.type().equals("hold") && past.ok();
        boolean canBeUndone = past != null
                && past.key() != null
                && Set.of("earn", "redeem", "capture").contains(past.type())
                && past.ok();
        if ((kind == Kind.CAPTURE && !ofHold) || ((kind == Kind.REVERSE || kind == Kind.VOID_KEY) && !canBeUndone)) {
            kind = Kind.EARN;
        }
        Ask ask = Ask.of(1, kind, ACCOUNT, kind == Kind.ENROL ? null : key);
        return switch (kind) {
            case EARN, REDEEM -> Club.said(ask.points(1L + random.nextInt(30)), random);
            case HOLD -> Club.said(ask.points(1L + random.nextInt(30)).ttlSeconds(1 + random.nextInt(60)), random);
            case CAPTURE -> ask.subject(past.id());
            case REVERSE -> {
                Ask all = ask.subject(past.id());
                yield random.nextBoolean() ? all : Club.said(all.points(1L + random.nextInt(9)), random);
            }
            case VOID_KEY -> ask.voids(past.key());
            default -> ask;
        };
    }

    /** Puts it into the ledger, as the rules say, and answers it. Now and then a total is short. */
    private void happens(Ask ask, long nowMs) {
        int dice = links.size() % 4;
        Function<Shared, Long> left = total -> dice > 1 ? null : Long.valueOf(dice == 0 ? 0 : 2);
        Call call = call(ask, nowMs, Told.unknown("timeout"));
        Operation operation = club.operation(call, ACCOUNT, ask.key(), club.inForceAt(nowMs), nowMs, left);
        Operation made = operation.of(chain().facts(operation, Long.MAX_VALUE));
        Link link = Link.of(model.replay(made, new UUID(7, links.size() + 1), nowMs));
        links.add(link);
        Balance balance = Balance.of(Image.parse(link.image()).state().at(nowMs, ZoneOffset.UTC), nowMs);
        calls.add(call(
                ask,
                nowMs,
                new Told(
                        link.ok() ? Outcome.OK : Outcome.DECLINED,
                        link.ok() ? null : link.outcome(),
                        false,
                        link.id(),
                        link.version(),
                        link.points(),
                        balance,
                        null)));
    }

    private static Call call(Ask ask, long nowMs, Told told) {
        long at = TimeUnit.MILLISECONDS.toNanos(nowMs - NOW);
        return new Call(
                1,
                1,
                ask.kind(),
                ACCOUNT,
                ask.key(),
                ask.points(),
                ask.ttlSeconds(),
                ask.subject(),
                ask.voids(),
                ask.said(),
                false,
                at,
                at + 1,
                told);
    }

    private Chain chain() {
        if (links.isEmpty()) {
            return new Chain(ACCOUNT, Chain.Tip.BLANK, List.of());
        }
        Link last = links.get(links.size() - 1);
        var state = Image.parse(last.image()).state();
        return new Chain(
                ACCOUNT,
                new Chain.Tip(
                        last.version(),
                        last.id(),
                        Image.digest(last.image()),
                        state.available(),
                        state.held(),
                        state.pending(),
                        state.debt()),
                List.copyOf(links));
    }

    private void finds(Rule... rules) {
        List<Violation> violations =
                Judge.judge(chain(), calls, List.of(), List.of(), club, NOW).violations();
        assertEquals(
                Set.of(rules),
                violations.stream().map(Violation::rule).collect(Collectors.toSet()),
                () -> violations.toString());
    }

    /** Forges the newest operation of that type that was done and of which more is told. */
    private void forge(String type, UnaryOperator<Link> change) {
        for (int i = links.size() - 1; i >= 0; i--) {
            Link link = links.get(i);
            if (link.type().equals(type) && link.ok() && link.besides().told() != null) {
                links.set(i, change.apply(link));
                return;
            }
        }
        throw new AssertionError("no " + type);
    }

    private static Link with(Link l, Link.Besides besides) {
        return new Link(
                l.version(),
                l.id(),
                l.type(),
                l.outcome(),
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
                l.entries(),
                besides);
    }

    @Test
    void aTrueHistory() {
        Set<String> happened =
                links.stream().map(l -> l.type() + " " + l.outcome()).collect(Collectors.toCollection(HashSet::new));
        assertTrue(
                happened.containsAll(Set.of(
                        "enrol ok",
                        "earn ok",
                        "redeem ok",
                        "hold ok",
                        "capture ok",
                        "reverse ok",
                        "void ok",
                        "reverse reverse_exceeds_original")),
                happened::toString);
        finds();
    }

    @Test
    void whatIsToldOfAnEarn() {
        forge(
                "earn",
                l -> with(
                        l,
                        new Link.Besides(
                                l.besides().programVersion(),
                                l.besides().parts(),
                                l.besides().told().replace("}", ",\"level\":2}"),
                                null,
                                l.besides().uses())));
        finds(Rule.FOLLOWS);
    }

    @Test
    void whatAReversalLeaves() {
        forge(
                "reverse",
                l -> with(
                        l,
                        new Link.Besides(
                                null,
                                l.besides().parts().replace("\"back\":[", "\"back\":[1"),
                                l.besides().told(),
                                null,
                                l.besides().uses())));
        finds(Rule.FOLLOWS);
    }

    @Test
    void whatARewardTook() {
        forge(
                "redeem",
                l -> with(
                        l,
                        new Link.Besides(
                                l.besides().programVersion(),
                                null,
                                l.besides().told().replaceFirst("[0-9]", "7"),
                                null,
                                l.besides().uses())));
        finds(Rule.FOLLOWS);
    }

    @Test
    void theVersionOfAnotherTime() {
        forge(
                "earn",
                l -> with(
                        l,
                        new Link.Besides(
                                1,
                                l.besides().parts(),
                                l.besides().told(),
                                null,
                                l.besides().uses())));
        finds(Rule.FOLLOWS, Rule.TRUE_VERSION);
    }

    @Test
    void noVersion() {
        forge(
                "earn",
                l -> with(
                        l,
                        new Link.Besides(
                                null,
                                l.besides().parts(),
                                l.besides().told(),
                                null,
                                l.besides().uses())));
        finds(Rule.FOLLOWS, Rule.TRUE_VERSION);
    }

    @Test
    void whatAnOperationUses() {
        for (int i = links.size() - 1; i >= 0; i--) {
            Link.Besides besides = links.get(i).besides();
            if (besides.uses() != null) {
                links.set(
                        i,
                        with(
                                links.get(i),
                                new Link.Besides(
                                        besides.programVersion(),
                                        besides.parts(),
                                        besides.told(),
                                        besides.detail(),
                                        "[[9,1]]")));
                finds(Rule.FOLLOWS);
                return;
            }
        }
        throw new AssertionError("nothing was used");
    }
}
