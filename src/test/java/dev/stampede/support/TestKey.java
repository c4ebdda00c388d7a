package dev.stampede.support;

import dev.stampede.access.KeyText;
import io.restassured.RestAssured;
import io.restassured.filter.Filter;
import java.util.Random;

/** The API key that tests call gateways with: it has all scopes, for all programs. */
public final class TestKey {
    /** Where a gateway takes it from at its first start. */
    public static final String SETTING = "stampede.bootstrap-key";

    public static final String HEADER = "Authorization";

    /** The same in each run: gateways share databases. */
    public static final String TEXT =
            KeyText.with(false, "OfTheTests01", new Random(1)).text();

    public static final String BEARER = "Bearer " + TEXT;

    /** As a line of a request. */
    public static final String LINE = HEADER + ": " + BEARER + "\r\n";

    private TestKey() {}

    /** Sends it with each call of REST Assured that names no other credential. */
    public static void sendByDefault() {
        Filter key = (request, response, context) -> {
            if (!request.getHeaders().hasHeaderWithName(HEADER)) {
                request.header(HEADER, BEARER);
            }
            return context.next(request, response);
        };
        RestAssured.replaceFiltersWith(key);
    }

    /** The option of a JVM that makes a gateway take it. */
    public static String option() {
        return "-D" + SETTING + "=" + TEXT;
    }
}
