package dev.stampede.publish;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.stampede.document.ProgramDocument;
import dev.stampede.gateway.SharedTotals;
import dev.stampede.program.reading.DocumentReader;
import dev.stampede.publish.ProgramViews.CatalogueView;
import dev.stampede.publish.ProgramViews.OfferView;
import dev.stampede.publish.ProgramViews.ThresholdView;
import dev.stampede.publish.ProgramViews.TierView;
import dev.stampede.publish.ProgramViews.WorthView;
import dev.stampede.rules.CompiledProgram;
import dev.stampede.seal.BudgetBook;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is told of programs that cannot be published yet. */
class ProgramViewsTest {
    private static final SharedTotals TOTALS = new SharedTotals(new BudgetBook());

    private static ProgramDocument document(String name) throws IOException {
        ProgramDocument document = DocumentReader.read(Files.readString(Path.of("programs", name + ".json")))
                .document();
        assertNotNull(document);
        return document;
    }

    private static OfferView reward(ProgramDocument document, String id, String at) {
        CatalogueView all = CatalogueView.of(
                CompiledProgram.of(document), TOTALS, Instant.parse(at).toEpochMilli());
        return all.items().stream()
                .filter(offer -> offer.reward().id().equals(id))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aRewardSaysWhenAndForWhomItIs() throws IOException {
        ProgramDocument beauty = document("beauty");
        // Tuesdays and Thursdays from noon in New York
        OfferView open = reward(beauty, "rouge-reward", "2026-11-03T17:00:00Z");
        assertEquals(List.of("rouge"), open.tiers());
        assertEquals(true, open.available());
        assertEquals(null, open.whyNot());
        assertEquals(
                "hours", reward(beauty, "rouge-reward", "2026-11-03T16:59:59Z").whyNot());
        OfferView wednesday = reward(beauty, "rouge-reward", "2026-11-04T17:00:00Z");
        assertEquals(false, wednesday.available());
        assertEquals("weekdays", wednesday.whyNot());
    }

    @Test
    void whatIsOnlyGivenIsNotOffered() throws IOException {
        CatalogueView all = CatalogueView.of(CompiledProgram.of(document("beauty")), TOTALS, 0);
        assertEquals(
                0,
                all.items().stream()
                        .filter(offer -> offer.reward().id().equals("rouge-gift"))
                        .count());
    }

    @Test
    void aTierSaysWhatReachesIt() throws IOException {
        ProgramDocument beauty = document("beauty");
        assertNotNull(beauty.tiers());
        List<TierView> tiers =
                beauty.tiers().levels().stream().map(TierView::of).toList();
        assertEquals(
                List.of("insider", "vib", "rouge"),
                tiers.stream().map(TierView::id).toList());
        assertEquals(null, tiers.get(0).qualify());
        assertEquals("1", tiers.get(0).multiplier());
        assertEquals("1.25", tiers.get(1).multiplier());
        assertEquals(List.of(new ThresholdView("spend", "350.00")), tiers.get(1).thresholds());
    }

    @Test
    void aRateSaysWhenItHolds() throws IOException {
        List<WorthView> worth =
                document("cashback").redeem().stream().map(WorthView::of).toList();
        assertEquals(
                List.of("slow-season", "standard"),
                worth.stream().map(WorthView::id).toList());
        assertEquals("2027-01-04T00:00", worth.get(0).from());
        assertEquals("2027-03-01T00:00", worth.get(0).to());
        assertEquals(null, worth.get(1).from());
    }
}
