package dev.stampede.award;

/**
 * A limit of what one member may have.
 *
 * @param counter the name of its counter; "" for a limit per operation
 * @param number of the window in which it counts now; 0 for a window that depends on the member's birthday
 * @param max uses or points, 1 or more
 * @param ofUses whether uses are counted; otherwise points
 */
public record Cap(String counter, Unit unit, long number, long max, boolean ofUses) {
    /** @param birthYear the year of the birthday that this is about; 0 if none */
    public Counter counter(long birthYear) {
        return new Counter(counter, unit, unit == Unit.BIRTHDAY ? birthYear : number);
    }

    boolean isCounted() {
        return unit != Unit.OPERATION;
    }
}
