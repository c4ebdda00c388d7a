package dev.stampede.http;

import io.vertx.ext.web.RoutingContext;

/** Where the console is. */
public final class ConsolePath {
    public static final String ROOT = "/console";
    /** In the path of a file that a page loads, in the place of its hash: whatever it is now. */
    public static final String NOW = "now";

    /** The look of pages that know no hash. */
    public static final String STYLE = ROOT + "/assets/" + NOW + "/console.css";

    private static final String BELOW = ROOT + '/';

    private ConsolePath() {}

    public static boolean is(String path) {
        return path.startsWith(BELOW) || path.equals(ROOT);
    }

    public static boolean is(RoutingContext request) {
        String path = request.request().path();
        return path != null && is(path);
    }
}
