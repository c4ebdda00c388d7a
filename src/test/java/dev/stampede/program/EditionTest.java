package dev.stampede.program;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.award.Award;
import dev.stampede.award.MemberState;
import dev.stampede.award.Settlement;
import dev.stampede.points.Terms;
import dev.stampede.program.reading.DocumentReader;
import dev.stampede.rules.Call;
import dev.stampede.support.TestProgram;
import java.math.BigDecimal;
import java.util.Currency;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class EditionTest {
    private static Edition edition(int version, long fromMs, Integer corrects) {
        return new Edition(new Edition.Key("p", version, 0), fromMs, corrects, InForce.Not.READABLE);
    }

    private static int inForce(List<Edition> editions, long atMs, long nowMs) {
        return Edition.inForce(editions, atMs, nowMs).key().version();
    }

    @Test
    void theNewestThatHasTakenEffectPrices() {
        List<Edition> editions = List.of(edition(1, 100, null), edition(2, 300, null), edition(3, 200, null));

        assertNull(Edition.inForce(editions, 99, 1000));
        assertEquals(1, inForce(editions, 100, 1000));
        assertEquals(1, inForce(editions, 199, 1000));
        assertEquals(3, inForce(editions, 200, 1000));
        assertEquals(3, inForce(editions, 300, 1000), "2 was planned, and replaced before it began");
    }

    @Test
    void aCorrectionPricesThePastFromWhenItTakesEffect() {
        List<Edition> editions = List.of(edition(1, 100, null), edition(2, 200, null), edition(3, 300, 1));

        assertEquals(1, inForce(editions, 150, 299));
        assertEquals(3, inForce(editions, 150, 300));
        assertEquals(2, inForce(editions, 250, 300), "only version 1 is corrected");
        assertEquals(3, inForce(editions, 300, 300));
    }

    @Test
    void theNewestCorrectionCounts() {
        List<Edition> both = List.of(edition(1, 100, null), edition(2, 200, 1), edition(3, 300, 1));
        List<Edition> chain = List.of(edition(1, 100, null), edition(2, 200, 1), edition(3, 300, 2));

        for (List<Edition> editions : List.of(both, chain)) {
            assertEquals(1, inForce(editions, 150, 150));
            assertEquals(2, inForce(editions, 150, 250));
            assertEquals(3, inForce(editions, 150, 300));
        }
    }

    @Test
    void aSimpleDocumentBecomesTerms() {
        String document = TestProgram.of("p")
                .with("currency", "\"JPY\"")
                .with("earned", "3")
                .with("per", "\"200\"")
                .with("expiry", "{\"type\": \"months\", \"months\": 3, \"end\": \"none\"}")
                .with("clawback", "\"forgive\"")
                .document();

        Edition edition = Edition.of(new Edition.Key("p", 7, 0), 5, null, document);

        InForce.Rules rules = assertInstanceOf(InForce.Rules.class, edition.rules());
        assertEquals(7, rules.version());
        assertEquals(
                new Terms(
                        Currency.getInstance("JPY"),
                        new BigDecimal("0.015"),
                        BigDecimal.valueOf(100),
                        3,
                        false,
                        0,
                        0,
                        Terms.Clawback.FORGIVE,
                        true),
                rules.terms());
    }

    /** What a check of today refuses, a release before may have accepted: it stays in force. */
    @Test
    void whatIsPublishedIsReadAlsoWhereItWouldNotBeAcceptedAnyMore() {
        String limits = IntStream.range(0, 40)
                .mapToObj(i ->
                        "{\"id\": \"l" + i + "\", \"on\": \"earn\", \"of\": \"uses\", \"max\": 9, \"per\": \"day\"}")
                .collect(Collectors.joining(",", "[", "]"));
        String promotion = "[{\"id\": \"p\", \"name\": \"p\", \"give\": {\"points\": 1}, \"group\": \"gone\"}]";
        for (TestProgram program : List.of(
                TestProgram.of("p").with("limits", limits),
                TestProgram.of("p").with("pendingDays", "100000"),
                TestProgram.of("p").with("reason", "\"" + "x".repeat(100_000) + "\""),
                TestProgram.of("p").with("promotions", promotion))) {
            String document = program.document();
            assertNull(DocumentReader.read(document).document(), document);
            InForce.Rules rules = assertInstanceOf(
                    InForce.Rules.class,
                    Edition.of(new Edition.Key("p", 1, 0), 5, null, document).rules(),
                    document);
            Call purchase = new Call.Purchase(Call.Place.UNKNOWN, new BigDecimal("5.00"), List.of());
            Award award = rules.compiled().price(purchase, 0, 0);
            assertTrue(Settlement.settle(award, MemberState.BLANK).points() >= 5);
        }
    }

    @Test
    void whatCannotBeReadHasNoRules() {
        for (String document : List.of(
                "{}",
                TestProgram.of("p").document().replace("program/1", "program/2"),
                TestProgram.of("p").with("currency", "\"ZZZ\"").document(),
                TestProgram.of("p").with("clawback", "\"both\"").document(),
                TestProgram.of("p")
                        .with("graceDays", "0, \"taxRate\": \"0.19\"")
                        .document())) {
            assertEquals(
                    InForce.Not.READABLE,
                    Edition.of(new Edition.Key("p", 1, 0), 5, null, document).rules());
        }
    }
}
