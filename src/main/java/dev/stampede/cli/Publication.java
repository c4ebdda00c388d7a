package dev.stampede.cli;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** The next version of a program: what it would change is shown, and somebody asked, before it is published. */
final class Publication {
    private final Session session;
    private final String program;

    Publication(Session session, String program) {
        this.session = session;
        this.program = program;
    }

    /**
     * The newest version, as its document says it.
     *
     * @param ifVersion the number that it must have; null for any
     */
    ObjectNode newest(@Nullable Integer ifVersion) {
        JsonNode row =
                session.read(Session.query(path(), "limit", 1)).path("items").path(0);
        int version = row.path("version").asInt();
        if (ifVersion != null && version != ifVersion) {
            throw new Failure(
                    Exit.NO, "The newest version is " + version + ", not " + ifVersion + ". Nothing was published.");
        }
        return document(version)
                .put("basedOn", version)
                .put("effectiveFrom", row.path("effectiveFrom").asText());
    }

    /** The document of a version. */
    ObjectNode document(int version) {
        return object(session.read(Session.pathOf(program, "versions", Integer.toString(version)))
                .path("document")
                .toString());
    }

    static ObjectNode object(String text) {
        try {
            if (Session.JSON.readTree(text) instanceof ObjectNode document) {
                return document;
            }
        } catch (JacksonException e) {
            throw new Failure(Exit.UNCLEAR, "The document is not JSON: " + e.getOriginalMessage());
        }
        throw new Failure(Exit.UNCLEAR, "The document is not a JSON object.");
    }

    /**
     * Makes a document the next version after that of {@link #newest}, in force as soon as possible.
     *
     * @return when that is
     * @throws Failure if the newest version takes effect later: it would never be in force
     */
    Instant soon(ObjectNode next, ObjectNode newest, String reason) {
        String planned = newest.path("effectiveFrom").asText();
        next.put("basedOn", newest.path("basedOn").asInt())
                .put("effectiveFrom", "now")
                .put("reason", reason)
                .remove("corrects");
        Instant soon = Instant.parse(
                session.read(dryRun(next.toString())).path("effectiveFrom").asText());
        if (Instant.parse(planned).isAfter(soon)) {
            throw new Failure(
                    Exit.NO,
                    "Version " + newest.path("basedOn").asInt() + " takes effect at " + planned
                            + ", and what is published now would replace it. Publish a document with both changes.");
        }
        return soon;
    }

    /**
     * Shows what changes, asks, and publishes.
     *
     * @param yes whether nobody is asked
     */
    int publish(String document, boolean yes) {
        Output out = session.out();
        if (!session.isCurl()) {
            JsonNode tried = session.read(dryRun(document));
            tried.path("findings").forEach(finding -> session.err().println(Client.finding(finding)));
            tried.path("diff").forEach(change -> out.text(Output.printable(change.asText())));
            if (tried.path("diff").isEmpty()) {
                out.text(tried.path("version").asInt() == 1 ? "A new program." : "Nothing is different.");
            }
            if (!yes && !agreed(tried)) {
                return Exit.NO;
            }
        }
        out.object(session.send(new Call("POST", path(), document, null)), "version", "effectiveFrom");
        return Exit.YES;
    }

    private boolean agreed(JsonNode tried) {
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

    Call dryRun(String document) {
        return new Call("POST", path() + "?dryRun=true", document, null);
    }

    private String path() {
        return Session.pathOf(program, "versions");
    }
}
