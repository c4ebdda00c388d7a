package dev.stampede.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.award.MemberState;
import dev.stampede.award.Parts;
import dev.stampede.award.Undo;
import dev.stampede.award.Undone;
import dev.stampede.points.Unpriceable;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** Section 4.6: what a reversal takes back. */
class ReversalRulesTest {
    private static final String AT = "2027-01-04T12:00";

    private static Function<Parts, Undo> amount(long minor) {
        return parts -> Returns.amount(parts, minor);
    }

    private static Function<Parts, Undo> points(long points) {
        return parts -> Returns.points(parts, points);
    }

    private static Function<Parts, Undo> line(int line, Long thousandths) {
        return parts -> Returns.items(parts, List.of(new Returns.Returned(line, thousandths)));
    }

    private static Unpriceable.Why refused(Scene scene, Account.Earned earned, Function<Parts, Undo> how) {
        return assertThrows(Unpriceable.class, () -> scene.reverse(AT, earned, how))
                .why();
    }

    private static final String SHOP = """
            {'tiers':{'period':{'type':'calendar','months':12,'startsOn':'01-01'},
               'validity':{'until':'periodEnd','graceDays':0},'downgrade':'keep','onReversal':'lower',
               'levels':[{'id':'basic','multiplier':'1.5'}]},
             'measures':[{'id':'stars','of':'points','include':['base']},{'id':'spend','of':'amount'},
              {'id':'visits','of':'operations'}],
             'promotions':[
               {'id':'half','give':{'multiply':'1.5'}},
               {'id':'flat','when':{'minimum':'7.00'},'give':{'points':30},'limits':[{'of':'uses','max':1,
                'per':'day'}]},
               {'id':'always','give':{'points':2},'limits':[{'of':'points','max':5,'per':'day'}]}],
             'limits':[{'id':'day','on':'earn','of':'points','max':1000,'per':'day'}]}""";

    @Test
    void sharesFallAndAFlatBonusStaysUntilItsMinimumIsMissed() {
        Scene scene = new Scene(SHOP);
        Account.Earned earned = scene.earn(AT, "{'amount':'10.99'}");
        assertEquals(
                "base:base 10; tier:basic 5; promotion:half 5; promotion:flat 30; promotion:always 2",
                Scene.told(earned.settled));
        assertEquals(
                "base:base -4; tier:basic -2; promotion:half -2", Scene.told(scene.reverse(AT, earned, amount(399))));
        assertEquals(6, scene.standing(AT).sums().get("stars"));
        assertEquals(700, scene.standing(AT).sums().get("spend"));
        assertEquals("promotion:flat -30", Scene.told(scene.reverse(AT, earned, amount(1))));
        assertEquals(2, scene.at(AT).counters().size() - 1); // the use of flat stays counted
        assertEquals(
                "base:base -6; tier:basic -3; promotion:half -3; promotion:always -2",
                Scene.told(scene.reverse(AT, earned, Returns::whole)));
        assertEquals(blank(scene), scene.at(AT));
        assertEquals(Unpriceable.Why.ALREADY_REVERSED, refused(scene, earned, Returns::whole));
    }

    /** A member who has joined and nothing else. */
    private static MemberState blank(Scene scene) {
        Account other = new Account(scene.program);
        other.earn(Calls.of("{'points':1}"), Scene.ms(AT), Scene.ms(AT));
        MemberState joined = other.state;
        return new MemberState(
                joined.joined(),
                MemberState.BLANK.attributes(),
                List.of(),
                null,
                MemberState.BLANK.sums(),
                MemberState.BLANK.counters(),
                MemberState.BLANK.stamps(),
                MemberState.BLANK.streaks(),
                List.of());
    }

    @Test
    void stepsAddUpToTheWholeExactly() {
        for (long step : new long[] {1, 7, 100, 333, 998}) {
            Scene scene = new Scene(SHOP);
            Account.Earned earned = scene.earn(AT, "{'amount':'9.99'}");
            long taken = 0;
            for (long left = 999; left > 0; left -= step) {
                taken += scene.reverse(AT, earned, amount(Math.min(step, left))).points();
            }
            assertEquals(earned.settled.points(), taken);
            assertEquals(blank(scene), scene.at(AT));
        }
    }

    @Test
    void byPointsTheLastPromotionGoesFirstAndTheBaseLast() {
        Scene scene = new Scene(SHOP);
        Account.Earned earned = scene.earn(AT, "{'amount':'10.00'}"); // 10 + 5 + 5 + 30 + 2
        assertEquals("promotion:flat -1; promotion:always -2", Scene.told(scene.reverse(AT, earned, points(3))));
        assertEquals(
                "tier:basic -1; promotion:half -5; promotion:flat -29",
                Scene.told(scene.reverse(AT, earned, points(35))));
        assertEquals(10, scene.standing(AT).sums().get("stars"));
        assertEquals("base:base -1; tier:basic -4", Scene.told(scene.reverse(AT, earned, points(5))));
        assertEquals(9, scene.standing(AT).sums().get("stars"));
        assertEquals(Unpriceable.Why.REVERSE_EXCEEDS_ORIGINAL, refused(scene, earned, points(10)));
        scene.reverse(AT, earned, points(9));
        assertEquals(blank(scene), scene.at(AT));
    }

    @Test
    void partialReversalsAreOfOneKindAndTheRestIsAlwaysPossible() {
        Scene scene = new Scene(SHOP);
        Account.Earned earned = scene.earn(AT, "{'items':[{'amount':'10.00'}]}");
        scene.reverse(AT, earned, amount(100));
        assertEquals(Unpriceable.Why.REVERSE_KIND_MIXED, refused(scene, earned, points(1)));
        assertEquals(Unpriceable.Why.REVERSE_KIND_MIXED, refused(scene, earned, line(0, null)));
        assertEquals(Unpriceable.Why.REVERSE_EXCEEDS_ORIGINAL, refused(scene, earned, amount(901)));
        scene.reverse(AT, earned, Returns::whole);
        assertEquals(blank(scene), scene.at(AT));
    }

    @Test
    void anEarnOfNothingIsReversedOnce() {
        Scene scene = new Scene("{}");
        Account.Earned earned = scene.earn(AT, "{'amount':'0.00'}");
        assertEquals(0, scene.reverse(AT, earned, Returns::whole).points());
        assertEquals(Unpriceable.Why.ALREADY_REVERSED, refused(scene, earned, Returns::whole));
    }

    @Test
    void itemsGoBackWithTheirShareOfTheMoney() {
        Scene scene = new Scene("""
                {'earn':[{'id':'none','match':{'categories':['gift-card']},'rate':'none'},
                         {'id':'base','rate':{'by':'amount','points':10,'per':'1.00','units':'exact'}}]}""");
        Account.Earned earned = scene.earn(AT, """
                {'items':[{'amount':'6.00','quantity':'3'},{'amount':'50.00','categories':['gift-card']},
                          {'amount':'4.00','quantity':'0.453'},{'amount':'-1.00'}]}""");
        assertEquals(90, earned.settled.points());
        assertEquals(0, scene.reverse(AT, earned, line(1, null)).points());
        assertEquals(18, scene.reverse(AT, earned, line(0, 1000L)).points()); // 2 of 10 that cost something
        assertEquals(Unpriceable.Why.REVERSE_EXCEEDS_ORIGINAL, refused(scene, earned, line(0, 2001L)));
        assertEquals(Unpriceable.Why.REVERSE_EXCEEDS_ORIGINAL, refused(scene, earned, line(9, null)));
        assertEquals(36, scene.reverse(AT, earned, line(2, null)).points());
        assertEquals(36, scene.reverse(AT, earned, line(0, 2000L)).points());
        assertEquals(Unpriceable.Why.ALREADY_REVERSED, refused(scene, earned, line(3, null)));
    }

    private static Scene card(String give) {
        return new Scene("{'promotions':[{'id':'card','when':{'items':{'categories':['coffee']}},'progress':"
                + "{'type':'count','counts':'quantity','target':3,'repeat':true},'give':" + give
                + "}],'rewards':[{'id':'free','cost':0,'grantOnly':true}]}");
    }

    private static final String COFFEES = "{'items':[{'amount':'0.00','quantity':'%d','categories':['coffee']}]}";

    @Test
    void stampsGoBackAndTakeTheLastCompletionWithThem() {
        Scene scene = card("{'points':10}");
        Account.Earned two = scene.earn(AT, COFFEES.formatted(2));
        Account.Earned five = scene.earn(AT, COFFEES.formatted(5));
        assertEquals(20, five.settled.points());
        Undone undone = scene.reverse(AT, two, Returns::whole);
        assertEquals(0, undone.own());
        assertEquals(10, undone.takenBack());
        assertEquals(10, scene.reverse(AT, five, Returns::whole).points()); // the other one was taken before
        assertEquals(blank(scene), scene.at(AT));
    }

    @Test
    void whatWasTakenBackIsEarnedAgainFromTheLowerCount() {
        Scene scene = card("{'points':10}");
        Account.Earned three = scene.earn(AT, COFFEES.formatted(3));
        scene.reverse(AT, three, line(0, 1000L));
        assertEquals(0, scene.account.wallet.available);
        assertEquals(10, scene.earn(AT, COFFEES.formatted(1)).settled.points());
    }

    @Test
    void aCardThatIsStillFullStays() {
        Scene scene = card("{'points':10}");
        Account.Earned three = scene.earn(AT, COFFEES.formatted(3));
        scene.earn(AT, COFFEES.formatted(2));
        assertEquals(0, scene.reverse(AT, three, line(0, 2000L)).points());
        assertEquals(10, scene.reverse(AT, three, line(0, 1000L)).points());
    }

    @Test
    void aUsedGiftStaysAndTheNextIsEarnedFromTheLowerCount() {
        Scene scene = card("{'reward':'free','validDays':9}");
        Account.Earned three = scene.earn(AT, COFFEES.formatted(3));
        scene.reward(AT, "free");
        assertEquals("", Scene.told(scene.reverse(AT, three, Returns::whole)));
        assertEquals(
                "", Scene.told(scene.earn(AT, COFFEES.formatted(3)).settled), "the gift was used, so it is paid now");
        assertEquals("grant:free x1", Scene.told(scene.earn(AT, COFFEES.formatted(3)).settled));
    }

    @Test
    void anUnusedGiftIsCancelled() {
        Scene scene = card("{'reward':'free','validDays':9}");
        Account.Earned six = scene.earn(AT, COFFEES.formatted(6));
        scene.reward(AT, "free");
        assertEquals("grant:free x-1", Scene.told(scene.reverse(AT, six, Returns::whole)));
        assertEquals(0, scene.at(AT).gifts().size());
    }

    @Test
    void aGiftOfAFlatPromotionGoesWithTheWhole() {
        Scene scene = new Scene("""
                {'promotions':[{'id':'g','when':{'minimum':'5.00'},'give':{'reward':'free','validDays':9}}],
                 'rewards':[{'id':'free','cost':0,'grantOnly':true}]}""");
        Account.Earned earned = scene.earn(AT, "{'amount':'10.00'}");
        assertEquals("base:base -5", Scene.told(scene.reverse(AT, earned, amount(500))));
        assertEquals("base:base -1; grant:free x-1", Scene.told(scene.reverse(AT, earned, amount(1))));
        assertEquals("base:base -4", Scene.told(scene.reverse(AT, earned, Returns::whole)));
    }

    @Test
    void anotherGiftOfThePromotionIsLeftAlone() {
        Scene scene = new Scene("""
                {'promotions':[{'id':'g','give':{'reward':'free','validDays':9}}],
                 'rewards':[{'id':'free','cost':0,'grantOnly':true}]}""");
        Account.Earned first = scene.earn("2027-01-04T12:00", "{'amount':'0.00'}");
        scene.earn("2027-01-05T12:00", "{'amount':'0.00'}");
        scene.reward("2027-01-06T12:00", "free"); // the first one
        assertEquals("", Scene.told(scene.reverse("2027-01-06T12:00", first, Returns::whole)));
        assertEquals(1, scene.at("2027-01-06T12:00").gifts().size());
    }

    @Test
    void itemsTakeADayOfAStreakBackWhenNoneOfThemIsLeft() {
        Scene scene = new Scene("{'promotions':[{'id':'row','when':{'items':{'categories':['coffee']}},'progress':"
                + "{'type':'streak','unit':'day','target':2,'repeat':true},'give':{'points':50}}]}");
        Account.Earned first = scene.earn("2027-01-04T12:00", """
                {'items':[{'amount':'2.00','quantity':'2','categories':['coffee']},{'amount':'8.00'}]}""");
        scene.earn("2027-01-05T12:00", COFFEES.formatted(1));
        assertEquals(0, scene.reverse("2027-01-06T12:00", first, line(0, 1000L)).takenBack());
        assertEquals(
                50, scene.reverse("2027-01-06T12:00", first, line(0, 1000L)).takenBack());
    }

    private static Scene row() {
        return new Scene("{'promotions':[{'id':'row','progress':{'type':'streak','unit':'day','target':3,"
                + "'repeat':true},'give':{'points':50}}]}");
    }

    @Test
    void aDayOfARewardedRunBreaksItOnlyIfNothingElseHappenedThatDay() {
        Scene scene = row();
        scene.buy("2027-01-04T12:00", "0.00");
        Account.Earned one = scene.earn("2027-01-05T12:00", "{'amount':'0.00'}");
        Account.Earned other = scene.earn("2027-01-05T13:00", "{'amount':'0.00'}");
        Account.Earned last = scene.earn("2027-01-06T12:00", "{'amount':'0.00'}");
        assertEquals(0, scene.reverse("2027-01-20T12:00", one, Returns::whole).points());
        assertEquals(
                50, scene.reverse("2027-01-20T12:00", other, Returns::whole).takenBack());
        assertEquals(0, scene.reverse("2027-01-20T12:00", last, Returns::whole).points());
    }

    @Test
    void daysOfABrokenRunCanCompleteAnother() {
        Scene scene = row();
        Account.Earned first = scene.earn("2027-01-04T12:00", "{'amount':'0.00'}");
        scene.buy("2027-01-05T12:00", "0.00");
        scene.buy("2027-01-06T12:00", "0.00");
        scene.reverse("2027-01-06T13:00", first, Returns::whole);
        assertEquals(50, scene.buy("2027-01-07T12:00", "0.00"));
    }

    @Test
    void aRunThatIsForgottenGoesWithTheOperationThatCompletedIt() {
        Scene scene = new Scene("{'promotions':[{'id':'row','progress':"
                + "{'type':'streak','unit':'day','target':60,'repeat':true},'give':{'points':50}}]}");
        long first = Scene.ms("2027-01-01T12:00");
        for (int day = 0; day < 240; day++) {
            long at = first + Duration.ofDays(day).toMillis();
            scene.account.earn(Calls.buy("0.00"), at, at);
        }
        List<Account.Earned> earns = scene.account.earns;
        String now = "2027-09-01T12:00";
        assertEquals(0, scene.reverse(now, earns.get(0), Returns::whole).points());
        assertEquals(50, scene.reverse(now, earns.get(59), Returns::whole).points());
        assertEquals(50, scene.reverse(now, earns.get(150), Returns::whole).points());
        assertEquals(2, scene.at(now).streaks().get("row").given());
    }

    @Test
    void pointsOfACompletionThatWereTakenAreNotTakenAgain() {
        Scene scene = card("{'points':10}");
        Account.Earned two = scene.earn(AT, COFFEES.formatted(2));
        Account.Earned one = scene.earn(AT, COFFEES.formatted(1));
        assertEquals(4, scene.reverse(AT, one, points(4)).points());
        assertEquals(6, scene.reverse(AT, two, Returns::whole).points());
        assertEquals(0, scene.reverse(AT, one, points(1)).points());
    }

    @Test
    void measuresAreTakenFromThePeriodInWhichTheyWereCounted() {
        Scene scene = new Scene(SHOP);
        Account.Earned earned = scene.earn("2027-12-31T12:00", "{'amount':'10.00'}");
        scene.buy("2028-01-01T12:00", "10.00");
        scene.reverse("2028-01-02T12:00", earned, Returns::whole);
        assertEquals(1000, scene.standing("2028-01-02T12:00").sums().get("spend"));
        assertEquals(1, scene.at("2028-01-02T12:00").sums().size());
    }

    @Test
    void measuresAreNotCutAndGoBackUncut() {
        Scene scene = new Scene(SHOP.replace("1000,'per'", "8,'per'"));
        Account.Earned earned = scene.earn(AT, "{'amount':'20.00'}");
        assertEquals(8, earned.settled.points());
        scene.reverse(AT, earned, amount(1000));
        assertEquals(10, scene.standing(AT).sums().get("stars"));
        scene.reverse(AT, earned, Returns::whole);
        assertEquals(blank(scene), scene.at(AT));
    }

    @Test
    void aUseComesBackWithTheWholeInItsWindow() {
        Scene scene = new Scene(SHOP);
        Account.Earned earned = scene.earn(AT, "{'amount':'10.00'}");
        scene.reverse(AT, earned, points(51));
        assertEquals(10 + 5 + 5 + 2, scene.buy(AT, "10.00"));
        scene.reverse(AT, earned, Returns::whole);
        assertEquals(10 + 5 + 5 + 30 + 2, scene.buy(AT, "10.00"));
    }

    @Test
    void limitsOfPointsGetBackWhatWasTaken() {
        Scene scene =
                Scene.promotions("{'id':'a','give':{'points':6},'limits':[{'of':'points','max':10,'per':'day'}]}");
        assertEquals("base:base 10; promotion:a 6", told(scene.earn(AT, "{'amount':'10.00'}")));
        Account.Earned cut = scene.earn(AT, "{'amount':'1.00'}");
        assertEquals("base:base 1; promotion:a 4 limit", told(cut));
        assertEquals("promotion:a -3", Scene.told(scene.reverse(AT, cut, points(3))));
        assertEquals("base:base 1; promotion:a 3 limit", told(scene.earn(AT, "{'amount':'1.00'}")));
        assertEquals("base:base -1; promotion:a -1", Scene.told(scene.reverse(AT, cut, points(2))));
        assertEquals("base:base 1; promotion:a 1 limit", told(scene.earn(AT, "{'amount':'1.00'}")));

        Scene day = new Scene("{'limits':[{'id':'day','on':'earn','of':'points','max':40,'per':'day'}]}");
        assertEquals("base:base 30", told(day.earn(AT, "{'amount':'30.00'}")));
        Account.Earned over = day.earn(AT, "{'amount':'25.00'}");
        assertEquals("base:base 10 limit", told(over));
        assertEquals("base:base -4", Scene.told(day.reverse(AT, over, amount(1000)))); // 6 of 10 for 15 of 25 euros
        assertEquals("base:base 4 limit", told(day.earn(AT, "{'amount':'50.00'}")));
        assertEquals("base:base -6", Scene.told(day.reverse(AT, over, Returns::whole)));
        assertEquals("base:base 6 limit", told(day.earn(AT, "{'amount':'50.00'}")));
    }

    private static String told(Account.Earned earned) {
        return Scene.told(earned.settled);
    }

    @Test
    void whatAReversalNeedsIsSmall() {
        Scene scene = new Scene(SHOP);
        String parts = scene.earn(AT, "{'amount':'10.00'}").parts.toString();
        assertTrue(parts.length() < 4096, parts);
    }
}
