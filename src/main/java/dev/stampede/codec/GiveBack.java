package dev.stampede.codec;

import dev.stampede.award.Gift;
import dev.stampede.award.LevelRules;
import dev.stampede.award.MemberState;
import dev.stampede.award.Parts;
import dev.stampede.award.Redeeming;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a member gets back of a payment with points, see {@link Redeeming#giveBack}. Its JSON is what 36-claims.lua
 * settles: {@code uses} as in {@link PartsText}, {@code gift: [reward, until, promotion]}, {@code points, whole, today,
 * backdate, levels}.
 */
public record GiveBack(
        List<Parts.Use> uses,
        @Nullable Gift gift,
        long points,
        boolean whole,
        LevelRules levels,
        long today,
        long backdateDays) {
    public GiveBack {
        uses = List.copyOf(uses);
    }

    public MemberState settle(MemberState before) {
        return Redeeming.giveBack(uses, gift, points, whole, before, levels, today, backdateDays);
    }

    public String write() {
        JsonOut json = new JsonOut().open('{');
        RuleText.writeUses(json, "uses", uses);
        RuleText.write(json, "gift", gift);
        json.field("points", points).flag("whole", whole);
        json.field("today", today).field("backdate", backdateDays);
        RuleText.write(json, levels);
        return json.close('}').toString();
    }

    /** @throws IllegalArgumentException if the text was not made by {@link #write} */
    public static GiveBack read(String text) {
        return JsonIn.read(text, GiveBack::parsed);
    }

    private static GiveBack parsed(JsonIn json) {
        return new GiveBack(
                RuleText.uses(json.get("uses")),
                RuleText.gift(json.get("gift")),
                json.get("points").number(0),
                json.get("whole").flag(),
                RuleText.levels(json.get("levels")),
                json.get("today").number(0),
                json.get("backdate").number(0));
    }
}
