package dev.stampede.k8s;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each alert fires, not before its time, and ends: tried out with Prometheus' own tool, promtool. */
class AlertRulesTest {
    private static final Path TESTS = Path.of("src/test/resources/alerts");
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path directory;

    private static List<Path> tests() throws IOException {
        try (Stream<Path> files = Files.list(TESTS)) {
            return files.sorted().toList();
        }
    }

    @Test
    void eachAlertHasATest() throws IOException {
        List<String> tested = new ArrayList<>();
        for (Path test : tests()) {
            String alert = test.getFileName().toString().replace(".yaml", "");
            String text = Files.readString(test);
            assertTrue(text.contains("exp_labels"), alert + " is never expected");
            assertTrue(text.trim().endsWith("exp_alerts: []"), alert + " does not end");
            assertEquals(0, text.replace("alertname: " + alert + "\n", "").split("alertname:").length - 1, alert);
            tested.add(alert);
        }
        assertEquals(List.copyOf(Expressions.ofAlerts().keySet()), tested);
    }

    /** What to do is found by the link that comes with the alert. */
    @Test
    void eachAlertHasARunbook() throws IOException {
        String manual = Files.readString(Path.of("docs/operate.md"));
        for (JsonNode group : Expressions.rules().get("groups")) {
            for (JsonNode rule : group.get("rules")) {
                String url = rule.at("/annotations/runbook_url").asText();
                assertTrue(url.contains("docs/operate.md#"), rule.toString());
                String anchor = url.substring(url.indexOf('#') + 1);
                assertTrue(
                        manual.contains("<a id=\"" + anchor + "\"></a>`"
                                + rule.get("alert").asText() + "`"),
                        url);
            }
        }
    }

    @Test
    @Tag("promtool")
    void prometheusReadsThem() throws Exception {
        ok("check", "rules", written("rules.yaml", Expressions.rules()));
    }

    /** As they are, but for their texts, which would be repeated in each test. */
    @Test
    @Tag("promtool")
    void theyFireAndEnd() throws Exception {
        ObjectNode rules = Expressions.rules().deepCopy();
        rules.findParents("annotations").forEach(rule -> ((ObjectNode) rule).remove("annotations"));
        written("rules.yaml", rules);
        List<String> command = new ArrayList<>(List.of("test", "rules"));
        for (Path test : tests()) {
            command.add(Files.copy(test, directory.resolve(test.getFileName())).toString());
        }
        ok(command.toArray(String[]::new));
    }

    /** Prometheus reads no dashboards: as rules that record. */
    @Test
    @Tag("promtool")
    void prometheusReadsWhatDashboardsAsk() throws Exception {
        ObjectNode file = JSON.createObjectNode();
        ArrayNode rules =
                file.putArray("groups").addObject().put("name", "dashboards").putArray("rules");
        Expressions.ofDashboards().values().stream()
                .distinct()
                .forEach(expression ->
                        rules.addObject().put("record", "r" + rules.size()).put("expr", expression));
        assertTrue(rules.size() > 30, rules.size() + " queries");
        ok("check", "rules", written("dashboards.yaml", file));
    }

    /** JSON is YAML. */
    @CanIgnoreReturnValue
    private String written(String name, JsonNode content) throws IOException {
        return Files.writeString(directory.resolve(name), content.toString()).toString();
    }

    private static void ok(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("promtool"));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), said);
    }
}
