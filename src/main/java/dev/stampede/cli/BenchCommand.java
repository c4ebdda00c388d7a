package dev.stampede.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stampede.cli.Attempt.Kind;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * An open loop: calls are due at fixed times, whether those before were answered or not, and the time of a call counts
 * from when it was due. So a gateway that stops for a second is seen as what it is to callers.
 */
@Command(
        name = "bench",
        description = "Earns and redeems on new accounts at a fixed rate, and tells latencies, counted from when a call"
                + " was due, and answers. Exits with 1 if the accounts do not have in the end what the answers said, or"
                + " if the rate was not held: less than 99 % were done or declined, or it took too long; with 2 if the"
                + " outcome of some calls stays unknown. The accounts stay.")
final class BenchCommand implements Callable<Integer> {
    private static final long MOST_CALLS = 10_000_000;
    private static final int MOST_ACCOUNTS = 100_000;
    /** A rate is held if so many of the calls were done or declined, in so much more time, and so many seconds. */
    private static final double HANDLED = 0.99;

    private static final double LONGER = 1.05;
    private static final double LATE_S = 2;
    private static final double[] PERCENTILES = {50, 90, 99, 99.9, 100};

    @Mixin
    @SuppressWarnings("NullAway.Init") // the library fills it
    private Session session;

    @Option(names = "--rate", paramLabel = "N", defaultValue = "100", description = "Calls per second; without it 100")
    private int rate;

    @Option(
            names = "--duration",
            paramLabel = "DURATION",
            defaultValue = "10s",
            description = "For how long, such as 10s or 5m; without it 10s")
    private String duration = "";

    @Option(
            names = "--accounts",
            paramLabel = "N",
            defaultValue = "100",
            description = "How many accounts; one is the hottest case. Without it 100")
    private int accounts;

    @Option(
            names = "--redeems",
            paramLabel = "PERCENT",
            defaultValue = "20",
            description = "How many of the calls redeem a point; the others earn two. Without it 20")
    private int redeems;

    @Option(
            names = "--in-flight",
            paramLabel = "N",
            defaultValue = "1000",
            description = "The most calls at once: those that are due then wait, and the wait counts. Without it 1000")
    private int inFlight;

    private final Map<String, LongAdder> answers = new ConcurrentHashMap<>();
    private final Queue<Call> lost = new ConcurrentLinkedQueue<>();
    private final AtomicLong points = new AtomicLong();
    private final LongAdder handled = new LongAdder();

    @Override
    public Integer call() throws InterruptedException {
        Duration length = ClockCommands.duration(duration);
        long calls = Math.round(rate * (length.toMillis() / 1000.0));
        if (rate < 1
                || calls < 1
                || calls > MOST_CALLS
                || accounts < 1
                || accounts > MOST_ACCOUNTS
                || redeems < 0
                || redeems > 100
                || inFlight < 1) {
            throw new Failure(
                    Exit.UNCLEAR,
                    "Rate, duration, accounts and --in-flight are positive, of at most " + MOST_CALLS + " calls and "
                            + MOST_ACCOUNTS + " accounts; --redeems is from 0 to 100.");
        }
        String run = "bench-" + UUID.randomUUID().toString().substring(0, 8);
        session.show(call(run, 0));
        Client client = session.client();
        Attempt first = client.send(call(run, 0)); // whether it can be done at all
        points.addAndGet(first.body().path("points").asLong());

        long[] latenciesUs = new long[(int) calls];
        long start = System.nanoTime();
        load(client, run, latenciesUs, start);
        double seconds = (System.nanoTime() - start) / 1e9;
        int unknown = settle(client);
        long found = found(run);
        boolean held = handled.sum() >= HANDLED * calls && seconds <= length.toMillis() / 1000.0 * LONGER + LATE_S;
        tell(latenciesUs, calls / seconds, held, unknown, found);
        return unknown > 0 ? Exit.UNCLEAR : held && found == points.get() ? Exit.YES : Exit.NO;
    }

    private void load(Client client, String run, long[] latenciesUs, long start) throws InterruptedException {
        Semaphore room = new Semaphore(inFlight);
        Progress progress = new Progress(session);
        for (int i = 0; i < latenciesUs.length; i++) {
            int n = i;
            long due = start + (long) (n * 1e9 / rate);
            for (long wait = due - System.nanoTime(); wait > 0; wait = due - System.nanoTime()) {
                LockSupport.parkNanos(wait);
            }
            room.acquire();
            Call call = call(run, n + 1);
            CompletableFuture<Void> unused = client.once(call)
                    .thenAccept(attempt -> {
                        latenciesUs[n] = (System.nanoTime() - due) / 1000;
                        count(call, attempt);
                    })
                    .whenComplete((done, error) -> room.release());
            progress.at((double) n / latenciesUs.length, rate + " calls/s");
        }
        room.acquire(inFlight);
        progress.end();
    }

    private Call call(String run, int n) {
        boolean redeem = n > 0 && (n * 37L) % 100 < redeems;
        ObjectNode body = Session.body().put("points", redeem ? 1 : 2);
        return new Call(
                "POST",
                session.ofProgram("accounts", run + "-" + n % accounts, redeem ? "redeem" : "earn"),
                body.toString(),
                run + "-" + n);
    }

    private void count(Call call, Attempt attempt) {
        String name = attempt.status() == 0
                ? attempt.kind().name().toLowerCase(Locale.ROOT)
                : attempt.status() + (attempt.code().isEmpty() ? "" : " " + attempt.code());
        answers.computeIfAbsent(name, any -> new LongAdder()).increment();
        if (attempt.kind() == Kind.DONE || attempt.isRecorded()) {
            handled.increment();
        }
        if (attempt.kind() == Kind.DONE) {
            points.addAndGet(attempt.body().path("points").asLong());
        } else if (attempt.kind() == Kind.LOST) {
            lost.add(call);
        }
    }

    /** Repeats what got no answer. @return how many still have none */
    private int settle(Client client) {
        for (Call call = lost.poll(); call != null; call = lost.poll()) {
            try {
                points.addAndGet(client.send(call).body().path("points").asLong());
            } catch (Failure failure) {
                if (failure.exitCode() != Exit.NO) {
                    return lost.size() + 1;
                }
            }
        }
        return 0;
    }

    private long found(String run) {
        long sum = 0;
        for (int i = 0; i < accounts; i++) {
            try {
                JsonNode account = session.get(session.ofProgram("accounts", run + "-" + i));
                sum += account.path("available").asLong()
                        + account.path("pending").asLong()
                        + account.path("held").asLong()
                        - account.path("debt").asLong();
            } catch (Failure failure) {
                if (failure.exitCode() != Exit.NO) {
                    throw failure;
                } // it was never used
            }
        }
        return sum;
    }

    private void tell(long[] latenciesUs, double perSecond, boolean held, int unknown, long found) {
        Arrays.sort(latenciesUs);
        Map<String, LongAdder> sorted = new TreeMap<>(answers);
        Output out = session.out();
        ObjectNode result = Session.body().put("calls", latenciesUs.length).put("perSecond", Math.round(perSecond));
        ObjectNode latencies = result.putObject("latencyMs");
        for (double percentile : PERCENTILES) {
            int index = (int) Math.ceil(percentile / 100 * latenciesUs.length) - 1;
            String name =
                    percentile == 100 ? "max" : "p" + String.valueOf(percentile).replaceFirst("[.]0$", "");
            latencies.put(name, latenciesUs[Math.max(0, index)] / 1000.0);
        }
        ObjectNode counts = result.putObject("answers");
        sorted.forEach((name, count) -> counts.put(name, count.sum()));
        result.put("held", held)
                .put("unknown", unknown)
                .put("expectedPoints", points.get())
                .put("foundPoints", found)
                .put("conserved", found == points.get());
        out.object(
                result,
                "calls",
                "perSecond",
                "p50 ms=latencyMs/p50",
                "p90 ms=latencyMs/p90",
                "p99 ms=latencyMs/p99",
                "p99.9 ms=latencyMs/p99.9",
                "max ms=latencyMs/max",
                "answers",
                "rate held=held",
                "unknown",
                "expectedPoints",
                "foundPoints",
                "conserved");
    }
}
