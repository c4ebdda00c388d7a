package dev.stampede.gateway;

import static dev.stampede.support.TestGateway.account;
import static dev.stampede.support.TestGateway.capture;
import static dev.stampede.support.TestGateway.done;
import static dev.stampede.support.TestGateway.earn;
import static dev.stampede.support.TestGateway.get;
import static dev.stampede.support.TestGateway.reverse;
import static dev.stampede.support.TestGateway.voidKey;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.account.AccountId;
import dev.stampede.account.Operation;
import dev.stampede.account.Proposal;
import dev.stampede.account.Receipt;
import dev.stampede.account.SealedOperation;
import dev.stampede.award.Claim;
import dev.stampede.codec.Taken;
import dev.stampede.http.request.RedemptionCode;
import dev.stampede.points.Grace;
import dev.stampede.program.reading.DocumentReader;
import dev.stampede.rules.Call;
import dev.stampede.rules.CompiledProgram;
import dev.stampede.seal.Outcome;
import dev.stampede.support.TestProgram;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Codes come with what pays for them, are used up once, and are cancelled with the payment. */
class CodeTest extends TwoGateways {
    private static final CompiledProgram PROGRAM = CompiledProgram.of(
            Objects.requireNonNull(DocumentReader.read(TestProgram.of(dev.stampede.support.TestGateway.PROGRAM)
                            .with("rewards", """
                                    [{"id": "coffee", "cost": 60}, {"id": "water", "cost": 0}]""")
                            .document()
                            .getBytes(StandardCharsets.UTF_8))
                    .document()));
    private static final long HOUR_MS = 3_600_000;

    private static Operation.Claimed claimed(String reward, String code, long forMs) {
        long now = System.currentTimeMillis();
        Claim claim = PROGRAM.claimReward(reward, Call.Place.UNKNOWN, now).with(new Claim.Code(code, now + forMs));
        return new Operation.Claimed(claim, now + HOUR_MS);
    }

    private static Operation.Header header(AccountId account, String key) {
        return new Operation.Header(account, key, key, null, 1, null);
    }

    private static Operation pay(AccountId account, String key, String reward, String code, long forMs) {
        return new Operation.Redeem(header(account, key), 0, claimed(reward, code, forMs), Receipt.NONE);
    }

    private static Operation pay(AccountId account, String key, String code) {
        return pay(account, key, "coffee", code, HOUR_MS);
    }

    private static Operation hold(AccountId account, String key, String code, long seconds) {
        return new Operation.Hold(
                header(account, key), 0, claimed("coffee", code, HOUR_MS), seconds, Grace.NONE, Receipt.NONE);
    }

    private AccountId rich(String name) {
        AccountId account = account(name);
        done(gateway.ask(earn(account, "earn", 1000)));
        return account;
    }

    /** The state of the code; "none" if nothing was paid for it. */
    private String state(String code) throws SQLException {
        return of("SELECT state FROM find_code('demo', '" + code + "')");
    }

    /** What became of using the code: whether this call has used it, and by whom it is. */
    private String use(String code, String key) throws SQLException {
        return of("SELECT state || ' ' || used_now || coalesce(' ' || used_key, '') FROM use_code('demo', '" + code
                + "', '" + key + "', 'f', null, null)");
    }

    private String of(String query) throws SQLException {
        try (Connection connection = DriverManager.getConnection(jdbcUrl);
                Statement role = connection.createStatement()) {
            role.execute("SET ROLE stampede_gateway");
            try (var row = role.executeQuery(query)) {
                return row.next() ? row.getString(1) : "none";
            }
        }
    }

    private static String told(SealedOperation operation) {
        return Taken.read(operation.told()).code();
    }

    @Test
    void aCodeIsUsedOnceAndStaysUsed() throws SQLException {
        AccountId account = rich("once");
        String code = RedemptionCode.next();
        SealedOperation paid = done(gateway.ask(pay(account, "r", code)));
        assertEquals(code, told(paid));
        SealedOperation again = sealed(other.ask(pay(account, "r", RedemptionCode.next())));
        assertEquals(code, told(again), "a replay tells the same");
        assertEquals("valid", state(code));
        assertEquals("used true till-1", use(code, "till-1"));
        assertEquals("used false till-1", use(code, "till-1"));
        assertEquals("used false till-1", use(code, "till-2"));
        done(gateway.ask(reverse(account, "b", paid.id(), null)));
        assertEquals("used", state(code), "a used one stays used");
        assertEquals(1000, ledger.available(account));
        assertEquals("none", use(RedemptionCode.next(), "till-1"));
    }

    @Test
    void ofManyTillsOneUsesIt() throws SQLException {
        AccountId account = rich("crowd");
        String code = RedemptionCode.next();
        done(gateway.ask(pay(account, "r", code)));
        List<CompletableFuture<String>> tills = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            String key = "till-" + i;
            tills.add(CompletableFuture.supplyAsync(() -> {
                try {
                    return use(code, key);
                } catch (SQLException e) {
                    throw new IllegalStateException(e);
                }
            }));
        }
        List<String> answers =
                tills.stream().map(dev.stampede.support.TestGateway::get).toList();
        assertEquals(1, answers.stream().filter(each -> each.contains("true")).count(), answers::toString);
        assertEquals(
                1, answers.stream().map(each -> each.split(" ")[2]).distinct().count(), answers::toString);
    }

    @Test
    void whatUndoesThePaymentCancelsIt() throws SQLException {
        AccountId account = rich("undone");
        String reversed = RedemptionCode.next();
        String inPart = RedemptionCode.next();
        String voided = RedemptionCode.next();
        String free = RedemptionCode.next();
        SealedOperation first = done(gateway.ask(pay(account, "a", reversed)));
        done(gateway.ask(reverse(account, "a-", first.id(), null)));
        assertEquals("cancelled", state(reversed));
        assertEquals("cancelled false", use(reversed, "till"));

        SealedOperation second = done(gateway.ask(pay(account, "b", inPart)));
        done(gateway.ask(reverse(account, "b-", second.id(), 59L)));
        assertEquals("valid", state(inPart), "like stock, it goes with the last point");
        done(gateway.ask(reverse(account, "b--", second.id(), 1L)));
        assertEquals("cancelled", state(inPart));

        done(gateway.ask(pay(account, "c", voided)));
        done(gateway.ask(voidKey(account, "c-", "c")));
        assertEquals("cancelled false", use(voided, "till"));

        SealedOperation perk = done(gateway.ask(pay(account, "d", "water", free, HOUR_MS)));
        assertEquals("valid", state(free));
        done(gateway.ask(reverse(account, "d-", perk.id(), null)));
        assertEquals("cancelled", state(free));
    }

    @Test
    void thatOfAHoldIsValidFromItsCaptureOn() throws SQLException {
        AccountId account = rich("held");
        String code = RedemptionCode.next();
        SealedOperation hold = done(gateway.ask(hold(account, "h", code, 120)));
        assertEquals(code, told(hold));
        assertEquals("none", state(code));
        assertEquals("none", use(code, "till"));
        SealedOperation captured = done(gateway.ask(capture(account, "c", hold.id())));
        assertEquals(code, told(captured));
        assertEquals("valid", state(code));
        assertEquals(captured.id().toString(), of("SELECT operation FROM find_code('demo', '" + code + "')"));
        done(gateway.ask(reverse(account, "r", captured.id(), null)));
        assertEquals("cancelled", state(code));

        String given = RedemptionCode.next();
        SealedOperation second = done(gateway.ask(hold(account, "h2", given, 120)));
        done(gateway.ask(voidHold(account, "v", second.id())));
        assertEquals("none", use(given, "till"));
        String lost = RedemptionCode.next();
        done(gateway.ask(hold(account, "h3", lost, 120)));
        done(gateway.ask(voidKey(account, "v3", "h3")));
        assertEquals("none", use(lost, "till"));
    }

    @Test
    void itExpires() throws SQLException {
        AccountId account = rich("expires");
        String code = RedemptionCode.next();
        done(gateway.ask(pay(account, "r", "coffee", code, 1)));
        assertEquals("expired false", use(code, "till"));
        assertEquals("expired", state(code));
    }

    /** Its payment is undone while a till uses it: one of them is first. */
    @Test
    void whatIsUndoneAtTheSameTimeIsInOrder() throws Exception {
        AccountId account = rich("race");
        String code = RedemptionCode.next();
        SealedOperation paid = done(gateway.ask(pay(account, "r", code)));
        CompletableFuture<String> till;
        try (Connection sealing = lock(account)) {
            till = CompletableFuture.supplyAsync(() -> {
                try {
                    return use(code, "till");
                } catch (SQLException e) {
                    throw new IllegalStateException(e);
                }
            });
            waitForLocks(1);
            sealing.rollback();
        }
        assertEquals("used true till", get(till));
        done(gateway.ask(reverse(account, "b", paid.id(), null)));
        assertEquals("used", state(code));
    }

    /** Of 2^80 codes two may be the same: the second is made again, and nobody hears of it. */
    @Test
    void aClashIsMadeAgain() {
        AccountId account = rich("clash");
        String taken = RedemptionCode.next();
        SealedOperation first = done(gateway.ask(pay(account, "a", taken)));
        double discards = discards();
        List<String> codes = Stream.of(taken, taken, RedemptionCode.next()).toList();
        List<Integer> made = new ArrayList<>();
        LongFunction<Operation> again = at -> {
            made.add(1);
            return pay(account, "b", codes.get(Math.min(made.size(), 2)));
        };
        SealedOperation second =
                done(get(gateway.gateway.submit(pay(account, "b", taken), again).subscribeAsCompletionStage()));
        assertEquals(2, made.size());
        assertEquals(taken, told(first));
        assertEquals(codes.get(2), told(second));
        assertNotEquals(taken, told(second));
        assertEquals(discards, discards());
        assertEquals(2, ledger.count("SELECT count(*) FROM code WHERE account = 'clash'"));
    }

    /** Two of one batch: its index finds it, and the batch is halved. */
    @Test
    void aClashInOneBatchIsMadeAgain() {
        AccountId account = rich("clash-2");
        noted(account);
        String taken = RedemptionCode.next();
        List<Proposal> chain = new ArrayList<>(parts.propose(pay(account, "a", taken)));
        chain.addAll(parts.propose(pay(account, "b", taken)));
        Outcome outcome = parts.seal(chain);
        assertFalse(outcome.sealed());
        assertTrue(ledger.count("SELECT count(*) FROM code WHERE code = '" + taken + "'") <= 1);
        forget(account);
        String next = RedemptionCode.next();
        SealedOperation second = done(get(gateway.gateway
                .submit(pay(account, "b", taken), at -> pay(account, "b", next))
                .subscribeAsCompletionStage()));
        assertTrue(List.of(taken, next).contains(told(second)));
    }

    @Test
    void theSameProposalMayBeSentTwice() {
        AccountId account = rich("twice");
        noted(account);
        List<Proposal> chain = new ArrayList<>(parts.propose(pay(account, "a", RedemptionCode.next())));
        chain.addAll(parts.propose(pay(account, "b", RedemptionCode.next())));
        assertTrue(parts.seal(chain.subList(0, 1)).sealed());
        assertTrue(parts.seal(chain).sealed());
        assertEquals(Outcome.Reason.HEAD, parts.seal(chain).reason());
        assertEquals(2, ledger.count("SELECT count(*) FROM code WHERE account = 'twice'"));
        forget(account);
    }

    @Test
    void aDeclinedPaymentHasNone() throws SQLException {
        AccountId account = account("poor");
        done(gateway.ask(earn(account, "earn", 10)));
        String code = RedemptionCode.next();
        assertEquals(
                "insufficient_points",
                assertInstanceOf(Answer.Sealed.class, gateway.ask(pay(account, "r", code)))
                        .operation()
                        .outcome());
        assertEquals("none", state(code));
    }

    @Test
    void theGatewayCanOnlyReadAndUseThem() throws SQLException {
        try (Connection connection = DriverManager.getConnection(jdbcUrl);
                Statement role = connection.createStatement()) {
            role.execute("SET ROLE stampede_gateway");
            for (String forbidden : List.of(
                    "UPDATE code SET used_at = NULL",
                    "DELETE FROM code",
                    "INSERT INTO claim VALUES ('demo', 'program', 'x', 0, gen_random_uuid())",
                    "DELETE FROM claim",
                    "SELECT voided(0::smallint, gen_random_uuid())")) {
                SQLException denied = assertThrows(SQLException.class, () -> role.execute(forbidden));
                assertEquals("42501", denied.getSQLState(), forbidden);
            }
        }
    }
}
