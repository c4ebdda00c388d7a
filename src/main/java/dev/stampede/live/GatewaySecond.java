package dev.stampede.live;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stampede.account.OperationType;
import dev.stampede.gateway.Pulse;
import dev.stampede.seal.Latencies;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * What one gateway has done in one second, as it tells the others: a JSON text of some hundred bytes.
 *
 * @param gateway whose it is; another one after each start
 * @param second in s since the epoch, by Postgres' clock: the beginning
 * @param operations how many were answered, by type, and by the ordinal of their {@link Pulse.Outcome}
 * @param answers how long those took: pairs of a bucket of {@link Latencies} and a count
 * @param lags of seals, likewise
 * @param requests by HTTP, of any kind
 * @param limited of them that got 429
 * @param unavailable of them that got 503
 * @param errors of them that got another 5xx
 */
@JsonIgnoreProperties(ignoreUnknown = true) // of a newer release
record GatewaySecond(
        @JsonProperty("g") String gateway,
        @JsonProperty("s") long second,
        @JsonProperty("o") Map<String, long[]> operations,
        @JsonProperty("a") long[] answers,
        @JsonProperty("l") long[] lags,
        @JsonProperty("e") long earned,
        @JsonProperty("r") long redeemed,
        @JsonProperty("f") long inFlight,
        @JsonProperty("q") long sealQueue,
        @JsonProperty("n") long requests,
        @JsonProperty("n429") long limited,
        @JsonProperty("n503") long unavailable,
        @JsonProperty("n5xx") long errors) {

    /** No gateway tells so much; what is longer is not read. */
    private static final int MOST_CHARACTERS = 4096;

    static final int MOST_TYPES = 32;
    private static final long MOST = 1L << 50;
    private static final int OUTCOMES = Pulse.Outcome.values().length;

    /** The requests since the start, of any kind. */
    record Requests(long all, long limited, long unavailable, long errors) {
        static final Requests NONE = new Requests(0, 0, 0, 0);
    }

    /** What has happened between two looks. */
    static GatewaySecond between(
            String gateway, long second, Pulse before, Pulse now, Requests requestsBefore, Requests requests) {
        Map<String, long[]> operations = new TreeMap<>();
        for (OperationType type : OperationType.values()) {
            long[] counts =
                    difference(before.operations().get(type), now.operations().get(type));
            if (LongStream.of(counts).anyMatch(count -> count != 0)) {
                operations.put(type.code(), counts);
            }
        }
        return new GatewaySecond(
                gateway,
                second,
                operations,
                pairs(before.answers(), now.answers()),
                pairs(before.sealLags(), now.sealLags()),
                now.earned() - before.earned(),
                now.redeemed() - before.redeemed(),
                now.inFlight(),
                now.sealQueue(),
                requests.all - requestsBefore.all,
                requests.limited - requestsBefore.limited,
                requests.unavailable - requestsBefore.unavailable,
                requests.errors - requestsBefore.errors);
    }

    private static long[] difference(long @Nullable [] before, long @Nullable [] now) {
        long[] counts = new long[OUTCOMES];
        for (int i = 0; i < OUTCOMES; i++) {
            counts[i] = (now == null ? 0 : now[i]) - (before == null ? 0 : before[i]);
        }
        return counts;
    }

    private static long[] pairs(long[] before, long[] now) {
        LongStream.Builder pairs = LongStream.builder();
        for (int bucket = 0; bucket < Latencies.BUCKETS; bucket++) {
            if (now[bucket] != before[bucket]) {
                pairs.add(bucket).add(now[bucket] - before[bucket]);
            }
        }
        return pairs.build().toArray();
    }

    /** Adds what {@link #pairs} has to counts by bucket. */
    static void add(long[] pairs, long[] counts) {
        for (int i = 0; i + 1 < pairs.length; i += 2) {
            counts[(int) pairs[i]] += pairs[i + 1];
        }
    }

    String text(ObjectMapper json) {
        try {
            return json.writeValueAsString(this);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("it can be written", e);
        }
    }

    /** Reads what {@link #text} writes; null if it was not written by a gateway. */
    static @Nullable GatewaySecond read(ObjectMapper json, String text) {
        if (text.length() > MOST_CHARACTERS) {
            return null;
        }
        try {
            GatewaySecond read = json.readValue(text, GatewaySecond.class);
            return read != null && read.isSane() ? read : null;
        } catch (JsonProcessingException e) {
            return null;
        }
    }

    /** Whoever can write to Redis can send anything. */
    @SuppressWarnings("ConstantValue") // what JSON lacks is null
    private boolean isSane() {
        return gateway != null
                && operations != null
                && answers != null
                && lags != null
                && operations.size() <= MOST_TYPES
                && operations.entrySet().stream()
                        .allMatch(each -> each.getKey().matches("[a-z_]{1,20}")
                                && each.getValue() != null
                                && each.getValue().length >= OUTCOMES
                                && are(each.getValue()))
                && arePairs(answers)
                && arePairs(lags)
                && are(earned, redeemed, inFlight, sealQueue, requests, limited, unavailable, errors);
    }

    private static boolean arePairs(long[] pairs) {
        for (int i = 0; i < pairs.length; i += 2) {
            if (pairs[i] < (i == 0 ? 0 : pairs[i - 2] + 1) || pairs[i] >= Latencies.BUCKETS) {
                return false;
            }
        }
        return pairs.length % 2 == 0 && are(pairs);
    }

    private static boolean are(long... numbers) {
        return LongStream.of(numbers).allMatch(number -> number >= 0 && number < MOST);
    }
}
