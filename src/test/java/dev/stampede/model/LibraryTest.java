package dev.stampede.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.stampede.account.AccountId;
import dev.stampede.account.Image;
import dev.stampede.account.LedgerSnapshot;
import dev.stampede.account.Operation;
import dev.stampede.account.OperationType;
import dev.stampede.account.Proposal;
import dev.stampede.account.Receipt;
import dev.stampede.account.TargetFacts;
import dev.stampede.award.Claim;
import dev.stampede.points.Grace;
import dev.stampede.points.LocalDay;
import dev.stampede.points.Lot;
import dev.stampede.points.MemberPoints;
import dev.stampede.points.PointLimits;
import dev.stampede.points.Renewal;
import dev.stampede.rules.Call;
import dev.stampede.rules.CompiledProgram;
import dev.stampede.rules.TestPrograms;
import dev.stampede.support.Ask;
import dev.stampede.support.Backends;
import dev.stampede.support.RedisSocket;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What random operations hardly meet: images that were edited, limits, what is forgotten. */
@Tag("servers")
class LibraryTest {
    private static final long NOW = 1_800_000_000_000L;
    private static final long DAY_MS = 86_400_000;
    private static final long TODAY = NOW / DAY_MS;
    private static final AccountId ACCOUNT = AccountId.of("model", "library");
    private static int accounts;

    private Library library;
    private String key;
    /** What the last call that counted was told. */
    private String left;

    private int keys;

    @BeforeEach
    void load() {
        library = new Library(new RedisSocket(Backends.shared().redis().port()));
        key = "model:library:" + System.nanoTime() + ":" + accounts++;
        assertEquals(1, library.load(key, LedgerSnapshot.BLANK));
    }

    @AfterEach
    void close() {
        library.redis.ask("DEL", key);
        library.redis.close();
    }

    private Ask keyed(OperationType type) {
        String next = "k" + ++keys;
        return Ask.of(type, ACCOUNT).key(next, next);
    }

    private Operation earn(long points) {
        return keyed(OperationType.EARN)
                .points(points)
                .lot(TODAY + 30, null)
                .autoEnrol(true)
                .build();
    }

    private Operation redeem(long points) {
        return keyed(OperationType.REDEEM).points(points).build();
    }

    private Operation hold(long points) {
        return keyed(OperationType.HOLD).points(points).ttlSeconds(60).build();
    }

    @CanIgnoreReturnValue
    private List<String> ask(Operation op, String tag, TargetFacts facts) {
        UUID tombstone = op.voids() == null ? null : UUID.randomUUID();
        return library.propose(key, op.text(UUID.randomUUID(), tombstone), tag, NOW, facts, false)
                .words();
    }

    @CanIgnoreReturnValue
    private List<String> ask(Operation op) {
        return ask(op, "a", null);
    }

    /** The operation's own proposal. */
    @CanIgnoreReturnValue
    private Proposal propose(Operation op, TargetFacts facts) {
        List<String> reply = ask(op, "a", facts);
        assertEquals("proposed", reply.get(0), () -> op + " -> " + reply);
        return Proposal.parse(ACCOUNT, reply.get(reply.size() - 1));
    }

    @CanIgnoreReturnValue
    private Proposal propose(Operation op) {
        return propose(op, null);
    }

    @CanIgnoreReturnValue
    private Proposal seal(Proposal proposal) {
        assertEquals(1, library.sealed(key, proposal.decision().version(), proposal.id()));
        return proposal;
    }

    private void set(String field, String value) {
        library.redis.ask("HSET", key, field, value);
    }

    private static TargetFacts facts(Proposal head, Proposal of, long reversed, List<Lot> lots, String state) {
        return new TargetFacts(
                head.id(),
                head.decision().version(),
                of.id(),
                of.operation().type().code(),
                false,
                of.reversible(),
                lots,
                of.operation() instanceof Operation.Earn earn ? Long.valueOf(earn.on()) : null,
                null,
                reversed,
                false,
                reversed == 0 ? 0 : 1,
                state,
                null,
                null,
                Receipt.NONE);
    }

    @Test
    void sealedImagesLiveForAWhileUnsealedOnesForEver() {
        assertTrue(library.ttlMs(key) > 0);
        Proposal one = propose(earn(10));
        assertEquals(-1, library.ttlMs(key));
        Proposal two = propose(earn(10));
        seal(one);
        assertEquals(-1, library.ttlMs(key));
        seal(two);
        assertTrue(library.ttlMs(key) > 0 && library.ttlMs(key) <= Library.TTL_MS);
        assertEquals(List.of("unchanged", two.image().text()), ask(lapse()));
        assertTrue(library.ttlMs(key) > 0);
        propose(redeem(21));
        assertEquals(-1, library.ttlMs(key), "a decline is unsealed too");
    }

    private static Operation lapse() {
        return Ask.of(OperationType.LAPSE, ACCOUNT).build();
    }

    private String limited(Operation op, boolean dryRun, int perSecond, long ms) {
        List<?> reply = library.proposeLimited(key, op.text(UUID.randomUUID(), null), NOW, dryRun, perSecond, NOW + ms);
        if (reply.get(0).equals("metered")) {
            left = reply.get(1) + " of " + perSecond + ", whole in " + reply.get(2);
            return (String) ((List<?>) reply.get(3)).get(0);
        }
        return reply.get(0).equals("limited") ? "limited " + reply.get(1) : (String) reply.get(0);
    }

    @Test
    void whatIsLeftIsToldOfEachThatCounts() {
        assertEquals("proposed", limited(earn(1), false, 4, 0));
        assertEquals("3 of 4, whole in 250", left);
        assertEquals("would", limited(earn(1), true, 4, 0));
        assertEquals("2 of 4, whole in 500", left);
        assertEquals("proposed", limited(earn(1), false, 4, 100));
        assertEquals("1 of 4, whole in 650", left);
        assertEquals("proposed", limited(earn(1), false, 4, 60_000));
        assertEquals("3 of 4, whole in 250", left);
    }

    @Test
    void aBurstOfCallsThenARate() {
        for (int i = 0; i < 4; i++) {
            assertEquals("proposed", limited(earn(1), false, 4, 0));
        }
        assertEquals("limited 250", limited(earn(1), false, 4, 0));
        assertEquals("limited 250", limited(earn(1), true, 4, 0));
        assertEquals("limited 1", limited(earn(1), false, 4, 249));
        assertEquals("would", limited(earn(1), true, 4, 250));
        assertEquals("limited 250", limited(earn(1), false, 4, 250));
        assertEquals("proposed", limited(redeem(1_000_000), false, 4, 500), "a decline counts");
        assertEquals("limited 250", limited(earn(1), false, 4, 500));
        assertEquals("proposed", ask(earn(1)).get(0), "without a limit nothing is counted");
        for (int i = 0; i < 4; i++) {
            assertEquals("proposed", limited(earn(1), false, 4, 60_000));
        }
        assertEquals("limited 250", limited(earn(1), false, 4, 60_000));
    }

    @Test
    void aKnownKeyIsAnsweredBeforeTheLimit() {
        Operation first = earn(1);
        assertEquals("proposed", limited(first, false, 1, 0));
        assertEquals("limited 1000", limited(earn(1), false, 1, 0));
        assertEquals("known", limited(first, false, 1, 0));
    }

    /** A little is the difference between two clocks; no call has left more. */
    @Test
    void aClockThatGoesBackLocksNobodyOut() {
        assertEquals("proposed", limited(earn(1), false, 1, 0));
        assertEquals("limited 1500", limited(earn(1), false, 1, -500));
        assertEquals("proposed", limited(earn(1), false, 1, -3_600_000));
        set("r", "nonsense");
        assertEquals("proposed", limited(earn(1), false, 1, -3_600_000));
    }

    @Test
    void loadDoesNotOverwrite() {
        Proposal earned = propose(earn(10));
        assertEquals(0, library.load(key, LedgerSnapshot.BLANK));
        assertEquals(earned.image().text(), library.fields(key).get(0));
        assertEquals(-1, library.ttlMs(key));
    }

    @Test
    void loadReplacesAnotherFormatWhole() {
        Proposal earned = propose(earn(10));
        set("f", "0 other");
        assertEquals(List.of("load"), ask(redeem(1)));
        assertEquals(1, library.load(key, LedgerSnapshot.BLANK));
        assertEquals("proposed", ask(earned.operation()).get(0), "the key is gone with the image");
    }

    @Test
    void anotherEpochIsNotLoaded() {
        assertEquals(
                List.of("load"),
                library.redis.ask(
                        "FCALL",
                        "propose_model",
                        1,
                        key,
                        earn(1).text(UUID.randomUUID(), null),
                        "a",
                        NOW,
                        Image.FORMAT + " after the failover",
                        "",
                        "0"));
        assertEquals(
                List.of("load"),
                library.redis.ask("FCALL", "unsealed_model", 1, key, Image.FORMAT + " after the failover", ""));
    }

    @Test
    void anUnknownAccountIsToBeLoaded() {
        library.redis.ask("DEL", key);
        assertEquals(List.of("load"), ask(earn(1)));
        assertEquals(List.of("load"), library.unsealed(key, ""));
        assertEquals(0L, library.redis.ask("EXISTS", key));
    }

    @Test
    void whatMakesNoSenseIsBroken() {
        String image = propose(earn(10)).image().text();
        for (String nonsense : List.of(
                "no image",
                "",
                "[]",
                "{}",
                image.substring(0, image.length() - 2),
                image.replace("\"lots\"", "\"pots\""),
                image.replace("\"version\":1", "\"version\":7"),
                image.replace("\"available\":10", "\"available\":\"a few\""))) {
            set("i", nonsense);
            assertBroken();
        }
        set("i", image);
        for (String field : List.of("h", "s")) {
            String kept = (String) library.redis.ask("HGET", key, field);
            set(field, "nonsense");
            assertBroken();
            set(field, kept);
        }
        assertEquals("proposed", ask(redeem(1)).get(0));
    }

    @Test
    void whatLacksFieldsIsReplaced() {
        for (String field : List.of("f", "i", "h", "s")) {
            propose(earn(10));
            library.redis.ask("HDEL", key, field);
            assertEquals(List.of("load"), ask(earn(10)));
            assertEquals(1, library.load(key, LedgerSnapshot.BLANK));
            assertEquals(List.of(Image.BLANK.text(), "0", "0 " + Image.NO_HEAD), library.fields(key));
        }
    }

    @Test
    void loadTellsWhereMoreWasSealed() {
        Proposal one = seal(propose(earn(10)));
        seal(propose(earn(10)));
        set("f", "1 another epoch");
        assertEquals(3, library.load(key, new LedgerSnapshot(one.image(), null, List.of())));
        assertEquals(one.image().text(), library.fields(key).get(0));
    }

    @Test
    void aKeyThatOnlyTheImageKnowsIsDiscardedByIt() {
        Proposal one = seal(propose(earn(10)));
        seal(propose(earn(10)));
        assertEquals(0, library.discard(key, 1, one.id()));
        assertEquals(0L, discard(one, "another key"));
        assertEquals(1L, discard(one, one.operation().key()));
    }

    private Object discard(Proposal proposal, String saidToBeOf) {
        return library.redis.ask(
                "FCALL", "discard_model", 1, key, proposal.decision().version(), proposal.id(), saidToBeOf);
    }

    @Test
    void anImageThatNobodyProposedIsBroken() {
        String image = propose(earn(10)).image().text();
        set("i", image.replace("\"lifetime\":10", "\"lifetime\":11"));
        assertEquals("broken", ask(earn(1), "b", null).get(0));
        assertEquals("broken", library.unsealed(key, "").get(0));
    }

    @Test
    void aLostUnsealedProposalIsBroken() {
        propose(earn(10));
        propose(earn(10));
        library.redis.ask("HDEL", key, "u1");
        assertEquals("broken", ask(redeem(1), "b", null).get(0));
        assertEquals("broken", library.unsealed(key, "b").get(0));
    }

    @Test
    void anotherTypeOfKeyIsBroken() {
        library.redis.ask("SET", key, "edited");
        assertBroken();
    }

    private void assertBroken() {
        Set<?> before = fields();
        List<String> reply = library.redis.ask(
                                "FCALL",
                                "propose_model",
                                1,
                                key,
                                redeem(1).text(UUID.randomUUID(), null),
                                "a",
                                NOW,
                                Library.FORMAT,
                                "",
                                "0")
                        instanceof List<?> words
                ? words.stream().map(String::valueOf).toList()
                : List.of("no list");
        assertEquals("broken", reply.get(0), reply::toString);
        assertEquals(before, fields(), "it was written to");
    }

    /** The hash's fields and their values, in no order: Redis may move them about at a read. Or what else is there. */
    private Set<?> fields() {
        if (!"hash".equals(library.redis.ask("TYPE", key))) {
            return Set.of(library.redis.ask("DUMP", key));
        }
        List<?> all = (List<?>) library.redis.ask("HGETALL", key);
        Set<List<?>> fields = new HashSet<>();
        for (int i = 0; i < all.size(); i += 2) {
            fields.add(List.of(all.get(i), all.get(i + 1)));
        }
        return fields;
    }

    @Test
    void anEditedBalanceIsInTheDigest() {
        Proposal earned = seal(propose(earn(10)));
        String edited = earned.image()
                .text()
                .replace("\"available\":10", "\"available\":1000")
                .replace("[[" + (TODAY + 30) + ",10]]", "[[" + (TODAY + 30) + ",1000]]");
        set("i", edited);
        Proposal redeemed = propose(redeem(1000));
        assertTrue(redeemed.decision().ok());
        assertEquals(Image.digest(edited), redeemed.decision().digest());
    }

    @Test
    void tooManyUnsealedAreBusy() {
        List<String> texts = new ArrayList<>();
        Proposal last = null;
        for (int i = 0; i < 1000; i++) {
            List<String> reply = ask(earn(1));
            texts.add(reply.get(1));
            last = Proposal.parse(ACCOUNT, reply.get(1));
        }
        List<String> busy = ask(earn(1), "b", null);
        assertEquals("busy", busy.get(0));
        assertEquals(texts.subList(0, 100), busy.subList(1, busy.size()), "the oldest come first");
        assertEquals(List.of("busy"), ask(earn(1)), "a knows them all");
        assertEquals("1000", library.fields(key).get(1));
        assertEquals("known", ask(last.operation()).get(0), "a retry is answered");
        seal(last);
        assertEquals("proposed", ask(earn(1)).get(0));
        assertEquals(2, library.unsealed(key, "").size() - 1, "sealed are all before it");
    }

    @Test
    void keysAreForgottenAfterThousandVersions() {
        Operation first = earn(1);
        Operation second = earn(1);
        Proposal one = propose(first);
        Proposal two = propose(second);
        Proposal last = two;
        for (int i = 2; i < 1000; i++) {
            last = propose(earn(1));
        }
        seal(last);
        assertEquals(List.of("known", "1", one.id().toString()), ask(first));
        seal(propose(earn(1)));
        assertEquals("proposed", ask(first).get(0), "forgotten, and so taken for new");
        assertEquals("proposed", ask(second).get(0));
        assertNull(library.redis.ask("HGET", key, "v1"));
        assertNull(library.redis.ask("HGET", key, "v2"));
    }

    /** Facts are true up to their head: what came later counts, whatever else was undone before and since. */
    @Test
    void whatWasUndoneIsRememberedUntilItIsSealed() {
        propose(earn(100));
        Proposal redeemed = seal(propose(redeem(50)));
        List<Lot> lots = List.of(new Lot(TODAY + 30, 50));
        Proposal last = seal(propose(reverse(redeemed, 10), facts(redeemed, redeemed, 0, lots, null)));
        while (last.decision().version() < 1001) {
            last = seal(propose(earn(1)));
        }
        TargetFacts early = facts(last, redeemed, 10, lots, null);
        Proposal again = propose(reverse(redeemed, 20), early);
        assertEquals(10, again.decision().reversedBefore());
        propose(earn(1)); // here what version 3 left is forgotten, but for what version 1002 left in its place
        assertEquals(30, propose(reverse(redeemed, 5), early).decision().reversedBefore());
        assertEquals(
                "reverse_exceeds_original",
                propose(reverse(redeemed, 16), early).decision().outcome());

        seal(propose(earn(1)));
        for (int i = 0; i < 1000; i++) {
            last = seal(propose(earn(1)));
        }
        assertNull(library.redis.ask("HGET", key, "t:" + redeemed.id()));
        assertEquals(List.of("moved"), ask(reverse(redeemed, 1), "a", early));
        assertEquals(
                35,
                propose(reverse(redeemed, 15), facts(last, redeemed, 35, lots, null))
                        .decision()
                        .reversedBefore());
    }

    /** What was made of the parts of an operation is outdated once another one has undone it. */
    @Test
    void partsThatWereReadBeforeAnUndoingAreOutdated() {
        propose(earn(100));
        Proposal redeemed = seal(propose(redeem(50)));
        List<Lot> lots = List.of(new Lot(TODAY + 30, 50));
        TargetFacts early = facts(redeemed, redeemed, 0, lots, null);
        assertEquals(0, propose(reverse(redeemed, 10), early).decision().step());
        assertEquals(1, propose(reverse(redeemed, 10), early).decision().step());
        assertEquals(List.of("moved"), ask(reverse(redeemed, 10), "a", withParts(early, 1)));
        Proposal third = propose(reverse(redeemed, 10), withParts(early, 2));
        assertEquals(2, third.decision().step());
        assertEquals("30 0 3", third.left());
        assertEquals("5 30 0 3", library.redis.ask("HGET", key, "t:" + redeemed.id()));
    }

    private static TargetFacts withParts(TargetFacts facts, long steps) {
        return new TargetFacts(
                facts.head(),
                facts.headVersion(),
                facts.id(),
                facts.type(),
                false,
                facts.points(),
                facts.lots(),
                null,
                null,
                facts.reversed(),
                false,
                steps,
                null,
                null,
                "{}",
                Receipt.NONE);
    }

    /** cjson would write this text in another way: it is kept as it was. */
    @Test
    void everyOperationKeepsTheMember() {
        String member =
                "{\"z\":[],\"n\":9007199254740991,\"a\":{\"\":\"x/y\"}," + "\"m\":{\"\\u00e9,\\\"member\\\":\":0.5}}";
        Image enrolled =
                propose(keyed(OperationType.ENROL).attributes("{}").build()).image();
        String text = enrolled.text();
        library.redis.ask("DEL", key);
        library.load(
                key,
                new LedgerSnapshot(
                        Image.parse(text.substring(0, text.length() - 1) + ",\"member\":" + member + "}"),
                        "{}",
                        List.of()));
        Proposal earned = propose(earn(100));
        Proposal redeemed = propose(redeem(10));
        Proposal held = propose(hold(10));
        List<Proposal> made = new ArrayList<>(List.of(
                earned,
                redeemed,
                held,
                propose(redeem(1000)),
                propose(keyed(OperationType.CAPTURE).hold(held.id()).points(5L).build()),
                propose(reverse(redeemed, 5), facts(redeemed, redeemed, 0, List.of(new Lot(TODAY + 30, 10)), null)),
                propose(reverse(earned, 5), facts(earned, earned, 0, List.of(), null)),
                propose(
                        keyed(OperationType.VOID).voids("never").build(),
                        TargetFacts.absent(enrolled.head(), enrolled.version())),
                propose(keyed(OperationType.FREEZE).build()),
                propose(keyed(OperationType.UNFREEZE).build()),
                propose(keyed(OperationType.ENROL).attributes("{\"a\":1}").build())));
        for (Proposal each : made) {
            assertEquals(member, each.image().member(), () -> each.operation().toString());
            assertNull(each.flaw());
        }
    }

    private Operation reverse(Proposal target, long points) {
        return keyed(OperationType.REVERSE).target(target.id()).points(points).build();
    }

    @Test
    void keysOfALoadAreForgottenToo() {
        Proposal earned = propose(earn(1));
        library.redis.ask("DEL", key);
        Image late = Image.parse(earned.image().text().replace("\"version\":1,", "\"version\":5000,"));
        UUID old = UUID.randomUUID();
        library.load(
                key,
                new LedgerSnapshot(
                        late,
                        "{\"a\":1}",
                        List.of(
                                new LedgerSnapshot.Key("old", 4001, old),
                                new LedgerSnapshot.Key("newer", 4002, late.head()))));
        assertEquals("{\"a\":1}", library.redis.ask("HGET", key, "a"));
        assertEquals("5000 " + late.head(), library.fields(key).get(2));
        Operation again =
                Ask.of(OperationType.REDEEM, ACCOUNT).key("old", "x").points(1L).build();
        assertEquals(List.of("known", "4001", old.toString()), ask(again));
        assertEquals(5001, propose(earn(1)).decision().version());
        assertEquals("proposed", ask(again).get(0));
    }

    /** An earn of a later day, which renews what there is. */
    private Proposal earnOn(long today) {
        LocalDay day = new LocalDay(today, (today + 1) * DAY_MS, ZoneOffset.UTC);
        Operation op = keyed(OperationType.EARN)
                .points(7L)
                .lot(today + 400, null)
                .autoEnrol(true)
                .day(day)
                .renewal(new Renewal(today + 400, (today + 1) * DAY_MS))
                .build();
        List<String> reply = library.propose(key, op.text(UUID.randomUUID(), null), "a", today * DAY_MS, null, false)
                .words();
        assertEquals("proposed", reply.get(0));
        return seal(Proposal.parse(ACCOUNT, reply.get(reply.size() - 1)));
    }

    /** Points that activity renews for ever are of as many days as the member has earned on. */
    @Test
    void whatNeverExpiresIsKeptInABoundedNumberOfLots() {
        Proposal first = earnOn(TODAY);
        Proposal last = first;
        for (int i = 1; i < 500; i++) {
            last = earnOn(TODAY + i);
            assertTrue(last.image().state().lots().size() <= 60);
            assertNull(last.flaw());
        }
        MemberPoints points = last.image().state();
        assertEquals(500 * 7, points.available());
        assertTrue(points.isConsistent());
        assertEquals(60, points.lots().size());
        assertEquals(441 * 7, points.lots().get(0).points(), "the oldest are one");
        assertTrue(last.image().text().length() < 2_500, last.image().text());

        // an earn whose lot was merged is taken back all the same
        Operation reverse = keyed(OperationType.REVERSE)
                .target(first.id())
                .points(7L)
                .debt(true)
                .build();
        TargetFacts facts = facts(last, first, 0, List.of(), null);
        List<String> reply = library.propose(
                        key, reverse.text(UUID.randomUUID(), null), "a", (TODAY + 500) * DAY_MS, facts, false)
                .words();
        assertEquals("proposed", reply.get(0));
        MemberPoints after =
                Proposal.parse(ACCOUNT, reply.get(reply.size() - 1)).image().state();
        assertEquals(499 * 7, after.available());
        assertEquals(0, after.debt());
    }

    private Operation holdOf(Claim claim) {
        return new Operation.Hold(
                hold(1).header(), 0, new Operation.Claimed(claim, NOW + DAY_MS), 60, Grace.NONE, Receipt.NONE);
    }

    /** What open holds took besides points is bounded for all of them together. */
    @Test
    void holdsOfTheLargestRewardsAreDeclinedBeforeTheImageGrows() {
        String limits = IntStream.range(0, 60)
                .mapToObj(i -> "{'of':'uses','max':1000,'per':'year','counter':'" + "x".repeat(38) + (i + 10) + "'}")
                .collect(Collectors.joining(",", "[", "]"));
        CompiledProgram program = TestPrograms.of("{'rewards':[{'id':'r','cost':0,'limits':" + limits + "}]}");
        propose(earn(1));
        Claim claim = program.claimReward("r", Call.Place.UNKNOWN, NOW);
        int held = 0;
        Proposal proposal = propose(holdOf(claim));
        int one = proposal.decision().told().length();
        while (proposal.decision().ok()) {
            held++;
            assertTrue(proposal.image().text().length() < 2 * 16_384 + 16_384 + 10_000);
            proposal = propose(holdOf(claim));
        }
        assertEquals("limit_exceeded", proposal.decision().outcome());
        assertEquals(2 * 16_384 / one, held);
        assertTrue(propose(hold(1)).decision().ok(), "one of points alone takes nothing else");
    }

    @Test
    void largeAmountsStayExact() {
        long most = PointLimits.MAX;
        propose(earn(most - 3));
        assertEquals(
                "limit_exceeded",
                propose(earn(PointLimits.MAX_PER_OPERATION)).decision().outcome());
        assertEquals("limit_exceeded", propose(earn(4)).decision().outcome());
        assertEquals(most, propose(earn(3)).image().state().available());
        assertEquals("limit_exceeded", propose(earn(1)).decision().outcome());
        Proposal held = propose(hold(most - 2));
        assertEquals(most - 2, held.image().state().held());
        assertEquals(2, held.image().state().available());
        Proposal captured = propose(
                keyed(OperationType.CAPTURE).hold(held.id()).points(most - 4).build());
        assertEquals(4, captured.image().state().available());
        assertEquals(-(most - 4), captured.decision().entries().get(0).held());
        assertEquals(most, captured.image().state().lifetime());
        assertEquals(1, propose(redeem(3)).image().state().available());
        assertNull(captured.flaw());
    }

    @Test
    void whatIsPendingCountsAgainstTheLimit() {
        Operation later = keyed(OperationType.EARN)
                .points(PointLimits.MAX - 5)
                .lot(TODAY + 30, TODAY + 1)
                .autoEnrol(true)
                .build();
        String image = propose(later).image().text();
        set("i", image.replace("\"lifetime\":" + (PointLimits.MAX - 5), "\"lifetime\":0"));
        assertEquals("limit_exceeded", propose(earn(6)).decision().outcome());
        assertTrue(propose(earn(5)).decision().ok());
    }

    @Test
    void nobodyGetsBackMoreThanAnAccountCanHold() {
        Proposal earned = propose(earn(PointLimits.MAX));
        Proposal redeemed = seal(propose(redeem(10)));
        Image image = redeemed.image();
        // as though ten points had been sent by somebody else
        String full = image.text()
                .replace("\"available\":" + (PointLimits.MAX - 10), "\"available\":" + PointLimits.MAX)
                .replace("," + (PointLimits.MAX - 10) + "]]", "," + PointLimits.MAX + "]]");
        set("i", full);
        Operation reverse = keyed(OperationType.REVERSE).target(redeemed.id()).build();
        TargetFacts facts = facts(redeemed, redeemed, 0, List.of(new Lot(TODAY + 30, 10)), null);
        assertEquals("limit_exceeded", propose(reverse, facts).decision().outcome());
        assertEquals(PointLimits.MAX, earned.image().state().available());
    }

    @Test
    void sealedIgnoresWhatIsNotListed() {
        Proposal one = propose(earn(1));
        Proposal two = propose(earn(1));
        assertEquals(0, library.sealed(key, 1, UUID.randomUUID()));
        assertEquals(0, library.sealed(key, 2, one.id()));
        assertEquals("0 " + Image.NO_HEAD, library.fields(key).get(2));
        seal(two);
        assertEquals(0, library.sealed(key, 1, one.id()), "sealed with the later one");
        assertEquals("2 " + two.id(), library.fields(key).get(2));
        assertEquals(2, library.unsealed(key, "").size());
    }

    @Test
    void sealedThrowsAwayWhatEndsBeforeIt() {
        Proposal one = seal(propose(earn(1)));
        Proposal two = propose(earn(1));
        // whoever counts that as not loaded, and has read Postgres before the second one was sealed
        library.redis.ask("DEL", key);
        library.load(key, new LedgerSnapshot(one.image(), null, List.of()));
        try (RedisSocket listener = new RedisSocket(Backends.shared().redis().port())) {
            listener.ask("SUBSCRIBE", Library.CHANNEL);
            assertEquals(0, library.sealed(key, 2, two.id()));
            assertEquals(0L, library.redis.ask("EXISTS", key));
            assertEquals(List.of("message", Library.CHANNEL, key), listener.read(), "there is something new to see");
        }
        library.load(key, new LedgerSnapshot(two.image(), null, List.of()));
        assertEquals(0, library.sealed(key, 2, two.id()));
        assertEquals(0, library.sealed(key, 1, one.id()));
        assertEquals("2 " + two.id(), library.fields(key).get(2), "what has it stays");
    }

    @Test
    void sealedTellsThoseWhoListen() {
        Proposal earned = propose(earn(1));
        try (RedisSocket listener = new RedisSocket(Backends.shared().redis().port())) {
            listener.ask("SUBSCRIBE", Library.CHANNEL);
            library.sealed(key, 1, UUID.randomUUID());
            seal(earned);
            assertEquals(List.of("message", Library.CHANNEL, key), listener.read());
        }
    }

    @Test
    void discardThrowsAwayOnlyWhatContainsTheOperation() {
        Proposal one = seal(propose(earn(1)));
        Proposal two = propose(earn(1));
        assertEquals(0, library.discard(key, 2, UUID.randomUUID()));
        assertEquals(0, library.discard(key, 2, one.id()));
        assertEquals(1L, library.redis.ask("EXISTS", key));
        assertEquals(1, library.discard(key, 2, two.id()));
        assertEquals(0L, library.redis.ask("EXISTS", key));
        assertEquals(0, library.discard(key, 2, two.id()));
        library.load(key, new LedgerSnapshot(one.image(), null, List.of()));
        assertEquals(1, library.discard(key, 1, one.id()), "the sealed head is in it as well");
    }

    @Test
    void othersProposalsAreHandedOutOnce() {
        List<String> ofA = new ArrayList<>();
        ofA.add(ask(earn(1), "a", null).get(1));
        ofA.add(ask(earn(1), "a", null).get(1));
        List<String> b = ask(earn(1), "b", null);
        assertEquals(ofA, b.subList(1, 3));
        assertEquals(2, ask(earn(1), "b", null).size());
        List<String> a = ask(earn(1), "a", null);
        assertEquals(4, a.size());
        assertEquals(b.get(3), a.get(1));
        assertEquals(2, ask(earn(1), "a", null).size());
        assertEquals(8, library.unsealed(key, "").size());
        List<String> c = ask(earn(1), "c", null);
        assertEquals(8, c.size());
        assertEquals(c.subList(1, 7), library.unsealed(key, "").subList(2, 8));
    }

    @Test
    void aRetryGetsWhatIsUnsealed() {
        Operation first = earn(1);
        List<String> proposed = ask(first);
        Proposal there = Proposal.parse(ACCOUNT, proposed.get(1));
        assertEquals(List.of("known", "1", there.id().toString(), proposed.get(1)), ask(first, "b", null));
        assertEquals(List.of("known", "1", there.id().toString()), ask(first));
        seal(there);
        assertEquals(List.of("known", "1", there.id().toString()), ask(first, "b", null));
    }

    @Test
    void aDryRunLeavesNothing() {
        seal(propose(earn(10)));
        Set<?> before = fields();
        String text = redeem(4).text(UUID.randomUUID(), null);
        List<String> reply = library.propose(key, text, "b", NOW, null, true).words();
        assertEquals("would", reply.get(0));
        assertEquals(6, Proposal.parse(ACCOUNT, reply.get(1)).image().state().available());
        assertEquals(before, fields());
        assertTrue(library.ttlMs(key) > 0);
    }

    @Test
    void aHundredHoldsAreEnough() {
        propose(earn(1000));
        for (int i = 0; i < AccountModel.MAX_HOLDS; i++) {
            assertTrue(propose(hold(1)).decision().ok());
        }
        assertEquals("limit_exceeded", propose(hold(1)).decision().outcome());
        assertEquals("limit_exceeded", propose(hold(5000)).decision().outcome(), "limits before balances");
    }

    @Test
    void aHoldIsNotReversed() {
        propose(earn(10));
        Proposal held = seal(propose(hold(4)));
        TargetFacts facts = facts(held, held, 0, List.of(), "open");
        Ask reverse = keyed(OperationType.REVERSE).target(held.id());
        assertEquals(
                "reverse_exceeds_original",
                propose(reverse.build(), facts).decision().outcome());
        seal(propose(keyed(OperationType.VOID).hold(held.id()).build()));
        assertEquals(
                "reverse_exceeds_original",
                propose(reverse.key("again", "").build(), facts).decision().outcome());
    }

    /** Beyond so many days they are kept together, and none is lost: whoever is reversed, nobody pays twice. */
    @Test
    void whatExpiredIsKeptForManyDays() {
        List<Proposal> earns = new ArrayList<>();
        for (int i = 0; i < 70; i++) {
            earns.add(propose(keyed(OperationType.EARN)
                    .points(10L)
                    .lot(TODAY + i, null)
                    .autoEnrol(true)
                    .build()));
        }
        String id = UUID.randomUUID().toString();
        String operation = lapse().text(UUID.fromString(id), null);
        Proposal head = seal(Proposal.parse(
                ACCOUNT,
                library.propose(key, operation, "a", NOW + 100 * DAY_MS, null, false)
                        .words()
                        .get(1)));
        assertEquals(0, head.image().state().available());
        assertTrue(head.image()
                .text()
                .contains("\"expired\":[[" + (TODAY + 10) + ",110," + TODAY + "],[" + (TODAY + 11) + ",10],"));
        for (Proposal earn : earns) {
            Operation reverse =
                    keyed(OperationType.REVERSE).target(earn.id()).debt(true).build();
            Proposal reversed = seal(propose(reverse, facts(head, earn, 0, List.of(), null)));
            assertEquals(0, reversed.image().state().debt());
            head = reversed;
        }
        assertEquals(0, head.image().state().lifetime());
        assertTrue(head.image().text().endsWith("\"holds\":[]}"), head.image().text());
    }

    /** An earlier release let members have points available and a debt. */
    @Test
    void whatWasLeftBesideADebtPaysIt() {
        Proposal earned = seal(propose(earn(100)));
        set("i", earned.image().text().replace("\"debt\":0", "\"debt\":30"));
        Proposal lapsed = propose(lapse());
        assertEquals("payoff", lapsed.decision().entries().get(0).type());
        assertEquals(70, lapsed.image().state().available());
        assertEquals(0, lapsed.image().state().debt());
        assertNull(lapsed.flaw());
    }

    @Test
    void anEarnOfNothingIsReversedOnce() {
        Proposal earned = propose(earn(0));
        Ask reverse = keyed(OperationType.REVERSE).target(earned.id());
        TargetFacts facts = facts(earned, earned, 0, List.of(), null);
        seal(earned);
        Proposal reversed = seal(propose(reverse.build(), facts));
        assertTrue(reversed.decision().ok());
        assertEquals(
                "already_reversed",
                propose(reverse.key("again", "").build(), facts).decision().outcome());
        library.redis.ask("DEL", key);
        library.load(key, new LedgerSnapshot(reversed.image(), null, List.of()));
        TargetFacts undone = new TargetFacts(
                reversed.id(),
                2,
                earned.id(),
                "earn",
                false,
                0,
                List.of(),
                TODAY + 30,
                null,
                0,
                false,
                1,
                null,
                null,
                null,
                Receipt.NONE);
        assertEquals(
                "already_reversed",
                propose(reverse.key("once more", "").build(), undone).decision().outcome());
        Operation voiding =
                keyed(OperationType.VOID).voids(earned.operation().key()).build();
        assertEquals("already_reversed", propose(voiding, undone).decision().outcome());
    }

    /** A capture's counter is no hold's state. */
    @Test
    void whatIsNoHoldIsNotCaptured() {
        propose(earn(10));
        Proposal redeemed = seal(propose(redeem(4)));
        TargetFacts facts = facts(redeemed, redeemed, 0, List.of(new Lot(TODAY + 30, 4)), null);
        assertTrue(propose(keyed(OperationType.REVERSE).target(redeemed.id()).build(), facts)
                .decision()
                .ok());
        Operation capture = keyed(OperationType.CAPTURE).hold(redeemed.id()).build();
        assertEquals(List.of("target"), ask(capture));
    }

    /** Two voids of it would undo the same nothing, which the ledger refuses. */
    @Test
    void aHoldsKeyIsVoidedOnce() {
        propose(earn(10));
        for (String end : List.of("void", "expire", "by key")) {
            Proposal held = propose(hold(4));
            Proposal head = held;
            if (end.equals("void")) {
                head = propose(keyed(OperationType.VOID).hold(held.id()).build());
            } else if (end.equals("expire")) {
                UUID id = UUID.randomUUID();
                List<String> reply = library.propose(key, lapse().text(id, null), "a", NOW + 60_000, null, false)
                        .words();
                head = Proposal.parse(ACCOUNT, reply.get(1));
            }
            seal(head);
            String state = end.equals("by key") ? "open" : end.equals("void") ? "voided" : "expired";
            TargetFacts facts = facts(head, held, end.equals("void") ? 4 : 0, List.of(), state);
            Ask voiding = keyed(OperationType.VOID).voids(held.operation().key());
            assertTrue(propose(voiding.build(), facts).decision().ok(), end);
            Proposal again = propose(voiding.key(end, "").build(), facts);
            assertEquals("voided", again.decision().outcome(), end);
            assertNull(again.decision().target());
        }
    }

    @Test
    void aVoidThatIsDeclinedClaimsNoKey() {
        propose(earn(10));
        seal(propose(Ask.of(OperationType.FREEZE, ACCOUNT).build()));
        TargetFacts absent = TargetFacts.absent(UUID.randomUUID(), 2);
        Operation voiding = keyed(OperationType.VOID).voids("later").build();
        List<String> reply = ask(voiding, "a", absent);
        assertEquals(2, reply.size());
        assertEquals(
                "account_frozen",
                Proposal.parse(ACCOUNT, reply.get(1)).decision().outcome());
        propose(Ask.of(OperationType.UNFREEZE, ACCOUNT).build());
        assertTrue(propose(Ask.of(OperationType.REDEEM, ACCOUNT)
                        .key("later", "")
                        .points(1L)
                        .build())
                .decision()
                .ok());
    }

    @Test
    void aVoidBeforeArrivalClaimsTheKey() {
        TargetFacts absent = TargetFacts.absent(Image.NO_HEAD, 0);
        Operation voiding = keyed(OperationType.VOID).voids("later").build();
        List<String> reply = ask(voiding, "a", absent);
        assertEquals(3, reply.size());
        Proposal tombstone = Proposal.parse(ACCOUNT, reply.get(1));
        Proposal voided = Proposal.parse(ACCOUNT, reply.get(2));
        assertEquals(OperationType.TOMBSTONE, tombstone.operation().type());
        assertEquals("later", tombstone.operation().key());
        assertEquals("voided", tombstone.decision().outcome());
        assertEquals(tombstone.id(), voided.decision().target());
        assertTrue(tombstone.precedes(voided));
        Operation late = Ask.of(OperationType.EARN, ACCOUNT)
                .key("later", "")
                .points(1L)
                .lot(TODAY, null)
                .autoEnrol(true)
                .build();
        assertEquals(List.of("known", "1", tombstone.id().toString()), ask(late));
        assertEquals(
                "pending",
                ask(keyed(OperationType.VOID).voids("later").build(), "a", absent)
                        .get(0));
    }

    @Test
    void timeIsExact() {
        propose(earn(10));
        Proposal held = propose(hold(4));
        String capture = keyed(OperationType.CAPTURE).hold(held.id()).build().text(UUID.randomUUID(), null);
        long end = held.decision().hold().expiresAt();
        assertEquals(NOW + 60_000, end);
        assertEquals("ok", would(capture, end - 1).decision().outcome());
        assertEquals("hold_expired", would(capture, end).decision().outcome());
        String redeem = redeem(6).text(UUID.randomUUID(), null);
        long midnight = (TODAY + 31) * DAY_MS;
        assertEquals("ok", would(redeem, midnight - 1).decision().outcome());
        assertEquals("insufficient_points", would(redeem, midnight).decision().outcome());
    }

    private Proposal would(String operation, long at) {
        List<String> reply =
                library.propose(key, operation, "a", at, null, true).words();
        return Proposal.parse(ACCOUNT, reply.get(1));
    }

    @Test
    void timeDoesNotGoBack() {
        Proposal earned = propose(earn(10));
        UUID id = UUID.randomUUID();
        List<String> reply = library.propose(key, redeem(1).text(id, null), "a", NOW - 5000, null, false)
                .words();
        assertEquals(NOW, earned.decision().at());
        assertEquals(NOW, Proposal.parse(ACCOUNT, reply.get(1)).decision().at());
    }

    /** A call that is cut short by an error would leave half of it. */
    @Test
    void aBadCallIsNoReply() {
        assertInstanceOf(
                RedisSocket.Error.class, library.redis.ask("FCALL", "propose_model", 1, key, "no json", "a", NOW));
    }
}
