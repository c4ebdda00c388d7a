package dev.stampede.http.problem;

import dev.stampede.http.ConsolePath;
import io.vertx.ext.web.RoutingContext;

/** A problem for somebody who looks at the console. Whoever is not signed in gets to where he can do that. */
final class ProblemPage {
    static final String MEDIA_TYPE = "text/html;charset=UTF-8";

    private static final String LOGIN = ConsolePath.ROOT + "/login";
    private static final int SEE_OTHER = 303;

    private ProblemPage() {}

    /** The status of the answer, and the header that goes with it. */
    static int status(RoutingContext request, Problem problem) {
        if (!problem.code().equals(ProblemCode.UNAUTHENTICATED.code())) {
            return problem.status();
        }
        if (request.request().headers().contains("HX-Request")) { // only a part of a page was asked for
            request.response().putHeader("HX-Redirect", LOGIN);
            return problem.status();
        }
        request.response().putHeader("Location", LOGIN);
        return SEE_OTHER;
    }

    static String of(Problem problem) {
        return """
                <!DOCTYPE html>
                <html lang="en">
                <head><meta charset="utf-8"><title>%1$s - Stampede</title>
                <meta name="viewport" content="width=device-width">
                <meta name="color-scheme" content="light dark">
                <link rel="icon" href="data:,">
                <link rel="stylesheet" href="%6$s"></head>
                <body><header class="top"><div class="bar"><a class="brand" href="%5$s">Stampede</a></div></header>
                <main><div class="sheet"><h1>%1$s</h1><p role="alert">%2$s</p>
                <p class="note">Request <code>%3$s</code>, code <code>%4$s</code>.</p></div></main></body>
                </html>
                """.formatted(
                        text(problem.title()),
                        text(problem.detail()),
                        text(problem.requestId()),
                        text(problem.code()),
                        ConsolePath.ROOT,
                        ConsolePath.STYLE);
    }

    private static String text(String any) {
        return any.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
