package dev.stampede.load;

import static io.gatling.javaapi.core.CoreDsl.constantUsersPerSec;
import static io.gatling.javaapi.core.CoreDsl.percent;
import static io.gatling.javaapi.core.CoreDsl.randomSwitch;
import static io.gatling.javaapi.core.CoreDsl.scenario;

import io.gatling.javaapi.core.Simulation;

/**
 * Earns, redeems and balances, a third each, on uniform accounts: to read their times at a rate, such as half the most.
 */
public final class ConstantRate extends Simulation {
    private final Parameters parameters = Parameters.of(300, 1_000);
    private final Run run = new Run("ConstantRate", parameters);

    {
        var accounts = Accounts.uniform(parameters.accounts());
        double third = 100.0 / 3;
        var members = scenario("members")
                .exec(randomSwitch()
                        .on(
                                percent(third).then(run.earn(accounts)),
                                percent(third).then(run.redeem(accounts)),
                                percent(third).then(run.balance(accounts))));
        setUp(members.injectOpen(constantUsersPerSec(parameters.rate()).during(parameters.duration()))
                        .andThen(run.check()))
                .protocols(run.protocol())
                .assertions(Run.holds());
    }

    @Override
    public void before() {
        run.begin();
    }
}
