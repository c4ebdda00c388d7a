package dev.stampede.support;

import static dev.stampede.support.TestGateway.get;

import com.fasterxml.uuid.Generators;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.stampede.account.AccountId;
import dev.stampede.account.Image;
import dev.stampede.account.LedgerSnapshot;
import dev.stampede.account.Operation;
import dev.stampede.account.Proposal;
import dev.stampede.account.Signature;
import dev.stampede.account.TargetFacts;
import dev.stampede.postgres.LedgerClock;
import dev.stampede.postgres.PostgresServers;
import dev.stampede.propose.ProposeReply;
import dev.stampede.propose.Proposer;
import dev.stampede.redis.RedisConfig;
import dev.stampede.seal.BudgetBook;
import dev.stampede.seal.Ledger;
import dev.stampede.seal.Outcome;
import dev.stampede.seal.SealConfig;
import dev.stampede.seal.SealMeters;
import dev.stampede.seal.Sealer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import java.util.function.Supplier;

/** A gateway in parts, so that a test can stop between propose and seal. Beside the gateway whose servers it shares. */
public final class Parts implements AutoCloseable {
    private final Vertx vertx = Vertx.vertx();
    private final Context context = vertx.getOrCreateContext();
    private final Redis redis;
    private final LedgerClock clock = new LedgerClock(InstantSource.system());
    private final Proposer proposer;
    private final Sealer sealer;
    private final Ledger ledger;

    public Parts(TestGateway beside) {
        redis = Redis.createClient(vertx, beside.redisUri);
        proposer = new Proposer(vertx, context, beside.redis, beside.config(RedisConfig.class));
        SealConfig config = beside.config(SealConfig.class);
        PostgresServers servers = new PostgresServers(List.of(beside.postgres));
        sealer = new Sealer(
                vertx,
                context,
                servers,
                config,
                clock,
                new SealMeters(new SimpleMeterRegistry()),
                (account, version, id) -> {},
                new BudgetBook(),
                proposer::epoch);
        ledger = new Ledger(vertx, context, servers, config, clock, sealer);
        proposer.askForSecrets(
                () -> ledger.secrets().onSuccess(proposer::secrets).mapEmpty());
        get(on(() -> sealer.connect()
                .compose(v -> ledger.connect())
                .compose(v -> ledger.secrets())
                .onSuccess(proposer::secrets)
                .compose(v -> proposer.connect())));
    }

    private <T> CompletableFuture<T> on(Supplier<Future<T>> call) {
        CompletableFuture<T> result = new CompletableFuture<>();
        context.runOnContext(v -> call.get().onComplete(done -> {
            if (done.succeeded()) {
                result.complete(done.result());
            } else {
                result.completeExceptionally(done.cause());
            }
        }));
        return result;
    }

    /** Proposes, loading the account where needed; the chain's last one is the operation's own. */
    @CanIgnoreReturnValue
    public List<Proposal> propose(Operation operation) {
        return propose(operation, null);
    }

    @CanIgnoreReturnValue
    public List<Proposal> propose(Operation operation, TargetFacts facts) {
        return propose(operation, System.currentTimeMillis(), facts);
    }

    /** @param nowMs when it is decided, in ms since the epoch */
    @CanIgnoreReturnValue
    public List<Proposal> propose(Operation operation, long nowMs) {
        return propose(operation, nowMs, null);
    }

    private List<Proposal> propose(Operation operation, long nowMs, TargetFacts facts) {
        for (int i = 0; i < 3; i++) {
            ProposeReply reply =
                    get(on(() -> proposer.propose(operation, newId(), newId(), nowMs, facts, null, false)));
            if (reply instanceof ProposeReply.Decided decided) {
                return decided.chain();
            }
            if (!(reply instanceof ProposeReply.NotLoaded)) {
                throw new AssertionError("not decided: " + reply);
            }
            get(on(() ->
                    ledger.load(operation.account()).compose(loaded -> proposer.load(operation.account(), loaded))));
        }
        throw new AssertionError("does not load");
    }

    /** An operation's text as a gateway that was asked for it would sign it. */
    public String signed(AccountId account, String text) {
        Signature signature = new Signature();
        signature.use(get(on(ledger::secrets)));
        return signature.signed(account, text);
    }

    private static UUID newId() {
        return Generators.timeBasedEpochGenerator().generate();
    }

    public TargetFacts facts(AccountId account, UUID id) {
        return get(on(() -> ledger.findById(account, id))).facts();
    }

    public Outcome seal(List<Proposal> chain) {
        return get(sealing(chain));
    }

    /** Seals what another gateway has left in Redis. */
    public Outcome help(List<Proposal> unsealed) {
        return get(on(() -> sealer.help(unsealed.get(0).operation().account(), unsealed)));
    }

    /** Tells Redis that the operation is in Postgres, as a gateway does behind its answer. */
    public boolean note(Proposal sealed) {
        return get(on(() -> proposer.noteSealed(
                sealed.operation().account(), sealed.decision().version(), sealed.id())));
    }

    public <T> T ask(BiFunction<Proposer, Ledger, Future<T>> both) {
        return get(on(() -> both.apply(proposer, ledger)));
    }

    public CompletableFuture<Outcome> sealing(List<Proposal> chain) {
        return on(() -> sealer.seal(chain.get(0).operation().account(), chain));
    }

    /** Puts an image into Redis as if it had been sealed. */
    public void put(AccountId account, Image image) {
        redis(Command.DEL, account.redisKey());
        get(on(() -> proposer.load(account, new LedgerSnapshot(image, null, List.of()))));
    }

    @CanIgnoreReturnValue
    public Response redis(Command command, String... arguments) {
        Request request = Request.cmd(command);
        for (String argument : arguments) {
            request.arg(argument);
        }
        return get(on(() -> redis.send(request)));
    }

    public void restore(AccountId account, Buffer copy) {
        get(on(() -> redis.send(Request.cmd(Command.RESTORE)
                .arg(account.redisKey())
                .arg(0)
                .arg(copy)
                .arg("REPLACE"))));
    }

    /** Edits the account's image by hand; fails if there is nothing to edit. */
    public void edit(AccountId account, String text, String replacement) {
        edit(account, "i", text, replacement);
    }

    /** The same, with any field of the account's hash. */
    public void edit(AccountId account, String field, String text, String replacement) {
        String there = redis(Command.HGET, account.redisKey(), field).toString();
        if (!there.contains(text)) {
            throw new AssertionError("no " + text + " in " + there);
        }
        redis(Command.HSET, account.redisKey(), field, there.replace(text, replacement));
    }

    @Override
    public void close() {
        get(on(() -> sealer.close().compose(v -> ledger.close()).onComplete(v -> proposer.close())));
        get(vertx.close().toCompletionStage().toCompletableFuture());
    }
}
