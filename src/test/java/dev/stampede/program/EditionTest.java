package dev.stampede.program;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.stampede.points.Terms;
import dev.stampede.support.TestProgram;
import java.math.BigDecimal;
import java.util.Currency;
import java.util.List;
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

    @Test
    void whatCannotBeReadHasNoRules() {
        for (String document : List.of(
                "{}",
                TestProgram.of("p").document().replace("program/1", "program/2"),
                TestProgram.of("p").with("currency", "\"ZZZ\"").document(),
                TestProgram.of("p")
                        .with("rewards", "[{\"id\": \"r\", \"name\": \"r\", \"cost\": 1, \"stock\": {\"total\": 5}}]")
                        .document())) {
            assertEquals(
                    InForce.Not.READABLE,
                    Edition.of(new Edition.Key("p", 1, 0), 5, null, document).rules());
        }
    }
}
