package dev.stampede.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jboss.logging.Logger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The long run: {@code mvn verify -Pchaos -Dminutes=60 -Dseed=1}. Rounds of a few minutes, each in a world of its own,
 * of which a third break two parts at a time; at the end a report, also in {@code target/chaos/report.md}. {@code
 * -Dfaults=killed} inflicts only those whose kind matches, {@code -Dtogether=2} two at a time in each round. With
 * {@code -Dplant=NO_TRUE_ANSWER}, one of {@link PlantedBug}, it has to fail.
 */
@Tag("servers")
class LongChaos {
    private static final Logger LOG = Logger.getLogger(LongChaos.class);
    private static final int ROUND_MINUTES = 3;

    private static final List<Function<World, RedisSide>> DEPLOYMENTS =
            List.of(RedisPair::new, world -> new RedisWithSentinels(), world -> new RedisOfManyMasters());

    @Test
    void nothingIsLostOrDoubled() throws Exception {
        long seed = Long.getLong("seed", ThreadLocalRandom.current().nextInt(1_000_000));
        int minutes = Integer.getInteger("minutes", 10);
        int rounds = Math.max(DEPLOYMENTS.size(), minutes / ROUND_MINUTES);
        Pattern faults = Pattern.compile(System.getProperty("faults", ""));
        String bug = System.getProperty("plant");
        Report all = new Report();
        Path directory = Path.of("target", "chaos");
        for (int round = 0; round < rounds; round++) {
            boolean several = round / DEPLOYMENTS.size() % 3 == 2;
            all.add(Chaos.run(
                    new Chaos.Settings(
                            seed + round,
                            DEPLOYMENTS.get(round % DEPLOYMENTS.size()),
                            2 + round % 2,
                            round % 2 == 1,
                            Integer.getInteger("shoppers", 64),
                            400,
                            Integer.getInteger("rate", 800),
                            minutes * 60_000L / rounds,
                            fault -> faults.matcher(fault.kind()).find(),
                            false,
                            Integer.getInteger("together", several ? 2 : 1),
                            bug == null ? null : PlantedBug.valueOf(bug),
                            new long[] {5_000, 20_000},
                            new long[] {1_000, 3_500}),
                    directory.resolve("seed-" + (seed + round))));
            Files.writeString(directory.resolve("report.md"), all.markdown());
        }
        LOG.info(all.markdown());
        assertEquals(List.of(), all.violations());
    }
}
