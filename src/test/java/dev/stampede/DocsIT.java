package dev.stampede;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stampede.support.PackagedGateway;
import dev.stampede.support.Page;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the pages tell a reader to type does what they say. Each block {@code sh} of a page is run, in the order of the
 * page, in one shell that stops at the first error. A call may get a 4xx or 5xx only where a comment of the block names
 * that status. A block {@code json} or {@code text} in the same section, right after such a block, is its answer:
 * {@code ...} stands for anything, and a JSON object may have more fields than are shown.
 */
@Tag("servers")
@Tag("long")
class DocsIT {
    private static final List<String> PAGES = List.of(
            "README.md", "docs/concepts.md", "docs/tills.md", "docs/mobile.md", "docs/service.md", "docs/programs.md");

    /** Blocks that are not run are fenced as {@code console}: how they begin, and why not. */
    private static final Map<String, String> NOT_RUN = Map.of(
            "mvn -q -DskipTests package", "builds the gateway, and starts it",
            "mvn verify", "runs the tests",
            "jq '{amount:", "needs jq",
            "jq '{document:", "needs jq, a draft, and a month of purchases");

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String ANYTHING = "...";
    private static final String MARK = "@@@";
    private static final Pattern STATUS = Pattern.compile("@status ([0-9]{3})");
    private static final Pattern NAMED = Pattern.compile("(?m)^ *#.*?\\b([45][0-9]{2})\\b");
    private static final int LIMIT_SECONDS = 120;

    @TempDir
    Path directory;

    /** Tells the status of each call, and ends each answer with a line. */
    private Path curl() throws IOException {
        Path bin = Files.createDirectory(directory.resolve("path"));
        Path curl = bin.resolve("curl");
        Files.writeString(curl, """
                #!/bin/sh
                PATH=${PATH#*:} exec curl -w '\\n%{stderr}@status %{http_code}\\n' "$@"
                """);
        assertTrue(curl.toFile().setExecutable(true));
        return bin;
    }

    private static List<Page.Block> run(Page page) {
        return page.blocks().stream().filter(block -> block.info().equals("sh")).toList();
    }

    /** The answer that the page shows of a block; null if it shows none. */
    private static Page.Block shown(Page page, Page.Block block) {
        int next = page.blocks().indexOf(block) + 1;
        if (next == page.blocks().size()) {
            return null;
        }
        Page.Block shown = page.blocks().get(next);
        boolean isAnswer = shown.info().equals("json") || shown.info().equals("text");
        return isAnswer && shown.section() == block.section() ? shown : null;
    }

    /** What each block wrote. */
    private static List<String> parts(Path written, int blocks) throws IOException {
        List<String> parts = Arrays.asList(Files.readString(written).split(MARK + "\n", -1));
        return parts.subList(0, Math.min(blocks, parts.size()));
    }

    private static Set<String> statuses(Pattern pattern, String text) {
        Set<String> statuses = new TreeSet<>();
        Matcher status = pattern.matcher(text);
        while (status.find()) {
            if (status.group(1).compareTo("400") >= 0) {
                statuses.add(status.group(1));
            }
        }
        return statuses;
    }

    private void follow(Page page, PackagedGateway gateway, Path bin) throws Exception {
        List<Page.Block> blocks = run(page);
        String name = page.path().getFileName().toString();
        Path script = Files.writeString(
                directory.resolve(name + ".sh"),
                "set -eu\n"
                        + blocks.stream()
                                .map(block -> block.text() + "echo " + MARK + "\necho " + MARK + " >&2\n")
                                .collect(Collectors.joining())
                                .replace(
                                        "localhost:8080",
                                        "localhost:" + gateway.api().getPort())
                                .replace(
                                        "localhost:9000",
                                        "localhost:" + gateway.management().getPort()));
        ProcessBuilder shell = new ProcessBuilder("/bin/sh", script.toString())
                .directory(directory.toFile())
                .redirectOutput(directory.resolve(name + ".out").toFile())
                .redirectError(directory.resolve(name + ".err").toFile());
        shell.environment().keySet().removeIf(variable -> variable.startsWith("STAMPEDE_"));
        shell.environment().put("STAMPEDE_URL", gateway.api().toString());
        shell.environment().put("HOME", directory.toString());
        shell.environment()
                .put("PATH", bin + ":" + Path.of(System.getProperty("java.home"), "bin") + ":" + System.getenv("PATH"));
        Process process = shell.start();
        boolean ended = process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS);
        process.destroyForcibly();
        List<String> out = parts(directory.resolve(name + ".out"), blocks.size());
        List<String> err = parts(directory.resolve(name + ".err"), blocks.size());
        for (int i = 0; i < out.size(); i++) {
            Page.Block block = blocks.get(i);
            String at = page.path() + ":" + block.line();
            String told = at + "\n" + block.text() + out.get(i) + err.get(i);
            assertEquals(statuses(NAMED, block.text()), statuses(STATUS, err.get(i)), told);
            Page.Block shown = shown(page, block);
            if (shown != null) {
                assertTrue(isShown(shown, out.get(i)), () -> "shown at line " + shown.line() + " of " + told);
            }
        }
        assertTrue(ended, name + " does not end");
        assertEquals(0, process.exitValue(), () -> name + "\n" + out.get(out.size() - 1) + err.get(err.size() - 1));
        assertEquals(blocks.size(), out.size(), name);
    }

    private static boolean isShown(Page.Block shown, String said) throws IOException {
        if (shown.info().equals("json")) {
            List<String> answers =
                    said.lines().filter(line -> line.startsWith("{")).toList();
            assertFalse(answers.isEmpty(), said);
            JsonNode answer = JSON.readTree(answers.get(answers.size() - 1));
            return has(JSON.readTree(shown.text()), answer);
        }
        return shown.text()
                .lines()
                .allMatch(line -> Pattern.compile(Arrays.stream(line.strip().split(Pattern.quote(ANYTHING), -1))
                                .map(Pattern::quote)
                                .collect(Collectors.joining(".*")))
                        .matcher(said)
                        .find());
    }

    private static boolean has(JsonNode shown, JsonNode answer) {
        if (shown.isTextual() && shown.asText().equals(ANYTHING)) {
            return true;
        } else if (shown.isObject()) {
            return shown.properties().stream()
                    .allMatch(field -> answer.has(field.getKey()) && has(field.getValue(), answer.get(field.getKey())));
        } else if (shown.isArray() && answer.isArray() && shown.size() == answer.size()) {
            for (int i = 0; i < shown.size(); i++) {
                if (!has(shown.get(i), answer.get(i))) {
                    return false;
                }
            }
            return true;
        }
        return shown.equals(answer);
    }

    @Test
    void whatThePagesTellToTypeDoesWhatTheySay() throws Exception {
        Set<String> notRun = new TreeSet<>();
        List<Page> pages = new ArrayList<>();
        for (String path : PAGES) {
            Page page = Page.read(Path.of(path));
            page.blocks().stream()
                    .filter(block -> block.info().equals("console"))
                    .forEach(block -> notRun.add(NOT_RUN.keySet().stream()
                            .filter(block.text()::startsWith)
                            .findAny()
                            .orElse(path + ": " + block.text())));
            assertNotEquals(List.of(), run(page), path + " has nothing to type");
            pages.add(page);
        }
        assertEquals(new TreeSet<>(NOT_RUN.keySet()), notRun, "blocks that are not run");

        Path root = Path.of("").toAbsolutePath();
        Path bin = curl();
        for (String needed : List.of("programs", "bin")) {
            Files.createSymbolicLink(directory.resolve(needed), root.resolve(needed));
        }
        try (PackagedGateway gateway =
                PackagedGateway.in(directory).startedBefore().withoutKey().withExamples()) {
            gateway.awaitReady(gateway.start("gateway.log"), "gateway.log");
            for (Page page : pages) {
                follow(page, gateway, bin);
            }
        }
    }
}
