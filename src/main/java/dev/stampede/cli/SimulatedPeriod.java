package dev.stampede.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Starts a simulation, waits for its end, and tells what it came to. Whoever interrupts it cancels it, too. */
final class SimulatedPeriod {
    private static final Duration PAUSE = Duration.ofMillis(500);
    private static final Duration FAREWELL = Duration.ofSeconds(5);
    /** Of what is told of its progress in a pipe. */
    private static final long INTERVAL_NS = Duration.ofSeconds(5).toNanos();

    private final Session session;
    private final String path;
    private long told = System.nanoTime();

    SimulatedPeriod(Session session, String program) {
        this.session = session;
        this.path = Session.pathOf(program, "simulations");
    }

    /** @return an exit code */
    int run(String body) {
        JsonNode started = session.send(new Call("POST", path, body, null));
        String its = path + "/" + started.path("id").asText();
        Thread cancel = new Thread(() -> cancel(its), "cancel-simulation");
        Runtime.getRuntime().addShutdownHook(cancel); // Ctrl-C
        boolean over = false;
        try {
            JsonNode ended = ended(its, started);
            over = true;
            return tell(ended);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure(Exit.UNCLEAR, "Interrupted: the simulation was cancelled.");
        } finally {
            if (!over) {
                cancel(its);
            }
            removed(cancel);
        }
    }

    private static void removed(Thread hook) {
        try {
            boolean unused = Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // the process ends, and the hook runs
        }
    }

    /** The answer does not matter: it may have ended, or the gateway may be gone. */
    private void cancel(String its) {
        boolean interrupted = Thread.interrupted();
        try {
            Attempt unused = session.client()
                    .once(new Call("DELETE", its, null, null))
                    .get(FAREWELL.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            interrupted = true;
        } catch (ExecutionException | TimeoutException e) {
            session.err().println("The simulation may still run: " + e);
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private JsonNode ended(String its, JsonNode started) throws InterruptedException {
        Progress progress = new Progress(session);
        JsonNode now = started;
        long found = System.nanoTime();
        try {
            while (now.path("state").asText().equals("running")) {
                tell(progress, now);
                pause();
                JsonNode next = asked(its);
                if (next != null) {
                    now = next;
                    found = System.nanoTime();
                } else if (System.nanoTime() - found > session.patience().toNanos()) {
                    throw new Failure(
                            Exit.UNCLEAR, "No gateway knows the simulation any more: the one that ran it has ended.");
                }
            }
            return now;
        } finally {
            progress.end();
        }
    }

    private static void pause() throws InterruptedException {
        try {
            boolean unused = Client.later(PAUSE).get();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Null if the gateway that was asked does not know it: of several only one does. */
    private @Nullable JsonNode asked(String its) {
        try {
            return session.read(Call.get(its));
        } catch (Failure failure) {
            if (failure.exitCode() == Exit.NO) {
                return null;
            }
            throw failure;
        }
    }

    private void tell(Progress progress, JsonNode now) {
        JsonNode done = now.path("progress");
        long accounts = done.path("accounts").asLong();
        long all = done.path("estimatedAccounts").asLong();
        progress.at(
                all == 0 ? 0 : (double) accounts / all, done.path("operations").asLong() + " operations");
        if (session.isJson() && System.nanoTime() - told > INTERVAL_NS) {
            told = System.nanoTime();
            session.out().object(now);
        }
    }

    private int tell(JsonNode ended) {
        Output out = session.out();
        if (out.isJson()) {
            out.object(ended);
        }
        if (!ended.path("state").asText().equals("done")) {
            throw new Failure(Exit.UNCLEAR, ended.path("detail").asText());
        }
        ended.path("findings").forEach(finding -> session.err().println(Client.finding(finding)));
        JsonNode result = ended.path("result");
        if (!out.isJson()) {
            tables(out, result);
        }
        if (ended.path("dataUntil").isTextual()) {
            session.err()
                    .println("The Postgres that was read lags behind: it had operations until "
                            + ended.path("dataUntil").asText() + " only.");
        }
        long doubtful = result.at("/notReproduced/count").asLong();
        if (doubtful > 0) {
            session.err()
                    .println("In doubt: of " + doubtful + " operations it is not known how they came to what was"
                            + " sealed.");
        }
        return doubtful == 0 ? Exit.YES : Exit.NO;
    }

    private static void tables(Output out, JsonNode result) {
        List<JsonNode> totals = new ArrayList<>();
        for (String side : List.of("before", "after")) {
            ObjectNode row = Session.body().put("side", side.equals("before") ? "as sealed" : "simulated");
            row.setAll((ObjectNode) result.path(side));
            totals.add(row);
        }
        out.table(totals, " =side", "earned", "redeemed", "outstanding", "debt", "liability");
        out.line("");
        ObjectNode counts = Session.body();
        counts.set("members", result.path("members"));
        for (String some : List.of("declinedRedeems", "notPriced")) {
            counts.put(some, result.path(some).path("count").asLong());
        }
        out.object(
                counts,
                "members=members/count",
                "earn more=members/up",
                "earn less=members/down",
                "declined redeems=declinedRedeems",
                "not priced=notPriced");
        rows(out, result.path("rules"), "rule", "as sealed=before", "simulated=after");
        rows(
                out,
                result.path("budgets"),
                "budget",
                "total",
                "as sealed=usedBefore",
                "simulated=usedAfter",
                "ran out=ranOutBefore",
                "would run out=ranOutAfter");
    }

    private static void rows(Output out, JsonNode rows, String... columns) {
        List<JsonNode> all = new ArrayList<>();
        rows.forEach(all::add);
        if (!all.isEmpty()) {
            out.line("");
            out.table(all, columns);
        }
    }
}
