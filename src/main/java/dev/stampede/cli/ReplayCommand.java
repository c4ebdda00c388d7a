package dev.stampede.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** An account's rows go to one worker, in the order of the file; queues are short, so that a file may be long. */
@Command(
        name = "replay",
        description = "Makes the calls of a CSV file. Its first line names the columns: key (the Idempotency-Key),"
                + " account, type (earn or redeem), points, or amount and currency, and at (occurredAt of an earn)."
                + " An account's rows are done in their order. What was done is not done twice: after an interruption"
                + " the same command may be given again.")
final class ReplayCommand implements Callable<Integer> {
    private static final List<String> COLUMNS =
            List.of("key", "account", "type", "points", "amount", "currency", "at", "reference");
    private static final int QUEUE = 16;
    private static final int TOLD = 100;

    @Mixin
    @SuppressWarnings("NullAway.Init") // the library fills it
    private Session session;

    @Parameters(index = "0", paramLabel = "FILE", description = "The file")
    private String file = "";

    @Option(
            names = "--in-flight",
            paramLabel = "N",
            defaultValue = "32",
            description = "The most calls at once; without it 32")
    private int inFlight;

    private final Map<String, LongAdder> counts = new ConcurrentHashMap<>();
    private final AtomicLong earned = new AtomicLong();
    private final AtomicLong redeemed = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();
    private final AtomicReference<@Nullable Failure> failure = new AtomicReference<>();

    private record Step(int line, Call call) {}

    /** Ends a worker. */
    private static final Step END = new Step(0, Call.get(""));

    @Override
    public Integer call() throws InterruptedException {
        if (inFlight < 1 || inFlight > 1000) {
            throw new Failure(Exit.UNCLEAR, "--in-flight is from 1 to 1000.");
        } else if (session.isCurl()) {
            throw new Failure(Exit.UNCLEAR, "The calls of a file are not printed.");
        }
        Client client = session.client();
        List<BlockingQueue<Step>> queues = new ArrayList<>();
        List<Thread> workers = new ArrayList<>();
        for (int i = 0; i < inFlight; i++) {
            BlockingQueue<Step> queue = new ArrayBlockingQueue<>(QUEUE);
            Thread worker = new Thread(() -> work(client, queue), "replay-" + i);
            worker.setDaemon(true);
            worker.start();
            queues.add(queue);
            workers.add(worker);
        }
        Path path = session.terminal().directory().resolve(file);
        long start = System.nanoTime();
        try (BufferedReader lines = Files.newBufferedReader(path)) {
            read(new Rows(lines, COLUMNS), Files.size(path), queues);
        } catch (IOException e) {
            failure.compareAndSet(null, new Failure(Exit.UNCLEAR, file + " cannot be read: " + e));
        } catch (Failure wrong) {
            failure.compareAndSet(null, wrong);
        }
        for (BlockingQueue<Step> queue : queues) {
            queue.put(END);
        }
        for (Thread worker : workers) {
            worker.join();
        }
        tell((System.nanoTime() - start) / 1e9);
        Failure ended = failure.get();
        if (ended != null) {
            throw ended;
        }
        return refused.get() == 0 ? Exit.YES : Exit.NO;
    }

    private void read(Rows rows, long size, List<BlockingQueue<Step>> queues) throws IOException, InterruptedException {
        Progress progress = new Progress(session);
        Map<String, String> row;
        while (failure.get() == null && (row = rows.next()) != null) {
            Step step = new Step(rows.line(), call(rows.line(), row));
            queues.get(Math.floorMod(row.getOrDefault("account", "").hashCode(), queues.size()))
                    .put(step);
            progress.at((double) rows.read() / Math.max(1, size), "line " + rows.line());
        }
        progress.end();
    }

    private Call call(int line, Map<String, String> row) {
        String type = needed(line, row, "type");
        if (!type.equals("earn") && !type.equals("redeem")) {
            throw new Failure(Exit.UNCLEAR, "Line " + line + ": the type is earn or redeem.");
        }
        ObjectNode body = Session.body();
        if (row.containsKey("points")) {
            try {
                body.put("points", Long.parseLong(needed(line, row, "points")));
            } catch (NumberFormatException e) {
                throw new Failure(Exit.UNCLEAR, "Line " + line + ": points is a whole number.");
            }
        }
        PointsCommands.put(body, "amount", row.get("amount"));
        PointsCommands.put(body, "currency", row.get("currency"));
        PointsCommands.put(body, "reference", row.get("reference"));
        if (type.equals("earn")) {
            PointsCommands.put(body, "occurredAt", row.get("at"));
        }
        String key = needed(line, row, "key");
        if (!key.matches(Session.IDEMPOTENCY_KEY)) {
            throw new Failure(Exit.UNCLEAR, "Line " + line + ": a key has 1 to 255 visible ASCII characters.");
        }
        return new Call(
                "POST", session.ofProgram("accounts", needed(line, row, "account"), type), body.toString(), key);
    }

    private static String needed(int line, Map<String, String> row, String column) {
        String value = row.get(column);
        if (value == null) {
            throw new Failure(Exit.UNCLEAR, "Line " + line + " has no " + column + ".");
        }
        return value;
    }

    private void work(Client client, BlockingQueue<Step> queue) {
        try {
            for (Step step = queue.take(); !step.equals(END); step = queue.take()) {
                if (failure.get() == null) { // else only emptied, so that the reader is not kept waiting
                    send(client, step);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            failure.compareAndSet(null, new Failure(Exit.UNCLEAR, "Interrupted."));
        }
    }

    private void send(Client client, Step step) {
        try {
            Attempt attempt = client.send(step.call());
            long points = attempt.body().path("points").asLong();
            (points < 0 ? redeemed : earned).addAndGet(points);
            count(attempt.replayed() ? "replayed" : "done");
        } catch (Failure no) {
            if (no.exitCode() != Exit.NO || no.problem() == null) {
                end(new Failure(no.exitCode(), "Line " + step.line() + ": " + no.getMessage()));
                return;
            }
            String code = no.problem().path("code").asText();
            count(code);
            if (refused.incrementAndGet() <= TOLD) {
                session.err().println("Line " + step.line() + ": " + code);
            }
        }
    }

    /** The first counts, but for one that leaves an outcome unknown. */
    private synchronized void end(Failure found) {
        Failure first = failure.get();
        if (first == null || (found.exitCode() == Exit.UNKNOWN && first.exitCode() != Exit.UNKNOWN)) {
            failure.set(found);
        }
    }

    private void count(String what) {
        counts.computeIfAbsent(what, any -> new LongAdder()).increment();
    }

    private void tell(double seconds) {
        ObjectNode result = Session.body();
        ObjectNode calls = result.putObject("calls");
        new TreeMap<>(counts).forEach((name, count) -> calls.put(name, count.sum()));
        result.put("earnedPoints", earned.get())
                .put("redeemedPoints", -redeemed.get())
                .put("seconds", Math.round(seconds * 10) / 10.0);
        session.out().object(result, "calls", "earnedPoints", "redeemedPoints", "seconds");
    }
}
