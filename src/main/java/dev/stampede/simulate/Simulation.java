package dev.stampede.simulate;

import dev.stampede.account.UnreadableForm;
import dev.stampede.document.ProgramDocument;
import dev.stampede.document.RedeemRule;
import dev.stampede.document.When;
import dev.stampede.http.view.FindingView;
import dev.stampede.program.InForce;
import dev.stampede.program.Timeline;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** A simulation that runs, or has ended: one thread writes it, any may look. */
final class Simulation implements Runnable, Comparison.Progress {
    private static final Logger LOG = Logger.getLogger(Simulation.class);
    private static final int ACCOUNTS_AT_ONCE = 100;
    /** After so many operations it looks whether it is too fast, or was cancelled. */
    private static final int LOOK_EACH = 32;

    enum State {
        RUNNING,
        DONE,
        FAILED,
        CANCELLED
    }

    /** Opens the connection that is read. */
    interface Source {
        Connection connect() throws SQLException;
    }

    /** Thrown to end it. */
    private static final class Ended extends RuntimeException {
        private static final long serialVersionUID = 1;
        final State state;

        Ended(State state, String why) {
            super(why, null, false, false);
            this.state = state;
        }
    }

    final UUID id;
    final ProgramDocument draft;
    /** What the reader says of the draft: warnings only. */
    final List<FindingView> findings;

    final Instant from;
    final Instant to;
    final Instant startedAt;
    private final Source source;
    private final SimulationConfig config;
    private final CountDownLatch cancelled = new CountDownLatch(1);
    private final long beganNanos = System.nanoTime();
    private volatile long accounts;
    private volatile long estimatedAccounts;
    private volatile long operations;
    private volatile End end = new End(State.RUNNING, 0, null, null);

    /**
     * How it ended.
     *
     * @param nanos when, by the monotonic clock
     * @param why it failed; null if it did not
     * @param result null unless it is done
     */
    record End(
            State state,
            long nanos,
            @Nullable String why,
            @Nullable Result result) {}

    /**
     * @param usedEarlier what operations before the period used of shared totals, by number
     * @param liabilityBefore what the outstanding points are worth by the version in force at the end; null if no rule
     *     says it
     * @param liabilityAfter the same by the draft
     */
    record Result(
            Comparison comparison,
            Map<Integer, Long> usedEarlier,
            @Nullable BigDecimal liabilityBefore,
            @Nullable BigDecimal liabilityAfter) {}

    Simulation(
            UUID id,
            ProgramDocument draft,
            List<FindingView> findings,
            Instant from,
            Instant to,
            Instant startedAt,
            Source source,
            SimulationConfig config) {
        this.id = id;
        this.draft = draft;
        this.findings = List.copyOf(findings);
        this.from = from;
        this.to = to;
        this.startedAt = startedAt;
        this.source = source;
        this.config = config;
    }

    End end() {
        return end;
    }

    /** Accounts that were looked at so far, by a second comparison once more. */
    long accounts() {
        return accounts;
    }

    /** How many there are about; 0 before that is known. */
    long estimatedAccounts() {
        return estimatedAccounts;
    }

    long operations() {
        return operations;
    }

    void cancel() {
        cancelled.countDown();
    }

    @Override
    public void run() {
        End last = new End(State.FAILED, beganNanos, "The gateway has failed.", null); // as after an Error
        try (Connection connection = source.connect();
                LedgerReader ledger =
                        new LedgerReader(connection, draft.program(), from.toEpochMilli(), to.toEpochMilli())) {
            last = new End(State.DONE, System.nanoTime(), null, compare(ledger));
        } catch (Ended e) {
            last = new End(e.state, System.nanoTime(), e.getMessage(), null);
        } catch (UnreadableForm e) {
            last = failed("An operation of the period was written by a later release of the gateway.", e);
        } catch (SQLException | LedgerReader.ReadFailed e) {
            last = failed("Postgres could not be read.", e);
        } catch (RuntimeException e) {
            last = failed("The gateway has failed.", e);
        } finally {
            end = last;
        }
    }

    private End failed(String why, Exception e) {
        LOG.warnf(e, "simulation %s of program %s failed", id, draft.program());
        return new End(State.FAILED, System.nanoTime(), why, null);
    }

    private Result compare(LedgerReader ledger) throws SQLException {
        Timeline timeline = ledger.timeline();
        InForce.Rules rules = Timeline.draft(draft);
        Map<String, Integer> numbers = ledger.budgets();
        long about = ledger.countAccounts();
        estimatedAccounts = about;
        Map<Integer, Long> usedEarlier = new HashMap<>();
        Comparison comparison = comparison(timeline, rules, numbers, Map.of());
        ledger.read(ACCOUNTS_AT_ONCE, comparison, draft.budgets().isEmpty() ? null : usedEarlier);
        Map<String, Usage.Limit> limits = comparison.limits(usedEarlier);
        if (!limits.isEmpty()) {
            estimatedAccounts = accounts + about;
            comparison = comparison(timeline, rules, numbers, limits);
            ledger.read(ACCOUNTS_AT_ONCE, comparison, null);
        }
        return new Result(
                comparison,
                usedEarlier,
                timeline.at(to.toEpochMilli(), Long.MAX_VALUE) instanceof InForce.Rules last
                        ? worth(comparison.before.outstanding, last.document())
                        : null,
                worth(comparison.after.outstanding, draft));
    }

    private Comparison comparison(
            Timeline timeline, InForce.Rules rules, Map<String, Integer> numbers, Map<String, Usage.Limit> limits) {
        return new Comparison(timeline, rules, from.toEpochMilli(), to.toEpochMilli(), numbers, limits, this);
    }

    /** By the first redeem rule that always holds; null if there is none. */
    private static @Nullable BigDecimal worth(long points, ProgramDocument document) {
        int decimals = Math.max(0, document.currency().getDefaultFractionDigits());
        for (RedeemRule rule : document.redeem()) {
            if (rule.when().equals(When.ALWAYS)) {
                return rule.value()
                        .multiply(BigDecimal.valueOf(points))
                        .divide(BigDecimal.valueOf(rule.points()), decimals, RoundingMode.DOWN);
            }
        }
        return null;
    }

    @Override
    public void operation() {
        operations++;
        if (operations > config.maxOperations()) {
            throw new Ended(
                    State.FAILED,
                    "The period has more than " + config.maxOperations()
                            + " operations, or half of that where a budget runs out. Choose a shorter one.");
        }
        if (operations % LOOK_EACH == 0) {
            pause();
        }
    }

    @Override
    public void accounts(int looked) {
        accounts += looked;
        pause();
    }

    /** Waits while it is faster than it may be. */
    private void pause() {
        long due = operations * TimeUnit.SECONDS.toNanos(1) / config.operationsPerSecond();
        long ahead = Math.max(0, due - (System.nanoTime() - beganNanos));
        try {
            if (cancelled.await(ahead, TimeUnit.NANOSECONDS)) {
                throw new Ended(State.CANCELLED, "It was cancelled.");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Ended(State.CANCELLED, "The gateway stops.");
        }
    }
}
