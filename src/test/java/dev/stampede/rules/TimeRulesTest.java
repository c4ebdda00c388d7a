package dev.stampede.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.stampede.award.Counter;
import dev.stampede.award.MemberState;
import dev.stampede.award.Settled;
import dev.stampede.award.Settlement;
import dev.stampede.award.Unit;
import dev.stampede.points.Unpriceable;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Section 4.1: when conditions hold. */
class TimeRulesTest {
    private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");

    /** The first condition that fails in Berlin; null if none does. */
    private static String missed(String when, String utc) {
        Conditions conditions = new Conditions(Documents.when(Documents.json(when)), BERLIN, List.of(""));
        return conditions.missed(Moment.of(Scene.ms(utc), BERLIN), Call.Place.UNKNOWN, null, null);
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "2027-01-04T13:59:59, hours", // 14:59:59
                "2027-01-04T14:00, -",
                "2027-01-04T15:59:59, -",
                "2027-01-04T16:00, hours",
            })
    void hoursAreHalfOpenOnTheLocalClock(String utc, String expected) {
        assertEquals(expected, missed("{'hours':[{'from':'15:00','to':'17:00'}]}", utc));
    }

    @Test
    void inSpringAnHourThatIsSkippedDoesNotOpen() {
        String when = "{'hours':[{'from':'02:00','to':'03:00'}]}";
        for (String utc : new String[] {"2027-03-28T00:59:59", "2027-03-28T01:00", "2027-03-28T01:30"}) {
            assertEquals("hours", missed(when, utc), utc); // 01:59:59 is followed by 03:00
        }
        assertNull(missed(when, "2027-03-27T01:30"));
    }

    @Test
    void inAutumnBothPassesThroughAnHourAreInside() {
        String when = "{'hours':[{'from':'02:00','to':'03:00'}]}";
        assertEquals("hours", missed(when, "2027-10-30T23:59:59"));
        assertNull(missed(when, "2027-10-31T00:00")); // 02:00 in summer time
        assertNull(missed(when, "2027-10-31T01:59:59")); // 02:59:59 in winter time
        assertEquals("hours", missed(when, "2027-10-31T02:00"));
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "2027-01-08T21:59:59, hours", // Friday 22:59:59
                "2027-01-08T22:00, -",
                "2027-01-09T01:59:59, -", // Saturday 02:59:59
                "2027-01-09T02:00, hours",
                "2027-01-09T22:30, weekdays", // Saturday 23:30
                "2027-01-08T00:30, weekdays", // Friday 01:30 belongs to Thursday
            })
    void hoursOverMidnightBelongToTheDayOnWhichTheyStart(String utc, String expected) {
        assertEquals(expected, missed("{'weekdays':['FRI'],'hours':[{'from':'23:00','to':'03:00'}]}", utc));
    }

    @Test
    void hoursOverMidnightBelongToTheDateOnWhichTheyStart() {
        String when = "{'dates':['2027-12-31'],'hours':[{'from':'22:00','to':'02:00'}]}";
        assertNull(missed(when, "2027-12-31T21:00"));
        assertNull(missed(when, "2028-01-01T00:59"));
        assertEquals("dates", missed(when, "2027-12-31T00:30"));
    }

    @Test
    void midnightEndsADay() {
        String when = "{'hours':[{'from':'12:00','to':'24:00'}]}";
        assertNull(missed(when, "2027-01-04T22:59:59"));
        assertEquals("hours", missed(when, "2027-01-04T23:00"));
    }

    @Test
    void anInstantInAGapMovesForwardByItsLength() {
        LocalDateTime skipped = LocalDateTime.parse("2027-03-28T02:30");
        assertEquals("2027-03-28T01:30:00Z", Conditions.from(skipped, BERLIN).toString());
        assertEquals("2027-03-28T01:30:00Z", Conditions.to(skipped, BERLIN).toString());
    }

    @Test
    void inAnOverlapFromIsTheEarlierAndToTheLaterInstant() {
        LocalDateTime twice = LocalDateTime.parse("2027-10-31T02:30");
        assertEquals("2027-10-31T00:30:00Z", Conditions.from(twice, BERLIN).toString());
        assertEquals("2027-10-31T01:30:00Z", Conditions.to(twice, BERLIN).toString());
    }

    @Test
    void fromIsInsideAndToIsNot() {
        String when = "{'from':'2027-05-01T00:00','to':'2027-05-02T00:00'}";
        assertEquals("from", missed(when, "2027-04-30T21:59:59"));
        assertNull(missed(when, "2027-04-30T22:00"));
        assertEquals("to", missed(when, "2027-05-01T22:00"));
    }

    @Test
    void earlyAccessIsCountedInRealHours() {
        // the clocks go forward between: 24 hours before midnight of the 29th is 23:00 of the 27th
        Conditions conditions = new Conditions(
                Documents.when(
                        Documents.json("{'from':'2027-03-29T00:00','earlyAccess':[{'tiers':['gold'],'hours':24}]}")),
                BERLIN,
                List.of("basic", "gold"));
        Moment at = Moment.of(Scene.ms("2027-03-27T22:00"), BERLIN);
        assertNull(conditions.missedAt(1, at));
        assertEquals("from", conditions.missedAt(0, at));
        assertEquals("from", conditions.missedAt(1, Moment.of(Scene.ms("2027-03-27T21:59:59"), BERLIN)));
    }

    @ParameterizedTest
    @CsvSource({
        "2026-12-27, 2026-12-28, false", // Sunday, Monday
        "2026-12-28, 2027-01-03, true", // week 53 of 2026
        "2027-01-03, 2027-01-04, false",
        "2024-12-30, 2025-01-05, true",
    })
    void weeksAreIsoWeeks(String one, String other, boolean same) {
        long first = Unit.WEEK.number(LocalDate.parse(one).toEpochDay());
        long second = Unit.WEEK.number(LocalDate.parse(other).toEpochDay());
        assertEquals(same, first == second);
    }

    @Test
    void aLimitPerWeekGoesOnOverNewYear() {
        Scene scene =
                Scene.promotions("{'id':'weekly','give':{'points':5},'limits':[{'of':'uses','max':1,'per':'week'}]}");
        assertEquals(6, scene.buy("2026-12-28T12:00", "1.00"));
        assertEquals(1, scene.buy("2027-01-03T12:00", "1.00"));
        assertEquals(6, scene.buy("2027-01-04T12:00", "1.00"));
    }

    @Test
    void lotsEndInTheZoneOfTheProgramme() {
        Scene scene = new Scene("""
                {'timeZone':'Europe/Berlin','points':{'expiry':{'type':'months','months':1,'end':'month'}}}""");
        LotDays days = scene.program.lotDays(Scene.ms("2027-01-31T23:30"), scene.program.zone());
        assertEquals(Scene.day("2027-03-31"), days.on()); // it is 1 February there
        assertNull(days.matures());
    }

    @ParameterizedTest
    @CsvSource({
        "'{\"type\":\"months\",\"months\":1,\"end\":\"none\"}', 2027-01-31, 2027-02-28",
        "'{\"type\":\"months\",\"months\":12,\"end\":\"none\"}', 2028-02-29, 2029-02-28",
        "'{\"type\":\"months\",\"months\":0,\"end\":\"month\"}', 2026-11-30, 2026-11-30",
        "'{\"type\":\"months\",\"months\":12,\"end\":\"month\"}', 2027-02-28, 2028-02-29",
        "'{\"type\":\"months\",\"months\":6,\"end\":\"quarter\"}', 2027-01-31, 2027-09-30",
        "'{\"type\":\"months\",\"months\":12,\"end\":\"year\"}', 2027-01-31, 2028-12-31",
        "'{\"type\":\"days\",\"days\":10}', 2027-01-31, 2027-02-10",
        "'{\"type\":\"inactivity\",\"months\":18}', 2027-01-31, 2028-07-31",
        "'{\"type\":\"never\"}', 2027-01-31, 9999-12-31",
    })
    void eachKindOfExpiryHasItsLastDay(String expiry, String today, String on) {
        Scene scene = new Scene("{'points':{'expiry':" + expiry + "}}");
        assertEquals(
                Scene.day(on),
                scene.program
                        .lotDays(Scene.ms(today + "T12:00"), scene.program.zone())
                        .on());
    }

    /** Midnight is between a call and its decision: it happened when it came, and counts for the limits of then. */
    @Test
    void whatCameBeforeMidnightIsNotTooLateAfterIt() {
        Scene scene = new Scene("""
                {'points':{'backdateDays':0},'promotions':[{'id':'a','give':{'points':6},
                 'limits':[{'of':'uses','max':1,'per':'day'}]}]}""");
        Call buy = new Call.Purchase(Call.Place.UNKNOWN, new BigDecimal("5.00"), List.of());
        long noon = Scene.ms("2027-01-31T12:00");
        long before = Scene.ms("2027-01-31T23:59:59");
        long after = Scene.ms("2027-02-01T00:00");

        Settled first = Settlement.settle(scene.program.price(buy, noon, noon), MemberState.BLANK, false);
        assertEquals(11, first.points());
        Settled nextDay = Settlement.settle(scene.program.price(buy, after, after), first.member(), true);
        assertEquals(11, nextDay.points());
        Settled late = Settlement.settle(scene.program.price(buy, before, before, after), nextDay.member(), true);
        assertEquals(5, late.points());
        assertThrows(Unpriceable.class, () -> scene.program.price(buy, before, after));
        Settled days = Settlement.settle(
                scene.program.price(buy, after + 2 * 86_400_000L, after + 2 * 86_400_000L), late.member(), true);
        assertEquals(
                List.of(Scene.day("2027-02-03")),
                days.member().counters().keySet().stream().map(Counter::number).toList());
    }
}
