package dev.stampede.load;

import static io.gatling.javaapi.core.CoreDsl.constantUsersPerSec;
import static io.gatling.javaapi.core.CoreDsl.doIfOrElse;
import static io.gatling.javaapi.core.CoreDsl.nothingFor;
import static io.gatling.javaapi.core.CoreDsl.scenario;

import io.gatling.javaapi.core.OpenInjectionStep;
import io.gatling.javaapi.core.Session;
import io.gatling.javaapi.core.Simulation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Redeems at a constant rate, in turns alone and beside earns of another key, of which there are twenty times as many
 * as the limit of that key allows. What the greedy key costs the others is the ratio of the two p99.
 */
public final class GreedyKey extends Simulation {
    private static final long LONGEST_TURN_MS = 5_000;
    private static final String ALONE = "redeem";
    private static final String BESIDE = "redeem beside a greedy key";
    private static final String GREEDY = "earn of the greedy key";
    /** At most so many times the p99 of redeems alone. */
    private static final double HIGHEST_RATIO = 1.2;
    /** So many times its limit. */
    private static final int GREED = 20;
    /** Turns do not begin and end to the millisecond. */
    private static final double TOLERANCE = 1.1;

    private final Parameters parameters = Parameters.of(200, 1_000);
    private final int perSecond = (int) Math.max(1, Math.round(parameters.rate() / 4));
    private final long turnMs = Math.min(LONGEST_TURN_MS, parameters.duration().toMillis() / 4);
    private final long turns = parameters.duration().toMillis() / (2 * turnMs);
    /** Each turn begins with a whole burst, which is as many as a second allows. */
    private final long most = Math.round(TOLERANCE * turns * perSecond * (turnMs / 1_000.0 + 1));

    private final Run run = new Run("GreedyKey", parameters)
            .comparing(BESIDE, ALONE, HIGHEST_RATIO)
            .limiting(GREEDY, most);
    private volatile String greedyKey = "";
    private long startMs;

    {
        var accounts = Accounts.uniform(parameters.accounts());
        var tills = scenario("tills")
                .exec(doIfOrElse(this::beside)
                        .then(run.redeem(BESIDE, accounts))
                        .orElse(run.redeem(ALONE, accounts)));
        var greedy = scenario("greedy").exec(run.earn(GREEDY, accounts));
        List<OpenInjectionStep> steps = new ArrayList<>();
        for (int n = 0; n < turns; n++) {
            steps.add(nothingFor(Duration.ofMillis(turnMs)));
            steps.add(constantUsersPerSec(GREED * perSecond).during(Duration.ofMillis(turnMs)));
        }
        setUp(
                        tills.injectOpen(constantUsersPerSec(parameters.rate()).during(parameters.duration()))
                                .andThen(run.check()),
                        greedy.injectOpen(steps.toArray(OpenInjectionStep[]::new))
                                .protocols(run.protocol(() -> greedyKey)))
                .protocols(run.protocol())
                .assertions(Run.holds());
    }

    private synchronized boolean beside(Session session) {
        long now = System.currentTimeMillis();
        startMs = startMs == 0 ? now : startMs;
        long turn = (now - startMs) / turnMs;
        return turn % 2 == 1 && turn < 2 * turns;
    }

    @Override
    public void before() {
        run.begin();
        greedyKey = run.keyOf(perSecond);
    }
}
