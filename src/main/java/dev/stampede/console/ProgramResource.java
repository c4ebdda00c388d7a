package dev.stampede.console;

import dev.stampede.access.Scope;
import dev.stampede.document.ProgramDocument;
import dev.stampede.document.Promotion;
import dev.stampede.gateway.Gateway;
import dev.stampede.http.ConsolePath;
import dev.stampede.http.Needs;
import dev.stampede.http.request.ApiCall;
import dev.stampede.http.request.ApiCalls;
import dev.stampede.program.ProgramBook;
import io.smallrye.mutiny.Uni;
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

    private final Pages pages;
    private final ApiCalls api;
    private final ProgramBook book;
    private final Gateway gateway;
    private final Rules rules;

    ProgramResource(Pages pages, ApiCalls api, ProgramBook book, Gateway gateway, Rules rules) {
        this.pages = pages;
        this.api = api;
        this.book = book;
        this.gateway = gateway;
        this.rules = rules;
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
        Function<ApiCall, Uni<@Nullable Object>> later = pages.later();
        Uni<@Nullable Object> found = pages.needed(versions).memoize().indefinitely();
        return page.with("versions", found)
                .with("period", period(program))
                .with(
                        "draft",
                        found.chain(all -> later.apply(ApiCall.get(Rules.VERSION, program, newest(all))))
                                .chain(rules::draft))
                .with(
                        "rules",
                        rules.inForce(later, program)
                                .chain(rules::document)
                                .chain(document -> rules.sentences(document, page.language())))
                .show();
    }

    @GET
    @Path(OF_PROGRAM + "/versions/{version}")
    @Needs(Scope.PROGRAM)
    public Uni<Response> version(@PathParam("program") String program, @PathParam("version") String version) {
        Pages.Page page = pages.page("version", program);
        Function<ApiCall, Uni<@Nullable Object>> later = pages.later();
        Uni<@Nullable Object> found = pages.needed(ApiCall.get(Rules.VERSION, program, version))
                .memoize()
                .indefinitely();
        return page.with("version", found)
                .with("period", period(program))
                .with(
                        "text",
                        found.chain(one ->
                                pages.onWorker(() -> pages.pretty(Rules.of(one).get("document")))))
                .with(
                        "beside",
                        found.chain(one ->
                                rules.inForce(later, program).chain(now -> rules.beside(now, one, page.language()))))
                .with(
                        "rules",
                        found.chain(rules::document).chain(document -> rules.sentences(document, page.language())))
                .show();
    }

    /** The last 30 days, for a simulation. */
    private Period period(String program) {
        return Period.last(book.heard(program, gateway.nowMs()), 30);
    }

    @GET
    @Path(OF_PROGRAM + "/promotions")
    @Needs(Scope.PROGRAM)
    public Uni<Response> promotions(@PathParam("program") String program) {
        Pages.Page page = pages.page("promotions", program);
        long nowMs = book.heard(program, gateway.nowMs()).nowMs();
        Uni<@Nullable Object> budgets =
                pages.part(ApiCall.get(Pages.BUDGETS, program)).memoize().indefinitely();
        Function<ApiCall, Uni<@Nullable Object>> later = pages.later();
        return page.with("budgets", budgets)
                .with(
                        "promotions",
                        budgets.chain(all -> rules.inForce(later, program)
                                .chain(rules::document)
                                .chain(document -> pages.onWorker(() -> cards(document, all, page, nowMs)))))
                .show();
    }

    private static String newest(@Nullable Object versions) {
        List<?> items = (List<?>) Objects.requireNonNull(Rules.of(versions).get("items"));
        return items.isEmpty() ? "0" : String.valueOf(Rules.of(items.get(0)).get("version"));
    }

    private static @Nullable Object cards(
            @Nullable ProgramDocument document, @Nullable Object budgets, Pages.Page page, long nowMs) {
        if (document == null) {
            return null;
        }
        Sentences sentences = new Sentences(document, page.language());
        LocalDateTime now = LocalDateTime.ofInstant(Instant.ofEpochMilli(nowMs), document.timeZone());
        return document.promotions().stream()
                .map(promotion -> card(promotion, budget(budgets, promotion.budget()), sentences, now))
                .toList();
    }

    /** How a budget stands; null if there is none, or it is not known now. */
    private static @Nullable Map<?, ?> budget(@Nullable Object budgets, @Nullable String id) {
        if (id == null || !(budgets instanceof Map<?, ?> told) || !(told.get("items") instanceof List<?> items)) {
            return null;
        }
        return items.stream()
                .<Map<?, ?>>map(Rules::of)
                .filter(each -> id.equals(each.get("id")))
                .findFirst()
                .orElse(null);
    }

    private static Map<String, @Nullable Object> card(
            Promotion promotion, @Nullable Map<?, ?> budget, Sentences sentences, LocalDateTime now) {
        LocalDateTime from = promotion.when().from();
        LocalDateTime to = promotion.when().to();
        boolean usedUp = budget != null && Integer.valueOf(0).equals(budget.get("left"));
        Map<String, @Nullable Object> card = new HashMap<>();
        card.put("id", promotion.id());
        card.put("name", promotion.name());
        card.put("sentence", sentences.promotion(promotion));
        card.put("from", from);
        card.put("to", to);
        card.put("budget", promotion.budget());
        card.put("use", budget);
        card.put(
                "state",
                from != null && now.isBefore(from)
                        ? "scheduled"
                        : to != null && !now.isBefore(to) ? "over" : usedUp ? "used_up" : "running");
        return card;
    }
}
