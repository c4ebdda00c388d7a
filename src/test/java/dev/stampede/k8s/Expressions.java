package dev.stampede.k8s;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** What alerts and dashboards ask of Prometheus. */
final class Expressions {
    private static final Path DASHBOARDS = Path.of("k8s/dashboards");

    private Expressions() {}

    /** The rules as they are applied: {@code groups}, as Prometheus reads them from a file. */
    static JsonNode rules() {
        return Rendered.of("prod").stream()
                .filter(object -> object.path("kind").asText().equals("PrometheusRule"))
                .findFirst()
                .orElseThrow()
                .get("spec");
    }

    /** By the alert's name. */
    static Map<String, String> ofAlerts() {
        Map<String, String> expressions = new TreeMap<>();
        rules().findValues("rules")
                .forEach(group -> group.forEach(rule -> expressions.put(
                        rule.get("alert").asText(), rule.get("expr").asText())));
        return expressions;
    }

    /** By dashboard, panel and query. */
    static Map<String, String> ofDashboards() {
        Map<String, String> expressions = new TreeMap<>();
        for (JsonNode dashboard : dashboards()) {
            dashboard
                    .get("panels")
                    .forEach(panel -> panel.get("targets")
                            .forEach(query -> expressions.put(
                                    dashboard.get("title").asText() + ", "
                                            + panel.get("title").asText() + " "
                                            + query.get("refId").asText(),
                                    query.get("expr").asText())));
        }
        return expressions;
    }

    static List<JsonNode> dashboards() {
        try (Stream<Path> files = Files.list(DASHBOARDS)) {
            return files.filter(file -> file.toString().endsWith(".json"))
                    .sorted()
                    .map(Expressions::read)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static JsonNode read(Path file) {
        try {
            return new ObjectMapper().readTree(file.toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
