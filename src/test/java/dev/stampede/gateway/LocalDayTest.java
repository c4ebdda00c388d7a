package dev.stampede.gateway;

import static dev.stampede.support.TestGateway.account;
import static dev.stampede.support.TestGateway.done;
import static dev.stampede.support.TestGateway.get;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.account.AccountId;
import dev.stampede.account.Operation;
import dev.stampede.account.OperationType;
import dev.stampede.account.SealedOperation;
import dev.stampede.points.LocalDay;
import dev.stampede.support.Ask;
import dev.stampede.support.Backends;
import dev.stampede.support.LedgerCheck;
import dev.stampede.support.TestGateway;
import io.vertx.redis.client.RedisOptions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.function.LongFunction;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** In a program whose days are not those of UTC: it may be tomorrow or yesterday there, whenever this runs. */
@Tag("servers")
class LocalDayTest {
    private static final Backends BACKENDS = Backends.shared();
    /** Its days begin 14 hours before those of UTC, and end when in UTC it is ten in the morning. */
    private static final ZoneId EARLY = ZoneId.of("Pacific/Kiritimati");

    private static final ZoneId LATE = ZoneId.of("Pacific/Pago_Pago");

    private static String jdbcUrl;
    private static LedgerCheck ledger;

    @BeforeAll
    static void migrate() {
        jdbcUrl = BACKENDS.freshDatabase("local_day_test");
        TestGateway.migrate(jdbcUrl);
        ledger = new LedgerCheck(jdbcUrl);
    }

    @AfterAll
    static void theLedgerIsConsistent() {
        ledger.consistent();
    }

    /** @param zone of all programs; null: none can be read */
    private static TestGateway gateway(ZoneId zone) {
        return new TestGateway(
                List.of(TestGateway.options(BACKENDS.postgres(), "local_day_test")),
                new RedisOptions()
                        .setConnectionString(
                                "redis://127.0.0.1:" + BACKENDS.redis().port()),
                Map.of("stampede.gateway.sweep-interval", "1h", "stampede.gateway.compare-interval", "1h"),
                zone);
    }

    private static LocalDay today(ZoneId zone) {
        LocalDay today = LocalDay.of(System.currentTimeMillis(), zone);
        assertNotNull(today);
        return today;
    }

    private static Ask earn(AccountId account, String key, ZoneId zone) {
        return Ask.of(OperationType.EARN, account)
                .key(key, "1:" + key)
                .points(5L)
                .autoEnrol(true)
                .day(today(zone));
    }

    private static long dueAtMs(AccountId account) {
        return ledger.count("SELECT coalesce(extract(epoch FROM due_at) * 1000, 0)::bigint FROM account"
                + " WHERE account = '" + account.id() + "'");
    }

    /** For whichever gateway seals it: the proposal says in which zone its days end. */
    @Test
    void anAccountIsDueWhenItsLocalDayEnds() {
        for (ZoneId zone : List.of(EARLY, LATE)) {
            AccountId account = account("due-" + zone.getId().substring(8));
            try (TestGateway gateway = gateway(zone)) {
                LocalDay today = today(zone);
                done(gateway.ask(
                        earn(account, "e", zone).lot(today.number(), null).build()));
                assertEquals(today.until(), dueAtMs(account));
                // a void of what never came: its tombstone does not say the zone itself
                done(gateway.ask(Ask.of(OperationType.VOID, account)
                        .key("v", "1:v")
                        .voids("never-came")
                        .day(today(zone))
                        .build()));
                assertEquals(today.until(), dueAtMs(account));
            }
        }
    }

    @Test
    void theSweepCountsByIt() {
        AccountId account = account("swept");
        try (TestGateway gateway = gateway(EARLY)) {
            long yesterday = today(EARLY).number() - 1;
            done(gateway.ask(earn(account, "e", EARLY).lot(yesterday, null).build()));
            Sweep.now(gateway.gateway);
            assertEquals(0, ledger.available(account));
            done(gateway.ask(earn(account, "e2", EARLY).lot(yesterday + 1, null).build()));
            Sweep.now(gateway.gateway);
            assertEquals(5, ledger.available(account));
            assertEquals(3, ledger.count("SELECT version FROM account WHERE account = 'swept'"));
        }
    }

    /** It is known neither whether they have lapsed, nor when they will. */
    @Test
    void nobodySweepsWhatCannotBeRead() throws SQLException {
        AccountId account = account("unreadable");
        try (TestGateway gateway = gateway(LATE)) {
            done(gateway.ask(
                    earn(account, "e", LATE).lot(today(LATE).number() - 1, null).build()));
        }
        try (TestGateway gateway = gateway(null)) {
            Sweep.now(gateway.gateway);
            assertEquals(5, ledger.available(account));
        }
        try (Connection owner = DriverManager.getConnection(jdbcUrl);
                var sql = owner.createStatement()) {
            sql.execute("UPDATE lease SET until = now() - interval '1 s'"); // it is gone, and its lanes are free
        }
        try (TestGateway gateway = gateway(LATE)) {
            Sweep.now(gateway.gateway);
            assertEquals(0, ledger.available(account));
        }
    }

    /** Local midnight has passed between the arrival of a call and its decision. */
    @Test
    void whatIsDecidedTheDayAfterIsOfTheDayAfter() {
        AccountId account = account("midnight");
        try (TestGateway gateway = gateway(LATE)) {
            LocalDay today = today(LATE);
            long before = LocalDay.start(today.number(), LATE) - 1;
            LongFunction<Operation> earning = at -> earn(account, "e", LATE)
                    .lot(LocalDay.number(at, LATE), null)
                    .day(LocalDay.of(at, LATE))
                    .build();
            SealedOperation earned = done(
                    get(gateway.gateway.submit(earning.apply(before), earning).subscribeAsCompletionStage()));
            assertEquals(
                    LocalDay.number(earned.at(), LATE),
                    earned.image().state().lots().get(0).day());
            // of yesterday, these points would be spent; of today they are gone
            done(gateway.ask(
                    earn(account, "e2", LATE).lot(today.number() - 1, null).build()));
            LongFunction<Operation> redeeming = at -> Ask.of(OperationType.REDEEM, account)
                    .key("r", "1:r")
                    .points(10L)
                    .day(LocalDay.of(at, LATE))
                    .build();
            var declined = get(
                    gateway.gateway.submit(redeeming.apply(before), redeeming).subscribeAsCompletionStage());
            assertEquals("insufficient_points", TestGateway.declined(declined));
            assertTrue(LocalDay.number(earned.at(), LATE) >= today.number());
        }
    }
}
