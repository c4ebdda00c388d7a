package dev.stampede.load;

import dev.stampede.load.Client.Told;
import dev.stampede.load.Journal.Row;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Whether every point is where it should be after a run, by what its callers were told.
 *
 * <p>Over HTTP: each call of unknown outcome is asked for by its key, and then each account must have exactly the
 * points that its calls add up to. By SQL, where the database can be reached: {@link LedgerAudit}.
 */
final class Conservation {
    private static final int AT_ONCE = 16;
    private static final int CHUNK = 2_000;

    private final Parameters parameters;
    private final RunId run;
    private final Client client;
    private final List<String> facts = new ArrayList<>();
    private final List<String> violations = new ArrayList<>();

    /** @param facts what was compared; @param violations what does not hold, empty if all does */
    record Result(List<String> facts, List<String> violations) {}

    Conservation(Parameters parameters, RunId run, Client client) {
        this.parameters = parameters;
        this.run = run;
        this.client = client;
    }

    /** @param sent closed by its writer; it and what is written beside it are deleted if all holds */
    Result check(Journal sent, Path scratch) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE);
        try (Journal cleared = new Journal(scratch)) {
            clearUp(sent, cleared, threads);
            cleared.close();
            Told[] told = balances(cleared, threads);
            if (parameters.jdbcUrl().isEmpty()) {
                facts.add("SQL: not checked, since no jdbcUrl was given");
            } else {
                try (LedgerAudit audit = new LedgerAudit(parameters, run)) {
                    audit.load(cleared, told);
                    audit.judge(facts, violations);
                }
            }
            if (violations.isEmpty()) {
                sent.delete();
                cleared.delete();
            } else {
                facts.add("the journal of what was sent is kept beside " + scratch);
            }
        } finally {
            threads.shutdownNow();
        }
        return new Result(facts, violations);
    }

    /** Asks for what is unknown, and copies the rest. */
    private void clearUp(Journal sent, Journal cleared, ExecutorService threads) throws Exception {
        long[] counts = new long[Outcome.values().length];
        long[] asked = new long[Outcome.values().length];
        List<Row> unknown = new ArrayList<>();
        sent.forEach(row -> {
            counts[row.outcome().ordinal()]++;
            if (row.outcome() == Outcome.UNKNOWN) {
                unknown.add(row);
                if (unknown.size() == CHUNK) {
                    ask(unknown, cleared, asked, threads);
                }
            } else {
                cleared.write(row);
            }
        });
        ask(unknown, cleared, asked, threads);
        facts.add(String.format(
                Locale.ROOT,
                "%,d keys: %,d answered 2xx, %,d declined, %,d refused with nothing done, %,d of unknown outcome",
                java.util.Arrays.stream(counts).sum(),
                counts[Outcome.OK.ordinal()],
                counts[Outcome.DECLINED.ordinal()],
                counts[Outcome.REFUSED.ordinal()],
                counts[Outcome.UNKNOWN.ordinal()]));
        if (counts[Outcome.UNKNOWN.ordinal()] > 0) {
            facts.add(String.format(
                    Locale.ROOT,
                    "the unknown ones, asked for by key: %,d had happened, %,d declined, %,d never happened",
                    asked[Outcome.OK.ordinal()],
                    asked[Outcome.DECLINED.ordinal()],
                    asked[Outcome.ABSENT.ordinal()]));
        }
        if (asked[Outcome.UNKNOWN.ordinal()] > 0) {
            violations.add("the gateway could not say of " + asked[Outcome.UNKNOWN.ordinal()]
                    + " keys whether they had happened");
        }
    }

    private void ask(List<Row> unknown, Journal cleared, long[] asked, ExecutorService threads) throws Exception {
        List<Callable<Row>> questions = new ArrayList<>();
        for (Row row : unknown) {
            questions.add(() -> row.with(client.askByKey(row.account(), row.number())));
        }
        for (Row row : all(questions, threads)) {
            asked[row.outcome().ordinal()]++;
            cleared.write(row);
        }
        unknown.clear();
    }

    private Told[] balances(Journal cleared, ExecutorService threads) throws Exception {
        long[] available = new long[parameters.accounts()];
        long[] total = new long[parameters.accounts()];
        boolean[] touched = new boolean[parameters.accounts()];
        boolean[] open = new boolean[parameters.accounts()];
        cleared.forEach(row -> {
            touched[row.account()] = true;
            open[row.account()] |= row.outcome() == Outcome.UNKNOWN;
            if (row.outcome() == Outcome.OK) {
                available[row.account()] += row.kind().available(row.points());
                total[row.account()] += row.kind().total(row.points());
            }
        });
        Told[] told = new Told[parameters.accounts()];
        int compared = 0;
        int wrong = 0;
        for (int from = 0; from < told.length; from += CHUNK) {
            List<Callable<Told>> questions = new ArrayList<>();
            int to = Math.min(told.length, from + CHUNK);
            for (int n = from; n < to; n++) {
                int account = n;
                questions.add(() -> touched[account] ? client.account(account) : null);
            }
            List<Told> answers = all(questions, threads);
            for (int n = from; n < to; n++) {
                told[n] = answers.get(n - from);
                if (told[n] == null || open[n]) {
                    continue;
                }
                compared++;
                // held points count in: a hold that nobody ended runs out by itself, and returns them
                boolean exact = told[n].available() >= available[n] && told[n].available() + told[n].held() == total[n];
                if (!exact && wrong++ == 0) {
                    violations.add("account " + run.account(n) + " has " + told[n] + ", and its calls add up to "
                            + available[n] + " available, " + total[n] + " with those held");
                }
            }
        }
        if (wrong > 1) {
            violations.add((wrong - 1) + " more accounts whose balance is not what their calls add up to");
        }
        facts.add(String.format(
                Locale.ROOT,
                "HTTP: %,d of %,d accounts have exactly what their calls add up to",
                compared - wrong,
                compared));
        return told;
    }

    private static <T> List<T> all(List<Callable<T>> questions, ExecutorService threads)
            throws InterruptedException, IOException {
        List<T> answers = new ArrayList<>(questions.size());
        for (Future<T> answer : threads.invokeAll(questions)) {
            try {
                answers.add(answer.get());
            } catch (ExecutionException e) {
                throw new IOException(e.getCause());
            }
        }
        return answers;
    }
}
