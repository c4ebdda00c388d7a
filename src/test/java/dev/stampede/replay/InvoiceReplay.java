package dev.stampede.replay;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stampede.support.PackagedGateway;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The run: feeds a plan to the gateway, kills it half-way, starts it again, and compares every account with the plan.
 *
 * <p>An account's steps go one after the other, many accounts' at the same time. So each answer is known before it
 * comes, to the point, with one exception: whether it is a replay, where an attempt before it got no answer.
 */
final class InvoiceReplay {

    private static final int IN_FLIGHT = 64;
    private static final int PAGE = 100;
    private static final int TOO_MANY_MISTAKES = 100;

    private final Plan plan;
    private final PackagedGateway gateway;
    private final Client client;
    private final ConcurrentLinkedQueue<String> mistakes = new ConcurrentLinkedQueue<>();

    private final AtomicInteger answered = new AtomicInteger();
    private final AtomicInteger duplicatesReplayed = new AtomicInteger();
    private final AtomicInteger lostAnswersFound = new AtomicInteger();
    private final CompletableFuture<Duration> outage = new CompletableFuture<>();
    private volatile Process process;
    private volatile boolean unanswered;
    private int killedAt;

    InvoiceReplay(List<Invoice> invoices, PackagedGateway gateway) {
        this.plan = new Plan(invoices);
        this.gateway = gateway;
        this.client = new Client(gateway.api(), "demo");
    }

    /** What came of it: a few lines to read, and whatever was not as it should be. */
    record Result(String report, List<String> mistakes) {}

    Result run(String title) throws Exception {
        process = gateway.start("first.log");
        gateway.awaitReady(process, "first.log");

        long start = System.nanoTime();
        feed();
        double seconds = secondsSince(start);
        int refused = client.refused.get();
        int cut = client.cut.get();
        int unavailable = client.unavailable.get();

        long reconcileStart = System.nanoTime();
        Found found = reconcile();
        double reconcileSeconds = secondsSince(reconcileStart);

        long earns =
                plan.steps().stream().filter(step -> step.type().equals("earn")).count();
        int sent = plan.steps().size() + plan.twice();
        String report = String.join(
                "\n",
                line("replay of", "%,d %s, their pounds taken as euros by the program demo", earns, title),
                line(
                        "requests",
                        "%,d: %,d earns, %,d redeems, and %,d of them a second time",
                        sent,
                        earns,
                        plan.steps().size() - earns,
                        plan.twice()),
                line(
                        "replays",
                        "%,d of %,d second ones got the first one's answer; %,d more where that was lost",
                        duplicatesReplayed.get(),
                        plan.twice(),
                        lostAnswersFound.get()),
                line(
                        "retries",
                        "%,d: %,d connections refused, %,d cut, %,d times 503",
                        refused + cut + unavailable,
                        refused,
                        cut,
                        unavailable),
                line(
                        "kill -9",
                        "after %,d answers; ready again %.1f s later",
                        killedAt,
                        outage.join().toMillis() / 1000.0),
                line("earned", "%,d points; the invoices say %,d", found.earned.get(), plan.earned()),
                line("redeemed", "%,d points; planned %,d", found.redeemed.get(), plan.redeemed()),
                line(
                        "accounts",
                        "%,d of %,d exact",
                        found.exact.get(),
                        plan.accounts().size()),
                line(
                        "took",
                        "%.1f s, the outage included: %,.0f requests/s; compared in %.1f s, %,d times 503",
                        seconds,
                        sent / seconds,
                        reconcileSeconds,
                        client.unavailable.get() - unavailable));
        return new Result(report, new ArrayList<>(mistakes));
    }

    private static String line(String name, String text, Object... values) {
        return "  %-10s%s".formatted(name, String.format(Locale.ROOT, text, values));
    }

    private static double secondsSince(long start) {
        return (System.nanoTime() - start) / 1e9;
    }

    // --- the feed ---

    private void feed() {
        ExecutorService tills = Executors.newFixedThreadPool(IN_FLIGHT);
        ExecutorService others = Executors.newCachedThreadPool();
        try {
            Map<String, CompletableFuture<Void>> last = new HashMap<>();
            for (Plan.Step step : plan.steps()) {
                CompletableFuture<Void> before =
                        last.getOrDefault(step.account(), CompletableFuture.completedFuture(null));
                last.put(step.account(), before.thenRunAsync(() -> take(step, others), tills));
            }
            CompletableFuture.allOf(last.values().toArray(CompletableFuture[]::new))
                    .join();
            outage.join(); // however early the tills were done
        } finally {
            tills.shutdownNow();
            others.shutdownNow();
        }
    }

    private void take(Plan.Step step, ExecutorService others) {
        if (!hopeless()) {
            try {
                judge(step, send(step, others));
            } catch (Exception e) {
                mistakes.add(step + ": " + e);
                unanswered = true;
            }
        }
        if (answered.incrementAndGet() == Math.max(1, plan.steps().size() / 2)) {
            others.execute(this::killAndRestart);
        }
    }

    /** A gateway that is gone, or was wrong a hundred times, need not be asked for the rest. */
    private boolean hopeless() {
        return unanswered || mistakes.size() >= TOO_MANY_MISTAKES || outage.isCompletedExceptionally();
    }

    private void killAndRestart() {
        try {
            long start = System.nanoTime();
            process.destroyForcibly().waitFor(); // SIGKILL
            killedAt = answered.get();
            process = gateway.start("second.log");
            gateway.awaitReady(process, "second.log");
            outage.complete(Duration.ofNanos(System.nanoTime() - start));
        } catch (Throwable e) {
            outage.completeExceptionally(e);
        }
    }

    private List<Client.Answer> send(Plan.Step step, ExecutorService others) throws Exception {
        return switch (step.sending()) {
            case ONCE -> List.of(post(step));
            case AGAIN -> List.of(post(step), post(step));
            case AT_ONCE -> {
                Future<Client.Answer> other = others.submit(() -> post(step));
                yield List.of(post(step), other.get());
            }
        };
    }

    private Client.Answer post(Plan.Step step) throws InterruptedException {
        return client.post(step.account() + "/" + step.type(), step.key(), step.body());
    }

    private void judge(Plan.Step step, List<Client.Answer> answers) {
        List<String> wrong = new ArrayList<>();
        for (Client.Answer answer : answers) {
            if (answer.status() != (answer.replayed() ? 200 : 201)) {
                wrong.add("status");
            } else {
                wrong.addAll(differences(step, answer.body()));
                if (answer.body().path("balance").path("available").asLong(-1) != step.available()) {
                    wrong.add("balance");
                }
            }
        }
        long fresh = answers.stream().filter(answer -> !answer.replayed()).count();
        boolean uncertain = answers.stream().anyMatch(Client.Answer::uncertain);
        if (fresh > 1 || fresh == 0 && !uncertain) {
            wrong.add("replays");
        }
        if (answers.size() == 2) {
            if (!answers.get(0).body().equals(answers.get(1).body())) {
                wrong.add("answers differ");
            }
            if (step.sending() == Plan.Sending.AGAIN && !answers.get(1).replayed()) {
                wrong.add("second not replayed");
            }
        }
        if (!wrong.isEmpty()) {
            mistakes.add(step + ": " + wrong + " in " + answers);
            return;
        }
        if (answers.size() == 2) {
            duplicatesReplayed.incrementAndGet();
        }
        if (fresh == 0) {
            lostAnswersFound.incrementAndGet();
        }
    }

    /** What is wrong with an operation, by itself. */
    private static List<String> differences(Plan.Step step, JsonNode operation) {
        List<String> wrong = new ArrayList<>();
        if (!operation.path("key").asText().equals(step.key())) {
            wrong.add("key");
        }
        if (!operation.path("type").asText().equals(step.type())) {
            wrong.add("type");
        }
        if (operation.path("points").asLong(Long.MIN_VALUE) != step.points()) {
            wrong.add("points");
        }
        if (entrySum(operation) != step.points()) {
            wrong.add("entries");
        }
        return wrong;
    }

    private static long entrySum(JsonNode operation) {
        long sum = 0;
        for (JsonNode entry : operation.path("entries")) {
            sum += entry.path("points").asLong();
        }
        return sum;
    }

    // --- the comparison ---

    /** What the gateway has in the end, by its history. */
    private static final class Found {
        private final AtomicLong earned = new AtomicLong();
        private final AtomicLong redeemed = new AtomicLong();
        private final AtomicInteger exact = new AtomicInteger();
    }

    private Found reconcile() throws Exception {
        Found found = new Found();
        ExecutorService auditors = Executors.newFixedThreadPool(IN_FLIGHT);
        try {
            List<Future<Void>> compared = new ArrayList<>();
            plan.accounts()
                    .forEach((account, steps) -> compared.add(auditors.submit(() -> {
                        if (!hopeless()) {
                            compare(account, steps, found);
                        }
                        return null;
                    })));
            for (Future<Void> one : compared) {
                one.get();
            }
        } finally {
            auditors.shutdownNow();
        }
        return found;
    }

    private void compare(String account, List<Plan.Step> steps, Found found) throws InterruptedException {
        List<String> wrong = new ArrayList<>();
        List<JsonNode> history = history(account);
        Collections.reverse(history);
        long sum = 0;
        for (JsonNode operation : history) {
            long points = entrySum(operation);
            sum += points;
            if (operation.path("type").asText().equals("earn")) {
                found.earned.addAndGet(points);
            } else {
                found.redeemed.addAndGet(-points);
            }
        }
        if (history.size() != steps.size()) {
            wrong.add("%d operations, not %d".formatted(history.size(), steps.size()));
        }
        for (int i = 0; i < Math.min(history.size(), steps.size()); i++) {
            List<String> differences = differences(steps.get(i), history.get(i));
            if (!differences.isEmpty()) {
                wrong.add("%s of %s, not %s".formatted(differences, history.get(i), steps.get(i)));
            }
        }
        for (Plan.Step step : steps) {
            JsonNode items =
                    client.get(account + "/operations?key=" + step.key()).body().path("items");
            if (items.size() != 1 || !differences(step, items.path(0)).isEmpty()) {
                wrong.add("under key %s: %s".formatted(step.key(), items));
            }
        }
        JsonNode balance = client.get(account).body();
        long available = steps.get(steps.size() - 1).available();
        long earned = steps.stream()
                .mapToLong(Plan.Step::points)
                .filter(points -> points > 0)
                .sum();
        if (sum != available
                || balance.path("available").asLong(-1) != available
                || balance.path("lifetimeEarned").asLong(-1) != earned
                || balance.path("held").asLong(-1) != 0
                || balance.path("pending").asLong(-1) != 0
                || balance.path("debt").asLong(-1) != 0) {
            wrong.add("entries add up to %d, and %s; available is %d of %d".formatted(sum, balance, available, earned));
        }
        if (wrong.isEmpty()) {
            found.exact.incrementAndGet();
        } else {
            mistakes.add("account " + account + ": " + wrong);
        }
    }

    /** All of an account's operations, newest first. */
    private List<JsonNode> history(String account) throws InterruptedException {
        List<JsonNode> operations = new ArrayList<>();
        String cursor = "";
        while (cursor != null) {
            JsonNode page =
                    client.get(account + "/operations?limit=" + PAGE + cursor).body();
            page.path("items").forEach(operations::add);
            cursor = page.path("cursor").isTextual()
                    ? "&cursor=" + URLEncoder.encode(page.path("cursor").asText(), StandardCharsets.UTF_8)
                    : null;
        }
        return operations;
    }
}
