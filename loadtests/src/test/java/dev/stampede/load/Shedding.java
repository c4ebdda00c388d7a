package dev.stampede.load;

import static io.gatling.javaapi.core.CoreDsl.constantUsersPerSec;
import static io.gatling.javaapi.core.CoreDsl.doIf;
import static io.gatling.javaapi.core.CoreDsl.percent;
import static io.gatling.javaapi.core.CoreDsl.randomSwitch;
import static io.gatling.javaapi.core.CoreDsl.scenario;

import io.gatling.javaapi.core.Simulation;

/**
 * More than the gateway can do, of all classes: 60 % earns, 30 % redeems, 10 % checkouts, which hold points and then
 * capture them. Set the rate to twice its maximum. What it can't do must be what is least urgent.
 */
public final class Shedding extends Simulation {
    private final Parameters parameters = Parameters.of(4_000, 1_000);
    private final Run run = new Run("Shedding", parameters)
            .answering("capture", 0.99)
            .answering("redeem", 0.95)
            .within("capture", 100);

    {
        var account = Accounts.uniform(parameters.accounts());
        var tills = scenario("tills")
                .exec(randomSwitch()
                        .on(
                                percent(60).then(run.earn(account)),
                                percent(30).then(run.redeem(account)),
                                percent(10)
                                        .then(run.hold(account)
                                                .exec(doIf(Run::holds).then(run.capture())))));
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
