package dev.stampede.rules;

import java.math.BigDecimal;
import java.math.BigInteger;

/**
 * An exact fraction, so that a third of a cent is not lost before the rounding.
 *
 * @param over the numerator
 * @param under the denominator, 1 or more
 */
record Exact(BigInteger over, BigInteger under) implements Comparable<Exact> {
    static final Exact ZERO = of(0);
    static final Exact ONE = of(1);

    Exact {
        if (under.signum() <= 0) {
            throw new IllegalArgumentException("denominator " + under);
        }
    }

    static Exact of(long number) {
        return new Exact(BigInteger.valueOf(number), BigInteger.ONE);
    }

    static Exact of(BigDecimal number) {
        BigInteger unscaled = number.unscaledValue();
        return number.scale() > 0
                ? new Exact(unscaled, BigInteger.TEN.pow(number.scale()))
                : new Exact(unscaled.multiply(BigInteger.TEN.pow(-number.scale())), BigInteger.ONE);
    }

    static Exact of(long over, long under) {
        return new Exact(BigInteger.valueOf(over), BigInteger.valueOf(under));
    }

    Exact plus(Exact other) {
        return new Exact(over.multiply(other.under).add(other.over.multiply(under)), under.multiply(other.under));
    }

    Exact minus(Exact other) {
        return plus(new Exact(other.over.negate(), other.under));
    }

    Exact times(Exact other) {
        return new Exact(over.multiply(other.over), under.multiply(other.under));
    }

    Exact times(long number) {
        return new Exact(over.multiply(BigInteger.valueOf(number)), under);
    }

    /** @param other more than 0 */
    Exact per(Exact other) {
        return new Exact(over.multiply(other.under), under.multiply(other.over));
    }

    Exact max(Exact other) {
        return compareTo(other) < 0 ? other : this;
    }

    Exact min(Exact other) {
        return compareTo(other) > 0 ? other : this;
    }

    int sign() {
        return over.signum();
    }

    BigInteger floor() {
        BigInteger[] parts = over.divideAndRemainder(under);
        return parts[1].signum() < 0 ? parts[0].subtract(BigInteger.ONE) : parts[0];
    }

    BigInteger ceiling() {
        return new Exact(over.negate(), under).floor().negate();
    }

    @Override
    public int compareTo(Exact other) {
        return over.multiply(other.under).compareTo(other.over.multiply(under));
    }
}
