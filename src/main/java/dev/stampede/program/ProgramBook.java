package dev.stampede.program;

import dev.stampede.points.Rules;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Collectors;
import org.hibernate.reactive.mutiny.Mutiny;
import org.jboss.logging.Logger;

/** The rules of all programs, in memory: what the hot path reads. Read again now and then. */
@ApplicationScoped
public class ProgramBook {
    private static final Logger LOG = Logger.getLogger(ProgramBook.class);

    private final Mutiny.SessionFactory sessions;
    /** For Postgres' answer. */
    private static final Duration LIMIT = Duration.ofSeconds(10);

    private final ProgramConfig config;
    private volatile Map<String, Rules> rules = Map.of();

    ProgramBook(Mutiny.SessionFactory sessions, ProgramConfig config) {
        this.sessions = sessions;
        this.config = config;
    }

    /** A program's rules, null if there is no such program. */
    public Rules rules(String program) {
        return rules.get(program);
    }

    /** Reads the programs now, and then periodically. */
    public Uni<Void> start(Vertx vertx) {
        vertx.setPeriodic(
                config.refreshInterval().toMillis(),
                id -> onContext(vertx)
                        .subscribe()
                        .with(v -> {}, e -> LOG.warnf("programs: can't read them again (%s)", e.getMessage())));
        return onContext(vertx);
    }

    /** Sessions live on a duplicated context only. */
    private Uni<Void> onContext(Vertx vertx) {
        return Uni.createFrom().emitter(emitter -> {
            var context = io.smallrye.common.vertx.VertxContext.getOrCreateDuplicatedContext(vertx);
            io.quarkus.vertx.core.runtime.context.VertxContextSafetyToggle.setContextSafe(context, true);
            context.runOnContext(v -> refresh().subscribe().with(emitter::complete, emitter::fail));
        });
    }

    Uni<Void> refresh() {
        return sessions.withSession(session ->
                        session.createQuery("from Program", Program.class).getResultList())
                .invoke(programs ->
                        rules = programs.stream().collect(Collectors.toUnmodifiableMap(p -> p.id, Program::rules)))
                .replaceWithVoid()
                // passes no cancellation on: the connection is given back when Postgres is done with it
                .memoize()
                .indefinitely()
                .ifNoItem()
                .after(LIMIT)
                .fail();
    }
}
