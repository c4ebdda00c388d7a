package dev.stampede.live;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What gateways said of the seconds that are not added up yet. For one thread. */
final class LiveMerge {
    /** How far a gateway's clock may be off, in seconds; and how long its word is waited for. */
    private static final int FAR = 3;

    /** What more gateways than this say is passed over: there are never so many. */
    private static final int MOST_GATEWAYS = 200;

    private final TreeMap<Long, Map<String, GatewaySecond>> spoke = new TreeMap<>();

    /** @param present the second that is under way */
    void heard(GatewaySecond said, long present) {
        if (Math.abs(said.second() - present) > FAR) {
            return;
        }
        Map<String, GatewaySecond> of = spoke.computeIfAbsent(said.second(), second -> new HashMap<>());
        if (of.size() < MOST_GATEWAYS) {
            of.put(said.gateway(), said);
        }
    }

    /** What was said of a second. It, and what was before it, is forgotten. */
    Collection<GatewaySecond> take(long second) {
        Map<String, GatewaySecond> of = spoke.getOrDefault(second, Map.of());
        List<GatewaySecond> all = new ArrayList<>(of.values());
        spoke.headMap(second, true).clear();
        return all;
    }
}
