package dev.stampede.k8s;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * Renders a kustomization, by {@code kubectl} where there is one. Where there is none it does so itself: what {@code
 * k8s/} uses of kustomize and nothing else, so that it refuses every field that it does not know.
 */
final class Kustomization {
    private static final ObjectMapper YAML =
            new ObjectMapper(new YAMLFactory()).enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);

    private static final Set<String> FIELDS =
            Set.of("apiVersion", "kind", "namespace", "labels", "resources", "images", "configMapGenerator", "patches");

    /** The lists that a strategic merge joins by a key of their elements, of those that are patched here. */
    private static final Map<String, String> MERGE_KEYS =
            Map.of("containers", "name", "env", "name", "volumes", "name", "volumeMounts", "mountPath");

    /** The lists that it replaces. */
    private static final Set<String> REPLACED = Set.of("egress");

    private static final String PATCH = "$patch";

    private final List<ObjectNode> resources = new ArrayList<>();
    private final Set<String> generated;

    private Kustomization(Set<String> generated) {
        this.generated = generated;
    }

    static List<JsonNode> render(Path directory) {
        return byKubectl(directory).orElseGet(() -> byOurselves(directory));
    }

    /** Empty where there is no kubectl. */
    static Optional<List<JsonNode>> byKubectl(Path directory) {
        Process process;
        try {
            // warnings, of what is deprecated, are no YAML, and fail too
            process = new ProcessBuilder("kubectl", "kustomize", directory.toString())
                    .redirectErrorStream(true)
                    .start();
        } catch (IOException notThere) {
            return Optional.empty();
        }
        try {
            String rendered = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new IllegalStateException("kubectl kustomize " + directory + ": " + rendered);
            }
            return Optional.of(documents(rendered));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        } finally {
            process.destroyForcibly();
        }
    }

    static List<JsonNode> byOurselves(Path directory) {
        Kustomization kustomization = new Kustomization(new HashSet<>());
        kustomization.build(directory);
        kustomization.nameByContent();
        return List.copyOf(kustomization.resources);
    }

    static List<JsonNode> documents(String yaml) {
        try (MappingIterator<JsonNode> documents =
                YAML.readerFor(JsonNode.class).readValues(yaml)) {
            return documents.readAll().stream()
                    .filter(document -> !document.isNull())
                    .toList();
        } catch (IOException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    private void build(Path directory) {
        JsonNode file = documents(read(directory.resolve("kustomization.yaml"))).get(0);
        only(file, FIELDS);
        for (JsonNode resource : file.path("resources")) {
            Path path = directory.resolve(resource.asText()).normalize();
            if (Files.isDirectory(path)) {
                Kustomization below = new Kustomization(generated);
                below.build(path);
                resources.addAll(below.resources);
            } else {
                documents(read(path)).forEach(document -> resources.add((ObjectNode) document));
            }
        }
        file.path("configMapGenerator").forEach(this::generate);
        for (JsonNode patch : file.path("patches")) {
            only(patch, Set.of("path", "patch"));
            documents(
                            patch.has("path")
                                    ? read(directory.resolve(patch.get("path").asText()))
                                    : patch.get("patch").asText())
                    .forEach(this::patch);
        }
        if (file.has("namespace")) {
            resources.forEach(resource -> namespace(resource, file.get("namespace")));
        }
        for (JsonNode labels : file.path("labels")) {
            only(labels, Set.of("pairs", "includeSelectors"));
            if (labels.path("includeSelectors").asBoolean()) {
                throw new IllegalArgumentException("labels in selectors are not known here");
            }
            resources.forEach(
                    resource -> resource.withObject("/metadata/labels").setAll((ObjectNode) labels.get("pairs")));
        }
        for (JsonNode image : file.path("images")) {
            only(image, Set.of("name", "newName", "newTag"));
            resources.forEach(resource -> image(resource, image));
        }
    }

    private void generate(JsonNode generator) {
        only(generator, Set.of("name", "behavior", "literals"));
        ObjectNode map;
        if (generator.path("behavior").asText("create").equals("merge")) {
            map = find("ConfigMap", generator.get("name").asText());
        } else {
            map = YAML.createObjectNode();
            map.put("apiVersion", "v1").put("kind", "ConfigMap").putObject("data");
            map.putObject("metadata").set("name", generator.get("name"));
            resources.add(map);
            generated.add(generator.get("name").asText());
        }
        for (JsonNode literal : generator.path("literals")) {
            String[] nameAndValue = literal.asText().split("=", 2);
            map.withObject("/data").put(nameAndValue[0], nameAndValue[1]);
        }
    }

    private ObjectNode find(String kind, String name) {
        return resources.stream()
                .filter(resource -> resource.path("kind").asText().equals(kind)
                        && resource.at("/metadata/name").asText().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no " + kind + " " + name));
    }

    private void patch(JsonNode patch) {
        ObjectNode target =
                find(patch.path("kind").asText(), patch.at("/metadata/name").asText());
        if (!patch.path("apiVersion").equals(target.path("apiVersion"))) {
            throw new IllegalArgumentException("another apiVersion in the patch of " + name(target));
        }
        if (patch.path(PATCH).asText().equals("delete")) {
            resources.remove(target);
        } else {
            merge(target, patch, name(target));
        }
    }

    /** A strategic merge: objects are merged, null deletes, and lists are what their name says. */
    private static void merge(ObjectNode into, JsonNode patch, String where) {
        patch.properties().forEach(field -> {
            String name = field.getKey();
            JsonNode value = field.getValue();
            JsonNode there = into.get(name);
            if (name.equals(PATCH)) {
                throw new IllegalArgumentException(PATCH + " at " + where + " is not known here");
            } else if (value.isNull()) {
                into.remove(name);
            } else if (value.isObject() && there instanceof ObjectNode object) {
                merge(object, value, where + "." + name);
            } else if (value.isArray() && MERGE_KEYS.containsKey(name)) {
                into.set(name, mergeList((ArrayNode) into.withArray("/" + name), value, MERGE_KEYS.get(name), where));
            } else if (value.isArray() && there != null && !REPLACED.contains(name)) {
                throw new IllegalArgumentException(
                        "how the list " + where + "." + name + " is merged is not known here");
            } else {
                into.set(name, value.deepCopy());
            }
        });
    }

    /** What is new comes first. */
    private static ArrayNode mergeList(ArrayNode there, JsonNode patch, String key, String where) {
        ArrayNode merged = YAML.createArrayNode();
        for (JsonNode element : patch) {
            ObjectNode same = null;
            for (JsonNode candidate : there) {
                if (candidate.path(key).equals(element.path(key))) {
                    same = (ObjectNode) candidate;
                }
            }
            if (same == null) {
                merged.add(element.deepCopy());
            } else {
                merge(same, element, where + "[" + element.path(key).asText() + "]");
            }
        }
        return merged.addAll(there);
    }

    private static void namespace(ObjectNode resource, JsonNode namespace) {
        boolean itself = resource.path("kind").asText().equals("Namespace");
        resource.withObject("/metadata").set(itself ? "name" : "namespace", namespace);
    }

    private static void image(ObjectNode resource, JsonNode image) {
        for (JsonNode container : resource.at("/spec/template/spec/containers")) {
            String name = image.get("name").asText();
            if (container.path("image").asText().equals(name)) {
                ((ObjectNode) container)
                        .put(
                                "image",
                                image.path("newName").asText(name)
                                        + ":"
                                        + image.get("newTag").asText());
            }
        }
    }

    /** Generated names end in a hash of the content, in those who refer to them as well. */
    private void nameByContent() {
        for (String name : generated) {
            ObjectNode map = find("ConfigMap", name);
            TextNode hashed = TextNode.valueOf(name + "-" + hash(map.get("data")));
            map.withObject("/metadata").set("name", hashed);
            for (ObjectNode resource : resources) {
                for (JsonNode container : resource.at("/spec/template/spec/containers")) {
                    for (JsonNode from : container.path("envFrom")) {
                        if (from.at("/configMapRef/name").asText().equals(name)) {
                            ((ObjectNode) from.get("configMapRef")).set("name", hashed);
                        }
                    }
                }
            }
        }
    }

    /** Kustomize puts an empty name in, whatever the name is. */
    private static String hash(JsonNode data) {
        try {
            Map<String, JsonNode> sorted = new TreeMap<>();
            data.properties().forEach(field -> sorted.put(field.getKey(), field.getValue()));
            Map<String, Object> encoded = new TreeMap<>(Map.of("data", sorted, "kind", "ConfigMap", "name", ""));
            byte[] sha = MessageDigest.getInstance("SHA-256")
                    .digest(asGoWrites(new ObjectMapper().writeValueAsString(encoded)));
            // without digits and letters that make words
            return HexFormat.of()
                    .formatHex(sha)
                    .substring(0, 10)
                    .replace('0', 'g')
                    .replace('1', 'h')
                    .replace('3', 'k')
                    .replace('a', 'm')
                    .replace('e', 't');
        } catch (IOException | NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] asGoWrites(String json) {
        return json.replace("<", "\\u003c")
                .replace(">", "\\u003e")
                .replace("&", "\\u0026")
                .getBytes(StandardCharsets.UTF_8);
    }

    private static void only(JsonNode node, Set<String> known) {
        node.fieldNames().forEachRemaining(field -> {
            if (!known.contains(field)) {
                throw new IllegalArgumentException("the field " + field + " of a kustomization is not known here");
            }
        });
    }

    static String name(JsonNode resource) {
        return resource.path("kind").asText() + " "
                + resource.at("/metadata/name").asText();
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
