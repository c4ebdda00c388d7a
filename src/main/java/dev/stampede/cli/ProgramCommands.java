package dev.stampede.cli;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(name = "program", description = "Programs, and what is published of them.")
final class ProgramCommands {
    private static final String FILE = "The document; - for the standard input";

    @Command(name = "list", description = "All programs.")
    int list(@Mixin Session session) {
        List<JsonNode> programs = new ArrayList<>();
        session.get("/v1/programs").path("items").forEach(programs::add);
        session.out().table(programs, "program=id", "name", "currency", "version");
        return Exit.YES;
    }

    @Command(name = "get", description = "The document of a version, as it was published.")
    int get(
            @Mixin Session session,
            @Option(names = "--version", paramLabel = "N", description = "Without it the one in force") @Nullable
                    Integer version) {
        int number = version == null
                ? session.get(session.ofProgram()).path("version").asInt()
                : version;
        session.out()
                .document(session.get(session.ofProgram("versions", Integer.toString(number)))
                        .path("document"));
        return Exit.YES;
    }

    @Command(
            name = "diff",
            description = "How a document differs from the newest version, whatever its basedOn and effectiveFrom are."
                    + " Exits with 1 if it does.")
    int diff(
            @Mixin Session session,
            @Option(
                            names = {"-f", "--file"},
                            paramLabel = "FILE",
                            required = true,
                            description = FILE)
                    String file) {
        ObjectNode document = document(file(session, file));
        String program = programOf(session, document);
        JsonNode newest = session.get(Session.query(Session.pathOf(program, "versions"), "limit", 1));
        document.put("basedOn", newest.path("items").path(0).path("version").asInt());
        document.put("effectiveFrom", "now");
        JsonNode found = session.send(dryRun(program, document.toString()));
        Output out = session.out();
        if (out.isJson()) {
            out.object(found);
        }
        found.path("diff").forEach(change -> out.text(Output.printable(change.asText())));
        return found.path("diff").isEmpty() ? Exit.YES : Exit.NO;
    }

    @Command(name = "apply", description = "Publishes the next version, after it was shown what that changes.")
    int apply(
            @Mixin Session session,
            @Option(
                            names = {"-f", "--file"},
                            paramLabel = "FILE",
                            required = true,
                            description = FILE)
                    String file,
            @Option(
                            names = {"-y", "--yes"},
                            description = "Does not ask")
                    boolean yes) {
        String text = file(session, file);
        String program = programOf(session, document(text));
        Call publish = new Call("POST", Session.pathOf(program, "versions"), text, null);
        Output out = session.out();
        if (!session.isCurl()) {
            JsonNode tried = session.send(dryRun(program, text));
            tried.path("findings").forEach(finding -> session.err().println(Client.finding(finding)));
            tried.path("diff").forEach(change -> out.text(Output.printable(change.asText())));
            if (tried.path("diff").isEmpty()) {
                out.text(tried.path("version").asInt() == 1 ? "A new program." : "Nothing is different.");
            }
            if (!yes && !agreed(session, tried)) {
                return Exit.NO;
            }
        }
        out.object(session.send(publish), "version", "effectiveFrom");
        return Exit.YES;
    }

    @Command(name = "history", description = "All versions, the newest first.")
    int history(
            @Mixin Session session,
            @Option(
                            names = "--limit",
                            paramLabel = "N",
                            defaultValue = "20",
                            description = "At most so many; without it 20")
                    int limit) {
        session.out()
                .table(
                        session.pages(session.ofProgram("versions"), Math.max(1, limit)),
                        "version",
                        "effectiveFrom",
                        "corrects",
                        "publishedAt",
                        "publishedBy",
                        "reason");
        return Exit.YES;
    }

    private static boolean agreed(Session session, JsonNode tried) {
        if (!session.terminal().interactive()) {
            throw new Failure(Exit.UNCLEAR, "Nobody can be asked here: say --yes to publish it.");
        }
        session.err()
                .print("Publish it as version " + tried.path("version").asInt() + ", in force from "
                        + tried.path("effectiveFrom").asText() + "? [y/N] ");
        session.err().flush();
        try {
            String answer = session.terminal().in().readLine();
            return answer != null && answer.strip().matches("(?i)y|yes");
        } catch (IOException e) {
            throw new Failure(Exit.UNCLEAR, "The answer cannot be read: " + e);
        }
    }

    private static Call dryRun(String program, String document) {
        return new Call("POST", Session.pathOf(program, "versions") + "?dryRun=true", document, null);
    }

    /** The document names it; the option may say the same. */
    private static String programOf(Session session, ObjectNode document) {
        String named = document.path("program").asText();
        String said = session.programIfSaid();
        if (named.isEmpty()) {
            return session.program();
        } else if (said != null && !said.equals(named)) {
            throw new Failure(Exit.UNCLEAR, "The document is of the program " + named + ", not of " + said + ".");
        }
        return named;
    }

    private static String file(Session session, String name) {
        try {
            if (name.equals("-")) {
                StringWriter text = new StringWriter();
                session.terminal().in().transferTo(text);
                return text.toString();
            }
            return Files.readString(session.terminal().directory().resolve(Path.of(name)));
        } catch (IOException e) {
            throw new Failure(Exit.UNCLEAR, name + " cannot be read: " + e);
        }
    }

    private static ObjectNode document(String text) {
        try {
            if (Session.JSON.readTree(text) instanceof ObjectNode document) {
                return document;
            }
        } catch (JacksonException e) {
            throw new Failure(Exit.UNCLEAR, "The document is not JSON: " + e.getOriginalMessage());
        }
        throw new Failure(Exit.UNCLEAR, "The document is not a JSON object.");
    }
}
