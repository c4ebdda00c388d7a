package dev.stampede.program.reading;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.award.Gave;
import dev.stampede.award.Gift;
import dev.stampede.award.MemberState;
import dev.stampede.award.Settlement;
import dev.stampede.award.Stamps;
import dev.stampede.codec.MemberText;
import dev.stampede.document.ProgramDocument;
import dev.stampede.rules.Call;
import dev.stampede.rules.CompiledProgram;
import dev.stampede.rules.TestPrograms;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StateSizeTest {
    private static final long DAY_MS = 86_400_000L;
    private static final Call BUY = new Call.Purchase(Call.Place.UNKNOWN, new BigDecimal("5.00"), List.of());

    private static StateSize size(String text) {
        ProgramDocument document = DocumentReader.read(text).document();
        assertNotNull(document);
        return StateSize.of(document);
    }

    @Test
    void theProgrammesOfTheRepositoryAreFarFromTheBound() {
        for (String name : Documents.NAMES) {
            long bytes = size(Documents.published(name)).bytes();
            assertTrue(bytes > 0 && bytes < StateSize.MAX / 2, name + ": " + size(Documents.published(name)));
        }
    }

    @Test
    void aProgrammeOfNothingNeedsNothing() {
        StateSize stamp = size(Documents.published("stamp"));

        assertEquals(0, stamp.attributes());
        assertEquals(0, stamp.tiers());
        assertEquals(0, stamp.measures());
        int card = "stamps".length() + 1 + 3 * (16 + 1);
        assertEquals(16 + card + 8 * (16 + 1 + 1 + 1 + 16 + 1), stamp.progress());
        assertEquals(16 + 64 * (7 + 1 + "free-coffee".length() + 1 + "stamps".length() + 1), stamp.gifts());
        assertEquals(16 + (2 + 3) * ("limit:free-a-day".length() + 1 + 2 + 8 + 2), stamp.counters());
    }

    @Test
    void daysBackNeedACounterEach() {
        String limit = "{\"id\": \"a\", \"on\": \"earn\", \"of\": \"points\", \"max\": 5, \"per\": \"day\"}";
        String stamp = Documents.published("stamp").replace("\"limits\": [", "\"limits\": [" + limit + ",");

        long two = size(stamp).counters();
        long thirty = size(stamp.replace("\"backdateDays\": 2", "\"backdateDays\": 30"))
                .counters();
        int rows = "limit:a".length() + "limit:free-a-day".length() + 2 * (1 + 2 + 8 + 2);
        assertEquals(28 * rows, thirty - two);
    }

    @Test
    void sharedCountersAreKeptOnce() {
        String coffee = Documents.published("coffee");
        String apart = coffee.replaceAll(", \"counter\": \"birthday-treat\"", "");

        assertTrue(!apart.equals(coffee));
        assertTrue(size(apart).counters() > size(coffee).counters());
    }

    @Test
    void limitsBoundGifts() {
        String stamp = Documents.published("stamp");
        String limited = stamp.replace(
                "\"validDays\": 60}",
                "\"validDays\": 60, \"count\": 2},"
                        + " \"limits\": [{\"of\": \"uses\", \"max\": 3, \"per\": \"promotion\"}]");

        assertEquals(
                16 + 6 * (7 + 1 + "free-coffee".length() + 1 + "stamps".length() + 1),
                size(limited).gifts());
    }

    private static String id(String begin, int length) {
        return begin + "x".repeat(length - begin.length());
    }

    /** The field of a member's text, as long as it is there: with its name, its brackets and a comma. */
    private static int bytes(String field, MemberState member) {
        String text = MemberText.write(member);
        int at = text.indexOf("\"" + field + "\":");
        if (at < 0) {
            return 0;
        }
        char open = text.charAt(at + field.length() + 3);
        int end = text.indexOf(open == '[' ? "]" : "\"", at + field.length() + 4);
        return text.substring(at, end + 1).getBytes(StandardCharsets.UTF_8).length + 1;
    }

    private static ProgramDocument document(String fields) {
        return TestPrograms.of(fields).document();
    }

    /** No less than it can be, and not much more. */
    private static void isWorst(long real, long computed, String what) {
        assertTrue(real <= computed && computed <= real * 1.12, what + " needs " + real + ", computed " + computed);
    }

    /** With numbers as long as they can be. */
    @Test
    void theLongestCardIsAsLongAsComputed() {
        for (String give : List.of("{'points':1000000000}", "{'reward':'r','validDays':9,'count':10}")) {
            boolean isGift = give.contains("reward");
            ProgramDocument program = document("""
                    {'promotions':[{'id':'%s','give':%s,
                      'progress':{'type':'count','counts':'operations','target':2,'repeat':true}}],
                     'rewards':[{'id':'r','cost':1}]}""".formatted(id("p", 48), give));
            List<Gave> gave = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                long completions = 4_000_000 + i;
                gave.add(
                        new Gave(completions, isGift ? 0 : completions * 1_000_000_000, isGift ? completions * 10 : 0));
            }
            SortedMap<String, Stamps> stamps = new TreeMap<>();
            stamps.put(id("p", 48), new Stamps(9_999_999, 4_999_999, isGift ? 49_999_990 : 0, gave));
            isWorst(
                    bytes("stamps", member(stamps, List.of())),
                    StateSize.of(program).progress(),
                    "card");
        }
    }

    @ParameterizedTest
    @CsvSource({"day,2,true", "day,5,true", "day,60,true", "week,7,true", "month,12,true", "day,30,false"})
    void theLongestStreakIsAsLongAsComputed(String unit, int target, boolean repeat) {
        CompiledProgram program = TestPrograms.of("""
                {'promotions':[{'id':'%s','progress':{'type':'streak','unit':'%s','target':%d,'repeat':%b},
                  'give':{'points':1000000000}}]}""".formatted(id("p", 48), unit, target, repeat));
        long now = Instant.parse("2026-11-30T12:00:00Z").toEpochMilli();
        MemberState member = MemberState.BLANK;
        long longest = 0;
        int days = unit.equals("day") ? 1 : unit.equals("week") ? 7 : 30;
        for (int i = 0; i < 400; i++) {
            long at = now + i * days * DAY_MS;
            for (int k = 0; k < 2; k++) { // two operations in a period are no part of a range
                member = Settlement.settle(program.price(BUY, at, at), member).member();
            }
            longest = Math.max(longest, bytes("streaks", member));
        }
        long digits = member.streaks().values().iterator().next().days().size() * (4L + 2); // "x2", and five for a day
        long computed = StateSize.of(program.document()).progress();
        assertTrue(longest <= computed && computed <= (longest + digits) * 1.9, longest + " of " + computed);
    }

    @Test
    void theMostCountersAreAsManyAsComputed() {
        for (String per : List.of("day", "week", "month", "year", "promotion")) {
            CompiledProgram program = TestPrograms.of("""
                    {'promotions':[{'id':'%s','give':{'points':1},
                      'limits':[{'of':'points','max':1000000000000,'per':'%s'}]}]}""".formatted(id("p", 48), per));
            long now = Instant.parse("2026-11-30T12:00:00Z").toEpochMilli();
            MemberState member = MemberState.BLANK;
            long longest = 0;
            for (int i = 0; i < 500; i++) { // two seconds ahead of midnight, and as far back as can be told late
                long at = now + i * DAY_MS;
                long ahead = at + DAY_MS / 2 - 1;
                member = Settlement.settle(program.price(BUY, ahead + 1, ahead), member)
                        .member();
                member = Settlement.settle(program.price(BUY, at - 31 * DAY_MS, at), member)
                        .member();
                longest = Math.max(longest, bytes("counters", member));
            }
            long computed = StateSize.of(program.document()).counters();
            int rows = member.counters().size();
            assertTrue(
                    longest <= computed && computed <= longest + (rows + 2L) * 22,
                    per + ": " + longest + " of " + computed);
        }
    }

    @Test
    void theMostGiftsAreAsManyAsComputed() {
        String text = """
                {'promotions':[{'id':'%s','give':{'reward':'%s','validDays':9}},
                  {'id':'a','give':{'reward':'b','validDays':9}}],
                 'rewards':[{'id':'%s','cost':1},{'id':'b','cost':1}]}""";
        ProgramDocument program = document(text.formatted(id("p", 48), id("r", 48), id("r", 48)));
        List<Gift> gifts = Collections.nCopies(64, new Gift(id("r", 48), 2_932_896, id("p", 48)));
        isWorst(
                bytes("gifts", member(MemberState.BLANK.stamps(), gifts)),
                StateSize.of(program).gifts(),
                "gifts");
    }

    @Test
    void theLongestAttributesAreAsLongAsComputed() {
        String text = """
                {'attributes':[{'id':'%s','type':'text','maxLength':200},{'id':'%s','type':'code','maxLength':32},
                  {'id':'born','type':'birthDate','noticeDays':0,'leapDay':'mar1'}]}""";
        ProgramDocument program = document(text.formatted(id("t", 32), id("c", 32)));
        MemberState member = MemberState.BLANK.with(
                Map.of(id("t", 32), "\u0001".repeat(200), id("c", 32), "\u007f".repeat(32), "born", "1996-02-29"),
                2_932_896);
        isWorst(bytes("attributes", member), StateSize.of(program).attributes(), "attributes");
    }

    @ParameterizedTest
    @CsvSource({
        "calendar,3,nextPeriodEnd,92,keep",
        "calendar,12,periodEnd,0,oneDown",
        "anniversary,1,nextPeriodEnd,92,requalified"
    })
    void theMostTitlesAndSumsAreAsManyAsComputed(
            String type, int months, String until, int graceDays, String downgrade) {
        String period = "{'type':'%s','months':%d%s}"
                .formatted(type, months, type.equals("calendar") ? ",'startsOn':'01-01'" : "");
        grows(period, "{'until':'%s','graceDays':%d}".formatted(until, graceDays), downgrade);
    }

    @Test
    void theMostTitlesAndSumsOfARollingPeriod() {
        grows("{'type':'rolling','months':12}", "{'months':36}", "requalified");
    }

    /** Years in which a member reaches levels and loses them. */
    private static void grows(String period, String validity, String downgrade) {
        String text = """
                {'measures':[{'id':'%s','of':'amount'},{'id':'n','of':'operations'}],
                 'tiers':{'period':%s,'validity':%s,'downgrade':'%s','onReversal':'keep',
                  'levels':[{'id':'low'},
                   {'id':'%s','qualify':{'any':[{'measure':'n','atLeast':2}]}},
                   {'id':'%s','qualify':{'any':[{'measure':'n','atLeast':14}]}}]}}""";
        CompiledProgram program =
                TestPrograms.of(text.formatted(id("m", 32), period, validity, downgrade, id("l1", 48), id("l2", 48)));
        StateSize computed = StateSize.of(program.document());
        Random random = new Random(7);
        MemberState member = MemberState.BLANK;
        long now = Instant.parse("2026-11-30T12:00:00Z").toEpochMilli();
        for (int i = 0; i < 1500; i++) {
            now += random.nextInt(40) * DAY_MS / 2 / (random.nextInt(3) + 1);
            long at = now - random.nextInt(31) * DAY_MS;
            member = Settlement.settle(program.price(BUY, at, now), member).member();
            long tiers = bytes("titles", member) + bytes("grant", member);
            assertTrue(tiers <= computed.tiers(), () -> "titles need " + tiers + " of " + computed.tiers());
            int sums = bytes("sums", member);
            assertTrue(sums <= computed.measures(), () -> "sums need " + sums + " of " + computed.measures());
        }
    }

    @Test
    void nobodyOfARandomProgramNeedsMore() {
        Random random = new Random(20261130);
        for (int i = 0; i < 100; i++) {
            CompiledProgram program = TestPrograms.random(random);
            StateSize computed = StateSize.of(program.document());
            MemberState member = MemberState.BLANK;
            long now = Instant.parse("2026-11-30T12:00:00Z").toEpochMilli();
            for (int k = 0; k < 150; k++) {
                now += random.nextInt(20) * DAY_MS / 8;
                long at = now - random.nextInt((int) program.backdateDays() + 1) * DAY_MS;
                Call call = new Call.Purchase(
                        Call.Place.UNKNOWN, BigDecimal.valueOf(random.nextInt(9_000_000), 2), List.of());
                member = Settlement.settle(program.price(call, at, now), member).member();
                int stamps = bytes("stamps", member) + bytes("streaks", member);
                assertTrue(stamps <= computed.progress(), () -> stamps + " of " + computed);
                int counters = bytes("counters", member);
                assertTrue(counters <= computed.counters(), () -> counters + " of " + computed);
                int gifts = bytes("gifts", member);
                assertTrue(gifts <= computed.gifts(), () -> gifts + " of " + computed);
                int sums = bytes("sums", member);
                assertTrue(sums <= computed.measures(), () -> sums + " of " + computed);
                int titles = bytes("titles", member);
                assertTrue(titles <= computed.tiers(), () -> titles + " of " + computed);
                assertTrue(MemberText.write(member).length() <= computed.bytes());
            }
        }
    }

    private static MemberState member(SortedMap<String, Stamps> stamps, List<Gift> gifts) {
        MemberState blank = MemberState.BLANK;
        return new MemberState(
                null,
                blank.attributes(),
                List.of(),
                null,
                blank.sums(),
                blank.counters(),
                stamps,
                blank.streaks(),
                gifts);
    }

    @Test
    void whatNeedsMostIsNamed() {
        String limits = IntStream.range(0, 16)
                .mapToObj(i -> "{\"id\": \"limit-" + i
                        + "\", \"on\": \"earn\", \"of\": \"uses\", \"max\": 9, \"per\": \"day\"}")
                .collect(Collectors.joining(",", "\"limits\": [", "],"));
        String text = IntStream.range(0, 5)
                .mapToObj(i -> "{\"id\": \"text" + i + "\", \"type\": \"text\", \"maxLength\": 200}")
                .collect(Collectors.joining(",", "\"attributes\": [", "],"));
        String stamp = Documents.published("stamp");
        String big = stamp.substring(0, stamp.indexOf("\"limits\""))
                        .replace("\"attributes\": [],", text)
                        .replace("\"backdateDays\": 2", "\"backdateDays\": 31")
                + limits.substring(0, limits.length() - 1)
                + "}";

        Reading reading = DocumentReader.read(big);

        assertNull(reading.document());
        assertEquals(1, reading.findings().size(), reading.findings().toString());
        Finding finding = reading.findings().get(0);
        assertEquals(Finding.Code.STATE_TOO_BIG, finding.code());
        assertTrue(finding.message().contains("Most is needed for: limits 1"), finding.message());
        assertTrue(finding.message().contains(", attributes 6"), finding.message());
    }
}
