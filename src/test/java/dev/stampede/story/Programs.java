package dev.stampede.story;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stampede.support.TestProgram;
import dev.stampede.support.WorkedCase;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The programs of stories: sandboxes, each with a time of its own. */
final class Programs {
    private Programs() {}

    /** The document. */
    static String of(Story story) {
        return story.example() == null ? simple(story) : like(story.example(), story);
    }

    /** One of {@code programs/}, and what the story leaves of it. */
    private static String like(String example, Story story) {
        ObjectNode document = WorkedCase.example(example);
        for (String rule : story.rules()) {
            List<String> words = List.of(rule.split("\\s+"));
            switch (words.get(0)) {
                case "like" -> document.put("program", story.program());
                case "only" ->
                    document.set(
                            "promotions", WorkedCase.example(example, words).path("promotions"));
                case "without" -> ((ArrayNode) document.path(words.get(1))).removeAll();
                default -> throw new IllegalArgumentException("no rule: " + rule);
            }
        }
        return document.toString();
    }

    private static String simple(Story story) {
        TestProgram program =
                TestProgram.of(story.program()).sandbox(story.begins().toString());
        story.rules().forEach(rule -> field(rule, program));
        return program.document();
    }

    private static void field(String rule, TestProgram program) {
        String[] words = rule.split("\\s+");
        switch (words[0]) {
            case "pending" -> program.with("pendingDays", words[1]);
            case "grace" -> program.with("graceDays", words[1]);
            case "clawback" -> program.with("clawback", '"' + words[1] + '"');
            case "zone" -> program.with("timeZone", '"' + words[1] + '"');
            case "auto-enrol" -> program.with("autoEnrol", Boolean.toString(words[1].equals("on")));
            // "expiry 1 month" is to the end of that month, "expiry 1 month to the day" is not
            case "expiry" ->
                program.with(
                        "expiry",
                        "{\"type\": \"months\", \"months\": %s, \"end\": \"%s\"}"
                                .formatted(words[1], rule.endsWith("to the day") ? "none" : "month"));
            // "inactivity 6 months by earn", "inactivity 6 months by earn and redeem"
            case "inactivity" ->
                program.with(
                        "expiry",
                        "{\"type\": \"inactivity\", \"months\": %s, \"renewedBy\": [%s]}"
                                .formatted(
                                        words[1],
                                        Stream.of(words)
                                                .skip(4)
                                                .filter(word -> !word.equals("and"))
                                                .map(word -> '"' + word + '"')
                                                .collect(Collectors.joining(","))));
            default -> throw new IllegalArgumentException("no rule: " + rule);
        }
    }
}
