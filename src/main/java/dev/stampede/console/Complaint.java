package dev.stampede.console;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An operation as plain text, to be sent to somebody who has no console. */
final class Complaint {
    private final Words say;
    private final Format format;
    private final List<String> lines = new ArrayList<>();

    private Complaint(Words say, Format format) {
        this.say = say;
        this.format = format;
    }

    /**
     * @param operation as the API tells it
     * @param explained why it came to that; null, or a problem, if that is not known
     */
    static String of(String program, Map<?, ?> operation, @Nullable Object explained, Words say, Format format) {
        Complaint text = new Complaint(say, format);
        text.line(say.programme(), program);
        text.line(say.member(), operation.get("account"));
        text.line(say.kind(String.valueOf(operation.get("type"))), operation.get("id"));
        text.line(say.time(), format.time(operation.get("createdAt")) + " (" + operation.get("createdAt") + ")");
        text.line(say.outcome(), operation.get("outcome"));
        text.line(say.points(), format.signed(operation.get("points")));
        text.balance(operation.get("balance"));
        text.line(say.amount(), operation.get("amount"), operation.get("currency"));
        text.line("Idempotency-Key", operation.get("key"));
        text.line(say.reference(), operation.get("reference"));
        text.line(say.store(), operation.get("store"));
        text.line(say.reason(), operation.get("reason"));
        text.line(say.textForMember(), operation.get("text"));
        if (operation.get("by") instanceof Map<?, ?> by) {
            text.line(say.doneBy(), by.get("id"), by.get("location"));
        }
        text.line(say.version(), operation.get("programVersion"));
        text.why(
                explained instanceof Map<?, ?> told && told.get("explanation") instanceof List<?> known
                        ? known
                        : operation.get("explanation"));
        return String.join("\n", text.lines) + "\n";
    }

    private void balance(@Nullable Object balance) {
        if (balance instanceof Map<?, ?> then) {
            lines.add(say.balanceThen(format.number(then.get("available"))));
        }
    }

    private void why(@Nullable Object explanation) {
        if (explanation instanceof List<?> all && !all.isEmpty()) {
            lines.add(say.whyAndWhyNot() + ":");
            all.forEach(each -> lines.add(
                    "- " + Rules.of(each).get("rule") + ": " + Rules.of(each).get("text")));
        }
    }

    /** Nothing, if the first of the values is not there. */
    private void line(String name, @Nullable Object... values) {
        if (values[0] != null && !values[0].equals("")) {
            StringBuilder line = new StringBuilder(name).append(": ").append(values[0]);
            for (int i = 1; i < values.length; i++) {
                line.append(values[i] == null ? "" : " " + values[i]);
            }
            lines.add(line.toString());
        }
    }
}
