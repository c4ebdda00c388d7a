package dev.stampede.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.stampede.support.PackagedGateway;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jboss.logging.Logger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code -Dinvoices=file.csv} replays that file; without it, 500 generated invoices. */
@Tag("servers")
@Tag("long")
class ProgramReplayIT {

    private static final Logger LOG = Logger.getLogger(ProgramReplayIT.class);
    private static final long SEED = Long.getLong("stampede.seed", 20101201);

    @TempDir
    Path directory;

    @Test
    void everyMemberHasThePointsAndTheTierOfTheLeaflet() throws Exception {
        String file = System.getProperty("invoices");
        List<Invoice> invoices = file == null ? Invoice.generate(500, SEED) : Invoice.read(Path.of(file));
        List<String> mistakes = new ArrayList<>();
        try (PackagedGateway gateway = PackagedGateway.in(directory).startedBefore()) {
            gateway.awaitReady(gateway.start("gateway.log"), "gateway.log");
            for (ProgramReplay.Scheme scheme : ProgramReplay.Scheme.values()) {
                InvoiceReplay.Result result = new ProgramReplay(scheme, gateway.api()).run(invoices);
                LOG.info("\n" + result.report());
                mistakes.addAll(result.mistakes());
            }
        }
        assertEquals(List.of(), mistakes.stream().limit(5).toList());
    }
}
