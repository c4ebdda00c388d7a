package dev.stampede.load;

import static io.gatling.javaapi.core.CoreDsl.constantUsersPerSec;
import static io.gatling.javaapi.core.CoreDsl.percent;
import static io.gatling.javaapi.core.CoreDsl.randomSwitch;
import static io.gatling.javaapi.core.CoreDsl.scenario;

import io.gatling.javaapi.core.Simulation;

/**
 * Tills that trust no answer: every call is sent three times under its key, a third of the calls three times at once.
 * All answers to one call must tell of one operation, and one at most may be a 201.
 */
public final class RetryStorm extends Simulation {
    private final Parameters parameters = Parameters.of(100, 1_000);
    private final Run run = new Run("RetryStorm", parameters);

    {
        var accounts = Accounts.zipf(parameters.accounts(), parameters.skew());
        double third = 100.0 / 3;
        var tills = scenario("tills")
                .exec(randomSwitch()
                        .on(
                                percent(third).then(run.threeTimes("earn", Kind.EARN, accounts)),
                                percent(third).then(run.threeTimes("redeem", Kind.REDEEM, accounts)),
                                percent(third / 2).then(run.threeAtOnce("earn", Kind.EARN, accounts)),
                                percent(third / 2).then(run.threeAtOnce("redeem", Kind.REDEEM, accounts))));
        setUp(tills.injectOpen(constantUsersPerSec(parameters.rate()).during(parameters.duration()))
                        .andThen(run.check()))
                .protocols(run.protocol())
                .assertions(Run.holds());
    }

    @Override
    public void before() {
        run.begin();
    }
}
