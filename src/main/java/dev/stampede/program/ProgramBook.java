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
import org.jspecify.annotations.Nullable;

/**
 * The rules of all programs, in memory, for the hot path. They are read again periodically. An invalid row affects only
 * its own program: the program keeps the last rules that could be read.
 */
@ApplicationScoped
public class ProgramBook {
    private static final Logger LOG = Logger.getLogger(ProgramBook.class);

    private final Mutiny.SessionFactory sessions;
    /** The time limit for Postgres' answer. */
    private static final Duration LIMIT = Duration.ofSeconds(10);

    private final ProgramConfig config;
    private volatile Book book = new Book(Map.of(), Map.of());

    /** @param unreadable the programs whose row is invalid, and why */
    private record Book(Map<String, Terms> rules, Map<String, String> unreadable) {}

    ProgramBook(Mutiny.SessionFactory sessions, ProgramConfig config, MeterRegistry meters) {
        this.sessions = sessions;
        this.config = config;
        Gauge.builder("stampede.programs.unreadable", this::unreadable)
                .description(
                        "Programs with an invalid row: each keeps its last valid rules, if there are any. An alarm")
                .register(meters);
    }

    /** A program's rules; null if there is no such program, or its rules could never be read. */
    public @Nullable Terms rules(String program) {
        return book.rules.get(program);
    }

    /** Whether the program exists, but its rules could never be read. */
    public boolean unreadable(String program) {
        return book.unreadable.containsKey(program) && !book.rules.containsKey(program);
    }

    /** Reads the programs now, and then periodically. */
    public Uni<Void> start(Vertx vertx) {
        vertx.setPeriodic(
                config.refreshInterval().toMillis(),
                id -> onContext(vertx)
                        .subscribe()
                        .with(v -> {}, e -> LOG.warnf("cannot refresh the programs (%s)", e)));
        return onContext(vertx);
    }

    /** Sessions need a duplicated context. */
    private Uni<Void> onContext(Vertx vertx) {
        return Uni.createFrom().emitter(emitter -> {
            var context = io.smallrye.common.vertx.VertxContext.getOrCreateDuplicatedContext(vertx);
            io.quarkus.vertx.core.runtime.context.VertxContextSafetyToggle.setContextSafe(context, true);
            context.runOnContext(v -> refresh().subscribe().with(emitter::complete, emitter::fail));
        });
    }

    /** How many programs have an invalid row. */
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
                            "ALARM: the row of program %s is invalid, %s: %s",
                            program.id,
                            last == null ? "the program is not served" : "its last valid rules stay in force",
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
                // does not pass on a cancellation: the connection is returned only when Postgres has answered
                .memoize()
                .indefinitely()
                .ifNoItem()
                .after(LIMIT)
                .fail();
    }
}
