package dev.stampede.console;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.stampede.gateway.ConsoleReads;
import dev.stampede.http.RequestId;
import dev.stampede.http.problem.Problems;
import dev.stampede.http.request.ApiCall;
import dev.stampede.http.request.ApiCalls;
import dev.stampede.http.request.CallReader;
import io.quarkus.qute.Engine;
import io.quarkus.qute.Template;
import io.quarkus.qute.TemplateInstance;
import io.quarkus.vertx.http.runtime.CurrentVertxRequest;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Makes pages of what calls of the API answer. */
@ApplicationScoped
class Pages {
    static final String PROGRAM = CallReader.PROGRAMS + "/{program}";
    static final String KEYS = PROGRAM + "/keys";
    static final String VERSIONS = PROGRAM + "/versions";
    static final String BUDGETS = PROGRAM + "/budgets";
    static final String REWARDS = PROGRAM + "/rewards";
    static final String SEARCH = PROGRAM + "/search";
    static final String LIVE = "/v1/live/history";
    static final String QUOTE = PROGRAM + "/quote";

    private static final int UNAVAILABLE = 503;
    private static final List<Locale> LANGUAGES = List.of(Locale.ENGLISH, Locale.GERMAN);

    private final Engine engine;
    private final ApiCalls api;
    private final Problems problems;
    private final ObjectMapper json;
    private final Assets assets;
    private final CurrentVertxRequest current;
    private final Reads reads;
    private final Vertx vertx;

    Pages(
            Engine engine,
            ApiCalls api,
            Problems problems,
            ObjectMapper json,
            Assets assets,
            CurrentVertxRequest current,
            Reads reads,
            Vertx vertx) {
        this.engine = engine;
        this.api = api;
        this.problems = problems;
        this.json = json;
        this.assets = assets;
        this.current = current;
        this.reads = reads;
        this.vertx = vertx;
    }

    /** What a call is answered, as its JSON: maps, lists, texts and numbers. Without it there is no page. */
    Uni<@Nullable Object> needed(ApiCall call) {
        return later().apply(call);
    }

    /** The same of calls that depend on what others were answered, when the request is not at hand any more. */
    Function<ApiCall, Uni<@Nullable Object>> later() {
        Function<ApiCall, Uni<ApiCalls.Told>> make = api.later();
        long until = Reads.until(current.getCurrent());
        return call -> reads.read(make.apply(call), until).chain(told -> onWorker(() -> tree(told.body())));
    }

    /** What is long takes more time than an event loop has. */
    <T extends @Nullable Object> Uni<T> onWorker(Callable<T> work) {
        return Uni.createFrom()
                .completionStage(() -> vertx.executeBlocking(work, false).toCompletionStage());
    }

    /** The same of a part of a page: null if the reader may not see it, a {@code problem} if it cannot be had now. */
    Uni<@Nullable Object> part(ApiCall call) {
        String requestId = RequestId.of(current.getCurrent());
        return api.allows(call)
                ? needed(call).onFailure().recoverWithItem(e -> Map.of("problem", problem(e, requestId)))
                : Uni.createFrom().nullItem();
    }

    /** What a call that fails so is answered. */
    Map<?, ?> problem(Throwable e, String requestId) {
        return (Map<?, ?>) Objects.requireNonNull(tree(problems.told(e, requestId)));
    }

    @Nullable
    Object tree(@Nullable Object view) {
        if (view == null) {
            return null;
        }
        try {
            return json.readValue(json.writeValueAsBytes(view), Object.class);
        } catch (IOException e) {
            throw new IllegalStateException("what the API answers can be read", e);
        }
    }

    /** JSON for people. */
    String pretty(@Nullable Object tree) {
        try {
            return json.writerWithDefaultPrettyPrinter().writeValueAsString(tree);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("what was read can be written", e);
        }
    }

    /** Whether a part of a page cannot be had now. */
    private static boolean isAway(@Nullable Object part) {
        return part instanceof Map<?, ?> told
                && told.get("problem") instanceof Map<?, ?> problem
                && Integer.valueOf(UNAVAILABLE).equals(problem.get("status"));
    }

    /** A page or a part of one. */
    final class Page {
        private final String template;
        private final Locale locale = locale();
        private final Map<String, @Nullable Object> data = new HashMap<>();
        private final List<String> names = new ArrayList<>();
        private final List<Uni<?>> parts = new ArrayList<>();
        private final Map<String, String> headers = new TreeMap<>();
        private int status = 200;

        private Page(String template) {
            this.template = template;
        }

        @CanIgnoreReturnValue
        Page with(String name, @Nullable Object value) {
            data.put(name, value);
            return this;
        }

        /** Something that has been asked for, and that the page waits for. */
        @CanIgnoreReturnValue
        Page with(String name, Uni<?> part) {
            names.add(name);
            parts.add(part);
            return this;
        }

        @CanIgnoreReturnValue
        Page status(int other) {
            status = other;
            return this;
        }

        @CanIgnoreReturnValue
        Page header(String name, String value) {
            headers.put(name, value);
            return this;
        }

        Locale language() {
            return locale;
        }

        /** For a reader of its language; after {@link #whole} on the clocks of its programme. */
        Format format() {
            return new Format(locale, zone(data.get("program")));
        }

        @Nullable
        Object get(String name) {
            return data.get(name);
        }

        Uni<Response> show() {
            return whole().chain(Page::rendered);
        }

        /** With all that was asked for. After it only the template can fail. */
        Uni<Page> whole() {
            return parts.isEmpty()
                    ? Uni.createFrom().item(this)
                    : Uni.combine().all().unis(parts).usingConcurrencyOf(1).with(answers -> {
                        for (int i = 0; i < names.size(); i++) {
                            data.put(names.get(i), answers.get(i));
                        }
                        names.clear();
                        parts.clear();
                        return this;
                    });
        }

        private Uni<Response> rendered() {
            data.put("fmt", format());
            Template found = engine.getTemplate("console/" + template);
            if (found == null) {
                throw new IllegalStateException("no template " + template);
            }
            return found.data(data)
                    .setAttribute(TemplateInstance.LOCALE, locale)
                    .createUni()
                    .map(html -> {
                        Response.ResponseBuilder response = Response.status(status)
                                .type(MediaType.TEXT_HTML + ";charset=UTF-8")
                                .entity(html);
                        response.header("Vary", "Accept-Language, HX-Request");
                        if (data.values().stream().anyMatch(Pages::isAway)) {
                            response.header("Retry-After", ConsoleReads.LIMIT.toSeconds());
                        }
                        headers.forEach(response::header);
                        return response.build();
                    });
        }
    }

    /** One that belongs to no programme. */
    Page page(String template) {
        Page page = new Page(template);
        page.with("assets", assets.paths());
        page.with("lang", page.language().getLanguage());
        page.with("active", template);
        page.with("program", (Object) null);
        page.with("q", "");
        page.with("live", (Object) false);
        return page;
    }

    /** The same for somebody who is signed in. */
    Page pageOfAll(String template) {
        return signedIn(page(template));
    }

    private Page signedIn(Page page) {
        boolean ofAll = api.caller().program() == null && api.allows(ApiCall.get(LIVE));
        return page.with("me", api.caller()).with("live", (Object) ofAll);
    }

    /** One of a programme, with what the reader may do there. */
    Page page(String template, String program) {
        Page page = signedIn(page(template));
        page.with("can", can(program));
        page.with("key", "console-" + UUID.randomUUID());
        ApiCall of = ApiCall.get(PROGRAM, program);
        page.with("clock", part(ApiCall.get(PROGRAM + "/clock", program)));
        return api.allows(of)
                ? page.with("program", needed(of))
                : page.with("program", (Object) Map.of("id", program, "name", program));
    }

    private Map<String, Boolean> can(String program) {
        Map<String, Boolean> can = new TreeMap<>();
        for (Action action : Action.values()) {
            can.put(action.name().toLowerCase(Locale.ROOT), api.allows(action.in(program)));
        }
        can.put("read", api.allows(ApiCall.get(PROGRAM, program)));
        can.put("see_keys", api.allows(ApiCall.get(KEYS, program)));
        can.put("versions", api.allows(ApiCall.get(VERSIONS, program)));
        can.put("quote", api.allows(ApiCall.of("POST", QUOTE, program)));
        return can;
    }

    /** Whether only a part of a page is asked for, by a script of ours. */
    boolean isForPart() {
        return current.getCurrent().request().headers().contains("HX-Request");
    }

    /** Where this gateway is, as the browser names it. */
    String gateway() {
        HttpServerRequest request = current.getCurrent().request();
        return request.scheme() + "://" + request.getHeader(HttpHeaders.HOST);
    }

    /** The reader's language, if pages speak it; otherwise English. */
    private Locale locale() {
        String accepted = current.getCurrent().request().getHeader(HttpHeaders.ACCEPT_LANGUAGE);
        try {
            Locale found = accepted == null ? null : Locale.lookup(Locale.LanguageRange.parse(accepted), LANGUAGES);
            return found == null ? Locale.ENGLISH : found;
        } catch (IllegalArgumentException e) {
            return Locale.ENGLISH; // a header that says nothing
        }
    }

    private static ZoneId zone(@Nullable Object program) {
        return program instanceof Map<?, ?> told && told.get("timeZone") instanceof String zone
                ? ZoneId.of(zone)
                : ZoneOffset.UTC;
    }
}
