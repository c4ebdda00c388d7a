package dev.stampede.load;

import static io.gatling.javaapi.core.CoreDsl.constantUsersPerSec;
import static io.gatling.javaapi.core.CoreDsl.percent;
import static io.gatling.javaapi.core.CoreDsl.randomSwitch;
import static io.gatling.javaapi.core.CoreDsl.scenario;

import io.gatling.javaapi.core.Simulation;

/** One account takes everything: 60 % earns, 30 % redeems, 10 % balances. */
public final class HotAccount extends Simulation {
    private final Parameters parameters = Parameters.of(300, 1);
    private final Run run = new Run("HotAccount", parameters);

    {
        var account = Accounts.uniform(1);
        var tills = scenario("tills")
                .exec(randomSwitch()
                        .on(
                                percent(60).then(run.earn(account)),
                                percent(30).then(run.redeem(account)),
                                percent(10).then(run.balance(account))));
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
