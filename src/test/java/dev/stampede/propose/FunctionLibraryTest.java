package dev.stampede.propose;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.stampede.account.AccountId;
import dev.stampede.account.LedgerSnapshot;
import dev.stampede.account.Operation;
import dev.stampede.account.OperationType;
import dev.stampede.account.Signature;
import dev.stampede.redis.FunctionLibrary;
import dev.stampede.redis.RedisConfig;
import dev.stampede.support.Ask;
import dev.stampede.support.Backends;
import dev.stampede.support.RedisSocket;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.RedisOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The Lua library's parts, and that an error of a real Redis names the part and the line where it happened. */
@Tag("servers")
class FunctionLibraryTest {
    private static final Path DIRECTORY = Path.of("src/main/resources/lua");
    private static final AccountId ACCOUNT = AccountId.of("demo", "function-library");
    private static final Pattern PLACE = Pattern.compile("lua/([a-z0-9-]+\\.lua):([0-9]+)");

    private final FunctionLibrary library = new LuaLibrary().functions;
    private final Vertx vertx = Vertx.vertx();
    private final Context context = vertx.getOrCreateContext();
    private final List<Proposer> proposers = new ArrayList<>();
    private final RedisSocket redis = new RedisSocket(Backends.shared().redis().port());

    @BeforeEach
    void forget() {
        redis.ask("DEL", ACCOUNT.redisKey());
    }

    @AfterEach
    void close() throws Exception {
        forget();
        get(() -> {
            proposers.forEach(Proposer::close);
            return Future.succeededFuture();
        });
        redis.close();
        vertx.close().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    private Proposer connected() throws Exception {
        RedisConfig config = new SmallRyeConfigBuilder()
                .withConverter(Duration.class, 200, new io.quarkus.runtime.configuration.DurationConverter())
                .withMapping(RedisConfig.class)
                .build()
                .getConfigMapping(RedisConfig.class);
        RedisOptions options = new RedisOptions()
                .setConnectionString(
                        "redis://127.0.0.1:" + Backends.shared().redis().port());
        Proposer proposer = new Proposer(vertx, context, options, config);
        proposer.secrets(List.of(new Signature.Secret(1, new byte[32])));
        proposers.add(proposer);
        get(proposer::connect);
        return proposer;
    }

    @CanIgnoreReturnValue
    private <T> T get(Supplier<Future<T>> call) throws Exception {
        CompletableFuture<T> result = new CompletableFuture<>();
        context.runOnContext(v -> call.get().onSuccess(result::complete).onFailure(result::completeExceptionally));
        return result.get(20, TimeUnit.SECONDS);
    }

    private ProposeReply propose(Proposer proposer) throws Exception {
        Operation earn = Ask.of(OperationType.EARN, ACCOUNT)
                .points(10L)
                .lot(30_000, null)
                .autoEnrol(true)
                .build();
        return get(
                () -> proposer.propose(earn, UUID.randomUUID(), null, System.currentTimeMillis(), null, null, false));
    }

    /** The line that a message names first. */
    private static String lineOf(String message) throws IOException {
        Matcher place = PLACE.matcher(message);
        assertTrue(place.find(), message);
        return Files.readAllLines(DIRECTORY.resolve(place.group(1))).get(Integer.parseInt(place.group(2)) - 1);
    }

    @Test
    void partsAreTheFilesInTheOrderOfTheirNames() throws IOException {
        try (Stream<Path> files = Files.list(DIRECTORY)) {
            assertEquals(
                    files.map(file -> file.getFileName().toString()).sorted().toList(), LuaLibrary.PARTS);
        }
    }

    @Test
    void whatMakesNoSenseIsFoundInItsPart() throws Exception {
        Proposer one = connected();
        assertEquals(0, get(() -> one.load(ACCOUNT, LedgerSnapshot.BLANK)));
        assertInstanceOf(ProposeReply.Decided.class, propose(one));
        assertEquals(1L, redis.ask("HDEL", ACCOUNT.redisKey(), "u1"));
        String message = assertInstanceOf(ProposeReply.Broken.class, propose(connected()))
                .message();
        assertTrue(message.matches("lua/50-chain\\.lua:[0-9]+: no proposal of version 1"), message);
        assertTrue(lineOf(message).contains("error('no proposal of version '"), message);
    }

    @Test
    void anErrorIsFoundInItsPart() throws Exception {
        Proposer proposer = connected();
        redis.ask("SET", ACCOUNT.redisKey(), "no hash");
        ExecutionException failed = assertThrows(
                ExecutionException.class, () -> get(() -> proposer.noteSealed(ACCOUNT, 1, UUID.randomUUID())));
        String message = failed.getCause().getMessage();
        assertTrue(message.startsWith("WRONGTYPE "), message);
        assertTrue(message.contains(", on lua/70-tend.lua:"), message);
        assertTrue(lineOf(message).contains("redis.call('HMGET', key, 's', 'h', 'u' .. version)"), message);
    }

    @Test
    void aFaultOfALibraryThatDoesNotLoadIsFoundInItsPart() throws IOException {
        String fault = library.source()
                .replace("#!lua name=stampede_", "#!lua name=faulty_")
                .replace("function decide.redeem(s)", "function decide.redeem(s");
        String message = ((RedisSocket.Error) redis.ask("FUNCTION", "LOAD", fault)).message();
        assertTrue(message.contains("user_function:"), message);
        message = library.located(message);
        assertTrue(message.startsWith("ERR Error compiling function: lua/40-decide.lua:"), message);
        // where the compiler notices it: behind the line that it was taken from
        assertEquals("  local a = s.a", lineOf(message));
    }

    @Test
    void whatIsNoLineOfItStaysAsItIs() {
        assertEquals("lua/00-contract.lua:1: x", library.located("user_function:1: x"));
        assertEquals("user_function:0: x", library.located("user_function:0: x"));
        assertEquals("user_function:99999: x", library.located("user_function:99999: x"));
        assertEquals("user_function:12345678901: x", library.located("user_function:12345678901: x"));
    }
}
