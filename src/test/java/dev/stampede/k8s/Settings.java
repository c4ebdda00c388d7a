package dev.stampede.k8s;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.quarkus.runtime.configuration.DurationConverter;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.ConfigMappings;
import io.smallrye.config.ConfigMappings.ConfigClass;
import io.smallrye.config.EnvConfigSource;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URL;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Every setting that a deployment can make: those of the gateway's {@code *Config} interfaces, and those that Quarkus'
 * extensions say that they have (each jar describes its own, with the name of its environment variable).
 */
final class Settings {
    private static final String QUARKUS_MODEL = "META-INF/quarkus-config-doc/quarkus-config-model.json";
    private static final String RUN_TIME = "RUN_TIME";

    /** What the JVM reads. */
    private static final List<String> OF_THE_JVM = List.of("JAVA_TOOL_OPTIONS");

    private static final List<ConfigClass> MAPPINGS = mappings();
    private static final Map<String, String> PHASES = phases();
    private static final Map<String, String> VARIABLES = variables();
    private static final Map<String, Set<String>> WORDS = words();

    private Settings() {}

    /** What is wrong with an environment variable's name; empty if the gateway reads it. */
    static Optional<String> flawOfVariable(String name) {
        if (OF_THE_JVM.contains(name)) {
            return Optional.empty();
        }
        String property = VARIABLES.get(name);
        return property == null ? Optional.of(name + " is no setting of the gateway") : flawOfProperty(property);
    }

    /** What is wrong with a property's name. */
    static Optional<String> flawOfProperty(String name) {
        String phase = PHASES.get(name);
        if (phase == null) {
            return Optional.of(name + " is no setting of the gateway");
        }
        return phase.equals(RUN_TIME)
                ? Optional.empty()
                : Optional.of(name + " is fixed when the gateway is built: setting it in a deployment does nothing");
    }

    /** What is wrong with an environment variable's value, of those that Quarkus lists all values for. */
    static Optional<String> flawOfValue(String name, String value) {
        Set<String> words = WORDS.getOrDefault(name, Set.of(value));
        return words.contains(value) ? Optional.empty() : Optional.of(name + " is " + value + ", none of " + words);
    }

    /**
     * The settings that result from the application's own and a container's environment; fails if one can't be read.
     */
    static SmallRyeConfig with(Map<String, String> environment) {
        try {
            SmallRyeConfigBuilder builder = new SmallRyeConfigBuilder()
                    .addDefaultInterceptors()
                    .withProfile("prod")
                    .withConverter(Duration.class, 100, new DurationConverter())
                    .withSources(
                            new PropertiesConfigSource(
                                    Settings.class.getClassLoader().getResource("application.properties"), 250),
                            new EnvConfigSource(environment, 300));
            MAPPINGS.forEach(builder::withMapping);
            return builder.build();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<ConfigClass> mappings() {
        return new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS).importPackages("dev.stampede").stream()
                        .filter(type -> type.isAnnotatedWith(ConfigMapping.class))
                        .map(JavaClass::reflect)
                        .map(ConfigClass::configClass)
                        .toList();
    }

    private static Map<String, String> phases() {
        Map<String, String> phases = new TreeMap<>();
        // read by main(), before there are mappings
        phases.put("stampede.data-dir", RUN_TIME);
        phases.put("stampede.examples", RUN_TIME);
        phases.put("stampede.bootstrap-key", RUN_TIME);
        phases.put("stampede.allow-plaintext", RUN_TIME);
        phases.put("stampede.tls.ca", RUN_TIME);
        // by SmallRye, before there are any
        phases.put("smallrye.config.source.file.locations", RUN_TIME);
        MAPPINGS.forEach(mapping ->
                ConfigMappings.getProperties(mapping).keySet().forEach(property -> phases.put(property, RUN_TIME)));
        quarkus((item, path) ->
                phases.put(path.get("property").asText(), item.get("phase").asText()));
        return phases;
    }

    private static Map<String, String> variables() {
        Map<String, String> variables = new TreeMap<>();
        PHASES.keySet().stream()
                .filter(property -> property.startsWith("stampede.") || property.startsWith("smallrye."))
                .forEach(property ->
                        variables.put(property.replaceAll("[^A-Za-z0-9]", "_").toUpperCase(Locale.ROOT), property));
        quarkus((item, path) -> variables.put(
                path.get("environmentVariable").asText(), path.get("property").asText()));
        return variables;
    }

    private static Map<String, Set<String>> words() {
        Map<String, Set<String>> words = new TreeMap<>();
        quarkus((item, path) -> {
            if (item.has("enumAcceptedValues")) {
                Set<String> accepted = new TreeSet<>();
                item.at("/enumAcceptedValues/values")
                        .forEach(value -> accepted.add(value.get("configValue").asText()));
                words.put(path.get("environmentVariable").asText(), accepted);
            }
        });
        return words;
    }

    @FunctionalInterface
    private interface Described {
        void accept(JsonNode item, JsonNode path);
    }

    private static void quarkus(Described described) {
        try {
            for (URL model : Collections.list(Settings.class.getClassLoader().getResources(QUARKUS_MODEL))) {
                for (JsonNode root : new ObjectMapper().readTree(model).get("configRoots")) {
                    walk(root.path("items"), described);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void walk(JsonNode items, Described described) {
        for (JsonNode item : items) {
            if (item.has("items")) {
                walk(item.get("items"), described);
            } else {
                described.accept(item, item.get("path"));
                item.path("additionalPaths").forEach(path -> described.accept(item, path));
            }
        }
    }
}
