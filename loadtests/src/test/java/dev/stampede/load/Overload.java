package dev.stampede.load;

import static io.gatling.javaapi.core.CoreDsl.constantUsersPerSec;
import static io.gatling.javaapi.core.CoreDsl.scenario;

import io.gatling.javaapi.core.Simulation;

/**
 * More than the gateway can do, at a constant rate that does not wait for it: earns on uniform accounts. Set the rate
 * to twice its maximum. What it can't do must be refused quickly, and what it does must be as many as without the rest.
 */
public final class Overload extends Simulation {
    private final Parameters parameters = Parameters.of(4_000, 1_000);
    private final Run run = new Run("Overload", parameters);

    {
        var earns = scenario("earns").exec(run.earn(Accounts.uniform(parameters.accounts())));
        setUp(earns.injectOpen(constantUsersPerSec(parameters.rate()).during(parameters.duration()))
                        .andThen(run.check()))
                .protocols(run.protocol())
                .assertions(Run.holds());
    }

    @Override
    public void before() {
        run.begin();
    }
}
