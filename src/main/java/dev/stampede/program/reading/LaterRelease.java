package dev.stampede.program.reading;

import java.util.List;

/** Refuses what the format has and this release does not do yet. */
final class LaterRelease {
    private LaterRelease() {}

    static void check(Place root, Findings findings) {
        root.list("budgets").forEach(budget -> refuse(budget, "Budgets", findings));
        Parts.fields(root.list("promotions"), "budget").forEach(budget -> refuse(budget, "Budgets", findings));
        Parts.fields(root.list("rewards"), "stock").forEach(stock -> refuse(stock, "Rewards with a stock", findings));
        Parts.fields(List.of(root.at("points")), "taxRate").forEach(rate -> refuse(rate, "Tax rates", findings));
    }

    private static void refuse(Place place, String what, Findings findings) {
        findings.error(
                place, Finding.Code.UNSUPPORTED, what + " come with a later release. Leave this out until then.");
    }
}
