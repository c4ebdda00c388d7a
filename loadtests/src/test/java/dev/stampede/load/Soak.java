package dev.stampede.load;

import static io.gatling.javaapi.core.CoreDsl.constantUsersPerSec;
import static io.gatling.javaapi.core.CoreDsl.doIf;
import static io.gatling.javaapi.core.CoreDsl.exec;
import static io.gatling.javaapi.core.CoreDsl.percent;
import static io.gatling.javaapi.core.CoreDsl.randomSwitch;
import static io.gatling.javaapi.core.CoreDsl.scenario;

import io.gatling.javaapi.core.Simulation;
import java.time.Duration;

/** A day at the tills: everything, at a constant rate, for long, while the gateway's memory and lag are watched. */
public final class Soak extends Simulation {
    private final Parameters parameters = Parameters.of(200, 1_000);
    private final Run run = new Run("Soak", parameters).watchingHeap();

    {
        var accounts = Accounts.zipf(parameters.accounts(), parameters.skew());
        var checkout = exec(run.hold(accounts))
                .pause(Duration.ofMillis(100), Duration.ofMillis(900))
                .exec(doIf(Run::holds)
                        .then(randomSwitch()
                                .on(percent(90).then(run.capture()), percent(10).then(run.voidHold()))));
        var day = scenario("a day")
                .exec(randomSwitch()
                        .on(
                                percent(40).then(run.balance(accounts)),
                                percent(30).then(run.earn(accounts)),
                                percent(15).then(run.redeem(accounts)),
                                percent(10).then(checkout),
                                percent(5).then(run.threeTimes("earn", Kind.EARN, accounts))));
        setUp(day.injectOpen(constantUsersPerSec(parameters.rate()).during(parameters.duration()))
                        .andThen(run.check()))
                .protocols(run.protocol())
                .assertions(Run.holds());
    }

    @Override
    public void before() {
        run.begin();
    }
}
