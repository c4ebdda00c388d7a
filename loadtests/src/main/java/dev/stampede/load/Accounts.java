package dev.stampede.load;

import java.util.concurrent.ThreadLocalRandom;
import java.util.function.IntSupplier;
import org.apache.commons.rng.UniformRandomProvider;
import org.apache.commons.rng.sampling.distribution.RejectionInversionZipfSampler;

/** Who is next: numbers of accounts, from 0. */
final class Accounts {
    private Accounts() {}

    static IntSupplier uniform(int accounts) {
        return () -> ThreadLocalRandom.current().nextInt(accounts);
    }

    /** Account k is chosen in proportion to 1 / (k + 1)^skew. From any thread. */
    static IntSupplier zipf(int accounts, double skew) {
        return zipf(accounts, skew, () -> ThreadLocalRandom.current().nextLong());
    }

    /**
     * Rejection-inversion, without tables: W. Hörmann and G. Derflinger, "Rejection-inversion to generate variates from
     * monotone discrete distributions", ACM Transactions on Modeling and Computer Simulation 6 (1996), 169-184; the
     * implementation is that of Apache Commons RNG.
     */
    static IntSupplier zipf(int accounts, double skew, UniformRandomProvider random) {
        var ranks = RejectionInversionZipfSampler.of(random, accounts, skew);
        return () -> ranks.sample() - 1;
    }
}
