package dev.stampede.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.stampede.account.AccountId;
import dev.stampede.account.Image;
import dev.stampede.account.Operation;
import dev.stampede.account.OperationType;
import dev.stampede.account.Presence;
import dev.stampede.account.Proposal;
import dev.stampede.account.Receipt;
import dev.stampede.account.Reversal;
import dev.stampede.account.TargetFacts;
import dev.stampede.account.Unique;
import dev.stampede.award.Claim;
import dev.stampede.award.MemberState;
import dev.stampede.codec.Gone;
import dev.stampede.codec.LapseRules;
import dev.stampede.codec.MemberText;
import dev.stampede.model.AccountModel.Past;
import dev.stampede.points.Hold;
import dev.stampede.points.LocalDay;
import dev.stampede.points.Lot;
import dev.stampede.points.Maturing;
import dev.stampede.points.MemberPoints;
import dev.stampede.points.PointLimits;
import dev.stampede.points.Renewal;
import dev.stampede.points.Terms;
import dev.stampede.pricing.Money;
import dev.stampede.rules.Call;
import dev.stampede.rules.CompiledProgram;
import dev.stampede.rules.Returns;
import dev.stampede.rules.TestPrograms;
import dev.stampede.seal.LedgerLookup;
import dev.stampede.support.Ask;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.YearMonth;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Currency;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.LongFunction;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Plays one account at random against the Lua library, as three gateways would, and holds each reply against the model.
 * Postgres is a {@link PaperLedger}, behind Redis by some operations; Redis forgets the account now and then.
 */
final class Player {
    private static final Currency EUR = Currency.getInstance("EUR");
    private static final long DAY_MS = 86_400_000;
    private static final long START = Instant.parse("2026-01-15T09:00:00Z").toEpochMilli();
    private static final String[] TAGS = {"gateway-a", "gateway-b", "gateway-c"};
    private static final List<ZoneId> ZONES = Stream.of("Z", "Europe/Berlin", "America/Los_Angeles", "Pacific/Auckland")
            .map(ZoneId::of)
            .toList();
    private static final int MAX_BEHIND = 40;
    private static final int RECENT_KEYS = 900;
    private static final int MINUTE_MS = 60_000;
    private static final long FAR_MS = 2000 * DAY_MS;
    /** Not too early: nothing moves on a closed account. */
    private static final int ENDS_AFTER = 1800;

    private static final int CLOSES_ONE_IN = 2;

    private final Library library;
    private final Random random;
    private final AccountId account;
    private final String key;
    private final ZoneId zone;
    private final AccountModel model;
    private final PaperLedger ledger = new PaperLedger();
    private static final int MAX_HELP = 100;

    private final List<Unsealed> unsealed = new ArrayList<>();
    private final List<Later> later = new ArrayList<>();
    private final Map<String, Integer> happened = new TreeMap<>();
    private boolean loaded;
    private long now = START;
    private int keys;
    private int moves;
    private int operations;
    private String doing = "nothing";

    // what sort of account this is
    private Terms rules;
    /** Null where the program knows nothing of its members. */
    private CompiledProgram program;

    private final long purseful;
    private final int holdSeconds;
    private final int patience;
    private final int sealsOneIn;
    private final boolean hoards;
    /** To how many days from now activity renews the points; not beyond what an earn gives them; 0: it does not. */
    private final int renewsDays;

    private record Unsealed(Proposal proposal, String tag, String text) {}

    /** What is asked: the operation for a decision at that time. */
    private interface Asked extends LongFunction<Operation> {}

    /** An operation that was prepared, with facts that age meanwhile. */
    private record Later(Asked asked, TargetFacts facts, int due) {}

    Player(Library library, long seed, int number) {
        this.library = library;
        this.random = new Random(seed * 1_000_003 + number);
        this.account = AccountId.of("model", "m" + number);
        this.key = "model:" + seed + ":" + number;
        this.zone = ZONES.get(number % ZONES.size());
        this.model = new AccountModel(zone, Library.FEW_GIVEN);
        this.rules = rules();
        this.program = number % 3 == 0 ? null : TestPrograms.random(random, zone);
        this.renewsDays = number % 2 == 0 ? 0 : one(1, 10, 25);
        this.hoards = number % 10 == 0;
        this.purseful = random.nextInt(6) == 0 ? 2_000_000_000_000_000L : one(10, 500, 100_000);
        this.holdSeconds = hoards ? 1800 : one(30, 120, 1800);
        this.patience = hoards ? 10 : one(10, 1000, 10_000, 100_000);
        this.sealsOneIn = one(1, 3, 25);
    }

    /** How often which outcome was decided of operations that concern the member besides his points. */
    Map<String, Integer> happened() {
        return happened;
    }

    /** How many operations were decided on. */
    int operations() {
        return operations;
    }

    String doing() {
        return doing;
    }

    private Terms rules() {
        return new Terms(
                EUR,
                BigDecimal.ONE,
                BigDecimal.TEN,
                one(1, 3, 12),
                random.nextBoolean(),
                one(0, 0, 3, 14),
                one(0, 0, 30),
                random.nextBoolean() ? Terms.Clawback.DEBT : Terms.Clawback.FORGIVE,
                random.nextInt(4) > 0);
    }

    private int one(int... choices) {
        return choices[random.nextInt(choices.length)];
    }

    private UUID newId() {
        return new UUID(random.nextLong(), random.nextLong());
    }

    void move() {
        moves++;
        passTime();
        if (random.nextInt(200) == 0) {
            rules = rules();
            program = program == null ? null : TestPrograms.random(random, zone);
        }
        Asked asked = null;
        TargetFacts facts = null;
        if (!later.isEmpty() && later.get(0).due <= moves) {
            Later prepared = later.remove(0);
            asked = prepared.asked;
            facts = prepared.facts;
        } else {
            asked = random();
            Operation operation = asked.apply(now);
            if (operation.type() == OperationType.REVERSE || operation.voids() != null) {
                facts = facts(operation);
                if (facts.id() == null && operation.voids() == null) {
                    sealAll();
                    facts = facts(operation);
                }
                if (random.nextInt(5) == 0) {
                    later.add(new Later(asked, facts, moves + 1 + random.nextInt(4)));
                    return;
                }
            }
        }
        if (program != null && random.nextInt(30) == 0) {
            asked = forgetting(asked);
        }
        boolean dry = asked.apply(now).voids() == null && random.nextInt(20) == 0;
        propose(asked, facts, dry);
        if (random.nextInt(8) == 0) {
            wouldLapse();
        }
        if (random.nextInt(sealsOneIn) == 0 || model.version() - ledger.version() > MAX_BEHIND) {
            seal();
        }
        if (random.nextInt(100) == 0) {
            lose();
        }
        if (random.nextInt(100) == 0) {
            ageFacts();
        }
        if (random.nextInt(50) == 0) {
            lookAtUnsealed();
        }
    }

    private void passTime() {
        int kind = random.nextInt(hoards ? 2000 : 100);
        if (kind < 2) {
            now += random.nextLong(1, 40) * DAY_MS;
        } else if (kind < 5) {
            now += random.nextLong(3 * DAY_MS);
        } else if (kind < 8) {
            // to where something is about to happen, is happening or has just happened
            long due = model.image().dueAt(zone) + random.nextInt(-1, 2);
            now = due - now > FAR_MS ? now : Math.max(now, due);
        } else if (kind < 10) {
            now -= random.nextLong(5_000);
        } else {
            now += random.nextLong(patience);
        }
    }

    // What is asked --------------------------------------------------------------------------------

    private Asked random() {
        MemberPoints state = model.image().state();
        if ((state.frozen() || state.spendingFrozen()) && random.nextInt(5) == 0) {
            return asked(keyed(OperationType.UNFREEZE));
        }
        int kind = random.nextInt(100);
        if (kind < 28) {
            return program == null || random.nextInt(8) == 0 ? earn() : awarded();
        } else if (kind < 44) {
            long all = state.available();
            Ask ask = keyed(OperationType.REDEEM)
                    .points(all > 0 && random.nextInt(4) == 0 ? Long.valueOf(all) : some(2))
                    .presence(presence());
            return program == null || random.nextInt(4) == 0 ? asked(ask) : claimed(ask);
        } else if (kind < 62) {
            long ttlSeconds = 1 + random.nextInt(holdSeconds);
            Ask ask = withGrace(keyed(OperationType.HOLD), now + ttlSeconds * 1000)
                    .points(hoards ? Long.valueOf(1) : some(4))
                    .ttlSeconds(ttlSeconds)
                    .presence(presence());
            return program == null || random.nextInt(4) == 0 ? asked(ask) : claimed(ask);
        } else if (kind < (hoards ? 63 : 72)) {
            return asked(withGrace(keyed(OperationType.CAPTURE), now)
                    .hold(someHold())
                    .points(random.nextBoolean() ? null : some(6)));
        } else if (kind < (hoards ? 64 : 76)) {
            return asked(withGrace(keyed(OperationType.VOID), now).hold(someHold()));
        } else if (kind < 88 && !model.history().isEmpty()) {
            Past past = somePast(p -> (p.worth > 0 && !p.isHold()) || p.movedNothing());
            Ask ask = withGrace(keyed(OperationType.REVERSE), now)
                    .target(past.id)
                    .points(random.nextBoolean() ? null : some(3));
            return reversed(past, ask);
        } else if (kind < 92) {
            LapseRules lapse = lapse();
            Ask ask = withGrace(keyed(OperationType.VOID), now).voids(someKey());
            return ms -> {
                Operation.VoidCall plain = (Operation.VoidCall) at(ask, ms);
                return new Operation.VoidCall(plain.header(), plain.voids(), lapse, plain.grace(), plain.debt());
            };
        } else if (kind < 94) {
            return random.nextInt(4) == 0 ? grant() : adjustment();
        } else if (kind < 96) {
            LapseRules lapse = lapse();
            return ms -> new Operation.Lapse(
                    at(Ask.of(OperationType.LAPSE, account), ms).header(), lapse);
        } else if (kind < 99) {
            return enrol();
        }
        if (random.nextInt(CLOSES_ONE_IN) == 0 && operations > ENDS_AFTER) {
            return asked(keyed(OperationType.CLOSE).forfeit(random.nextBoolean()));
        }
        return asked(keyed(random.nextBoolean() ? OperationType.FREEZE : OperationType.UNFREEZE)
                .spendingOnly(random.nextBoolean()));
    }

    /** A code that was made just now, or is the last one or older; or none, where some points need one. */
    private Presence presence() {
        return switch (random.nextInt(6)) {
            case 0 -> new Presence(now, null);
            case 1 -> new Presence(now - random.nextInt(60_000), some(3));
            case 2 -> new Presence(Objects.requireNonNullElse(model.image().memberCode(), now), null);
            case 3 -> new Presence(null, some(4));
            default -> null;
        };
    }

    private Asked adjustment() {
        return asked(keyed(OperationType.ADJUST)
                .points(random.nextInt(3) == 0 ? some(4) : -some(2))
                .lot(lotDay(), null)
                .allowDebt(random.nextBoolean()));
    }

    /** Of any level, to today or some days later; or the end of a grant. */
    private Asked grant() {
        List<String> levels = program == null ? List.of("") : program.levelIds();
        String level = levels.get(random.nextInt(levels.size()));
        long last = LocalDay.number(now, zone) + random.nextInt(60);
        return asked(keyed(OperationType.GRANT)
                .grant(random.nextInt(4) == 0 ? null : new MemberState.Grant(level.isEmpty() ? "none" : level, last)));
    }

    private Asked asked(Ask ask) {
        return ms -> at(ask, ms);
    }

    /** The operation, for a decision on the day of that time. */
    private Operation at(Ask ask, long ms) {
        Renewal renewal = renewsDays == 0 ? null : new Renewal(LocalDay.number(ms, zone) + renewsDays, endOfDay(ms));
        return ask.day(LocalDay.of(ms, zone)).renewal(renewal).build();
    }

    private LapseRules lapse() {
        return program == null ? LapseRules.NONE : new LapseRules(program.levels(), program.backdateDays());
    }

    private long endOfDay(long ms) {
        return LocalDay.start(LocalDay.number(ms, zone) + 1, zone);
    }

    /** An earn whose points the member decides: a purchase, now and then some days ago, or stated points. */
    private Asked awarded() {
        CompiledProgram priced = program;
        Ask ask = keyed(OperationType.EARN).points(0L).autoEnrol(rules.autoEnrol());
        long back = random.nextInt(3) == 0 ? random.nextLong(priced.backdateDays() * DAY_MS + 1) : 0;
        long bought = now - back;
        Unique unique = switch ((int) (bought % 20)) {
            case 0 -> new Unique("program", "r", newId());
            case 1 -> new Unique("account", "m r", null);
            default -> null;
        };
        Call call = random.nextInt(8) == 0 ? new Call.Stated(Call.Place.UNKNOWN, some(1)) : purchase();
        return ms -> {
            long at = Math.max(bought, ms - priced.backdateDays() * DAY_MS);
            return new Operation.Earn(
                    at(ask, ms).header(),
                    0,
                    priced.price(call, Math.min(at, ms), ms),
                    priced.lotDays(ms, zone).on(),
                    priced.lotDays(ms, zone).matures(),
                    endOfDay(ms),
                    rules.autoEnrol(),
                    Receipt.NONE,
                    unique);
        };
    }

    private Call purchase() {
        List<Call.Item> items = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            items.add(new Call.Item(
                    null,
                    Set.of(List.of("a", "b", "x").get(random.nextInt(3))),
                    random.nextInt(5) == 0 ? new BigDecimal("0.453") : BigDecimal.valueOf(1 + random.nextInt(4)),
                    BigDecimal.valueOf(random.nextInt(3000), 2),
                    Map.of()));
        }
        BigDecimal sum = items.stream().map(Call.Item::amount).reduce(BigDecimal.ZERO, BigDecimal::add);
        BigDecimal rest = BigDecimal.valueOf(random.nextInt(3) == 0 ? 0 : random.nextInt(4000), 2);
        return new Call.Purchase(Call.Place.UNKNOWN, sum.add(rest), items);
    }

    private Asked enrol() {
        Ask ask = Ask.of(OperationType.ENROL, account)
                .attributes(random.nextBoolean() ? null : "{\"colour\":\"" + one(1, 2) + "\"}")
                .target(
                        random.nextInt(3) > 0
                                ? null
                                : random.nextBoolean() ? model.image().head() : newId());
        CompiledProgram priced = program;
        if (priced == null) {
            return asked(ask);
        }
        return ms -> {
            Operation.Enrol plain = (Operation.Enrol) at(ask, ms);
            Operation.Welcome welcome = new Operation.Welcome(
                    priced.price(new Call.Enrol(Call.Place.UNKNOWN), ms, ms),
                    priced.lotDays(ms, zone).on(),
                    priced.lotDays(ms, zone).matures(),
                    endOfDay(ms));
            return new Operation.Enrol(plain.header(), plain.set(), plain.head(), welcome);
        };
    }

    /** The same, as if no version had any more some of what the member remembers, and the operation does not need. */
    private Asked forgetting(Asked asked) {
        Operation made = asked.apply(now);
        boolean isPriced = made.award() != null || made.claim() != null;
        MemberState member = MemberText.read(model.image().member());
        SortedSet<String> promotions = new TreeSet<>(member.stamps().keySet());
        promotions.addAll(member.streaks().keySet());
        promotions.removeIf(each ->
                random.nextBoolean() || (isPriced && program.inProgress().contains(each)));
        SortedSet<String> counters = new TreeSet<>();
        member.counters().keySet().forEach(counter -> counters.add(counter.name()));
        counters.removeIf(
                each -> random.nextBoolean() || (isPriced && program.counters().contains(each)));
        Gone gone = new Gone(promotions, counters, null);
        return at -> asked.apply(at).without(gone);
    }

    /** A payment whose price the member decides: by points, or by a reward. */
    private Asked claimed(Ask ask) {
        CompiledProgram priced = program;
        boolean reward = random.nextInt(2) == 0;
        Claim.Code code = now % 2 == 0 ? null : new Claim.Code("7K3M-9QXA-ZT2W-4HBN", now + DAY_MS);
        long points = some(10) % 400 + 1;
        return ms -> {
            Claim claim = reward
                    ? priced.claimReward("free", Call.Place.UNKNOWN, ms).with(code)
                    : priced.claimPoints(points, Call.Place.UNKNOWN, ms);
            Operation.Claimed claimed =
                    new Operation.Claimed(claim, Math.floorDiv(ms, MINUTE_MS) * MINUTE_MS + MINUTE_MS);
            Operation plain = at(ask, ms);
            if (plain instanceof Operation.Hold hold) {
                return new Operation.Hold(hold.header(), 0, claimed, hold.ttlSeconds(), hold.grace(), Receipt.NONE);
            }
            return new Operation.Redeem(plain.header(), 0, claimed, Receipt.NONE);
        };
    }

    /** By points, or for an earn that has parts by amount or items, too. */
    private Asked reversed(Past past, Ask ask) {
        LapseRules lapse = lapse();
        Reversal.Asked share = past.operation.award() != null && past.ok && random.nextBoolean() ? share() : null;
        return ms -> {
            Operation.Reverse plain = (Operation.Reverse) at(ask, ms);
            return new Operation.Reverse(
                    plain.header(),
                    plain.target(),
                    share == null ? plain.asked() : share,
                    lapse,
                    plain.grace(),
                    plain.debt());
        };
    }

    private Reversal.Asked share() {
        return random.nextBoolean()
                ? new Reversal.Asked(null, new Money(BigDecimal.valueOf(1 + random.nextLong(3000), 2), EUR), List.of())
                : new Reversal.Asked(
                        null, null, List.of(new Returns.Returned(random.nextInt(2), 500L * (1 + random.nextInt(4)))));
    }

    private Asked earn() {
        Ask earn = keyed(OperationType.EARN);
        Long matures = rules.pendingDays() > 0 ? LocalDay.number(now, zone) + rules.pendingDays() : null;
        return asked(earn.points(random.nextInt(10) == 0 ? 0 : some(1))
                .lot(lotDay(), matures)
                .autoEnrol(rules.autoEnrol()));
    }

    private long lotDay() {
        LocalDate on = LocalDate.ofEpochDay(LocalDay.number(now, zone)).plusMonths(rules.expiryMonths());
        return (rules.expiryAtMonthEnd() ? YearMonth.from(on).atEndOfMonth() : on).toEpochDay();
    }

    /** @param back when points come back, in ms since the epoch */
    private Ask withGrace(Ask builder, long back) {
        long day = LocalDay.number(back, zone);
        return builder.debt(rules.clawback() == Terms.Clawback.DEBT)
                .graceOn(rules.graceDays() == 0 ? null : Long.valueOf(day + rules.graceDays()));
    }

    /** A new key, or now and then one that was used. */
    private Ask keyed(OperationType type) {
        String chosen = random.nextInt(25) == 0 ? someKey() : newKey();
        return Ask.of(type, account).key(chosen, type.code() + " of " + chosen);
    }

    private String newKey() {
        return "key \"" + ++keys + "\"/";
    }

    private String someKey() {
        if (model.history().isEmpty()) {
            return newKey();
        }
        Past past = somePast(p -> p.operation.key() != null);
        boolean remembered = past.version > model.version() - RECENT_KEYS;
        return remembered && past.operation.key() != null ? past.operation.key() : newKey();
    }

    /** Recent ones mostly, and mostly of that sort. */
    private Past somePast(Predicate<Past> sort) {
        List<Past> history = model.history();
        Past past = null;
        for (int i = 0; i < 10 && (past == null || !sort.test(past)); i++) {
            int back = random.nextInt(random.nextInt(4) == 0 ? history.size() : Math.min(history.size(), 20));
            past = history.get(history.size() - 1 - back);
        }
        return past;
    }

    private UUID someHold() {
        List<Hold> open = model.image().state().holds();
        if (!open.isEmpty() && random.nextInt(4) > 0) {
            return open.get(random.nextInt(open.size())).id();
        }
        return model.history().isEmpty() ? newId() : somePast(Past::isHold).id;
    }

    private long some(int part) {
        return 1 + random.nextLong(Math.max(1, purseful / part));
    }

    // What is answered -----------------------------------------------------------------------------

    private LedgerLookup found(Operation op) {
        return op.voids() != null ? ledger.byKey(op.voids()) : ledger.byId(op.target());
    }

    private TargetFacts facts(Operation op) {
        return found(op).facts();
    }

    private void propose(Asked asked, TargetFacts first, boolean dry) {
        TargetFacts facts = first;
        // now and then the call came the day before
        long arrived = random.nextInt(20) == 0 ? now - DAY_MS : now;
        for (int tries = 0; tries < 6; tries++) {
            Operation made = asked.apply(arrived);
            Operation op = facts == null ? made : made.of(facts);
            String tag = TAGS[random.nextInt(TAGS.length)];
            UUID id = newId();
            UUID tombstone = op.voids() == null ? null : newId();
            String text = op.text(id, tombstone);
            doing = "move " + moves + " at " + now + " by " + tag + (dry ? ", dry: " : ": ") + text + " with "
                    + (facts == null ? "no facts" : facts.text());
            Library.Reply there = library.propose(key, text, tag, now, facts, dry);
            List<String> reply = there.words();
            doing += " -> " + reply;
            switch (there.code()) {
                case "load" -> {
                    assertFalse(loaded, "it is there");
                    library.load(key, ledger.load());
                    loaded = true;
                }
                case "day" -> {
                    long decided = Math.max(now, model.image().at());
                    assertEquals(Long.toString(decided), reply.get(1));
                    assertTrue(op.until() <= decided, "it is still valid");
                    arrived = decided;
                }
                case "target" -> {
                    assertInstanceOf(Operation.EndOfHold.class, op);
                    assertFalse(model.isOpen(op.target()), "the hold is in the image");
                    Past past = model.byId(op.target());
                    if (past == null || !past.isHold()) {
                        assertThere(there.fields());
                        return; // no hold: that is the answer
                    }
                    assertNull(facts, "there are facts");
                    if (past.version > ledger.version()) {
                        sealAll();
                    }
                    facts = facts(op);
                }
                case "moved" -> {
                    assertTrue(
                            facts != null
                                    && (!inChain(facts)
                                            || ("open".equals(facts.state()) && !model.isOpen(facts.id()))
                                            || areOutdated(facts)),
                            "the facts are true");
                    sealAll();
                    facts = facts(op);
                }
                case "pending" -> {
                    Past past = model.byKey(op.voids());
                    assertTrue(past != null && !past.id.equals(facts.id()), "the facts know it");
                    assertEquals(Long.toString(past.version), reply.get(1));
                    assertEquals(past.id.toString(), reply.get(2));
                    assertOldest(tag, reply.subList(3, reply.size()));
                    sealAll();
                    facts = facts(op);
                }
                default -> {
                    decided(op, id, tombstone, tag, dry, reply);
                    assertThere(there.fields());
                    return;
                }
            }
            assertThere(library.fields(key));
        }
        fail("no end of it");
    }

    /** Whether another operation has undone the target since: what is left of its parts is another. */
    private boolean areOutdated(TargetFacts facts) {
        return facts.id() != null && facts.steps() != model.byId(facts.id()).steps();
    }

    private boolean inChain(TargetFacts facts) {
        return facts.headVersion() == ledger.version()
                || unsealed.stream().anyMatch(u -> u.proposal.id().equals(facts.head()));
    }

    private void decided(Operation op, UUID id, UUID tombstone, String tag, boolean dry, List<String> reply) {
        operations++;
        Image before = model.image();
        var expected = model.decide(op, id, tombstone, now, unsealed.isEmpty(), !dry);
        if (expected.known() != null) {
            assertEquals("known", reply.get(0));
            assertEquals(Long.toString(expected.known().version), reply.get(1));
            assertEquals(expected.known().id.toString(), reply.get(2));
            assertOldest(tag, reply.subList(3, reply.size()));
        } else if (expected.notEnrolled()) {
            assertEquals(List.of("not_enrolled"), reply);
        } else if (expected.needsCode()) {
            assertEquals(List.of("step_up"), reply);
            happened.merge(op.type().code() + " step_up", 1, Integer::sum);
        } else if (expected.unchanged()) {
            assertEquals(List.of("unchanged", before.text()), reply);
        } else {
            int own = expected.proposals().size();
            note(op, expected.proposals().get(own - 1));
            assertEquals(dry ? "would" : "proposed", reply.get(0));
            List<String> texts = reply.subList(reply.size() - own, reply.size());
            if (!dry) {
                assertUnseen(tag, reply.subList(1, reply.size() - own));
            }
            for (int i = 0; i < own; i++) {
                Proposal there = assertSame(expected.proposals().get(i), texts.get(i), tag);
                if (!dry) {
                    unsealed.add(new Unsealed(there, tag, texts.get(i)));
                }
            }
            assertSums(expected.proposals().get(own - 1).image().state());
            if (op.type() == OperationType.LAPSE && !dry) {
                MemberPoints after = before.state().at(Math.max(now, before.at()), zone, Library.FEW_GIVEN);
                assertEquals(model.image().state(), after, "the view at that time");
            }
        }
    }

    private void note(Operation op, Proposal made) {
        boolean ofParts = op instanceof Operation.Undoing undoing && undoing.reversal() != null;
        if (op.award() != null
                || op.claim() != null
                || ofParts
                || op.memberCode() != null
                || made.decision().told() != null) {
            happened.merge(op.type().code() + " " + made.decision().outcome(), 1, Integer::sum);
        }
    }

    private Proposal assertSame(Proposal expected, String text, String tag) {
        Proposal there = Proposal.parse(account, text);
        assertTrue(text.startsWith(expected.id() + " " + tag + "\n"));
        assertEquals(expected.decision(), there.decision());
        assertEquals(expected.image(), there.image());
        assertEquals(expected.operation().type(), there.operation().type());
        assertEquals(expected.operation().key(), there.operation().key());
        assertEquals(expected.operation().voids(), there.operation().voids());
        assertNull(there.flawOfAnothers());
        return there;
    }

    /** What the others have proposed since this gateway's newest, if that is unsealed: each once, in order. */
    private void assertUnseen(String tag, List<String> texts) {
        int newest = IntStream.range(0, unsealed.size())
                .filter(i -> unsealed.get(i).tag.equals(tag))
                .max()
                .orElse(-1);
        assertEquals(
                unsealed.subList(newest + 1, unsealed.size()).stream()
                        .map(u -> u.text)
                        .toList(),
                texts);
    }

    /** The oldest that are unsealed, unless the newest one is this gateway's; a void goes with its tombstone. */
    private void assertOldest(String tag, List<String> texts) {
        int all = unsealed.size();
        if (all > 0 && unsealed.get(all - 1).tag.equals(tag)) {
            assertEquals(List.of(), texts);
            return;
        }
        int upTo = Math.min(MAX_HELP, all);
        if (all > MAX_HELP && unsealed.get(upTo - 1).proposal.operation().type() == OperationType.TOMBSTONE) {
            upTo++;
        }
        assertEquals(unsealed.subList(0, upTo).stream().map(u -> u.text).toList(), texts);
    }

    private static void assertSums(MemberPoints state) {
        assertEquals(state.lots().stream().mapToLong(Lot::points).sum(), state.available());
        assertEquals(state.holds().stream().mapToLong(Hold::points).sum(), state.held());
        assertEquals(state.maturing().stream().mapToLong(Maturing::points).sum(), state.pending());
        for (Hold hold : state.holds()) {
            assertEquals(hold.lots().stream().mapToLong(Lot::points).sum(), hold.points());
        }
        assertTrue(Math.min(Math.min(state.available(), state.held()), Math.min(state.pending(), state.debt())) >= 0);
        assertTrue(state.available() + state.held() + state.pending() <= PointLimits.MAX);
        assertTrue(state.available() == 0 || state.debt() == 0, "available beside a debt");
        assertTrue(state.lifetime() >= 0 && state.lifetime() <= PointLimits.MAX);
    }

    /** Redis has what the model has. */
    private void assertThere(List<String> fields) {
        if (!loaded) {
            assertNull(fields.get(0));
            return;
        }
        Image image = model.image();
        assertEquals(image.text(), fields.get(0));
        assertEquals(Long.toString(image.version()), fields.get(1));
        assertEquals(
                ledger.image().version() + " " + ledger.image().head(), fields.get(2), "what Redis thinks is sealed");
    }

    /** The view that readers get is what a lapse would leave. */
    private void wouldLapse() {
        if (!loaded || !model.enrolled()) {
            return;
        }
        long when = now + (random.nextBoolean() ? 0 : random.nextLong(60 * DAY_MS));
        LapseRules lapse = lapse();
        Ask ask = Ask.of(OperationType.LAPSE, account);
        String text =
                new Operation.Lapse(at(ask, Math.max(when, model.image().at())).header(), lapse).text(newId(), null);
        Library.Reply there = library.propose(key, text, TAGS[0], when, null, true);
        List<String> reply = there.words();
        doing = "would lapse at " + when + " -> " + reply;
        Image before = model.image();
        MemberPoints view = before.state().at(Math.max(when, before.at()), zone, Library.FEW_GIVEN);
        if (reply.get(0).equals("unchanged")) {
            assertEquals(before.state(), view);
        } else {
            assertEquals("would", reply.get(0));
            assertEquals(Proposal.parse(account, reply.get(1)).image().state(), view);
        }
        assertThere(there.fields());
    }

    // What else happens ----------------------------------------------------------------------------

    private void seal() {
        if (unsealed.isEmpty()) {
            return;
        }
        int upTo = random.nextInt(3) == 0 ? random.nextInt(unsealed.size()) : unsealed.size() - 1;
        sealUpTo(upTo);
    }

    private void sealAll() {
        if (!unsealed.isEmpty()) {
            sealUpTo(unsealed.size() - 1);
        }
    }

    private void sealUpTo(int last) {
        for (int i = 0; i <= last; i++) {
            assertNull(ledger.seal(unsealed.get(i).proposal), "the ledger refuses");
        }
        Proposal newest = unsealed.get(last).proposal;
        unsealed.subList(0, last + 1).clear();
        model.settled(ledger.version());
        long version = newest.decision().version();
        boolean closely = random.nextInt(5) == 0;
        if (closely) {
            assertEquals(-1, library.ttlMs(key), "something is unsealed");
            assertEquals(0, library.sealed(key, version, newId()));
        }
        assertEquals(1, library.sealed(key, version, newest.id()));
        if (closely) {
            assertEquals(0, library.sealed(key, version, newest.id()));
            assertEquals(unsealed.isEmpty(), library.ttlMs(key) > 0);
        }
        assertThere(library.fields(key));
    }

    /** Redis forgets, or is made to forget. What wasn't sealed never was, or is sealed in spite of it. */
    private void lose() {
        if (!loaded) {
            return;
        }
        doing = "lose";
        if (random.nextBoolean()) {
            sealAll();
        }
        Image newest = model.image();
        switch (random.nextInt(3)) {
            case 0 -> library.redis.ask("DEL", key);
            case 1 -> library.redis.ask("HSET", key, "f", "0 another format");
            default -> {
                assertEquals(0, library.discard(key, newest.version(), newId()));
                assertEquals(1, library.discard(key, newest.version(), newest.head()));
            }
        }
        if (!unsealed.isEmpty() && random.nextInt(3) == 0) {
            unsealed.forEach(u -> assertNull(ledger.seal(u.proposal), "the ledger refuses"));
        }
        model.backTo(ledger.version());
        model.settled(ledger.version());
        unsealed.clear();
        assertEquals(1, library.load(key, ledger.load()));
        loaded = true;
        assertEquals(0, library.load(key, ledger.load()));
        assertThere(library.fields(key));
    }

    /** Facts are read, the same is undone by another, Redis forgets; then they are used. */
    private void ageFacts() {
        if (model.history().isEmpty()) {
            return;
        }
        sealAll();
        Ask undo = withGrace(keyed(OperationType.REVERSE), now)
                .target(somePast(p -> p.worth > p.undone() && !p.isHold()).id);
        UUID target = at(undo, now).target();
        Asked one = asked(withGrace(Ask.of(OperationType.REVERSE, account), now)
                .key(newKey(), "one")
                .target(target)
                .points(1L));
        Asked other = asked(undo.key(newKey(), "other").points(some(3)));
        TargetFacts facts = facts(one.apply(now));
        propose(other, facts, false);
        sealAll();
        lose();
        propose(one, facts, false);
    }

    private void lookAtUnsealed() {
        if (!loaded) {
            return;
        }
        List<String> reply = library.unsealed(key, "");
        assertEquals(Long.toString(ledger.version()), reply.get(0));
        assertEquals(ledger.image().head().toString(), reply.get(1));
        assertEquals(unsealed.stream().map(u -> u.text).toList(), reply.subList(2, reply.size()));
    }
}
