package dev.stampede.codec;

import dev.stampede.award.LevelRules;

/**
 * By what time alone changes a member: as JSON {@code backdate, levels}, of which what is 0 or empty is left out.
 *
 * @param backdateDays how many days ago an operation may be
 */
public record LapseRules(LevelRules levels, long backdateDays) {
    public static final LapseRules NONE = new LapseRules(LevelRules.NONE, 0);

    public String write() {
        JsonOut json = new JsonOut().open('{').field("backdate", backdateDays);
        RuleText.write(json, levels);
        return json.close('}').toString();
    }

    /** @throws IllegalArgumentException if the text was not made by {@link #write} */
    public static LapseRules read(String text) {
        return JsonIn.read(
                text,
                json -> new LapseRules(
                        RuleText.levels(json.get("levels")),
                        json.get("backdate").number(0)));
    }
}
