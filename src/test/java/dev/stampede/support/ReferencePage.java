package dev.stampede.support;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A page of {@code docs/reference}: it is made from the code, and says what the code says. */
public final class ReferencePage {
    private static final String SWITCH = "stampede.reference";
    private static final String DOC = "/\\*\\*((?:(?!\\*/).)*)\\*/\\s*";

    private ReferencePage() {}

    /** Compares the page with what was made; {@code -Dstampede.reference=write} writes it anew. */
    public static void says(String name, String made) throws IOException {
        Path page = Path.of("docs", "reference", name);
        if ("write".equals(System.getProperty(SWITCH))) {
            Files.writeString(page, made);
        }
        assertEquals(made, Files.readString(page), page + ": CONTRIBUTING.md says how it is renewed");
    }

    /**
     * What the comments of a source file say, by name, in the order of the file.
     *
     * @param declaration what follows the comment; its group is the name
     */
    public static Map<String, String> comments(String source, String declaration) {
        Map<String, String> comments = new LinkedHashMap<>();
        Matcher comment = Pattern.compile(DOC + declaration, Pattern.DOTALL).matcher(source);
        while (comment.find()) {
            comments.put(comment.group(2), markdown(comment.group(1)));
        }
        return comments;
    }

    private static String markdown(String comment) {
        return comment.replaceAll("\\R\\s*\\*", " ")
                .replaceAll("\\s+", " ")
                .replaceAll("\\{@code ((?:[^{}]|\\{[^{}]*})*)}", "`$1`")
                .replaceAll("\\{@link #?(\\w+)}", "`$1`")
                .strip();
    }
}
