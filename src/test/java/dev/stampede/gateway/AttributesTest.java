package dev.stampede.gateway;

import static dev.stampede.support.TestGateway.account;
import static dev.stampede.support.TestGateway.done;
import static dev.stampede.support.TestGateway.earn;
import static dev.stampede.support.TestGateway.get;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.stampede.account.AccountId;
import dev.stampede.account.Attributes;
import dev.stampede.account.Image;
import dev.stampede.account.Operation;
import dev.stampede.account.OperationType;
import dev.stampede.account.SealedOperation;
import dev.stampede.codec.MemberText;
import dev.stampede.support.Ask;
import io.vertx.redis.client.Command;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
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

    /** Rules go by declared attributes: those of a member are what he was given, whatever Redis says. */
    @Test
    void editedDeclaredAttributesDecideNothing() {
        AccountId account = account("declared");
        done(gateway.ask(declared(account, "1990-12-24")));
        String member = "{\"attributes\":[\"born\",\"1990-12-24\"," + today() + "]}";
        noted(account);
        parts.edit(account, "1990-12-24\"," + today(), "1990-12-24\"," + (today() - 40));
        assertEquals(member, done(gateway.ask(earn(account, "a", 1))).image().member());
        noted(account);
        parts.edit(account, "1990-12-24", "1990-11-24");
        assertInstanceOf(Answer.Unchanged.class, gateway.ask(declared(account, "1990-12-24")));
        assertEquals(member, done(gateway.ask(earn(account, "b", 1))).image().member());
        forget(account);
        assertEquals(member, done(other.ask(earn(account, "c", 1))).image().member());
    }

    /** What the program declares may have changed although the attributes have not. */
    @Test
    void theSameAttributesMayBeDeclaredLater() {
        AccountId account = account("declared-later");
        done(gateway.ask(enrol(account, "{\"born\":\"1990-12-24\"}")));
        SealedOperation declared = done(gateway.ask(declared(account, "1990-12-24")));
        assertEquals(
                "{\"attributes\":[\"born\",\"1990-12-24\"," + today() + "]}",
                declared.image().member());
        assertInstanceOf(Answer.Unchanged.class, gateway.ask(declared(account, "1990-12-24")));
        assertEquals(
                null,
                done(gateway.ask(new Operation.Enrol(
                                Operation.Header.of(account, null),
                                new Attributes("{}", new TreeMap<>(), null),
                                null,
                                null)))
                        .image()
                        .member());
    }

    /** A change rests on the attributes that Postgres has, not on those that Redis shows. */
    @Test
    void aChangeRestsOnWhatPostgresHas() {
        AccountId account = account("changed");
        done(gateway.ask(enrol(account, "{\"a\":1}")));
        noted(account);
        parts.redis(Command.HSET, account.redisKey(), "a", "{\"a\":7}");
        List<String> seen = new ArrayList<>();
        Operation change = new Operation.Enrol(
                Operation.Header.of(account, null),
                null,
                before -> {
                    seen.add(before);
                    return new Attributes("{\"a\":1,\"b\":2}", null, Image.digest(before));
                },
                null,
                null);
        done(gateway.ask(change));
        assertEquals(List.of("{\"a\":1}"), seen);
        assertEquals("{\"a\":1,\"b\":2}", peek(account).attributes());
        // and one that was made for others is made again
        seen.clear();
        parts.edit(account, Image.digest("{\"a\":1,\"b\":2}"), Image.digest("{}"));
        Operation again = new Operation.Enrol(
                Operation.Header.of(account, null),
                null,
                before -> {
                    seen.add(before);
                    return new Attributes("{\"c\":1}", null, Image.digest(before));
                },
                null,
                null);
        done(gateway.ask(again));
        assertEquals("{\"a\":1,\"b\":2}", seen.get(seen.size() - 1));
        assertEquals("{\"c\":1}", peek(account).attributes());
    }

    /** Who can write to Redis gives nobody other attributes than were asked for, not even in what is not sealed yet. */
    @Test
    void anUnsealedChangeIsSealedAsItWasAskedOrNotAtAll() {
        AccountId account = account("unsealed");
        done(gateway.ask(declared(account, "1990-12-24")));
        noted(account);
        parts.propose(declared(account, "1990-12-25"));
        forge(account, "1990-12-25", "1980-01-01");
        done(other.ask(earn(account, "a", 1)));
        assertEquals("1990-12-24", born(account));
        // nor in what changes none
        parts.propose(declared(account, "1990-12-27"));
        parts.propose(earn(account, "unsealed", 1));
        forge(account, "1990-12-27", "1980-01-01");
        done(other.ask(earn(account, "b", 1)));
        assertFalse(born(account).startsWith("1980"));
    }

    /** Edits the newest proposal, and the image that it has left. */
    private void forge(AccountId account, String from, String to) {
        parts.edit(account, "u" + peek(account).image().version(), "[\"born\",\"" + from, "[\"born\",\"" + to);
        parts.edit(account, from, to);
    }

    private String born(AccountId account) {
        return MemberText.read(peek(account).image().member())
                .attributes()
                .get("born")
                .value();
    }

    private static long today() {
        return LocalDate.now(ZoneOffset.UTC).toEpochDay();
    }

    private static Operation declared(AccountId account, String born) {
        return new Operation.Enrol(
                Operation.Header.of(account, null),
                new Attributes("{\"born\":\"" + born + "\"}", new TreeMap<>(Map.of("born", born)), null),
                null,
                null);
    }
}
