package dev.stampede.load;

import static io.gatling.javaapi.core.CoreDsl.constantUsersPerSec;
import static io.gatling.javaapi.core.CoreDsl.percent;
import static io.gatling.javaapi.core.CoreDsl.rampUsersPerSec;
import static io.gatling.javaapi.core.CoreDsl.randomSwitch;
import static io.gatling.javaapi.core.CoreDsl.scenario;

import io.gatling.javaapi.core.Simulation;
import java.time.Duration;

/** A push notification: ten times the base rate within two seconds, 70 % earns, 20 % balances, 10 % redeems. */
public final class PromoRush extends Simulation {
    private static final Duration ONSET = Duration.ofSeconds(2);

    private final Parameters parameters = Parameters.of(50, 1_000);
    private final Run run = new Run("PromoRush", parameters);

    {
        var accounts = Accounts.zipf(parameters.accounts(), parameters.skew());
        Duration third = parameters.duration().minus(ONSET.multipliedBy(2)).dividedBy(3);
        double base = parameters.rate();
        double rush = 10 * base;
        var members = scenario("members")
                .exec(randomSwitch()
                        .on(
                                percent(70).then(run.earn(accounts)),
                                percent(20).then(run.balance(accounts)),
                                percent(10).then(run.redeem(accounts))));
        setUp(members.injectOpen(
                                constantUsersPerSec(base).during(third),
                                rampUsersPerSec(base).to(rush).during(ONSET),
                                constantUsersPerSec(rush).during(third),
                                rampUsersPerSec(rush).to(base).during(ONSET),
                                constantUsersPerSec(base).during(third))
                        .andThen(run.check()))
                .protocols(run.protocol())
                .assertions(Run.holds());
    }

    @Override
    public void before() {
        run.begin();
    }
}
