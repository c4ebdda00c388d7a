package dev.stampede.gateway;

import static dev.stampede.support.TestGateway.declined;
import static dev.stampede.support.TestGateway.done;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.account.AccountId;
import dev.stampede.account.Operation;
import dev.stampede.account.Receipt;
import dev.stampede.account.Reversal;
import dev.stampede.account.SealedOperation;
import dev.stampede.award.MemberState;
import dev.stampede.award.Stamps;
import dev.stampede.codec.Gone;
import dev.stampede.codec.LapseRules;
import dev.stampede.codec.MemberText;
import dev.stampede.points.Grace;
import dev.stampede.program.TestBook;
import dev.stampede.program.reading.DocumentReader;
import dev.stampede.rules.Call;
import dev.stampede.rules.CompiledProgram;
import dev.stampede.support.TestProgram;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Promotions come and go for years: a member forgets those that no version has any more, and only those. */
class ForgottenPromotionsTest extends TwoGatewaysWithBooks {
    private static final String PROGRAM = "years";
    private static final String BEGINS = "2030-01-01T12:00:00Z";
    private static final long DAY_MS = 86_400_000L;
    private static final int OF_EACH = 12;
    private static final int FLAT = 10 * OF_EACH / 2;
    private static final int STAMPED = 10 * OF_EACH / 2;
    private static final int MOST = 16_384;

    private final List<CompiledProgram> versions = new ArrayList<>();
    private int purchases;
    private long now = Instant.parse(BEGINS).toEpochMilli();

    /** Some that need purchases, some with a limit for ever, and one that lasts, which a member has three times. */
    private static String promotions(int version) {
        return IntStream.range(0, OF_EACH)
                .mapToObj(i -> "{\"id\":\"%s\",%s\"give\":{\"points\":10},%s"
                        .formatted(
                                id(version, i),
                                i % 2 == 0
                                        ? "\"progress\":{\"type\":\"count\",\"counts\":\"operations\",\"target\":2,"
                                                + "\"repeat\":true},"
                                        : "",
                                once(1)))
                .collect(Collectors.joining(
                        ",", "[{\"id\":\"lasting\",\"give\":{\"points\":1000}," + once(3) + ",", "]"));
    }

    private static String once(int max) {
        return "\"limits\":[{\"of\":\"uses\",\"max\":%d,\"per\":\"promotion\"}]}".formatted(max);
    }

    private static String id(int version, int i) {
        return "a-promotion-of-one-season-only-%04d-%02d".formatted(version, i);
    }

    /** Published, and in force at once. */
    private CompiledProgram publish(int version, String promotions) throws SQLException {
        TestProgram program = TestProgram.of(PROGRAM)
                .sandbox(BEGINS)
                .basedOn(version - 1)
                .with("expiry", "{\"type\": \"never\"}")
                .with("promotions", promotions);
        assertEquals(
                "ok",
                outcome(
                        "publish_program_3(?, ?, ?, NULL, NULL, NULL, NULL)",
                        PROGRAM,
                        program.document(),
                        version - 1));
        books.forEach(TestBook::hear);
        CompiledProgram compiled =
                CompiledProgram.of(DocumentReader.read(program.document().getBytes(StandardCharsets.UTF_8))
                        .document());
        versions.add(compiled);
        return compiled;
    }

    private void daysLater(int days) throws SQLException {
        now += days * DAY_MS;
        assertEquals("ok", outcome("set_program_clock(?, ?)", PROGRAM, now));
        books.forEach(TestBook::hear);
    }

    /** A purchase of 5.00 that happened then. */
    private SealedOperation buy(AccountId account, String key, CompiledProgram program, long at) {
        Call call = new Call.Purchase(Call.Place.UNKNOWN, new BigDecimal("5.00"), List.of());
        Operation earn = new Operation.Earn(
                new Operation.Header(account, key, "earn", null, versions.indexOf(program) + 1, null),
                0,
                program.price(call, at, now),
                program.lotDays(now, program.zone()).on(),
                null,
                (Math.floorDiv(now, DAY_MS) + 1) * DAY_MS,
                true,
                Receipt.NONE);
        SealedOperation sealed = done((Math.floorMod(key.hashCode(), 2) == 0 ? gateway : other).ask(earn));
        MemberState member = MemberText.read(sealed.image().member());
        assertTrue(program.inProgress().stream()
                .allMatch(id -> member.stamps().getOrDefault(id, Stamps.NONE).count() > 0));
        return sealed;
    }

    private static Operation reverse(AccountId account, String key, SealedOperation earn, CompiledProgram program) {
        LapseRules rules = new LapseRules(program.levels(), program.backdateDays());
        Operation.Header header = new Operation.Header(account, key, "back", null, null, null);
        return new Operation.Reverse(header, earn.id(), Reversal.Asked.ALL, rules, Grace.NONE, true);
    }

    @Test
    @Tag("long")
    void earnsGoOnForYears() throws Exception {
        AccountId account = AccountId.of(PROGRAM, "m");
        List<SealedOperation> earned = new ArrayList<>();
        int longest = 0;
        for (int version = 1; version <= 50; version++) {
            CompiledProgram program = publish(version, promotions(version));
            SealedOperation first = buy(account, "first-" + version, program, now);
            assertEquals(5 + FLAT + lasting(), first.points());
            if (version > 1) { // what happened three days ago is priced by the version before, whose limits hold
                CompiledProgram before = versions.get(version - 2);
                SealedOperation late = buy(account, "late-" + version, before, now - 3 * DAY_MS);
                assertEquals(5 + lasting(), late.points());
            }
            if (version % 7 == 0) {
                forget(account);
            }
            SealedOperation second = buy(account, "second-" + version, program, now);
            assertEquals(5 + STAMPED + lasting(), second.points());
            earned.addAll(List.of(first, second));
            longest = Math.max(longest, peek(account).image().member().length());
            daysLater(15);
        }
        assertTrue(longest < MOST / 2, "" + longest);

        CompiledProgram program = versions.get(49);
        long before = peek(account).image().state().available();
        SealedOperation first = done(other.ask(reverse(account, "back-1", earned.get(0), program)));
        assertEquals(-(5 + FLAT + 1000), first.points());
        SealedOperation second = done(gateway.ask(reverse(account, "back-2", earned.get(1), program)));
        assertEquals(-(5 + 1000), second.points(), "what full cards gave stays: nobody knows them any more");
        assertEquals(
                before + first.points() + second.points(),
                second.image().state().available());
        assertEquals("already_reversed", declined(gateway.ask(reverse(account, "again", earned.get(0), program))));

        // one that comes back counts anew; the lasting one has the two uses again that were given back
        CompiledProgram returned = publish(51, promotions(1));
        SealedOperation again = buy(account, "returned", returned, now);
        assertEquals(5 + FLAT + 1000, again.points());
        MemberState member = MemberText.read(again.image().member());
        assertEquals(1, member.stamps().get(id(1, 0)).count());
    }

    /** What the lasting promotion gives: it does so three times. */
    private int lasting() {
        return ++purchases <= 3 ? 1000 : 0;
    }

    /** What versions have that price today or what happened last month, and what cannot be known. */
    @Test
    void whatAVersionHasIsNotGone() throws Exception {
        String program = "gone";
        Set<String> promotions = Set.of("a", "b", "c");
        Set<String> counters = Set.of("a.0", "a.1", "b.0", "points", "points.points", "reward:cake.0", "limit:l");
        Connection owner = DriverManager.getConnection(jdbcUrl);
        try (owner) {
            owner.createStatement().execute("DELETE FROM program_version WHERE program = 'gone'");
            TestProgram.of(program)
                    .with("promotions", "[{\"id\":\"c\",\"give\":{\"points\":1}}]")
                    .insert(owner, 1);
            TestProgram.of(program)
                    .with(
                            "promotions",
                            "[{\"id\":\"a\",\"progress\":{\"type\":\"streak\",\"unit\":\"day\",\"target\":3,"
                                    + "\"repeat\":true},\"give\":{\"points\":1},\"limits\":["
                                    + "{\"of\":\"uses\",\"max\":3,\"per\":\"year\"},"
                                    + "{\"of\":\"points\",\"max\":3,\"per\":\"day\",\"counter\":\"points\"}]}]")
                    .insert(owner, 2);
        }
        TestBook book = books.get(0);
        book.hear();
        long real = System.currentTimeMillis();
        Gone gone = book.gone(program, promotions, counters, real);
        assertNotNull(gone);
        assertEquals(new TreeSet<>(Set.of("b", "c")), gone.promotions());
        assertEquals(new TreeSet<>(Set.of("a.1", "b.0", "points", "reward:cake.0", "limit:l")), gone.counters());
        assertEquals(real + 1000, gone.until());
        try (Connection again = DriverManager.getConnection(jdbcUrl)) {
            TestProgram.of(program).with("currency", "\"ZZZ\"").insert(again, 3);
            book.hear();
            assertEquals(Gone.NOTHING, book.gone(program, promotions, counters, real));
            again.createStatement().execute("DELETE FROM program_version WHERE program = 'gone'");
        }
        try (TestBook deaf = new TestBook(List.of(gateway.postgres))) {
            deaf.stop();
            await().atMost(Duration.ofSeconds(3)).until(() -> deaf.gone(program, promotions, counters, real) == null);
            assertNull(deaf.gone("another", promotions, counters, real));
        }
    }
}
