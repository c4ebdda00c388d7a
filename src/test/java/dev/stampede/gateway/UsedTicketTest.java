package dev.stampede.gateway;

import static dev.stampede.support.TestGateway.account;
import static dev.stampede.support.TestGateway.get;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.account.AccountId;
import dev.stampede.propose.Proposer;
import dev.stampede.redis.RedisUnavailable;
import dev.stampede.support.TestGateway;
import dev.stampede.support.Wire;
import dev.stampede.support.Wire.State;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** A ticket is used once, at whichever gateway. */
class UsedTicketTest extends TwoGateways {
    private static CompletableFuture<Boolean> use(TestGateway at, AccountId account, String nonce) {
        return at.gateway.useTicket(account, nonce).toCompletionStage().toCompletableFuture();
    }

    @Test
    void ofAllThatUseItOneIsTheFirst() {
        AccountId account = account("ticket");
        for (int round = 0; round < 20; round++) {
            String nonce = UUID.randomUUID().toString();
            List<CompletableFuture<Boolean>> uses = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                uses.add(use(i % 2 == 0 ? gateway : other, account, nonce));
            }
            assertEquals(1, uses.stream().filter(TestGateway::get).count());
            assertFalse(get(use(other, account, nonce)));
        }
    }

    @Test
    void whatLooksAtAllAccountsPassesItOver() {
        String nonce = UUID.randomUUID().toString();
        assertTrue(get(use(gateway, account("passed-over"), nonce)));
        List<AccountId> found = new ArrayList<>();
        String cursor = "";
        do {
            Proposer.Scanned scanned =
                    get(gateway.gateway.scan(cursor, 1000).toCompletionStage().toCompletableFuture());
            found.addAll(scanned.accounts());
            cursor = scanned.cursor();
        } while (!cursor.isEmpty());
        assertFalse(found.contains(AccountId.of("ticket", nonce)));
    }

    @Test
    void withoutRedisNobodyKnows() throws Exception {
        try (Wire wire = new Wire(backends.redis().port());
                TestGateway victim = startBehind(wire.port(), Map.of())) {
            AccountId account = account("unknown");
            assertTrue(get(use(victim, account, "before")));
            wire.state(State.DOWN);
            wire.cut();
            CompletableFuture<Boolean> unknown = use(victim, account, "before");
            assertThrows(RedisUnavailable.class, () -> get(unknown));
        }
    }
}
