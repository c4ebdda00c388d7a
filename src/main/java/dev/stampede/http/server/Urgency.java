package dev.stampede.http.server;

import dev.stampede.http.ConsolePath;
import dev.stampede.http.request.CallReader;
import io.vertx.core.http.HttpMethod;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How urgent a write is. In a rush the less urgent ones are refused first: a class is admitted only while less than its
 * share of all places is taken. Each has room for what one turn of an event loop reads of the class above, while the
 * one below takes all that it may.
 */
enum Urgency {
    /** What ends a hold, voids or reverses, and what administers; a till or a member waits with money in hand. */
    CAPTURE(1),
    /** What pays with points, and the codes that members show for it. */
    REDEEM(0.85),
    EARN(0.5),
    /** Enrolling, attributes, and what moves nothing: dry runs, quotes, simulations, and tickets for streams. */
    ENROL(0.4),
    /** All of the console, also what only reads: people come back. */
    CONSOLE(0.3);

    private static final String DRY = CallReader.DRY_RUN + "=true";

    private final String label = name().toLowerCase(Locale.ROOT);
    private final double share;

    Urgency(double share) {
        this.share = share;
    }

    /** The value of the metrics' label. */
    String label() {
        return label;
    }

    /** Of all places, above 0, at most 1. */
    double share() {
        return share;
    }

    /** The class of a write: nothing but its method, the last segment of its path and its query is looked at. */
    static Urgency of(HttpMethod method, String path, @Nullable String query) {
        if (ConsolePath.is(path)) {
            return CONSOLE;
        }
        if (!method.equals(HttpMethod.POST) || (query != null && query.contains(DRY))) {
            return ENROL;
        }
        return switch (path.substring(path.lastIndexOf('/') + 1)) {
            case "redeem", "holds", "codes", "identify", "resolve" -> REDEEM;
            case "earn" -> EARN;
            case "quote", "simulations", "stream-tickets" -> ENROL;
            default -> CAPTURE;
        };
    }
}
