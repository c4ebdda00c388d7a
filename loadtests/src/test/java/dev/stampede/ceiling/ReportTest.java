package dev.stampede.ceiling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ReportTest {
    @Test
    void hasALineACellAndARatio() {
        Samples samples = new Samples(false);
        add(samples, "gateway earn", 12_000, 10_000);
        samples.add("seal 64", new Sample(new Measured(40_000, 1, 2, 5, 0, ""), 7.4, 30.6, 0, 0));
        samples.add("seal 64", new Sample(new Measured(50_000, 1, 2, 5, 0, ""), 7.4, 30.6, 0, 0));
        assertEquals("""
                Medians of the rounds. CPU in microseconds an operation, of all processes of each.

                | cell | operations/s | p50 ms | p99 ms | JVM µs | Postgres µs | Redis µs | load µs | each round | |
                |---|---:|---:|---:|---:|---:|---:|---:|---|---|
                | gateway earn | 11,000 | 1.50 | 9.25 |  | 49 | 41 | 12 | 12000 10000 |  |
                | seal 64 | 45,000 | 2.00 | 5.00 | 7 | 31 | 0 | 0 | 40000 50000 |  |

                | ratio | median | each round |
                |---|---:|---|
                | gateway earn / seal 64 | 0.25 | 0.30 0.20 |
                """, Report.results(samples));
    }

    @Test
    void tellsWhatWasBad() {
        Samples samples = new Samples(false);
        Measured fine = new Measured(10_000, 1, 1, 2, 0, "");
        samples.add("gateway earn", sample(fine.withBad(1, "1 not 2xx, 0 broken")));
        samples.add("gateway earn", sample(fine));
        samples.add("gateway earn", sample(fine.withBad(30, "9970 operations in Postgres")));
        assertTrue(
                Report.results(samples)
                        .contains("| 1 of 10000 bad (1 not 2xx, 0 broken);"
                                + " 30 of 10000 bad (9970 operations in Postgres) **invalid** |\n"),
                Report.results(samples));
    }

    @Test
    void putsBothPlacesBesideTheirGeometricMean() {
        String report = Report.ofBoth(compared(false, 10_000, 12_000), compared(false, 10_000, 8_000));
        assertTrue(
                report.contains("| B / A | A in the first place | B in the first place | geometric mean |\n"), report);
        assertTrue(report.contains("|\n| gateway earn | 1.20 | 0.80 | 0.98 |\n"), report);
        assertTrue(report.contains("\n| B: gateway earn / gateway earn | 1.20 | 1.20 |\n"), report);
        assertTrue(report.contains("\n| B: gateway earn / gateway earn | 0.80 | 0.80 |\n"), report);
        assertFalse(report.contains("A/A"), report);
    }

    @Test
    void showsABuildComparedWithItselfAsSuch() {
        Samples samples = compared(true, 10_000, 10_300);
        assertTrue(
                Report.results(samples).contains("| B: gateway earn / gateway earn (A/A) | 1.03 | 1.03 |\n"),
                Report.results(samples));
        String both = Report.ofBoth(samples, samples);
        assertTrue(both.contains("| A / A | A in the first place |"), both);
    }

    private static Samples compared(boolean ofOneBuild, long a, long b) {
        Samples samples = new Samples(ofOneBuild);
        add(samples, "gateway earn", a);
        add(samples, "B: gateway earn", b);
        return samples;
    }

    private static void add(Samples samples, String cell, long... rates) {
        for (long rate : rates) {
            samples.add(cell, sample(new Measured(rate, 1, 1.5, 9.25, 0, "")));
        }
    }

    private static Sample sample(Measured measured) {
        return new Sample(measured, Double.NaN, 49, 41, 12);
    }
}
