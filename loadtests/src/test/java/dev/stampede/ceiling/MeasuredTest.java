package dev.stampede.ceiling;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

/** What is read from what the load generators say. */
class MeasuredTest {
    @Test
    void readsWrk() {
        assertEquals(
                new Measured(60_000, 5, 2.5, 9.75, 0, ""),
                Wrk.measured(List.of("Running 5s test", "RESULT 60000 5000000 2500 9750 0 0")));
        assertEquals(
                new Measured(60_000, 5, 2.5, 9.75, 3, "1 not 2xx, 2 broken"),
                Wrk.measured(List.of("RESULT 60000 5000000 2500 9750 1 2")));
        assertThrows(Trouble.class, () -> Wrk.measured(List.of("unable to connect")));
    }

    @Test
    void readsPgbench() {
        String said = """
                number of transactions actually processed: 30000
                number of failed transactions: 2 (0.007%)
                latency average = 2.1 ms
                tps = 6000.0 (without initial connection time)""";
        assertEquals(
                new Measured(30_000, 5, 3, 4, 2, "failed or aborted"),
                Pgbench.measured(said, new double[] {1000, 2000, 3000, 4000}));
        assertEquals(
                30_000,
                Pgbench.measured(said + "\nRun was aborted", new double[] {}).bad());
    }

    @Test
    void readsRedisBenchmark() {
        assertArrayEquals(
                new double[] {33_128.5, 1.7, 0.1, 1.6, 2.4, 3.0, 5.5},
                RedisBenchmark.numbers("\"FCALL x {\"a\":\"1\",\"b\":\"2\"}\",\"33128.5\",\"1.7\",\"0.1\",\"1.6\","
                        + "\"2.4\",\"3.0\",\"5.5\""));
        assertEquals(
                List.of("FCALL", "propose_1", "{\"a\":\"b\\c\"}"),
                RedisBenchmark.words(
                        "+1700000000.0 [0 127.0.0.1:5000] \"FCALL\" \"propose_1\" \"{\\\"a\\\":\\\"b\\\\c\\\"}\""));
    }

    @Test
    void addsUpWhatRanAtOnce() {
        assertEquals(
                new Measured(300, 6, 2, 7, 1, "1 broken"),
                new Measured(100, 5, 2, 3, 0, "").and(new Measured(200, 6, 1, 7, 1, "1 broken")));
    }
}
