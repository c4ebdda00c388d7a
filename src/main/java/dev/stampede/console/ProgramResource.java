package dev.stampede.console;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stampede.access.Scope;
import dev.stampede.document.ProgramDocument;
import dev.stampede.document.Promotion;
import dev.stampede.gateway.Gateway;
import dev.stampede.http.ConsolePath;
import dev.stampede.http.Needs;
import dev.stampede.http.request.ApiCall;
import dev.stampede.http.request.ApiCalls;
import dev.stampede.program.ProgramBook;
import dev.stampede.program.reading.DocumentReader;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Instant;
import java.time.LocalDateTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The rules of a programme in words, its versions, and a draft of the next one. */
@Path(ConsolePath.ROOT)
@Produces(MediaType.TEXT_HTML)
public class ProgramResource {
    private static final String OF_PROGRAM = "/programs/{program}";
    private static final String VERSION = Pages.VERSIONS + "/{version}";

    private final Pages pages;
    private final ApiCalls api;
    private final ProgramBook book;
    private final Gateway gateway;
    private final Vertx vertx;
    private final ObjectMapper json;

    ProgramResource(Pages pages, ApiCalls api, ProgramBook book, Gateway gateway, Vertx vertx, ObjectMapper json) {
        this.pages = pages;
        this.api = api;
        this.book = book;
        this.gateway = gateway;
        this.vertx = vertx;
        this.json = json;
    }

    @GET
    @Path(OF_PROGRAM)
    @Needs(Scope.READ)
    public Uni<Response> program(@PathParam("program") String program) {
        Pages.Page page = pages.page("program", program);
        ApiCall versions = ApiCall.get(Pages.VERSIONS, program);
        if (!api.allows(versions)) {
            return page.with("versions", (Object) null)
                    .with("rules", (Object) null)
                    .with("draft", "")
                    .show();
        }
        Function<ApiCall, Uni<ApiCalls.Told>> later = api.later();
        Uni<@Nullable Object> found = pages.needed(versions).memoize().indefinitely();
        return page.with("versions", found)
                .with("draft", found.chain(all -> draft(later, program, newest(all))))
                .with("rules", inForce(later, program).map(document -> rules(document, page)))
                .show();
    }

    @GET
    @Path(OF_PROGRAM + "/versions/{version}")
    @Needs(Scope.PROGRAM)
    public Uni<Response> version(@PathParam("program") String program, @PathParam("version") String version) {
        Pages.Page page = pages.page("version", program);
        Uni<@Nullable Object> found =
                pages.needed(ApiCall.get(VERSION, program, version)).memoize().indefinitely();
        return page.with("version", found)
                .with("text", found.map(one -> pages.pretty(((Map<?, ?>) Objects.requireNonNull(one)).get("document"))))
                .with("rules", found.chain(this::document).map(document -> rules(document, page)))
                .show();
    }

    @GET
    @Path(OF_PROGRAM + "/promotions")
    @Needs(Scope.PROGRAM)
    public Uni<Response> promotions(@PathParam("program") String program) {
        Pages.Page page = pages.page("promotions", program);
        long nowMs = book.heard(program, gateway.nowMs()).nowMs();
        return page.with("budgets", pages.part(ApiCall.get(Pages.BUDGETS, program)))
                .with("promotions", inForce(api.later(), program).map(document -> cards(document, page, nowMs)))
                .show();
    }

    private static int newest(@Nullable Object versions) {
        List<?> items = (List<?>) Objects.requireNonNull(((Map<?, ?>) Objects.requireNonNull(versions)).get("items"));
        return items.isEmpty() ? 0 : (Integer) Objects.requireNonNull(((Map<?, ?>) items.get(0)).get("version"));
    }

    /** The newest version, made ready to be changed and published after it. */
    private Uni<String> draft(Function<ApiCall, Uni<ApiCalls.Told>> later, String program, int newest) {
        return later.apply(ApiCall.get(VERSION, program, Integer.toString(newest)))
                .map(told -> {
                    ObjectNode document = (ObjectNode) json.valueToTree(
                            ((Map<?, ?>) Objects.requireNonNull(pages.tree(told.body()))).get("document"));
                    document.put("basedOn", newest);
                    document.put("effectiveFrom", "now");
                    document.remove("corrects");
                    document.remove("reason");
                    return pages.pretty(document);
                });
    }

    /** The document that is in force. */
    private Uni<@Nullable ProgramDocument> inForce(Function<ApiCall, Uni<ApiCalls.Told>> later, String program) {
        return pages.needed(ApiCall.get(Pages.PROGRAM, program))
                .chain(now -> later.apply(ApiCall.get(
                        VERSION, program, String.valueOf(((Map<?, ?>) Objects.requireNonNull(now)).get("version")))))
                .chain(told -> document(pages.tree(told.body())));
    }

    /** Null if this release cannot read it. A long document takes more time than an event loop has. */
    private Uni<@Nullable ProgramDocument> document(@Nullable Object version) {
        Object document = ((Map<?, ?>) Objects.requireNonNull(version)).get("document");
        return Uni.createFrom()
                .completionStage(() -> vertx.executeBlocking(
                                () -> DocumentReader.stored(text(document)).document(), false)
                        .toCompletionStage());
    }

    private String text(@Nullable Object tree) {
        try {
            return json.writeValueAsString(tree);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("what was read can be written", e);
        }
    }

    private static @Nullable Object rules(@Nullable ProgramDocument document, Pages.Page page) {
        return document == null ? null : new Sentences(document, page.language()).all();
    }

    private static @Nullable Object cards(@Nullable ProgramDocument document, Pages.Page page, long nowMs) {
        if (document == null) {
            return null;
        }
        Sentences sentences = new Sentences(document, page.language());
        LocalDateTime now = LocalDateTime.ofInstant(Instant.ofEpochMilli(nowMs), document.timeZone());
        return document.promotions().stream()
                .map(promotion -> card(promotion, sentences, now))
                .toList();
    }

    private static Map<String, @Nullable Object> card(Promotion promotion, Sentences sentences, LocalDateTime now) {
        LocalDateTime from = promotion.when().from();
        LocalDateTime to = promotion.when().to();
        Map<String, @Nullable Object> card = new HashMap<>();
        card.put("id", promotion.id());
        card.put("name", promotion.name());
        card.put("sentence", sentences.promotion(promotion));
        card.put("budget", promotion.budget());
        card.put(
                "state",
                from != null && now.isBefore(from)
                        ? "scheduled"
                        : to != null && !now.isBefore(to) ? "over" : "running");
        return card;
    }
}
