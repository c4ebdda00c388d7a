package dev.stampede.load;

import static io.gatling.javaapi.core.CoreDsl.constantUsersPerSec;
import static io.gatling.javaapi.core.CoreDsl.percent;
import static io.gatling.javaapi.core.CoreDsl.randomSwitch;
import static io.gatling.javaapi.core.CoreDsl.scenario;

import io.gatling.javaapi.core.Simulation;

/**
 * A reward with a stock that runs out in the middle of a rush: 40 % earns, 20 % balances, 20 % redeems, and 20 % that
 * want the reward. Exactly the stock is given, and who wants something else does not notice.
 */
public final class LastUnits extends Simulation {
    private static final int WANT_IT = 20;
    private static final double HIGHEST_RATIO = 2;

    private final Parameters parameters =
            Parameters.of(500, 1_000).in("last-units-" + Long.toString(System.currentTimeMillis(), 36));
    /** Half of what is asked for. */
    private final long stock =
            Math.max(1, Math.round(parameters.rate() * parameters.duration().toSeconds() * WANT_IT / 200));

    private final Run run = new Run("LastUnits", parameters).runningOut(stock, HIGHEST_RATIO);

    {
        var accounts = Accounts.uniform(parameters.accounts());
        var members = scenario("members")
                .exec(randomSwitch()
                        .on(
                                percent(40).then(run.earn(accounts)),
                                percent(20).then(run.balance(accounts)),
                                percent(20).then(run.redeem(accounts)),
                                percent(WANT_IT).then(run.redeemLast(accounts))));
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
