package dev.stampede.live;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stampede.account.OperationType;
import dev.stampede.gateway.Pulse;
import dev.stampede.live.GatewaySecond.Requests;
import dev.stampede.live.LiveSample.Here;
import dev.stampede.live.LiveSample.OperationCounts;
import dev.stampede.seal.Latencies;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** From what two gateways say to what a page shows. */
class LiveSampleTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pulse NOTHING =
            new Pulse(Map.of(), new long[Latencies.BUCKETS], new long[Latencies.BUCKETS], 0, 0, 0, 0);
    private static final Here HERE = new Here(2, true, true, List.of());

    private static GatewaySecond second(String gateway, long second, long earns, long millis) {
        Latencies times = new Latencies();
        for (int n = 0; n < earns; n++) {
            times.record(millis * 1_000_000);
        }
        Pulse pulse = new Pulse(
                Map.of(OperationType.EARN, new long[] {earns, 1, 2, 3, 4}),
                times.counts(),
                times.counts(),
                10 * earns,
                5,
                7,
                6);
        return GatewaySecond.between(gateway, second, NOTHING, pulse, Requests.NONE, new Requests(90, 1, 2, 3));
    }

    private static GatewaySecond sent(GatewaySecond second) {
        GatewaySecond read = GatewaySecond.read(JSON, second.text(JSON));
        assertNotNull(read);
        return read;
    }

    @Test
    void twoGatewaysAreAddedUp() {
        LiveSample sample =
                LiveSample.of(List.of(sent(second("a", 1000, 90, 2)), sent(second("b", 1000, 10, 100))), HERE);

        assertEquals(Instant.ofEpochSecond(1000), sample.at());
        assertEquals(2, sample.gateways());
        assertEquals(List.of(new OperationCounts("earn", 100, 2, 4, 6, 8)), sample.operations());
        assertEquals(2, sample.p50Ms(), 0.2);
        assertEquals(100, sample.p99Ms(), 10);
        assertEquals(100, sample.sealLagP99Ms(), 10);
        assertEquals(1000, sample.earned());
        assertEquals(10, sample.redeemed());
        assertEquals(14, sample.inFlight());
        assertEquals(12, sample.sealQueue());
        assertEquals(180, sample.requests());
        assertEquals(List.of(2L, 4L, 6L), List.of(sample.rateLimited(), sample.unavailable(), sample.errors()));
    }

    @Test
    void aSecondWithoutOperationsHasNoTimes() {
        LiveSample sample = LiveSample.of(List.of(second("a", 1000, 0, 1)), HERE);
        assertNull(sample.p99Ms());
        assertEquals(2, sample.gatewaysAlive());
    }

    /** All types, and times as they are spread in a rush. */
    @Test
    void aSecondIsLessThanAKilobyte() {
        Map<OperationType, long[]> operations = new EnumMap<>(OperationType.class);
        Latencies times = new Latencies();
        Random random = new Random(7);
        for (int n = 0; n < 20_000; n++) {
            times.record((long) Math.exp(15 + 1.2 * random.nextGaussian()));
        }
        for (OperationType type : List.of(
                OperationType.ENROL,
                OperationType.EARN,
                OperationType.REDEEM,
                OperationType.HOLD,
                OperationType.CAPTURE,
                OperationType.VOID,
                OperationType.REVERSE)) {
            operations.put(type, new long[] {3000, 100, 200, 300, 0});
        }
        Pulse pulse = new Pulse(operations, times.counts(), times.counts(), 1_000_000, 1_000_000, 1000, 4000);
        String text = GatewaySecond.between(
                        "0199d8a2-1c4b", 1_795_264_200, NOTHING, pulse, Requests.NONE, new Requests(20_000, 0, 1000, 0))
                .text(JSON);
        assertTrue(text.length() < 1024, () -> text.length() + ": " + text);
    }

    @Test
    void whatNoGatewaySaysIsPassedOver() {
        String good = second("a", 1000, 5, 2).text(JSON);
        for (String text : List.of(
                "",
                "null",
                "{}",
                "[]",
                "x",
                good.replace("\"a\":[", "\"a\":[999,1,"),
                good.replace("\"a\":[", "\"a\":[-1,1,"),
                good.replace("\"a\":[", "\"a\":[1,"),
                good.replace("\"earn\"", "\"<b>\""),
                good.replace("[5,1,2,3,4]", "[5]"),
                good.replace("[5,1,2,3,4]", "null"),
                good.replace("\"e\":50", "\"e\":9000000000000000000"),
                good.replace("\"e\":50", "\"e\":-1"),
                good + " ".repeat(5000))) {
            assertNull(GatewaySecond.read(JSON, text), text);
        }
        assertNotNull(GatewaySecond.read(JSON, good));
        assertNotNull(GatewaySecond.read(JSON, good.replaceFirst("\\{", "{\"new\":1,")), "a newer release says more");
    }

    @Test
    void whatComesLateOrTooEarlyIsPassedOver() {
        LiveMerge merge = new LiveMerge();
        merge.heard(second("a", 1000, 1, 1), 1001);
        merge.heard(second("b", 1000, 1, 1), 1001);
        merge.heard(second("b", 1000, 1, 1), 1001);
        merge.heard(second("c", 1010, 1, 1), 1001);
        merge.heard(second("d", 900, 1, 1), 1001);
        assertEquals(2, merge.take(1000).size());
        assertEquals(0, merge.take(1000).size());
        assertEquals(0, merge.take(1010).size());
        assertEquals(0, merge.take(900).size());
    }

    @Test
    void twoHoursAreKept() {
        LiveHistory history = new LiveHistory();
        for (long second = 1_000_000; second < 1_010_000; second++) {
            if (second != 1_009_998) {
                history.put(LiveSample.of(List.of(second("a", second, 1, 2)), HERE));
            }
        }
        assertEquals(
                List.of(1_009_997L, 1_009_999L),
                history.last(1_010_000, 3).stream()
                        .map(sample -> sample.at().getEpochSecond())
                        .toList());
        List<LiveSample> all = history.last(1_010_000, 7200);
        assertEquals(720, all.size());
        assertEquals(10, LiveHistory.step(7200));
        assertEquals(7199, all.stream().mapToInt(LiveSample::seconds).sum());
        assertEquals(
                7199,
                all.stream()
                        .mapToLong(sample -> sample.operations().get(0).done())
                        .sum());
        assertTrue(all.stream().allMatch(sample -> sample.at().getEpochSecond() % 10 == 0));
        assertEquals(1, LiveHistory.step(720));
        assertEquals(2, LiveHistory.step(721));
        assertEquals(List.of(), history.last(2_000_000, 7200));
    }
}
