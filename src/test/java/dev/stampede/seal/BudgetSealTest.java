package dev.stampede.seal;

import static dev.stampede.seal.SharedTotals.run;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.account.BudgetUse;
import dev.stampede.account.Proposal;
import dev.stampede.embedded.EmbeddedPostgresServer;
import dev.stampede.support.Backends;
import dev.stampede.support.TestGateway;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The ledger gives never more than a total, and down to the last unit, whoever asks and fails. */
@Tag("servers")
class BudgetSealTest {
    private static final Logger LOG = Logger.getLogger(BudgetSealTest.class);

    private static final int SEALERS = 6;
    private static final int BATCH = 8;

    private static String url;
    private SharedTotals first;
    private SharedTotals second;
    private int accounts;

    @BeforeAll
    static void migrate() {
        url = Backends.shared().freshDatabase("budgets");
        TestGateway.migrate(url);
    }

    @BeforeEach
    void empty() throws SQLException {
        first = new SharedTotals(url, 1);
        first.execute("TRUNCATE account, operation, entry, budget, allotment, budget_event RESTART IDENTITY");
        second = new SharedTotals(url, 2);
    }

    @AfterEach
    void close() throws SQLException {
        checkSums();
        first.close();
        second.close();
    }

    /** At every instant: what is left and what was used are the total. */
    private void checkSums() throws SQLException {
        assertEquals(
                0,
                first.number("SELECT count(*) FROM budget b WHERE b.total <>"
                        + " (SELECT sum(units) FROM allotment a WHERE a.budget = b.id)"
                        + " + coalesce((SELECT sum((u ->> 1)::bigint) FROM operation o,"
                        + " json_array_elements(o.uses::json) u"
                        + " WHERE (u ->> 0)::int = b.id), 0)"));
    }

    /** What the documents of a program have in common with these. */
    private void publish(String... budgets) throws SQLException {
        first.execute("SELECT * FROM make_budgets('demo', '{\"budgets\":[" + String.join(",", budgets)
                + "],\"rewards\":[]}')");
    }

    private static String uses(String id, long total) {
        return "{\"id\":\"" + id + "\",\"of\":\"uses\",\"total\":" + total + "}";
    }

    private int budget(String id, long total) throws SQLException {
        publish(uses(id, total));
        return (int) first.number("SELECT id FROM budget WHERE name = '" + id + "'");
    }

    private long left(int budget) throws SQLException {
        return first.number("SELECT sum(units) FROM allotment WHERE budget = " + budget);
    }

    private long used(int budget) throws SQLException {
        return first.number("SELECT coalesce(sum((u ->> 1)::bigint), 0) FROM operation o,"
                + " json_array_elements(o.uses::json) u WHERE (u ->> 0)::int = " + budget);
    }

    private EarningAccount member() {
        return new EarningAccount("m" + ++accounts);
    }

    private Run earning(BudgetUse... uses) {
        EarningAccount member = member();
        return run(member.id, member.earn("k", uses));
    }

    private static BudgetUse of(int budget, long units) {
        return new BudgetUse(budget, units);
    }

    @Test
    void anOperationTakesWhatItUses() throws SQLException {
        int budget = budget("b", 100);
        Run run = earning(of(budget, 80));
        assertTrue(first.seal(run).has(run.last()));
        assertEquals(20, left(budget));
        Run more = earning(of(budget, 21));
        SharedTotals.Answer answer = second.seal(more);
        assertEquals(List.of("budget"), answer.reason());
        assertEquals(List.of(budget), answer.lacks());
        assertEquals(List.of(20L), answer.leftUnits());
        assertEquals(20, left(budget));
        Run rest = earning(of(budget, 20));
        assertTrue(second.seal(rest).has(rest.last()));
        assertEquals(0, left(budget));
    }

    /** A run is sealed up to the use for which there is not enough; what comes back can be used again. */
    @Test
    void aRunIsCutBeforeTheUnitThatIsMissing() throws SQLException {
        int budget = budget("b", 1);
        EarningAccount member = member();
        Proposal one = member.earn("1", of(budget, 1));
        Proposal two = member.earn("2", of(budget, 1));
        Proposal three = member.earn("3", of(budget, 1));
        SharedTotals.Answer answer = first.seal(run(member.id, one, two, three));
        assertTrue(answer.has(one));
        assertFalse(answer.has(two) || answer.has(three));
        assertEquals(List.of(2), answer.culprit());
        assertEquals(List.of("budget"), answer.reason());
        assertEquals(0, left(budget));
    }

    @Test
    void whatARunGivesBackItCanUse() throws SQLException {
        int budget = budget("b", 1);
        EarningAccount member = member();
        Proposal one = member.earn("1", of(budget, 1));
        assertTrue(first.seal(run(member.id, one)).has(one));
        Proposal back = member.earn("2", of(budget, -1));
        Proposal again = member.earn("3", of(budget, 1));
        Run run = run(member.id, back, again);
        assertEquals(2, second.seal(run).inserted().size());
        assertEquals(0, left(budget));
        assertEquals(0, second.seal(run).inserted().size(), "the same call again");
        assertEquals(0, left(budget));
    }

    /** Not before it is written: the run that gives back may be refused. */
    @Test
    void whatAnotherRunGivesBackCanBeUsedInTheNextBatch() throws SQLException {
        int budget = budget("b", 1);
        EarningAccount giver = member();
        Proposal one = giver.earn("1", of(budget, 1));
        first.mustSeal(run(giver.id, one));
        Run back = run(giver.id, giver.earn("2", of(budget, -1)));
        Run wants = earning(of(budget, 1));
        SharedTotals.Answer answer = second.seal(back, wants);
        assertTrue(answer.has(back.last()));
        assertEquals(List.of("budget"), answer.reason());
        assertEquals(List.of(1L), answer.leftUnits());
        assertTrue(second.seal(wants).has(wants.last()));
    }

    /** Whoever is refused for another reason eats no unit that somebody behind him in the batch then misses. */
    @Test
    void whoIsRefusedForAnotherReasonTakesNothing() throws SQLException {
        int budget = budget("b", 1);
        EarningAccount wrong = member();
        wrong.earn("unsealed");
        Run orphan = run(wrong.id, wrong.earn("k", of(budget, 1)));
        Run wants = earning(of(budget, 1));
        SharedTotals.Answer answer = first.seal(orphan, wants);
        assertTrue(answer.has(wants.last()));
        assertEquals(List.of("head"), answer.reason());
        assertEquals(0, left(budget));
    }

    /** The same where it shows only when the rows are written: who came too late is judged again. */
    @Test
    void whoLostAgainstAWrongOneGoesAgain() throws SQLException {
        int budget = budget("b", 1);
        EarningAccount wrong = member();
        wrong.at -= 1000;
        Proposal sealed = wrong.earn("1");
        first.mustSeal(run(wrong.id, sealed));
        first.execute("UPDATE account SET digest = 'another' WHERE account = '" + wrong.id.id() + "'");
        Run bad = run(wrong.id, wrong.earn("2", of(budget, 1)));
        Run wants = earning(of(budget, 1));
        SharedTotals.Answer answer = first.seal(bad, wants);
        assertEquals(List.of("image", "again"), answer.reason());
        assertEquals(1, left(budget));
        assertTrue(first.seal(wants).has(wants.last()));
    }

    /** Lanes say nothing about who was first. */
    @Test
    void theLastUnitsGoToWhoWasFirst() throws SQLException {
        int budget = budget("b", 3);
        List<Run> runs = new ArrayList<>();
        List<EarningAccount> members = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            EarningAccount member = member();
            member.at += 1000 - i;
            members.add(member);
            runs.add(run(member.id, member.earn("k", of(budget, 1))));
        }
        SharedTotals.Answer answer = first.seal(runs);
        assertEquals(3, answer.inserted().size());
        for (int i = 0; i < 10; i++) {
            assertEquals(i > 6, answer.has(runs.get(i).last()), "decided at " + members.get(i).at);
        }
    }

    @Test
    void anOperationTakesAllThatItUsesOrNothing() throws SQLException {
        publish(uses("a", 5), uses("b", 1));
        int a = (int) first.number("SELECT id FROM budget WHERE name = 'a'");
        int b = (int) first.number("SELECT id FROM budget WHERE name = 'b'");
        Run both = earning(of(a, 5), of(b, 2));
        SharedTotals.Answer answer = first.seal(both, earning(of(a, 5)));
        assertEquals(1, answer.inserted().size());
        assertFalse(answer.has(both.last()));
        assertEquals(0, left(a));
        assertEquals(1, left(b));
    }

    /** Another gateway has sealed the first of two: its units are taken once. */
    @Test
    void whatWasSealedByAnotherIsNotTakenAgain() throws SQLException {
        int budget = budget("b", 10);
        EarningAccount member = member();
        Proposal one = member.earn("1", of(budget, 3));
        Proposal two = member.earn("2", of(budget, 4));
        first.mustSeal(run(member.id, one));
        SharedTotals.Answer answer = second.seal(run(member.id, one, two));
        assertEquals(1, answer.inserted().size());
        assertEquals(3, left(budget));
        assertEquals(7, used(budget));
    }

    @Test
    void aKeyThatWasUsedTakesNothing() throws SQLException {
        int budget = budget("b", 10);
        EarningAccount member = member();
        first.mustSeal(run(member.id, member.earn("1", of(budget, 1))));
        Proposal two = member.earn("2", of(budget, 2));
        Proposal again = member.earn("1", of(budget, 4));
        SharedTotals.Answer answer = first.seal(run(member.id, two, again));
        assertEquals(List.of("key"), answer.reason());
        assertEquals(7, left(budget));
    }

    /** Units stay with the sealer that has them, until they are wanted elsewhere. */
    @Test
    void whoRunsDryTakesWhatOthersHave() throws SQLException {
        int budget = budget("b", 320);
        first.mustSeal(earning(of(budget, 1)));
        assertTrue(first.number("SELECT units FROM allotment WHERE slot = 1") > 10);
        Run rest = earning(of(budget, 319));
        assertTrue(second.seal(rest).has(rest.last()));
        assertEquals(0, left(budget));
        assertEquals(List.of("budget"), first.seal(earning(of(budget, 1))).reason());
    }

    /**
     * A session finds its part where it has put it, or where another session of that number has. Nobody goes again for
     * that: with two busy sessions, whoever goes again in turn with new batches would do so for ever.
     */
    @Test
    void aPartThatAnotherSessionMovedIsFound() throws SQLException {
        int budget = budget("b", 3200);
        try (SharedTotals same = new SharedTotals(url, 1)) {
            for (int i = 0; i < 5; i++) {
                first.mustSeal(earning(of(budget, 1)));
                first.mustSeal(earning(of(budget, 2)));
                same.mustSeal(earning(of(budget, 3)));
            }
            EarningAccount member = member();
            first.mustSeal(run(member.id, member.earn("1", of(budget, 4))));
            first.mustSeal(run(member.id, member.earn("2", of(budget, -4))));
            first.execute("BEGIN");
            first.mustSeal(earning(of(budget, 5)));
            first.execute("ROLLBACK");
            first.execute("VACUUM FULL allotment"); // another part may have its place now
            first.mustSeal(earning(of(budget, 1)));
        }
        assertEquals(3200 - 31, left(budget));
        assertEquals(
                1,
                first.number("SELECT count(*) FROM allotment a WHERE a.slot = 1 AND a.ctid ="
                        + " split_part(current_setting('stampede.part_' || a.budget || '_1'), ' ', 1)::tid"
                        + " AND a.units ="
                        + " split_part(current_setting('stampede.part_' || a.budget || '_1'), ' ', 2)::bigint"));
    }

    /** All is nobody's then: who believes that he has a part looks again, once. */
    @Test
    void whoKnowsAPartOfAnotherTotalLooksAgain() throws SQLException {
        int budget = budget("b", 3200);
        first.mustSeal(earning(of(budget, 1)));
        first.mustSeal(earning(of(budget, 1)));
        publish(uses("b", 10));
        Run run = earning(of(budget, 8));
        Run other = earning();
        SharedTotals.Answer answer = first.seal(run, other);
        assertEquals(List.of("again"), answer.reason());
        assertTrue(answer.has(other.last()));
        assertEquals(8, left(budget));
        first.mustSeal(run);
        assertEquals(0, left(budget));
        assertEquals(List.of("budget"), first.seal(earning(of(budget, 1))).reason());
    }

    /** Who was refused all but a part of what is left looks before he takes, and then locks all parts. */
    @Test
    void aPartIsNotTriedThatIsKnownToBeTooSmall() throws SQLException {
        int budget = budget("b", 3200);
        first.mustSeal(earning(of(budget, 1)));
        first.mustSeal(earning(of(budget, 1)));
        long own = first.number("SELECT units FROM allotment WHERE slot = 1");
        first.mustSeal(earning(of(budget, own - 1)));
        assertEquals(1, first.number("SELECT units FROM allotment WHERE slot = 1"));
        first.mustSeal(earning(of(budget, 2)));
        assertEquals(3200 - own - 3, left(budget));
    }

    /** Somebody empties the part between the look and the update: those who use it go again. */
    @Test
    void whoseOwnPartIsTakenMeanwhileGoesAgain() throws Exception {
        ownPartIsTakenMeanwhile(false);
    }

    /** The same without a look, since the session knows its part. */
    @Test
    void whoseKnownPartIsTakenMeanwhileGoesAgain() throws Exception {
        ownPartIsTakenMeanwhile(true);
    }

    private void ownPartIsTakenMeanwhile(boolean known) throws Exception {
        int budget = budget("b", 3200);
        first.mustSeal(earning(of(budget, 1)));
        if (known) {
            first.mustSeal(earning(of(budget, 1)));
        }
        long left = left(budget);
        long own = first.number("SELECT units FROM allotment WHERE slot = 1");
        assertTrue(own > 100, "own: " + own);
        second.autoCommit(false);
        second.execute("UPDATE allotment SET units = 0 WHERE slot = 1");
        second.execute("UPDATE allotment SET units = units + " + own + " WHERE slot = 0");
        Run run = earning(of(budget, 5));
        Run other = earning();
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try {
            Future<SharedTotals.Answer> sealed = thread.submit(() -> first.seal(run, other));
            awaitWaiting(1);
            second.commit();
            SharedTotals.Answer answer = sealed.get(10, TimeUnit.SECONDS);
            assertEquals(List.of("again"), answer.reason());
            assertEquals(1, answer.inserted().size());
            assertTrue(answer.has(other.last()));
        } finally {
            thread.shutdown();
        }
        second.autoCommit(true);
        assertEquals(left, left(budget));
        assertTrue(first.seal(run).has(run.last()));
    }

    private static void awaitWaiting(int sessions) throws SQLException {
        try (Connection look = DriverManager.getConnection(url);
                var sql = look.createStatement()) {
            for (int waiting = 0; waiting < sessions; ) {
                try (var rows = sql.executeQuery("SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted")) {
                    rows.next();
                    waiting = rows.getInt(1);
                }
            }
        }
    }

    /**
     * Two sealers wait for the same part: its own one, whose update will find too little, and one that locks all parts.
     * The first one holds the part then, and must not ask for others that the second one holds.
     */
    @Test
    void whoFindsTooLittleWaitsForNobodyElsesPart() throws Exception {
        twoWaitForOnePart(1, List.of("again"));
    }

    /** The same where the part is moved and has enough: it is taken from at once. */
    @Test
    void whosePartIsMovedMeanwhileTakesFromIt() throws Exception {
        twoWaitForOnePart(100, List.of());
    }

    /** @param units that the part has when they go on */
    private void twoWaitForOnePart(long units, List<String> reason) throws Exception {
        int budget = budget("b", 3200);
        first.mustSeal(earning(of(budget, 1)));
        first.mustSeal(earning(of(budget, 1)));
        second.autoCommit(false);
        long own = second.number("SELECT units FROM allotment WHERE slot = 1");
        second.execute("UPDATE allotment SET units = " + units + " WHERE slot = 1");
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try (SharedTotals third = new SharedTotals(url, 3)) {
            Run few = earning(of(budget, 2));
            Run many = earning(of(budget, 3));
            Future<SharedTotals.Answer> ofOne = threads.submit(() -> first.seal(few));
            awaitWaiting(1);
            Future<SharedTotals.Answer> ofAll = threads.submit(() -> third.seal(many));
            awaitWaiting(2);
            second.execute("UPDATE allotment SET units = units + " + (own - units) + " WHERE slot = 9");
            second.commit();
            assertEquals(reason, ofOne.get(10, TimeUnit.SECONDS).reason());
            assertTrue(ofAll.get(10, TimeUnit.SECONDS).has(many.last()));
            if (!reason.isEmpty()) {
                first.mustSeal(few);
            }
        } finally {
            threads.shutdown();
        }
        second.autoCommit(true);
        assertEquals(3200 - 2 - 2 - 3, left(budget));
    }

    @Test
    void aNumberThatHasNoPartDestroysNothing() throws SQLException {
        int budget = budget("b", 10);
        try (SharedTotals beyond = new SharedTotals(url, 17)) {
            assertEquals(
                    "22000",
                    assertThrows(SQLException.class, () -> beyond.seal(earning(of(budget, 1))))
                            .getSQLState());
        }
        assertEquals(10, left(budget));
    }

    @Test
    void aBudgetThatDoesNotExistHasNothing() throws SQLException {
        SharedTotals.Answer answer = first.seal(earning(of(77, 1)));
        assertEquals(List.of("budget"), answer.reason());
        assertEquals(List.of(77), answer.lacks());
    }

    @Test
    void eachThresholdIsToldOnce() throws SQLException {
        int budget = budget("b", 100);
        first.mustSeal(earning(of(budget, 79)));
        assertEquals(0, first.number("SELECT count(*) FROM budget_event"));
        first.mustSeal(earning(of(budget, 1)));
        assertEquals(80, first.number("SELECT max(percent) FROM budget_event"));
        second.mustSeal(earning(of(budget, 19)));
        assertEquals(2, first.number("SELECT count(*) FROM budget_event"));
        EarningAccount member = member();
        second.mustSeal(run(member.id, member.earn("1", of(budget, 1))));
        assertEquals(3, first.number("SELECT count(*) FROM budget_event"));
        second.mustSeal(run(member.id, member.earn("2", of(budget, -1))));
        second.mustSeal(run(member.id, member.earn("3", of(budget, 1))));
        assertEquals(3, first.number("SELECT count(*) FROM budget_event"));
        assertEquals(100, first.number("SELECT told FROM budget"));
    }

    @Test
    void aTotalIsChangedWithTheDocument() throws SQLException {
        int budget = budget("b", 100);
        first.mustSeal(earning(of(budget, 60)));
        assertEquals(budget, budget("b", 200));
        assertEquals(140, left(budget));
        assertEquals(budget, budget("b", 60));
        assertEquals(0, left(budget));
        assertEquals(3, first.number("SELECT count(*) FROM budget_event"));
        assertEquals(
                60,
                first.number("SELECT used FROM make_budgets('demo', '{\"budgets\":[" + uses("b", 59)
                        + "],\"rewards\":[]}')"));
        assertEquals(60, first.number("SELECT total FROM budget"));
        publish(uses("b", 75));
        assertEquals(80, first.number("SELECT told FROM budget"));
        first.mustSeal(earning(of(budget, 15)));
        assertEquals(100, first.number("SELECT told FROM budget"));
    }

    /** A document of another kind with the same id is another total, and so is stock. */
    @Test
    void kindsAreApart() throws SQLException {
        publish(uses("b", 10));
        first.execute("SELECT * FROM make_budgets('demo', '{\"budgets\":[{\"id\":\"b\",\"of\":\"points\",\"total\":5}],"
                + "\"rewards\":[{\"id\":\"b\",\"stock\":{\"total\":7}},{\"id\":\"c\"}]}')");
        assertEquals(3, first.number("SELECT count(*) FROM budget"));
        assertEquals(51, first.number("SELECT count(*) FROM allotment"));
        assertEquals(7, first.number("SELECT total FROM budget WHERE kind = 'stock' AND name = 'b'"));
    }

    @Test
    void sealersTakeTheSmallestNumberThatIsFree() throws SQLException {
        long one = first.number("SELECT take_slot()");
        long two = second.number("SELECT take_slot()");
        assertTrue(one >= 1 && two > one && two <= 16, one + ", " + two);
        first.close();
        first = new SharedTotals(url, 1);
        long again = one + 1;
        for (int i = 0; i < 100 && again != one; i++) { // the session ends a moment after its connection
            first.close();
            first = new SharedTotals(url, 1);
            again = first.number("SELECT take_slot()");
        }
        assertEquals(one, again);
    }

    /** Six sealers at once, some operations wrong: down to the last unit, and not one more. */
    @Test
    void theTotalIsGivenExactlyOnce() throws Exception {
        int budget = budget("b", 500);
        List<Callable<Integer>> sealers = new ArrayList<>();
        for (int s = 0; s < SEALERS; s++) {
            List<List<Run>> batches = new ArrayList<>();
            Random random = new Random(s);
            for (int batch = 0; batch < 8; batch++) {
                List<Run> runs = new ArrayList<>();
                for (int i = 0; i < 60; i++) {
                    EarningAccount member = member();
                    if (random.nextInt(10) < 3) {
                        member.earn("unsealed"); // its head is nowhere
                    }
                    member.at += random.nextInt(1000);
                    runs.add(run(member.id, member.earn("k", of(budget, 1))));
                }
                batches.add(runs);
            }
            int slot = s + 1;
            sealers.add(() -> sealAll(slot, batches));
        }
        ExecutorService threads = Executors.newFixedThreadPool(SEALERS);
        int granted = 0;
        try {
            for (Future<Integer> each : threads.invokeAll(sealers)) {
                granted += each.get();
            }
        } finally {
            threads.shutdown();
        }
        assertEquals(500, granted);
        assertEquals(0, left(budget));
        assertEquals(500, used(budget));
        assertEquals(3, first.number("SELECT count(*) FROM budget_event"));
    }

    /** Like a sealer: what was not judged goes again. */
    private int sealAll(int slot, List<List<Run>> batches) throws SQLException {
        int granted = 0;
        try (SharedTotals sealer = new SharedTotals(url, slot)) {
            for (List<Run> batch : batches) {
                List<Run> runs = batch.stream()
                        .sorted(java.util.Comparator.comparing(Run::account))
                        .toList();
                while (!runs.isEmpty()) {
                    SharedTotals.Answer answer = sealer.seal(runs);
                    granted += answer.inserted().size();
                    List<Run> again = new ArrayList<>();
                    for (int i = 0; i < answer.refused().size(); i++) {
                        if (answer.reason().get(i).equals("again")) {
                            again.add(runs.get(answer.refused().get(i) - 1));
                        }
                    }
                    runs = again;
                }
            }
        }
        return granted;
    }

    /** Budgets that several sealers want in any order and any amount: no deadlock, no unit lost. */
    @Test
    void manyBudgetsDoNotLockEachOther() throws Exception {
        publish(uses("a", 900), uses("b", 2000), uses("c", 5000), uses("d", 333));
        List<Callable<Integer>> sealers = new ArrayList<>();
        for (int s = 0; s < SEALERS; s++) {
            List<List<Run>> batches = new ArrayList<>();
            Random random = new Random(100 + s);
            for (int batch = 0; batch < 10; batch++) {
                List<Run> runs = new ArrayList<>();
                for (int i = 0; i < 30; i++) {
                    int one = 1 + random.nextInt(3);
                    runs.add(
                            random.nextBoolean()
                                    ? earning(of(one, 20))
                                    : earning(of(one, 33), of(4, random.nextInt(3) == 0 ? 7 : 1)));
                }
                batches.add(runs);
            }
            int slot = 1 + s % 5; // two of them share a number
            sealers.add(() -> sealAll(slot, batches));
        }
        ExecutorService threads = Executors.newFixedThreadPool(SEALERS);
        try {
            for (Future<Integer> each : threads.invokeAll(sealers)) {
                each.get();
            }
        } finally {
            threads.shutdown();
        }
        assertTrue(left(1) < 20, "left: " + left(1));
        checkSums();
    }

    /** Sessions that die in the middle have taken all that they wrote, and nothing else. */
    @Test
    void killedSessionsTakeNothingWithThem() throws Exception {
        int budget = budget("b", 300);
        sealDespite(budget, () -> {
            for (int i = 0; i < 20; i++) {
                Thread.sleep(20);
                second.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                        + " WHERE datname = current_database() AND query LIKE '%seal_4%' AND pid <> pg_backend_pid()"
                        + " ORDER BY random() LIMIT 1");
            }
        });
        assertEquals(0, left(budget));
        assertEquals(300, used(budget));
    }

    /** The same of the whole server, as by a power failure, with units left and with none. */
    @Test
    void aServerThatIsKilledLosesNoUnit() throws Exception {
        EmbeddedPostgresServer server = Backends.shared().postgres();
        int budget = budget("b", 900);
        List<Long> before = new ArrayList<>();
        sealDespite(budget, () -> {
            for (long until : new long[] {850, 0}) {
                while (left(budget) > until) {
                    Thread.sleep(1);
                }
                server.kill();
                first.close();
                second.close();
                server.restart();
                first = new SharedTotals(url, 1);
                second = new SharedTotals(url, 2);
                before.add(left(budget));
                checkSums();
            }
        });
        assertTrue(before.get(0) > 0, "left when it was killed: " + before);
        assertEquals(0, left(budget));
        assertEquals(900, used(budget));
    }

    @FunctionalInterface
    private interface Harm {
        void inflict() throws Exception;
    }

    /** Four sealers, each with 400 uses; what failed they send again. */
    private void sealDespite(int budget, Harm harm) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<?>> all = new ArrayList<>();
            for (int s = 1; s <= 4; s++) {
                int slot = s;
                List<Run> runs = new ArrayList<>();
                for (int i = 0; i < 400; i++) {
                    runs.add(earning(of(budget, 1)));
                }
                all.add(threads.submit(() -> {
                    for (int i = 0; i < runs.size(); ) {
                        try (SharedTotals sealer = new SharedTotals(url, slot)) {
                            while (i < runs.size()) {
                                List<Run> batch = runs.subList(i, i + BATCH);
                                while (sealer.seal(batch).reason().contains("again")) {
                                    // those that were sealed are refused now
                                }
                                i += BATCH;
                                Thread.sleep(20); // so that the harm comes in the middle
                            }
                        } catch (SQLException e) {
                            // the batch goes again: whatever it took was committed with it, or not at all
                        }
                    }
                    return null;
                }));
            }
            harm.inflict();
            for (Future<?> each : all) {
                each.get(60, TimeUnit.SECONDS);
            }
        } finally {
            threads.shutdown();
        }
    }

    /** In batches of one run per account and of one run, with enough for all, and with a unit too few. */
    @Test
    @Tag("long")
    void anOperationCostsAboutTheSameInAFullBatch() throws SQLException {
        String[] totals = new String[20];
        for (int i = 0; i < totals.length; i++) {
            totals[i] = uses("b" + i, 1);
        }
        publish(totals);
        for (boolean apart : new boolean[] {true, false}) {
            for (boolean enough : new boolean[] {true, false}) {
                double few = microsEach(16, apart, enough);
                double many = microsEach(256, apart, enough);
                String shape = (apart ? "runs of one" : "one run") + (enough ? "" : ", a unit too few");
                LOG.infof("%s: %.0f us an operation of 16, %.0f us of 256", shape, few, many);
                assertTrue(many < 3 * few, shape + ": " + few + " us, " + many + " us");
            }
        }
        first.execute("UPDATE budget b SET total = (SELECT sum(units) FROM allotment a WHERE a.budget = b.id)"
                + " + (SELECT sum((u ->> 1)::bigint) FROM operation o, json_array_elements(o.uses::json) u"
                + " WHERE (u ->> 0)::int = b.id)");
    }

    /** The fastest of some batches of so many operations that use each of 20 totals. */
    private double microsEach(int operations, boolean apart, boolean enough) throws SQLException {
        BudgetUse[] all = new BudgetUse[20];
        for (int i = 0; i < all.length; i++) {
            all[i] = of(i + 1, 1);
        }
        long fastest = Long.MAX_VALUE;
        for (int round = 0; round < 8; round++) {
            List<Run> runs = new ArrayList<>();
            EarningAccount member = member();
            List<Proposal> chain = new ArrayList<>();
            for (int i = 0; i < operations; i++) {
                if (apart) {
                    runs.add(earning(all));
                } else {
                    chain.add(member.earn("k" + i, all));
                }
            }
            if (!apart) {
                runs.add(run(member.id, chain.toArray(new Proposal[0])));
            }
            // one batch first, which fills the own part
            first.execute("UPDATE allotment SET units = CASE WHEN slot = 0 THEN "
                    + (enough ? 1_000_000 : operations - 1) + " ELSE 0 END");
            if (enough) {
                first.mustSeal(earning(all));
            }
            long since = System.nanoTime();
            SharedTotals.Answer answer = first.seal(runs);
            fastest = Math.min(fastest, System.nanoTime() - since);
            assertEquals(enough ? operations : operations - 1, answer.inserted().size());
        }
        return fastest / 1e3 / operations;
    }

    /** The reply was lost, and the whole batch is sent again, by the same sealer and by another. */
    @Test
    void aBatchThatIsSentAgainTakesNothing() throws SQLException {
        publish(uses("a", 100), uses("b", 30));
        List<Run> batch = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            batch.add(i % 2 == 0 ? earning(of(1, 7)) : earning(of(1, 2), of(2, 5)));
        }
        assertEquals(12, first.seal(batch).inserted().size());
        assertEquals(46, left(1));
        assertEquals(0, left(2));
        for (SharedTotals sealer : List.of(first, second)) {
            SharedTotals.Answer again = sealer.seal(batch);
            assertEquals(0, again.inserted().size());
            assertEquals(List.of("head"), again.reason().stream().distinct().toList());
        }
        assertEquals(46, left(1));
        assertEquals(0, left(2));
    }

    /** The same of a batch that was not all sealed: it says of the same as before that they lack a unit. */
    @Test
    void whoFoundTooLittleFindsTooLittleAgain() throws SQLException {
        int budget = budget("b", 2);
        List<Run> batch = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            batch.add(earning(of(budget, 1)));
        }
        SharedTotals.Answer answer = first.seal(batch);
        assertEquals(2, answer.inserted().size());
        SharedTotals.Answer again = second.seal(batch);
        assertEquals(0, again.inserted().size());
        for (int i = 0; i < 5; i++) {
            boolean sealed = answer.has(batch.get(i).last());
            assertEquals(
                    sealed ? "head" : "budget",
                    again.reason().get(again.refused().indexOf(place(batch, i))));
        }
        assertEquals(0, left(budget));
    }

    private static int place(List<Run> batch, int run) {
        return 1
                + batch.stream()
                        .sorted(java.util.Comparator.comparing(Run::account))
                        .toList()
                        .indexOf(batch.get(run));
    }
}
