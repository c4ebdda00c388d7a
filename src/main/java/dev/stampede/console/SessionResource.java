package dev.stampede.console;

import dev.stampede.access.Check;
import dev.stampede.access.Principal;
import dev.stampede.access.Sessions;
import dev.stampede.gateway.Gateway;
import dev.stampede.http.ConsolePath;
import dev.stampede.http.CredentialMeter;
import dev.stampede.http.NeedsNothing;
import dev.stampede.http.problem.ProblemCode;
import dev.stampede.http.problem.ProblemException;
import io.quarkus.vertx.http.runtime.CurrentVertxRequest;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/** Signing in and out, and what every page loads: all that needs no session. */
@Path(ConsolePath.ROOT)
@Produces(MediaType.TEXT_HTML)
public class SessionResource {
    private static final String LOGIN = "/login";
    private static final String FOR_A_YEAR = "public, max-age=31536000, immutable";
    private static final String FOR_NOW = "no-cache";
    private static final int UNAUTHORIZED = 401;
    private static final int UNAVAILABLE = 503;

    private final Sessions sessions;
    private final CredentialMeter meter;
    private final Gateway gateway;
    private final Pages pages;
    private final Assets assets;
    private final CurrentVertxRequest current;

    SessionResource(
            Sessions sessions,
            CredentialMeter meter,
            Gateway gateway,
            Pages pages,
            Assets assets,
            CurrentVertxRequest current) {
        this.sessions = sessions;
        this.meter = meter;
        this.gateway = gateway;
        this.pages = pages;
        this.assets = assets;
        this.current = current;
    }

    @GET
    @Path(LOGIN)
    @NeedsNothing
    public Uni<Response> login() {
        return pages.page("login").with("refused", "").show();
    }

    @POST
    @Path(LOGIN)
    @NeedsNothing
    @Consumes(MediaType.APPLICATION_FORM_URLENCODED)
    public Uni<Response> begin(byte @Nullable [] body) {
        Check check = sessions.check(Form.of(body).text("api-key"), gateway.nowMs());
        if (check instanceof Check.Passed passed) {
            sessions.end(Sessions.cookie(request())); // the one before
            return Uni.createFrom()
                    .item(goTo("").header("Set-Cookie", cookie(sessions.begin(passed.principal()), ""))
                            .build());
        }
        boolean stale = check instanceof Check.Stale;
        meter.refused( // as that of any call that shows this key
                current.getCurrent(),
                CredentialMeter.label(Principal.Kind.KEY),
                CredentialMeter.key(check),
                CredentialMeter.result(check),
                (stale ? ProblemCode.UNAVAILABLE : ProblemCode.UNAUTHENTICATED).code());
        return pages.page("login")
                .with("refused", stale ? "stale" : "key")
                .status(stale ? UNAVAILABLE : UNAUTHORIZED)
                .show();
    }

    @POST
    @Path("/logout")
    @NeedsNothing
    public Uni<Response> end() {
        sessions.end(Sessions.cookie(request()));
        return Uni.createFrom()
                .item(goTo(LOGIN)
                        .header("Set-Cookie", cookie("", "; Max-Age=0"))
                        .build());
    }

    @GET
    @Path("/assets/{hash}/{file}")
    @NeedsNothing
    public Uni<Response> asset(@PathParam("hash") String hash, @PathParam("file") String file) {
        Assets.Asset asset = assets.find(hash, file);
        if (asset == null) {
            throw new ProblemException(ProblemCode.NOT_FOUND, ProblemCode.NOT_FOUND.detail());
        }
        return Uni.createFrom()
                .item(Response.ok(asset.bytes(), asset.mediaType())
                        .header("Cache-Control", hash.equals(ConsolePath.NOW) ? FOR_NOW : FOR_A_YEAR)
                        .build());
    }

    private static Response.ResponseBuilder goTo(String below) {
        return Response.status(Response.Status.SEE_OTHER).location(URI.create(ConsolePath.ROOT + below));
    }

    /** Scripts do not see it, pages of others do not send it, and only this machine gets it in clear text. */
    private String cookie(String token, String more) {
        return Sessions.COOKIE + "=" + token + "; Path=" + ConsolePath.ROOT + "; HttpOnly; SameSite=Strict"
                + (request().isSSL() || !isThisMachine() ? "; Secure" : "") + more;
    }

    private boolean isThisMachine() {
        String host = request().getHeader(HttpHeaders.HOST);
        return host != null && host.matches("(localhost|127(\\.[0-9]{1,3}){3}|\\[::1\\])(:[0-9]+)?");
    }

    private HttpServerRequest request() {
        return current.getCurrent().request();
    }
}
