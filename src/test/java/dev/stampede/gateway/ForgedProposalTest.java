package dev.stampede.gateway;

import static dev.stampede.support.TestGateway.account;
import static dev.stampede.support.TestGateway.done;
import static dev.stampede.support.TestGateway.earn;
import static dev.stampede.support.TestGateway.get;
import static dev.stampede.support.TestGateway.redeem;
import static dev.stampede.support.TestGateway.reverse;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.account.AccountId;
import dev.stampede.account.Image;
import dev.stampede.account.Operation;
import dev.stampede.account.OperationType;
import dev.stampede.account.Proposal;
import dev.stampede.account.SealedOperation;
import dev.stampede.points.Refusal;
import dev.stampede.seal.Outcome;
import dev.stampede.support.Ask;
import dev.stampede.support.Parts;
import dev.stampede.support.TestGateway;
import io.vertx.redis.client.Command;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Only what a gateway was asked for is sealed, whoever else can write to Redis. */
class ForgedProposalTest extends TwoGateways {
    private static final UUID FORGED = UUID.fromString("01935000-0000-7000-8000-000000000001");

    /** Who can write to Redis can put a proposal there that any gateway would seal, if it were one of theirs. */
    @Test
    void aProposalThatNoGatewayWasAskedForIsNotSealed() {
        AccountId account = account("forged");
        SealedOperation before = done(gateway.ask(earn(account, "e", 100)));
        noted(account);
        AccountId rich = account("rich");
        done(gateway.ask(earn(rich, "e", 5_000_000)));
        for (String operation : List.of(
                // as the library would write it, without a signature; with one that is made up; of another account
                text(account, "forged"),
                text(account, "forged").replace("}", ",\"mac\":\"1.0123456789abcdef0123456789abcdef\"}"),
                parts.signed(rich, text(rich, "forged")),
                "{\"id\":\"" + FORGED + "\",\"type\":\"tombstone\",\"key\":\"forged\"}")) {
            forge(account, before, operation);
            SealedOperation next =
                    done(gateway.ask(earn(account, UUID.randomUUID().toString(), 0)));
            assertEquals(100, next.image().state().available(), operation);
            assertEquals(List.of(), ledger.byKey(account, "forged"));
            before = next;
        }
        // nor are points made under the name of something else that a gateway was asked
        Operation enrol = Ask.of(OperationType.ENROL, account).build();
        forge(account, before, parts.signed(account, enrol.text(FORGED, null)), "mature");
        SealedOperation after = done(gateway.ask(earn(account, "after", 0)));
        assertEquals(100, after.image().state().available());
        before = after;
        // nor by the text of another proposal
        forge(
                account,
                before,
                parts.signed(account, earn(account, "forged", 1_000_000).text(UUID.randomUUID(), null)));
        before = done(gateway.ask(earn(account, "then", 0)));
        assertEquals(100, before.image().state().available());
        // one that is signed is sealed by whoever meets it
        forge(account, before, parts.signed(account, text(account, "forged")));
        assertEquals(
                1_000_100,
                done(gateway.ask(earn(account, "last", 0))).image().state().available());
    }

    /** The secret was replaced while this gateway did not ask: it asks, and throws nothing away. */
    @Test
    void whatIsSignedWithANewSecretIsSealed() {
        AccountId account = account("new-secret");
        done(gateway.ask(earn(account, "e", 100)));
        noted(account);
        double discards = discards();
        assertTrue(ledger.count(
                        "INSERT INTO secret (key, made_at) VALUES (sha256('another'), now() - interval '3 minutes')"
                                + " RETURNING id")
                > 1);
        try (Parts restarted = new Parts(gateway)) {
            Proposal left = restarted.propose(redeem(account, "r", 30)).get(0);
            assertEquals(
                    71,
                    done(gateway.ask(earn(account, "e2", 1))).image().state().available());
            assertEquals(List.of(left.id()), ledger.byKey(account, "r"));
        }
        assertEquals(discards, discards());
    }

    @Test
    void anEditedUnsealedProposalMintsNothing() throws Exception {
        AccountId account = account("mint");
        done(gateway.ask(earn(account, "e", 100)));
        parts.propose(earn(account, "e2", 7));
        parts.edit(account, "u2", "[\"earn\",7,0,0,0,107,", "[\"earn\",7000,0,0,0,7100,");
        parts.edit(account, "u2", "\"available\":107", "\"available\":7100");
        done(other.ask(earn(account, "e3", 1)));
        assertEquals(101, ledger.available(account)); // a helper does not seal what it can't trust
    }

    @Test
    void anEditedUnsealedProposalDoesNotStopTheSealer() throws Exception {
        TestGateway victim = start(Map.of());
        AccountId account = account("wedge");
        done(gateway.ask(earn(account, "e", 100)));
        parts.propose(earn(account, "e2", 7));
        parts.edit(account, "u2", "\"points\":7,", "");
        done(victim.ask(earn(account, "e3", 1)));
        // all others whom this write path serves
        for (int i = 0; i < 4; i++) {
            done(victim.ask(earn(account("wedge-innocent" + i), "e", 1)));
        }
        victim.close();
    }

    /** An image with unsealed operations was copied under another account's name: they are none of that account's. */
    @Test
    void anIdThatTwoLanesHaveStopsNobodyElse() {
        AccountId a = account("dup-0");
        AccountId b = account("dup-1");
        for (int i = 2; b.lane() <= a.lane(); i++) {
            b = account("dup-" + i);
        }
        List<Proposal> chain = parts.propose(earn(a, "e", 100));
        parts.restore(b, parts.redis(Command.DUMP, a.redisKey()).toBuffer());
        try (TestGateway stopped = start(Map.of("stampede.seal.sealers", "1"))) {
            Answer.Refused refused = assertInstanceOf(Answer.Refused.class, stopped.ask(redeem(b, "r", 10)));
            assertEquals(Refusal.ACCOUNT_NOT_FOUND, refused.refusal());
            assertEquals(Outcome.SEALED, parts.seal(chain));
            CompletableFuture<Answer> reversal =
                    stopped.submit(reverse(a, "rev", chain.get(0).id(), null));
            try {
                done(get(reversal));
            } catch (Unavailable e) {
                assertEquals(Unavailable.Code.OUTCOME_UNKNOWN, e.code());
            }
            done(stopped.ask(earn(account("innocent"), "e", 1)));
        }
    }

    private static String text(AccountId account, String key) {
        return earn(account, key, 1_000_000).text(FORGED, null);
    }

    /** Puts it into Redis as another gateway's newest, unsealed proposal. */
    private void forge(AccountId account, SealedOperation before, String operation) {
        forge(account, before, operation, "earn");
    }

    private void forge(AccountId account, SealedOperation before, String operation, String entry) {
        String old = before.image().text();
        long version = before.version() + 1;
        boolean never = operation.contains("tombstone");
        long points = never ? 0 : 1_000_000;
        long there = before.image().state().available();
        long day = before.image().state().lots().get(0).day();
        String image = old.replace("\"head\":\"" + before.id(), "\"head\":\"" + FORGED)
                .replace("\"version\":" + (version - 1), "\"version\":" + version)
                .replace("\"available\":" + there, "\"available\":" + (there + points))
                .replace("\"lifetime\":" + there, "\"lifetime\":" + (there + points))
                .replace("," + there + "]]", "," + (there + points) + "]]");
        String entries = never
                ? "[]"
                : "[[\"%s\",%d,0,0,0,%d,0,0,0,[[%d,%d]]]]".formatted(entry, points, there + points, day, points);
        String decision =
                ("{\"prev\":\"%s\",\"digest\":\"%s\",\"version\":%d,\"at\":%d,\"outcome\":\"%s\",\"points\":%d,"
                                + "\"lapsed\":false,\"entries\":%s}")
                        .formatted(
                                before.id(),
                                Image.digest(old),
                                version,
                                before.image().at(),
                                never ? "voided" : "ok",
                                points,
                                entries);
        parts.redis(
                Command.HSET,
                account.redisKey(),
                "u" + version,
                FORGED + " another\n" + operation + "\n" + decision + "\n" + image,
                "i",
                image,
                "h",
                Long.toString(version),
                "g",
                "another");
    }
}
