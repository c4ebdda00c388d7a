package dev.stampede.console;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stampede.document.ProgramDocument;
import dev.stampede.http.request.ApiCall;
import dev.stampede.program.reading.DocumentReader;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The documents of a programme: in words, as JSON for people, and two of them side by side. */
@ApplicationScoped
public class Rules {
    static final String VERSION = Pages.VERSIONS + "/{version}";

    /** What each version says of itself, and not of the rules. */
    private static final List<String> OF_VERSION = List.of("basedOn", "effectiveFrom", "corrects", "reason");

    private final Pages pages;
    private final ObjectMapper json;

    Rules(Pages pages, ObjectMapper json) {
        this.pages = pages;
        this.json = json;
    }

    /**
     * A document beside the one that is in force.
     *
     * @param version that is in force
     * @param sentences what is different, by heading; null if one of the two cannot be read by this release
     * @param lines what is different of the JSON
     */
    public record Beside(Object version, @Nullable Map<String, List<Lines.Line>> sentences, List<Lines.Line> lines) {
        public boolean isSame() {
            return lines.isEmpty();
        }
    }

    static Map<?, ?> of(@Nullable Object told) {
        return (Map<?, ?>) Objects.requireNonNull(told);
    }

    /** The version that is in force, as the API tells it. */
    Uni<@Nullable Object> inForce(Function<ApiCall, Uni<@Nullable Object>> later, String program) {
        return later.apply(ApiCall.get(Pages.PROGRAM, program))
                .chain(now -> later.apply(ApiCall.get(VERSION, program, String.valueOf(of(now).get("version")))));
    }

    /** A version's document; null if this release cannot read it. */
    Uni<@Nullable ProgramDocument> document(@Nullable Object version) {
        Object document = of(version).get("document");
        return pages.onWorker(() -> stored(document));
    }

    private @Nullable ProgramDocument stored(@Nullable Object document) {
        return DocumentReader.stored(text(document)).document();
    }

    /** In sentences; null if there is no document. */
    Uni<@Nullable Object> sentences(@Nullable ProgramDocument document, Locale language) {
        return pages.onWorker(() -> document == null ? null : new Sentences(document, language).all());
    }

    /** The newest version, made ready to be changed and published after it. */
    Uni<String> draft(@Nullable Object newest) {
        return pages.onWorker(() -> {
            ObjectNode document = (ObjectNode) json.valueToTree(of(newest).get("document"));
            document.put("basedOn", (Integer) of(newest).get("version"));
            document.put("effectiveFrom", "now");
            document.remove("corrects");
            document.remove("reason");
            return pages.pretty(document);
        });
    }

    /**
     * A draft beside what is in force.
     *
     * @return null if the draft is not JSON
     */
    Uni<@Nullable Object> beside(@Nullable Object inForce, String draft, Locale language) {
        return pages.onWorker(() -> {
            JsonNode after = tree(draft);
            if (after == null) {
                return null;
            }
            ProgramDocument now = stored(of(inForce).get("document"));
            ProgramDocument then =
                    DocumentReader.read(draft.getBytes(StandardCharsets.UTF_8)).document();
            return beside(inForce, now, then, after, language);
        });
    }

    /** Another version beside the one that is in force. */
    Uni<@Nullable Object> beside(@Nullable Object inForce, @Nullable Object version, Locale language) {
        return pages.onWorker(() -> {
            Object document = of(version).get("document");
            ProgramDocument now = stored(of(inForce).get("document"));
            return beside(inForce, now, stored(document), json.valueToTree(document), language);
        });
    }

    private Beside beside(
            @Nullable Object inForce,
            @Nullable ProgramDocument now,
            @Nullable ProgramDocument then,
            JsonNode after,
            Locale language) {
        JsonNode before = json.valueToTree(of(inForce).get("document"));
        return new Beside(
                Objects.requireNonNull(of(inForce).get("version")),
                now == null || then == null
                        ? null
                        : Lines.changes(new Sentences(now, language).all(), new Sentences(then, language).all()),
                Lines.changes(lines(before), lines(after)));
    }

    private List<String> lines(JsonNode document) {
        if (document instanceof ObjectNode fields) {
            fields.remove(OF_VERSION);
        }
        return pages.pretty(document).lines().toList();
    }

    private @Nullable JsonNode tree(String text) {
        try {
            return json.readTree(text);
        } catch (JsonProcessingException e) {
            return null; // the check says what is wrong
        }
    }

    private String text(@Nullable Object tree) {
        try {
            return json.writeValueAsString(tree);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("what was read can be written", e);
        }
    }
}
