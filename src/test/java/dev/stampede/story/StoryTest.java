package dev.stampede.story;

import dev.stampede.gateway.Gateway;
import dev.stampede.support.Backends;
import dev.stampede.support.BackendsResource;
import dev.stampede.support.LedgerCheck;
import io.quarkus.test.common.TestResourceScope;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each story goes through the gateway; {@link Story} says how to read and write one. */
@QuarkusTest
@WithTestResource(value = BackendsResource.class, scope = TestResourceScope.GLOBAL)
@Tag("servers")
class StoryTest {
    @Inject
    Gateway gateway;

    static List<Story> stories() {
        return Story.all();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("stories")
    void isTrue(Story story) {
        new Teller(story, gateway).tell();
    }

    @AfterAll
    static void theLedgerIsConsistent() {
        new LedgerCheck(Backends.shared().postgres().jdbcUrl()).consistent();
    }
}
