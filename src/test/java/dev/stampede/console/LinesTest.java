package dev.stampede.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.time.YearMonth;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What pages make of what the API tells: differences, lots, complaints. */
class LinesTest {
    private static String told(List<Lines.Line> lines) {
        return lines.stream()
                .map(line -> switch (line.change()) {
                    case SAME -> " " + line.text();
                    case GONE -> "-" + line.text();
                    case ADDED -> "+" + line.text();
                    case LEFT_OUT -> "...";
                })
                .collect(Collectors.joining("|"));
    }

    @Test
    void asFewLinesAsCanBeAreChanged() {
        assertEquals(" a|-b|+x| c", told(Lines.diff(List.of("a", "b", "c"), List.of("a", "x", "c"))));
        assertEquals("+a| b", told(Lines.diff(List.of("b"), List.of("a", "b"))));
        assertEquals("-a", told(Lines.diff(List.of("a"), List.of())));
        assertEquals("", told(Lines.diff(List.of(), List.of())));
    }

    @Test
    void onlyWhatIsAroundAChangeIsShown() {
        List<String> before =
                IntStream.rangeClosed(1, 20).mapToObj(Integer::toString).toList();
        List<String> after = new ArrayList<>(before);
        after.set(9, "ten");
        assertEquals(" 7| 8| 9|-10|+ten| 11| 12| 13|...", told(Lines.changes(before, after)));
        assertEquals(List.of(), Lines.changes(before, before));
    }

    @Test
    void bothTextsAreInTheDifference() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int n = 0; n < 200; n++) {
            List<String> before = some(random);
            List<String> after = some(random);
            List<Lines.Line> lines = Lines.diff(before, after);
            assertEquals(before, of(lines, Lines.Change.ADDED), "seed " + seed);
            assertEquals(after, of(lines, Lines.Change.GONE), "seed " + seed);
        }
    }

    private static List<String> some(Random random) {
        return random.ints(random.nextInt(12), 0, 4).mapToObj(Integer::toString).toList();
    }

    private static List<String> of(List<Lines.Line> lines, Lines.Change without) {
        return lines.stream()
                .filter(line -> line.change() != without)
                .map(Lines.Line::text)
                .toList();
    }

    @Test
    void aHeadingIsShownWhereSomethingHasChanged() {
        assertEquals(
                List.of("Earning", "Tiers"),
                List.copyOf(Lines.changes(
                                Map.of("Earning", List.of("a"), "Limits", List.of("b")),
                                Map.of("Earning", List.of("c"), "Limits", List.of("b"), "Tiers", List.of("d")))
                        .keySet()
                        .stream()
                        .sorted()
                        .toList()));
    }

    private static Map<String, Object> lot(String on, long points) {
        return Map.of("on", on, "points", points, "state", "available");
    }

    @Test
    void lotsAddUpByMonth() {
        List<Lots.Month> months = Lots.months(Map.of(
                "items",
                List.of(lot("2026-12-31", 30), lot("2027-01-31", 100), lot("2026-12-01", 20), lot("9999-12-31", 25))));
        assertEquals(3, months.size());
        assertEquals(new Lots.Month(YearMonth.of(2026, 12), 50, 50), months.get(0));
        assertEquals(new Lots.Month(YearMonth.of(2027, 1), 100, 100), months.get(1));
        assertNull(months.get(2).month());
        assertEquals(List.of(), Lots.months(Map.of("problem", Map.of())));
        assertEquals(List.of(), Lots.months(null));
    }

    @Test
    void theLifeOfALotIsInItsEntries() {
        Map<String, Object> entry =
                Map.of("type", "earn", "lots", List.of(lot("2026-12-31", 30), lot("2027-01-31", 1)));
        Map<String, Object> redeem = Map.of("type", "redeem", "lots", List.of(lot("2026-12-31", -10)));
        Lots.Life life = Lots.life(
                Map.of(
                        "items",
                        List.of(
                                Map.of("id", "2", "type", "redeem", "entries", List.of(redeem)),
                                Map.of("id", "1", "type", "earn", "entries", List.of(entry)))),
                "2026-12-31");
        assertEquals(30, life.in());
        assertEquals(10, life.out());
        assertEquals(2, life.moves().size());
        assertEquals(-10L, life.moves().get(0).get("points"));
    }

    @Test
    void numbersAreWrittenForTheirReader() {
        Format german = new Format(Locale.GERMAN, java.time.ZoneOffset.UTC);
        assertEquals("1.234,50", german.money("1234.50"));
        assertEquals("+0,50", german.difference("1.00", "1.50"));
        assertEquals("-3", german.difference(5, 2L));
        assertEquals("", german.difference(null, "1"));
        assertEquals(25, german.reached(Map.of("spend", "10.00"), Map.of("measure", "spend", "missing", "30.00")));
        assertEquals("Dezember 2026", german.month(YearMonth.of(2026, 12)));
        assertEquals("a+%26b", german.url("a &b"));
    }
}
