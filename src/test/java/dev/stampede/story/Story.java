package dev.stampede.story;

import dev.stampede.support.WorkedCase;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * A story: lines that say what is done and what is expected of it.
 *
 * <pre>
 * program  expiry 1 month, pending 14 days      the program's rules, before all else; {@code zone Europe/Berlin}
 * on 2026-03-02                                 it is that local day; with a time, {@code on 2026-03-02T10:00:00}
 * after 60s                                     later by that
 * earn 100 as e                                 {@code as}: a name, to speak of it later; its key is made of it
 * redeem 30                    -> available 70  balances: available, held, pending, debt, lifetime
 * redeem 71                    -> insufficient_points
 * </pre>
 *
 * Amounts of money are {@code 12.50 EUR}. What else can be done: {@code enrol}, {@code hold 30 for 60s as h}, {@code
 * capture h}, {@code capture h 10}, {@code void h}, {@code void key of r} (also before there is an {@code r}), {@code
 * reverse r}, {@code reverse r 10}, {@code again r} (the same call once more), {@code sweep}, {@code freeze}, {@code
 * unfreeze}, {@code close}, {@code close forfeit}, {@code adjust -50}, {@code adjust -50 debt}, {@code balance}. What
 * else can be expected: {@code lots 70 to 2027-03-31 and 30 to 2027-04-30}, {@code did
 * expire -100 and redeem -20} (the entries), {@code moved 20} (the operation's points), {@code hold captured 10},
 * {@code replayed}, {@code created}; or, alone or before balances, the code of a refusal. What follows a {@code #} is
 * for people.
 *
 * <p>Of a whole scheme:
 *
 * <pre>
 * program  like coffee, only happy-hour night-owl   a document of {@code programs/}, and the promotions it keeps
 * buy 5.00                          -> gives 10     a purchase; also what is pending or owed
 * buy 4.50 iced and 9.00 beans x2 for 20.00         lines with category and quantity; {@code for}: the whole amount
 * redeem reward brewed              -> takes 100
 * </pre>
 *
 * Lines have attributes ({@code distance=300}); {@code at supermarket} names the partner, {@code happened
 * 2026-12-16T12:00} the time of a purchase that is told later. What else can be done: {@code member anna} (from here on
 * it is about her; they are all new), {@code set birthDate 1996-02-29}, {@code tier gold to 2027-12-31} (by hand),
 * {@code return 1 of A} (of its first line). What else can be expected: {@code why base 20 and happy-hour 5} (all of
 * the explanation; {@code night-owl 0 limit} with the reason, {@code free-coffee x1} a gift), {@code worth 1.11},
 * {@code rate standard}, {@code tier gold}, {@code until 2027-12-31}, {@code measure stars 10}, {@code progress stamps
 * 8}, {@code gifts free-coffee 1}, {@code gifts none}.
 *
 * @param name the file's
 * @param rules of its program
 */
record Story(String name, List<String> rules, List<Line> lines) {
    /** @param words what is done; {@code expected} of it, one thing each */
    record Line(int number, List<String> words, List<String> expected) {}

    static final Path FOLDER = Path.of("src/test/resources/stories");

    static List<Story> all() {
        try (Stream<Path> files = Files.list(FOLDER)) {
            return files.filter(file -> file.toString().endsWith(".story"))
                    .sorted()
                    .map(Story::read)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Story read(Path file) {
        List<String> rules = new ArrayList<>();
        List<Line> lines = new ArrayList<>();
        try {
            int number = 0;
            for (String text : Files.readAllLines(file)) {
                number++;
                String[] sides = text.replaceFirst("#.*", "").split("->", 2);
                List<String> words = split(sides[0], "\\s+");
                if (words.isEmpty()) {
                    continue;
                }
                if (words.get(0).equals("program")) {
                    if (!lines.isEmpty()) {
                        throw new IllegalArgumentException(file + ":" + number + ": rules come first");
                    }
                    rules.addAll(split(sides[0].strip().substring("program".length()), ","));
                } else {
                    lines.add(new Line(number, words, sides.length < 2 ? List.of() : split(sides[1], ",")));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new Story(file.getFileName().toString().replace(".story", ""), rules, lines);
    }

    private static List<String> split(String text, String separator) {
        return Arrays.stream(text.split(separator))
                .map(String::strip)
                .filter(part -> !part.isEmpty())
                .toList();
    }

    /** The document of {@code programs/} that it is about; null if it has simple rules of its own. */
    String example() {
        return rules.stream()
                .filter(rule -> rule.startsWith("like "))
                .map(rule -> rule.substring("like ".length()))
                .findFirst()
                .orElse(null);
    }

    /** That of its program: all its times are local. */
    ZoneId zone() {
        if (example() != null) {
            return ZoneId.of(WorkedCase.example(example()).path("timeZone").asText());
        }
        return rules.stream()
                .filter(rule -> rule.startsWith("zone "))
                .map(rule -> ZoneId.of(rule.substring("zone ".length())))
                .findFirst()
                .orElse(ZoneOffset.UTC);
    }

    /** A time that a line names. */
    Instant time(String text) {
        LocalDateTime time = text.contains("T")
                ? LocalDateTime.parse(text)
                : LocalDate.parse(text).atStartOfDay();
        return time.atZone(zone()).toInstant();
    }

    /** The time at the beginning: its first line says it. */
    Instant begins() {
        List<String> words = lines.get(0).words();
        if (!words.get(0).equals("on")) {
            throw new IllegalArgumentException(name + ": on which day does it begin?");
        }
        return time(words.get(1));
    }

    /** A program's id; nobody else uses it. */
    String program() {
        return "story-" + name;
    }

    @Override
    public String toString() {
        return name;
    }
}
