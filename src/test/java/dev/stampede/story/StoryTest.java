package dev.stampede.story;

import static org.awaitility.Awaitility.await;

import dev.stampede.gateway.Gateway;
import dev.stampede.http.Api;
import dev.stampede.program.ProgramBook;
import dev.stampede.support.Backends;
import dev.stampede.support.BackendsResource;
import dev.stampede.support.LedgerCheck;
import dev.stampede.support.TestClock;
import io.quarkus.test.common.TestResourceScope;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each story goes through the gateway; {@link Story} says how to read and write one. */
@QuarkusTest
@WithTestResource(value = BackendsResource.class, scope = TestResourceScope.GLOBAL)
@Tag("servers")
class StoryTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static boolean created;

    private static final Programs PROGRAMS =
            new Programs(Backends.shared().postgres().jdbcUrl());

    @Inject
    Gateway gateway;

    @Inject
    ProgramBook book;

    @Inject
    TestClock clock;

    static List<Story> stories() {
        return Story.all();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("stories")
    void isTrue(Story story) throws SQLException {
        if (!created) {
            PROGRAMS.create(Story.all());
            PROGRAMS.makeClock();
            created = true;
        }
        await().atMost(PATIENCE).until(() -> book.programs().contains(story.program()));
        new Teller(story, gateway, this::timeIs).tell();
    }

    @AfterEach
    void timeIsNowAgain() {
        shift(0);
    }

    @AfterAll
    static void theLedgerIsConsistent() throws SQLException {
        PROGRAMS.unmakeClock();
        new LedgerCheck(Backends.shared().postgres().jdbcUrl()).consistent();
    }

    private void timeIs(long ms) {
        shift(ms - Clock.systemUTC().millis());
    }

    /** Both clocks: the gateway would correct its own by Postgres'. */
    private void shift(long ms) {
        clock.shift(ms);
        try {
            PROGRAMS.shiftClock(ms);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        // a seal in between has learnt an offset that there isn't: the next one corrects it
        while (Math.abs(gateway.nowMs() - clock.millis()) > 500) {
            var sealed = Api.fresh().post("earn", "{\"points\":1}");
        }
    }
}
