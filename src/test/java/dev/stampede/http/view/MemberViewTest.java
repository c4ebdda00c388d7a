package dev.stampede.http.view;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.stampede.award.MemberState;
import dev.stampede.codec.MemberText;
import dev.stampede.program.reading.DocumentReader;
import dev.stampede.rules.CompiledProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class MemberViewTest {
    private static CompiledProgram program(String name) throws IOException {
        String text = Files.readString(Path.of("programs", name + ".json"));
        return CompiledProgram.of(
                Objects.requireNonNull(DocumentReader.read(text).document()));
    }

    private static long day(String date) {
        return LocalDate.parse(date).toEpochDay();
    }

    private static MemberView view(CompiledProgram program, MemberState member, long available, String at) {
        return MemberView.of(program, member, available, 0, Instant.parse(at).toEpochMilli(), reward -> false);
    }

    /** @param json the member as it is stored; single quotes will do */
    private static MemberState member(String json) {
        return MemberText.read(json.replace('\'', '"'));
    }

    private static MemberView.@Nullable TierView tier(CompiledProgram program, MemberState member, String at) {
        return view(program, member, 0, at).tier();
    }

    private static MemberView.TierView tier(
            String id, String name, @Nullable String until, MemberView.@Nullable NextTierView next) {
        return new MemberView.TierView(id, name, until == null ? null : LocalDate.parse(until), false, next);
    }

    private static MemberView.NextTierView next(String id, @Nullable String by, Object missing) {
        return new MemberView.NextTierView(
                id,
                by == null ? null : LocalDate.parse(by),
                List.of(new MemberView.MissingView("spend", missing)),
                "any");
    }

    /** Another version may have another currency: sums stay numbers of its smallest unit, as what qualifies does. */
    @Test
    void sumsAreToldAsTheVersionInForceComparesThem() throws IOException {
        String text = Files.readString(Path.of("programs", "cashback.json"))
                .replace("\"currency\": \"GBP\"", "\"currency\": \"JPY\"")
                .replaceAll("\\.[0-9]{2}\"", "\"");
        CompiledProgram yen = CompiledProgram.of(
                Objects.requireNonNull(DocumentReader.read(text).document()));
        MemberState member =
                member("{'joined':%d,'sums':'%d spend:100'}".formatted(day("2026-04-01"), day("2026-10-01")));

        assertEquals(
                Map.of("spend", "1.00"),
                view(program("cashback"), member, 0, "2026-10-20T00:00:00Z").measures());
        assertEquals(
                Map.of("spend", "100"),
                view(yen, member, 0, "2026-10-20T00:00:00Z").measures());
        assertEquals(
                "1400",
                tier(yen, member, "2026-10-20T00:00:00Z")
                        .next()
                        .missing()
                        .get(0)
                        .missing());
    }

    /** Cashback: quarters in London, to the end of the next one and ten days more, then what is left. */
    @Test
    void aTierEndsAtTheProgramsMidnight() throws IOException {
        CompiledProgram cashback = program("cashback");
        MemberState plus = member("{'joined':%d,'titles':'plus %d %d','sums':'%d spend:150000,%d spend:20001'}"
                .formatted(
                        day("2026-04-01"), day("2026-10-10"), day("2026-04-01"), day("2026-04-01"), day("2026-07-01")));

        // British summer time: the day ends at 23:00 UTC
        assertEquals(
                tier("plus", "Plus", "2026-10-10", next("premium", "2026-09-30", "3799.99")),
                tier(cashback, plus, "2026-09-30T22:59:59Z"));
        assertEquals(
                tier("plus", "Plus", "2026-10-10", next("premium", "2026-12-31", "4000.00")),
                tier(cashback, plus, "2026-09-30T23:00:00Z"));
        assertEquals("plus", tier(cashback, plus, "2026-10-10T22:59:59Z").id());
        assertEquals(
                tier("standard", "Standard", null, next("plus", "2026-12-31", "1500.00")),
                tier(cashback, plus, "2026-10-10T23:00:00Z"));
        assertEquals(
                Map.of("spend", "200.01"),
                view(cashback, plus, 0, "2026-09-30T22:59:59Z").measures());
        assertEquals(
                Map.of("spend", "0.00"),
                view(cashback, plus, 0, "2026-09-30T23:00:00Z").measures());
    }

    @Test
    void aGrantSaysSo() throws IOException {
        CompiledProgram beauty = program("beauty");
        MemberState granted = member("{'joined':1,'grant':'rouge %d'}".formatted(day("2027-01-31")));
        assertEquals(
                new MemberView.TierView("rouge", "Rouge", LocalDate.parse("2027-01-31"), true, null),
                tier(beauty, granted, "2027-02-01T04:59:59Z"));
        assertEquals("insider", tier(beauty, granted, "2027-02-01T05:00:00Z").id());
    }

    @Test
    void allOfSeveralMeasures() throws IOException {
        CompiledProgram airline = program("airline");
        MemberState gold = member("{'joined':%1$d,'titles':'gold %2$d %1$d','sums':'%1$d qualifyingMiles:50000'}"
                .formatted(day("2026-02-28"), day("2028-02-27")));
        MemberView.NextTierView next =
                tier(airline, gold, "2026-10-01T00:00:00Z").next();
        assertEquals(
                new MemberView.NextTierView(
                        "platinum",
                        LocalDate.parse("2027-02-27"),
                        List.of(
                                new MemberView.MissingView("qualifyingMiles", 40_000L),
                                new MemberView.MissingView("segments", 40L)),
                        "all"),
                next);
        // oneDown: after its last day the level below, to the end of the period that runs then
        assertEquals(
                "silver 2029-02-27",
                tier(airline, gold, "2028-02-28T12:00:00Z").id() + " "
                        + tier(airline, gold, "2028-02-28T12:00:00Z").until());
    }

    @Test
    void rollingMonthsLeaveTheWindow() throws IOException {
        CompiledProgram coffee = program("coffee");
        MemberState member = member("{'joined':%1$d,'sums':'%1$d stars:160,%2$d stars:350'}"
                .formatted(day("2026-12-01"), day("2027-02-01")));
        MemberView before = view(coffee, member, 140, "2028-01-01T07:59:59Z");
        assertEquals(Map.of("stars", 510L), before.measures());
        assertNull(before.tier().next().by());
        assertEquals(
                Map.of("stars", 350L),
                view(coffee, member, 140, "2028-01-01T08:00:00Z").measures());
    }

    @Test
    void aRunEndsTodayOrYesterday() throws IOException {
        CompiledProgram coffee = program("coffee");
        MemberState member = member("{'joined':1,'streaks':'five-day-streak 1 0 %d;;%d-%d'}"
                .formatted(day("2027-01-05"), day("2027-01-06"), day("2027-01-08")));
        List<MemberView.ProgressView> three = List.of(new MemberView.ProgressView("five-day-streak", 3, 1, 5));
        List<MemberView.ProgressView> none = List.of(new MemberView.ProgressView("five-day-streak", 0, 1, 5));
        assertEquals(three, view(coffee, member, 0, "2027-01-08T20:00:00Z").progress());
        assertEquals(three, view(coffee, member, 0, "2027-01-10T07:59:59Z").progress());
        assertEquals(none, view(coffee, member, 0, "2027-01-10T08:00:00Z").progress());
    }

    @Test
    void stampsAndGifts() throws IOException {
        CompiledProgram stamp = program("stamp");
        long until = day("2027-01-31");
        MemberState member = member(("{'joined':1,'stamps':'stamps 30 3 1 3 0 3',"
                        + "'gifts':'%1$d free-coffee stamps,%1$d free-coffee stamps,%2$d free-coffee stamps'}")
                .formatted(until, until + 1));
        MemberView view = view(stamp, member, 0, "2027-01-31T12:59:59Z");
        assertNull(view.tier());
        assertNull(view.measures());
        assertNull(view.nextReward());
        assertEquals(List.of(new MemberView.ProgressView("stamps", 30, 3, 9)), view.progress());
        assertEquals(
                List.of(
                        new MemberView.GiftView("free-coffee", 2, LocalDate.ofEpochDay(until)),
                        new MemberView.GiftView("free-coffee", 1, LocalDate.ofEpochDay(until + 1))),
                view.gifts());
        assertEquals(1, view(stamp, member, 0, "2027-01-31T13:00:00Z").gifts().size());
        assertEquals(
                new MemberView(null, null, List.of(new MemberView.ProgressView("stamps", 0, 0, 9)), List.of(), null),
                view(stamp, MemberState.BLANK, 0, "2027-01-31T12:59:59Z"));
    }

    @Test
    void theNextRewardIsOneThatHeMayHave() throws IOException {
        CompiledProgram beauty = program("beauty");
        MemberState rouge = member("{'joined':1,'grant':'rouge 30000'}");
        // a Wednesday and the Thursday after it, at noon in New York
        String wednesday = "2027-01-06T17:00:00Z";
        String thursday = "2027-01-07T17:00:00Z";
        assertEquals(
                new MemberView.NextRewardView("deluxe-sample", 60), next(beauty, MemberState.BLANK, 40, wednesday));
        assertEquals(new MemberView.NextRewardView("mini-set", 150), next(beauty, rouge, 100, wednesday));
        assertEquals(new MemberView.NextRewardView("full-size", 500), next(beauty, rouge, 250, wednesday));
        assertNull(next(beauty, MemberState.BLANK, 250, wednesday));
        assertNull(next(beauty, rouge, 750, wednesday));
        assertEquals(new MemberView.NextRewardView("rouge-reward", 1750), next(beauty, rouge, 750, thursday));
        MemberState twice = member("{'joined':1,'grant':'rouge 30000','counters':'reward:mini-set.0 %d %d 2'}"
                .formatted(dev.stampede.award.Unit.MONTH.ordinal(), 2027 * 12));
        assertEquals(new MemberView.NextRewardView("full-size", 650), next(beauty, twice, 100, wednesday));
        MemberView owes = MemberView.of(
                beauty, MemberState.BLANK, 0, 7, Instant.parse(wednesday).toEpochMilli(), reward -> false);
        assertEquals(new MemberView.NextRewardView("deluxe-sample", 107), owes.nextReward());
        MemberView noMiniSets = MemberView.of(
                beauty,
                rouge,
                100,
                0,
                Instant.parse(wednesday).toEpochMilli(),
                reward -> reward.id().equals("mini-set"));
        assertEquals(new MemberView.NextRewardView("full-size", 650), noMiniSets.nextReward());
    }

    private static MemberView.@Nullable NextRewardView next(
            CompiledProgram program, MemberState member, long available, String at) {
        return view(program, member, available, at).nextReward();
    }
}
