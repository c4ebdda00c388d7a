package dev.stampede.http;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.equalTo;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.stampede.support.Backends;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.UUID;

/** A sandbox with the rules of a document of the repository. Other tests don't see it once it is closed. */
public final class Sandbox implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final ObjectNode document;

    private Sandbox(ObjectNode document) {
        this.document = document;
    }

    /**
     * @param name of the document in {@code programs/}
     * @param begins where its clock begins
     */
    public static Sandbox of(String name, String begins) throws IOException {
        ObjectNode document = (ObjectNode) JSON.readTree(Files.readString(Path.of("programs", name + ".json")));
        document.put("program", "s-" + UUID.randomUUID())
                .put("effectiveFrom", "now")
                .put("basedOn", 0);
        document.putObject("sandbox").put("now", begins);
        return new Sandbox(document);
    }

    /**
     * Changes what the document says.
     *
     * @param field its name, or a pointer such as {@code /tiers/downgrade}
     * @param json single quotes will do
     */
    @CanIgnoreReturnValue
    public Sandbox with(String field, String json) throws IOException {
        JsonPointer place = JsonPointer.compile(field.startsWith("/") ? field : "/" + field);
        ((ObjectNode) document.at(place.head()))
                .set(place.last().getMatchingProperty(), JSON.readTree(json.replace('\'', '"')));
        return this;
    }

    @CanIgnoreReturnValue
    public Sandbox without(String field) {
        document.remove(field);
        return this;
    }

    /** The document as it is now. */
    public JsonNode document() {
        return document;
    }

    /** The status of a publication that only tries the document. */
    public int dryRun() {
        return given().contentType("application/json")
                .body(document.toString())
                .post(path("versions?dryRun=true"))
                .statusCode();
    }

    /** Publishes the document as it is now: the first version, or the next one. */
    @CanIgnoreReturnValue
    public Sandbox published() {
        int version = given().contentType("application/json")
                .body(document.toString())
                .post(path("versions"))
                .then()
                .statusCode(201)
                .extract()
                .path("version");
        document.put("basedOn", version);
        return this;
    }

    public void moveTo(String now) {
        given().contentType("application/json")
                .body("{\"now\":\"" + now + "\"}")
                .put(path("clock"))
                .then()
                .statusCode(200)
                .body("now", equalTo(now));
    }

    public String path(String below) {
        return "/v1/programs/" + document.path("program").asText() + "/" + below;
    }

    public Api account(String id) {
        return Api.of(document.path("program").asText(), id);
    }

    @Override
    public void close() throws SQLException {
        String id = document.path("program").asText();
        try (var owner =
                        DriverManager.getConnection(Backends.shared().postgres().jdbcUrl());
                var delete = owner.createStatement()) {
            delete.execute("DELETE FROM program_version WHERE program = '" + id + "'");
            delete.execute("DELETE FROM program_clock WHERE program = '" + id + "'");
        }
    }
}
