package dev.stampede.story;

import dev.stampede.support.TestProgram;

/** The programs of stories: sandboxes, each with a time of its own. */
final class Programs {
    private Programs() {}

    static TestProgram of(Story story) {
        TestProgram program =
                TestProgram.of(story.program()).sandbox(story.begins().toString());
        story.rules().forEach(rule -> field(rule, program));
        return program;
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
            default -> throw new IllegalArgumentException("no rule: " + rule);
        }
    }
}
