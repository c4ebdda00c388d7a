package dev.stampede.ceiling;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The CPU that each process used, in ticks: the JVMs under test, Postgres, Redis, and the load generator. */
record Ticks(long server, long postgres, long redis, long load) {
    private static final Path PROCESSES = Path.of("/proc");

    static Ticks now(Servers servers, List<App> apps) throws IOException {
        Path postgresDirectory = servers.data().resolve("postgres");
        Path redisDirectory = servers.data().resolve("redis");
        String postmaster = Files.readAllLines(postgresDirectory.resolve("postmaster.pid"))
                .get(0)
                .strip();
        long postgres = 0;
        long redis = 0;
        try (Stream<Path> processes = Files.list(PROCESSES)) {
            for (Path process : processes
                    .filter(p -> p.getFileName().toString().matches("\\d+"))
                    .toList()) {
                try {
                    Path where = Files.readSymbolicLink(process.resolve("cwd"));
                    if (where.equals(postgresDirectory)) {
                        // the sessions that have ended since are the postmaster's
                        boolean parent = process.getFileName().toString().equals(postmaster);
                        postgres += of(process) + (parent ? ofEndedChildren(process) : 0);
                    } else if (where.equals(redisDirectory)) {
                        redis += of(process);
                    }
                } catch (IOException | UncheckedIOException gone) {
                    // it has ended, or is none of ours
                }
            }
        }
        long server = 0;
        for (App app : apps) {
            server += of(PROCESSES.resolve(Long.toString(app.process.pid())));
        }
        return new Ticks(server, postgres, redis, ofEndedChildren(PROCESSES.resolve("self")));
    }

    /** What was used since. */
    Ticks since(Ticks before) {
        return new Ticks(server - before.server, postgres - before.postgres, redis - before.redis, load - before.load);
    }

    /** utime and stime. */
    private static long of(Path process) throws IOException {
        return sum(process, 11);
    }

    /** cutime and cstime. */
    private static long ofEndedChildren(Path process) throws IOException {
        return sum(process, 13);
    }

    private static long sum(Path process, int first) throws IOException {
        String stat = Files.readString(process.resolve("stat"));
        String[] afterName = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        return Long.parseLong(afterName[first]) + Long.parseLong(afterName[first + 1]);
    }

    /** A tick is 10 ms on every Linux that Java runs on. */
    static double micros(long ticks, long operations) {
        return ticks * 10_000.0 / Math.max(1, operations);
    }
}
