package dev.stampede.load;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * What a run is told with {@code -D}; the README lists them.
 *
 * @param key the API key; empty for none
 * @param rate arrivals a second of the scenario's users; what a user does is the scenario's
 * @param skew the exponent of the zipf distribution, where a scenario has one
 * @param jdbcPassfile where the password is, if it is not given itself: as PGPASSFILE; may be empty
 * @param label distinguishes the summaries of several runs of one scenario; may be empty
 * @param heapTrend MB a minute by which the gateway's heap after GC may grow in the second half of a soak
 * @param gatewayPid the gateway's process on this machine, to read its resident memory; 0 if unknown
 */
record Parameters(
        String baseUrl,
        String managementUrl,
        String program,
        String key,
        double rate,
        int accounts,
        Duration duration,
        double skew,
        int streams,
        int slowConnections,
        String jdbcUrl,
        String jdbcUser,
        String jdbcPassword,
        String jdbcPassfile,
        String label,
        double heapTrend,
        long gatewayPid,
        Path results,
        Path reports) {

    static Parameters of(double defaultRate, int defaultAccounts) {
        Path project = Path.of(text("loadtests.dir", "."));
        return new Parameters(
                text("baseUrl", "http://localhost:8080").replaceAll("/+$", ""),
                text("managementUrl", "http://localhost:9000").replaceAll("/+$", ""),
                text("program", "demo"),
                key(Path.of(text("keyFile", project.resolve("../data/demo.key").toString()))),
                Double.parseDouble(text("rate", Double.toString(defaultRate))),
                Integer.parseInt(text("accounts", Integer.toString(defaultAccounts))),
                duration(text("duration", "60s")),
                Double.parseDouble(text("skew", "1.0")),
                Integer.parseInt(text("streams", "1000")),
                Integer.parseInt(text("slowConnections", "2000")),
                text("jdbcUrl", ""),
                text("jdbcUser", "postgres"),
                text("jdbcPassword", ""),
                text("jdbcPassfile", ""),
                text("label", ""),
                Double.parseDouble(text("heapTrend", "5")),
                Long.parseLong(text("gatewayPid", "0")),
                Path.of(text("results", project.resolve("results").toString())),
                project.resolve("target/gatling"));
    }

    /** The same in a program of the scenario's own. */
    Parameters in(String own) {
        return new Parameters(
                baseUrl,
                managementUrl,
                own,
                key,
                rate,
                accounts,
                duration,
                skew,
                streams,
                slowConnections,
                jdbcUrl,
                jdbcUser,
                jdbcPassword,
                jdbcPassfile,
                label,
                heapTrend,
                gatewayPid,
                results,
                reports);
    }

    private static String key(Path file) {
        try {
            return Files.exists(file) ? Files.readString(file).strip() : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@code 90}, {@code 90s}, {@code 15m} or {@code 8h}. */
    static Duration duration(String text) {
        if (!text.matches("[0-9]{1,9}[smh]?")) {
            throw new IllegalArgumentException("not a duration: " + text + " (such as 90s, 15m, 8h)");
        }
        char unit = text.charAt(text.length() - 1);
        long number = Long.parseLong(text.replaceAll("[smh]$", ""));
        return switch (unit) {
            case 'h' -> Duration.ofHours(number);
            case 'm' -> Duration.ofMinutes(number);
            default -> Duration.ofSeconds(number);
        };
    }

    private static String text(String name, String otherwise) {
        String value = System.getProperty(name);
        return value == null || value.isBlank() ? otherwise : value;
    }
}
