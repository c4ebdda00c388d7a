package dev.stampede.console;

import dev.stampede.access.Scope;
import dev.stampede.gateway.Gateway;
import dev.stampede.http.ConsolePath;
import dev.stampede.http.Needs;
import dev.stampede.http.request.ApiCall;
import dev.stampede.http.request.ApiCalls;
import dev.stampede.http.request.CallReader;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The pages that show something, and the parts of them that are asked for again. */
@Path(ConsolePath.ROOT)
@Produces(MediaType.TEXT_HTML)
public class ConsoleResource {
    private static final String OF_PROGRAM = "/programs/{program}";
    private static final String OF_ACCOUNT = OF_PROGRAM + "/accounts/{account}";
    private static final String PAGE = "20";
    private static final String LONG_PAGE = "200";
    /** The chips above a history. */
    private static final List<String> TYPES = List.of(
            "earn", "redeem", "hold", "capture", "void", "reverse", "adjust", "lapse", "grant", "freeze", "declined");

    private final Pages pages;
    private final ApiCalls api;
    private final CallReader calls;
    private final Gateway gateway;

    ConsoleResource(Pages pages, ApiCalls api, CallReader calls, Gateway gateway) {
        this.pages = pages;
        this.api = api;
        this.calls = calls;
        this.gateway = gateway;
    }

    /** The programmes that the reader may see; where that is one, the way leads there. */
    @GET
    @Needs({Scope.READ, Scope.EARN, Scope.REDEEM, Scope.HOLD, Scope.REVERSE, Scope.ADJUST, Scope.PROGRAM, Scope.KEYS})
    public Uni<Response> home() {
        ApiCall list = ApiCall.get(CallReader.PROGRAMS);
        Uni<@Nullable Object> programs = api.allows(list)
                ? pages.needed(list)
                : Uni.createFrom().item(Map.of("items", own(api.caller().program())));
        return pages.pageOfAll("programs").with("programs", programs).show();
    }

    /** What all gateways do, for keys of all programmes. */
    @GET
    @Path("/live")
    @Needs(Scope.READ)
    public Uni<Response> live() {
        return pages.pageOfAll("live")
                .with("status", pages.part(ApiCall.get("/v1/status")))
                .show();
    }

    /** What its charts begin with. */
    @GET
    @Path("/live/history")
    @Needs(Scope.READ)
    @Produces(MediaType.APPLICATION_JSON)
    public Uni<Response> liveHistory() {
        return api.make(ApiCall.get(Pages.LIVE).with("seconds", calls.query("seconds")))
                .map(told -> Response.ok(told.body()).build());
    }

    private static List<Map<String, String>> own(@Nullable String program) {
        return program == null ? List.of() : List.of(Map.of("id", program, "name", program));
    }

    @GET
    @Path(OF_PROGRAM + "/members")
    @Needs(Scope.READ)
    public Uni<Response> members(@PathParam("program") String program) {
        String asked = calls.query("q");
        String q = asked == null ? "" : asked.strip();
        Pages.Page page = pages.page("members", program).with("q", q);
        return q.isEmpty()
                ? page.with("hits", (Object) null).show()
                : page.with(
                                "hits",
                                pages.part(ApiCall.get(Pages.SEARCH, program).with("q", q)))
                        .show();
    }

    @GET
    @Path(OF_ACCOUNT)
    @Needs(Scope.READ)
    public Uni<Response> member(@PathParam("program") String program, @PathParam("account") String account) {
        return history(balance(pages.page("member", program), program, account), program, account)
                .show();
    }

    @GET
    @Path(OF_ACCOUNT + "/balance")
    @Needs(Scope.READ)
    public Uni<Response> balance(@PathParam("program") String program, @PathParam("account") String account) {
        return balance(pages.page("balance", program), program, account).show();
    }

    private Pages.Page balance(Pages.Page page, String program, String account) {
        Uni<@Nullable Object> lots = pages.part(ApiCall.get(CallReader.ACCOUNT + "/lots", program, account))
                .memoize()
                .indefinitely();
        return page.with("account", pages.needed(ApiCall.get(CallReader.ACCOUNT, program, account)))
                .with("lots", lots)
                .with("months", lots.map(Lots::months))
                .with("holds", pages.part(ApiCall.get(CallReader.ACCOUNT + "/holds", program, account)));
    }

    /** What happened to the points that expire on one day, as far as a page of history tells. */
    @GET
    @Path(OF_ACCOUNT + "/lots/{day}")
    @Needs(Scope.READ)
    public Uni<Response> lot(
            @PathParam("program") String program, @PathParam("account") String account, @PathParam("day") String day) {
        Uni<@Nullable Object> operations = pages.needed(
                        ApiCall.get(CallReader.ACCOUNT + "/operations", program, account)
                                .with("limit", LONG_PAGE)
                                .with("cursor", calls.query("cursor")))
                .memoize()
                .indefinitely();
        return pages.page("lot", program)
                .with("account", Map.of("account", account))
                .with("day", day)
                .with("operations", operations)
                .with("life", operations.chain(page -> pages.onWorker(() -> Lots.life(page, day))))
                .show();
    }

    /** What can be done there, with fresh keys: one that was used would do nothing more. */
    @GET
    @Path(OF_ACCOUNT + "/actions")
    @Needs(Scope.READ)
    public Uni<Response> actions(@PathParam("program") String program, @PathParam("account") String account) {
        return pages.page("actions", program)
                .with("account", pages.needed(ApiCall.get(CallReader.ACCOUNT, program, account)))
                .show();
    }

    @GET
    @Path(OF_ACCOUNT + "/history")
    @Needs(Scope.READ)
    public Uni<Response> history(@PathParam("program") String program, @PathParam("account") String account) {
        return history(pages.page("history", program).with("account", Map.of("account", account)), program, account)
                .show();
    }

    @GET
    @Path(OF_ACCOUNT + "/older")
    @Needs(Scope.READ)
    public Uni<Response> older(@PathParam("program") String program, @PathParam("account") String account) {
        return history(pages.page("rows", program).with("account", Map.of("account", account)), program, account)
                .show();
    }

    private Pages.Page history(Pages.Page page, String program, String account) {
        String type = calls.query("type");
        ApiCall operations = ApiCall.get(CallReader.ACCOUNT + "/operations", program, account)
                .with("limit", PAGE)
                .with("type", type)
                .with("cursor", calls.query("cursor"));
        return page.with("operations", pages.part(operations))
                .with("types", TYPES)
                .with("type", type == null ? "" : type);
    }

    @GET
    @Path(OF_ACCOUNT + "/operations/{operation}")
    @Needs(Scope.READ)
    public Uni<Response> operation(
            @PathParam("program") String program,
            @PathParam("account") String account,
            @PathParam("operation") String operation) {
        String of = CallReader.ACCOUNT + "/operations/{operation}";
        Uni<@Nullable Object> found = pages.needed(ApiCall.get(of, program, account, operation));
        return pages.page(pages.isForPart() ? "operation-part" : "operation", program)
                .with("op", found)
                .with("explained", pages.part(ApiCall.get(of + "/explanation", program, account, operation)))
                .whole()
                .chain(page -> pages.onWorker(() ->
                        page.with("raw", pages.pretty(page.get("op"))).with("complaint", complaint(program, page))))
                .chain(Pages.Page::show);
    }

    private static String complaint(String program, Pages.Page page) {
        Words say = Sentences.words(page.language());
        return Complaint.of(program, Rules.of(page.get("op")), page.get("explained"), say, page.format());
    }

    @GET
    @Path(OF_PROGRAM + "/rewards")
    @Needs(Scope.READ)
    public Uni<Response> rewards(@PathParam("program") String program) {
        String code = calls.query("code");
        Uni<@Nullable Object> found = code == null || code.isBlank()
                ? Uni.createFrom().nullItem()
                : pages.part(ApiCall.get(Pages.PROGRAM + "/codes/{code}", program, code.strip()));
        return pages.page("rewards", program)
                .with("rewards", pages.needed(ApiCall.get(Pages.REWARDS, program)))
                .with("asked", code == null ? "" : code.strip())
                .with("code", found)
                .show();
    }

    /** Whether a till has claimed its key: asked again until it has, or the code has ended. */
    @GET
    @Path(OF_PROGRAM + "/pairing")
    @Needs(Scope.KEYS)
    public Uni<Response> pairing(@PathParam("program") String program) {
        Pairing pairing = Pairing.of(calls.query("name"), calls.query("location"), calls.query("until"));
        ApiCall list = ApiCall.get(Pages.KEYS, program).with("location", pairing.location());
        long nowMs = gateway.nowMs();
        return pages.page("pairing", program)
                .with("pairing", pairing)
                .with("over", pairing.isOver(nowMs))
                .with("till", pages.needed(list).map(pairing::till))
                .show();
    }

    @GET
    @Path(OF_PROGRAM + "/keys")
    @Needs(Scope.KEYS)
    public Uni<Response> keys(@PathParam("program") String program) {
        ApiCall list = ApiCall.get(Pages.KEYS, program)
                .with("location", calls.query("location"))
                .with("cursor", calls.query("cursor"));
        String location = calls.query("location");
        return pages.page("keys", program)
                .with("location", location == null ? "" : location)
                .with("found", pages.needed(list))
                .with("scopes", Scope.codes(api.caller().scopes()))
                .show();
    }
}
