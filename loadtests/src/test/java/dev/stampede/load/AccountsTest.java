package dev.stampede.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class AccountsTest {
    private static final int ACCOUNTS = 100;
    private static final int DRAWS = 200_000;

    @Test
    void zipfGivesEachAccountItsShare() {
        var accounts = Accounts.zipf(ACCOUNTS, 1.0, new SplittableRandom(42)::nextLong);
        int[] drawn = new int[ACCOUNTS];
        for (int n = 0; n < DRAWS; n++) {
            drawn[accounts.getAsInt()]++;
        }
        double harmonic = 0;
        for (int rank = 1; rank <= ACCOUNTS; rank++) {
            harmonic += 1.0 / rank;
        }
        for (int rank : new int[] {1, 2, 10, 100}) {
            double expected = DRAWS / harmonic / rank;
            assertEquals(expected, drawn[rank - 1], 5 * Math.sqrt(expected), "rank " + rank);
        }
    }

    @Test
    void oneAccountIsAllThereIs() {
        assertEquals(0, Accounts.zipf(1, 1.0).getAsInt());
        assertEquals(0, Accounts.uniform(1).getAsInt());
        for (int n = 0; n < 1_000; n++) {
            int account = Accounts.uniform(7).getAsInt();
            assertTrue(account >= 0 && account < 7);
        }
    }
}
