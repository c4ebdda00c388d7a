package dev.stampede.program.reading;

import dev.stampede.document.ProgramDocument;

/** Stage 4: can everything happen that is written there, and is each case covered? One class per part. */
final class MeaningCheck {
    private MeaningCheck() {}

    static void check(ProgramDocument document, Place root, Findings findings) {
        new WindowCheck(document, root, findings).check();
        new OrderCheck(document, root, findings).check();
        new TierCheck(document, root, findings).check();
        new PromotionCheck(document, root, findings).check();
        new UseCheck(document, root, findings).check();
        UnsupportedFeatures.check(root, findings);
    }
}
