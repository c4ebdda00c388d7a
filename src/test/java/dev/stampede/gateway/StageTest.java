package dev.stampede.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.account.AccountId;
import dev.stampede.account.OperationType;
import dev.stampede.support.Ask;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class StageTest {
    private static Attempt attempt() {
        return new Attempt(
                Ask.of(OperationType.LAPSE, AccountId.of("demo", "one")).build(), null, false, 0);
    }

    private static Set<Stage> from(Stage stage) {
        EnumSet<Stage> next = EnumSet.noneOf(Stage.class);
        for (Stage other : Stage.values()) {
            if (stage.mayLeadTo(other)) {
                next.add(other);
            }
        }
        return next;
    }

    @Test
    void whatIsBeingSealedIsNeverJustProposedAgain() {
        assertEquals(EnumSet.of(Stage.REPAIRING, Stage.RESOLVING, Stage.FINISHED), from(Stage.SEALING));
        assertEquals(EnumSet.of(Stage.REPAIRING, Stage.RESOLVING, Stage.FINISHED), from(Stage.RESOLVING));
    }

    @Test
    void onlyADecisionIsSealed() {
        for (Stage stage : Stage.values()) {
            assertEquals(stage == Stage.PROPOSING, stage.mayLeadTo(Stage.SEALING), stage.name());
        }
    }

    @Test
    void allComeToAnEndAndNothingComesAfterIt() {
        for (Stage stage : Stage.values()) {
            assertEquals(stage != Stage.FINISHED, stage.mayLeadTo(Stage.FINISHED), stage.name());
            assertFalse(stage.mayLeadTo(Stage.ARRIVED), stage.name());
        }
        assertEquals(Set.of(), from(Stage.FINISHED));
    }

    @Test
    void anAttemptThatGoesAstrayIsABug() {
        Attempt attempt = attempt();
        attempt.enter(Stage.PROPOSING);
        attempt.enter(Stage.SEALING);
        assertThrows(IllegalStateException.class, () -> attempt.enter(Stage.PROPOSING));
        attempt.finish(new Answer.Unchanged(null));
        assertTrue(attempt.isAbandoned());
        assertTrue(attempt.finished.future().succeeded());
        assertThrows(IllegalStateException.class, () -> attempt.enter(Stage.PROPOSING));
    }

    @Test
    void theCallerIsToldOnce() {
        Attempt attempt = attempt();
        attempt.answer.tryFail("too late");
        attempt.finish(new Answer.Unchanged(null));
        assertEquals("too late", attempt.answer.future().cause().getMessage());
        assertTrue(attempt.finished.future().succeeded());
    }
}
