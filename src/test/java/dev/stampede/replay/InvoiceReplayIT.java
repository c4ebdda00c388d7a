package dev.stampede.replay;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.support.PackagedGateway;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code -Dinvoices=file.csv} replays that file; without it, 1,000 generated invoices. */
@Tag("servers")
@Tag("long")
class InvoiceReplayIT {

    private static final Logger LOG = Logger.getLogger(InvoiceReplayIT.class);
    private static final long SEED = Long.getLong("stampede.seed", 20101201);

    @TempDir
    Path directory;

    @Test
    void everyPointIsWhereTheInvoicesSay() throws Exception {
        String file = System.getProperty("invoices");
        List<Invoice> invoices = file == null ? Invoice.generate(1000, SEED) : Invoice.read(Path.of(file));
        String name = file == null
                ? "generated invoices (seed " + SEED + ")"
                : "invoices of " + Path.of(file).getFileName();
        try (PackagedGateway gateway = PackagedGateway.in(directory).startedBefore()) {
            InvoiceReplay.Result result = new InvoiceReplay(invoices, gateway).run(name);
            LOG.info("\n" + result.report());
            assertTrue(result.mistakes().isEmpty(), () -> complaint(result));
        }
    }

    private static String complaint(InvoiceReplay.Result result) {
        return result.mistakes().size() + " mistakes, the first of them:\n"
                + result.mistakes().stream().limit(5).collect(Collectors.joining("\n"));
    }
}
