package dev.stampede.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.stampede.award.Award;
import dev.stampede.award.MemberState;
import dev.stampede.award.Settlement;
import dev.stampede.award.Standing;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Section 4.4: how levels are reached and lost. */
class TierRulesTest {
    private static final String CALENDAR = "{'type':'calendar','months':12,'startsOn':'01-01'}";
    private static final String ANNIVERSARY = "{'type':'anniversary','months':%d}";
    private static final String ROLLING = "{'type':'rolling','months':12}";
    private static final String NEXT = "{'until':'nextPeriodEnd','graceDays':%d}";
    private static final String OWN = "{'until':'periodEnd','graceDays':%d}";

    /** Silver from 100 euros on, gold from 300, platinum by grant only. */
    private static Scene scene(String period, String validity, String downgrade, String onReversal) {
        String program = """
                {'measures':[{'id':'spend','of':'amount'}],
                 'tiers':{'period':%s,'validity':%s,'downgrade':'%s','onReversal':'%s','levels':[{'id':'basic'},
                  {'id':'silver','qualify':{'any':[{'measure':'spend','atLeast':'100.00'}]}},
                  {'id':'gold','multiplier':'1.5','qualify':{'any':[{'measure':'spend','atLeast':'300.00'}]}},
                  {'id':'platinum','multiplier':'2'}]},
                 'promotions':[
                  {'id':'new-silver','event':'tier:silver','give':{'points':1000}},
                  {'id':'new-gold','event':'tier:gold','give':{'points':5000}}],
                 'limits':[{'id':'day','on':'earn','of':'points','max':2000,'per':'day'}]}""";
        return new Scene(program.formatted(period, validity, downgrade, onReversal));
    }

    private static void level(Scene scene, String time, String level) {
        assertEquals(level, scene.level(time), time);
    }

    private static void until(Scene scene, String time, String day) {
        assertEquals(Scene.day(day), scene.standing(time).until());
    }

    @Test
    void levelsThatArePassedFireLowestFirstOutsideOfTheLimits() {
        Scene scene = scene(CALENDAR, NEXT.formatted(0), "requalified", "keep");
        assertEquals(
                "base:base 2000 limit; promotion:new-silver 1000; promotion:new-gold 5000",
                Scene.told(scene.earn("2027-05-01T12:00", "{'amount':'2500.00'}").settled));
        assertEquals("gold", scene.level("2027-05-01T12:00"));
        assertEquals("", Scene.told(scene.earn("2027-05-01T13:00", "{'amount':'0.00'}").settled));
    }

    @Test
    void theBonusIsThatOfTheLevelHeldBefore() {
        Scene scene = scene(CALENDAR, NEXT.formatted(0), "requalified", "keep");
        assertEquals(300 + 6000, scene.buy("2027-05-01T12:00", "300.00"));
        assertEquals(15, scene.buy("2027-05-01T12:00", "10.00"));
    }

    @Test
    void aLevelLastsToTheEndOfTheNextPeriodAndItsGrace() {
        Scene scene = scene(CALENDAR, NEXT.formatted(10), "requalified", "keep");
        scene.buy("2027-05-01T12:00", "100.00");
        until(scene, "2027-05-01T12:00", "2029-01-10");
        level(scene, "2029-01-10T23:59", "silver");
        level(scene, "2029-01-11T00:00", "basic");
        assertNull(scene.standing("2029-01-11T00:00").until());
    }

    @Test
    void reachingItAgainRenewsIt() {
        Scene scene = scene(CALENDAR, NEXT.formatted(0), "requalified", "keep");
        scene.buy("2027-05-01T12:00", "300.00");
        scene.buy("2028-05-01T12:00", "100.00"); // silver of 2028
        until(scene, "2028-05-01T12:00", "2028-12-31");
        level(scene, "2028-12-31T12:00", "gold");
        level(scene, "2029-01-01T12:00", "silver");
        until(scene, "2029-01-01T12:00", "2029-12-31");
        level(scene, "2030-01-01T12:00", "basic");
    }

    @Test
    void oneDownFallsALevelAPeriodWhoeverLooks() {
        Scene scene = scene(CALENDAR, OWN.formatted(5), "oneDown", "keep");
        scene.buy("2027-05-01T12:00", "300.00");
        level(scene, "2028-01-05T12:00", "gold");
        level(scene, "2028-01-06T12:00", "silver");
        until(scene, "2028-01-06T12:00", "2029-01-05");
        level(scene, "2029-01-06T12:00", "basic");
        // somebody who touches it only then sees the same
        scene.buy("2028-03-01T12:00", "0.00");
        level(scene, "2029-01-05T12:00", "silver");
        scene.buy("2031-01-01T12:00", "0.00");
        level(scene, "2031-01-01T12:00", "basic");
    }

    @Test
    void keepNeverFalls() {
        Scene scene = scene(CALENDAR, OWN.formatted(0), "keep", "keep");
        scene.buy("2027-05-01T12:00", "300.00");
        scene.buy("2028-05-01T12:00", "100.00");
        level(scene, "2040-01-01T12:00", "gold");
        assertNull(scene.standing("2040-01-01T12:00").until());
        assertEquals(1, scene.at("2040-01-01T12:00").titles().size());
    }

    @Test
    void aLateOperationOfThePreviousPeriodReachesItsLevelThere() {
        Scene scene = scene(CALENDAR, NEXT.formatted(0), "requalified", "keep");
        scene.buy("2027-12-31T12:00", "60.00");
        scene.earn("2027-12-31T13:00", "2028-01-02T12:00", "{'amount':'40.00'}");
        until(scene, "2028-01-02T12:00", "2028-12-31");
        assertEquals(0, scene.standing("2028-01-02T12:00").sums().size());
    }

    @Test
    void aLevelThatIsOverWhenItIsReachedFallsAtOnce() {
        Scene scene = scene(CALENDAR, OWN.formatted(0), "oneDown", "keep");
        scene.buy("2027-12-31T12:00", "60.00");
        assertEquals(
                "base:base 240; promotion:new-silver 1000",
                Scene.told(scene.earn("2027-12-31T13:00", "2028-01-02T12:00", "{'amount':'240.00'}").settled));
        level(scene, "2028-01-02T12:00", "silver");
    }

    @ParameterizedTest
    @CsvSource({
        "2027-01-31, 1, 2027-02-27, 2027-02-28, 2027-03-30",
        "2027-01-31, 1, 2027-03-30, 2027-03-31, 2027-04-29",
        "2028-02-29, 12, 2029-02-27, 2029-02-28, 2030-02-27",
        "2028-02-29, 12, 2032-02-28, 2032-02-29, 2033-02-27",
    })
    void anAnniversaryIsComputedFromTheDayOfJoining(
            String joined, int months, String last, String first, String nextLast) {
        Scene scene = scene(ANNIVERSARY.formatted(months), OWN.formatted(0), "requalified", "keep");
        scene.buy(joined + "T12:00", "0.00");
        scene.buy(last + "T12:00", "100.00");
        until(scene, last + "T12:00", last);
        level(scene, first + "T12:00", "basic");
        scene.buy(first + "T12:00", "100.00");
        until(scene, first + "T12:00", nextLast);
    }

    @Test
    void whatHappenedBeforeJoiningCountsForThePeriodOfJoining() {
        Scene scene = scene(ANNIVERSARY.formatted(12), OWN.formatted(0), "requalified", "keep");
        scene.buy("2027-05-10T12:00", "0.00");
        scene.earn("2027-05-01T12:00", "2027-05-10T13:00", "{'amount':'100.00'}");
        level(scene, "2027-05-10T13:00", "silver");
    }

    @Test
    void whatIsOlderThanThePreviousPeriodCountsNowhere() {
        Scene scene =
                scene("{'type':'calendar','months':1,'startsOn':'01-01'}", OWN.formatted(0), "requalified", "keep");
        scene.buy("2027-01-01T12:00", "0.00");
        scene.earn("2027-01-31T12:00", "2027-03-01T12:00", "{'amount':'10.00'}");
        assertEquals(0, scene.at("2027-03-01T12:00").sums().size());
        scene.earn("2027-02-01T12:00", "2027-03-01T12:00", "{'amount':'10.00'}");
        assertEquals(1, scene.at("2027-03-01T12:00").sums().size());
    }

    @Test
    void rollingCountsThisMonthAndTheTwelveBefore() {
        Scene scene = scene(ROLLING, "{'months':6}", "requalified", "keep");
        scene.buy("2027-01-31T12:00", "60.00");
        scene.buy("2028-01-31T12:00", "30.00");
        assertEquals(9000, scene.standing("2028-01-31T12:00").sums().get("spend"));
        assertEquals(3000, scene.standing("2028-02-01T00:00").sums().get("spend"));
        scene.buy("2028-02-01T12:00", "70.00");
        level(scene, "2028-02-01T12:00", "silver");
        until(scene, "2028-02-01T12:00", "2028-08-01");
    }

    @Test
    void rollingIsAssessedAtTheEndWithTheSumOfTheDayAfter() {
        Scene scene = scene(ROLLING, "{'months':6}", "requalified", "keep");
        scene.buy("2027-01-31T12:00", "300.00"); // gold to 31 July
        scene.buy("2027-06-01T12:00", "0.00");
        level(scene, "2027-08-01T12:00", "gold"); // 300 are still in the sum: to 1 February
        until(scene, "2027-08-01T12:00", "2028-02-01");
        level(scene, "2028-02-01T12:00", "gold");
        level(scene, "2028-02-02T12:00", "basic"); // January 2027 is no longer in it
    }

    @Test
    void rollingCanFallOneLevel() {
        Scene scene = scene(ROLLING, "{'months':3}", "oneDown", "keep");
        scene.buy("2027-01-10T12:00", "300.00");
        level(
                scene,
                "2028-01-12T12:00",
                "gold"); // renewed on 11 April, 12 July, 13 October: each time from the day after
        level(scene, "2029-01-01T12:00", "basic");
    }

    @Test
    void aGrantCountsWhileItLastsAndIsNoTitle() {
        Scene scene = scene(CALENDAR, NEXT.formatted(0), "oneDown", "lower");
        scene.buy("2027-05-01T12:00", "100.00");
        scene.granted("platinum", "2027-06-30");
        level(scene, "2027-06-30T23:59", "platinum");
        assertEquals(true, scene.standing("2027-06-30T12:00").granted());
        until(scene, "2027-06-30T12:00", "2027-06-30");
        level(scene, "2027-07-01T00:00", "silver");
        assertEquals(10, scene.newcomer("2027-06-30T12:00", "{'amount':'10.00'}"));
        assertEquals(20, scene.buy("2027-06-30T12:00", "10.00"));
    }

    @Test
    void allOrAnyOfTheThresholdsAreNeeded() {
        Scene scene = new Scene("""
                {'measures':[{'id':'spend','of':'amount'},{'id':'visits','of':'operations'}],
                 'tiers':{'period':{'type':'calendar','months':12,'startsOn':'01-01'},
                  'validity':{'until':'periodEnd','graceDays':0},'downgrade':'keep','onReversal':'keep',
                   'levels':[{'id':'basic'},
                  {'id':'any','qualify':{'any':[{'measure':'spend','atLeast':'10.00'},
                   {'measure':'visits','atLeast':3}]}},
                  {'id':'all','qualify':{'all':[{'measure':'spend','atLeast':'20.00'},
                   {'measure':'visits','atLeast':4}]}}]}}""");
        String[] levels = {"basic", "basic", "any", "any"};
        for (String level : levels) {
            scene.buy("2027-05-01T12:00", "1.00");
            level(scene, "2027-05-01T12:00", level);
        }
        var next = scene.standing("2027-05-01T12:00").next();
        assertEquals(1600, next.missing().get("spend"));
        assertEquals(0, next.missing().get("visits"));
        assertEquals(Scene.day("2027-12-31"), next.by());
        scene.buy("2027-05-01T12:00", "16.00");
        level(scene, "2027-05-01T12:00", "all");
    }

    @Test
    void periodsAndTitlesEndAtMidnightOfTheProgrammesZone() {
        Scene scene = new Scene("""
                {'timeZone':'Europe/Berlin','measures':[{'id':'spend','of':'amount'}],
                 'tiers':{'period':{'type':'calendar','months':12,'startsOn':'01-01'},
                   'validity':{'until':'nextPeriodEnd','graceDays':0},'downgrade':'requalified','onReversal':'keep',
                   'levels':[{'id':'basic'},
                    {'id':'gold','qualify':{'any':[{'measure':'spend','atLeast':'10.00'}]}}]}}""");
        scene.buy("2027-12-31T22:59:59", "9.99");
        scene.buy("2027-12-31T23:00", "0.01"); // it is 2028 there
        level(scene, "2027-12-31T23:00", "basic");
        // told late, it counts where it happened, and the title ends as if it had been reached in time
        scene.earn("2027-12-31T22:59:59", "2028-01-02T12:00", "{'amount':'0.01'}");
        until(scene, "2028-01-02T12:00", "2028-12-31");
        level(scene, "2028-12-31T22:59:59", "gold");
        level(scene, "2028-12-31T23:00", "basic");
    }

    /** A purchase of the time of an older version: what time has done goes by the version in force, as a read shows. */
    @Test
    void aLateOperationEndsLevelsByTheVersionInForce() {
        for (String[] of : new String[][] {{"requalified", "oneDown", "silver"}, {"oneDown", "requalified", "basic"}}) {
            Scene then = scene(CALENDAR, OWN.formatted(0), of[0], "keep");
            CompiledProgram now = scene(CALENDAR, OWN.formatted(0), of[1], "keep").program;
            then.buy("2027-05-01T12:00", "300.00");
            long at = Scene.ms("2027-12-31T12:00");
            long decided = Scene.ms("2028-01-02T12:00");
            Award award = then.program.price(Calls.buy("0.00"), at, decided, decided, now);
            MemberState after = Settlement.settle(award, then.account.state).member();
            assertEquals(of[2], now.levelIds().get(level(now, after, decided)));
            assertEquals(level(now, then.account.state, decided), level(now, after, decided));
        }
    }

    private static int level(CompiledProgram program, MemberState member, long ms) {
        return Standing.of(member, program.levels(), program.day(ms), program.backdateDays())
                .level();
    }

    @Test
    void aReversalLowersTheTitlesOfItsPeriodOrKeepsThem() {
        for (String onReversal : new String[] {"lower", "keep"}) {
            Scene scene = scene(CALENDAR, NEXT.formatted(0), "requalified", onReversal);
            scene.buy("2027-05-01T12:00", "120.00");
            Account.Earned earned = scene.earn("2027-05-02T12:00", "{'amount':'200.00'}");
            scene.reverse("2027-05-03T12:00", earned, Returns::whole);
            level(scene, "2027-05-03T12:00", onReversal.equals("lower") ? "silver" : "gold");
            assertEquals(12000, scene.standing("2027-05-03T12:00").sums().get("spend"));
        }
    }

    @Test
    void aReversalLowersARollingLevelThatItBreaks() {
        Scene scene = scene(ROLLING, "{'months':12}", "requalified", "lower");
        Account.Earned first = scene.earn("2027-05-01T12:00", "{'amount':'90.00'}");
        scene.buy("2027-05-02T12:00", "20.00");
        scene.reverse("2027-05-03T12:00", first, parts -> Returns.amount(parts, 1000));
        level(scene, "2027-05-03T12:00", "silver");
        scene.reverse("2027-05-03T12:00", first, parts -> Returns.amount(parts, 1));
        level(scene, "2027-05-03T12:00", "basic");
    }
}
