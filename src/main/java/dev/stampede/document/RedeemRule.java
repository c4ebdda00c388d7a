package dev.stampede.document;

import java.math.BigDecimal;

/**
 * What points are worth as money: {@code points} of them pay {@code value}.
 *
 * @param value money, in the programme's currency
 * @param minimum the smallest number of points that can be redeemed
 * @param step only multiples of this number of points can be redeemed
 */
public record RedeemRule(String id, long points, BigDecimal value, long minimum, long step, When when) {}
