package dev.stampede.ceiling;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What is printed in the end, in Markdown. */
final class Report {
    private Report() {}

    static void write(Path out, String report) throws IOException {
        System.out.println();
        System.out.println(report);
        Files.createDirectories(out.toAbsolutePath().getParent());
        Files.writeString(out, report);
        System.out.println("Written to " + out);
    }

    // --- What was measured, and where ----------------------------------------------------------------

    static String heading(String title, Bench bench) throws Exception {
        Options options = bench.options;
        Servers servers = bench.apps.first().servers;
        List<String> settings = new ArrayList<>();
        for (String name : List.of(
                "fsync",
                "synchronous_commit",
                "full_page_writes",
                "wal_sync_method",
                "shared_buffers",
                "max_wal_size")) {
            settings.add(name + " = " + servers.query(Servers.DATABASE, "SHOW " + name));
        }
        StringBuilder out = new StringBuilder("# " + title + "\n\n");
        row(out, "date", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        row(out, "command", "`" + String.join(" ", options.told) + "`");
        if (options.comparesWithItself()) {
            row(out, "builds", "A/A: both are the same one. What its ratios are away from 1 is noise.");
        }
        row(out, "machine", machine(bench.work));
        row(
                out,
                "software",
                "Java " + System.getProperty("java.version") + ", " + servers.software() + ", "
                        + bench.programs.output(List.of("pgbench", "--version")).get(0));
        row(out, "Postgres", String.join(", ", settings));
        row(
                out,
                "load",
                (options.swap ? "twice " : "") + options.rounds + " rounds, " + options.seconds
                        + " s a cell, each JVM warmed for " + options.warm + " s, " + options.accounts + " accounts"
                        + (options.mode.equals("scale") ? " of " + options.scaleAccounts + " in the large ledger" : "")
                        + ", wrk -t1 -c" + options.connections + ", pgbench -c" + Pgbench.CLIENTS);
        return out.toString();
    }

    private static void row(StringBuilder out, String name, String value) {
        out.append("- ").append(name).append(": ").append(value).append('\n');
    }

    private static String machine(Path work) throws IOException {
        String model = Text.found(Files.readString(Path.of("/proc/cpuinfo")), "model name\\s*: (.*)");
        long kilobytes = Long.parseLong(Text.found(Files.readString(Path.of("/proc/meminfo")), "MemTotal:\\s+(\\d+)"));
        return model + ", " + Runtime.getRuntime().availableProcessors() + " cores, "
                + Math.round(kilobytes / 1048576.0) + " GiB, Linux " + System.getProperty("os.version") + ", data on "
                + Files.getFileStore(work).type();
    }

    // --- The numbers ---------------------------------------------------------------------------------

    static String results(Samples samples) {
        return """
                Medians of the rounds. CPU in microseconds an operation, of all processes of each.

                | cell | operations/s | p50 ms | p99 ms | JVM µs | Postgres µs | Redis µs | load µs | each round | |
                |---|---:|---:|---:|---:|---:|---:|---:|---|---|
                """
                + lines(samples.cells().stream().map(cell -> line(samples, cell)))
                + """

                | ratio | median | each round |
                |---|---:|---|
                """
                + lines(Stream.concat(Ratio.TO_CEILINGS.stream(), Ratio.OF_BUILDS.stream())
                        .filter(samples::has)
                        .map(ratio -> line(samples, ratio)));
    }

    private static String line(Samples samples, String cell) {
        List<Sample> its = samples.of(cell);
        return String.format(
                Locale.ROOT,
                "| %s | %,.0f | %.2f | %.2f | %s | %s | %s | %s | %s | %s |",
                cell,
                samples.median(cell, Sample::rate),
                samples.median(cell, sample -> sample.measured().p50Ms()),
                samples.median(cell, sample -> sample.measured().p99Ms()),
                whole(samples.median(cell, Sample::server)),
                whole(samples.median(cell, Sample::postgres)),
                whole(samples.median(cell, Sample::redis)),
                whole(samples.median(cell, Sample::load)),
                its.stream()
                        .map(sample -> String.format(Locale.ROOT, "%.0f", sample.rate()))
                        .collect(Collectors.joining(" ")),
                its.stream()
                        .filter(sample -> sample.measured().bad() > 0)
                        .map(Report::bad)
                        .collect(Collectors.joining("; ")));
    }

    private static String bad(Sample sample) {
        Measured measured = sample.measured();
        return measured.bad() + " of " + measured.operations() + " bad (" + measured.why() + ")"
                + (sample.valid() ? "" : " **invalid**");
    }

    private static String whole(double value) {
        return Double.isNaN(value) ? "" : String.format(Locale.ROOT, "%.0f", value);
    }

    private static String line(Samples samples, Ratio ratio) {
        return String.format(
                Locale.ROOT,
                "| %s | %.2f | %s |",
                ratio + (samples.ofOneBuild() && Ratio.OF_BUILDS.contains(ratio) ? " (A/A)" : ""),
                samples.median(ratio),
                Arrays.stream(samples.each(ratio))
                        .mapToObj(each -> String.format(Locale.ROOT, "%.2f", each))
                        .collect(Collectors.joining(" ")));
    }

    /** Of {@code --swap}. */
    static String ofBoth(Samples first, Samples exchanged) {
        return "Each ratio is the median of its rounds. The geometric mean of both is what is left of it, whichever"
                + " place a build has.\n\n"
                + "| " + (first.ofOneBuild() ? "A / A" : "B / A")
                + " | A in the first place | B in the first place | geometric mean |\n|---|---:|---:|---:|\n"
                + lines(Ratio.OF_BUILDS.stream()
                        .filter(first::has)
                        .map(ratio -> String.format(
                                Locale.ROOT,
                                "| %s | %.2f | %.2f | %.2f |",
                                ratio.to(),
                                first.median(ratio),
                                exchanged.median(ratio),
                                Samples.geometricMean(first.median(ratio), exchanged.median(ratio)))))
                + "\n## A in the first place\n\n" + results(first)
                + "\n## B in the first place\n\n" + results(exchanged);
    }

    private static String lines(Stream<String> lines) {
        return lines.map(line -> line + "\n").collect(Collectors.joining());
    }
}
