package dev.stampede.gateway;

import static dev.stampede.support.TestGateway.account;
import static dev.stampede.support.TestGateway.capture;
import static dev.stampede.support.TestGateway.declined;
import static dev.stampede.support.TestGateway.done;
import static dev.stampede.support.TestGateway.earn;
import static dev.stampede.support.TestGateway.redeem;
import static dev.stampede.support.TestGateway.reverse;
import static dev.stampede.support.TestGateway.voidKey;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.stampede.account.AccountId;
import dev.stampede.account.BudgetUse;
import dev.stampede.account.Decision;
import dev.stampede.account.Operation;
import dev.stampede.account.OperationType;
import dev.stampede.account.Proposal;
import dev.stampede.account.Receipt;
import dev.stampede.account.SealedOperation;
import dev.stampede.account.TargetFacts;
import dev.stampede.award.Claim;
import dev.stampede.award.Shared;
import dev.stampede.points.Grace;
import dev.stampede.program.reading.DocumentReader;
import dev.stampede.rules.Call;
import dev.stampede.rules.CompiledProgram;
import dev.stampede.seal.Outcome;
import dev.stampede.support.Ask;
import dev.stampede.support.TestGateway;
import dev.stampede.support.TestProgram;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What comes back to the stock of rewards is what was taken, once; whoever decides, and whoever lies. */
class StockTest extends TwoGateways {
    private static final String REWARDS = """
            [{"id": "coffee", "cost": 60, "stock": {"total": 1000}},
             {"id": "water", "cost": 0, "stock": {"total": 1000}},
             {"id": "cake", "cost": 5, "stock": {"total": 1000}}]""";
    private static final String LIMITS = """
            [{"id": "points-a-day", "on": "redeem", "of": "points", "max": 100000, "per": "day"},
             {"id": "a-day", "on": "redeem", "of": "uses", "max": 1000, "per": "day"}]""";
    private static final CompiledProgram PROGRAM =
            CompiledProgram.of(Objects.requireNonNull(DocumentReader.read(TestProgram.of(TestGateway.PROGRAM)
                            .with("rewards", REWARDS)
                            .with("limits", LIMITS)
                            .document()
                            .getBytes(StandardCharsets.UTF_8))
                    .document()));
    private static final long HOUR_MS = 3_600_000;

    @BeforeAll
    void stock() throws SQLException {
        try (Connection owner = DriverManager.getConnection(jdbcUrl);
                var sql = owner.createStatement()) {
            sql.execute("SELECT * FROM make_budgets('" + TestGateway.PROGRAM + "', '{\"budgets\":[],\"rewards\":"
                    + REWARDS + "}')");
        }
    }

    private int number(String reward) {
        return (int) ledger.count("SELECT id FROM budget WHERE kind = 'stock' AND name = '" + reward + "'");
    }

    /** How many were taken and did not come back; what is left agrees. */
    private long taken(String reward) {
        long left = ledger.count("SELECT sum(units) FROM allotment WHERE budget = " + number(reward));
        assertEquals(
                1000 - left,
                ledger.count("SELECT coalesce(sum((u ->> 1)::bigint), 0) FROM operation o,"
                        + " json_array_elements(o.uses::json) u WHERE (u ->> 0)::int = " + number(reward)));
        return 1000 - left;
    }

    /** @param left what is known to be left of the stock; null for enough */
    private Operation.Claimed claimed(String reward, Long left) {
        long now = System.currentTimeMillis();
        Claim claim = PROGRAM.claimReward(reward, Call.Place.UNKNOWN, now)
                .sharing((Shared stock) -> stock.of(number(reward), left));
        return new Operation.Claimed(claim, now + HOUR_MS);
    }

    private Operation pay(AccountId account, String key, String reward, Long left) {
        return new Operation.Redeem(
                new Operation.Header(account, key, key, null, 1, null), 0, claimed(reward, left), Receipt.NONE);
    }

    private Operation hold(AccountId account, String key, String reward, long seconds) {
        return new Operation.Hold(
                new Operation.Header(account, key, key, null, 1, null),
                0,
                claimed(reward, null),
                seconds,
                Grace.NONE,
                Receipt.NONE);
    }

    private AccountId rich(String name) {
        AccountId account = account(name);
        done(gateway.ask(earn(account, "earn", 1000)));
        return account;
    }

    /** Proposes and seals it as a gateway does that knows what is left. */
    @CanIgnoreReturnValue
    private SealedOperation sealed(Operation operation) {
        Proposal proposal = last(parts.propose(operation));
        assertEquals(Outcome.SEALED, parts.seal(List.of(proposal)), proposal.toString());
        return SealedOperation.of(proposal);
    }

    private static Decision with(Decision d, boolean lapsed, List<BudgetUse> uses) {
        return with(d, lapsed, d.told(), uses);
    }

    private static Decision telling(Decision d, String told) {
        return with(d, d.lapsed(), told, d.uses());
    }

    private static Decision with(Decision d, boolean lapsed, String told, List<BudgetUse> uses) {
        return new Decision(
                d.prev(),
                d.digest(),
                d.version(),
                d.at(),
                d.outcome(),
                d.points(),
                lapsed,
                d.entries(),
                d.hold(),
                d.target(),
                d.reversedBefore(),
                d.reversed(),
                d.step(),
                d.basis(),
                d.rests(),
                d.created(),
                d.parts(),
                told,
                uses);
    }

    /** The same proposal, which uses something else. */
    private void lieRefused(Proposal honest, BudgetUse... uses) {
        Decision decision = honest.decision();
        List<BudgetUse> sorted =
                Stream.of(uses).sorted(Comparator.comparing(BudgetUse::budget)).toList();
        lieRefused(honest, with(decision, decision.lapsed(), sorted));
        lieRefused(honest, with(decision, true, sorted));
    }

    private void lieRefused(Proposal honest, Decision decision) {
        Proposal lie = new Proposal(honest.id(), honest.operation(), decision, honest.image());
        assertNotEquals(Outcome.SEALED, parts.seal(List.of(lie)), lie.toString());
        assertEquals(
                List.of(),
                ledger.byKey(lie.operation().account(), lie.operation().key()),
                lie.toString());
    }

    private BudgetUse of(String reward, long units) {
        return new BudgetUse(number(reward), units);
    }

    private TargetFacts facts(AccountId account, SealedOperation target) {
        return parts.facts(account, target.id());
    }

    @Test
    void anUndonePaymentGivesBackWhatItTook() {
        AccountId account = rich("undone");
        long before = taken("coffee");
        SealedOperation paid = sealed(pay(account, "r", "coffee", null));
        assertEquals(before + 1, taken("coffee"));
        Operation back = reverse(account, "v", paid.id(), null);
        Proposal honest = last(parts.propose(back, facts(account, paid)));
        lieRefused(honest);
        lieRefused(honest, of("coffee", -2));
        lieRefused(honest, of("cake", -1));
        lieRefused(honest, of("coffee", -1), of("cake", -1));
        lieRefused(honest, of("coffee", 1));
        assertEquals(Outcome.SEALED, parts.seal(List.of(honest)));
        assertEquals(before, taken("coffee"));
        forget(account);

        SealedOperation again = sealed(pay(account, "r2", "coffee", null));
        Proposal part = last(parts.propose(reverse(account, "p", again.id(), 10L), facts(account, again)));
        lieRefused(part, of("coffee", -1));
        assertEquals(Outcome.SEALED, parts.seal(List.of(part)));
        forget(account);
        done(gateway.ask(voidKey(account, "rest", "r2")));
        assertEquals(before, taken("coffee"));
    }

    @Test
    void whatCostsNothingComesBackOnce() {
        AccountId account = rich("free");
        long before = taken("water");
        SealedOperation paid = sealed(pay(account, "r", "water", null));
        assertEquals(before + 1, taken("water"));
        done(gateway.ask(reverse(account, "v", paid.id(), null)));
        assertEquals(before, taken("water"));
        assertEquals("already_reversed", declined(gateway.ask(reverse(account, "v2", paid.id(), null))));
        assertEquals("already_reversed", declined(gateway.ask(voidKey(account, "v3", "r"))));
        SealedOperation held = sealed(hold(account, "h", "water", 60));
        done(gateway.ask(capture(account, "c", held.id())));
        assertEquals(before + 1, taken("water"));
        done(gateway.ask(voidKey(account, "v4", "c")));
        assertEquals(before, taken("water"));
    }

    @Test
    void aHoldThatEndsGivesBackWhatItTook() throws Exception {
        AccountId account = rich("held");
        long before = taken("coffee");
        long cakes = taken("cake");
        SealedOperation held = sealed(hold(account, "h", "coffee", 60));
        assertEquals(before + 1, taken("coffee"));
        Proposal honest = last(parts.propose(voidHold(account, "v", held.id()), facts(account, held)));
        lieRefused(honest);
        lieRefused(honest, of("coffee", -2));
        lieRefused(honest, of("cake", -1));
        assertEquals(Outcome.SEALED, parts.seal(List.of(honest)));
        assertEquals(before, taken("coffee"));
        forget(account);

        sealed(hold(account, "h2", "coffee", 1));
        sealed(hold(account, "h3", "cake", 1));
        SealedOperation kept = sealed(hold(account, "h4", "cake", 60));
        TimeUnit.MILLISECONDS.sleep(1100);
        Proposal lapse = last(parts.propose(redeem(account, "r", 5)));
        assertEquals(List.of(of("cake", -1), of("coffee", -1)), lapse.decision().uses());
        lieRefused(lapse);
        lieRefused(lapse, of("coffee", -1_000_000), of("cake", -1));
        lieRefused(lapse, of("coffee", -1), of("cake", -2));
        lieRefused(lapse, of("coffee", -2));
        assertEquals(Outcome.SEALED, parts.seal(List.of(lapse)));
        assertEquals(before, taken("coffee"));
        forget(account);
        SealedOperation captured = done(gateway.ask(capture(account, "c", kept.id())));
        assertEquals(cakes + 1, taken("cake"));
        done(gateway.ask(reverse(account, "b", captured.id(), null)));
        assertEquals(cakes, taken("cake"));
    }

    /** A chain of which nothing is sealed yet: what comes back was taken in the same run. */
    @Test
    void whatARunTakesItGivesBack() throws Exception {
        AccountId account = rich("run");
        long before = taken("coffee");
        List<Proposal> chain = new ArrayList<>();
        chain.add(last(parts.propose(hold(account, "h", "coffee", 1))));
        TimeUnit.MILLISECONDS.sleep(1100);
        chain.add(last(parts.propose(hold(account, "h2", "coffee", 60))));
        chain.add(last(parts.propose(capture(account, "c", chain.get(1).id()))));
        assertEquals(List.of(), chain.get(1).decision().uses(), "one comes back, one is taken");
        assertEquals(Outcome.SEALED, parts.seal(chain));
        assertEquals(before + 1, taken("coffee"));
    }

    /** Whoever undoes a capture goes by what it tells. Somebody writes into Redis that another reward was had. */
    @Test
    void aCaptureTellsWhatItsHoldTook() {
        AccountId account = rich("told");
        long before = taken("coffee");
        long cakes = taken("cake");
        SealedOperation held = sealed(hold(account, "h", "coffee", 60));
        Operation capturing = capture(account, "c", held.id());
        Proposal honest = last(parts.propose(capturing));
        Decision decision = honest.decision();
        String counter = "$" + number("coffee") + " ";
        String lie = "$" + number("cake") + " ";
        lieRefused(honest, telling(decision, null));
        lieRefused(honest, telling(decision, held.told().replace(counter, lie)));
        lieRefused(honest, telling(decision, held.told().replace(",1,1", ",1,2")));
        lieRefused(honest, telling(decision, held.told().replace("60", "61")));

        parts.edit(account, "u" + decision.version(), counter, lie);
        done(gateway.ask(earn(account, "next", 1))); // which would have sealed the capture, too
        assertEquals(List.of(), ledger.byKey(account, "c"));
        SealedOperation captured = done(gateway.ask(capturing));
        assertEquals(held.told(), captured.told());
        assertEquals(before + 1, taken("coffee"));
        done(gateway.ask(reverse(account, "b", captured.id(), null)));
        assertEquals(before, taken("coffee"));
        assertEquals(cakes, taken("cake"));
    }

    @Test
    void aCaptureInPartTellsWhatThatPartTook() {
        AccountId account = rich("part");
        long now = System.currentTimeMillis();
        Claim claim = PROGRAM.claimPoints(100, Call.Place.UNKNOWN, now);
        SealedOperation held = sealed(new Operation.Hold(
                new Operation.Header(account, "h", "h", null, 1, null),
                0,
                new Operation.Claimed(claim, now + HOUR_MS),
                60,
                Grace.NONE,
                Receipt.NONE));
        Proposal honest = last(parts.propose(Ask.of(OperationType.CAPTURE, account)
                .key("c", "c")
                .hold(held.id())
                .points(40L)
                .build()));
        Decision decision = honest.decision();
        lieRefused(honest, telling(decision, null));
        lieRefused(honest, telling(decision, held.told()));
        lieRefused(honest, telling(decision, decision.told().replace("\"points\":40", "\"points\":41")));
        lieRefused(honest, telling(decision, decision.told().replace(",0,40", ",0,100")));
        lieRefused(honest, telling(decision, decision.told().replace(",1,1", ",1,2")));
        assertEquals(Outcome.SEALED, parts.seal(List.of(honest)));
    }

    /** Only the ledger says that nothing is left; nobody else may say so. */
    @Test
    void outOfStockIsSaidOfWhatIsOut() {
        AccountId account = rich("out");
        Proposal out = last(parts.propose(pay(account, "r", "coffee", 0L)));
        assertEquals("out_of_stock", out.decision().outcome());
        Operation enough = pay(account, "r", "coffee", null);
        assertNotEquals(
                Outcome.SEALED, parts.seal(List.of(new Proposal(out.id(), enough, out.decision(), out.image()))));
        assertEquals(List.of(), ledger.byKey(account, "r"));
        assertEquals(Outcome.SEALED, parts.seal(List.of(out)));
    }
}
