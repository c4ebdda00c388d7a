package dev.stampede.simulate;

import dev.stampede.document.ProgramDocument;
import dev.stampede.gateway.Unavailable;
import dev.stampede.http.view.FindingView;
import io.quarkus.runtime.ShutdownEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.UUID;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jspecify.annotations.Nullable;
import org.postgresql.Driver;

/** The simulations of this gateway: a few that run, each on a thread of its own, and the newest that have ended. */
@ApplicationScoped
class Simulations {
    private static final int MOST_RUNNING = 2;
    private static final int MOST_KEPT = 20;
    private static final long KEPT_NANOS = Duration.ofHours(1).toNanos();
    /** In seconds: a server that says nothing for so long is given up. */
    private static final String SILENCE = "120";

    private final SimulationConfig config;
    private final Optional<String> jdbcUrl;
    private final Optional<String> user;
    private final Optional<String> password;
    private final Map<UUID, Simulation> all = new LinkedHashMap<>();

    Simulations(
            SimulationConfig config,
            @ConfigProperty(name = "quarkus.datasource.jdbc.url") Optional<String> jdbcUrl,
            @ConfigProperty(name = "quarkus.datasource.username") Optional<String> user,
            @ConfigProperty(name = "quarkus.datasource.password") Optional<String> password) {
        this.config = config;
        this.jdbcUrl = jdbcUrl;
        this.user = user;
        this.password = password;
    }

    /**
     * Starts one.
     *
     * @throws Unavailable if too many run
     */
    synchronized Simulation start(
            ProgramDocument draft, List<FindingView> findings, Instant from, Instant to, Instant now) {
        forget();
        if (all.values().stream().filter(Simulations::isRunning).count() >= MOST_RUNNING) {
            throw new Unavailable(
                    Unavailable.Code.OVERLOADED,
                    "This gateway runs " + MOST_RUNNING + " simulations at a time. Try again later.");
        }
        Simulation made = new Simulation(UUID.randomUUID(), draft, findings, from, to, now, this::connect, config);
        all.put(made.id, made);
        Thread thread = new Thread(made, "simulation");
        thread.setDaemon(true);
        thread.setPriority(Thread.MIN_PRIORITY);
        thread.start();
        return made;
    }

    /** Null if this gateway has none with this id in that program. */
    synchronized @Nullable Simulation find(String program, UUID id) {
        forget();
        Simulation found = all.get(id);
        return found == null || !found.program.equals(program) ? null : found;
    }

    void stop(@Observes ShutdownEvent event) {
        cancelAll();
    }

    private synchronized void cancelAll() {
        all.values().forEach(Simulation::cancel);
    }

    private static boolean isRunning(Simulation each) {
        return each.end().state() == Simulation.State.RUNNING;
    }

    private void forget() {
        long now = System.nanoTime();
        all.values().removeIf(each -> !isRunning(each) && now - each.end().nanos() > KEPT_NANOS);
        List<Simulation> ended = all.values().stream()
                .filter(each -> !isRunning(each))
                .sorted(Comparator.comparingLong(each -> each.end().nanos() - now))
                .toList();
        for (Simulation old : ended.subList(0, Math.max(0, ended.size() - MOST_KEPT))) {
            all.remove(old.id);
        }
    }

    private Connection connect() throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("ApplicationName", "stampede simulation");
        properties.setProperty("socketTimeout", SILENCE);
        properties.setProperty("prepareThreshold", "0"); // a PgBouncer may give each transaction another connection
        user.ifPresent(name -> properties.setProperty("user", name));
        password.ifPresent(secret -> properties.setProperty("password", secret));
        String url = config.jdbcUrl()
                .or(() -> jdbcUrl)
                .orElseThrow(() -> new SQLException("quarkus.datasource.jdbc.url is not set"));
        Connection connection = new Driver().connect(url, properties);
        if (connection == null) { // the text is not told: it may contain a password
            throw new SQLException("stampede.simulation.jdbc-url is not the URL of a Postgres");
        }
        return connection;
    }
}
