package dev.stampede.codec;

import dev.stampede.award.Candidate;
import dev.stampede.award.Cap;
import dev.stampede.award.Claim;
import dev.stampede.award.Counter;
import dev.stampede.award.Gift;
import dev.stampede.award.LevelRules;
import dev.stampede.award.Needs;
import dev.stampede.award.Parts;
import dev.stampede.award.Shared;
import dev.stampede.award.Unit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What several texts have in common: limits, conditions, levels, uses. Enums are written as their ordinals. */
final class RuleText {
    /** Bits of the kind of a limit. */
    private static final long OF_USES = 1;

    private static final long OF_BIRTHDAY = 2;

    /** Bits of the kind of a shared total, with {@link #OF_USES}. */
    private static final long PARTIAL = 2;

    private static final long RETURNS = 4;
    private static final long OF_STOCK = 8;

    private RuleText() {}

    /** {@code name unit number} */
    static String key(Counter counter) {
        return counter.name() + " " + counter.unit().ordinal() + " " + counter.number();
    }

    static Counter counter(String[] words) {
        return new Counter(words[0], Unit.values()[Integer.parseInt(words[1])], Long.parseLong(words[2]));
    }

    /** {@code [counter, max, kind, ...]}: no counter for a limit of each operation, no number for one of a birthday. */
    static void write(JsonOut json, String name, List<Cap> caps) {
        if (caps.isEmpty()) {
            return;
        }
        json.name(name).open('[');
        for (Cap cap : caps) {
            boolean ofBirthday = cap.unit() == Unit.BIRTHDAY;
            String key = cap.counter() + " " + cap.unit().ordinal();
            json.add(cap.unit() == Unit.OPERATION ? "" : ofBirthday ? key : key + " " + cap.number());
            json.add(cap.max());
            json.add((cap.ofUses() ? OF_USES : 0) + (ofBirthday ? OF_BIRTHDAY : 0));
        }
        json.close(']');
    }

    static List<Cap> caps(JsonIn json) {
        List<Cap> caps = new ArrayList<>();
        List<JsonIn> of = json.items();
        for (int i = 0; i < of.size(); i += 3) {
            String[] words = of.get(i).text().split(" ", -1);
            boolean isCounted = words.length > 1;
            caps.add(new Cap(
                    isCounted ? words[0] : "",
                    isCounted ? Unit.values()[Integer.parseInt(words[1])] : Unit.OPERATION,
                    words.length > 2 ? Long.parseLong(words[2]) : 0,
                    of.get(i + 1).number(),
                    (of.get(i + 2).number() & OF_USES) != 0));
        }
        return caps;
    }

    static void write(JsonOut json, Needs needs) {
        if (!needs.attributes().isEmpty()) {
            json.name("needs").open('[');
            for (Needs.OneOf need : needs.attributes()) {
                json.open('[').add(need.attribute());
                new TreeSet<>(need.values()).forEach(json::add);
                json.close(']');
            }
            json.close(']');
        }
        Needs.Birthdays born = needs.birthday();
        if (born != null) {
            json.name("born").open('[').add(born.attribute()).add(born.noticeDays());
            json.add(born.leapOnFeb28() ? 1 : 0).add(born.required() ? 1 : 0);
            born.ranges()
                    .forEach(range -> json.add(range.from()).add(range.to()).add(range.year()));
            json.close(']');
        }
    }

    static Needs needs(JsonIn json) {
        List<Needs.OneOf> attributes = new ArrayList<>();
        for (JsonIn need : json.get("needs").items()) {
            List<JsonIn> words = need.items();
            Set<String> values = new TreeSet<>();
            words.subList(1, words.size()).forEach(value -> values.add(value.text()));
            attributes.add(new Needs.OneOf(words.get(0).text(), values));
        }
        JsonIn born = json.get("born");
        Needs.Birthdays birthdays = null;
        if (!born.isMissing()) {
            List<Needs.Range> ranges = new ArrayList<>();
            for (int i = 4; i < born.items().size(); i += 3) {
                ranges.add(new Needs.Range(
                        born.at(i).number(),
                        born.at(i + 1).number(),
                        born.at(i + 2).number()));
            }
            birthdays = new Needs.Birthdays(
                    born.at(0).text(),
                    born.at(1).number(),
                    born.at(2).isOne(),
                    born.at(3).isOne(),
                    ranges);
        }
        return attributes.isEmpty() && birthdays == null ? Needs.NOTHING : new Needs(attributes, birthdays);
    }

    /** Nothing where the programme has no levels. */
    static void write(JsonOut json, LevelRules rules) {
        if (!rules.equals(LevelRules.NONE)) {
            write(json, "levels", rules);
        }
    }

    static void write(JsonOut json, String name, LevelRules rules) {
        json.name(name).open('{');
        json.field("cycle", rules.cycle().ordinal());
        json.field("anchor", rules.anchor()).field("months", rules.months()).flag("next", rules.toNextPeriod());
        json.field("grace", rules.graceDays()).field("valid", rules.validMonths());
        json.field("downgrade", rules.downgrade().ordinal()).flag("lower", rules.lower());
        json.name("levels").open('[');
        for (LevelRules.Level level : rules.levels()) {
            json.open('[').add(level.id()).add(level.all() ? 1 : 0);
            level.thresholds().forEach(each -> json.add(each.measure()).add(each.atLeast()));
            json.close(']');
        }
        json.close(']').close('}');
    }

    static LevelRules levels(JsonIn json) {
        if (json.isMissing()) {
            return LevelRules.NONE;
        }
        List<LevelRules.Level> levels = new ArrayList<>();
        for (JsonIn level : json.get("levels").items()) {
            List<LevelRules.Threshold> thresholds = new ArrayList<>();
            for (int i = 2; i < level.items().size(); i += 2) {
                thresholds.add(new LevelRules.Threshold(
                        level.at(i).text(), level.at(i + 1).number()));
            }
            levels.add(new LevelRules.Level(level.at(0).text(), level.at(1).isOne(), thresholds));
        }
        return new LevelRules(
                LevelRules.Cycle.values()[json.get("cycle").index()],
                json.get("anchor").number(0),
                json.get("months").number(0),
                json.get("next").flag(),
                json.get("grace").number(0),
                json.get("valid").number(0),
                LevelRules.Downgrade.values()[json.get("downgrade").index()],
                json.get("lower").flag(),
                levels);
    }

    /** See {@link JsonOut#perLevel}. */
    static List<Long> perLevel(JsonIn json, LevelRules rules) {
        if (json.isMissing() || json.isNumber()) {
            return Collections.nCopies(Math.max(1, rules.levels().size()), json.number(0));
        }
        return json.list(JsonIn::number);
    }

    /** {@code counter, whether it counts uses, how many, ...} */
    static void add(JsonOut json, List<Parts.Use> uses) {
        uses.forEach(
                use -> json.add(key(use.counter())).add(use.ofUses() ? 1 : 0).add(use.left()));
    }

    static void writeUses(JsonOut json, String name, List<Parts.Use> uses) {
        if (!uses.isEmpty()) {
            json.name(name).open('[');
            add(json, uses);
            json.close(']');
        }
    }

    static List<Parts.Use> uses(JsonIn json) {
        List<Parts.Use> uses = new ArrayList<>();
        List<JsonIn> of = json.items();
        for (int i = 0; i < of.size(); i += 3) {
            uses.add(new Parts.Use(
                    counter(of.get(i).text().split(" ", -1)),
                    of.get(i + 1).isOne(),
                    of.get(i + 2).number()));
        }
        return uses;
    }

    /** {@code [name, number, 1 of uses + 2 partial + 4 returns + 8 of stock, left]}; left only if known to be short. */
    static void write(JsonOut json, String name, @Nullable Shared total) {
        if (total != null) {
            json.name(name).open('[').add(total.name()).add(total.id());
            json.add((total.ofUses() ? OF_USES : 0)
                    + (total.partial() ? PARTIAL : 0)
                    + (total.returns() ? RETURNS : 0)
                    + (total.kind() == Shared.Kind.STOCK ? OF_STOCK : 0));
            if (total.left() != null) {
                json.add(total.left().longValue());
            }
            json.close(']');
        }
    }

    static @Nullable Shared shared(JsonIn json) {
        if (json.isMissing()) {
            return null;
        }
        long kind = json.at(2).number();
        return new Shared(
                json.at(0).text(),
                (kind & OF_STOCK) != 0
                        ? Shared.Kind.STOCK
                        : (kind & OF_USES) != 0 ? Shared.Kind.USES : Shared.Kind.POINTS,
                (kind & PARTIAL) != 0,
                (kind & RETURNS) != 0,
                (int) json.at(1).number(),
                json.at(3).numberOrNull());
    }

    /** {@code rate: [points, value]} */
    static void write(JsonOut json, Claim.@Nullable Rate rate) {
        if (rate != null) {
            json.name("rate").open('[').add(rate.points()).add(rate.value()).close(']');
        }
    }

    static Claim.@Nullable Rate rate(JsonIn json) {
        return json.isMissing()
                ? null
                : new Claim.Rate(json.at(0).number(), json.at(1).number());
    }

    /** {@code [reward, until, promotion]} */
    static void write(JsonOut json, String name, @Nullable Gift gift) {
        if (gift != null) {
            json.name(name).open('[').add(gift.reward());
            json.add(gift.until()).add(gift.promotion()).close(']');
        }
    }

    static @Nullable Gift gift(JsonIn json) {
        return json.isMissing()
                ? null
                : new Gift(json.at(0).text(), json.at(1).number(), json.at(2).text());
    }

    static Candidate.@Nullable GiftOffer offer(JsonIn json) {
        return json.isMissing()
                ? null
                : new Candidate.GiftOffer(
                        json.at(0).text(), json.at(1).number(), json.at(2).number());
    }
}
