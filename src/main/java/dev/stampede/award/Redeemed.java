package dev.stampede.award;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a payment costs a member, and how he is afterwards. Whether he has the points is not judged here.
 *
 * @param denial why he can't; null if he can. Then the member is unchanged but for what time has done
 * @param full the counter of the limit that has no room for it; null where that is not why, or it counts nothing
 * @param rule the id of the redeem rule, or of the reward; "" if denied
 * @param points that it costs; 0 for a perk and where a gift is used
 * @param value money; null where there is none
 * @param gift that is used; null if none
 * @param uses what it takes of limits, for a later reversal
 */
public record Redeemed(
        MemberState member,
        @Nullable Denial denial,
        @Nullable Counter full,
        String rule,
        long points,
        @Nullable Long value,
        @Nullable Gift gift,
        List<Parts.Use> uses) {
    public Redeemed {
        uses = List.copyOf(uses);
    }
}
