package dev.stampede.program.reading;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.stampede.support.TestProgram;
import java.util.List;
import org.junit.jupiter.api.Test;

class ChangesTest {
    private static final String COFFEE = Documents.whole("coffee");

    @Test
    void whatIsSaidOfTheVersionIsNoChange() {
        assertEquals(
                List.of(),
                Changes.between(
                        TestProgram.of("p").document(),
                        TestProgram.of("p")
                                .basedOn(3)
                                .with("reason", "\"another\"")
                                .document()));
    }

    @Test
    void aValueIsToldBeforeAndAfter() {
        TestProgram other = TestProgram.of("p")
                .with("earned", "2")
                .with("graceDays", "30")
                .with("promotions", "[{\"id\": \"x2\", \"give\": {\"multiply\": \"2\"}}]");

        assertEquals(
                List.of("earn rule base: rate.points 1 -> 2", "points.graceDays 0 -> 30", "promotion x2 added"),
                Changes.between(TestProgram.of("p").document(), other.document()));
        assertEquals(
                List.of("promotion x2: give.multiply 2 -> 3", "promotion x2: when added: {channels [app]}"),
                Changes.between(
                        other.document(),
                        other.with(
                                        "promotions",
                                        "[{\"id\": \"x2\", \"give\": {\"multiply\": \"3\"},"
                                                + " \"when\": {\"channels\": [\"app\"]}}]")
                                .document()));
    }

    @Test
    void theOrderOfRulesIsAChange() {
        String one = "{\"earn\": [{\"id\": \"a\"}, {\"id\": \"b\"}]}";
        String other = "{\"earn\": [{\"id\": \"b\"}, {\"id\": \"a\"}]}";

        assertEquals(List.of("earn in another order: b, a"), Changes.between(one, other));
    }

    @Test
    void anotherProgrammeIsToldWithinBounds() {
        List<String> changes = Changes.between(COFFEE, Documents.whole("airline"));

        assertEquals(List.of(), Changes.between(COFFEE, COFFEE));
        assertEquals(
                List.of(),
                changes.stream().filter(change -> change.length() > 300).toList());
        assertEquals(List.of("The version before cannot be read."), Changes.between("{", COFFEE));
    }
}
