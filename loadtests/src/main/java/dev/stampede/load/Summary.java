package dev.stampede.load;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.HdrHistogram.Histogram;

/** What a run leaves behind: a page of Markdown and a plot beside it. */
final class Summary {
    private final String scenario;
    private final Parameters parameters;
    private final Measurements measured;
    private final List<Gauges.Reading> readings;
    private final Conservation.Result conservation;

    Summary(
            String scenario,
            Parameters parameters,
            Measurements measured,
            List<Gauges.Reading> readings,
            Conservation.Result conservation) {
        this.scenario = scenario;
        this.parameters = parameters;
        this.measured = measured;
        this.readings = readings;
        this.conservation = conservation;
    }

    /** @param report Gatling's, as the reader will find it */
    Path write(RunId run, String report, List<String> notes) throws IOException {
        String name = scenario + (parameters.label().isEmpty() ? "" : "-" + parameters.label());
        Files.createDirectories(parameters.results());
        Files.writeString(parameters.results().resolve(name + ".svg"), Plot.svg(name, panels()));
        Path page = parameters.results().resolve(name + ".md");
        Files.writeString(page, markdown(name, run, report, notes));
        return page;
    }

    String markdown(String name, RunId run, String report, List<String> notes) {
        StringBuilder page = new StringBuilder();
        boolean holds = conservation.violations().isEmpty();
        add(page, "# %s%n%n", name);
        add(
                page,
                "%s. Conservation check: **%s**.%n%n",
                Instant.now().truncatedTo(ChronoUnit.SECONDS),
                holds ? "holds" : "FAILED");
        add(
                page,
                "Run `%s`, rate %s/s, %,d accounts, %s, program `%s`. Gatling's report: `%s`%n%n",
                run.text(),
                number(parameters.rate()),
                parameters.accounts(),
                parameters.duration().toString().substring(2).toLowerCase(Locale.ROOT),
                parameters.program(),
                report);
        page.append(table());
        for (String note : notes) {
            add(page, "%n%s%n", note);
        }
        add(page, "%n![throughput and times](%s.svg)%n%n## Conservation%n%n", name);
        conservation.violations().forEach(violation -> add(page, "- **FAILED**: %s%n", violation));
        conservation.facts().forEach(fact -> add(page, "- %s%n", fact));
        add(page, "%n## Machine%n%n%s%n", machine());
        return page.toString();
    }

    /** Times are of all answers that decide the call, 2xx, 304 and declines; those of the 503s stand apart. */
    String table() {
        StringBuilder table = new StringBuilder();
        add(
                table,
                "| request | requests | ok | declined | 503 | unknown | ok/s | 503/s | p50 ms | p95 ms | p99 ms | max"
                        + " ms | p99 ms of 2xx | p99 ms of 503 |%n");
        add(table, "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|%n");
        double seconds = measured.seconds();
        Measurements.Line all = new Measurements.Line();
        for (Map.Entry<String, Measurements.Line> entry : measured.lines().entrySet()) {
            Measurements.Line line = entry.getValue();
            row(table, entry.getKey(), line, line.seconds());
            all.okCount += line.okCount;
            all.declined += line.declined;
            all.refusedCount += line.refusedCount;
            all.unknown += line.unknown;
            all.decided.add(line.decided);
            all.ok.add(line.ok);
            all.refused.add(line.refused);
        }
        if (measured.lines().size() > 1) {
            row(table, "**all**", all, seconds);
        }
        measured.observed()
                .forEach((name, times) -> add(
                        table,
                        "%n%s: %,d times, p50 %s ms, p95 %s ms, p99 %s ms, max %s ms%n",
                        name,
                        times.getTotalCount(),
                        percentile(times, 50),
                        percentile(times, 95),
                        percentile(times, 99),
                        percentile(times, 100)));
        return table.toString();
    }

    private static void row(StringBuilder table, String name, Measurements.Line line, double seconds) {
        Histogram decided = line.decided;
        add(
                table,
                "| %s | %,d | %,d | %,d | %,d | %,d | %s | %s | %s | %s | %s | %s | %s | %s |%n",
                name,
                line.requests(),
                line.okCount,
                line.declined,
                line.refusedCount,
                line.unknown,
                number(line.okCount / seconds),
                number(line.refusedCount / seconds),
                percentile(decided, 50),
                percentile(decided, 95),
                percentile(decided, 99),
                percentile(decided, 100),
                percentile(line.ok, 99),
                percentile(line.refused, 99));
    }

    private static String percentile(Histogram histogram, double percent) {
        return histogram.getTotalCount() == 0 ? "–" : Long.toString(histogram.getValueAtPercentile(percent));
    }

    private List<Plot.Panel> panels() {
        List<Plot.Panel> panels = new ArrayList<>();
        List<double[]> ok = new ArrayList<>();
        List<double[]> refused = new ArrayList<>();
        List<double[]> p99 = new ArrayList<>();
        for (Measurements.Step step : measured.steps()) {
            ok.add(new double[] {step.second(), step.okPerSecond()});
            refused.add(new double[] {step.second(), step.refusedPerSecond()});
            p99.add(new double[] {step.second(), step.p99()});
        }
        panels.add(new Plot.Panel(
                "answers a second", List.of(new Plot.Series("2xx, 304", ok), new Plot.Series("503", refused))));
        panels.add(new Plot.Panel("p99, ms", List.of(new Plot.Series("p99 of decided calls", p99))));
        if (!readings.isEmpty()) {
            panels.add(new Plot.Panel(
                    "the gateway's memory, MB",
                    List.of(
                            gauge("heap after GC", Gauges.Reading::heapMb),
                            gauge("resident", Gauges.Reading::residentMb))));
            panels.add(new Plot.Panel(
                    "proposals that wait for their seal", List.of(gauge("seal queue", Gauges.Reading::sealQueue))));
            panels.add(new Plot.Panel("mean time of a seal, ms", List.of(gauge("seal", Gauges.Reading::sealMs))));
        }
        return panels;
    }

    private Plot.Series gauge(String name, java.util.function.ToDoubleFunction<Gauges.Reading> value) {
        return new Plot.Series(
                name,
                readings.stream()
                        .filter(reading -> reading.atMs() >= measured.firstMs())
                        .map(reading -> new double[] {
                            (reading.atMs() - measured.firstMs()) / 1_000.0, value.applyAsDouble(reading)
                        })
                        .toList());
    }

    /** The one that sends the load; with a local base URL the gateway shares it. */
    private static String machine() {
        Runtime runtime = Runtime.getRuntime();
        return String.format(
                Locale.ROOT,
                "%s, %d cores, %s RAM, %s %s, JDK %s. The load comes from this machine.",
                lineOf("/proc/cpuinfo", "model name"),
                runtime.availableProcessors(),
                ram(),
                System.getProperty("os.name"),
                System.getProperty("os.version").replaceAll("-.*", ""),
                System.getProperty("java.version"));
    }

    private static String ram() {
        String kb = lineOf("/proc/meminfo", "MemTotal").replaceAll("[^0-9]", "");
        return kb.isEmpty() ? "unknown" : Math.round(Long.parseLong(kb) / 1048576.0) + " GiB";
    }

    private static String lineOf(String file, String start) {
        try (var lines = Files.lines(Path.of(file))) {
            return lines.filter(line -> line.startsWith(start))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse("unknown processor");
        } catch (IOException | java.io.UncheckedIOException e) {
            return "unknown processor";
        }
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, value < 10 && value != Math.rint(value) ? "%.1f" : "%,.0f", value);
    }

    private static void add(StringBuilder to, String format, Object... values) {
        to.append(String.format(Locale.ROOT, format, values));
    }
}
