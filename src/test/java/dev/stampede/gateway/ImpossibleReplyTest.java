package dev.stampede.gateway;

import static dev.stampede.support.TestGateway.account;
import static dev.stampede.support.TestGateway.done;
import static dev.stampede.support.TestGateway.earn;
import static dev.stampede.support.TestGateway.get;
import static dev.stampede.support.TestGateway.redeem;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.stampede.account.AccountId;
import dev.stampede.account.Operation;
import dev.stampede.account.OperationType;
import dev.stampede.account.SealedOperation;
import dev.stampede.support.Ask;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Somebody has replaced the Lua library: once, it gives a reply that the operation cannot have. The account is loaded
 * again, the operation is done as if nothing had been, and no points move that should not.
 */
class ImpossibleReplyTest extends TwoGateways {
    private static final String LIE = "impossible-reply";
    private static final String TAKES_ARGUMENTS =
            "  local operation, tag, now, format, facts, dry, per_second, now_ms = unpack(args)\n";

    private final List<String> honest = new ArrayList<>();

    @BeforeAll
    void replaceTheLibrary() {
        done(gateway.ask(earn(account("first"), "e", 1))); // loads the library
        for (Response library : parts.redis(Command.FUNCTION, "LIST", "WITHCODE")) {
            String code = library.get("library_code").toString();
            if (code.contains(TAKES_ARGUMENTS)) {
                honest.add(code);
            }
        }
        assertFalse(honest.isEmpty());
        for (String code : honest) {
            load(code.replace(
                    TAKES_ARGUMENTS,
                    TAKES_ARGUMENTS
                            + "  local lie = redis.call('GETDEL', '" + LIE + "')\n"
                            + "  if lie == 'other run' then dry = dry == '1' and '0' or '1'\n"
                            + "  elseif lie then return cjson.decode(lie) end\n"));
        }
    }

    @AfterAll
    void restoreTheLibrary() {
        honest.forEach(this::load);
    }

    private void load(String library) {
        parts.redis(Command.FUNCTION, "LOAD", "REPLACE", library);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[\"pending\",\"1\",\"01935000-0000-7000-8000-000000000001\"]",
                "[\"target\"]",
                "[\"moved\"]",
                "[\"limited\",\"1\"]",
                "[\"metered\",\"1\",\"1\",[\"load\"]]",
                "[\"day\",\"1\"]",
                "[\"not_enrolled\"]",
                "[\"unchanged\",\"IMAGE\"]",
                "[\"full\",\"a b\",\"a.0\"]",
                "[\"nonsense\"]",
                "other run"
            })
    void anEarnIsDoneOnce(String reply) {
        AccountId account = account("earn" + reply.hashCode());
        done(gateway.ask(earn(account, "e", 100)));
        lie(account, reply);
        Operation earn = Ask.of(OperationType.EARN, account)
                .key("k", "earn 30")
                .points(30L)
                .lot(20_000, null)
                .autoEnrol(true)
                .build();

        SealedOperation told = done(gateway.ask(earn));

        assertEquals(130, told.image().state().available());
        assertEquals(List.of(told.id()), ledger.byKey(account, "k"));
    }

    @Test
    void anOperationWithoutAKeyIsDone() {
        AccountId account = account("no-key");
        done(gateway.ask(earn(account, "e", 100)));
        lie(account, "[\"known\",\"1\",\"01935000-0000-7000-8000-000000000001\"]");
        SealedOperation told = done(gateway.ask(Ask.of(OperationType.ENROL, account)
                .attributes("{\"name\":\"Ada\"}")
                .build()));
        assertEquals(100, told.image().state().available());
    }

    @Test
    void aDryRunMovesNothing() {
        AccountId account = account("dry-run");
        done(gateway.ask(earn(account, "e", 100)));
        lie(account, "other run");

        Answer.Would would = assertInstanceOf(
                Answer.Would.class,
                get(gateway.gateway
                        .dryRun(redeem(account, "k", 30), null, left -> {})
                        .subscribeAsCompletionStage()));

        assertEquals(70, would.operation().image().state().available());
        assertEquals(List.of(), ledger.byKey(account, "k"));
        assertEquals(
                100, done(gateway.ask(earn(account, "end", 0))).image().state().available());
    }

    private void lie(AccountId account, String reply) {
        String image = parts.redis(Command.HGET, account.redisKey(), "i").toString();
        parts.redis(Command.SET, LIE, reply.replace("IMAGE", image.replace("\"", "\\\"")));
    }
}
