package dev.stampede.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.jboss.logging.Logger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The short run: a handful of faults on real processes, one at a time. The long one is {@link LongChaos}. */
@Tag("servers")
@Tag("long")
class ChaosIT {
    private static final Logger LOG = Logger.getLogger(ChaosIT.class);

    private static final Set<String> KINDS = Set.of(
            "gateway killed",
            "gateway paused, and wakes up",
            Fault.ANOTHER_RELEASE,
            "Redis failed over to a replica that lost writes",
            "Redis flushed",
            "old dump restored",
            "keys forgotten",
            "what became of operations edited, and attributes",
            "operations made up",
            "Postgres killed",
            "Postgres: connections cut before the reply",
            "synchronous standby promoted");

    @Test
    void nothingIsLostOrDoubled() throws Exception {
        long seed = Long.getLong("stampede.seed", 20261121L);
        Report report = Chaos.run(
                new Chaos.Settings(
                        seed,
                        RedisPair::new,
                        2,
                        false,
                        32,
                        200,
                        300,
                        0, // as long as it takes to inflict each
                        fault -> KINDS.contains(fault.kind()),
                        true,
                        1,
                        null,
                        new long[] {1500, 2500},
                        new long[] {500, 1500}),
                Path.of("target", "chaos", "short"));
        LOG.info(report.markdown());
        assertEquals(List.of(), report.violations(), "seed " + seed + " (-Dstampede.seed)");
        assertEquals(KINDS, report.kinds());
        // calls that were under way when it went are among them
        assertTrue(report.failedOfSurvivors() < 0.01, "one gateway away is no trouble of the others");
        assertTrue(report.calls() > 2000, "too little was asked to say anything");
        assertTrue(report.judgedReads() > 0.2, "too few balances were judged: " + report.judgedReads());
        assertTrue(report.ofTheNextRelease() > 8, "the next release wrote little of its own");
        assertTrue(report.leftToTheNextRelease() > 8, "this release was hardly asked for what the next one wrote");
        assertTrue(report.unitsUsed() > 200, "little was used of what members share: " + report.unitsUsed());
        assertTrue(report.shortages() > 8, "nothing that members share ran out: " + report.shortages());
        assertTrue(report.events() > 1000, "streams told too little: " + report.events());
        assertTrue(report.judgedEvents() > 0.9, "too many events excused: " + report.judgedEvents());
    }
}
