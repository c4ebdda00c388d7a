package dev.stampede.console;

import dev.stampede.access.ConsoleConfig;
import dev.stampede.http.NeedsNothing;
import dev.stampede.http.problem.ProblemCode;
import dev.stampede.http.problem.ProblemException;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Response;
import java.util.Map;

/**
 * The page of a member at {@code /me}: what an app can show, for those who make one. It is files alone. Whatever it
 * shows it has from calls of the API, with a member's token that it keeps itself.
 */
@Path("/me")
public class MemberPageResource {
    private static final String PAGE = "me.html";
    private static final Map<String, String> MEDIA_TYPES = Map.of(
            PAGE,
            "text/html;charset=UTF-8",
            "me.css",
            "text/css;charset=UTF-8",
            "me.js",
            "text/javascript;charset=UTF-8",
            "sw.js",
            "text/javascript;charset=UTF-8",
            "manifest.json",
            "application/manifest+json",
            "icon.svg",
            "image/svg+xml");

    /** Nothing within the page runs, and nothing comes from elsewhere. */
    private static final String SECURITY_POLICY = "default-src 'none'; script-src 'self'; style-src 'self';"
            + " img-src 'self' data:; connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'none';"
            + " base-uri 'none'; frame-ancestors 'none'";

    private final boolean on;

    MemberPageResource(ConsoleConfig config) {
        this.on = config.memberPage();
    }

    @GET
    @NeedsNothing
    public Uni<Response> page() {
        return file(PAGE);
    }

    @GET
    @Path("/{file}")
    @NeedsNothing
    public Uni<Response> file(@PathParam("file") String name) {
        String type = MEDIA_TYPES.get(name);
        if (!on || type == null) {
            throw new ProblemException(ProblemCode.NOT_FOUND, ProblemCode.NOT_FOUND.detail());
        }
        return Uni.createFrom()
                .item(Response.ok(Assets.read("me/" + name), type)
                        .header("Cache-Control", "no-cache")
                        .header("Content-Security-Policy", SECURITY_POLICY)
                        .header("Referrer-Policy", "no-referrer")
                        .header("Cross-Origin-Opener-Policy", "same-origin")
                        .header("Cross-Origin-Resource-Policy", "same-origin")
                        .header("X-Frame-Options", "DENY")
                        // the page is above the worker's directory
                        .header("Service-Worker-Allowed", "/me")
                        .build());
    }
}
