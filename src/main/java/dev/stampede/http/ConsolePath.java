package dev.stampede.http;

import io.vertx.ext.web.RoutingContext;

/** Where the console is. */
public final class ConsolePath {
    public static final String ROOT = "/console";
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
