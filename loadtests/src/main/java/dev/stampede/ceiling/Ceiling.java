package dev.stampede.ceiling;

import java.nio.file.Path;

/**
 * Starts what is measured, loads it cell by cell in interleaved rounds, and prints medians, CPU an operation, and
 * ratios that are taken within a round.
 */
final class Ceiling {
    private Ceiling() {}

    public static void main(String... args) throws Exception {
        int status = 1;
        try {
            Options options = Options.of(Path.of(System.getProperty("ceiling.directory")), args);
            Programs.check();
            status = measure(options) ? 0 : 1;
        } catch (Trouble trouble) {
            System.err.println("ceiling: " + trouble.getMessage());
        }
        System.exit(status);
    }

    /** Whether everything is as it should be. */
    private static boolean measure(Options options) throws Exception {
        switch (options.mode) {
            case "cold" -> {
                try (Bench bench = new Bench(options, false)) {
                    return new Cold(bench).measure();
                }
            }
            case "overload" -> {
                try (Bench bench = new Bench(options, false)) {
                    return new Overload(bench).measure();
                }
            }
            case "snapshot" -> {
                try (Bench bench = new Bench(options, false)) {
                    return new Snapshot(bench).measure();
                }
            }
            default -> {
                return rounds(options);
            }
        }
    }

    /** Once, or with {@code --swap} once more with the places of the two builds exchanged. */
    private static boolean rounds(Options options) throws Exception {
        String heading;
        Samples first;
        try (Bench bench = new Bench(options, false)) {
            first = new Rounds(bench).measure();
            heading = Report.heading("Ceilings", bench);
        }
        if (!options.swap) {
            Report.write(options.out, heading + "\n" + Report.results(first));
            return first.valid();
        }
        System.out.println("the same with the places of the two builds exchanged");
        Samples exchanged;
        try (Bench bench = new Bench(options, true)) {
            exchanged = new Rounds(bench).measure();
        }
        Report.write(options.out, heading + "\n" + Report.ofBoth(first, exchanged));
        return first.valid() && exchanged.valid();
    }
}
