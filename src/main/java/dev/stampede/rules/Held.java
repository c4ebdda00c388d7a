package dev.stampede.rules;

import dev.stampede.award.MemberState;
import dev.stampede.award.Settled;

/**
 * The member of a call that was settled, as far as conditions ask for him.
 *
 * @param member for his attributes: a call does not change them
 * @param level the index of the level that he held
 * @param reached the index of the level that he has afterwards
 * @param enrols whether the call opens his account
 */
public record Held(MemberState member, int level, int reached, boolean enrols) {
    public static Held in(Settled settled) {
        return new Held(settled.member(), settled.level(), settled.reached(), settled.enrols());
    }
}
