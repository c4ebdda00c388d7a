package dev.stampede.browser;

import dev.stampede.support.TestKey;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Tills and apps that call a gateway at once: quietly at first, and without a pause in the last two thirds. */
final class Rush implements AutoCloseable {
    private static final int CALLERS = 6;
    private static final int MEMBERS = 500;

    private final HttpClient http = HttpClient.newHttpClient();
    private final URI accounts;
    private final List<Thread> callers = new ArrayList<>();
    private final AtomicLong done = new AtomicLong();
    private volatile boolean ends;

    Rush(URI gateway, String program, Instant end) {
        accounts = gateway.resolve("/v1/programs/" + program + "/accounts/");
        Instant begin = Instant.now();
        Instant busy = begin.plus(Duration.between(begin, end).dividedBy(3));
        for (int i = 0; i < CALLERS; i++) {
            Random random = new Random(i);
            Thread caller = new Thread(() -> call(random, busy), "caller-" + i);
            callers.add(caller);
            caller.start();
        }
    }

    private void call(Random random, Instant busy) {
        try {
            while (!ends) {
                String member = "guest-" + random.nextInt(MEMBERS);
                int what = random.nextInt(10);
                if (what == 0) {
                    send(member + "/redeem", "{\"points\":100}");
                } else if (what == 1) {
                    send(member + "/holds", "{\"points\":100,\"ttlSeconds\":5}");
                } else {
                    send(
                            member + "/earn",
                            "{\"amount\":\"" + (2 + random.nextInt(40)) + ".50\",\"currency\":\"EUR\",\"channel\":\""
                                    + (what < 6 ? "app" : "till") + "\"}");
                }
                if (Instant.now().isBefore(busy)) {
                    TimeUnit.MILLISECONDS.sleep(30);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // closed
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private void send(String below, String body) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(accounts.resolve(below))
                .header(TestKey.HEADER, TestKey.BEARER)
                .header("Idempotency-Key", UUID.randomUUID().toString())
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        int status = http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
        if (status == 201) {
            done.incrementAndGet();
        }
    }

    /** Operations that were done. */
    long done() {
        return done.get();
    }

    void stop() throws InterruptedException {
        ends = true;
        for (Thread caller : callers) {
            caller.join();
        }
    }

    @Override
    public void close() {
        ends = true;
        callers.forEach(Thread::interrupt);
    }
}
