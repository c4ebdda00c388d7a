package dev.stampede.program.reading;

import dev.stampede.document.ProgramDocument;
import dev.stampede.document.RedeemRule;
import dev.stampede.rules.CompiledProgram;
import java.math.BigDecimal;
import java.util.List;

/**
 * Refuses what the reader knows and the gateway does not carry out yet. Nothing that is published may be ignored. This
 * class shrinks with each part that pricing learns, and goes with the last one.
 */
public final class Supported {
    private static final String NOT_YET = " is not carried out by this release yet.";

    private final ProgramDocument document;
    private final Place root;
    private final Findings findings = new Findings();

    private Supported(ProgramDocument document, Place root) {
        this.document = document;
        this.root = root;
    }

    /** Reads a document that this release can carry out. */
    public static Reading read(byte[] utf8) {
        Reading reading = DocumentReader.read(utf8);
        Node tree = TreeReader.read(utf8, new Findings());
        if (reading.document() == null || tree == null) {
            return reading;
        }
        Supported check = new Supported(reading.document(), new Place("", tree));
        check.check();
        return check.findings.refused() ? new Reading(null, check.findings.list()) : reading;
    }

    private void check() {
        redeem();
    }

    private void redeem() {
        List<Place> rules = root.list("redeem");
        boolean plain = CompiledProgram.of(document).paysPlainly();
        for (int i = 0; i < rules.size(); i++) {
            RedeemRule read = document.redeem().get(i);
            refuse(
                    plain ? !divides(read.points(), read.value()) : read.value().signum() == 0,
                    rules.get(i).at("value"),
                    "A rate that is no finite decimal");
        }
    }

    private static boolean divides(long points, BigDecimal divisor) {
        try {
            return divisor.signum() > 0
                    && BigDecimal.valueOf(points).divide(divisor).signum() >= 0;
        } catch (ArithmeticException e) {
            return false;
        }
    }

    private void refuse(boolean refused, Place place, String what) {
        if (refused) {
            findings.error(place, Finding.Code.UNSUPPORTED, what + NOT_YET);
        }
    }
}
