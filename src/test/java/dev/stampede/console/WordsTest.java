package dev.stampede.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.http.request.ApiCall;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What needs no gateway: all words in both languages, forms, and command lines. */
class WordsTest {
    @ParameterizedTest
    @CsvSource({"dev.stampede.console.Words,c", "dev.stampede.console.SimulationWords,s"})
    void everyWordIsThereInGerman(Class<?> words, String bundle) throws IOException {
        Properties german = new Properties();
        try (var in = Files.newBufferedReader(
                Path.of("src/main/resources/messages/" + bundle + "_de.properties"), StandardCharsets.UTF_8)) {
            german.load(in);
        }
        assertEquals(
                Arrays.stream(words.getDeclaredMethods())
                        .map(method -> method.getName())
                        .collect(Collectors.toCollection(TreeSet::new)),
                new TreeSet<>(german.stringPropertyNames()));
        assertTrue(german.size() <= 300, "the framework does not find more than 300");
    }

    @Test
    void aFormBecomesTheCallOfItsFields() {
        Form form = Form.of(
                ("of-account=m-1&idempotency-key=k-1&points=-50&reason=it%27s+late&text=&allowDebt=true" + "&other=1")
                        .getBytes(StandardCharsets.UTF_8));
        ApiCall call = Action.ADJUST.call("demo", form);
        assertEquals("{\"points\":-50,\"reason\":\"it's late\",\"allowDebt\":true}", call.body());
        assertEquals("/v1/programs/demo/accounts/m-1/adjust", call.target());
        List<String> lines = List.of(
                "curl -X POST 'http://localhost:8080/v1/programs/demo/accounts/m-1/adjust' \\",
                "  -H \"Authorization: Bearer $STAMPEDE_KEY\" \\",
                "  -H 'Idempotency-Key: k-1' \\",
                "  -H 'Content-Type: application/json' \\",
                "  --data-binary '{\"points\":-50,\"reason\":\"it'\\''s late\",\"allowDebt\":true}'");
        assertEquals(String.join("\n", lines), Curl.of(call, "http://localhost:8080"));
    }

    @Test
    void whatPathsCannotHaveIsEncoded() {
        ApiCall call = ApiCall.get("/v1/programs/{program}/codes/{code}", "demo", "a/../b c")
                .with("q", "x&y")
                .with("empty", "");
        assertEquals("/v1/programs/demo/codes/a%2F..%2Fb%20c?q=x%26y", call.target());
        assertEquals(Map.of("q", "x&y"), call.parameters());
    }
}
