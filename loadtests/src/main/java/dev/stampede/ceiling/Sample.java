package dev.stampede.ceiling;

/** One cell in one round; CPU in microseconds an operation, NaN where the cell has no such process. */
record Sample(Measured measured, double server, double postgres, double redis, double load) {
    /** The share of answers that may be other than they should; with more it is invalid. */
    static final double TOLERATED = 0.001;

    double rate() {
        return measured.rate();
    }

    boolean valid() {
        return measured.operations() > 0 && measured.bad() <= measured.operations() * TOLERATED;
    }
}
