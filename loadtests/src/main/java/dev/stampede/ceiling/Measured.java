package dev.stampede.ceiling;

/**
 * What a load generator says.
 *
 * @param bad answers that were not as they should be
 */
record Measured(long operations, double seconds, double p50Ms, double p99Ms, long bad, String why) {
    double rate() {
        return operations / Math.max(0.001, seconds);
    }

    Measured withBad(long more, String reason) {
        return more == 0
                ? this
                : new Measured(operations, seconds, p50Ms, p99Ms, bad + more, (why + " " + reason).strip());
    }

    /** Of two at once; latencies are the worse one's. */
    Measured and(Measured other) {
        return new Measured(
                operations + other.operations,
                Math.max(seconds, other.seconds),
                Math.max(p50Ms, other.p50Ms),
                Math.max(p99Ms, other.p99Ms),
                bad + other.bad,
                (why + " " + other.why).strip());
    }
}
