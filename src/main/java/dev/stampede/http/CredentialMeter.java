package dev.stampede.http;

import dev.stampede.access.Check;
import dev.stampede.access.Principal;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jboss.logging.Logger;

/** Counts the credentials that were checked, and tells the log of those that were refused. */
@ApplicationScoped
public class CredentialMeter {
    /** In place of a key's id, where the secret was not that of a key. */
    public static final String NO_KEY = "unknown";

    private static final Logger LOG = Logger.getLogger(CredentialMeter.class);

    private final MeterRegistry meters;
    private final Map<String, Counter> counters = new ConcurrentHashMap<>();

    CredentialMeter(MeterRegistry meters) {
        this.meters = meters;
    }

    /** The value of the metric's label {@code kind}. */
    public static String label(Principal.Kind kind) {
        return kind.name().toLowerCase(Locale.ROOT);
    }

    /** The value of the metric's label {@code result}. */
    public static String result(Check check) {
        if (check instanceof Check.Refused why) {
            return why.name().toLowerCase(Locale.ROOT);
        } else if (check instanceof Check.Barred barred) {
            return result(barred.why());
        }
        return check instanceof Check.Stale stale ? stale.name().toLowerCase(Locale.ROOT) : "ok";
    }

    /** The id of the key whose secret was right, or {@link #NO_KEY}. */
    public static String key(Check check) {
        return check instanceof Check.Barred barred ? barred.key() : NO_KEY;
    }

    /**
     * Counts one that was refused.
     *
     * @param kind of what was shown
     * @param key its id, or {@link #NO_KEY}
     * @param code of the problem that is answered
     */
    public void refused(RoutingContext call, String kind, String key, String result, String code) {
        counter(kind, result).increment();
        LOG.infof("request %s: %s (%s), key %s", RequestId.of(call), code, result, key);
    }

    public Counter counter(String kind, String result) {
        return counters.computeIfAbsent(
                kind + ' ' + result,
                of -> Counter.builder("stampede.auth")
                        .description("Checked credentials, by the kind of principal and what became of them")
                        .tag("kind", kind)
                        .tag("result", result)
                        .register(meters));
    }
}
