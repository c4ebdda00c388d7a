package dev.stampede.program.reading;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Documents that are wrong at random are read or refused, and nothing else happens. */
class FuzzTest {
    private static final long SEED = 20261129;
    private static final int CHANGED_TEXTS = 1_500;
    private static final int CHANGED_VALUES = 3_000;

    private static final Pattern VALUE =
            Pattern.compile("(?<=: |\\[|, )(\"[^\"]*\"|-?[0-9.]+|true|false|\\{[^{}]*\\}|\\[[^\\[\\]]*\\])");
    private static final List<String> VALUES = List.of(
            "null",
            "true",
            "0",
            "-1",
            "1.5",
            "1e400",
            "99999999999999999999",
            "\"\"",
            "\"0\"",
            "\"1.00001\"",
            "\"now\"",
            "\"24:00\"",
            "\"2026-02-30\"",
            "\"9999-12-31T23:59\"",
            "\"0000-01-01\"",
            "\"tier:gold\"",
            "\"\\ud800\"",
            "\"\\u0000\"",
            "\"stars\"",
            "\"gold\"",
            "\"month\"",
            "\"none\"",
            "[]",
            "{}",
            "[[]]",
            "[\"gold\"]",
            "{\"any\": []}",
            "{\"points\": 5}",
            "{\"until\": \"periodEnd\"}");

    private final List<String> documents = Documents.NAMES.stream()
            .flatMap(name -> Stream.of(Documents.published(name), Documents.whole(name)))
            .toList();

    @Test
    void changedTexts() {
        Random random = new Random(SEED);
        int accepted = 0;
        for (int i = 0; i < CHANGED_TEXTS; i++) {
            byte[] text = documents.get(random.nextInt(documents.size())).getBytes(StandardCharsets.UTF_8);
            for (int n = random.nextInt(3); n >= 0; n--) {
                text[random.nextInt(text.length)] = (byte) random.nextInt(random.nextBoolean() ? 256 : 128);
            }
            accepted += read(text, i) ? 1 : 0;
        }
        assertTrue(accepted < CHANGED_TEXTS / 2, accepted + " documents were accepted");
    }

    @Test
    @Tag("long")
    void changedValues() {
        Random random = new Random(SEED);
        int accepted = 0;
        for (int i = 0; i < CHANGED_VALUES; i++) {
            String text = documents.get(random.nextInt(documents.size()));
            for (int n = random.nextInt(3); n >= 0; n--) {
                text = changed(text, random);
            }
            accepted += read(text.getBytes(StandardCharsets.UTF_8), i) ? 1 : 0;
        }
        assertTrue(accepted > CHANGED_VALUES / 100, "only " + accepted + " documents were accepted");
    }

    /** One value becomes another one, of this document or of a list. */
    private static String changed(String text, Random random) {
        List<int[]> values = new ArrayList<>();
        Matcher matcher = VALUE.matcher(text);
        while (matcher.find()) {
            values.add(new int[] {matcher.start(), matcher.end()});
        }
        if (values.isEmpty()) {
            return text;
        }
        int[] place = values.get(random.nextInt(values.size()));
        int[] other = values.get(random.nextInt(values.size()));
        String value =
                random.nextBoolean() ? text.substring(other[0], other[1]) : VALUES.get(random.nextInt(VALUES.size()));
        return text.substring(0, place[0]) + value + text.substring(place[1]);
    }

    /** @return whether it was accepted */
    private static boolean read(byte[] text, int round) {
        String which = "seed " + SEED + ", round " + round + ": ";
        try {
            Reading reading = DocumentReader.read(text);
            boolean refused = reading.findings().stream().anyMatch(each -> each.level() == Finding.Level.ERROR);
            assertEquals(refused, reading.document() == null, which + reading.findings());
            assertEquals(reading, DocumentReader.read(text), which);
            for (Finding finding : reading.findings()) {
                assertTrue(finding.line() > 0 && finding.column() > 0, which + finding);
                assertTrue(finding.message().codePoints().allMatch(Words::isPrintable), which + finding);
            }
            return !refused;
        } catch (RuntimeException e) {
            return fail(which + new String(text, StandardCharsets.UTF_8), e);
        }
    }
}
