package dev.stampede.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
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
        ObjectNode document = Publication.object(file(session, file));
        String program = programOf(session, document);
        JsonNode newest = session.get(Session.query(Session.pathOf(program, "versions"), "limit", 1));
        document.put("basedOn", newest.path("items").path(0).path("version").asInt());
        document.put("effectiveFrom", "now");
        JsonNode found = session.send(new Publication(session, program).dryRun(document.toString()));
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
        return new Publication(session, programOf(session, Publication.object(text))).publish(text, yes);
    }

    @Command(
            name = "rollback",
            description = "Publishes the document of an earlier version once more, after it was shown what that"
                    + " changes. What the versions in between have priced stays.")
    int rollback(
            @Mixin Session session,
            @Option(names = "--to", paramLabel = "N", required = true, description = "The earlier version") int to,
            @Option(names = "--if-version", paramLabel = "N", description = "Only if the newest version is this one")
                    @Nullable
                    Integer ifVersion,
            @Option(names = "--reason", paramLabel = "TEXT", description = "Why; without it that it is a rollback")
                    @Nullable
                    String reason,
            @Option(
                            names = {"-y", "--yes"},
                            description = "Does not ask")
                    boolean yes) {
        Publication publication = new Publication(session, session.program());
        ObjectNode newest = publication.newest(ifVersion);
        ObjectNode next = publication.document(to);
        Instant unused = publication.soon(next, newest, reason == null ? "Rollback to version " + to : reason);
        return publication.publish(next.toString(), yes);
    }

    @Command(
            name = "simulate",
            description = {
                "What a document, or a version, would have given in a period that is over. Nothing is written.",
                "Ctrl-C cancels it. Exits with 1 if some of what was sealed could not be computed again, so that the"
                        + " result is in doubt; with 2 if it has failed or was cancelled."
            })
    int simulate(
            @Mixin Session session,
            @Option(
                            names = {"-f", "--file"},
                            paramLabel = "FILE",
                            description = FILE)
                    @Nullable
                    String file,
            @Option(names = "--version", paramLabel = "N", description = "A version instead of a document") @Nullable
                    Integer version,
            @Option(
                            names = "--from",
                            paramLabel = "TIME",
                            required = true,
                            description = "The beginning of the period, such as 2026-11-01T00:00:00Z")
                    String from,
            @Option(
                            names = "--to",
                            paramLabel = "TIME",
                            required = true,
                            description = "Its end, at most 366 days later")
                    String to) {
        if ((file == null) == (version == null)) {
            throw new Failure(Exit.UNCLEAR, "Say either --file or --version.");
        }
        ObjectNode period = Session.body().put("from", from).put("to", to);
        if (file == null) {
            return new SimulatedPeriod(session, session.program())
                    .run(period.put("version", version).toString());
        }
        String text = file(session, file);
        String program = programOf(session, Publication.object(text));
        // as it is written, for the lines that findings tell
        String body = "{\"document\":" + text + "," + period.toString().substring(1);
        return new SimulatedPeriod(session, program).run(body);
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
}
