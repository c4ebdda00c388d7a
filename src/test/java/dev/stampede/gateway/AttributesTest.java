package dev.stampede.gateway;

import static dev.stampede.support.TestGateway.account;
import static dev.stampede.support.TestGateway.done;
import static dev.stampede.support.TestGateway.earn;
import static dev.stampede.support.TestGateway.get;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.stampede.account.AccountId;
import dev.stampede.account.Image;
import dev.stampede.account.Operation;
import dev.stampede.account.OperationType;
import dev.stampede.support.Ask;
import io.vertx.redis.client.Command;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Attributes that only Redis has are neither shown nor kept. */
class AttributesTest extends TwoGateways {
    @Test
    void attributesThatOnlyRedisHasAreNotAnswered() {
        AccountId account = account("attributes-behind");
        done(gateway.ask(enrol(account, "{\"a\":1}")));
        done(gateway.ask(enrol(account, "{\"a\":2}")));
        parts.redis(Command.HSET, account.redisKey(), "a", "{\"a\":1}"); // as a replica that is behind has it
        done(gateway.ask(enrol(account, "{\"a\":1}")));
        parts.redis(Command.DEL, account.redisKey());
        assertEquals(
                "{\"a\":1}",
                get(gateway.gateway.peek(account).subscribeAsCompletionStage()).attributes());
    }

    @Test
    void editedAttributesAreNotShownAndDecideNothing() {
        AccountId account = account("attributes");
        Operation enrol = Ask.of(OperationType.ENROL, account)
                .attributes("{\"vip\":true}")
                .build();
        done(gateway.ask(enrol));
        noted(account);
        for (String lie : List.of("garbage}", "{\"vip\":false}")) {
            parts.redis(Command.HSET, account.redisKey(), "a", lie);
            assertEquals("{\"vip\":true}", peek(account).attributes());
            assertInstanceOf(Answer.Unchanged.class, gateway.ask(enrol));
        }
        // one that was edited in the image is refused like any other edit of it
        parts.edit(account, Image.digest("{\"vip\":true}"), Image.digest("{\"vip\":false}"));
        done(gateway.ask(earn(account, "e", 1)));
        assertEquals("{\"vip\":true}", peek(account).attributes());
        assertEquals(
                ComparisonResult.NONE,
                get(gateway.gateway.compare(account).toCompletionStage().toCompletableFuture()));
    }

    @Test
    void editedAttributesAreMended() {
        AccountId account = account("attributes-mended");
        done(gateway.ask(Ask.of(OperationType.ENROL, account)
                .attributes("{\"vip\":true}")
                .build()));
        noted(account);
        parts.redis(Command.HSET, account.redisKey(), "a", "garbage}");
        assertEquals(
                ComparisonResult.WRONG,
                get(gateway.gateway.compare(account).toCompletionStage().toCompletableFuture()));
        assertEquals(0, parts.redis(Command.EXISTS, account.redisKey()).toInteger());
        assertEquals("{\"vip\":true}", peek(account).attributes());
    }

    private static Operation enrol(AccountId account, String attributes) {
        return Ask.of(OperationType.ENROL, account).attributes(attributes).build();
    }
}
