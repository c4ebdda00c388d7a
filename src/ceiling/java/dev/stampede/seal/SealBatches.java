package dev.stampede.seal;

import dev.stampede.account.AccountId;
import dev.stampede.account.Decision;
import dev.stampede.account.Entry;
import dev.stampede.account.Image;
import dev.stampede.account.Operation;
import dev.stampede.account.Proposal;
import dev.stampede.account.Receipt;
import dev.stampede.points.Lot;
import dev.stampede.postgres.LedgerClock;
import dev.stampede.postgres.PostgresServers;
import dev.stampede.postgres.PostgresSession;
import dev.stampede.postgres.Timeouts;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.impl.VertxInternal;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Tuple;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * The sealer's own statement, without a gateway: earns that were made up beforehand are sealed on two connections, as
 * many as a gateway has, each sending its next batch when the one before is committed.
 *
 * <p>{@code SealBatches <port> <accounts> <run>} reads lines {@code <batch size> <apart|run> <seconds>} until there are
 * no more: {@code apart} are batches of as many accounts, {@code run} batches of one account's run. Each is answered by
 * a line {@code RESULT <operations> <microseconds> <p50> <p99> <not inserted>}, latencies being a batch's, in
 * microseconds.
 */
public final class SealBatches {
    private static final int CONNECTIONS = 2;
    /** As in production, but with time to connect: the machine may be slow, and nobody waits. */
    private static final Timeouts TIMEOUTS =
            new Timeouts(Duration.ofMinutes(1), Duration.ofSeconds(10), Duration.ofSeconds(2));

    private static final String PROGRAM = "demo";
    private static final long DAY = Instant.now().getEpochSecond() / 86_400 + 365;
    private static final String DETAIL =
            "{\"amount\":\"42.50\",\"currency\":\"EUR\",\"explanation\":[{\"rule\":\"base\",\"points\":42,"
                    + "\"text\":\"42.50"
                    + " EUR x 1 = 42.5, rounded down\"}]}";

    private final Vertx vertx = Vertx.vertx();
    private final String run;
    private final List<Sender> senders = new ArrayList<>();
    private final Map<String, Double> rates = new HashMap<>();
    private long keys;

    /** A batch, ready to be sent. */
    private record Made(Tuple arguments, int size) {}

    /** A connection, with the accounts that are sealed on it. */
    private static final class Sender {
        final Context context;
        final PostgresSession session;
        final List<Tip> tips = new ArrayList<>();
        int next;
        final Queue<Made> batches = new ArrayDeque<>();
        final List<Long> nanos = new ArrayList<>();

        Sender(Context context, PostgresSession session) {
            this.context = context;
            this.session = session;
        }
    }

    /** The newest image of an account. */
    private static final class Tip {
        final AccountId account;
        Image image = Image.BLANK;

        Tip(String account) {
            this.account = AccountId.of(PROGRAM, account);
        }
    }

    public static void main(String... args) {
        int status = 0;
        try {
            new SealBatches(Integer.parseInt(args[0]), Integer.parseInt(args[1]), args[2]).serve();
        } catch (Exception e) {
            e.printStackTrace();
            status = 1;
        }
        System.exit(status); // Vert.x' threads would go on
    }

    private SealBatches(int port, int accounts, String run) throws Exception {
        this.run = run;
        PgConnectOptions server = new PgConnectOptions()
                .setHost("127.0.0.1")
                .setPort(port)
                .setDatabase("stampede")
                .setUser("postgres")
                .setPassword(System.getenv("PGPASSWORD"))
                .addProperty("role", "stampede_gateway");
        LedgerClock clock = new LedgerClock(InstantSource.system());
        for (int i = 0; i < CONNECTIONS; i++) {
            Context context = ((VertxInternal) vertx).createEventLoopContext();
            PostgresSession session = new PostgresSession(
                    vertx, context, new PostgresServers(List.of(server)), TIMEOUTS, clock, false, () -> {});
            Promise<Void> connected = Promise.promise();
            context.runOnContext(v -> session.connect().onComplete(connected));
            waitFor(connected.future());
            senders.add(new Sender(context, session));
        }
        for (int i = 0; i < accounts; i++) {
            senders.get(i % CONNECTIONS).tips.add(new Tip("s-" + run + "-" + i));
        }
    }

    private void serve() throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] words = line.split(" ");
            System.out.println(measure(Integer.parseInt(words[0]), words[1].equals("run"), Integer.parseInt(words[2])));
        }
    }

    private String measure(int size, boolean oneRun, int seconds) throws Exception {
        String kind = size + (oneRun ? " run" : " apart");
        int batches = (int) Math.max(1, rates.getOrDefault(kind, 400.0) * seconds / CONNECTIONS);
        for (Sender sender : senders) {
            sender.nanos.clear();
            for (int i = 0; i < batches; i++) {
                sender.batches.add(batch(sender, size, oneRun));
            }
        }
        System.gc(); // what was made up is not the statement's
        LongAdder missing = new LongAdder();
        long start = System.nanoTime();
        List<Future<?>> done = new ArrayList<>();
        for (Sender sender : senders) {
            Promise<Void> promise = Promise.promise();
            sender.context.runOnContext(v -> send(sender, missing, promise));
            done.add(promise.future());
        }
        for (Future<?> each : done) {
            waitFor(each);
        }
        long nanos = System.nanoTime() - start;
        rates.put(kind, batches * CONNECTIONS / (nanos / 1e9));
        long[] sorted = senders.stream()
                .flatMap(sender -> sender.nanos.stream())
                .mapToLong(Long::longValue)
                .sorted()
                .toArray();
        return "RESULT " + (long) batches * CONNECTIONS * size + " " + nanos / 1000 + " "
                + sorted[sorted.length / 2] / 1000 + " " + sorted[(int) (sorted.length * 0.99)] / 1000 + " "
                + missing.sum();
    }

    private static void send(Sender sender, LongAdder missing, Promise<Void> done) {
        Made batch = sender.batches.poll();
        if (batch == null) {
            done.complete();
            return;
        }
        long sent = System.nanoTime();
        sender.session.call(Batch.SQL, batch.arguments).onComplete(result -> {
            sender.nanos.add(System.nanoTime() - sent);
            missing.add(batch.size
                    - (result.failed() ? 0 : result.result().iterator().next().getArrayOfUUIDs("inserted").length));
            send(sender, missing, done);
        });
    }

    private Made batch(Sender sender, int size, boolean oneRun) {
        List<Run> runs = new ArrayList<>();
        for (int i = 0; i < (oneRun ? 1 : size); i++) {
            Tip tip = sender.tips.get(sender.next++ % sender.tips.size());
            List<Proposal> proposals = new ArrayList<>();
            for (int j = 0; j < (oneRun ? size : 1); j++) {
                proposals.add(earn(tip));
            }
            runs.add(new Run(tip.account, proposals));
        }
        runs.sort(Comparator.comparing(Run::account));
        return new Made(Batch.arguments(runs, (short) 1), size);
    }

    /** As the Lua library would have decided it. */
    private Proposal earn(Tip tip) {
        Image before = tip.image;
        UUID id = new UUID(System.currentTimeMillis() << 16 | 0x7000, 0x8000_0000_0000_0000L | keys);
        long available = before.state().available() + 42;
        long at = Math.max(before.at(), System.currentTimeMillis());
        String text = "{\"head\":\"" + id + "\",\"version\":" + (before.version() + 1) + ",\"at\":" + at
                + ",\"enrolled\":true,\"frozen\":false,\"available\":" + available
                + ",\"held\":0,\"pending\":0,\"debt\":0,\"lifetime\":" + available + ",\"lots\":[[" + DAY + ","
                + available + "]],\"maturing\":[],\"holds\":[]}";
        Operation operation = new Operation.Earn(
                new Operation.Header(
                        tip.account, run + "-" + keys++, "yT0sN4mVq3kJ8dB2xZ1aLw", "20261121-0042-03-0199", null, null),
                42,
                null,
                DAY,
                null,
                null,
                true,
                Receipt.stored(DETAIL));
        Entry entry = new Entry("earn", 42, 0, 0, 0, available, 0, 0, 0, List.of(new Lot(DAY, 42)));
        Decision decision = new Decision(
                before.head(),
                Image.digest(before.text()),
                before.version() + 1,
                at,
                Decision.OK,
                42,
                false,
                List.of(entry),
                null,
                null,
                0,
                0,
                0,
                null,
                null,
                before.version() == 0,
                null,
                null,
                List.of());
        tip.image = Image.parse(text);
        return new Proposal(id, operation, decision, tip.image);
    }

    private static void waitFor(Future<?> future) throws Exception {
        future.toCompletionStage().toCompletableFuture().get(2, TimeUnit.MINUTES);
    }
}
