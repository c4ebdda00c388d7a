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
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** A simulation that runs, or has ended: one thread writes it, any may look. */
final class Simulation implements Runnable, Comparison.Progress {
    private static final Logger LOG = Logger.getLogger(Simulation.class);
    private static final int ACCOUNTS_AT_ONCE = 100;
    /** Of documents: they are in memory while it runs, about ten times as large. */
    private static final long MOST_BYTES = 16 << 20;

    private static final String CANCELLED = "It was cancelled.";
    private static final int STOPS = 20;
    private static final long STOP_MS = 100;

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
    final String program;
    /** What the reader says of the draft: warnings only. */
    final List<FindingView> findings;

    final Instant from;
    final Instant to;
    final Instant startedAt;
    private final Source source;
    private final SimulationConfig config;
    private final CountDownLatch cancelled = new CountDownLatch(1);
    private final CountDownLatch ended = new CountDownLatch(1);
    private final long beganNanos = System.nanoTime();
    /** Null after the end: what is kept for an hour is the result alone. */
    private @Nullable ProgramDocument draft;

    private volatile @Nullable LedgerReader ledger;
    private volatile long accounts;
    private volatile long estimatedAccounts;
    private volatile long operations;
    private volatile @Nullable Instant dataUntil;
    private volatile End end = new End(State.RUNNING, 0, null, null);
    private long accountsEarlier;
    private long rows;

    /**
     * How it ended.
     *
     * @param nanos when, by the monotonic clock
     * @param why it failed; null if it did not
     * @param result null unless it is done
     */
    record End(State state, long nanos, @Nullable String why, SimulationView.@Nullable ResultView result) {}

    /**
     * What it came to, with all that was needed for it.
     *
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
        this.program = draft.program();
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

    /** Of a standby that lags behind the period: until when it has operations; null otherwise, or if not yet known. */
    @Nullable
    Instant dataUntil() {
        return dataUntil;
    }

    /** Ends it, also in the middle of a statement. Waits until it has ended, at most 2 s. */
    void cancel() {
        cancelled.countDown();
        try {
            // a statement that begins just now does not hear it: so more than once
            for (int i = 0; i < STOPS && !ended.await(STOP_MS, TimeUnit.MILLISECONDS); i++) {
                LedgerReader reader = ledger;
                if (reader != null) {
                    reader.cancel();
                }
            }
        } catch (SQLException e) {
            LOG.warnf(e, "a statement of simulation %s could not be cancelled", id); // it ends by its time-out
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void run() {
        End last = new End(State.FAILED, beganNanos, "The gateway has failed.", null); // as after an Error
        ProgramDocument document = Objects.requireNonNull(draft);
        try (Connection connection = source.connect();
                LedgerReader opened = new LedgerReader(connection, program, from.toEpochMilli(), to.toEpochMilli())) {
            ledger = opened;
            last = new End(State.DONE, System.nanoTime(), null, compare(opened, document));
        } catch (Ended e) {
            last = new End(e.state, System.nanoTime(), e.getMessage(), null);
        } catch (UnreadableForm e) {
            last = failed("An operation of the period was written by a later release of the gateway.", e);
        } catch (SQLException | LedgerReader.ReadFailed e) {
            last = cancelled.getCount() == 0
                    ? new End(State.CANCELLED, System.nanoTime(), CANCELLED, null)
                    : failed("Postgres could not be read.", e);
        } catch (RuntimeException e) {
            last = failed("The gateway has failed.", e);
        } finally {
            ledger = null;
            draft = null;
            end = last;
            ended.countDown();
        }
    }

    private End failed(String why, Exception e) {
        LOG.warnf(e, "simulation %s of program %s failed", id, program);
        return new End(State.FAILED, System.nanoTime(), why, null);
    }

    private SimulationView.ResultView compare(LedgerReader ledger, ProgramDocument draft) throws SQLException {
        if (ledger.bytesOfTimeline() > MOST_BYTES) {
            throw new Ended(
                    State.FAILED,
                    "The versions that were in force in the period have more than " + (MOST_BYTES >> 20)
                            + " MiB together. Choose a shorter one.");
        }
        dataUntil = reached(ledger.replayedMs().orElse(null), draft.sandbox() == null ? to : startedAt);
        Timeline timeline = ledger.timeline();
        checkCurrency(draft, timeline);
        InForce.Rules rules = Timeline.draft(draft);
        Map<String, Integer> numbers = ledger.budgets();
        Map<Integer, Long> usedEarlier = new HashMap<>();
        Comparison comparison = comparison(timeline, rules, numbers, Map.of());
        ledger.read(ACCOUNTS_AT_ONCE, comparison, draft.budgets().isEmpty() ? null : usedEarlier);
        Map<String, Usage.Limit> limits = comparison.limits(usedEarlier);
        if (!limits.isEmpty()) {
            accountsEarlier = accounts;
            comparison = comparison(timeline, rules, numbers, limits);
            ledger.read(ACCOUNTS_AT_ONCE, comparison, null);
        }
        return SimulationView.result(
                this,
                draft,
                new Result(
                        comparison,
                        usedEarlier,
                        timeline.at(to.toEpochMilli(), Long.MAX_VALUE) instanceof InForce.Rules last
                                ? worth(comparison.before.outstanding, last.document())
                                : null,
                        worth(comparison.after.outstanding, draft)));
    }

    /**
     * Until when there are operations, where that is too early.
     *
     * @param replayedMs of a standby the time of the newest transaction, in ms since the epoch; null of a primary
     * @param needed the end of the period; of a sandbox, whose clock is another one, the time of the call
     */
    static @Nullable Instant reached(@Nullable Long replayedMs, Instant needed) {
        Instant replayed = replayedMs == null ? needed : Instant.ofEpochMilli(replayedMs);
        return replayed.isBefore(needed) ? replayed : null;
    }

    /** Purchases in another currency have no price; if all of them are, it is a mistake. */
    private void checkCurrency(ProgramDocument draft, Timeline timeline) {
        Set<String> were = new TreeSet<>();
        for (long ms : List.of(from.toEpochMilli(), to.toEpochMilli() - 1)) {
            if (timeline.at(ms, Long.MAX_VALUE) instanceof InForce.Rules rules) {
                were.add(rules.document().currency().getCurrencyCode());
            }
        }
        if (!were.isEmpty() && !were.contains(draft.currency().getCurrencyCode())) {
            throw new Ended(
                    State.FAILED,
                    "The purchases of the period are in " + String.join(" and ", were) + ": a version in "
                            + draft.currency() + " has no price for them.");
        }
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
    }

    @Override
    public void accounts(int looked, double share) {
        accounts += looked;
        long inThis = accounts - accountsEarlier;
        estimatedAccounts = share == 0 ? 0 : accountsEarlier + Math.round(inThis / share);
    }

    /** Waits while it is faster than it may be. */
    @Override
    public void rows(long read) {
        rows += read;
        long due = rows * TimeUnit.SECONDS.toNanos(1) / config.operationsPerSecond();
        long ahead = Math.max(0, due - (System.nanoTime() - beganNanos));
        try {
            if (cancelled.await(ahead, TimeUnit.NANOSECONDS)) {
                throw new Ended(State.CANCELLED, CANCELLED);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Ended(State.CANCELLED, "The gateway stops.");
        }
    }
}
