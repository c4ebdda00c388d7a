package dev.stampede.award;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Whether something that claims to be the settlement of a claim may be one, whatever the member was before: it is one
 * of the claim's options, at a price that it has for some level, and counts for the limits as the claim says.
 */
public final class ClaimCheck {
    private ClaimCheck() {}

    /**
     * @param rule the id of the option
     * @param points that were paid
     * @param gift that was used; null if none
     * @param uses what was taken of limits
     */
    public static boolean isSettled(
            Claim claim,
            String rule,
            long points,
            @Nullable Long value,
            Claim.@Nullable Rate rate,
            @Nullable Gift gift,
            List<Parts.Use> uses) {
        boolean isOption = claim.options().stream()
                .anyMatch(option -> option.rule().equals(rule)
                        && option.denial() == null
                        && Objects.equals(option.value(), value)
                        && Objects.equals(option.rate(), rate)
                        && isPrice(claim, option, points, gift));
        return isOption && areUsesRight(claim, points, uses);
    }

    private static boolean isPrice(Claim claim, Claim.Option option, long points, @Nullable Gift gift) {
        if (gift != null) {
            return points == 0
                    && gift.reward().equals(claim.reward())
                    && gift.until() >= claim.today()
                    && option.points().stream().anyMatch(price -> price != Candidate.NOT);
        }
        return points >= 0 && option.points().contains(points);
    }

    private static boolean areUsesRight(Claim claim, long points, List<Parts.Use> uses) {
        List<Cap> counted = new ArrayList<>(claim.caps());
        counted.addAll(claim.limits());
        counted.removeIf(cap -> !cap.isCounted() || (!cap.ofUses() && points == 0));
        List<Parts.Use> ofStock = claim.stock() == null
                ? List.of()
                : List.of(new Parts.Use(claim.stock().counter(), true, 1));
        if (counted.size() + ofStock.size() != uses.size()
                || !uses.subList(counted.size(), uses.size()).equals(ofStock)) {
            return false;
        }
        for (int i = 0; i < counted.size(); i++) {
            Cap cap = counted.get(i);
            Parts.Use use = uses.get(i);
            if (use.ofUses() != cap.ofUses()
                    || use.left() != (cap.ofUses() ? 1 : points)
                    || use.left() > cap.max()
                    || !use.counter().equals(cap.counter(use.counter().number()))) {
                return false;
            }
        }
        return true;
    }
}
