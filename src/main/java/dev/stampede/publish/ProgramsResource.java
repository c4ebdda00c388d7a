package dev.stampede.publish;

import dev.stampede.access.Scope;
import dev.stampede.account.AccountId;
import dev.stampede.document.ProgramDocument;
import dev.stampede.gateway.Gateway;
import dev.stampede.http.ApiTag;
import dev.stampede.http.Needs;
import dev.stampede.http.problem.ProblemCode;
import dev.stampede.http.problem.ProblemException;
import dev.stampede.http.problem.Refuses;
import dev.stampede.http.request.CallReader;
import dev.stampede.http.request.PageQuery;
import dev.stampede.http.view.FindingView;
import dev.stampede.http.view.PresentMember;
import dev.stampede.program.InForce;
import dev.stampede.program.ProgramBook;
import dev.stampede.program.reading.Changes;
import dev.stampede.program.reading.DocumentReader;
import dev.stampede.program.reading.Finding;
import dev.stampede.program.reading.Reading;
import dev.stampede.publish.ProgramViews.CatalogueView;
import dev.stampede.publish.ProgramViews.DocumentView;
import dev.stampede.publish.ProgramViews.LineView;
import dev.stampede.publish.ProgramViews.ListView;
import dev.stampede.publish.ProgramViews.PageView;
import dev.stampede.publish.ProgramViews.ProgramView;
import dev.stampede.publish.ProgramViews.PublicationView;
import dev.stampede.publish.ProgramViews.VersionView;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
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
@Tag(name = ApiTag.PROGRAMS)
@Produces(MediaType.APPLICATION_JSON)
public class ProgramsResource {
    /** A version is published at least so long before it takes effect; {@code publish_program_4} holds it, too. */
    private static final Duration AHEAD = Duration.ofSeconds(5);

    /** So long a publication in a sandbox waits until this gateway knows it; without it, it decides nothing there. */
    static final Duration PATIENCE = Duration.ofSeconds(2);

    private final Gateway gateway;
    private final CallReader calls;
    private final ProgramBook book;
    private final Versions versions;
    private final Vertx vertx;

    ProgramsResource(Gateway gateway, CallReader calls, ProgramBook book, Versions versions, Vertx vertx) {
        this.gateway = gateway;
        this.calls = calls;
        this.book = book;
        this.versions = versions;
        this.vertx = vertx;
    }

    @GET
    @Needs(value = Scope.READ, openToMembers = true)
    @Operation(operationId = "listPrograms", summary = "All programs, and the version of each that is in force")
    @APIResponse(
            responseCode = "200",
            description = "The programs",
            content = @Content(schema = @Schema(implementation = ListView.class)))
    @Refuses({})
    public Uni<ListView> list() {
        calls.onlyParameters(List.of());
        long nowMs = gateway.nowMs();
        return Uni.createFrom()
                .item(new ListView(book.programs().stream()
                        .filter(calls.caller()::mayCall)
                        .map(id -> LineView.of(id, book.heard(id, nowMs).found()))
                        .toList()));
    }

    @GET
    @Path("/{program}")
    @Needs(value = Scope.READ, openToMembers = true)
    @Operation(operationId = "getProgram", summary = "What a program offers now")
    @APIResponse(
            responseCode = "200",
            description = "The version in force",
            content = @Content(schema = @Schema(implementation = ProgramView.class)))
    @Refuses({})
    public Uni<ProgramView> program(@PathParam("program") String program) {
        return Uni.createFrom().item(ProgramView.of(calls.program(program)));
    }

    @GET
    @Path("/{program}/rewards")
    @Needs(value = Scope.READ, openToMembers = true)
    @Operation(
            operationId = "listRewards",
            summary = "What members can have for points, and whether they can now",
            description = "With `account`: for its member as he is now, with what it costs him and what is missing."
                    + " Conditions of place are not looked at. `stock` is what this gateway knows: it promises"
                    + " nothing.")
    @Parameter(
            name = "account",
            in = ParameterIn.QUERY,
            description = "The id of an account",
            example = "m-1",
            schema = @Schema(type = SchemaType.STRING, pattern = "^[A-Za-z0-9._-]{1,64}$"))
    @APIResponse(
            responseCode = "200",
            description = "The rewards",
            content = @Content(schema = @Schema(implementation = CatalogueView.class)))
    @Refuses(ProblemCode.ACCOUNT_NOT_FOUND)
    public Uni<CatalogueView> rewards(@PathParam("program") String program) {
        InForce.Rules rules = calls.program(program, "account");
        String account = calls.query("account");
        if (account == null) {
            long nowMs = book.heard(program, gateway.nowMs()).nowMs();
            return Uni.createFrom().item(CatalogueView.of(rules.compiled(), gateway.totals(), nowMs));
        } else if (!AccountId.valid(account)) {
            throw ProblemException.malformed("account is not the id of an account.");
        }
        CallReader.checkAccount(calls.caller(), account);
        AccountId id = AccountId.of(program, account);
        return gateway.peek(id).map(peek -> {
            if (peek == null || !peek.image().state().enrolled()) {
                throw new ProblemException(ProblemCode.ACCOUNT_NOT_FOUND, "There is no account with this id.");
            }
            long nowMs = gateway.nowMs(id);
            return CatalogueView.of(
                    rules.compiled(),
                    PresentMember.of(peek.image(), nowMs, rules.compiled().day(nowMs)),
                    peek.image().state().at(nowMs, rules.zone()),
                    gateway.totals(),
                    nowMs);
        });
    }

    @GET
    @Path("/{program}/budgets")
    @Needs(Scope.PROGRAM)
    @Operation(
            operationId = "listBudgets",
            summary = "What is left of a program's budgets, and of the stock of its rewards",
            description = "As it is at this instant. `used` and `left` add up to `total`, which is that of the newest"
                    + " version. A budget that the document does not have any more stays.")
    @APIResponse(
            responseCode = "200",
            description = "The budgets",
            content = @Content(schema = @Schema(implementation = ProgramViews.BudgetsView.class)))
    @Refuses({})
    public Uni<ProgramViews.BudgetsView> budgets(@PathParam("program") String program) {
        String id = calls.program(program).document().program();
        return gateway.budgets().map(totals -> ProgramViews.BudgetsView.of(id, totals));
    }

    @GET
    @Path("/{program}/versions")
    @Needs(Scope.PROGRAM)
    @Operation(
            operationId = "listVersions",
            summary = "Versions of a program, newest first",
            description = "All of them, also those that take effect later.")
    @Parameter(
            name = "cursor",
            in = ParameterIn.QUERY,
            description = "The `cursor` of the page before; left out for the first page",
            example = "MTc",
            schema = @Schema(type = SchemaType.STRING))
    @Parameter(
            name = "limit",
            in = ParameterIn.QUERY,
            description = "Versions per page",
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
    public Uni<PageView> versions(@PathParam("program") String program) {
        calls.idOfProgram(program, "cursor", "limit");
        PageQuery asked = PageQuery.read(calls);
        // one more than asked for tells whether there is another page
        return versions.page(program, asked.before(), asked.limit() + 1).map(found -> {
            if (found.isEmpty() && asked.before() == Long.MAX_VALUE) {
                throw new ProblemException(ProblemCode.PROGRAM_NOT_FOUND, "There is no program with this id.");
            }
            boolean more = found.size() > asked.limit();
            List<VersionView> shown =
                    found.stream().limit(asked.limit()).map(VersionView::of).toList();
            return new PageView(
                    shown, more ? PageQuery.cursor(shown.get(shown.size() - 1).version()) : null);
        });
    }

    @GET
    @Path("/{program}/versions/{version}")
    @Needs(Scope.PROGRAM)
    @Operation(operationId = "getVersion", summary = "A version as it was published: what, when, and why")
    @APIResponse(
            responseCode = "200",
            description = "The version",
            content = @Content(schema = @Schema(implementation = DocumentView.class)))
    @Refuses({ProblemCode.NOT_FOUND, ProblemCode.OVERLOADED})
    public Uni<DocumentView> version(@PathParam("program") String program, @PathParam("version") String version) {
        calls.idOfProgram(program);
        if (!version.matches("[1-9][0-9]{0,8}")) {
            throw noVersion();
        }
        return versions.one(program, Integer.parseInt(version)).map(row -> {
            if (row == null) {
                throw noVersion();
            }
            return DocumentView.of(row);
        });
    }

    private static ProblemException noVersion() {
        return new ProblemException(ProblemCode.NOT_FOUND, "There is no version with this number.");
    }

    @POST
    @Path("/{program}/versions")
    @Needs(Scope.PROGRAM)
    @Operation(
            operationId = "publishVersion",
            summary = "Publish the next version of a program",
            description = "The body is the document. Its `basedOn` is the newest version, 0 for a new program. It takes"
                    + " effect at its `effectiveFrom`, at least 5 s from now; `now` means in 5 s. In a sandbox (see"
                    + " `PUT /clock`) it takes effect by the sandbox's clock, and `now` means at once.")
    @Parameter(
            name = "dryRun",
            in = ParameterIn.QUERY,
            description = "`true`: checks the document and answers the diff, and publishes nothing",
            example = "true",
            schema = @Schema(type = SchemaType.BOOLEAN, defaultValue = "false"))
    @APIResponse(
            responseCode = "201",
            description = "Published",
            content = @Content(schema = @Schema(implementation = PublicationView.class)))
    @APIResponse(
            responseCode = "200",
            description = "A dry run",
            content = @Content(schema = @Schema(implementation = PublicationView.class)))
    @Refuses({
        ProblemCode.REQUEST_TIMEOUT,
        ProblemCode.PAYLOAD_TOO_LARGE,
        ProblemCode.UNSUPPORTED_MEDIA_TYPE,
        ProblemCode.PROGRAM_INVALID,
        ProblemCode.OVERLOADED,
        ProblemCode.OUTCOME_UNKNOWN,
        ProblemCode.BUDGET_TOO_SMALL,
        ProblemCode.VERSION_CONFLICT
    })
    @Consumes(MediaType.APPLICATION_JSON)
    public Uni<Response> publish(
            @PathParam("program") String program,
            @RequestBody(
                            required = true,
                            description = "The document, at most 1 MiB; docs/programs.md describes it",
                            content =
                                    @Content(
                                            schema =
                                                    @Schema(
                                                            type = SchemaType.OBJECT,
                                                            additionalProperties = Schema.True.class)))
                    byte @Nullable [] body) {
        calls.idOfProgram(program, CallReader.DRY_RUN);
        calls.checkBody();
        boolean dryRun = calls.flag(CallReader.DRY_RUN);
        byte[] text = body == null ? new byte[0] : body;
        Versions.Asker asker = new Versions.Asker(calls.caller().id(), calls.requestId());
        return onWorker(() -> read(program, text))
                .chain(reading -> publish(
                        asker, program, text, Objects.requireNonNull(reading.document()), reading.findings(), dryRun));
    }

    private static Reading read(String program, byte[] text) {
        Reading reading = DocumentReader.read(text);
        ProgramDocument document = reading.document();
        if (document == null) {
            throw ProblemException.programInvalid(reading.findings());
        }
        if (!document.program().equals(program)) {
            throw invalid(
                    text,
                    "program",
                    Finding.Code.BAD_VALUE,
                    "The document is of another program than the call: of \"" + document.program() + "\".");
        }
        if (document.reason() != null && document.reason().indexOf(0) >= 0) {
            throw invalid(text, "reason", Finding.Code.BAD_VALUE, "A reason has no zero character.");
        }
        return reading;
    }

    private static ProblemException invalid(byte[] text, String field, Finding.Code code, String message) {
        return ProblemException.programInvalid(List.of(DocumentReader.error(text, field, code, message)));
    }

    private Uni<Response> publish(
            Versions.Asker asker,
            String program,
            byte[] text,
            ProgramDocument document,
            List<Finding> warnings,
            boolean dryRun) {
        String written = new String(text, StandardCharsets.UTF_8);
        int basedOn = (int) document.basedOn();
        List<FindingView> findings = warnings.stream().map(FindingView::of).toList();
        return versions.newest(program).chain(newest -> {
            int last = newest == null ? 0 : newest.version;
            if (last != basedOn) {
                throw conflict(last, basedOn);
            }
            Uni<List<String>> diff = newest == null
                    ? Uni.createFrom().item(List.of())
                    : onWorker(() -> Changes.between(newest.document, written));
            return diff.chain(changes -> {
                if (dryRun) {
                    return earliest(text, document, last)
                            .map(earliest -> document.effectiveFrom() == null
                                    ? earliest
                                    : notBefore(earliest, text, document.effectiveFrom()))
                            .map(from -> Response.ok(new PublicationView(last + 1, from, changes, findings))
                                    .build());
                }
                return publish(asker, program, text, written, document, changes, findings);
            });
        });
    }

    /** When the next version can take effect, as {@code publish_program_4} computes it. */
    private Uni<Instant> earliest(byte[] text, ProgramDocument document, int last) {
        Instant real = Instant.ofEpochMilli(gateway.nowMs());
        ProgramDocument.Sandbox sandbox = document.sandbox();
        if (last == 0) {
            Instant begins = sandbox == null || sandbox.now() == null ? real : sandbox.now();
            return Uni.createFrom().item(sandbox == null ? real.plus(AHEAD) : begins);
        }
        return versions.clock(document.program()).map(clock -> {
            if ((sandbox == null) != (clock == null)) {
                throw otherTime(text, clock != null);
            }
            return clock == null ? real.plus(AHEAD) : Instant.ofEpochMilli(clock);
        });
    }

    private static Instant notBefore(Instant earliest, byte[] text, Instant from) {
        if (from.isBefore(earliest)) {
            throw tooEarly(text, earliest);
        }
        return from;
    }

    private Uni<Response> publish(
            Versions.Asker asker,
            String program,
            byte[] text,
            String written,
            ProgramDocument document,
            List<String> diff,
            List<FindingView> findings) {
        Integer corrects = document.corrects() == null
                ? null
                : Integer.valueOf(document.corrects().intValue());
        int basedOn = (int) document.basedOn();
        return versions.publish(asker, program, written, basedOn, document.effectiveFrom(), corrects, document.reason())
                .call(published ->
                        document.sandbox() != null && published.outcome().equals("ok")
                                ? book.upToDate(PATIENCE).chain(v -> gateway.budgets())
                                : Uni.createFrom().voidItem())
                .map(published -> switch (published.outcome()) {
                    case "ok" ->
                        Response.status(Response.Status.CREATED)
                                .entity(new PublicationView(
                                        published.version(),
                                        Objects.requireNonNull(published.effectiveFrom()),
                                        diff,
                                        findings))
                                .build();
                    case "version_conflict" -> throw conflict(published.version(), basedOn);
                    case "sandbox" -> throw otherTime(text, true);
                    case "no_sandbox" -> throw otherTime(text, false);
                    case "too_early" -> throw tooEarly(text, Objects.requireNonNull(published.effectiveFrom()));
                    case "budget_too_small" -> throw tooSmall(published);
                    default -> throw newer(published.outcome());
                });
    }

    /**
     * What a function says that a later release has made.
     *
     * @param outcome not one with which something was done
     */
    static ProblemException newer(String outcome) {
        return new ProblemException(
                ProblemCode.UNAVAILABLE,
                "Nothing was done, for a reason that only a later release of the gateway knows (" + outcome
                        + "). Send the call to a gateway of that release.");
    }

    private static ProblemException conflict(int newest, int basedOn) {
        return new ProblemException(
                ProblemCode.VERSION_CONFLICT,
                newest == 0
                        ? "There is no such program yet: a new one has basedOn 0, not " + basedOn + "."
                        : "The newest version is " + newest + ", but the document is based on version " + basedOn
                                + ". Read the newest one, and make your changes there.");
    }

    private static ProblemException tooSmall(Versions.Published published) {
        return new ProblemException(
                ProblemCode.BUDGET_TOO_SMALL,
                "Of \"" + published.budget() + "\" " + published.used() + " were used: its total must be that, or"
                        + " more. Nothing was published.");
    }

    private static ProblemException otherTime(byte[] text, boolean sandbox) {
        return invalid(
                text,
                "sandbox",
                sandbox ? Finding.Code.MISSING : Finding.Code.BAD_VALUE,
                sandbox
                        ? "The program is a sandbox from its first version on, and stays one. Leave \"sandbox\" in."
                        : "The program goes by real time from its first version on. Only a new program can be a"
                                + " sandbox: publish it under another id.");
    }

    private static ProblemException tooEarly(byte[] text, Instant earliest) {
        return invalid(
                text,
                "effectiveFrom",
                Finding.Code.OUT_OF_RANGE,
                "A version takes effect " + AHEAD.toSeconds() + " s after its publication or later, in a sandbox at the"
                        + " time of its clock or later: now " + earliest
                        + " at the earliest. Write \"now\" for as soon as possible.");
    }

    /** A long document takes more time than an event loop has. */
    private <T> Uni<T> onWorker(Callable<T> work) {
        return Uni.createFrom()
                .completionStage(() -> vertx.executeBlocking(work, false).toCompletionStage());
    }
}
