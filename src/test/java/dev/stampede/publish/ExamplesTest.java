package dev.stampede.publish;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.stampede.publish.Examples.Tried;
import java.util.List;
import org.junit.jupiter.api.Test;

class ExamplesTest {
    private static final Tried REFUSED = new Tried("airline", false, "budgets are not carried out.");

    @Test
    void theFirstStartTellsAllOfThem() {
        assertEquals(
                "Example programs, each a sandbox: coffee, stamp. Example program airline is not published: budgets are"
                        + " not carried out.",
                Examples.told(List.of(REFUSED, new Tried("coffee", true, null), new Tried("stamp", true, null))));
    }

    @Test
    void laterStartsTellNothing() {
        assertNull(Examples.told(List.of(REFUSED)));
        assertNull(Examples.told(List.of()));
        assertNull(Examples.told(List.of(new Tried("coffee", false, null)))); // another gateway was faster
    }
}
