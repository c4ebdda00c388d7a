package dev.stampede.deployment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.account.AccountId;
import dev.stampede.support.TestKey;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

/** One till an account: it earns a point, again and again, and repeats with the same key what was not answered. */
final class Tills implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(15);
    private static final Duration PAUSE = Duration.ofMillis(40);

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(2))
            .build();
    private final Queue<Call> calls = new ConcurrentLinkedQueue<>();
    /**
     * When each account's newest call was sent that was served: to look through all calls, again and again, is work.
     */
    private final Map<AccountId, Long> served = new ConcurrentHashMap<>();

    private final List<Thread> threads = new ArrayList<>();
    private volatile URI gateway;
    private volatile boolean stopped;

    /** What became of a call, as the till saw it; the status is 0 where there was no answer. */
    record Call(AccountId account, String key, int status, String body, long sentNanos, long answeredNanos) {
        boolean ok() {
            return status == 201 || status == 200; // done now, or before
        }
    }

    /** Starts to work. */
    Tills(URI gateway, Collection<AccountId> accounts) {
        this.gateway = gateway;
        for (AccountId account : accounts) {
            Thread till = new Thread(() -> work(account), "till-" + account.id());
            till.setDaemon(true);
            till.start();
            threads.add(till);
        }
    }

    /** As a balancer would have it: what is not sent yet goes there. */
    void moveTo(URI other) {
        gateway = other;
    }

    private void work(AccountId account) {
        try {
            for (int i = 0; !stopped; i++) {
                String key = account.id() + "-" + i;
                while (!send(account, key).ok() && !stopped) {
                    Thread.sleep(PAUSE.toMillis());
                }
                Thread.sleep(PAUSE.toMillis());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Call send(AccountId account, String key) throws InterruptedException {
        HttpRequest earn = HttpRequest.newBuilder(
                        gateway.resolve("/v1/programs/" + account.program() + "/accounts/" + account.id() + "/earn"))
                .header(TestKey.HEADER, TestKey.BEARER)
                .timeout(PATIENCE)
                .header("Content-Type", "application/json")
                .header("Idempotency-Key", key)
                .POST(HttpRequest.BodyPublishers.ofString("{\"points\":1}"))
                .build();
        long sent = System.nanoTime();
        int status = 0;
        String body;
        try {
            HttpResponse<String> response = http.send(earn, HttpResponse.BodyHandlers.ofString());
            status = response.statusCode();
            body = response.body();
        } catch (IOException e) {
            body = e.toString();
        }
        Call call = new Call(account, key, status, body, sent, System.nanoTime());
        calls.add(call);
        if (call.ok()) {
            served.put(account, sent);
        }
        return call;
    }

    /** The status of a look at the account. */
    int get(AccountId account, String path) {
        return look("/v1/programs/" + account.program() + "/accounts/" + account.id() + path)
                .join();
    }

    /** The status of a look. */
    CompletableFuture<Integer> look(String path) {
        HttpRequest look = HttpRequest.newBuilder(gateway.resolve(path))
                .header(TestKey.HEADER, TestKey.BEARER)
                .timeout(PATIENCE)
                .build();
        return http.sendAsync(look, HttpResponse.BodyHandlers.discarding()).thenApply(HttpResponse::statusCode);
    }

    List<Call> calls() {
        return List.copyOf(calls);
    }

    /** Each account's newest call. */
    String newest() {
        Map<AccountId, Call> newest = new LinkedHashMap<>();
        calls.forEach(call -> newest.put(call.account, call));
        return newest.values().toString();
    }

    /** Whether each of them has had a success since. */
    boolean allServedSince(long nanos, Collection<AccountId> accounts) {
        return accounts.stream().map(served::get).allMatch(sent -> sent != null && (nanos == 0 || sent - nanos > 0));
    }

    /** The longest time in which one of the accounts had no success, in ms. */
    long longestOutageMs(Collection<AccountId> accounts) {
        long longest = 0;
        for (AccountId account : accounts) {
            long before = Long.MAX_VALUE;
            for (Call call : calls) {
                if (call.account.equals(account) && call.ok()) {
                    longest = Math.max(longest, before == Long.MAX_VALUE ? 0 : call.answeredNanos - before);
                    before = call.answeredNanos;
                }
            }
        }
        return TimeUnit.NANOSECONDS.toMillis(longest);
    }

    /** Stops; each that was answered so is in Postgres once, and of all others once at most. */
    void exactlyOnce(String jdbcUrl) throws SQLException, InterruptedException {
        close();
        Map<String, Integer> sealed = new HashMap<>();
        try (Connection connection = DriverManager.getConnection(jdbcUrl);
                ResultSet rows = connection
                        .createStatement()
                        .executeQuery("SELECT key, count(*) FROM operation WHERE outcome = 'ok' AND points = 1"
                                + " AND key IS NOT NULL GROUP BY key")) {
            while (rows.next()) {
                sealed.put(rows.getString(1), rows.getInt(2));
            }
        }
        for (Call call : calls) {
            if (call.ok()) {
                assertEquals(1, sealed.get(call.key), call::toString);
            } else {
                assertTrue(sealed.getOrDefault(call.key, 0) <= 1, call::toString);
            }
        }
    }

    @Override
    public void close() throws InterruptedException {
        stopped = true;
        for (Thread till : threads) {
            till.join(PATIENCE.plusSeconds(5).toMillis());
            if (till.isAlive()) {
                throw new IllegalStateException(till.getName() + " does not end");
            }
        }
    }
}
