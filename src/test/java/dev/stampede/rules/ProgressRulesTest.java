package dev.stampede.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.stampede.award.Denial;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Rules 15 to 18: stamps, streaks and birthdays. */
class ProgressRulesTest {
    private static String count(String counts, int target, boolean repeat, String rest) {
        return "{'id':'card','progress':{'type':'count','counts':'" + counts + "','target':" + target + ",'repeat':"
                + repeat + "}," + rest + "}";
    }

    private static String streak(String unit, int target, boolean repeat) {
        return "{'id':'row','progress':{'type':'streak','unit':'" + unit + "','target':" + target + ",'repeat':"
                + repeat + "},'give':{'points':50}}";
    }

    private static String coffees(String units) {
        return "{'items':[{'amount':'0.00','quantity':'" + units + "'}]}";
    }

    @Test
    void oneBasketCanFillSeveralCards() {
        Scene scene = Scene.promotions(count("quantity", 3, true, "'give':{'points':10}"));
        assertEquals(20, scene.earn("2027-01-04T12:00", coffees("8")).settled.points());
        assertEquals(10, scene.earn("2027-01-04T12:00", coffees("1")).settled.points());
        assertEquals(0, scene.earn("2027-01-04T12:00", coffees("2.999")).settled.points());
        assertEquals(11, scene.at("2027-01-04T12:00").stamps().get("card").count());
    }

    @Test
    void aCardThatDoesNotRepeatIsFullOnce() {
        Scene scene = Scene.promotions(count("operations", 2, false, "'give':{'points':10}"));
        long[] expected = {0, 10, 0, 0, 0};
        for (long points : expected) {
            assertEquals(points, scene.buy("2027-01-04T12:00", "0.00"));
        }
    }

    @Test
    void stampsAdvanceWhateverStackingDoes() {
        Scene scene = new Scene("{'promotions':["
                + count("operations", 2, true, "'give':{'points':10}")
                + ",{'id':'only','when':{'minimum':'1.00'},'give':{'points':1},'exclusive':true,'priority':5}]}");
        assertEquals(0, scene.buy("2027-01-04T12:00", "0.00"));
        assertEquals(2, scene.buy("2027-01-04T12:00", "1.00")); // the second stamp is beaten, and its card is over
        assertEquals(0, scene.buy("2027-01-04T12:00", "0.00"));
        assertEquals(10, scene.buy("2027-01-04T12:00", "0.00"));
    }

    @Test
    void completionsBeyondALimitOfUsesAreDropped() {
        Scene scene = Scene.promotions(
                count("quantity", 2, true, "'give':{'points':10},'limits':[{'of':'uses','max':3,'per':'day'}]"));
        assertEquals(20, scene.earn("2027-01-04T12:00", coffees("4")).settled.points());
        assertEquals(10, scene.earn("2027-01-04T12:00", coffees("6")).settled.points());
        assertEquals(10, scene.earn("2027-01-05T12:00", coffees("2")).settled.points());
    }

    @Test
    void giftsAreHandedOutAndUsedBeforePoints() {
        Scene scene = new Scene("{'promotions':["
                + count("operations", 2, true, "'give':{'reward':'coffee','validDays':10,'count':2}")
                + "],'rewards':[{'id':'coffee','cost':0,'grantOnly':true}]}");
        assertEquals(Denial.REWARD_UNAVAILABLE, scene.denial("2027-01-04T12:00", "coffee"));
        scene.buy("2027-01-04T12:00", "0.00");
        assertEquals("grant:coffee x2", Scene.told(scene.earn("2027-01-04T12:00", "{'amount':'0.00'}").settled));
        assertNull(scene.denial("2027-01-14T23:59", "coffee"));
        assertEquals(Denial.REWARD_UNAVAILABLE, scene.denial("2027-01-15T00:00", "coffee"));
    }

    @Test
    void aStreakIsARunOfLocalDays() {
        Scene scene = new Scene("{'timeZone':'Europe/Berlin','promotions':[" + streak("day", 3, true) + "]}");
        assertEquals(0, scene.buy("2027-01-04T22:59", "0.00"));
        assertEquals(0, scene.buy("2027-01-04T23:01", "0.00")); // the next day there
        assertEquals(50, scene.buy("2027-01-06T12:00", "0.00"));
        assertEquals(0, scene.buy("2027-01-07T12:00", "0.00")); // runs don't overlap
        assertEquals(0, scene.buy("2027-01-08T12:00", "0.00"));
        assertEquals(50, scene.buy("2027-01-09T12:00", "0.00"));
    }

    @Test
    void aGapBreaksAStreakUntilALateUploadClosesIt() {
        Scene scene = Scene.promotions(streak("day", 4, true));
        scene.buy("2027-01-04T12:00", "0.00");
        scene.buy("2027-01-05T12:00", "0.00");
        scene.buy("2027-01-07T12:00", "0.00");
        assertEquals(1, scene.at("2027-01-07T12:00").streaks().get("row").current(Scene.day("2027-01-07")));
        assertEquals(
                50,
                scene.earn("2027-01-06T12:00", "2027-01-20T12:00", "{'amount':'0.00'}")
                        .settled
                        .points());
        assertEquals(0, scene.buy("2027-01-08T12:00", "0.00"));
        assertEquals(1, scene.at("2027-01-09T12:00").streaks().get("row").current(Scene.day("2027-01-09")));
        assertEquals(0, scene.at("2027-01-10T12:00").streaks().get("row").current(Scene.day("2027-01-10")));
    }

    @Test
    void weeksOfAStreakGoOnOverNewYearAndMonthsToo() {
        Scene weeks = Scene.promotions(streak("week", 3, true));
        weeks.buy("2026-12-27T12:00", "0.00");
        weeks.buy("2027-01-03T12:00", "0.00");
        assertEquals(50, weeks.buy("2027-01-04T12:00", "0.00"));
        Scene months = Scene.promotions(streak("month", 3, false));
        months.buy("2026-11-01T12:00", "0.00");
        months.buy("2026-12-31T12:00", "0.00");
        assertEquals(50, months.buy("2027-01-01T12:00", "0.00"));
        months.buy("2027-02-01T12:00", "0.00");
        months.buy("2027-03-01T12:00", "0.00");
        assertEquals(0, months.buy("2027-04-01T12:00", "0.00"));
    }

    @Test
    void aStreakKeepsItsNewestRunsAndWhatALaterOperationCanUse() {
        Scene scene = new Scene("{'points':{'backdateDays':2},'promotions':[" + streak("day", 50, true) + "]}");
        long first = Scene.ms("2027-01-01T12:00");
        for (int day = 0; day < 190; day++) {
            long at = first + Duration.ofDays(day).toMillis();
            scene.account.earn(Calls.buy("0.00"), at, at);
        }
        var streak = scene.account.state.streaks().get("row");
        assertEquals(3, streak.given());
        assertEquals(2, streak.runs().size());
        assertEquals(Scene.day("2027-02-20"), streak.days().get(0).period());
        assertEquals(140, streak.days().size());
    }

    private static Scene birthday(String leapDay, String condition, int noticeDays) {
        return new Scene("{'attributes':[{'id':'born','type':'birthDate','noticeDays':" + noticeDays + ",'leapDay':'"
                + leapDay + "'}],'promotions':[{'id':'b','when':{'birthday':" + condition
                + "},'give':{'points':9},'limits':[{'of':'uses','max':1,'per':'birthday'}]}]}");
    }

    private static void on(Scene scene, String day, long points) {
        assertEquals(points, scene.buy(day + "T12:00", "0.00"), day);
    }

    @Test
    void whoWasBornOnALeapDayHasHisBirthdayOnThe28thOrOn1March() {
        Scene feb = birthday("feb28", "{'before':0,'after':0}", 0);
        feb.is("2026-01-01", "born", "2000-02-29");
        on(feb, "2027-02-27", 0);
        on(feb, "2027-02-28", 9);
        on(feb, "2027-03-01", 0);
        on(feb, "2028-02-28", 0);
        on(feb, "2028-02-29", 9);
        Scene march = birthday("mar1", "{'before':0,'after':0}", 0);
        march.is("2026-01-01", "born", "2000-02-29");
        on(march, "2027-02-28", 0);
        on(march, "2027-03-01", 9);
        on(march, "2028-02-29", 9);
        on(march, "2028-03-01", 0);
    }

    @Test
    void theMonthOfALeapDayIsTheOneOfItsBirthday() {
        Scene march = birthday("mar1", "'month'", 0);
        march.is("2026-01-01", "born", "2000-02-29");
        on(march, "2027-02-28", 0);
        on(march, "2027-03-31", 9);
        on(march, "2028-02-01", 9);
        on(march, "2028-03-31", 0);
    }

    @Test
    void aBirthdayIsCountedByItsOwnYear() {
        Scene scene = birthday("feb28", "{'before':3,'after':3}", 0);
        scene.is("2026-01-01", "born", "1990-01-01");
        on(scene, "2026-12-28", 0);
        on(scene, "2026-12-29", 9); // of 1 January 2027
        on(scene, "2027-01-04", 0); // the same birthday
        on(scene, "2027-12-31", 9);
        on(scene, "2028-01-05", 0);
    }

    @Test
    void theDateMustHaveBeenKnownSomeDaysBeforeTheBirthday() {
        Scene scene = birthday("feb28", "{'before':0,'after':6}", 30);
        scene.is("2027-05-01", "born", "1990-05-30");
        on(scene, "2027-05-31", 0);
        scene.is("2027-05-01", "born", "1990-05-31");
        on(scene, "2027-05-31", 9);
        scene.is("2027-06-01", "born", "1990-05-31");
        on(scene, "2027-06-02", 0);
    }

    /** Without a birthday nobody could say in which window it counts. */
    @Test
    void aLimitPerBirthdayIsForMembersWhoseBirthdayIsKnown() {
        Scene scene = new Scene("""
                {'attributes':[{'id':'born','type':'birthDate','noticeDays':0,'leapDay':'feb28'}],
                 'promotions':[{'id':'b','give':{'points':9},'limits':[{'of':'uses','max':1,'per':'birthday'}]}]}""");
        on(scene, "2030-01-04", 0);
        scene.is("2030-01-05", "born", "1990-05-31");
        on(scene, "2030-01-06", 9); // of his birthday in 2029
        on(scene, "2030-05-30", 0);
        on(scene, "2030-05-31", 9);
        on(scene, "2031-05-30", 0);
    }

    @Test
    void aBirthdayIsADayOfTheProgrammesZone() {
        Scene scene = new Scene("""
                {'timeZone':'Europe/Berlin',
                 'attributes':[{'id':'born','type':'birthDate','noticeDays':0,'leapDay':'feb28'}],
                 'promotions':[{'id':'b','when':{'birthday':{'before':0,'after':0}},'give':{'points':9}}]}""");
        scene.is("2026-01-01", "born", "1990-05-31");
        assertEquals(0, scene.buy("2027-05-30T21:59:59", "0.00"));
        assertEquals(9, scene.buy("2027-05-30T22:00", "0.00"));
        assertEquals(9, scene.buy("2027-05-31T21:59:59", "0.00"));
        assertEquals(0, scene.buy("2027-05-31T22:00", "0.00"));
    }

    @Test
    void withoutABirthdayThereIsNone() {
        Scene scene = birthday("feb28", "'month'", 0);
        on(scene, "2027-05-31", 0);
    }
}
