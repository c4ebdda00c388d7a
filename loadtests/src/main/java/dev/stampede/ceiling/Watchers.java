package dev.stampede.ceiling;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/** Those who have Live open: a stream each, which gets a sample a second. */
final class Watchers implements AutoCloseable {
    private final List<Stream<String>> streams = new ArrayList<>();
    private final List<AtomicInteger> samples = new ArrayList<>();

    private Watchers() {}

    static Watchers of(App gateway, int number) throws Exception {
        Watchers watchers = new Watchers();
        HttpRequest live = HttpRequest.newBuilder(URI.create(gateway.url() + "/v1/live"))
                .header("Authorization", "Bearer " + gateway.key)
                .header("Accept", "text/event-stream")
                .build();
        for (int i = 0; i < number; i++) {
            HttpResponse<Stream<String>> answer =
                    HttpClient.newHttpClient().send(live, HttpResponse.BodyHandlers.ofLines());
            if (answer.statusCode() != 200) {
                watchers.close();
                throw new Trouble("Live answered " + answer.statusCode());
            }
            AtomicInteger seen = new AtomicInteger();
            watchers.streams.add(answer.body());
            watchers.samples.add(seen);
            Thread reader = new Thread(() -> watchers.read(answer.body(), seen), "live");
            reader.setDaemon(true);
            reader.start();
        }
        return watchers;
    }

    private void read(Stream<String> lines, AtomicInteger seen) {
        try {
            lines.filter(line -> line.startsWith("data:")).forEach(line -> seen.incrementAndGet());
        } catch (RuntimeException e) {
            // closed below, or by the gateway: saw() tells which
        }
    }

    /** Fails if one of them has missed more than one second of these. */
    void saw(int seconds) {
        for (AtomicInteger seen : samples) {
            if (seen.get() < seconds - 1) {
                throw new Trouble("Live told " + seen + " of " + seconds + " seconds");
            }
        }
    }

    @Override
    public void close() {
        streams.forEach(Stream::close);
    }
}
