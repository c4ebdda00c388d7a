package dev.stampede.gateway;

import dev.stampede.account.By;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** The places of operations in flight in this gateway: how many there are, and how many of them one key may take. */
final class Places {
    private final int all;
    private final int ofOneKey;
    private final AtomicInteger taken = new AtomicInteger();
    private final Map<String, Integer> takenByKey = new ConcurrentHashMap<>();

    Places(int all, int ofOneKey) {
        this.all = all;
        this.ofOneKey = ofOneKey;
    }

    /**
     * Takes a place.
     *
     * @param by whose; null: of nobody, for the gateway's own work
     * @return null, or why there is none
     */
    @Nullable
    Unavailable take(@Nullable By by) {
        if (taken.incrementAndGet() > all) {
            taken.decrementAndGet();
            return new Unavailable(
                    Unavailable.Code.OVERLOADED,
                    "Too many operations are in flight. Nothing was done. Try again later.");
        }
        if (by != null && takenByKey.merge(by.id(), 1, Integer::sum) > ofOneKey) {
            giveBack(by);
            return new Unavailable(
                    Unavailable.Code.OVERLOADED,
                    "Too many operations of this key are in flight. Nothing was done. Try again later.");
        }
        return null;
    }

    void giveBack(@Nullable By by) {
        taken.decrementAndGet();
        if (by != null) {
            takenByKey.computeIfPresent(by.id(), (id, count) -> count == 1 ? null : count - 1);
        }
    }

    int taken() {
        return taken.get();
    }

    /** Whether less than that share of all places would be taken after {@code others} others. */
    boolean hasRoom(int others, double share) {
        return taken.get() + others < share * all;
    }

    /** Whether a key, by its id, may take another place. */
    boolean hasRoom(String key) {
        return takenByKey.getOrDefault(key, 0) < ofOneKey;
    }
}
