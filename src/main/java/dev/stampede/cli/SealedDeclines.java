package dev.stampede.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * How fast a gateway seals: redeems of accounts without points, which are declined. A decline is decided, sealed and
 * answered as any operation is, and gives or takes nothing.
 */
public final class SealedDeclines {
    private static final int ACCOUNTS = 64;
    private static final String ACCOUNT = "self-test-";
    private static final long WARM_UP_NS = Duration.ofSeconds(2).toNanos();
    private static final long LENGTH_NS = Duration.ofSeconds(3).toNanos();

    private final Session session;
    private final String run = "self-test-" + UUID.randomUUID();

    private SealedDeclines(Session session) {
        this.session = session;
    }

    /**
     * Measures it with as many calls at a time as there are accounts.
     *
     * @return {@code p50Ms} and {@code p99Ms} of a call, and {@code perSecond}
     * @throws Failure if not all calls are declined
     */
    public static ObjectNode measure(Session session) {
        SealedDeclines declines = new SealedDeclines(session);
        for (int i = 0; i < ACCOUNTS; i++) {
            JsonNode unused = session.send("PUT", session.ofProgram("accounts", ACCOUNT + i), Session.body());
        }
        List<Double> warm = declines.during("warm", WARM_UP_NS);
        List<Double> tookMs = declines.during("run", LENGTH_NS);
        double[] sorted =
                tookMs.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        return Session.body()
                .put("p50Ms", rounded(sorted[sorted.length / 2]))
                .put("p99Ms", rounded(sorted[sorted.length * 99 / 100]))
                .put("calls", warm.size() + sorted.length)
                .put("perSecond", Math.round(sorted.length / (LENGTH_NS / 1e9)));
    }

    private static double rounded(double ms) {
        return Math.round(ms * 1000) / 1000.0;
    }

    /** Each account makes one call after the other. Answers how long they took, in ms. */
    private List<Double> during(String name, long lengthNs) {
        long end = System.nanoTime() + lengthNs;
        List<List<Double>> tookMs = new ArrayList<>();
        CompletableFuture<?>[] all = new CompletableFuture<?>[ACCOUNTS];
        for (int i = 0; i < ACCOUNTS; i++) {
            List<Double> its = new ArrayList<>();
            tookMs.add(its);
            all[i] = next(ACCOUNT + i, run + "-" + name + "-" + i + "-", its, end);
        }
        try {
            CompletableFuture.allOf(all).join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof Failure failure ? failure : e;
        }
        return tookMs.stream().flatMap(List::stream).toList();
    }

    private CompletableFuture<Void> next(String account, String key, List<Double> tookMs, long end) {
        long sent = System.nanoTime();
        if (sent >= end) {
            return CompletableFuture.completedFuture(null);
        }
        String body = Session.body().put("points", 1).toString();
        Call call = new Call("POST", session.ofProgram("accounts", account, "redeem"), body, key + tookMs.size());
        return session.client().once(call).thenCompose(attempt -> {
            if (!attempt.isRecorded()) {
                throw new Failure(
                        Exit.UNCLEAR, "A redeem of an account without points was answered otherwise: " + attempt.why());
            }
            tookMs.add((System.nanoTime() - sent) / 1e6);
            return next(account, key, tookMs, end);
        });
    }
}
