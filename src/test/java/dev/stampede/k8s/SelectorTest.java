package dev.stampede.k8s;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class SelectorTest {
    private static final String SCRAPE = """
            # HELP stampede_drift_total
            stampede_drift_total{found="ahead"} 0.0
            stampede_redis_up 1.0
            http_seconds_bucket{method="GET",uri="/v1/{program}",le="0.5"} 7
            """;

    @Test
    void whatAnExpressionAsksFor() {
        assertEquals(List.of("a_bucket"), metrics("histogram_quantile(0.99, sum by (le) (rate(a_bucket[5m]))) > 1"));
        assertEquals(List.of("a", "b"), metrics("max_over_time(a[5m]) > 1000 or min_over_time(b[5m]) < -1e3"));
        assertEquals(List.of("a", "b"), metrics("a{x=\"1\", y=~\"c|d\"} / on (pod) group_left (node) b"));
        assertEquals(
                List.of(new Selector.Condition("x", "=", "1"), new Selector.Condition("y", "!~", "c|d")),
                Selector.of("sum(a{x=\"1\", y!~\"c|d\"})").get(0).conditions());
    }

    @Test
    void whatIsExported() {
        assertTrue(in("stampede_redis_up < 0.5"));
        assertTrue(in("increase(stampede_drift_total{found=\"ahead\"}[15m]) > 0"));
        assertTrue(in("rate(http_seconds_bucket{uri=~\"/v1/.*\", method!=\"POST\"}[5m])"));
    }

    @Test
    void whatIsNot() {
        assertFalse(in("stampede_redis_upp < 0.5"));
        assertFalse(in("stampede_drift > 0"));
        assertFalse(in("increase(stampede_drift_total{found=\"behind\"}[15m]) > 0"));
        assertFalse(in("increase(stampede_drift_total{find=\"ahead\"}[15m]) > 0"));
        assertFalse(in("rate(http_seconds_bucket{uri=~\"/v2/.*\"}[5m])"));
    }

    @Test
    void whatIsNotUnderstood() {
        assertThrows(IllegalArgumentException.class, () -> Selector.of("sum(a{x=1})"));
        assertThrows(IllegalArgumentException.class, () -> Selector.of("sum(rate(a[5m]) > 1"));
        assertThrows(IllegalArgumentException.class, () -> Selector.of("sum(rate(a[5m]))) > (1"));
        assertThrows(IllegalArgumentException.class, () -> Selector.of("rate(a[5 minutes])"));
        assertThrows(IllegalArgumentException.class, () -> Selector.of("rates(a[5m])"));
        assertThrows(IllegalArgumentException.class, () -> Selector.of("a => 1"));
        assertThrows(
                IllegalArgumentException.class, () -> Selector.of("label_replace(a, \"x\", \"$1\", \"y\", \".*\")"));
    }

    private static boolean in(String expression) {
        List<Selector> selectors = Selector.of(expression);
        assertEquals(1, selectors.size());
        return selectors.get(0).isIn(SCRAPE);
    }

    private static List<String> metrics(String expression) {
        return Selector.of(expression).stream().map(Selector::metric).toList();
    }
}
