package dev.stampede.console;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import dev.stampede.access.Scope;
import dev.stampede.gateway.Gateway;
import dev.stampede.http.ConsolePath;
import dev.stampede.http.Needs;
import dev.stampede.http.problem.ProblemCode;
import dev.stampede.http.problem.ProblemException;
import dev.stampede.http.request.ApiCall;
import dev.stampede.http.request.ApiCalls;
import dev.stampede.http.request.CallReader;
import dev.stampede.program.ProgramBook;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What is done on the console. Each form becomes one call of the API, which is made, or only shown as a command line;
 * its answer is shown with that line.
 */
@Path(ConsolePath.ROOT)
@Consumes(MediaType.APPLICATION_FORM_URLENCODED)
@Produces(MediaType.TEXT_HTML)
public class ActionResource {
    private static final String OF_PROGRAM = "/programs/{program}";

    /** Has the pages' parts asked for again. */
    private static final String CHANGED = "changed";

    private static final List<String> OF_QUOTE =
            List.of("amount", "currency", "action", "channel", "store", "partner", "account", "tier", "occurredAt");

    private final Pages pages;
    private final ApiCalls api;
    private final CallReader calls;
    private final ObjectMapper json;
    private final Rules rules;
    private final ProgramBook book;
    private final Gateway gateway;

    ActionResource(
            Pages pages,
            ApiCalls api,
            CallReader calls,
            ObjectMapper json,
            Rules rules,
            ProgramBook book,
            Gateway gateway) {
        this.pages = pages;
        this.api = api;
        this.calls = calls;
        this.json = json;
        this.rules = rules;
        this.book = book;
        this.gateway = gateway;
    }

    @POST
    @Path(OF_PROGRAM + "/do/{action}")
    @Needs({Scope.READ, Scope.EARN, Scope.REDEEM, Scope.HOLD, Scope.REVERSE, Scope.ADJUST, Scope.PROGRAM, Scope.KEYS})
    public Uni<Response> act(
            @PathParam("program") String program, @PathParam("action") String action, byte @Nullable [] body) {
        Action asked = Action.of(action)
                .orElseThrow(() -> new ProblemException(ProblemCode.NOT_FOUND, ProblemCode.NOT_FOUND.detail()));
        Form form = Form.of(body);
        return done(page(program, asked.label(), form), asked.call(program, form), form);
    }

    /** Publishes a draft, or only checks it. */
    @POST
    @Path(OF_PROGRAM + "/versions")
    @Needs(Scope.PROGRAM)
    public Uni<Response> publish(@PathParam("program") String program, byte @Nullable [] body) {
        Form form = Form.of(body);
        boolean dryRun = !form.has("publish");
        ApiCall call = ApiCall.of("POST", Pages.VERSIONS, program)
                .with("dryRun", dryRun ? "true" : null)
                .saying(form.text("document"));
        String document = form.text("document");
        Pages.Page page = page(program, dryRun ? "check" : "publish", form);
        if (dryRun && !form.has("show")) {
            page.with(
                    "beside",
                    rules.inForce(pages.later(), program)
                            .chain(now -> rules.beside(now, document, page.language()))
                            .onFailure()
                            .recoverWithNull()); // nothing is in force: there is nothing beside it
        }
        return done(page, call, form);
    }

    /** Tries a purchase, by the version in force or by the draft. */
    @POST
    @Path(OF_PROGRAM + "/quote")
    @Needs(Scope.READ)
    public Uni<Response> quote(@PathParam("program") String program, byte @Nullable [] body) {
        Form form = Form.of(body);
        ObjectNode asked = json.createObjectNode();
        OF_QUOTE.stream().filter(form::has).forEach(field -> asked.put(field, form.text(field)));
        if (form.has("items")) {
            asked.putRawValue("items", new RawValue(form.text("items")));
        }
        if (form.has("draft")) {
            asked.putRawValue("document", new RawValue(form.text("document")));
        }
        ApiCall call = ApiCall.of("POST", Pages.QUOTE, program).saying(asked.toString());
        return done(page(program, "quote", form), call, form);
    }

    /** Tries a draft, or a version, on what happened in some days. */
    @POST
    @Path(OF_PROGRAM + "/simulations")
    @Needs(Scope.PROGRAM)
    public Uni<Response> simulate(@PathParam("program") String program, byte @Nullable [] body) {
        Form form = Form.of(body);
        Period period = Period.of(book.heard(program, gateway.nowMs()), form.text("from"), form.text("to"));
        ObjectNode asked = json.createObjectNode();
        asked.put("from", period.begin().toString());
        asked.put("to", period.end().toString());
        if (form.text("version").matches("[0-9]{1,9}")) {
            asked.put("version", Integer.parseInt(form.text("version")));
        } else {
            asked.putRawValue("document", new RawValue(form.text("document")));
        }
        ApiCall call = ApiCall.of("POST", SimulationPages.ALL, program).saying(asked.toString());
        return done(page(program, "simulate", form), call, form);
    }

    private Pages.Page page(String program, String action, Form form) {
        return pages.page(pages.isForPart() ? "outcome-part" : "outcome", program)
                .with("action", action)
                .with("back", back(program, form))
                .with("beside", (Object) null)
                .with("name", form.text("name"))
                .with("location", form.text("location"))
                .with("problem", (Object) null)
                .with("told", (Object) null)
                .with("raw", "");
    }

    private Uni<Response> done(Pages.Page page, ApiCall call, Form form) {
        page.with("curl", Curl.of(call, pages.gateway()));
        if (form.has("show")) {
            return page.show();
        }
        String requestId = calls.requestId();
        Function<ApiCall, Uni<ApiCalls.Told>> later = api.later();
        // the page is asked for first: a secret that was made is shown, whatever cannot be read after it
        return page.whole()
                .chain(whole -> later.apply(call)
                        .chain(told -> pages.onWorker(() -> {
                            Object tree = pages.tree(told.body());
                            whole.with("told", tree).with("raw", tree == null ? "" : pages.pretty(tree));
                            return whole.with("done", told.status()).header("HX-Trigger", CHANGED);
                        }))
                        .onFailure()
                        .recoverWithItem(e -> {
                            Map<?, ?> problem = pages.problem(e, requestId);
                            int status = problem.get("status") instanceof Integer known ? known : 500;
                            return whole.with("problem", problem).status(status);
                        }))
                .chain(Pages.Page::show);
    }

    private static String back(String program, Form form) {
        String account = form.text("of-account");
        String of = ConsolePath.ROOT + "/programs/" + program;
        return account.isEmpty() ? of : of + "/accounts/" + account;
    }
}
