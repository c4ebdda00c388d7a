package dev.stampede.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.account.BudgetUse;
import dev.stampede.award.Advance;
import dev.stampede.award.Award;
import dev.stampede.award.Candidate;
import dev.stampede.award.Claim;
import dev.stampede.award.Lapse;
import dev.stampede.award.LevelRules;
import dev.stampede.award.MemberState;
import dev.stampede.award.Parts;
import dev.stampede.award.Redeemed;
import dev.stampede.award.Redeeming;
import dev.stampede.award.Settled;
import dev.stampede.award.Settlement;
import dev.stampede.award.SettlementCheck;
import dev.stampede.award.Shared;
import dev.stampede.award.Undo;
import dev.stampede.award.Undoing;
import dev.stampede.award.Undone;
import dev.stampede.codec.AwardText;
import dev.stampede.codec.ClaimText;
import dev.stampede.codec.Gone;
import dev.stampede.codec.MemberText;
import dev.stampede.codec.PartsText;
import dev.stampede.codec.Taken;
import dev.stampede.codec.Told;
import dev.stampede.codec.UndoText;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/** A member of a random programme: all that happens to him is settled by Java and by Lua, which must agree. */
final class SettledHistory {
    private static final int LARGEST_PARTS = 4096;
    /** What people write, and what could be taken for a part of the text around it. */
    private static final String[] FREE_TEXTS = {
        "",
        "x",
        "\"quoted\"",
        "back\\slash/slash",
        "\t\n\r\b\f\u0001\u001f\u007f",
        "\u2028\u00e9\ud83d\ude00",
        "a,b c;d",
        "\",\"counters\":\"x",
        "\u0000"
    };

    private final Random random;
    private final LuaSettlement lua;
    private final CompiledProgram program;
    private final LevelRules levels;
    private final List<Parts> earned = new ArrayList<>();
    private final List<Taken> taken = new ArrayList<>();
    private final Map<String, Shared> totals = new HashMap<>();
    private MemberState state = MemberState.BLANK;
    private long now = Scene.ms("2026-11-04T12:00");
    /** How often each kind of thing has happened. */
    final Map<String, Integer> happened = new HashMap<>();

    SettledHistory(Random random, LuaSettlement lua) {
        this.random = random;
        this.lua = lua;
        this.program = new Scene(document()).program;
        this.levels = program.levels();
    }

    /** A random programme; some conditions are of the member instead. */
    private String document() {
        String json = new RandomProgram(random).sharing().json();
        json = json.replace("'earn':[", """
                'attributes':[{'id':'born','type':'birthDate','noticeDays':%d,'leapDay':'%s'},
                 {'id':'optIn','type':'boolean'},{'id':'note','type':'text','maxLength':80}],
                 'earn':[""".formatted(random.nextInt(3) * 10, random.nextBoolean() ? "feb28" : "mar1"));
        json = instead(json, "'when':{'weekdays':['MON','TUE','FRI','SAT']}", "'when':{'birthday':'month'}");
        json = instead(json, "'when':{'hours':[{'from':'20:00','to':'09:00'}]}", """
                'when':{'birthday':{'before':20,'after':40}}""");
        json = instead(json, "'when':{'items':{'categories':['a']}}", "'when':{'attributes':{'optIn':[true]}}");
        json = instead(json, "'per':'promotion'", "'per':'birthday'");
        json = instead(json, "'max':2,'per':'month'", "'max':1,'per':'year'");
        json = instead(json, "'max':3,'per':'week'}]}]", """
                'max':3,'per':'birthday','counter':'shared'}],'when':{'tiers':['l1','l2']}}]""");
        json = instead(json, "'cost':20", "'cost':[{'tiers':['l1'],'points':5},{'points':11}],'value':'3.50'");
        json = instead(json, "'cost':20", "'cost':0,'grantOnly':true");
        json = instead(json, "'max':300,'per':'day'", "'max':40,'per':'week'");
        json = instead(json, "{'id':'r','points':1,'value':'0.01'}", """
                {'id':'q','points':2,'value':'0.03','minimum':10,'step':5,'when':{'attributes':{'optIn':[true]}}},
                {'id':'r','points':1,'value':'0.01'}""");
        return instead(json, "'when':{'attributes':{'optIn':[true]}}},", "'when':{'weekdays':['MON','TUE','SUN']}},");
    }

    private String instead(String json, String from, String to) {
        return random.nextInt(3) == 0 ? json : json.replace(from, to);
    }

    void step() {
        now += Duration.ofMinutes(random.nextInt(random.nextInt(12) == 0 ? 60 * 24 * 80 : 60 * 40))
                .toMillis();
        switch (random.nextInt(15)) {
            case 0, 1, 2, 3, 4, 5, 6 -> earn();
            case 7, 8 -> undo();
            case 9, 10 -> claim();
            case 11 -> giveBack();
            case 12 -> lapse();
            case 13 -> forget();
            default -> edit();
        }
        assertEquals(state, MemberText.read(MemberText.write(state)));
    }

    private void agree(
            String what, List<String> java, MemberState before, MemberState after, String request, String rules) {
        happened.merge(what, 1, Integer::sum);
        List<String> expected = new ArrayList<>(java);
        expected.add(0, LuaSettlement.text(after));
        List<?> replied = lua.settle(what, before, request, rules, program.day(now), program.backdateDays());
        assertEquals(
                String.join("\n", expected),
                String.join("\n", replied.stream().map(String::valueOf).toList()),
                () -> what + " of " + LuaSettlement.text(before) + "\nasks " + request + " under " + rules);
        state = after;
    }

    private void earn() {
        long at = now;
        if (random.nextInt(3) == 0) {
            long earliest = now - Duration.ofDays(program.backdateDays()).toMillis();
            at = earliest + (long) (random.nextDouble() * (now - earliest));
        }
        Award award = forgetful(program.price(call(), at, now)).sharing(this::known);
        if (random.nextInt(10) == 0) {
            award = award.decided(award.today(), another().levels(), random.nextInt(20));
        }
        String text = AwardText.write(award);
        assertEquals(award, AwardText.read(text), text);
        Settled settled = Settlement.settle(award, state);
        Told told = Told.of(settled);
        assertEquals(told, Told.read(told.write()));
        String parts = written(settled.parts());
        agree(
                "award",
                List.of(
                        told.write(),
                        parts,
                        "" + settled.points(),
                        settled.enrols() ? "1" : "0",
                        "" + settled.level(),
                        "" + settled.reached(),
                        uses(SettlementCheck.uses(award, settled.parts()))),
                state,
                settled.member(),
                text,
                null);
        earned.add(settled.parts());
    }

    /** Budgets are often short, and often not known to be. */
    private Shared known(Shared total) {
        Long left = random.nextInt(3) == 0 ? null : Long.valueOf(random.nextInt(total.ofUses() ? 3 : 60));
        Shared known = total.of(total.name().equals("b1") ? 11 : total.name().equals("b2") ? 2 : 103, left);
        return totals.merge(known.name(), known, (before, now) -> random.nextInt(9) == 0 ? now : before);
    }

    private static String uses(SortedMap<Integer, Long> uses) {
        String text = BudgetUse.text(uses.entrySet().stream()
                .map(use -> new BudgetUse(use.getKey(), use.getValue()))
                .toList());
        return text == null ? "" : text;
    }

    /** What totals get back. */
    private static String back(List<Parts.Use> uses) {
        SortedMap<Integer, Long> sum = new TreeMap<>();
        for (Parts.Use use : uses) {
            if (Shared.idOf(use.counter()) != 0) {
                sum.merge(Shared.idOf(use.counter()), -use.left(), Long::sum);
            }
        }
        return uses(sum);
    }

    /** A version that came later. */
    private CompiledProgram another() {
        return new Scene(new RandomProgram(random).json()).program;
    }

    /** So few rewarded runs are kept that some are forgotten in a short history, too. */
    private static Award forgetful(Award award) {
        List<Candidate> candidates = new ArrayList<>();
        for (Candidate of : award.candidates()) {
            candidates.add(
                    of.advance() instanceof Advance.Step step
                            ? new Candidate(
                                    of.promotion(),
                                    of.occasion(),
                                    of.level(),
                                    of.wish(),
                                    of.gift(),
                                    of.group(),
                                    of.groupMode(),
                                    of.priority(),
                                    of.exclusive(),
                                    of.qualifies(),
                                    of.caps(),
                                    new Advance.Step(step.target(), step.repeat(), step.period(), step.oldest(), 1),
                                    of.budget(),
                                    of.needs(),
                                    of.isFlat(),
                                    of.minimum())
                            : of);
        }
        return new Award(
                award.day(),
                award.today(),
                award.backdateDays(),
                award.stated(),
                award.base(),
                award.bonus(),
                award.measures(),
                candidates,
                award.maxBonus(),
                award.limits(),
                award.levels(),
                award.lapse(),
                award.basket());
    }

    private static String written(Parts parts) {
        String text = PartsText.write(parts);
        assertEquals(parts, PartsText.read(text), text);
        assertTrue(text.length() <= LARGEST_PARTS, text);
        return text;
    }

    private Call call() {
        return switch (random.nextInt(9)) {
            case 0 ->
                program.actions.isEmpty()
                        ? new Call.Stated(Call.Place.UNKNOWN, 1 + random.nextInt(50))
                        : new Call.Action(Call.Place.UNKNOWN, "go");
            case 1 -> random.nextInt(6) == 0 ? new Call.Enrol(Call.Place.UNKNOWN) : purchase();
            default -> purchase();
        };
    }

    private Call purchase() {
        List<Call.Item> items = new ArrayList<>();
        long sum = 0;
        int lines = random.nextInt(4);
        for (int i = 0; i < lines; i++) {
            long minor = random.nextInt(4) == 0 ? 0 : random.nextInt(3000);
            sum += minor;
            BigDecimal quantity =
                    random.nextInt(5) == 0 ? new BigDecimal("0.453") : BigDecimal.valueOf(1 + random.nextInt(5));
            items.add(new Call.Item(null, categories(), quantity, BigDecimal.valueOf(minor, 2), Map.of()));
        }
        long rest = lines == 0 || random.nextInt(4) == 0 ? random.nextInt(3000) : 0;
        long large = random.nextInt(60) == 0 ? 20_000_000_000_000L : 0; // in cents; the number of points has 12 digits
        return new Call.Purchase(Call.Place.UNKNOWN, BigDecimal.valueOf(sum + rest + large, 2), items);
    }

    private Set<String> categories() {
        return switch (random.nextInt(5)) {
            case 0 -> Set.of("a");
            case 1 -> Set.of("b");
            case 2 -> Set.of("a", "b");
            case 3 -> Set.of("x");
            default -> Set.of();
        };
    }

    private void undo() {
        if (earned.isEmpty()) {
            return;
        }
        int which = random.nextInt(earned.size());
        Parts parts = earned.get(which);
        if (parts.soFar().whole()) {
            return;
        }
        Undo undo = RandomReversal.of(random, parts).apply(parts);
        String text = UndoText.write(undo);
        assertEquals(undo, UndoText.read(text), text);
        Undone undone = Undoing.settle(undo, state, levels, program.day(now), program.backdateDays());
        happened.merge("undo by " + undo.left().soFar().by(), 1, Integer::sum);
        agree(
                "undo",
                List.of(
                        Told.of(undone).write(),
                        written(undo.left()),
                        "" + undone.own(),
                        "" + undone.takenBack(),
                        "" + undone.level(),
                        back(undo.uses())),
                state,
                undone.member(),
                text,
                UndoText.write(levels));
        earned.set(which, undo.left());
    }

    private void claim() {
        Claim claim = random.nextBoolean()
                ? program.claimReward("free", Call.Place.UNKNOWN, now)
                        .with(now % 2 == 0 ? null : new Claim.Code("7K3M-9QXA-ZT2W-4HBN", now + 1))
                : program.claimPoints(1 + random.nextInt(60), Call.Place.UNKNOWN, now);
        claim = claim.sharing(this::known);
        String text = ClaimText.write(claim);
        assertEquals(claim, ClaimText.read(text), text);
        Redeemed redeemed = Redeeming.settle(claim, state);
        if (redeemed.denial() != null) {
            happened.merge(redeemed.denial().code(), 1, Integer::sum);
            String code = redeemed.denial().code();
            agree("claim", List.of(code, code, ""), state, redeemed.member(), text, null);
            return;
        }
        Taken took = Taken.of(claim, redeemed);
        assertEquals(took, Taken.read(took.write()));
        happened.merge(took.gift() == null ? "paid" : "gift used", 1, Integer::sum);
        String uses = claim.stock() == null ? "" : "[[103,1]]";
        agree("claim", List.of(took.write(), "" + took.points(), uses), state, redeemed.member(), text, null);
        taken.add(took);
    }

    private void giveBack() {
        if (taken.isEmpty()) {
            return;
        }
        Taken took = taken.remove(random.nextInt(taken.size()));
        long points = random.nextBoolean() ? took.points() : random.nextInt((int) took.points() + 1);
        boolean whole = points == took.points();
        MemberState after = Redeeming.giveBack(took.uses(), took.gift(), points, whole, state, program.day(now));
        String uses = whole ? back(took.uses()) : "";
        agree("back", List.of(uses), state, after, took.write(), "[" + points + "," + whole + "]");
    }

    private void lapse() {
        MemberState after = Lapse.at(state, levels, program.day(now), program.backdateDays());
        agree("lapse", List.of(), state, after, "[]", UndoText.write(levels));
    }

    /** Promotions and limits that were there until now are gone: what was done by them can still be undone. */
    private void forget() {
        Set<String> promotions = new LinkedHashSet<>(state.stamps().keySet());
        promotions.addAll(state.streaks().keySet());
        Set<String> counters = new LinkedHashSet<>();
        state.counters().keySet().forEach(counter -> counters.add(counter.name()));
        String all = String.join(" ", promotions);
        String allCounters = String.join(" ", counters);
        promotions.removeIf(each -> random.nextInt(3) > 0);
        counters.removeIf(each -> random.nextInt(3) > 0);
        Gone gone = new Gone(new TreeSet<>(promotions), new TreeSet<>(counters), null);
        assertEquals(gone, Gone.read(gone.write(), null));
        agree("forget", List.of(all, allCounters), state, gone.from(state), gone.write(), null);
    }

    /** The member says what he is, or a level is granted. */
    private void edit() {
        if (random.nextInt(4) == 0 && !levels.levels().isEmpty()) {
            String level = program.levelIds().get(random.nextInt(3));
            state = state.with(new MemberState.Grant(level, program.day(now) + random.nextInt(40)));
            return;
        }
        Map<String, String> changes = new HashMap<>();
        changes.put("born", random.nextInt(5) == 0 ? null : birthDate());
        if (random.nextBoolean()) {
            changes.put("optIn", "" + random.nextBoolean());
        }
        if (random.nextBoolean()) {
            changes.put("note", random.nextInt(4) == 0 ? null : FREE_TEXTS[random.nextInt(FREE_TEXTS.length)]);
        }
        List<Object> words = new ArrayList<>();
        changes.forEach((id, value) -> {
            words.add(id);
            words.add(value == null ? false : value);
        });
        String request = Documents.JSON.valueToTree(words).toString();
        agree("attributes", List.of(), state, state.with(changes, program.day(now)), request, null);
    }

    private String birthDate() {
        return random.nextInt(3) == 0
                ? "1996-02-29"
                : "1980-%02d-%02d".formatted(1 + random.nextInt(12), 1 + random.nextInt(28));
    }
}
