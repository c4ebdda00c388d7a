package dev.stampede.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;

class SummaryTest {
    private final Parameters parameters = Parameters.of(100, 10);
    private final Measurements measured = new Measurements(Duration.ofSeconds(10));

    @Test
    void tellsTheTimesOf503sApart() {
        for (int n = 0; n < 100; n++) {
            measured.answered("earn", Outcome.OK, false, 1_000 + n * 100, 20);
            measured.answered("earn", Outcome.REFUSED, true, 1_000 + n * 100, 3);
        }
        String table = summary(List.of()).table();
        assertTrue(table.contains("| earn | 200 | 100 | 0 | 100 | 0 | 10 | 10 | 20 | 20 | 20 | 20 | 20 | 3 |"), table);
    }

    @Test
    void saysWhatDoesNotHold() {
        String page = summary(List.of("a point is lost")).markdown("Promo", new RunId("r"), "index.html", List.of());
        assertTrue(page.contains("Conservation check: **FAILED**"), page);
        assertTrue(page.contains("- **FAILED**: a point is lost"), page);
        assertFalse(summary(List.of())
                .markdown("Promo", new RunId("r"), "x", List.of())
                .contains("FAILED"));
    }

    @Test
    void plotsAreWellFormedEvenOfNothing() throws Exception {
        var points = List.of(new double[] {0, 1}, new double[] {1, Double.NaN}, new double[] {2, 3});
        for (var series : List.of(List.<Plot.Series>of(), List.of(new Plot.Series("a < b & c", points)))) {
            String svg = Plot.svg("a & b", List.of(new Plot.Panel("p", series)));
            DocumentBuilderFactory.newInstance()
                    .newDocumentBuilder()
                    .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)));
            // the gap cuts the line in two
            assertEquals(series.isEmpty() ? 0 : 2, svg.split("<polyline", -1).length - 1);
        }
        assertEquals(20, Plot.ceiling(13));
        assertEquals(1, Plot.ceiling(0));
        assertEquals(0.5, Plot.ceiling(0.41), 1e-9);
    }

    @Test
    void theHeapsTrendIsThatOfTheSecondHalf() {
        List<Gauges.Reading> readings = new ArrayList<>();
        for (int second = 0; second < 1_200; second++) {
            // warms up, then grows by 3 MB a minute
            double heap = second < 600 ? second : 600 + (second - 600) * 3 / 60.0;
            readings.add(new Gauges.Reading(second * 1_000L, heap, Double.NaN, 0, 0, Double.NaN));
        }
        assertEquals(3, Gauges.heapTrend(readings), 0.01);
        assertEquals(0, Gauges.heapTrend(List.of()));
    }

    @Test
    void theHeapAfterGcIsAPartOfTheOldGeneration() {
        String metrics = """
                # TYPE jvm_memory_max_bytes gauge
                jvm_memory_max_bytes{area="nonheap",id="Metaspace"} -1.0
                jvm_memory_max_bytes{area="heap",id="G1 Eden Space"} -1.0
                jvm_memory_max_bytes{area="heap",id="G1 Old Gen"} 1.048576E9
                jvm_memory_usage_after_gc{area="heap",pool="long-lived"} 0.1
                """;
        assertEquals(100, Gauges.heapMb(metrics), 0.001);
        assertTrue(Double.isNaN(Gauges.value(metrics, "stampede_seal_queue")));
    }

    @Test
    void durationsHaveUnits() {
        assertEquals(Duration.ofSeconds(90), Parameters.duration("90"));
        assertEquals(Duration.ofMinutes(15), Parameters.duration("15m"));
        assertEquals(Duration.ofHours(8), Parameters.duration("8h"));
        assertThrows(IllegalArgumentException.class, () -> Parameters.duration("soon"));
    }

    private Summary summary(List<String> violations) {
        return new Summary("Promo", parameters, measured, List.of(), new Conservation.Result(List.of(), violations));
    }
}
