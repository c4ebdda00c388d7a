package dev.stampede.gateway;

import static dev.stampede.support.TestGateway.account;
import static dev.stampede.support.TestGateway.capture;
import static dev.stampede.support.TestGateway.declined;
import static dev.stampede.support.TestGateway.done;
import static dev.stampede.support.TestGateway.earn;
import static dev.stampede.support.TestGateway.get;
import static dev.stampede.support.TestGateway.hold;
import static dev.stampede.support.TestGateway.redeem;
import static dev.stampede.support.TestGateway.reverse;
import static dev.stampede.support.TestGateway.voidKey;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.account.AccountId;
import dev.stampede.account.CachedAccount;
import dev.stampede.account.Decision;
import dev.stampede.account.Entry;
import dev.stampede.account.HoldStatus;
import dev.stampede.account.Image;
import dev.stampede.account.Operation;
import dev.stampede.account.OperationType;
import dev.stampede.account.Proposal;
import dev.stampede.account.SealedOperation;
import dev.stampede.points.MemberPoints;
import dev.stampede.points.Refusal;
import dev.stampede.seal.Outcome;
import dev.stampede.support.Ask;
import dev.stampede.support.Backends;
import dev.stampede.support.LedgerCheck;
import dev.stampede.support.Parts;
import dev.stampede.support.TestGateway;
import io.vertx.redis.client.Command;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What Postgres refuses costs only its own caller, and nobody's image. */
class RefusalTest {
    private static TestGateway gateway;
    private static Parts parts;
    private static LedgerCheck ledger;

    @BeforeAll
    static void start() {
        Backends backends = Backends.shared();
        String jdbcUrl = backends.freshDatabase("refusal_test");
        TestGateway.migrate(jdbcUrl);
        gateway = new TestGateway(
                backends.postgres(),
                "refusal_test",
                backends.redis().port(),
                Map.of("stampede.gateway.compare-interval", "1h"));
        parts = new Parts(gateway);
        ledger = new LedgerCheck(jdbcUrl);
    }

    @AfterAll
    static void stop() {
        ledger.consistent();
        parts.close();
        gateway.close();
    }

    private static void forget(AccountId account, String key) {
        assertEquals(
                1, parts.redis(Command.HDEL, account.redisKey(), "k:" + key).toInteger());
    }

    /** Waits until Redis knows that the account's first operation is sealed. */
    private static void noted(AccountId account) {
        await().until(() -> parts.redis(Command.HGET, account.redisKey(), "u1") == null);
    }

    /** Redis thinks that this is left of an operation. */
    private static void pretend(AccountId account, UUID operation, String left) {
        parts.redis(Command.HSET, account.redisKey(), "t:" + operation, "1 " + left);
    }

    private static double discards() {
        return gateway.registry.find("stampede.discards").counters().stream()
                .mapToDouble(counter -> counter.count())
                .sum();
    }

    private static double count(String counter) {
        return gateway.registry.get(counter).counter().count();
    }

    private static Operation voidHold(AccountId account, String key, UUID hold) {
        return Ask.of(OperationType.VOID, account)
                .key(key, "void " + hold)
                .hold(hold)
                .build();
    }

    @Test
    void aForgottenKeyIsAnsweredAndHurtsNobody() {
        AccountId account = account("forgotten");
        SealedOperation first = done(gateway.ask(earn(account, "old", 7)));
        done(gateway.ask(earn(account, "older", 7)));
        forget(account, "old");
        forget(account, "older");
        double discards = discards();
        double rewinds = count("stampede.rewinds");

        List<CompletableFuture<Answer>> others = new ArrayList<>();
        CompletableFuture<Answer> retry = null;
        for (int i = 0; i < 60; i++) {
            others.add(gateway.submit(earn(account, "new-" + i, 1)));
            if (i == 30) {
                retry = gateway.submit(earn(account, "old", 7));
            }
        }
        Answer.Sealed replay = assertInstanceOf(Answer.Sealed.class, get(retry));
        assertTrue(replay.replayed());
        assertEquals(first.id(), replay.operation().id());
        for (CompletableFuture<Answer> other : others) {
            done(get(other));
        }
        assertEquals(rewinds + 1, count("stampede.rewinds"));
        assertEquals(discards, discards());

        // from now on such keys are looked up first
        double lookUps = count("stampede.key.lookups");
        Answer.Sealed again = assertInstanceOf(Answer.Sealed.class, gateway.ask(earn(account, "older", 7)));
        assertTrue(again.replayed());
        done(gateway.ask(earn(account, "newest", 1)));
        assertEquals(lookUps + 2, count("stampede.key.lookups"));
        assertEquals(rewinds + 1, count("stampede.rewinds"));
        assertEquals(discards, discards());
        assertEquals(
                75, done(gateway.ask(earn(account, "end", 0))).image().state().available());
    }

    @Test
    void anotherBodyUnderAForgottenKeyIsRefused() {
        AccountId account = account("forgotten-other");
        done(gateway.ask(earn(account, "old", 7)));
        forget(account, "old");
        Answer.Refused refused = assertInstanceOf(Answer.Refused.class, gateway.ask(redeem(account, "old", 7)));
        assertEquals(Refusal.IDEMPOTENCY_KEY_REUSED, refused.refusal());
        assertEquals(
                7, done(gateway.ask(earn(account, "end", 0))).image().state().available());
    }

    @Test
    void aRunIsSealedUpToItsCulprit() {
        AccountId account = account("culprit");
        done(gateway.ask(earn(account, "old", 7)));
        noted(account);
        forget(account, "old");
        List<Proposal> chain = new ArrayList<>(parts.propose(redeem(account, "before", 1)));
        chain.addAll(parts.propose(earn(account, "old", 7)));
        chain.addAll(parts.propose(redeem(account, "behind", 2)));
        assertEquals(3, chain.size());
        Proposal culprit = chain.get(1);

        assertEquals(new Outcome(Outcome.Fate.BEHIND, Outcome.Reason.KEY, culprit), parts.seal(chain));
        assertEquals(List.of(chain.get(0).id()), ledger.byKey(account, "before"));
        assertEquals(List.of(), ledger.byKey(account, "behind"));
        assertEquals(
                4,
                done(gateway.ask(redeem(account, "behind", 2))).image().state().available());
    }

    @Test
    void aCulpritThatComesFirstSealsNothing() {
        AccountId account = account("culprit-first");
        done(gateway.ask(earn(account, "old", 7)));
        noted(account);
        forget(account, "old");
        List<Proposal> chain = new ArrayList<>(parts.propose(earn(account, "old", 7)));
        chain.addAll(parts.propose(redeem(account, "behind", 2)));
        assertEquals(new Outcome(Outcome.Fate.BEHIND, Outcome.Reason.KEY, chain.get(0)), parts.seal(chain));
        assertEquals(1, ledger.count("SELECT count(*) FROM operation WHERE account = 'culprit-first'"));
        assertEquals(
                5,
                done(gateway.ask(redeem(account, "behind", 2))).image().state().available());
    }

    /** A reader who meets what a gateway has left gets an answer, and not for ever that it is on its way. */
    @Test
    void aKeyThatWasLeftIsSealedOrIsNot() {
        AccountId account = account("left");
        done(gateway.ask(earn(account, "old", 7)));
        noted(account);
        parts.propose(redeem(account, "left", 1));
        assertEquals("left", byKey(account, "left").operation().key());

        forget(account, "old");
        parts.propose(earn(account, "old", 7));
        parts.propose(redeem(account, "behind", 2));
        assertNull(byKey(account, "behind").operation());
        assertEquals(
                6, done(gateway.ask(earn(account, "end", 0))).image().state().available());
    }

    private static KeyLookup byKey(AccountId account, String key) {
        return get(gateway.gateway
                .findByKey(account, key)
                .subscribeAsCompletionStage()
                .toCompletableFuture());
    }

    /** It would be sealed, and replayed for ever. */
    @Test
    void aDeclineThatRestsOnAnEditedHoldIsNotSealed() {
        for (String lie : List.of("voided", "expired", "undone", "5 0", "0 1")) {
            AccountId account = account("held-" + lie.replace(' ', '-'));
            done(gateway.ask(earn(account, "e", 100)));
            SealedOperation held = done(gateway.ask(hold(account, "h", 30)));
            done(gateway.ask(capture(account, "c", held.id())));
            pretend(account, held.id(), lie);
            assertEquals("hold_captured", declined(gateway.ask(voidHold(account, "v", held.id()))), lie);
            pretend(account, held.id(), lie);
            assertEquals("hold_captured", declined(gateway.ask(capture(account, "c2", held.id()))), lie);
            pretend(account, held.id(), lie);
            assertEquals("hold_captured", declined(gateway.ask(voidKey(account, "vk", "h"))), lie);
        }
    }

    @Test
    void aHoldThatWasNeverMadeIsNotFound() {
        AccountId account = account("no-hold");
        done(gateway.ask(earn(account, "e", 100)));
        UUID none = UUID.randomUUID();
        pretend(account, none, "captured");
        Answer.Refused refused = assertInstanceOf(Answer.Refused.class, gateway.ask(voidHold(account, "v", none)));
        assertEquals(Refusal.HOLD_NOT_FOUND, refused.refusal());
        assertEquals(List.of(), ledger.byKey(account, "v"));
    }

    @Test
    void aDeclineThatRestsOnAnEditedReversalIsNotSealed() {
        for (String lie : List.of("60 0", "60 1", "0 1", "30 0", "captured")) {
            AccountId account = account("reversed-" + lie.replace(' ', '-'));
            done(gateway.ask(earn(account, "e", 100)));
            SealedOperation redeemed = done(gateway.ask(redeem(account, "r", 60)));
            pretend(account, redeemed.id(), lie);
            SealedOperation reversed = done(gateway.ask(reverse(account, "v", redeemed.id(), 50L)));
            assertEquals(90, reversed.image().state().available(), lie);
            pretend(account, redeemed.id(), "0 0");
            assertEquals(
                    "reverse_exceeds_original", declined(gateway.ask(reverse(account, "v2", redeemed.id(), 50L))), lie);
            pretend(account, redeemed.id(), "60 1");
            done(gateway.ask(voidKey(account, "vk", "r")));
            assertEquals("voided", declined(gateway.ask(reverse(account, "v3", redeemed.id(), 1L))), lie);
        }
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

    private static CachedAccount peek(AccountId account) {
        return get(gateway.gateway.peek(account).subscribeAsCompletionStage().toCompletableFuture());
    }

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

    private static final UUID FORGED = UUID.fromString("01935000-0000-7000-8000-000000000001");

    private static String text(AccountId account, String key) {
        return earn(account, key, 1_000_000).text(FORGED, null);
    }

    /** Puts it into Redis as another gateway's newest, unsealed proposal. */
    private static void forge(AccountId account, SealedOperation before, String operation) {
        forge(account, before, operation, "earn");
    }

    private static void forge(AccountId account, SealedOperation before, String operation, String entry) {
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

    /** Declines of one run rest on what the run itself has done. */
    @Test
    void declinesBehindWhatTheyRestOn() {
        AccountId account = account("in-run");
        done(gateway.ask(earn(account, "e", 100)));
        SealedOperation redeemed = done(gateway.ask(redeem(account, "r", 60)));
        SealedOperation held = done(gateway.ask(hold(account, "h", 30)));
        double rewinds = count("stampede.rewinds");
        List<CompletableFuture<Answer>> answers = List.of(
                gateway.submit(reverse(account, "v1", redeemed.id(), 60L)),
                gateway.submit(reverse(account, "v2", redeemed.id(), 1L)),
                gateway.submit(capture(account, "c1", held.id())),
                gateway.submit(capture(account, "c2", held.id())),
                gateway.submit(voidHold(account, "c3", held.id())));
        List<String> outcomes = answers.stream()
                .map(answer -> assertInstanceOf(Answer.Sealed.class, get(answer))
                        .operation()
                        .outcome())
                .toList();
        assertEquals(List.of("ok", "already_reversed", "ok", "hold_captured", "hold_captured"), outcomes);
        assertEquals(rewinds, count("stampede.rewinds"));
    }

    /** What a gateway was asked is signed, what was decided of it is not. */
    @Test
    void aDecisionThatUndoesWhatItShouldNotIsNotSealed() {
        AccountId account = account("undoing");
        SealedOperation earned = done(gateway.ask(earn(account, "e", 1000)));
        SealedOperation redeemed = done(gateway.ask(redeem(account, "r", 60)));
        SealedOperation another = done(gateway.ask(redeem(account, "r2", 60)));
        Operation ofRedeemed = reverse(account, "v", redeemed.id(), 10L);
        Operation ofEarned = reverse(account, "v", earned.id(), 10L);
        Operation ofKey = voidKey(account, "v", "r");
        UUID own = UUID.randomUUID();

        refused(another.image(), own, ofRedeemed, own, 0, 10, 10);
        refused(another.image(), own, ofRedeemed, own, 0, 1_000_000, 1_000_000);
        refused(another.image(), own, ofRedeemed, redeemed.id(), 0, 20, 20);
        refused(another.image(), own, ofRedeemed, another.id(), 0, 10, 10);
        refused(another.image(), own, ofRedeemed, redeemed.id(), 0, 10, 5, 10);
        refused(another.image(), own, ofRedeemed, redeemed.id(), 0, 10, 10, 10);
        refused(another.image(), own, ofRedeemed, redeemed.id(), 0, 10, 20, -10);
        refused(another.image(), own, ofRedeemed, redeemed.id(), 0, 10, -10);
        refused(another.image(), own, ofRedeemed, redeemed.id(), 0, 10);
        refused(another.image(), own, ofRedeemed, redeemed.id(), 10, 10, 10);
        refused(another.image(), own, ofRedeemed, redeemed.id(), 0, -10, -10);
        refused(another.image(), own, ofRedeemed, null, 0, 0, 10);
        refused(another.image(), own, ofEarned, earned.id(), 0, 10, 10);
        refused(another.image(), own, ofKey, own, 0, 10, 10);
        refused(another.image(), own, ofKey, another.id(), 0, 60, 60);
        refused(another.image(), own, ofKey, earned.id(), 0, 60, -60);
        refused(another.image(), own, earn(account, "v", 10), redeemed.id(), 0, 10, 10);
        // an undoing of less than was asked for would keep the rest from being undone
        refused(another.image(), own, reverse(account, "v", redeemed.id(), null), redeemed.id(), 0, 0);
        refused(another.image(), own, reverse(account, "v", redeemed.id(), null), redeemed.id(), 0, 1, 1);
        refused(another.image(), own, ofRedeemed, redeemed.id(), 0, 0);
        refused(another.image(), own, ofKey, redeemed.id(), 0, 0);
        refused(another.image(), own, ofKey, redeemed.id(), 0, 59, 59);

        // nor where what it undoes comes with it
        Proposal third = parts.propose(redeem(account, "r3", 60)).get(0);
        for (Proposal wrong : List.of(
                forged(third.image(), own, reverse(account, "v", third.id(), null), third.id(), 0, 61, 61),
                forged(third.image(), own, reverse(account, "v", third.id(), null), third.id(), 0, 60, -60),
                forged(third.image(), own, reverse(account, "v", third.id(), null), third.id(), 0, 0),
                forged(third.image(), own, voidKey(account, "v", "r2"), third.id(), 0, 60, 60))) {
            assertNotEquals(Outcome.SEALED, parts.seal(List.of(third, wrong)));
            assertEquals(List.of(), ledger.byKey(account, "v"));
        }
        assertEquals(
                1000 - 3 * 60 + 10,
                done(gateway.ask(ofRedeemed)).image().state().available());
    }

    private static void refused(
            Image head, UUID id, Operation operation, UUID target, long before, long reversed, long... entries) {
        Proposal forged = forged(head, id, operation, target, before, reversed, entries);
        assertNotEquals(Outcome.SEALED, parts.seal(List.of(forged)), forged.toString());
        assertEquals(List.of(), ledger.byKey(operation.account(), operation.key()), forged.toString());
    }

    private static Proposal forged(
            Image head, UUID id, Operation operation, UUID target, long before, long reversed, long... entries) {
        List<Entry> moves = new ArrayList<>();
        MemberPoints there = head.state();
        long available = there.available();
        for (long points : entries) {
            available += points;
            moves.add(new Entry(
                    "reverse", points, 0, 0, 0, available, there.held(), there.pending(), there.debt(), List.of()));
        }
        return forged(
                head, id, operation, Decision.OK, available - there.available(), moves, null, target, before, reversed);
    }

    private static Proposal forged(
            Image head,
            UUID id,
            Operation operation,
            String outcome,
            long points,
            List<Entry> entries,
            HoldStatus hold,
            UUID target,
            long before,
            long reversed) {
        String old = head.text();
        Entry last = entries.isEmpty() ? null : entries.get(entries.size() - 1);
        MemberPoints there = head.state();
        long version = head.version() + 1;
        String image = old.replace("\"head\":\"" + head.head(), "\"head\":\"" + id)
                .replace("\"version\":" + (version - 1), "\"version\":" + version)
                .replace(
                        "\"available\":" + there.available(),
                        "\"available\":" + (last == null ? there.available() : last.availableAfter()))
                .replace("\"held\":" + there.held(), "\"held\":" + (last == null ? there.held() : last.heldAfter()));
        return new Proposal(
                id,
                operation,
                new Decision(
                        head.head(),
                        Image.digest(old),
                        version,
                        head.at(),
                        outcome,
                        points,
                        false,
                        entries,
                        hold,
                        target,
                        before,
                        reversed,
                        null,
                        null,
                        false),
                Image.parse(image));
    }

    /** What can be undone of a capture is what the hold says was captured. */
    @Test
    void aDecisionThatCapturesOtherPointsThanMoveIsNotSealed() {
        AccountId account = account("capturing");
        done(gateway.ask(earn(account, "e", 1000)));
        SealedOperation held = done(gateway.ask(hold(account, "h", 60)));
        Operation capture = capture(account, "c", held.id());
        UUID own = UUID.randomUUID();
        Entry moves = new Entry("capture", 0, -60, 0, 0, 940, 0, 0, 0, List.of());
        for (HoldStatus lie : List.of(
                new HoldStatus(held.id(), 60, 1_000_000, "captured", 1),
                new HoldStatus(held.id(), 1_000_000, 1_000_000, "captured", 1),
                new HoldStatus(held.id(), 60, 10, "captured", 1),
                new HoldStatus(held.id(), 0, 0, "captured", 1),
                new HoldStatus(UUID.randomUUID(), 60, 60, "captured", 1))) {
            Proposal forged =
                    forged(held.image(), own, capture, Decision.OK, 0, List.of(moves), lie, held.id(), 0, lie.points());
            assertNotEquals(Outcome.SEALED, parts.seal(List.of(forged)), lie.toString());
        }
        Operation another = hold(account, "h2", 60);
        Entry holds = new Entry("hold", -60, 60, 0, 0, 880, 120, 0, 0, List.of());
        Proposal more = forged(
                held.image(),
                own,
                another,
                Decision.OK,
                -60,
                List.of(holds),
                new HoldStatus(own, 1_000_000, 0, "held", 1),
                null,
                0,
                0);
        assertNotEquals(Outcome.SEALED, parts.seal(List.of(more)));
        assertEquals(List.of(), ledger.byKey(account, "h2"));
        // for nothing, or for less than the hold had
        for (long points : new long[] {0, 1}) {
            Entry less = new Entry("capture", 0, -points, 0, 0, 940, 60 - points, 0, 0, List.of());
            Proposal forged = forged(
                    held.image(),
                    own,
                    capture,
                    Decision.OK,
                    0,
                    points == 0 ? List.of() : List.of(less),
                    new HoldStatus(held.id(), points, points, "captured", 1),
                    held.id(),
                    0,
                    points);
            assertNotEquals(Outcome.SEALED, parts.seal(List.of(forged)), forged.toString());
        }
        refused(held.image(), own, voidKey(account, "v", "h"), held.id(), 0, 0);
        done(gateway.ask(capture));
    }

    /** Somebody has put an image there on which nothing could be decided any more. */
    @Test
    void anImageThatMakesNoSenseIsNotSealed() {
        AccountId account = account("senseless");
        SealedOperation earned = done(gateway.ask(earn(account, "e", 1000)));
        noted(account);
        String day = "[[" + earned.image().state().lots().get(0).day() + ",";
        for (var edit : Map.of(
                        "\"at\":" + earned.image().at(),
                        "\"at\":32503680000000",
                        day + "1000]]",
                        day + "1000000]]",
                        day + "1000]",
                        "[[1000000000000,1000]",
                        "\"lifetime\":1000",
                        "\"lifetime\":-1",
                        "\"holds\":[]",
                        "\"holds\":[[\"" + FORGED + "\",5,0,[]]]",
                        "\"maturing\":[]",
                        "\"maturing\":[[1,1,5]]",
                        "\"pending\":0",
                        "\"pending\":5")
                .entrySet()) {
            Proposal forged = forged(
                    earned.image(),
                    UUID.randomUUID(),
                    redeem(account, "r", 5000),
                    "insufficient_points",
                    0,
                    List.of(),
                    null,
                    null,
                    0,
                    0);
            String image = forged.image().text().replace(edit.getKey(), edit.getValue());
            assertNotEquals(forged.image().text(), image);
            Proposal senseless = new Proposal(forged.id(), forged.operation(), forged.decision(), Image.parse(image));
            assertNotEquals(Outcome.SEALED, parts.help(List.of(senseless)), image);
        }
        assertEquals("insufficient_points", declined(gateway.ask(redeem(account, "r", 5000))));
        for (String text : List.of(
                earned.image().text() + " x",
                earned.image().text().replace("\"holds\":[]", "\"holds\":[],\"expired\":5"),
                earned.image().text().replace("\"maturing\":[],", ""))) {
            assertThrows(IllegalArgumentException.class, () -> Image.parse(text), text);
        }
    }

    @Test
    void aDeclineThatDoesSomethingIsNotSealed() {
        AccountId account = account("doing");
        SealedOperation earned = done(gateway.ask(earn(account, "e", 1000)));
        Operation redeem = redeem(account, "r", 5000);
        UUID own = UUID.randomUUID();
        for (Proposal forged : List.of(
                forged(earned.image(), own, redeem, "insufficient_points", 10, List.of(), null, null, 0, 0),
                forged(earned.image(), own, redeem, "insufficient_points", 0, List.of(), null, earned.id(), 0, 0),
                forged(earned.image(), own, redeem, "no_mood", 0, List.of(), null, null, 0, 0))) {
            assertEquals(Outcome.POISONED, parts.seal(List.of(forged)), forged.toString());
        }
        assertEquals("insufficient_points", declined(gateway.ask(redeem)));
    }

    /**
     * A run that ends before its culprit leaves the account as its last image says, also where that is of a decline.
     */
    @Test
    void aDeclineWithAnotherImageBeforeACulpritIsNotSealed() {
        AccountId account = account("trimmed");
        done(gateway.ask(earn(account, "old", 7)));
        noted(account);
        Proposal earned = parts.propose(earn(account, "new", 1)).get(0);
        Operation redeem = redeem(account, "r", 5000);
        Proposal honest = forged(
                earned.image(), UUID.randomUUID(), redeem, "insufficient_points", 0, List.of(), null, null, 0, 0);
        Proposal lying = new Proposal(
                honest.id(),
                redeem,
                honest.decision(),
                Image.parse(honest.image().text().replace("\"available\":8", "\"available\":999")));
        Proposal culprit = forged(
                lying.image(),
                UUID.randomUUID(),
                redeem(account, "old", 7),
                "insufficient_points",
                0,
                List.of(),
                null,
                null,
                0,
                0);
        assertNotEquals(Outcome.SEALED, parts.seal(List.of(earned, lying, culprit)));
        assertEquals(List.of(), ledger.byKey(account, "r"));
        assertEquals(
                9, done(gateway.ask(earn(account, "end", 1))).image().state().available());
    }

    @Test
    void ofTwoUnderOneKeyInARunTheSecondIsTheCulprit() {
        AccountId account = account("twice");
        done(gateway.ask(earn(account, "e", 1)));
        noted(account);
        List<Proposal> chain = new ArrayList<>(parts.propose(earn(account, "k", 7)));
        forget(account, "k");
        chain.addAll(parts.propose(earn(account, "k", 7)));
        assertEquals(new Outcome(Outcome.Fate.CULPRIT, Outcome.Reason.KEY, chain.get(1)), parts.seal(chain));
        assertEquals(List.of(chain.get(0).id()), ledger.byKey(account, "k"));
        assertEquals(
                8, done(gateway.ask(earn(account, "end", 0))).image().state().available());
    }
}
