package dev.stampede.program.reading;

import java.util.List;

/** Refuses what the format has and this release does not do yet. */
final class UnsupportedFeatures {
    private UnsupportedFeatures() {}

    static void check(Place root, Findings findings) {
        Parts.fields(List.of(root.at("points")), "taxRate").forEach(rate -> refuse(rate, "Tax rates", findings));
    }

    private static void refuse(Place place, String what, Findings findings) {
        findings.error(
                place, Finding.Code.UNSUPPORTED, what + " come with a later release. Leave this out until then.");
    }
}
