package dev.stampede.award;

import java.util.Locale;

/** Why a payment with points is not possible. Where several apply, the first in this order is told. */
public enum Denial {
    /** Not the time, the place, the level or the birthday for the reward, or it is only given as a gift. */
    REWARD_UNAVAILABLE,
    /** No rate holds at this time and place, for this member. */
    NOT_REDEEMABLE_HERE,
    BELOW_MINIMUM,
    NOT_A_STEP,
    LIMIT_EXCEEDED,
    /** Nothing is left of the reward, for anybody. */
    OUT_OF_STOCK;

    /** The stable name that clients see. */
    public String code() {
        return name().toLowerCase(Locale.ROOT);
    }
}
