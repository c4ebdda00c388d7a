package dev.stampede.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.points.Unpriceable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Section 4.2: what a purchase is worth. */
class BaseRulesTest {
    private static final String AT = "2027-01-04T12:00";

    private static final String THIRDS =
            "'earn':[{'id':'base','rate':{'by':'amount','points':1,'per':'3.00','units':'%s'}}],"
                    + "'rounding':{'scope':'%s'}";
    private static final String TWO_OF_FIVE = "{'items':[{'amount':'5.00'},{'amount':'5.00'}]}";

    @ParameterizedTest
    @CsvSource({"exact, basket, 3", "exact, line, 2", "whole, basket, 3", "whole, line, 2"})
    void isRoundedOncePerRuleOrOncePerLine(String units, String scope, long points) {
        assertEquals(points, new Scene("{" + THIRDS.formatted(units, scope) + "}").newcomer(AT, TWO_OF_FIVE));
    }

    @Test
    void onlyWholeUnitsCountWhereTheRateSaysSo() {
        Scene scene =
                new Scene("{'earn':[{'id':'base','rate':{'by':'amount','points':7,'per':'2.00','units':'whole'}}]}");
        assertEquals(7, scene.newcomer(AT, "{'amount':'3.99'}"));
        assertEquals(14, scene.newcomer(AT, "{'amount':'4.00'}"));
    }

    @Test
    void theFirstRuleThatMatchesPricesALine() {
        Scene scene = new Scene("""
                {'earn':[
                  {'id':'none','match':{'categories':['tobacco']},'rate':'none'},
                  {'id':'fruit','match':{'categories':['fruit']},'rate':{'by':'amount','points':5,'per':'1.00',
                   'units':'exact'}},
                  {'id':'rest','rate':{'by':'amount','points':1,'per':'1.00','units':'exact'}}]}""");
        Account.Earned earned = scene.earn(AT, """
                {'items':[{'amount':'1.50','categories':['fruit']},{'amount':'1.50','categories':['fruit','tobacco']},
                          {'amount':'1.50'}]}""");
        assertEquals("base:fruit 7; base:rest 1", Scene.told(earned.settled));
    }

    @Test
    void whatWasNotListedIsALineOfItsOwn() {
        Scene scene = new Scene("{}");
        assertEquals(10, scene.newcomer(AT, "{'amount':'10.00','items':[{'amount':'4.50'}]}"));
        assertEquals(
                Unpriceable.Why.INVALID_AMOUNT, scene.refusal(AT, "{'amount':'4.00','items':[{'amount':'4.50'}]}"));
        assertNull(scene.refusal(AT, "{'amount':'4.50','items':[{'amount':'4.50'}]}"));
    }

    @Test
    void linesBelowZeroLowerTheirRuleButNotBelowZero() {
        Scene scene = new Scene("""
                {'earn':[
                  {'id':'fruit','match':{'categories':['fruit']},'rate':{'by':'amount','points':1,'per':'1.00',
                   'units':'exact'}},
                  {'id':'rest','rate':{'by':'amount','points':1,'per':'1.00','units':'exact'}}]}""");
        assertEquals("base:rest 7", Scene.told(scene.earn(AT, """
                {'items':[{'amount':'2.00','categories':['fruit']},{'amount':'-3.00','categories':['fruit']},
                          {'amount':'10.00'},{'amount':'-2.50'}]}""").settled));
    }

    @Test
    void aReturnCountsNoUnitsAndNoDistance() {
        Scene scene = new Scene("{'earn':[{'id':'units','rate':{'by':'quantity','points':3,'per':'2'}}]}");
        assertEquals(
                4,
                scene.newcomer(AT, "{'items':[{'amount':'9.00','quantity':'3'},{'amount':'-3.00','quantity':'5'}]}"));
    }

    @Test
    void aReturnIsNoOperationOfItsRule() {
        Scene scene = new Scene("""
                {'earn':[{'id':'visit','match':{'categories':['coffee']},'rate':{'by':'operation','points':10}},
                 {'id':'rest','rate':{'by':'amount','points':1,'per':'1.00','units':'exact'}}]}""");
        String bread = "{'items':[{'amount':'5.00'},{'amount':'%s','categories':['coffee']}]}";
        assertEquals(15, scene.newcomer(AT, bread.formatted("0.00")));
        assertEquals(5, scene.newcomer(AT, bread.formatted("-2.00")));
    }

    @Test
    void aFreePurchaseIsAPurchase() {
        Scene scene = Scene.promotions("{'id':'stamps','progress':{'type':'count','counts':'operations',"
                + "'target':2,'repeat':true},'give':{'points':9}}");
        assertEquals(0, scene.buy(AT, "0.00"));
        assertEquals(9, scene.buy(AT, "0.00"));
    }

    @Test
    void aTierHasARateOfItsOwnWithOneRounding() {
        Scene scene = new Scene("""
                {'tiers':{'period':{'type':'calendar','months':12,'startsOn':'01-01'},
                   'validity':{'until':'periodEnd','graceDays':0},'downgrade':'keep','onReversal':'keep',
                   'levels':[{'id':'basic'},{'id':'plus'}]},
                 'earn':[{'id':'base','rate':{'by':'amount','points':1,'per':'1.00','units':'exact',
                   'byTier':[{'tiers':['plus'],'points':3,'per':'2.00'}]}}]}""");
        assertEquals(33, scene.buy(AT, "33.33"));
        scene.granted("plus", "2027-12-31");
        assertEquals(49, scene.buy(AT, "33.33"));
    }

    @Test
    void aMinimumHoldsForEachLineThatEarnsAnything() {
        Scene scene = new Scene("""
                {'itemAttributes':[{'id':'km','type':'decimal','decimals':1,'max':20000},
                 {'id':'class','type':'code','maxLength':1}],
                 'earn':[{'id':'flown','rate':{'by':'attribute','attribute':'km','points':1,'per':'1','minimum':500,
                   'factor':{'attribute':'class','table':{'C':'1.5'},'otherwise':'0'}}}]}""");
        assertEquals(500, scene.newcomer(AT, "{'items':[{'amount':'1.00','attributes':{'km':'100','class':'C'}}]}"));
        assertEquals(
                1501, scene.newcomer(AT, "{'items':[{'amount':'1.00','attributes':{'km':'1000.7','class':'C'}}]}"));
        assertEquals(0, scene.newcomer(AT, "{'items':[{'amount':'1.00','attributes':{'km':'100','class':'Z'}}]}"));
        assertEquals(0, scene.newcomer(AT, "{'items':[{'amount':'1.00','attributes':{'class':'C'}}]}"));
        assertEquals(
                Unpriceable.Why.UNKNOWN_ATTRIBUTE,
                scene.refusal(AT, "{'items':[{'amount':'1.00','attributes':{'miles':'1'}}]}"));
        assertEquals(
                Unpriceable.Why.INVALID_AMOUNT,
                scene.refusal(AT, "{'items':[{'amount':'1.00','attributes':{'km':'1.25'}}]}"));
    }

    @Test
    void theBonusOfALevelIsRoundedFromTheWholeBase() {
        Scene scene = new Scene("""
                {'tiers':{'period':{'type':'calendar','months':12,'startsOn':'01-01'},
                   'validity':{'until':'periodEnd','graceDays':0},'downgrade':'keep','onReversal':'keep',
                   'levels':[{'id':'basic'},{'id':'gold','multiplier':'1.25'}]},
                 'rounding':{'scope':'line'}}""");
        scene.granted("gold", "2027-12-31");
        assertEquals(
                "base:base 6; tier:gold 1",
                Scene.told(scene.earn(AT, "{'items':[{'amount':'3.90'},{'amount':'3.90'}]}").settled));
    }

    @Test
    void statedPointsAreNotPricedAndLimitsHold() {
        Scene scene = new Scene("""
                {'promotions':[{'id':'double','give':{'multiply':'2'}},
                 {'id':'welcome','event':'enrol','give':{'points':7}}],
                 'limits':[{'id':'day','on':'earn','of':'points','max':100,'per':'day'}]}""");
        assertEquals("stated 60; promotion:welcome 7", Scene.told(scene.earn(AT, "{'points':60}").settled));
        assertEquals("stated 33 limit", Scene.told(scene.earn(AT, "{'points':60}").settled));
    }

    @Test
    void whicheverOperationOpensTheAccountFiresEnrolOnce() {
        Scene scene = new Scene("""
                {'promotions':[{'id':'welcome','event':'enrol','give':{'points':50}},
                               {'id':'opt-in','event':'action:email-opt-in','give':{'points':5}}]}""");
        assertEquals(51, scene.buy(AT, "1.00"));
        assertEquals(1, scene.buy(AT, "1.00"));
        assertEquals(55, scene.newcomer(AT, "{'action':'email-opt-in'}"));
        assertEquals(Unpriceable.Why.UNKNOWN_ACTION, scene.refusal(AT, "{'action':'review'}"));
    }

    @Test
    void occurredAtIsAtMostTwoSecondsAheadAndSomeDaysBack() {
        Scene scene = new Scene("{'points':{'backdateDays':3}}");
        long now = Scene.ms("2027-01-10T12:00");
        assertEquals(1, scene.account.quote(Calls.buy("1.00"), now + 2000, now).points());
        assertEquals(
                1,
                scene.account
                        .quote(Calls.buy("1.00"), Scene.ms("2027-01-07T00:00"), now)
                        .points());
        for (long at : new long[] {now + 2001, Scene.ms("2027-01-06T23:59:59")}) {
            Unpriceable refused =
                    assertThrows(Unpriceable.class, () -> scene.program.price(Calls.buy("1.00"), at, now));
            assertEquals(Unpriceable.Why.OCCURRED_AT_OUT_OF_RANGE, refused.why());
        }
    }

    @Test
    void moreThanAnOperationMayMoveHasNoPrice() {
        Scene scene = new Scene("{}");
        assertEquals(1_000_000_000_000L, scene.newcomer(AT, "{'amount':'1000000000000.99'}"));
        assertEquals(Unpriceable.Why.INVALID_AMOUNT, scene.refusal(AT, "{'amount':'1000000000001.00'}"));
        assertEquals(Unpriceable.Why.INVALID_AMOUNT, scene.refusal(AT, "{'amount':'1.005'}"));
        // Lua counts whole numbers up to 2^53 only
        Scene without = new Scene("""
                {'earn':[{'id':'none','match':{'categories':['x']},'rate':'none'},
                 {'id':'base','rate':{'by':'amount','points':1,'per':'1000000.00','units':'exact'}}]}""");
        String less = "{'amount':'-60000000000000.00','categories':['x']}";
        assertEquals(
                Unpriceable.Why.INVALID_AMOUNT,
                without.refusal(AT, "{'amount':'0.00','items':[%s,%s]}".formatted(less, less)));
    }

    @Test
    void bonusesNeverMakeAnOperationTooLarge() {
        Scene scene = Scene.promotions("{'id':'ten','give':{'multiply':'10'}}");
        assertEquals(1_000_000_000_000L, scene.newcomer(AT, "{'amount':'900000000000.00'}"));
        assertTrue(scene.account.earns.isEmpty());
    }
}
