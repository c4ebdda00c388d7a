package dev.stampede.load;

import static io.gatling.javaapi.core.CoreDsl.constantUsersPerSec;
import static io.gatling.javaapi.core.CoreDsl.jmesPath;
import static io.gatling.javaapi.core.CoreDsl.rampUsers;
import static io.gatling.javaapi.core.CoreDsl.scenario;
import static io.gatling.javaapi.http.HttpDsl.sse;

import io.gatling.http.action.sse.SseInboundMessage;
import io.gatling.javaapi.core.ScenarioBuilder;
import io.gatling.javaapi.core.Session;
import io.gatling.javaapi.core.Simulation;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Apps that are opened all at once: each reads its balance, and again with the ETag that it got; and event streams stay
 * open all the while. Towards the end each stream's account earns once, and the stream must tell of it.
 */
public final class BalanceStorm extends Simulation {
    private static final Duration CONNECTING = Duration.ofSeconds(5);
    /** More than the gateway takes to look for a change that it was not told of. */
    private static final Duration TELLING = Duration.ofSeconds(5);

    private static final Pattern VERSION = Pattern.compile("\"id\":\"([0-9]+)-[0-9a-f]+\"");

    private final Parameters parameters = Parameters.of(300, 1_000);
    private final Run run = new Run("BalanceStorm", parameters);
    private final AtomicInteger told = new AtomicInteger();

    {
        var accounts = Accounts.uniform(parameters.accounts());
        var apps = scenario("apps").exec(run.balance(accounts)).exec(run.balanceIfChanged());
        setUp(
                        streams()
                                .injectOpen(rampUsers(parameters.streams()).during(CONNECTING))
                                // the streams end last
                                .andThen(run.check()),
                        apps.injectOpen(constantUsersPerSec(parameters.rate()).during(parameters.duration())))
                .protocols(run.protocol())
                .assertions(Run.holds());
    }

    private ScenarioBuilder streams() {
        AtomicInteger numbers = new AtomicInteger();
        return scenario("streams")
                .exec(session -> session.set("account", numbers.getAndIncrement() % parameters.accounts()))
                .exec(sse("event stream")
                        .get(session -> run.path(session.getInt("account")) + "/events")
                        .await(Duration.ofSeconds(20))
                        .on(sse.checkMessage("balance now")
                                .matching(jmesPath("event").is("balance"))
                                .check(jmesPath("id").saveAs("id"))))
                .pause(parameters.duration())
                .exec(session ->
                        session.set("before", session.contains("id") ? version(session.getString("id")) : "-1"))
                .exec(session -> session.set("mine", session.getInt("account")))
                .exec(run.earnOn(session -> session.getInt("mine")))
                .exec(session -> session.set("earnedAt", System.currentTimeMillis()))
                .pause(TELLING)
                .exec(sse.processUnmatchedMessages(this::told))
                .exec(session -> {
                    if (!session.contains("told")) {
                        run.contradict("the event stream of " + run.path(session.getInt("mine"))
                                + (session.contains("id") ? " did not tell of an earn" : " told of nothing"));
                    }
                    return session;
                })
                .exec(sse("end of stream").close());
    }

    /** An event's id is the account's version and the end of its head. */
    private static String version(String id) {
        return id.substring(0, id.indexOf('-'));
    }

    private Session told(List<SseInboundMessage> messages, Session session) {
        long before = Long.parseLong(session.getString("before"));
        for (SseInboundMessage message : messages) {
            Matcher id = VERSION.matcher(message.message());
            if (id.find() && before >= 0 && Long.parseLong(id.group(1)) > before) {
                run.observed("event of an earn", Math.max(0, message.timestamp() - session.getLong("earnedAt")));
                return session.set("told", told.incrementAndGet());
            }
        }
        return session;
    }

    @Override
    public void before() {
        run.begin();
    }

    @Override
    public void after() {
        System.out.printf("%d of %d event streams told of their earn%n", told.get(), parameters.streams());
    }
}
