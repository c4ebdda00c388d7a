package dev.stampede.program;

import dev.stampede.points.Terms;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.hibernate.reactive.mutiny.Mutiny;
import org.jboss.logging.Logger;

/**
 * The rules of all programs, in memory: what the hot path reads. Read again now and then. A row that makes no sense
 * hurts its own program only, of which the last rules that could be read go on counting.
 */
@ApplicationScoped
public class ProgramBook {
    private static final Logger LOG = Logger.getLogger(ProgramBook.class);

    private final Mutiny.SessionFactory sessions;
    /** For Postgres' answer. */
    private static final Duration LIMIT = Duration.ofSeconds(10);

    private final ProgramConfig config;
    private volatile Book book = new Book(Map.of(), Map.of());

    /** @param unreadable the programs whose row makes no sense, and why */
    private record Book(Map<String, Terms> rules, Map<String, String> unreadable) {}

    ProgramBook(Mutiny.SessionFactory sessions, ProgramConfig config, MeterRegistry meters) {
        this.sessions = sessions;
        this.config = config;
        Gauge.builder("stampede.programs.unreadable", this::unreadable)
                .description("Programs whose row makes no sense: their last rules count, if there are any. An alarm")
                .register(meters);
    }

    /** A program's rules; null if there is no such program, or none that can be read. */
    public Terms rules(String program) {
        return book.rules.get(program);
    }

    /** Whether there is such a program, of which no rules could ever be read. */
    public boolean unreadable(String program) {
        return book.unreadable.containsKey(program) && !book.rules.containsKey(program);
    }

    /** Reads the programs now, and then periodically. */
    public Uni<Void> start(Vertx vertx) {
        vertx.setPeriodic(
                config.refreshInterval().toMillis(),
                id -> onContext(vertx)
                        .subscribe()
                        .with(v -> {}, e -> LOG.warnf("programs: can't read them again (%s)", e)));
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

    /** How many programs have a row that makes no sense. */
    int unreadable() {
        return book.unreadable.size();
    }

    private static Book read(List<Program> programs, Book before) {
        Map<String, Terms> rules = new HashMap<>();
        Map<String, String> unreadable = new HashMap<>();
        for (Program program : programs) {
            try {
                rules.put(program.id, program.rules());
            } catch (RuntimeException e) {
                unreadable.put(program.id, String.valueOf(e.getMessage()));
                Terms last = before.rules.get(program.id);
                if (last != null) {
                    rules.put(program.id, last);
                }
                if (!unreadable.get(program.id).equals(before.unreadable.get(program.id))) {
                    LOG.errorf(
                            "ALARM: the row of program %s makes no sense, %s: %s",
                            program.id,
                            last == null ? "and it is not served" : "and its last rules go on counting",
                            e.getMessage());
                }
            }
        }
        return new Book(Map.copyOf(rules), Map.copyOf(unreadable));
    }

    Uni<Void> refresh() {
        return sessions.withSession(session ->
                        session.createQuery("from Program", Program.class).getResultList())
                .invoke(programs -> book = read(programs, book))
                .replaceWithVoid()
                // passes no cancellation on: the connection is given back when Postgres is done with it
                .memoize()
                .indefinitely()
                .ifNoItem()
                .after(LIMIT)
                .fail();
    }
}
