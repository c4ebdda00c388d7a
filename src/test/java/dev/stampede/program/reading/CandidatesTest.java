package dev.stampede.program.reading;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CandidatesTest {
    private static List<String> errors(int promotions, IntFunction<String> when) {
        String list = IntStream.range(0, promotions)
                .mapToObj(i -> "{\"id\": \"p" + i + "\", \"when\": {" + when.apply(i) + "}, \"give\": {\"points\": 1}}")
                .collect(Collectors.joining(",\n"));
        String coffee = Documents.published("coffee");
        int start = coffee.indexOf("\"promotions\": [");
        int end = coffee.indexOf("\"rewards\"");
        return DocumentReader.read(
                        coffee.substring(0, start) + "\"promotions\": [" + list + "],\n" + coffee.substring(end))
                .findings()
                .stream()
                .filter(finding -> finding.level() == Finding.Level.ERROR)
                .map(finding -> finding.code().word() + " " + finding.pointer())
                .toList();
    }

    @Test
    void asManyAsOneOperationMayHave() {
        assertEquals(List.of(), errors(32, i -> ""));
        assertEquals(List.of("out_of_range /promotions"), errors(33, i -> ""));
    }

    @Test
    void whatNeverMeetsIsNotAdded() {
        assertEquals(List.of(), errors(200, i -> "\"stores\": [\"s" + i / 32 + "\"]"));
        assertEquals(List.of(), errors(64, i -> "\"tiers\": [\"" + (i % 2 == 0 ? "green" : "gold") + "\"]"));
        assertEquals(List.of(), errors(200, i -> "\"dates\": [\"2027-01-%02d\"]".formatted(1 + i / 31)));
        assertEquals(
                List.of(),
                errors(
                        64,
                        i -> "\"hours\": [{\"from\": \"%02d:00\", \"to\": \"%02d:00\"}]".formatted(i % 2, i % 2 + 1)));
        assertEquals(List.of(), errors(64, i -> "\"weekdays\": [\"" + (i % 2 == 0 ? "MON" : "SUN") + "\"]"));
        assertEquals(
                List.of(),
                errors(64, i -> i % 2 == 0 ? "\"to\": \"2027-05-01T00:00\"" : "\"from\": \"2027-05-01T00:00\""));
    }

    @Test
    void whatMeetsAtOneMomentIs() {
        assertEquals(
                List.of("out_of_range /promotions"),
                errors(
                        64,
                        i -> "\"hours\": [{\"from\": \"%02d:00\", \"to\": \"%02d:00\"}]".formatted(i % 2, i % 2 + 2)));
        assertEquals(List.of("out_of_range /promotions"), errors(200, i -> "\"stores\": [\"s" + i / 33 + "\"]"));
        assertEquals(
                List.of("out_of_range /promotions"),
                errors(
                        40,
                        i -> i % 2 == 0
                                ? "\"weekdays\": [\"WED\"]"
                                : "\"from\": \"2027-05-0%dT00:00\"".formatted(1 + i % 9)));
        assertEquals(
                List.of("out_of_range /promotions"),
                errors(
                        40,
                        i -> i % 2 == 0
                                ? "\"hours\": [{\"from\": \"22:00\", \"to\": \"02:00\"}]"
                                : "\"channels\": [\"app\"]"));
    }
}
