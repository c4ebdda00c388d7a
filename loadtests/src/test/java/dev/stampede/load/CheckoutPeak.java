package dev.stampede.load;

import static io.gatling.javaapi.core.CoreDsl.doIf;
import static io.gatling.javaapi.core.CoreDsl.percent;
import static io.gatling.javaapi.core.CoreDsl.rampUsersPerSec;
import static io.gatling.javaapi.core.CoreDsl.randomSwitch;
import static io.gatling.javaapi.core.CoreDsl.scenario;

import io.gatling.javaapi.core.Simulation;
import java.time.Duration;

/** Checkouts, few to many and back: points are held, and a moment later captured (90 %) or returned (10 %). */
public final class CheckoutPeak extends Simulation {
    private final Parameters parameters = Parameters.of(200, 1_000);
    private final Run run = new Run("CheckoutPeak", parameters);

    {
        Duration half = parameters.duration().dividedBy(2);
        double few = parameters.rate() / 10;
        var checkout = scenario("checkout")
                .exec(run.hold(Accounts.zipf(parameters.accounts(), parameters.skew())))
                .pause(Duration.ofMillis(100), Duration.ofMillis(900))
                .exec(doIf(Run::holds)
                        .then(randomSwitch()
                                .on(percent(90).then(run.capture()), percent(10).then(run.voidHold()))));
        setUp(checkout.injectOpen(
                                rampUsersPerSec(few).to(parameters.rate()).during(half),
                                rampUsersPerSec(parameters.rate()).to(few).during(half))
                        .andThen(run.check()))
                .protocols(run.protocol())
                .assertions(Run.holds());
    }

    @Override
    public void before() {
        run.begin();
    }
}
