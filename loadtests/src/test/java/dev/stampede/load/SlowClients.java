package dev.stampede.load;

import static io.gatling.javaapi.core.CoreDsl.atOnceUsers;
import static io.gatling.javaapi.core.CoreDsl.constantUsersPerSec;
import static io.gatling.javaapi.core.CoreDsl.doIfOrElse;
import static io.gatling.javaapi.core.CoreDsl.exec;
import static io.gatling.javaapi.core.CoreDsl.scenario;

import io.gatling.javaapi.core.Session;
import io.gatling.javaapi.core.Simulation;
import java.net.URI;
import java.util.Locale;

/**
 * Redeems at a constant rate, in turns alone and beside clients that begin a request and do not end it. What the slow
 * ones cost the others is the ratio of the two p99.
 */
public final class SlowClients extends Simulation {
    private static final long LONGEST_TURN_MS = 5_000;
    private static final String ALONE = "redeem";
    private static final String BESIDE = "redeem beside slow ones";
    /** At most so many times the p99 of redeems alone. */
    private static final double HIGHEST_RATIO = 1.2;

    private final Parameters parameters = Parameters.of(1_500, 1_000);
    private final Run run = new Run("SlowClients", parameters).comparing(BESIDE, ALONE, HIGHEST_RATIO);
    private final SlowConnections slow = new SlowConnections(
            URI.create(parameters.baseUrl()),
            "/v1/programs/" + parameters.program() + "/accounts" + run.path(0) + "/earn",
            parameters.key(),
            parameters.slowConnections());
    private final long turnMs = Math.min(LONGEST_TURN_MS, parameters.duration().toMillis() / 4);
    private long startMs;
    private volatile int most;

    {
        var accounts = Accounts.uniform(parameters.accounts());
        var tills = scenario("tills")
                .exec(doIfOrElse(this::beside)
                        .then(run.redeem(BESIDE, accounts))
                        .orElse(run.redeem(ALONE, accounts)));
        setUp(tills.injectOpen(constantUsersPerSec(parameters.rate()).during(parameters.duration()))
                        .andThen(scenario("end of the slow ones")
                                .exec(exec(this::end))
                                .injectOpen(atOnceUsers(1))
                                .andThen(run.check())))
                .protocols(run.protocol())
                .assertions(Run.holds());
    }

    private synchronized boolean beside(Session session) {
        long now = System.currentTimeMillis();
        startMs = startMs == 0 ? now : startMs;
        boolean besideSlow = (now - startMs) / turnMs % 2 == 1;
        slow.want(besideSlow);
        most = Math.max(most, slow.open());
        return besideSlow;
    }

    private Session end(Session session) {
        slow.want(false);
        run.note(String.format(
                Locale.ROOT,
                "Slow connections: up to %,d at once, in every other %.1f s; the gateway closed %,d of them, %,d"
                        + " could not"
                        + " be opened.",
                most,
                turnMs / 1_000.0,
                slow.closedByGateway(),
                slow.failed()));
        if (most < parameters.slowConnections() * 9 / 10) {
            run.contradict("there were only " + most + " slow connections at once");
        }
        return session;
    }

    @Override
    public void before() {
        run.begin();
        slow.start();
    }

    @Override
    public void after() {
        slow.close();
    }
}
