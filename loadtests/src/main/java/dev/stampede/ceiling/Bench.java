package dev.stampede.ceiling;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/** A measurement from its start to its end: a directory of its own, and what runs in it. */
final class Bench implements AutoCloseable {
    final Options options;
    /** Makes what is sent in one measurement differ from what is sent in others. */
    final String run = Long.toString(System.currentTimeMillis(), 36);

    final Path work;
    final Programs programs = new Programs();
    final Apps apps;
    final Wrk wrk;

    /** @param exchanged whether the two builds that are compared have each other's place */
    Bench(Options options, boolean exchanged) throws IOException {
        this.options = options;
        this.work = Files.createDirectories(options.data.resolve("run-" + run));
        this.apps = new Apps(this, exchanged);
        this.wrk = new Wrk(this);
        Runtime.getRuntime().addShutdownHook(new Thread(this::close));
    }

    /** A time in which nobody else measures. */
    interface Turn extends AutoCloseable {
        @Override
        void close() throws IOException, InterruptedException;
    }

    /** With {@code --lock}, waits until flock(1) has it; without, it is always our turn. */
    Turn turn(String what) throws IOException {
        if (options.lock == null) {
            System.out.println(what);
            return () -> {};
        }
        Process holder = programs.start(
                new ProcessBuilder("flock", options.lock.toString(), "sh", "-c", "echo held; read line || true")
                        .redirectError(ProcessBuilder.Redirect.INHERIT));
        BufferedReader said = holder.inputReader();
        if (!"held".equals(said.readLine())) {
            throw new Trouble("could not get " + options.lock);
        }
        System.out.println(what);
        return () -> {
            holder.outputWriter().close();
            if (programs.end(holder) != 0) {
                throw new Trouble("lost " + options.lock + " on the way");
            }
        };
    }

    @Override
    public synchronized void close() {
        programs.stopAll();
        if (options.keep || !Files.exists(work)) {
            return;
        }
        try (Stream<Path> paths = Files.walk(work)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        } catch (IOException e) {
            System.err.println("ceiling: " + work + " is left over: " + e);
        }
    }
}
