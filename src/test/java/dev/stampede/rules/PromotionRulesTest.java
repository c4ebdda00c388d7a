package dev.stampede.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import org.junit.jupiter.api.Test;

/** Section 4.3: what promotions give, and which of them. */
class PromotionRulesTest {
    private static final String AT = "2027-01-04T12:00";

    private static String promo(String id, String rest) {
        return "{'id':'" + id + "'," + rest + "}";
    }

    private static Scene stacked(String stacking, String... promotions) {
        return new Scene("{'stacking':" + stacking + ",'promotions':[" + String.join(",", promotions) + "]}");
    }

    private static String told(Scene scene, String amount) {
        return Scene.told(scene.earn(AT, "{'amount':'" + amount + "'}").settled);
    }

    @Test
    void twoMultipliersAdd() {
        Scene scene =
                Scene.promotions(promo("two", "'give':{'multiply':'2'}"), promo("three", "'give':{'multiply':'3'}"));
        assertEquals(40, scene.buy(AT, "10.00"));
    }

    @Test
    void aMultiplierIsRoundedFromTheRoundedBase() {
        Scene scene = Scene.promotions(promo("half", "'give':{'multiply':'1.5'}"));
        assertEquals("base:base 3; promotion:half 1", told(scene, "3.99"));
    }

    @Test
    void aMultiplierOnItemsTakesTheBaseOfThoseLines() {
        Scene scene = Scene.promotions(
                promo("fruit", "'when':{'items':{'categories':['fruit']}},'give':{'multiply':'3','on':'items'}"));
        assertEquals(
                "base:base 5; promotion:fruit 4",
                Scene.told(scene.earn(AT, "{'items':[{'amount':'2.60','categories':['fruit']},{'amount':'2.60'}]}")
                        .settled));
    }

    @Test
    void aMultiplierCanIncludeTheBonusOfTheLevel() {
        Scene scene = new Scene("""
                {'tiers':{'period':{'type':'calendar','months':12,'startsOn':'01-01'},
                   'validity':{'until':'periodEnd','graceDays':0},'downgrade':'keep','onReversal':'keep',
                   'levels':[{'id':'basic'},{'id':'gold','multiplier':'1.5'}]},
                 'promotions':[{'id':'two','give':{'multiply':'2','of':'baseAndTier'}}]}""");
        scene.granted("gold", "2027-12-31");
        assertEquals("base:base 10; tier:gold 5; promotion:two 15", told(scene, "10.00"));
    }

    @Test
    void aRateGivesAsAnEarnRuleDoes() {
        Scene scene = Scene.promotions(promo(
                "extra",
                "'when':{'items':{'skus':['a']}},"
                        + "'give':{'rate':{'by':'quantity','points':3,'per':'2'},'on':'items'}"));
        assertEquals(
                "base:base 9; promotion:extra 4",
                Scene.told(scene.earn(AT, "{'items':[{'amount':'9.00','sku':'a','quantity':'3'}]}").settled));
    }

    @Test
    void theBestOfAGroupGivesMostThenHasThePriorityThenTheSmallestId() {
        String best = "{'groups':[{'id':'g','mode':'best'}]}";
        assertEquals(
                "base:base 10; promotion:a 0 stacking:b; promotion:b 6",
                told(
                        stacked(
                                best,
                                promo("a", "'give':{'points':5},'group':'g','priority':9"),
                                promo("b", "'give':{'points':6},'group':'g'")),
                        "10.00"));
        assertEquals(
                "base:base 10; promotion:a 0 stacking:b; promotion:b 5",
                told(
                        stacked(
                                best,
                                promo("a", "'give':{'points':5},'group':'g'"),
                                promo("b", "'give':{'points':5},'group':'g','priority':1")),
                        "10.00"));
        assertEquals(
                "base:base 10; promotion:z 0 stacking:c; promotion:c 5",
                told(
                        stacked(
                                best,
                                promo("z", "'give':{'points':5},'group':'g'"),
                                promo("c", "'give':{'points':5},'group':'g'")),
                        "10.00"));
    }

    @Test
    void theFirstOfAGroupHasThePriorityThenGivesMost() {
        String first = "{'groups':[{'id':'g','mode':'first'}]}";
        assertEquals(
                "base:base 10; promotion:a 5; promotion:b 0 stacking:a; promotion:c 1",
                told(
                        stacked(
                                first,
                                promo("a", "'give':{'points':5},'group':'g','priority':1"),
                                promo("b", "'give':{'points':6},'group':'g'"),
                                promo("c", "'give':{'points':1}")),
                        "10.00"));
    }

    @Test
    void anExclusivePromotionThatGivesIsAlone() {
        Scene scene = Scene.promotions(
                promo("a", "'give':{'points':50}"),
                promo("b", "'give':{'points':5},'exclusive':true,'limits':[{'of':'uses','max':1,'per':'promotion'}]"),
                promo("c", "'give':{'points':4},'exclusive':true"));
        assertEquals(
                "base:base 1; promotion:a 0 stacking:b; promotion:b 5; promotion:c 0 stacking:b", told(scene, "1.00"));
        assertEquals("base:base 1; promotion:a 0 stacking:c; promotion:b 0 limit; promotion:c 4", told(scene, "1.00"));
    }

    @Test
    void aLoserUsesNothingUp() {
        Scene scene = stacked(
                "{'groups':[{'id':'g','mode':'best'}]}",
                promo("a", "'give':{'points':5},'group':'g','limits':[{'of':'uses','max':1,'per':'promotion'}]"),
                promo("b", "'when':{'minimum':'10.00'},'give':{'points':9},'group':'g'"));
        assertEquals("base:base 10; promotion:a 0 stacking:b; promotion:b 9", told(scene, "10.00"));
        assertEquals("base:base 1; promotion:a 5", told(scene, "1.00"));
        assertEquals("base:base 1; promotion:a 0 limit", told(scene, "1.00"));
    }

    @Test
    void aLimitOfPointsCutsAndALimitOfUsesDrops() {
        Scene scene = Scene.promotions(
                promo("a", "'give':{'points':6},'limits':[{'of':'points','max':10,'per':'day'}]"),
                promo("b", "'give':{'points':7},'limits':[{'of':'uses','max':1,'per':'day'}]"));
        assertEquals("base:base 1; promotion:a 6; promotion:b 7", told(scene, "1.00"));
        Account.Earned cut = scene.earn(AT, "{'amount':'1.00'}");
        assertEquals("base:base 1; promotion:a 4 limit; promotion:b 0 limit", Scene.told(cut.settled));
        assertEquals(6, Explanation.of(cut.settled.explanation()).get(1).wanted());
        assertEquals("base:base 1; promotion:a 0 limit; promotion:b 0 limit", told(scene, "1.00"));
        assertEquals(14, scene.buy("2027-01-05T12:00", "1.00"));
    }

    @Test
    void aLimitPerOperationNeedsNoCounter() {
        Scene scene = Scene.promotions(
                promo("a", "'give':{'multiply':'2'},'limits':[{'of':'points','max':10,'per':'operation'}]"));
        assertEquals("base:base 30; promotion:a 10 limit", told(scene, "30.00"));
        assertEquals("base:base 30; promotion:a 10 limit", told(scene, "30.00"));
        assertEquals(Map.of(), scene.at(AT).counters());
    }

    @Test
    void twoPromotionsCanShareALimit() {
        String limit = "'limits':[{'of':'uses','max':1,'per':'day','counter':'shared'}]";
        Scene scene = Scene.promotions(
                promo("a", "'give':{'points':6}," + limit), promo("b", "'give':{'points':7}," + limit));
        assertEquals("base:base 1; promotion:a 0 limit; promotion:b 7", told(scene, "1.00"));
        assertEquals("base:base 1; promotion:a 0 limit; promotion:b 0 limit", told(scene, "1.00"));
    }

    @Test
    void theWindowOfALimitGoesByWhenItHappened() {
        Scene scene = Scene.promotions(promo("a", "'give':{'points':6},'limits':[{'of':'uses','max':1,'per':'day'}]"));
        assertEquals(7, scene.buy("2027-01-05T12:00", "1.00"));
        assertEquals(
                7,
                scene.earn("2027-01-04T12:00", "2027-01-05T13:00", "{'amount':'1.00'}")
                        .settled
                        .points());
        assertEquals(
                1,
                scene.earn("2027-01-05T11:00", "2027-01-06T13:00", "{'amount':'1.00'}")
                        .settled
                        .points());
    }

    @Test
    void aCounterIsDroppedWhenNothingCanReachItAnyMore() {
        Scene scene = new Scene("""
                {'points':{'backdateDays':2},'promotions':[{'id':'a','give':{'points':6},
                  'limits':[{'of':'uses','max':1,'per':'day'}]}]}""");
        scene.buy("2027-01-05T12:00", "1.00");
        assertEquals(1, scene.at("2027-01-08T23:59").counters().size());
        assertEquals(0, scene.at("2027-01-09T00:00").counters().size());
    }

    @Test
    void theBonusOfAnOperationIsCutFromTheLowestPriority() {
        Scene scene = stacked(
                "{'groups':[],'maxBonusPerOperation':10}",
                promo("a", "'give':{'points':6},'priority':1"),
                promo("b", "'give':{'points':7},'priority':2"),
                promo("c", "'give':{'points':2},'priority':1"));
        assertEquals("base:base 1; promotion:a 3 limit; promotion:b 7; promotion:c 0 limit", told(scene, "1.00"));
    }

    @Test
    void limitsOfTheProgrammeCutTheLastPromotionFirstAndTheBaseLast() {
        Scene scene = new Scene("""
                {'tiers':{'period':{'type':'calendar','months':12,'startsOn':'01-01'},
                   'validity':{'until':'periodEnd','graceDays':0},'downgrade':'keep','onReversal':'keep',
                   'levels':[{'id':'basic'},{'id':'gold','multiplier':'1.5'}]},
                 'measures':[{'id':'m','of':'points','include':['base','tier']}],
                 'promotions':[{'id':'a','give':{'points':6}},{'id':'b','give':{'points':7}}],
                 'limits':[{'id':'day','on':'earn','of':'points','max':30,'per':'day'}]}""");
        scene.granted("gold", "2027-12-31");
        assertEquals("base:base 10; tier:gold 5; promotion:a 6; promotion:b 7", told(scene, "10.00"));
        assertEquals(
                "base:base 2 limit; tier:gold 0 limit; promotion:a 0 limit; promotion:b 0 limit", told(scene, "10.00"));
        assertEquals(30L, scene.standing(AT).sums().get("m"), "measures are not cut");
    }

    @Test
    void promotionsCanQualify() {
        Scene scene = new Scene("""
                {'tiers':{'period':{'type':'calendar','months':12,'startsOn':'01-01'},
                   'validity':{'until':'periodEnd','graceDays':0},'downgrade':'keep','onReversal':'keep',
                   'levels':[{'id':'basic'}]},
                 'measures':[{'id':'m','of':'points','include':['base']}],
                 'promotions':[{'id':'a','give':{'points':6},'qualifies':true},{'id':'b','give':{'points':7}}]}""");
        scene.buy(AT, "10.00");
        assertEquals(16L, scene.standing(AT).sums().get("m"));
    }

    /** Actions and enrolments have no base, but what they give may qualify; points that the caller states do not. */
    @Test
    void whatAnActionOrAnEnrolmentGivesCanQualifyAndReachALevel() {
        String document = """
                {'tiers':{'period':{'type':'calendar','months':12,'startsOn':'01-01'},
                   'validity':{'until':'periodEnd','graceDays':0},'downgrade':'requalified','onReversal':'lower',
                   'levels':[{'id':'basic'},{'id':'gold','qualify':{'any':[{'measure':'m','atLeast':90}]}}]},
                 'earn':[{'id':'none','match':{'categories':['card']},'rate':'none'},
                   {'id':'base','rate':{'by':'amount','points':1,'per':'1.00','units':'exact'}}],
                 'measures':[{'id':'m','of':'points','include':['base']},{'id':'visits','of':'operations'}],
                 'promotions':[{'id':'a','event':'action:review','give':{'points':60},'qualifies':true},
                   {'id':'b','event':'action:visit','give':{'points':500}},
                   {'id':'c','event':'enrol','give':{'points':40},'qualifies':true},
                   {'id':'d','event':'tier:gold','give':{'points':5},'qualifies':true}]}""";
        Scene scene = new Scene(document);
        long at = Scene.ms(AT);
        scene.account.earn(new Call.Enrol(Call.Place.UNKNOWN), at, at);
        assertEquals(Map.of("m", 40L), scene.standing(AT).sums());
        scene.earn(AT, "{'action':'visit'}");
        assertEquals(Map.of("m", 40L), scene.standing(AT).sums());
        Account.Earned review = scene.earn(AT, "{'action':'review'}");
        assertEquals("promotion:a 60; promotion:d 5", Scene.told(review.settled));
        assertEquals(Map.of("m", 100L), scene.standing(AT).sums());
        assertEquals("gold", scene.level(AT));
        scene.reverse(AT, review, Returns::whole);
        assertEquals(Map.of("m", 40L), scene.standing(AT).sums());
        assertEquals("basic", scene.level(AT));

        Scene byCard = new Scene(document);
        byCard.earn(AT, "{'items':[{'amount':'9.00','categories':['card']}]}");
        assertEquals(Map.of("m", 40L), byCard.standing(AT).sums(), "the card itself is outside of everything");
        Scene byPoints = new Scene(document);
        byPoints.earn(AT, "{'points':100}");
        assertEquals(Map.of(), byPoints.standing(AT).sums());
    }

    @Test
    void conditionsOfPlaceMinimumAndItemsMustAllHold() {
        Scene scene = Scene.promotions(promo(
                "a",
                "'when':{'channels':['app'],'stores':['s1','s2'],'minimum':'5.00',"
                        + "'items':{'categories':['fruit'],'quantity':3}},'give':{'points':9}"));
        String lines = "'items':[{'amount':'4.00','quantity':'2.5','categories':['fruit']},"
                + "{'amount':'1.00','quantity':'0.5','categories':['fruit']}]";
        assertEquals(14, scene.newcomer(AT, "{'channel':'app','store':'s2'," + lines + "}"));
        assertEquals(5, scene.newcomer(AT, "{'channel':'web','store':'s2'," + lines + "}"));
        assertEquals(5, scene.newcomer(AT, "{'channel':'app'," + lines + "}"));
        assertEquals(
                4,
                scene.newcomer(
                        AT,
                        "{'channel':'app','store':'s2','items':["
                                + "{'amount':'4.00','quantity':'3','categories':['fruit']}]}"));
        assertEquals(
                9,
                scene.newcomer(
                        AT,
                        "{'channel':'app','store':'s2','items':["
                                + "{'amount':'9.00','quantity':'2.999','categories':['fruit']}]}"));
    }

    @Test
    void aDiscountOfACategoryIsNoPurchaseOfIt() {
        Scene scene = Scene.promotions(promo("a", "'when':{'items':{'categories':['fruit']}},'give':{'points':9}"));
        assertEquals(8, scene.newcomer(AT, "{'items':[{'amount':'10.00'},{'amount':'-2.00','categories':['fruit']}]}"));
        assertEquals(19, scene.newcomer(AT, "{'items':[{'amount':'10.00'},{'amount':'0.00','categories':['fruit']}]}"));
    }

    @Test
    void attributesOfTheMemberMustHaveOneOfTheValues() {
        Scene scene = new Scene("""
                {'attributes':[{'id':'optIn','type':'boolean'},{'id':'city','type':'code','maxLength':3}],
                 'promotions':[{'id':'a','when':{'attributes':{'optIn':[true],'city':['ber','ham']}},
                  'give':{'points':9}}]}""");
        assertEquals(1, scene.buy(AT, "1.00"));
        scene.is("2027-01-04", "optIn", "true");
        scene.is("2027-01-04", "city", "muc");
        assertEquals(1, scene.buy(AT, "1.00"));
        scene.is("2027-01-04", "city", "ham");
        assertEquals(10, scene.buy(AT, "1.00"));
    }

    @Test
    void aQuoteIsTheEarnThatFollows() {
        Scene scene = Scene.promotions(promo("a", "'give':{'points':6},'limits':[{'of':'uses','max':1,'per':'day'}]"));
        long at = Scene.ms(AT);
        for (int i = 0; i < 2; i++) {
            var quote = scene.account.quote(Calls.buy("3.00"), at, at);
            assertEquals(quote, scene.account.earn(Calls.buy("3.00"), at, at).settled);
        }
    }

    @Test
    void eachPromotionThatIsNoCandidateSaysWhy() {
        Scene scene = new Scene("""
                {'tiers':{'period':{'type':'calendar','months':12,'startsOn':'01-01'},
                   'validity':{'until':'periodEnd','graceDays':0},'downgrade':'keep','onReversal':'keep',
                   'levels':[{'id':'basic'},{'id':'gold'}]},
                 'attributes':[{'id':'optIn','type':'boolean'}],
                 'promotions':[
                  {'id':'a','event':'action:review','give':{'points':1}},
                  {'id':'b','when':{'from':'2028-01-01T00:00'},'give':{'points':1}},
                  {'id':'c','when':{'weekdays':['SUN']},'give':{'points':1}},
                  {'id':'d','when':{'minimum':'5.00'},'give':{'points':1}},
                  {'id':'e','when':{'tiers':['gold']},'give':{'points':1}},
                  {'id':'f','when':{'attributes':{'optIn':[true]}},'give':{'points':1}},
                  {'id':'g','give':{'points':1}},
                  {'id':'h','event':'enrol','give':{'points':1}}]}""");
        scene.buy(AT, "0.00");
        long at = Scene.ms(AT);
        Held held = new Held(scene.account.state, 0, 0, false);
        Map<String, String> missed = scene.program.whyNot(Calls.buy("1.00"), at, at, held);
        assertEquals(
                "{a=event, b=from, c=weekdays, d=minimum, e=tiers, f=attributes, h=event}",
                missed.toString().replace("promotion:", ""));
        assertEquals(
                "d gives nothing: the purchase is below its minimum.",
                Explanation.whyNot(missed).get(3).text());
    }
}
