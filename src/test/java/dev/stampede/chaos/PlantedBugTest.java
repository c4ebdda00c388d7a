package dev.stampede.chaos;

import static dev.stampede.support.TestGateway.hold;
import static dev.stampede.support.TestGateway.redeem;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.stampede.account.AccountId;
import dev.stampede.account.Decision;
import dev.stampede.account.Operation;
import dev.stampede.account.OperationType;
import dev.stampede.account.Proposal;
import dev.stampede.account.SealedOperation;
import dev.stampede.account.TargetFacts;
import dev.stampede.chaos.Call.Balance;
import dev.stampede.chaos.Call.Kind;
import dev.stampede.chaos.Call.Outcome;
import dev.stampede.chaos.Call.Told;
import dev.stampede.chaos.Violation.Rule;
import dev.stampede.gateway.Answer;
import dev.stampede.support.Ask;
import dev.stampede.support.Backends;
import dev.stampede.support.Parts;
import dev.stampede.support.TestGateway;
import io.vertx.redis.client.Command;
import java.sql.Connection;
import java.sql.DriverManager;
import java.time.LocalDate;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * For each guard of the write path: the execution that it is there for, staged step by step against real servers. With
 * the guard the judge finds nothing; without it, it names the rule that was broken.
 */
@Tag("servers")
@Tag("long")
class PlantedBugTest {
    private static final AccountId ACCOUNT = TestGateway.account("planted");

    /** Of a program that has tiers, promotions and rewards. */
    private static final AccountId MEMBER = AccountId.of(Club.ID, "planted");

    private final List<Call> calls = new ArrayList<>();
    private Club club;
    private PlantedBug planted;
    private String jdbcUrl;
    private TestGateway other;
    private Parts slow;

    /** An execution: {@code slow} is a gateway that can stop between propose and seal, {@code other} a whole one. */
    @FunctionalInterface
    private interface Stage {
        void play() throws Exception;
    }

    private void finds(PlantedBug bug, Rule rule, Stage stage) throws Exception {
        assertEquals(List.of(), violations(null, stage), "with the guard");
        List<Violation> violations = violations(bug, stage);
        assertEquals(
                Set.of(rule),
                violations.stream().map(Violation::rule).collect(Collectors.toSet()),
                () -> "without it: " + violations);
    }

    private List<Violation> violations(PlantedBug bug, Stage stage) throws Exception {
        Backends backends = Backends.shared();
        String database = "planted_" + (bug == null ? "nothing" : bug.name().toLowerCase(Locale.ROOT));
        jdbcUrl = backends.freshDatabase(database);
        TestGateway.migrate(jdbcUrl);
        if (bug != null) {
            bug.plant(jdbcUrl);
        }
        planted = bug;
        Club.begin(jdbcUrl);
        club = Club.read(jdbcUrl);
        calls.clear();
        other = new TestGateway(
                backends.postgres(),
                database,
                backends.redis().port(),
                Map.of("stampede.gateway.compare-interval", "1h"));
        slow = new Parts(other);
        stage.play();
        stop();
        List<Violation> violations = new ArrayList<>();
        SharedTotals totals = new SharedTotals();
        LedgerReader.read(
                jdbcUrl,
                chain -> {
                    totals.add(chain);
                    List<Call> own = calls.stream()
                            .filter(call -> call.account().equals(chain.account()))
                            .toList();
                    violations.addAll(Judge.judge(
                                    chain,
                                    own,
                                    List.of(),
                                    List.of(),
                                    club,
                                    System.currentTimeMillis() - TimeUnit.NANOSECONDS.toMillis(System.nanoTime()))
                            .violations());
                },
                snapshot -> violations.addAll(totals.violations(snapshot)));
        return violations;
    }

    @AfterEach
    void stop() {
        if (slow != null) {
            slow.close();
            slow = null;
        }
        if (other != null) {
            other.close();
            other = null;
        }
    }

    // What clients of the two gateways asked, and were told ---------------------------------------------

    private void record(Operation operation, long sentAt, Told told) {
        calls.add(new Call(
                1,
                1,
                Kind.valueOf(operation.type().name()),
                ACCOUNT,
                operation.key(),
                points(operation),
                operation instanceof Operation.Hold hold ? Long.valueOf(hold.ttlSeconds()) : null,
                operation instanceof Operation.EndOfHold end ? end.hold() : null,
                null,
                null,
                false,
                sentAt,
                System.nanoTime(),
                told));
    }

    private static Long points(Operation operation) {
        if (operation instanceof Operation.Earn earn) {
            return earn.points();
        } else if (operation instanceof Operation.Redeem redeem) {
            return redeem.points();
        } else if (operation instanceof Operation.Hold hold) {
            return hold.points();
        } else if (operation instanceof Operation.Capture capture) {
            return capture.points();
        } else if (operation instanceof Operation.Reverse reverse) {
            return reverse.points();
        }
        return null;
    }

    private static Told told(Answer answer) {
        if (answer instanceof Answer.Refused refused) {
            return Told.refused(refused.refusal().code());
        }
        SealedOperation sealed = ((Answer.Sealed) answer).operation();
        boolean ok = sealed.ok();
        return new Told(
                ok ? Outcome.OK : Outcome.DECLINED,
                ok ? null : sealed.outcome(),
                ((Answer.Sealed) answer).replayed(),
                sealed.id(),
                sealed.version(),
                sealed.points(),
                Balance.of(sealed.image().state(), sealed.at()),
                null);
    }

    /** As the program says: until the end of the month, twelve months on. */
    private static Operation earn(String key, long points) {
        LocalDate on =
                YearMonth.from(LocalDate.now(ZoneOffset.UTC).plusMonths(12)).atEndOfMonth();
        return Ask.of(OperationType.EARN, ACCOUNT)
                .key(key, "earn " + points)
                .points(points)
                .lot(on.toEpochDay(), null)
                .autoEnrol(true)
                .build();
    }

    @CanIgnoreReturnValue
    private SealedOperation ask(Operation operation) {
        long sentAt = System.nanoTime();
        Answer answer = other.ask(operation);
        record(operation, sentAt, told(answer));
        return answer instanceof Answer.Sealed sealed ? sealed.operation() : null;
    }

    /** To a gateway that falls asleep before it seals: its caller gets no answer. */
    @CanIgnoreReturnValue
    private List<Proposal> fallAsleep(Operation operation) {
        long sentAt = System.nanoTime();
        List<Proposal> chain = slow.propose(operation);
        record(operation, sentAt, Told.unknown("timeout"));
        return chain;
    }

    private void wakeUp(List<Proposal> chain) {
        var unused = slow.seal(chain);
    }

    // The same of a member of the club -----------------------------------------------------------------------

    private static Call call(Kind kind, String key, UUID subject, String said) {
        return call(MEMBER, kind, key, subject, said);
    }

    private static Call call(AccountId account, Kind kind, String key, UUID subject, String said) {
        String text = said == null ? null : said.replace('\'', '"');
        Told told = Told.unknown("timeout");
        return new Call(1, 1, kind, account, key, null, null, subject, null, text, false, 0, 0, told);
    }

    private static Call earns(String key, String amount) {
        return call(Kind.EARN, key, null, "{'amount':'" + amount + "','currency':'GBP'}");
    }

    private Operation operation(Call call) {
        return club.operation(call, call.account(), call.key(), 1, System.currentTimeMillis(), total -> null);
    }

    private void record(Call call, long sentAt, Told told) {
        calls.add(new Call(
                call.client(),
                call.gateway(),
                call.kind(),
                call.account(),
                call.key(),
                call.points(),
                call.ttlSeconds(),
                call.subject(),
                call.voids(),
                call.said(),
                call.other(),
                sentAt,
                System.nanoTime(),
                told));
    }

    @CanIgnoreReturnValue
    private SealedOperation ask(Call call) {
        long sentAt = System.nanoTime();
        Answer answer = other.ask(operation(call));
        record(call, sentAt, told(answer));
        return TestGateway.done(answer);
    }

    /** A proposal of a gateway that falls asleep before it seals. */
    private List<Proposal> fallAsleep(Call call, TargetFacts facts) {
        long sentAt = System.nanoTime();
        Operation operation = operation(call);
        List<Proposal> chain = facts == null ? slow.propose(operation) : slow.propose(operation.of(facts), facts);
        record(call, sentAt, Told.unknown("timeout"));
        return chain;
    }

    /**
     * Redis does something else than what a gateway asked for, which it would seal if it did not check it.
     *
     * @param facts of what it undoes; null if it undoes nothing
     */
    private void doesAnother(Call asked, Call done, TargetFacts facts) {
        long sentAt = System.nanoTime();
        Operation wanted = facts == null ? operation(asked) : operation(asked).of(facts);
        List<Proposal> chain = facts == null
                ? slow.propose(operation(done))
                : slow.propose(operation(done).of(facts), facts);
        slow.redis(Command.DEL, MEMBER.redisKey());
        Proposal made = chain.get(chain.size() - 1); // behind what Redis may not yet know to be sealed
        Proposal lie = new Proposal(made.id(), wanted, made.decision(), made.image());
        boolean unchecked = planted != null && planted.isOfGateway();
        assertEquals(unchecked, slow.seal(List.of(unchecked ? made : lie)).sealed());
        record(asked, sentAt, Told.unknown("timeout"));
    }

    // The executions ---------------------------------------------------------------------------------------

    @Test
    void theChainCheck() throws Exception {
        finds(PlantedBug.NO_CHAIN_CHECK, Rule.FOLLOWS, () -> {
            ask(earn("e", 100));
            fallAsleep(hold(ACCOUNT, "h1", 30));
            List<Proposal> redeem = fallAsleep(redeem(ACCOUNT, "r", 10));
            slow.redis(Command.DEL, ACCOUNT.redisKey());
            // the same sums, another hold
            ask(hold(ACCOUNT, "h2", 30));
            wakeUp(redeem);
        });
    }

    @Test
    void theImagesDigest() throws Exception {
        finds(PlantedBug.NO_DIGEST_CHECK, Rule.FOLLOWS, () -> {
            SealedOperation earned = ask(earn("e", 100));
            long day = earned.image().state().lots().get(0).day();
            slow.edit(ACCOUNT, "[[" + day, "[[" + (day + 1000));
            ask(redeem(ACCOUNT, "r", 1));
        });
    }

    @Test
    void theKeysUniqueness() throws Exception {
        finds(PlantedBug.NO_KEY_CHECK, Rule.KEY_ONCE, () -> {
            ask(earn("e", 100));
            ask(redeem(ACCOUNT, "r", 30));
            slow.redis(Command.HDEL, ACCOUNT.redisKey(), "k:r");
            ask(redeem(ACCOUNT, "r", 30));
        });
    }

    @Test
    void sealedDeclines() throws Exception {
        finds(PlantedBug.NO_SEALED_DECLINES, Rule.DECLINED_IS_SEALED, () -> {
            SealedOperation earned = ask(earn("e", 100));
            List<Proposal> redeem = fallAsleep(redeem(ACCOUNT, "r", 50));
            slow.put(ACCOUNT, earned.image());
            slow.edit(ACCOUNT, "\"available\":100", "\"available\":10");
            slow.edit(ACCOUNT, ",100]]", ",10]]");
            ask(redeem(ACCOUNT, "r", 50));
            wakeUp(redeem);
        });
    }

    @Test
    void theFreshSnapshotAfterTheLock() throws Exception {
        finds(PlantedBug.NO_FRESH_SNAPSHOT, Rule.KEY_ONCE, () -> {
            ask(earn("e", 100));
            List<Proposal> first = fallAsleep(redeem(ACCOUNT, "r", 30));
            slow.redis(Command.HDEL, ACCOUNT.redisKey(), "k:r");
            List<Proposal> second = fallAsleep(redeem(ACCOUNT, "r", 30));
            try (Connection blocker = lock();
                    Parts another = new Parts(other)) {
                var sealing = slow.sealing(first);
                waitForLocks(1);
                var behind = another.sealing(second);
                waitForLocks(2);
                blocker.rollback();
                CompletableFuture.allOf(sealing, behind).get(30, TimeUnit.SECONDS);
            }
        });
    }

    @Test
    void anAnswerThatIsTrue() throws Exception {
        finds(PlantedBug.NO_TRUE_ANSWER, Rule.ANSWERED_IS_THERE, () -> {
            ask(earn("e", 100));
            slow.edit(ACCOUNT, "\"available\":100", "\"available\":900");
            slow.edit(ACCOUNT, ",100]]", ",900]]");
            ask(redeem(ACCOUNT, "r", 50));
        });
    }

    @Test
    void theMemberUnderTheDigest() throws Exception {
        finds(PlantedBug.NO_DIGEST_CHECK, Rule.FOLLOWS, () -> {
            ask(earns("e1", "20.00"));
            slow.edit(MEMBER, "\"stamps\":\"card 1 ", "\"stamps\":\"card 2 ");
            ask(earns("e2", "20.00"));
        });
    }

    @Test
    void howManyHaveUndoneIt() throws Exception {
        finds(PlantedBug.NO_STEP_CHECK, Rule.FOLLOWS, () -> {
            ask(earns("e1", "20.00"));
            UUID earned = ask(earns("e2", "0.10")).id();
            TargetFacts before = slow.facts(MEMBER, earned);
            ask(call(Kind.REVERSE, "r1", earned, null));
            // Redis forgets it: no point has moved, but a stamp
            slow.redis(Command.HSET, MEMBER.redisKey(), "t:" + earned, "2 0 0 0");
            Call again = call(Kind.REVERSE, "r2", earned, null);
            long sentAt = System.nanoTime();
            List<Proposal> second = slow.propose(operation(again).of(before), before);
            wakeUp(second);
            record(again, sentAt, Told.unknown("timeout"));
        });
    }

    @Test
    void theTimeOfADecision() throws Exception {
        finds(PlantedBug.NO_TIME_CHECK, Rule.TRUE_TIME, () -> {
            ask(earn("e", 100));
            Operation redeem = redeem(ACCOUNT, "r", 10);
            long sentAt = System.nanoTime();
            List<Proposal> ahead = slow.propose(redeem, System.currentTimeMillis() + 5_000);
            boolean sealed = slow.seal(ahead).sealed();
            SealedOperation done = SealedOperation.of(ahead.get(ahead.size() - 1));
            record(redeem, sentAt, sealed ? told(new Answer.Sealed(done, false, false)) : Told.unknown("timeout"));
        });
    }

    @Test
    void whatAPurchaseIsWorth() throws Exception {
        finds(PlantedBug.NO_SETTLEMENT_CHECK, Rule.FOLLOWS, () -> {
            ask(earns("e1", "20.00"));
            doesAnother(earns("e2", "1.00"), earns("e2", "30.00"), null);
        });
    }

    @Test
    void whatARewardCosts() throws Exception {
        finds(PlantedBug.NO_CLAIM_CHECK, Rule.FOLLOWS, () -> {
            ask(earns("e1", "60.00"));
            Call mug = call(Kind.REDEEM, "r", null, "{'reward':'mug'}");
            doesAnother(mug, call(Kind.REDEEM, "r", null, "{'reward':'cake'}"), null);
        });
    }

    @Test
    void whatAReversalLeaves() throws Exception {
        finds(PlantedBug.NO_PARTS_CHECK, Rule.FOLLOWS, () -> {
            UUID earned = ask(earns("e1", "60.00")).id();
            TargetFacts facts = slow.facts(MEMBER, earned);
            Call back = call(Kind.REVERSE, "r", earned, "{'amount':'30.00','currency':'GBP'}");
            Call less = call(Kind.REVERSE, "r", earned, "{'amount':'1.00','currency':'GBP'}");
            doesAnother(back, less, facts);
        });
    }

    @Test
    void theUnitsOfAnOperation() throws Exception {
        finds(PlantedBug.NO_UNITS_TAKEN, Rule.SHARED_TOTALS, () -> {
            ask(earns("e1", "20.00")); // its sealer has a part of the budget from now on
            for (int i = 2; i < 6; i++) {
                ask(earns("e" + i, "2.00"));
            }
        });
    }

    /** Two sealers at once, and one piece is left. */
    @Test
    void theLocksOfAllParts() throws Exception {
        finds(PlantedBug.NO_LOCKED_PARTS, Rule.SHARED_TOTALS, () -> {
            AccountId another = AccountId.of(Club.ID, "another");
            List<List<Proposal>> payments = new ArrayList<>();
            oneCake();
            for (AccountId account : List.of(MEMBER, another)) {
                ask(call(account, Kind.EARN, "e", null, "{'amount':'60.00','currency':'GBP'}"));
                payments.add(fallAsleep(call(account, Kind.REDEEM, "r", null, "{'reward':'cake'}"), null));
            }
            try (Connection blocker = lock("SELECT 1 FROM allotment FOR UPDATE");
                    Parts awake = new Parts(other)) {
                var sealing = slow.sealing(payments.get(0));
                var beside = awake.sealing(payments.get(1));
                waitForLocks(2);
                blocker.rollback();
                CompletableFuture.allOf(sealing, beside).get(30, TimeUnit.SECONDS);
            }
        });
    }

    private void oneCake() throws Exception {
        try (Connection connection = DriverManager.getConnection(jdbcUrl);
                var statement = connection.createStatement()) {
            statement.execute("UPDATE budget SET total = 1 WHERE name = 'cake'");
            statement.execute("UPDATE allotment SET units = 1 WHERE slot = 0"
                    + " AND budget = (SELECT id FROM budget WHERE name = 'cake')");
        }
    }

    @Test
    void thePartsOfOthers() throws Exception {
        finds(PlantedBug.NO_LOOK_AT_ALL_PARTS, Rule.TRUE_SHORTAGE, () -> {
            ask(earns("e1", "2.00"));
            ask(earns("e2", "60.00"));
        });
    }

    @Test
    void theUnitsOfWhatIsRefused() throws Exception {
        finds(PlantedBug.NO_UNITS_OF_ACCEPTED, Rule.SHARED_TOTALS, () -> {
            ask(earns("e1", "20.00"));
            slow.edit(MEMBER, "\"stamps\":\"card 1 ", "\"stamps\":\"card 2 ");
            ask(earns("e2", "20.00"));
        });
    }

    /** What gives a piece back is sealed by another gateway; the one that wakes up sends it again, with the next. */
    @Test
    void theUnitsThatAnotherHasGivenBack() throws Exception {
        finds(PlantedBug.NO_UNITS_ONCE, Rule.SHARED_TOTALS, () -> {
            ask(earns("e1", "60.00"));
            List<Proposal> chain = new ArrayList<>(fallAsleepBefore(mug("r1")));
            try (Parts awake = new Parts(other)) {
                assertEquals(true, awake.seal(chain).sealed());
            }
            List<Proposal> next = fallAsleep(earns("e2", "2.00"), null);
            chain.add(next.get(next.size() - 1));
            wakeUp(chain);
        });
    }

    /** Somebody writes into Redis that two pieces come back; another gateway seals what it finds there. */
    @Test
    void whatComesBackToStock() throws Exception {
        finds(PlantedBug.NO_BACK_CHECK, Rule.FOLLOWS, () -> {
            ask(earns("e1", "120.00"));
            mug("r1");
            List<Proposal> back = fallAsleepBefore(mug("r2"));
            Decision decision = back.get(back.size() - 1).decision();
            String uses = "\"uses\":[[" + decision.uses().get(0).budget() + ",-";
            slow.edit(MEMBER, "u" + decision.version(), uses + "1]]", uses + "2]]");
            ask(earns("e2", "2.00"));
        });
    }

    @CanIgnoreReturnValue
    private UUID mug(String key) {
        return ask(call(Kind.REDEEM, key, null, "{'reward':'mug'}")).id();
    }

    /** The whole of it is to be undone. */
    private List<Proposal> fallAsleepBefore(UUID payment) {
        return fallAsleep(call(Kind.REVERSE, "back", payment, null), slow.facts(MEMBER, payment));
    }

    /** Holds the account's row lock, as a commit under way does, until it is closed. */
    private Connection lock() throws Exception {
        return lock("SELECT 1 FROM account FOR UPDATE");
    }

    private Connection lock(String sql) throws Exception {
        Connection connection = DriverManager.getConnection(jdbcUrl);
        connection.setAutoCommit(false);
        try (var statement = connection.createStatement()) {
            statement.executeQuery(sql);
        }
        return connection;
    }

    private void waitForLocks(int sessions) throws Exception {
        for (int i = 0; i < 200; i++) {
            try (Connection connection = DriverManager.getConnection(jdbcUrl);
                    var rows = connection
                            .createStatement()
                            .executeQuery("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                                    + " AND datname = current_database()")) {
                rows.next();
                if (rows.getInt(1) >= sessions) {
                    return;
                }
            }
            TimeUnit.MILLISECONDS.sleep(10);
        }
        throw new AssertionError("nobody waits for the lock");
    }
}
