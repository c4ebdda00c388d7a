package dev.stampede.http.problem;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.stampede.support.ReferencePage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** {@code docs/reference/errors.md} has every code, and what {@link ProblemCode} says of it. */
class ErrorsDocumentTest {
    private static final Path SOURCE = Path.of("src/main/java/dev/stampede/http/problem/ProblemCode.java");

    private static final String HEAD = """
            # Errors

            A refusal is `application/problem+json` (RFC 9457):

            ```json
            {"type": "urn:stampede:problem:insufficient_points", "title": "The account does not have enough points",
             "status": 422, "detail": "The account does not have enough points.", "code": "insufficient_points",
             "retryable": false, "requestId": "c30d3eb03259c751c58d8e55"}
            ```

            Decide by `code`, which is stable; new codes may be added. `title` and `detail` are for people. Quote
            `requestId` when you report a fault. You may choose it yourself with the `X-Request-Id` header. A decline \
            that
            was recorded also has the id of its `operation` and the `balance`.

            With `"retryable": true` the same call can get another answer: send it again with the same key, after as \
            many
            seconds as `Retry-After` says. What a till does with each answer is in
            [every answer](../tills.md#every-answer); all reasons for a 503 are in [every 503](../operate.md#every-503).

            A request that is not valid HTTP gets no problem: one whose line or head is too long (414, 431) or that
            contradicts itself (400) is answered without a body, and the connection is closed.

            This page is made from the code. If several codes apply, the first one on it is answered.
            """;

    @Test
    void isWhatTheCodesSay() throws Exception {
        Map<String, String> advice = ReferencePage.comments(Files.readString(SOURCE), "([A-Z][A-Z_]+)\\(");
        List<ProblemCode> codes = List.of(ProblemCode.values());
        assertEquals(codes.stream().map(Enum::name).toList(), List.copyOf(advice.keySet()), "each has a comment");

        StringBuilder page = new StringBuilder(HEAD);
        page.append("\n| status | codes |\n|--:|---|\n");
        Arrays.stream(ProblemCode.values())
                .collect(Collectors.groupingBy(
                        ProblemCode::status,
                        TreeMap::new,
                        Collectors.mapping(
                                code -> "[`" + code.code() + "`](#" + code.code() + ")", Collectors.joining(", "))))
                .forEach((status, of) -> page.append("| ")
                        .append(status)
                        .append(" | ")
                        .append(of)
                        .append(" |\n"));
        for (ProblemCode code : codes) {
            page.append("\n## ").append(code.code()).append("\n\n");
            page.append("**").append(code.status()).append("**");
            page.append(code.retryable() ? ", retryable" : "").append(". ");
            page.append(code.title()).append(".\n\n");
            page.append(advice.get(code.name())).append('\n');
        }
        ReferencePage.says("errors.md", page.toString());
    }
}
