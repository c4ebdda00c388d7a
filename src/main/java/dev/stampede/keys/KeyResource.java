package dev.stampede.keys;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.stampede.access.KeyText;
import dev.stampede.access.RateLimit;
import dev.stampede.access.Scope;
import dev.stampede.gateway.Gateway;
import dev.stampede.http.ApiTag;
import dev.stampede.http.Needs;
import dev.stampede.http.problem.ProblemCode;
import dev.stampede.http.problem.ProblemException;
import dev.stampede.http.problem.Refuses;
import dev.stampede.http.request.BodyReader;
import dev.stampede.http.request.CallReader;
import dev.stampede.http.request.PageQuery;
import dev.stampede.keys.Keys.Asker;
import dev.stampede.keys.Keys.Found;
import dev.stampede.program.ProgramBook;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Locale;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.ParameterIn;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

@Path(CallReader.PROGRAMS)
@Tag(name = ApiTag.KEYS)
@Produces(MediaType.APPLICATION_JSON)
public class KeyResource {
    private static final String KEYS = "/{program}/keys";
    private static final String KEY = KEYS + "/{key}";
    private static final String ID = "[0-9A-Za-z]{12}";
    private static final String MADE = "made";

    private static final BodyReader<KeyRequest> CREATE = BodyReader.of(KeyRequest.class);
    private static final BodyReader<RotateRequest> ROTATE = BodyReader.of(RotateRequest.class);

    private final KeyCalls common;
    private final CallReader calls;
    private final ProgramBook programs;
    private final Keys keys;
    private final Gateway gateway;
    private final SecureRandom random = new SecureRandom();

    KeyResource(KeyCalls common, CallReader calls, ProgramBook programs, Keys keys, Gateway gateway) {
        this.common = common;
        this.calls = calls;
        this.programs = programs;
        this.keys = keys;
        this.gateway = gateway;
    }

    @Schema(name = "KeyRequest", description = "The key to make.")
    record KeyRequest(
            @Schema(
                    description = "For people",
                    required = true,
                    minLength = 1,
                    maxLength = 100,
                    examples = "Shop backend")
            String name,

            @Schema(
                    implementation = String.class,
                    type = SchemaType.ARRAY,
                    description = "What it may do: some of `read`, `earn`, `redeem`, `hold`, `reverse`, `adjust`,"
                            + " `program`, `keys`. Only what the caller's own key may do",
                    required = true,
                    minItems = 1,
                    maxItems = 8,
                    examples = "[\"read\"]")
            List<String> scopes,

            @Schema(
                    description = "Where it is used; operations show it. What a till makes is at its own location",
                    minLength = 1,
                    maxLength = 64,
                    examples = "store-42")
            @Nullable
            String location,

            @Schema(
                    description = "The most calls per second, at all gateways together; left out: as of the caller's"
                            + " own key",
                    minimum = "1",
                    maximum = "1000000",
                    examples = "100")
            @Nullable
            Long perSecond,

            @Schema(
                    description = "The most calls at once; left out: as many as `perSecond`, which it needs",
                    minimum = "1",
                    maximum = "1000000",
                    examples = "200")
            @Nullable
            Long burst,

            @Schema(
                    description = "SHA-256 of a client certificate (DER), in hexadecimal: the key is valid only on TLS"
                            + " connections whose client has shown this certificate; left out: as of the"
                            + " caller's own key",
                    minLength = 64,
                    maxLength = 64,
                    pattern = KeyCalls.SHA_256,
                    examples = KeyCalls.SHA_256_EXAMPLE)
            @Nullable
            String certificateSha256,

            @Schema(
                    description = "When it ends by itself; left out: with the caller's own key, if that ends",
                    examples = "2027-11-21T12:00:00Z")
            @Nullable
            Instant expiresAt) {}

    @Schema(name = "RotateRequest", description = "How long the present secret stays valid.")
    record RotateRequest(
            @Schema(
                    description = "In seconds; 0: not at all",
                    minimum = "0",
                    maximum = "2592000",
                    defaultValue = "604800",
                    examples = "604800")
            Long overlapSeconds) {}

    @Schema(name = "Key", description = "An API key.")
    record KeyView(
            @Schema(description = "The key's id, also the second part of its text", examples = "7Kq3ZrT0aB9x")
            String id,

            @Schema(
                    description = "The key itself: only in the answer to making or rotating it, and never again",
                    nullable = true,
                    pattern = KeyText.PATTERN,
                    examples = "stk_live_7Kq3ZrT0aB9x_0AbCdEfGhIjKlMnOpQrStUvWxYz0123456789AbCdEf_1ZxYwV")
            @JsonInclude(JsonInclude.Include.NON_NULL)
            @Nullable
            String key,

            @Schema(description = "The program that it may call; null: all", nullable = true, examples = "demo")
            @Nullable
            String program,

            @Schema(description = "For people", examples = "Shop backend")
            String name,

            @Schema(description = "`key`, or `till` for that of a till", examples = "key")
            String kind,

            @Schema(description = "What it may do", examples = "[\"read\"]")
            List<String> scopes,

            @Schema(description = "Where it is used; null if nobody has said", nullable = true, examples = "store-42")
            @Nullable
            String location,

            @Schema(
                    description = "The most calls per second, at all gateways together; null: no limit",
                    nullable = true,
                    minimum = "1",
                    examples = "100")
            @Nullable
            Integer perSecond,

            @Schema(
                    description = "The most calls at once; null: no limit",
                    nullable = true,
                    minimum = "1",
                    examples = "200")
            @Nullable
            Integer burst,

            @Schema(
                    description = "SHA-256 of the only client certificate with which it is valid; null: it needs none",
                    nullable = true,
                    pattern = KeyCalls.SHA_256,
                    examples = KeyCalls.SHA_256_EXAMPLE)
            @Nullable
            String certificateSha256,

            @Schema(
                    description = "`active`, `rotating` (two secrets are valid), `expired` or `revoked`",
                    examples = "active")
            String state,

            @Schema(description = "When it was made") Instant createdAt,

            @Schema(
                    description = "Who made it: the id of a key, or `command`, `bootstrap` or `demo`",
                    examples = "7Kq3ZrT0aB9x")
            String createdBy,

            @Schema(description = "When it ends by itself; null: never", nullable = true) @Nullable
            Instant expiresAt,

            @Schema(description = "Until when the secret before is valid; null if there is none", nullable = true)
            @Nullable
            Instant previousUntil,

            @Schema(description = "When it was revoked; null if it was not", nullable = true) @Nullable
            Instant revokedAt,

            @Schema(
                    description = "The last day on which it was used, in UTC, a minute late; null if there is none",
                    nullable = true)
            @Nullable
            LocalDate lastUsedOn) {
        static KeyView of(Found found, @Nullable String text) {
            return new KeyView(
                    found.id(),
                    text,
                    found.program(),
                    found.name(),
                    found.kind(),
                    found.scopes(),
                    found.location(),
                    found.rateLimit() == null ? null : found.rateLimit().perSecond(),
                    found.rateLimit() == null ? null : found.rateLimit().burst(),
                    found.certificateSha256(),
                    state(found).name().toLowerCase(Locale.ROOT),
                    found.createdAt(),
                    found.createdBy(),
                    found.expiresAt(),
                    isRotating(found) ? found.previousUntil() : null,
                    found.revokedAt(),
                    found.lastUsedOn());
        }

        private static boolean isRotating(Found found) {
            return found.previousUntil() != null && found.present().isBefore(found.previousUntil());
        }

        private static State state(Found found) {
            if (found.revokedAt() != null) {
                return State.REVOKED;
            } else if (found.expiresAt() != null && !found.present().isBefore(found.expiresAt())) {
                return State.EXPIRED;
            }
            return isRotating(found) ? State.ROTATING : State.ACTIVE;
        }
    }

    private enum State {
        ACTIVE,
        ROTATING,
        EXPIRED,
        REVOKED
    }

    @Schema(name = "KeyPage", description = "A page of keys, the newest first.")
    record PageView(
            @Schema(description = "The keys") List<KeyView> items,

            @Schema(description = "Of the next page; null for the last page", nullable = true, examples = "MTc")
            @Nullable
            String cursor) {}

    @POST
    @Path(KEYS)
    @Needs(Scope.KEYS)
    @Operation(
            operationId = "createKey",
            summary = "Make a key",
            description = "The answer is the only one that tells the key itself. It has nothing that the caller's own"
                    + " key lacks: no other scope, no higher rate, no later end, and a certificate if it has one; what"
                    + " a till makes is a till at its location. Every gateway knows it a few seconds later at most."
                    + " A program has at most"
                    + " 10,000 keys, those that ended within a day included; more get `overloaded`.")
    @APIResponse(
            responseCode = "201",
            description = "The key",
            content = @Content(schema = @Schema(implementation = KeyView.class)))
    @Refuses({
        ProblemCode.REQUEST_TIMEOUT,
        ProblemCode.PAYLOAD_TOO_LARGE,
        ProblemCode.UNSUPPORTED_MEDIA_TYPE,
        ProblemCode.UNKNOWN_FIELD,
        ProblemCode.INVALID_AMOUNT,
        ProblemCode.OVERLOADED,
        ProblemCode.OUTCOME_UNKNOWN
    })
    @Consumes(MediaType.APPLICATION_JSON)
    public Uni<Response> create(
            @PathParam("program") String program,
            @RequestBody(required = true, content = @Content(schema = @Schema(implementation = KeyRequest.class)))
                    byte @Nullable [] body) {
        Asker asker = common.asker(program);
        calls.checkBody();
        KeyRequest asked = CREATE.required(body).value();
        List<String> scopes = KeyCalls.scopes(asker, asked.scopes);
        if (asked.expiresAt != null && asked.expiresAt.toEpochMilli() <= gateway.nowMs()) {
            throw ProblemException.malformed("expiresAt is in the past.");
        }
        RateLimit rateLimit = KeyCalls.rateLimit(asked.perSecond, asked.burst);
        Bounds wanted = new Bounds(false, asked.location, rateLimit, asked.certificateSha256, asked.expiresAt);
        KeyText key = KeyText.fresh(programs.sandboxMs(program) != null, random);
        return common.bounds(program, asker)
                .chain(own -> keys.create(program, asker, key, asked.name, scopes, own.given(wanted)))
                .chain(v -> common.told(program, asker, key));
    }

    @GET
    @Path(KEYS)
    @Needs(Scope.KEYS)
    @Operation(
            operationId = "listKeys",
            summary = "Keys of a program, newest first",
            description = "Also those that have ended. Keys for all programs are shown to keys that are so.")
    @Parameter(
            name = "location",
            in = ParameterIn.QUERY,
            description = "Only keys of this location",
            example = "store-42",
            schema = @Schema(type = SchemaType.STRING, minLength = 1, maxLength = 64))
    @Parameter(
            name = "cursor",
            in = ParameterIn.QUERY,
            description = "The `cursor` of the page before; left out for the first page",
            example = "MTc",
            schema = @Schema(type = SchemaType.STRING))
    @Parameter(
            name = "limit",
            in = ParameterIn.QUERY,
            description = "Keys per page",
            example = "50",
            schema =
                    @Schema(
                            type = SchemaType.INTEGER,
                            format = "int32",
                            minimum = "1",
                            maximum = "200",
                            defaultValue = "50"))
    @APIResponse(
            responseCode = "200",
            description = "A page",
            content = @Content(schema = @Schema(implementation = PageView.class)))
    @Refuses(ProblemCode.OVERLOADED)
    public Uni<PageView> list(@PathParam("program") String program) {
        Asker asker = common.asker(program, "location", "cursor", "limit");
        PageQuery asked = PageQuery.read(calls);
        // one more than asked for tells whether there is another page
        return keys.page(program, asker, calls.text("location", 64), asked.before(), asked.limit() + 1)
                .map(found -> new PageView(
                        found.stream()
                                .limit(asked.limit())
                                .map(key -> KeyView.of(key, null))
                                .toList(),
                        found.size() > asked.limit()
                                ? PageQuery.cursor(found.get(asked.limit() - 1).n())
                                : null));
    }

    @GET
    @Path(KEY)
    @Needs(Scope.KEYS)
    @Operation(operationId = "getKey", summary = "A key, without its secret")
    @APIResponse(
            responseCode = "200",
            description = "The key",
            content = @Content(schema = @Schema(implementation = KeyView.class)))
    @Refuses({ProblemCode.OVERLOADED, ProblemCode.KEY_NOT_FOUND})
    public Uni<KeyView> get(@PathParam("program") String program, @PathParam("key") String key) {
        return shown(program, common.asker(program), id(key));
    }

    @POST
    @Path(KEY + "/rotate")
    @Needs(Scope.KEYS)
    @Operation(
            operationId = "rotateKey",
            summary = "Give a key another secret",
            description = "The answer is the only one that tells it. The id stays, and the present secret is valid as"
                    + " long as the call says. A key that has something that the caller's own lacks is refused.")
    @APIResponse(
            responseCode = "201",
            description = "The key with its new secret",
            content = @Content(schema = @Schema(implementation = KeyView.class)))
    @Refuses({
        ProblemCode.REQUEST_TIMEOUT,
        ProblemCode.PAYLOAD_TOO_LARGE,
        ProblemCode.UNSUPPORTED_MEDIA_TYPE,
        ProblemCode.UNKNOWN_FIELD,
        ProblemCode.INVALID_AMOUNT,
        ProblemCode.OVERLOADED,
        ProblemCode.OUTCOME_UNKNOWN,
        ProblemCode.KEY_NOT_FOUND,
        ProblemCode.KEY_REVOKED,
        ProblemCode.ROTATION_PENDING
    })
    @Consumes(MediaType.APPLICATION_JSON)
    public Uni<Response> rotate(
            @PathParam("program") String program,
            @PathParam("key") String key,
            @RequestBody(required = false, content = @Content(schema = @Schema(implementation = RotateRequest.class)))
                    byte @Nullable [] body) {
        Asker asker = common.asker(program);
        calls.checkBody();
        RotateRequest asked = ROTATE.optional(body).value();
        return found(program, asker, id(key))
                .chain(there -> common.bounds(program, asker).chain(own -> {
                    KeyCalls.mayGive(asker, there.scopes());
                    own.mayGive(there.bounds());
                    boolean ofSandbox = there.program() != null && programs.sandboxMs(there.program()) != null;
                    KeyText fresh = KeyText.with(ofSandbox, there.id(), random);
                    return keys.rotate(program, asker, fresh, asked.overlapSeconds)
                            .invoke(KeyResource::done)
                            .chain(v -> common.told(program, asker, fresh));
                }));
    }

    @DELETE
    @Path(KEY + "/previous")
    @Needs(Scope.KEYS)
    @Operation(
            operationId = "dropPreviousSecret",
            summary = "End the secret before the present one",
            description = "Every gateway refuses it within 5 s. The same call may be repeated.")
    @APIResponse(responseCode = "204", description = "Only the present secret is valid")
    @Refuses({ProblemCode.OVERLOADED, ProblemCode.OUTCOME_UNKNOWN, ProblemCode.KEY_NOT_FOUND})
    public Uni<Response> dropPrevious(@PathParam("program") String program, @PathParam("key") String key) {
        return ended(keys.dropPrevious(program, common.asker(program), id(key)));
    }

    @DELETE
    @Path(KEY)
    @Needs(Scope.KEYS)
    @Operation(
            operationId = "revokeKey",
            summary = "Revoke a key",
            description = "Every gateway refuses it within 5 s, for ever, and ends its event streams. The same call may"
                    + " be repeated. The last key that can make keys cannot be revoked, nor the last of those for all"
                    + " programs that can, need no certificate and live for another day. Its open pairings end with"
                    + " it.")
    @Parameter(
            name = MADE,
            in = ParameterIn.QUERY,
            description = "`true`: also the keys that it has made or paired, those that these have made, and so on,"
                    + " even if it was revoked before. All of them, or none",
            example = "true",
            schema = @Schema(type = SchemaType.BOOLEAN, defaultValue = "false"))
    @APIResponse(responseCode = "204", description = "Revoked")
    @Refuses({ProblemCode.OVERLOADED, ProblemCode.OUTCOME_UNKNOWN, ProblemCode.KEY_NOT_FOUND, ProblemCode.LAST_KEY})
    public Uni<Response> revoke(@PathParam("program") String program, @PathParam("key") String key) {
        Asker asker = common.asker(program, MADE);
        return ended(keys.revoke(program, asker, id(key), calls.flag(MADE)));
    }

    private Uni<Response> ended(Uni<String> change) {
        return change.invoke(KeyResource::done)
                .call(common::changed)
                .map(v -> Response.noContent().build());
    }

    private static void done(String outcome) {
        switch (outcome) {
            case "ok" -> {}
            case "key_not_found" -> throw KeyCalls.notFound();
            case "key_revoked", "rotation_pending", "last_key" -> {
                ProblemCode code = ProblemCode.valueOf(outcome.toUpperCase(Locale.ROOT));
                throw new ProblemException(code, code.detail());
            }
            default -> throw new IllegalStateException("an outcome of a later release: " + outcome);
        }
    }

    private Uni<KeyView> shown(String program, Asker asker, String id) {
        return found(program, asker, id).map(found -> KeyView.of(found, null));
    }

    private Uni<Found> found(String program, Asker asker, String id) {
        return keys.one(program, asker, id).map(found -> {
            if (found == null) {
                throw KeyCalls.notFound();
            }
            return found;
        });
    }

    private static String id(String text) {
        if (!text.matches(ID)) {
            throw KeyCalls.notFound();
        }
        return text;
    }
}
