package dev.stampede.seal;

import static dev.stampede.support.TestGateway.account;
import static dev.stampede.support.TestGateway.capture;
import static dev.stampede.support.TestGateway.done;
import static dev.stampede.support.TestGateway.earn;
import static dev.stampede.support.TestGateway.redeem;
import static dev.stampede.support.TestGateway.reverse;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.account.AccountId;
import dev.stampede.account.Decision;
import dev.stampede.account.Image;
import dev.stampede.account.Operation;
import dev.stampede.account.Proposal;
import dev.stampede.account.Receipt;
import dev.stampede.account.Reversal;
import dev.stampede.account.SealedOperation;
import dev.stampede.account.TargetFacts;
import dev.stampede.account.UnreadableForm;
import dev.stampede.award.Award;
import dev.stampede.award.Claim;
import dev.stampede.award.PlainPrice;
import dev.stampede.codec.LapseRules;
import dev.stampede.codec.Taken;
import dev.stampede.points.Grace;
import dev.stampede.pricing.Money;
import dev.stampede.rules.Call;
import dev.stampede.rules.CompiledProgram;
import dev.stampede.rules.TestPrograms;
import dev.stampede.support.Backends;
import dev.stampede.support.LedgerCheck;
import dev.stampede.support.Parts;
import dev.stampede.support.TestGateway;
import io.vertx.redis.client.Command;
import io.vertx.sqlclient.Tuple;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Types;
import java.util.Currency;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** The rows that this release writes, and those of the release before, which knows less of them. */
@Tag("servers")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class StoredFormTest {
    private static final String DATABASE = "stored_form_test";
    private static final CompiledProgram PROGRAM =
            TestPrograms.of("{'limits':[{'id':'most','on':'earn','of':'points','max':1000,'per':'day'}]}");

    /** The arguments that the release before does not have. */
    private static final Set<String> NEW = Set.of(
            "o_step",
            "o_program_version",
            "o_parts",
            "o_told",
            "o_format",
            "o_uses",
            "o_back",
            "u_op",
            "u_budget",
            "u_units",
            "p_slot",
            "c_op",
            "c_kind",
            "c_name",
            "c_by",
            "k_op",
            "k_code",
            "k_reward",
            "k_until");

    private String url;
    private TestGateway gateway;
    private Parts parts;
    private LedgerCheck ledger;
    private int keys;

    @BeforeAll
    void start() {
        Backends backends = Backends.shared();
        url = backends.freshDatabase(DATABASE);
        TestGateway.migrate(url);
        ledger = new LedgerCheck(url);
        gateway =
                new TestGateway(backends.postgres(), DATABASE, backends.redis().port(), Map.of());
        parts = new Parts(gateway);
    }

    @AfterAll
    void stop() {
        parts.close();
        gateway.close();
        ledger.consistent();
    }

    private static Proposal with(Proposal proposal, String member, String operationsParts, String told) {
        return with(proposal, member, proposal.decision().step(), operationsParts, told);
    }

    private static Proposal with(Proposal proposal, String member, long step, String operationsParts, String told) {
        Decision was = proposal.decision();
        String image = proposal.image().text();
        return new Proposal(
                proposal.id(),
                proposal.operation(),
                new Decision(
                        was.prev(),
                        was.digest(),
                        was.version(),
                        was.at(),
                        was.outcome(),
                        was.points(),
                        was.lapsed(),
                        was.entries(),
                        was.hold(),
                        was.target(),
                        was.reversedBefore(),
                        was.reversed(),
                        step,
                        was.basis(),
                        was.rests(),
                        was.created(),
                        operationsParts,
                        told,
                        was.uses()),
                member == null
                        ? proposal.image()
                        : Image.parse(image.substring(0, image.length() - 1) + ",\"member\":" + member + "}"));
    }

    private Proposal proposed(Operation operation, TargetFacts facts) {
        List<Proposal> chain = parts.propose(operation, facts);
        return chain.get(chain.size() - 1);
    }

    /** Seals it, and lets Redis forget the account. */
    private void seal(Proposal proposal) {
        assertEquals(Outcome.SEALED, parts.seal(List.of(proposal)));
        forget(proposal.operation().account());
    }

    private void forget(AccountId account) {
        parts.redis(Command.DEL, account.redisKey());
    }

    private long format(UUID operation) {
        return ledger.count("SELECT format FROM operation WHERE id = '" + operation + "'");
    }

    /** A program without tiers, promotions and rewards: the release before can go on with each of its accounts. */
    @Test
    void whatTheReleaseBeforeKnowsIsOfFormat2() {
        AccountId account = account("plain");
        done(gateway.ask(earn(account, "e", 100)));
        UUID redeemed = done(gateway.ask(redeem(account, "r", 60))).id();
        UUID reversed = done(gateway.ask(reverse(account, "v", redeemed, 10L))).id();
        assertEquals(2, format(redeemed));
        assertEquals(2, format(reversed));

        PlainPrice price = new PlainPrice("money", null, 2, new Claim.Rate(100, 100));
        Operation.Header header = header("w", account);
        SealedOperation told = done(gateway.ask(new Operation.Redeem(header, 30, null, price, Receipt.NONE)));
        assertEquals(Taken.of(price, 30).write(), told.told());
        assertEquals(told.told(), parts.facts(account, told.id()).told());
        assertEquals(2, format(told.id()), "the release before does not read what the answer tells");
        done(gateway.ask(reverse(account, "u", told.id(), null)));
        assertEquals(
                told.told(),
                done(gateway.ask(new Operation.Redeem(header, 30, null, price, Receipt.NONE)))
                        .told());
        SealedOperation held =
                done(gateway.ask(new Operation.Hold(header("h", account), 5, null, price, 60, NO_GRACE, Receipt.NONE)));
        assertEquals(Taken.of(price, 5).write(), held.told());
        assertEquals(2, format(held.id()));
        assertEquals(
                2, format(done(gateway.ask(capture(account, "c", held.id()))).id()));
    }

    private static final Grace NO_GRACE = new Grace(null, null);

    private static Operation.Header header(String key, AccountId account) {
        return new Operation.Header(account, key, "call", null, 1, null);
    }

    private static Operation awarded(AccountId account, String key, String amount) {
        long now = System.currentTimeMillis();
        Award award = PROGRAM.price(new Call.Purchase(Call.Place.UNKNOWN, new BigDecimal(amount), List.of()), now, now);
        long until = (award.today() + 1) * 86_400_000L;
        Operation.Header header = new Operation.Header(account, key, "call", null, 1, null);
        return new Operation.Earn(header, 0, award, award.today() + 30, null, until, true, Receipt.NONE);
    }

    @Test
    void whatItWouldDropIsOfFormat3() {
        AccountId account = account("member");
        SealedOperation first = done(gateway.ask(awarded(account, "e", "100.00")));
        assertEquals(3, format(first.id()));
        assertThrows(UnreadableForm.class, () -> UnreadableForm.check(3, 2));

        SealedOperation redeemed = done(gateway.ask(redeem(account, "r", 1)));
        assertEquals(first.image().member(), redeemed.image().member());
        assertEquals(3, format(redeemed.id()));
        assertEquals(
                2,
                ledger.count("SELECT 2 FROM account WHERE account = 'member' AND head = '" + redeemed.id()
                        + "' AND digest = '" + Image.digest(redeemed.image().text()) + "'"));

        TargetFacts facts = parts.facts(account, first.id());
        assertEquals(first.parts(), facts.parts());
        assertEquals(first.told(), facts.told());
        assertEquals(0, facts.steps());
    }

    /** One part more than can be stored is no reason to fail at the ledger, again and again. */
    @Test
    void whatIsTooLongIsAFlaw() {
        AccountId account = account("long");
        Proposal earned = proposed(awarded(account, "e", "1.00"), null);
        assertNull(earned.flaw());
        Proposal longParts =
                with(earned, null, "p".repeat(4097), earned.decision().told());
        assertTrue(Objects.requireNonNull(longParts.flaw()).contains("than can be stored"));
        assertEquals(Outcome.POISONED, parts.seal(List.of(longParts)));
        Proposal longTold = with(earned, null, earned.decision().parts(), "t".repeat(16_385));
        assertTrue(Objects.requireNonNull(longTold.flaw()).contains("than can be stored"));
        seal(earned);
    }

    /** Operations that take 0 points follow on each other only where there are parts to undo, each at its own step. */
    @Test
    void stepsOfNothing() {
        AccountId account = account("steps");
        Proposal earned = proposed(awarded(account, "e", "0.40"), null);
        seal(earned);
        Proposal first = step(account, earned.id(), 0);
        seal(first);
        assertEquals(first.decision().parts(), parts.facts(account, earned.id()).parts());
        assertEquals(1, parts.facts(account, earned.id()).steps());
        refused(step(account, earned.id(), 0));
        refused(step(account, earned.id(), 2));
        seal(step(account, earned.id(), 1));
        assertEquals(2, parts.facts(account, earned.id()).steps());
    }

    /** The Lua library decides it as if nobody had undone the target. */
    private Proposal step(AccountId account, UUID target, long step) {
        TargetFacts there = parts.facts(account, target);
        Operation.Header header = new Operation.Header(account, "v" + ++keys, "call", null, 1, null);
        LapseRules rules = new LapseRules(PROGRAM.levels(), PROGRAM.backdateDays());
        Money money = new Money(new BigDecimal("0.10"), Currency.getInstance("EUR"));
        Reversal.Asked asked = new Reversal.Asked(null, money, List.of());
        Operation operation =
                new Operation.Reverse(header, target, asked, rules, new Grace(null, null), true).of(there);
        Proposal undone = proposed(operation, facts(there, 0, null));
        assertTrue(undone.decision().ok());
        Decision decided = undone.decision();
        return with(undone, null, step, decided.parts(), decided.told());
    }

    private static TargetFacts facts(TargetFacts of, long steps, String left) {
        return new TargetFacts(
                of.head(),
                of.headVersion(),
                of.id(),
                of.type(),
                of.declined(),
                of.points(),
                of.lots(),
                of.on(),
                of.matures(),
                of.reversed(),
                of.voided(),
                steps,
                of.state(),
                of.told(),
                left,
                of.receipt());
    }

    private void refused(Proposal proposal) {
        Outcome outcome = parts.seal(List.of(proposal));
        assertEquals(Outcome.Fate.CULPRIT, outcome.fate());
        assertEquals(Outcome.Reason.TARGET, outcome.reason());
        forget(proposal.operation().account());
    }

    /** The release before writes no step, runs beside this one, and may come back. */
    @Test
    void whatTheReleaseBeforeHasUndoneCounts() throws SQLException {
        AccountId account = account("beside");
        done(gateway.ask(earn(account, "e", 100)));
        UUID redeemed = done(gateway.ask(redeem(account, "r", 100))).id();
        Proposal first = proposed(reverse(account, "v1", redeemed, 30L), parts.facts(account, redeemed));
        sealAsBefore(first);
        forget(account);
        assertEquals(
                1,
                ledger.count("SELECT 1 FROM operation WHERE id = '" + first.id() + "' AND step IS NULL"
                        + " AND format = 2"));
        assertEquals(1, parts.facts(account, redeemed).steps());

        UUID second = done(gateway.ask(reverse(account, "v2", redeemed, 20L))).id();
        assertEquals(1, ledger.count("SELECT step FROM operation WHERE id = '" + second + "'"));

        Proposal third = proposed(reverse(account, "v3", redeemed, 10L), parts.facts(account, redeemed));
        sealAsBefore(third);
        forget(account);
        UUID fourth = done(gateway.ask(reverse(account, "v4", redeemed, null))).id();
        assertEquals(3, ledger.count("SELECT step FROM operation WHERE id = '" + fourth + "'"));
        assertEquals(100, ledger.available(account));
    }

    /** By the function that the release before calls. */
    private void sealAsBefore(Proposal proposal) throws SQLException {
        Tuple arguments =
                Batch.arguments(List.of(new Run(proposal.operation().account(), List.of(proposal))), (short) 1);
        List<String> names =
                Batch.NAMES.stream().filter(name -> !NEW.contains(name)).toList();
        assertEquals(Batch.NAMES.size() - NEW.size(), names.size());
        String sql = "SELECT cardinality(inserted) FROM seal_2("
                + names.stream().map(name -> name + " => ?").collect(Collectors.joining(", ")) + ")";
        try (Connection connection = DriverManager.getConnection(url);
                var call = connection.prepareStatement(sql)) {
            for (int i = 0; i < names.size(); i++) {
                Object value = arguments.getValue(Batch.NAMES.indexOf(names.get(i)));
                if (value instanceof Object[] array) {
                    call.setArray(i + 1, connection.createArrayOf(type(array), array));
                } else {
                    call.setNull(i + 1, Types.OTHER);
                }
            }
            try (var sealed = call.executeQuery()) {
                assertTrue(sealed.next());
                assertEquals(1, sealed.getInt(1));
            }
        }
    }

    private static String type(Object[] array) {
        return Map.of(
                        Short[].class, "int2",
                        Integer[].class, "int4",
                        Long[].class, "int8",
                        Boolean[].class, "bool",
                        String[].class, "text",
                        UUID[].class, "uuid")
                .get(array.getClass());
    }
}
