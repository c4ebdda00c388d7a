package dev.stampede.program.reading;

import dev.stampede.document.Expiry;
import dev.stampede.document.ProgramDocument;
import dev.stampede.document.Rate;
import dev.stampede.document.RedeemRule;
import java.math.BigDecimal;
import java.time.ZoneOffset;
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
        Place points = root.at("points");
        refuse(root.has("sandbox"), root.at("sandbox"), "A sandbox");
        refuse(
                !document.timeZone().normalized().equals(ZoneOffset.UTC),
                root.at("timeZone"),
                "A time zone other than UTC");
        refuse(
                !(document.points().expiry() instanceof Expiry.Months months
                        && (months.end() == Expiry.End.NONE || months.end() == Expiry.End.MONTH)),
                points.at("expiry"),
                "An expiry other than months with the end none or month");
        refuse(points.has("taxRate"), points.at("taxRate"), "A tax rate");
        refuse(
                document.rounding().scope() != ProgramDocument.Scope.BASKET,
                root.at("rounding", "scope"),
                "Rounding per line");
        each("attributes", "An attribute of members");
        each("itemAttributes", "An attribute of lines");
        each("measures", "A measure");
        earn();
        redeem();
        refuse(root.has("tiers"), root.at("tiers"), "A tier");
        Place stacking = root.at("stacking");
        stacking.list("groups").forEach(group -> refuse(true, group, "A group of promotions"));
        refuse(stacking.has("maxBonusPerOperation"), stacking.at("maxBonusPerOperation"), "A limit of bonuses");
        each("promotions", "A promotion");
        each("rewards", "A reward");
        each("limits", "A limit");
        each("partners", "A partner");
        refuse(document.partnerRequired(), root.at("partnerRequired"), "A coalition");
    }

    private void each(String list, String what) {
        root.list(list).forEach(element -> refuse(true, element, what));
    }

    private void earn() {
        List<Place> rules = root.list("earn");
        refuse(rules.isEmpty(), root.at("earn"), "A program without an earn rule");
        rules.stream().skip(1).forEach(rule -> refuse(true, rule, "A second earn rule"));
        rules.stream().limit(1).forEach(rule -> {
            refuse(rule.has("match"), rule.at("match"), "A condition of an earn rule");
            Place rate = rule.at("rate");
            boolean exact = "amount".equals(rate.text("by")) && "exact".equals(rate.text("units"));
            refuse(!exact, rate, "A rate other than by amount, exact,");
            refuse(rate.has("byTier"), rate.at("byTier"), "A rate by tier");
            if (document.earn().get(0).rate() instanceof Rate.ByAmount by) {
                refuse(!divides(by.points(), by.per()), rate.at("per"), "A rate that is no finite decimal");
            }
        });
    }

    private void redeem() {
        List<Place> rules = root.list("redeem");
        refuse(rules.isEmpty(), root.at("redeem"), "A program without a redeem rule");
        rules.stream().skip(1).forEach(rule -> refuse(true, rule, "A second redeem rule"));
        rules.stream().limit(1).forEach(rule -> {
            RedeemRule read = document.redeem().get(0);
            refuse(rule.has("when"), rule.at("when"), "A condition of a redeem rule");
            refuse(read.minimum() > 1, rule.at("minimum"), "A minimum");
            refuse(read.step() > 1, rule.at("step"), "A step");
            refuse(!divides(read.points(), read.value()), rule.at("value"), "A rate that is no finite decimal");
        });
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
