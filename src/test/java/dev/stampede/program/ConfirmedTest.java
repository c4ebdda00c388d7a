package dev.stampede.program;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.embedded.EmbeddedPostgresServer;
import dev.stampede.postgres.LedgerClock;
import dev.stampede.postgres.PostgresServers;
import dev.stampede.support.Backends;
import dev.stampede.support.ReplicatedPostgres;
import dev.stampede.support.TestGateway;
import dev.stampede.support.TestProgram;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnectOptions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What {@link ProgramBook} argues, tried with the books of two gateways: no instant is priced by two versions. */
@Tag("servers")
@Tag("long")
class ConfirmedTest {
    private final Backends backends = Backends.shared();
    private final Vertx vertx = Vertx.vertx();
    private final List<ProgramBook> books = new ArrayList<>();
    private String url;

    private record Priced(long atMs, int version) {}

    @BeforeEach
    void start() throws Exception {
        url = backends.freshDatabase("confirmed");
        TestGateway.migrate(url);
        for (int i = 0; i < 2; i++) {
            books.add(book(List.of(TestGateway.options(backends.postgres(), "confirmed"))));
        }
    }

    private ProgramBook book(List<PgConnectOptions> servers) throws Exception {
        ProgramBook book = new ProgramBook(new SimpleMeterRegistry());
        start(book, servers);
        return book;
    }

    private void start(ProgramBook book, List<PgConnectOptions> servers) throws Exception {
        book.start(vertx, new PostgresServers(servers), Duration.ofSeconds(3), new LedgerClock(InstantSource.system()))
                .toCompletionStage()
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS);
    }

    @AfterEach
    void stop() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    /** A process that was stopped for some seconds, for example: its first calls need not fail. */
    @Test
    void whoAsksTooEarlyWaitsForTheNextRead() throws Exception {
        ProgramBook book = new ProgramBook(new SimpleMeterRegistry());
        assertEquals(InForce.Not.CONFIRMED, soon(book, Duration.ofMillis(1)).get(10, TimeUnit.SECONDS));
        CompletableFuture<InForce> early = soon(book, Duration.ofMinutes(1));
        start(book, List.of(TestGateway.options(backends.postgres(), "confirmed")));
        assertTrue(early.get(10, TimeUnit.SECONDS) instanceof InForce.Rules, early.toString());
    }

    private static CompletableFuture<InForce> soon(ProgramBook book, Duration patience) {
        return book.soonConfirmed("demo", System.currentTimeMillis(), patience)
                .map(ProgramBook.Present::found)
                .subscribeAsCompletionStage();
    }

    /** @return whether it was published */
    private static boolean publish(Connection owner, int basedOn) throws SQLException {
        try (var publish =
                owner.prepareStatement("SELECT outcome FROM publish_program_3('demo', ?, ?, NULL, NULL, NULL, NULL)")) {
            publish.setString(
                    1,
                    TestProgram.of("demo")
                            .with("earned", Integer.toString(basedOn + 1))
                            .document());
            publish.setInt(2, basedOn);
            try (var rows = publish.executeQuery()) {
                return rows.next() && rows.getString(1).equals("ok");
            }
        }
    }

    /** Asks both books until then, a thousand times a second or so. */
    private void price(long untilMs, List<Priced> priced) throws InterruptedException {
        while (Clock.systemUTC().millis() < untilMs) {
            for (ProgramBook book : books) {
                long atMs = Clock.systemUTC().millis();
                if (book.confirmed("demo", atMs).found() instanceof InForce.Rules rules) {
                    priced.add(new Priced(atMs, rules.version()));
                }
            }
            TimeUnit.MILLISECONDS.sleep(1);
        }
    }

    @Test
    void noInstantIsPricedByTwoVersions() throws Exception {
        List<Priced> priced = new ArrayList<>();
        long begin = Clock.systemUTC().millis();
        try (Connection owner = DriverManager.getConnection(url)) {
            assertTrue(publish(owner, 1));
            price(begin + 1_000, priced);
            assertTrue(publish(owner, 2));
            // and one whose commit takes longer than a version has until it takes effect
            owner.setAutoCommit(false);
            assertTrue(publish(owner, 3));
            price(begin + 7_500, priced);
            assertEquals(0, books.stream().filter(ConfirmedTest::isConfirmed).count());
            owner.commit();
            owner.setAutoCommit(true);
            price(begin + 9_500, priced);

            TreeMap<Long, Integer> truth = new TreeMap<>();
            try (var statement = owner.createStatement();
                    var rows =
                            statement.executeQuery("SELECT version, (extract(epoch FROM effective_from) * 1000)::bigint"
                                    + " FROM program_version WHERE program = 'demo' ORDER BY version")) {
                while (rows.next()) {
                    truth.put(rows.getLong(2), rows.getInt(1));
                }
            }
            assertEquals(4, truth.size());
            assertEquals(
                    List.of(),
                    priced.stream()
                            .filter(each -> truth.floorEntry(each.atMs).getValue() != each.version)
                            .toList());
            assertEquals(
                    List.of(1, 4),
                    priced.stream().map(Priced::version).distinct().sorted().toList(),
                    "2 and 3 came into force while nobody could confirm them");
        }
    }

    @Test
    void allChangeAtTheSameInstant() throws Exception {
        List<Priced> priced = new ArrayList<>();
        long begin = Clock.systemUTC().millis();
        try (Connection owner = DriverManager.getConnection(url)) {
            assertTrue(publish(owner, 1));
        }
        price(begin + 6_500, priced);

        long last = priced.stream()
                .filter(each -> each.version == 1)
                .mapToLong(Priced::atMs)
                .max()
                .orElseThrow();
        long first = priced.stream()
                .filter(each -> each.version == 2)
                .mapToLong(Priced::atMs)
                .min()
                .orElseThrow();
        assertTrue(last < first && first - begin >= 5_000, begin + " " + last + " " + first);
    }

    private static boolean isConfirmed(ProgramBook book) {
        return book.confirmed("demo", Clock.systemUTC().millis()).found() != InForce.Not.CONFIRMED;
    }

    /** Nothing that was published and not committed may hold readers for long, nor readers a publisher. */
    @Test
    void theListIsConfirmedAgainByItself() throws Exception {
        try (Connection owner = DriverManager.getConnection(url)) {
            owner.setAutoCommit(false);
            assertTrue(publish(owner, 1));
            await().until(() -> books.stream().noneMatch(ConfirmedTest::isConfirmed));
        } // rolled back
        await().until(() -> books.stream().allMatch(ConfirmedTest::isConfirmed));
    }

    /** One that is frozen neither answers nor closes its connections. */
    @Test
    void aFrozenPostgresIsLeftOrReadAgain() throws Exception {
        try (ReplicatedPostgres postgres = new ReplicatedPostgres()) {
            EmbeddedPostgresServer old = postgres.primary();
            TestGateway.migrate(old.jdbcUrl());
            ProgramBook book = book(Stream.of(old, postgres.standby())
                    .map(server -> TestGateway.options(server, server.database()))
                    .toList());
            await().until(() -> isConfirmed(book));

            postgres.freeze(old);
            await().until(() -> !isConfirmed(book));
            postgres.thaw(old);
            await().until(() -> isConfirmed(book));

            postgres.freeze(old);
            await().until(() -> !isConfirmed(book));
            postgres.promote();
            await().until(() -> isConfirmed(book));
            try (Connection owner =
                    DriverManager.getConnection(postgres.primary().jdbcUrl())) {
                TestProgram.of("later").insert(owner, 1);
            }
            await().until(() -> book.programs().contains("later"));
            postgres.thaw(old);
        }
    }
}
