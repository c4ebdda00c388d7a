package dev.stampede.ceiling;

import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The gateway's own call of the propose function, as Redis' MONITOR shows it, on accounts and under keys that
 * redis-benchmark chooses; in a database of its own, where nothing is ever said to be sealed.
 */
final class RedisBenchmark {
    private static final String DATABASE = "3";
    private static final Pattern QUOTED = Pattern.compile("\"((?:[^\"\\\\]|\\\\.)*)\"");
    private static final String COUNT_PROPOSED =
            "local n = 0 for _, key in ipairs(redis.call('KEYS', '*')) do n = n + redis.call('HGET', key, 'h') end"
                    + " return n";

    private final Bench bench;
    private List<String> loadCall;
    private List<String> proposeCall;
    private double lastRate = 10_000;

    RedisBenchmark(Bench bench) {
        this.bench = bench;
    }

    Measured run(int seconds) throws Exception {
        int accounts = bench.options.accounts;
        Servers servers = bench.apps.first().servers;
        if (proposeCall == null) {
            captureCalls(servers);
        }
        try (RedisSocket redis = new RedisSocket(servers)) {
            redis.tell("SELECT", DATABASE);
            redis.tell("FLUSHDB");
            // its arguments are for everybody to see, so that it has a user without a secret, while it runs
            redis.tell("ACL", "SETUSER", "benchmark", "on", "nopass", "~*", "&*", "+@all", "-@admin", "-@dangerous");
            redis.tell("ACL", "SETUSER", "benchmark", "+config|get");
            loadAccounts(redis, accounts);
            // some 1000 unsealed operations is what an account may have: well below
            long operations = (long) Math.min(lastRate * seconds, 500.0 * accounts);
            List<String> lines = bench.programs.output(command(servers, operations, accounts));
            double[] n = numbers(lines.get(lines.size() - 1));
            lastRate = n[0];
            long proposed =
                    Long.parseLong(redis.ask("EVAL", COUNT_PROPOSED, "0").substring(1));
            redis.tell("FLUSHDB");
            redis.tell("ACL", "DELUSER", "benchmark");
            return new Measured(operations, operations / n[0], n[3], n[5], 0, "")
                    .withBad(operations - proposed, proposed + " proposed");
        }
    }

    private void loadAccounts(RedisSocket redis, int accounts) throws Exception {
        for (int account = 0; account < accounts; account++) {
            List<String> load = new ArrayList<>(loadCall);
            load.set(3, key(String.format(Locale.ROOT, "%012d", account)));
            redis.send(load);
        }
        for (int account = 0; account < accounts; account++) {
            String unused = redis.answer();
        }
    }

    private List<String> command(Servers servers, long operations, int accounts) {
        List<String> command = new ArrayList<>(List.of("redis-benchmark", "-p", Integer.toString(servers.redis())));
        command.addAll(List.of("--user", "benchmark", "-a", "none", "--dbnum", DATABASE));
        command.addAll(List.of("-c", Integer.toString(bench.options.connections)));
        command.addAll(List.of("-n", Long.toString(operations), "-r", Integer.toString(accounts), "--csv"));
        command.addAll(proposeCall);
        return command;
    }

    /**
     * Of a line {@code "test","rps","avg_latency_ms","min_latency_ms","p50_latency_ms","p95_latency_ms",
     * "p99_latency_ms","max_latency_ms"}, those behind the test: it is the call itself, and holds what separates the
     * others.
     */
    static double[] numbers(String line) {
        String[] columns = line.split("\",\"", -1);
        return Arrays.stream(columns, columns.length - 7, columns.length)
                .mapToDouble(column -> Double.parseDouble(column.replace("\"", "")))
                .toArray();
    }

    /** Lets the gateway load an account and propose an earn, and takes down what it asks of Redis. */
    private void captureCalls(Servers servers) throws Exception {
        App gateway = bench.apps.first();
        try (RedisSocket monitor = new RedisSocket(servers)) {
            monitor.tell("MONITOR");
            int status = HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .build()
                    .send(
                            gateway.earn("monitored", "key-of-the-monitored", App.EARN),
                            HttpResponse.BodyHandlers.discarding())
                    .statusCode();
            if (status != 201) {
                throw new Trouble("the gateway answers an earn with " + status);
            }
            long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
            while (proposeCall == null) {
                if (System.nanoTime() > until) {
                    throw new Trouble("MONITOR shows no call of the propose function");
                }
                List<String> call = words(monitor.answer());
                if (call.size() > 4
                        && call.get(0).equalsIgnoreCase("FCALL")
                        && call.get(3).endsWith(":monitored")) {
                    if (call.get(1).startsWith("load_")) {
                        loadCall = call;
                    } else if (call.get(1).startsWith("propose_") && loadCall != null) {
                        proposeCall = atRandom(call);
                    }
                }
            }
        }
    }

    /** The call with what redis-benchmark replaces by random numbers. */
    private static List<String> atRandom(List<String> call) {
        List<String> random = new ArrayList<>(call);
        random.replaceAll(argument -> argument.replace("key-of-the-monitored", "__rand_int____rand_int__")
                .replaceAll("\"id\":\"[0-9a-f-]{24}[0-9a-f]{12}\"", "\"id\":\"0193508e-3c5f-7c4e-8f3a-__rand_int__\""));
        random.set(3, key("__rand_int__"));
        return random;
    }

    private static String key(String account) {
        return "stampede:{0}:demo:" + account;
    }

    /** Of a line of MONITOR: {@code +1700000000.0 [0 127.0.0.1:5000] "FCALL" "..."}. */
    static List<String> words(String line) {
        List<String> words = new ArrayList<>();
        Matcher word = QUOTED.matcher(line);
        while (word.find()) {
            words.add(word.group(1).replaceAll("\\\\([\"\\\\])", "$1"));
        }
        return words;
    }
}
