package dev.stampede.http.request;

import dev.stampede.access.Principal;
import dev.stampede.access.Scope;
import dev.stampede.account.AccountId;
import dev.stampede.account.By;
import dev.stampede.gateway.Gateway;
import dev.stampede.http.AnswerHeaders;
import dev.stampede.http.Caller;
import dev.stampede.http.RequestId;
import dev.stampede.http.problem.Problem;
import dev.stampede.http.problem.ProblemCode;
import dev.stampede.http.problem.ProblemException;
import dev.stampede.program.InForce;
import dev.stampede.program.ProgramBook;
import io.quarkus.vertx.http.runtime.CurrentVertxRequest;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.ws.rs.core.MediaType;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads what every call says: path, key and dry run, in the published order of refusals. */
@ApplicationScoped
public class CallReader {
    /** Where every call begins; the same in all resources, or a wrong method would count as a wrong path. */
    public static final String PROGRAMS = "/v1/programs";

    /** What follows in a call on an account. */
    public static final String OF_ACCOUNT = "/{program}/accounts/{account}";

    /** A POST on an account that is no operation. */
    public static final String STREAM_TICKETS = OF_ACCOUNT + "/stream-tickets";

    /** The other one. */
    public static final String MEMBER_CODES = OF_ACCOUNT + "/codes";

    /** Where every call on an account begins. */
    public static final String ACCOUNT = PROGRAMS + OF_ACCOUNT;

    public static final String DRY_RUN = "dryRun";

    private static final int MAX_MEDIA_TYPE = 256;
    private static final Pattern UTF_8 = Pattern.compile("charset\\s*=\\s*(utf-?8|\"utf-?8\")");

    private static final Pattern UUID_TEXT =
            Pattern.compile("[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}");

    private final Gateway gateway;
    private final ProgramBook programs;
    private final CurrentVertxRequest current;

    CallReader(Gateway gateway, ProgramBook programs, CurrentVertxRequest current) {
        this.gateway = gateway;
        this.programs = programs;
        this.current = current;
    }

    /** Whether calls with this template, which ends with one of the above, are operations of an account. */
    public static boolean isOperation(String template) {
        return template.startsWith(ACCOUNT) && !template.endsWith(STREAM_TICKETS) && !template.endsWith(MEMBER_CODES);
    }

    /**
     * A call that moves nothing.
     *
     * @param parameters the query parameters that it has; others are refused
     */
    public AccountCall read(String program, String account, String... parameters) {
        return ofProgram(call(program, account, List.of(parameters)));
    }

    /** A call that changes an account and may be sent twice without a key. */
    public AccountCall put(String program, String account) {
        return ofProgram(write(program, account, List.of()));
    }

    /** A call that changes an account, and may have a key. */
    public AccountCall patch(String program, String account) {
        AccountCall call = write(program, account, List.of());
        return new AccountCall(call.account(), call.program(), keyIfAny(), false, call.nowMs(), call.by(), call.left());
    }

    /** Where no key can have been used before, and no rule is needed. */
    private static AccountCall ofProgram(AccountCall call) {
        if (call.program() instanceof InForce.Not why) {
            throw AccountCall.noRules(why);
        }
        return call;
    }

    /**
     * A call on a program itself.
     *
     * @param parameters the query parameters that it has; others are refused
     */
    public InForce.Rules program(String program, String... parameters) {
        idOfProgram(program, parameters);
        InForce found = programs.heard(program, gateway.nowMs()).found();
        if (found instanceof InForce.Rules rules) {
            return rules;
        }
        throw AccountCall.noRules((InForce.Not) found);
    }

    /** A call on a program, which need not be there. */
    public void idOfProgram(String program, String... parameters) {
        checkProgram(program);
        onlyParameters(List.of(parameters));
    }

    /** A call on all programs. */
    public void onlyParameters(List<String> parameters) {
        for (String name : parameters().names()) {
            if (!parameters.contains(name)) {
                // "dry_run" passed over would move points, and the worst answer is to do it after all
                throw ProblemException.malformed("The query parameter \"" + Fields.printable(name)
                        + "\" is unknown. Known: " + parameters + ".");
            }
        }
    }

    private static void checkProgram(String program) {
        if (!AccountId.valid(program)) {
            throw new ProblemException(ProblemCode.PROGRAM_NOT_FOUND, "There is no program with this id.");
        }
    }

    private AccountCall write(String program, String account, List<String> parameters) {
        AccountCall call = call(program, account, parameters);
        checkBody();
        return call;
    }

    /** A body, if there is one, must say what it is. */
    public void checkBody() {
        if (WithinGateway.of(request()) != null) {
            return; // it was written here
        }
        HttpServerRequest request = request().request();
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        if ((length != null && !length.equals("0")) || request.headers().contains(HttpHeaders.TRANSFER_ENCODING)) {
            checkMediaType(request);
        }
    }

    /** JAX-RS takes a body that doesn't say what it is, or that may be anything, for whatever is consumed. */
    private static void checkMediaType(HttpServerRequest request) {
        List<String> types = request.headers().getAll(HttpHeaders.CONTENT_TYPE);
        if (types.size() > 1) {
            throw ProblemException.malformed("The request has more than one Content-Type header.");
        }
        if (types.isEmpty() || !isJsonInUtf8(types.get(0))) {
            throw new ProblemException(
                    ProblemCode.UNSUPPORTED_MEDIA_TYPE,
                    "The body must be application/json in UTF-8, and its Content-Type must say so.");
        }
        List<String> encodings = request.headers().getAll(HttpHeaders.CONTENT_ENCODING);
        if (encodings.size() > 1) {
            throw ProblemException.malformed("The request has more than one Content-Encoding header.");
        }
        if (!encodings.isEmpty() && !encodings.get(0).equalsIgnoreCase("identity")) {
            throw new ProblemException(
                    ProblemCode.UNSUPPORTED_MEDIA_TYPE, "The body has a Content-Encoding. Send it as it is.");
        }
    }

    /** Parameters that don't speak of a charset mean nothing, and are passed over. */
    static boolean isJsonInUtf8(String mediaType) {
        if (mediaType.equals(MediaType.APPLICATION_JSON)) {
            return true;
        }
        if (mediaType.length() > MAX_MEDIA_TYPE) {
            return false;
        }
        String[] parts = mediaType.toLowerCase(Locale.ROOT).split(";", -1);
        return parts[0].strip().equals("application/json")
                && Arrays.stream(parts)
                        .skip(1)
                        .map(String::strip)
                        .allMatch(parameter -> !parameter.contains("charset")
                                || UTF_8.matcher(parameter).matches());
    }

    /** A call that moves points: it needs a key. */
    public AccountCall post(String program, String account) {
        return post(program, account, List.of());
    }

    /** The same, but for {@code ?dryRun=true}. */
    public AccountCall postOrDryRun(String program, String account) {
        return post(program, account, List.of(DRY_RUN));
    }

    private AccountCall post(String program, String account, List<String> parameters) {
        AccountCall call = write(program, account, parameters);
        boolean dryRun = parameters.contains(DRY_RUN) && flag(DRY_RUN);
        String key = dryRun ? keyIfAny() : key();
        ProgramBook.Present present = programs.confirmed(program, call.nowMs());
        return new AccountCall(call.account(), present.found(), key, dryRun, present.nowMs(), call.by(), call.left());
    }

    private @Nullable String keyIfAny() {
        return IdempotencyKey.read(headers(IdempotencyKey.HEADER));
    }

    /** The key of a call that needs one. */
    public String key() {
        String key = keyIfAny();
        if (key == null) {
            throw new ProblemException(
                    ProblemCode.IDEMPOTENCY_KEY_MISSING,
                    "Send an Idempotency-Key header. Repeat the call with the same key.");
        }
        return key;
    }

    private AccountCall call(String program, String account, List<String> parameters) {
        checkProgram(program);
        if (!AccountId.valid(account)) {
            throw ProblemException.malformed("An account id has 1 to 64 characters of A-Z a-z 0-9 . _ -");
        }
        onlyParameters(parameters);
        ProgramBook.Present present = programs.heard(program, gateway.nowMs());
        RoutingContext request = current.getCurrent();
        return new AccountCall(
                AccountId.of(program, account),
                present.found(),
                null,
                false,
                present.nowMs(),
                by(),
                left -> AnswerHeaders.left(request, Problem.Limit.ACCOUNT.label(), left.calls(), left.wholeSeconds()));
    }

    /** A query parameter that is {@code true} or {@code false}. */
    public boolean flag(String name) {
        String value = query(name);
        if (value == null || value.equals("false")) {
            return false;
        }
        if (value.equals("true")) {
            return true;
        }
        throw ProblemException.malformed(name + " must be true or false.");
    }

    /** A query parameter, null if it isn't there. */
    public @Nullable String query(String name) {
        List<String> values = parameters().getAll(name);
        if (values.size() > 1) {
            throw ProblemException.malformed(name + " appears more than once.");
        }
        return values.isEmpty() ? null : values.get(0);
    }

    /** A query parameter that is a text of 1 to so many characters; Postgres accepts every one but NUL. */
    public @Nullable String text(String name, int most) {
        String value = query(name);
        if (value != null && (!Fields.isOfLength(value, most) || value.indexOf(0) >= 0)) {
            throw ProblemException.malformed(name + " must have 1 to " + most + " characters, without NUL.");
        }
        return value;
    }

    private By by() {
        Principal caller = caller();
        return new By(caller.id(), caller.location());
    }

    /** Who makes the call. */
    public Principal caller() {
        return Caller.of(request());
    }

    /** @throws ProblemException 404 if the caller is bound to another account, as if this one did not exist */
    public static void checkAccount(Principal caller, String account) {
        if (!caller.mayCallAccount(account)) {
            throw new ProblemException(ProblemCode.ACCOUNT_NOT_FOUND, "There is no account with this id.");
        }
    }

    /** @throws ProblemException 403 if the caller does not have the scope */
    public static void checkScope(Principal caller, Scope scope) {
        if (!caller.hasAny(scope)) {
            throw new ProblemException(
                    ProblemCode.FORBIDDEN, "The call needs " + scope.code() + ", which this credential does not have.");
        }
    }

    /** @throws ProblemException 403 if the caller is the till of another store than the call names */
    public static void checkStore(Principal caller, @Nullable String store) {
        if (store != null && caller.kind() == Principal.Kind.TILL && !store.equals(caller.location())) {
            throw new ProblemException(
                    ProblemCode.FORBIDDEN, "The till is at " + caller.location() + ", and cannot name another store.");
        }
    }

    public String requestId() {
        return RequestId.of(request());
    }

    /** The id of a hold or an operation in the path; what can't be one is not there. */
    public static UUID id(String text, ProblemCode absent) {
        if (!isId(text)) {
            throw new ProblemException(absent, "The id is not a UUID.");
        }
        return UUID.fromString(text);
    }

    /** Whether a text can be the id of a hold or an operation. */
    public static boolean isId(String text) {
        return UUID_TEXT.matcher(text).matches();
    }

    /** The values of a header of the call; none if it is not there. */
    public List<String> headers(String name) {
        WithinGateway within = WithinGateway.of(request());
        return (within == null ? request().request().headers() : within.headers()).getAll(name);
    }

    /** What its query says. */
    private MultiMap parameters() {
        WithinGateway within = WithinGateway.of(request());
        return within == null ? request().queryParams() : within.parameters();
    }

    private RoutingContext request() {
        return current.getCurrent();
    }
}
