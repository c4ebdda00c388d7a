package dev.stampede.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.stampede.award.Denial;
import dev.stampede.award.Redeemed;
import dev.stampede.points.Unpriceable;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Section 4.5: what a payment costs, and when it can't be. */
class RedeemRulesTest {
    private static final String AT = "2027-01-04T12:00"; // a Monday

    private static Scene scene(String document) {
        Scene scene = new Scene(document);
        scene.earn(AT, "{'points':10000}");
        return scene;
    }

    private static final String SEASONS = """
            {'redeem':[
              {'id':'slow','points':90,'value':'1.00','when':{'weekdays':['TUE']}},
              {'id':'standard','points':100,'value':'3.00','minimum':50,'step':10}]}""";

    @Test
    void anAmountIsRoundedUpToTheStepAndPointsDown() {
        Scene scene = scene(SEASONS);
        Redeemed paid = scene.pay(AT, "1.51"); // 50.33 points, the step makes it 60
        assertEquals(60, paid.points());
        assertEquals(151, paid.value());
        assertEquals("standard", paid.rule());
        assertEquals(180, scene.spend(AT, 60).value());
        assertEquals(Denial.NOT_A_STEP, scene.spend(AT, 55).denial());
        assertEquals(Denial.BELOW_MINIMUM, scene.spend(AT, 45).denial());
        assertEquals(Denial.BELOW_MINIMUM, scene.pay(AT, "0.01").denial());
    }

    @Test
    void theFirstRateWhoseWindowHoldsIsTaken() {
        Scene scene = scene(SEASONS);
        Redeemed paid = scene.spend("2027-01-05T12:00", 100);
        assertEquals("slow", paid.rule());
        assertEquals(111, paid.value());
    }

    @Test
    void aRateCanBeForALevel() {
        Scene scene = scene("""
                {'tiers':{'period':{'type':'calendar','months':12,'startsOn':'01-01'},
                   'validity':{'until':'periodEnd','graceDays':0},'downgrade':'keep','onReversal':'keep',
                   'levels':[{'id':'basic'},{'id':'gold'}]},
                 'redeem':[{'id':'gold','points':50,'value':'1.00','when':{'tiers':['gold']}},
                           {'id':'standard','points':100,'value':'1.00','minimum':1000}]}""");
        assertEquals(Denial.BELOW_MINIMUM, scene.pay(AT, "1.00").denial());
        scene.granted("gold", "2027-12-31");
        assertEquals(50, scene.pay(AT, "1.00").points());
    }

    @Test
    void whereNoRateHoldsNothingCanBeRedeemed() {
        assertEquals(Denial.NOT_REDEEMABLE_HERE, scene("{}").pay(AT, "1.00").denial());
    }

    @Test
    void partnersHaveRatesOfTheirOwnAndMustBeKnown() {
        Scene scene = new Scene("""
                {'partnerRequired':true,'partners':[
                  {'id':'shop','earn':[{'id':'s','rate':{'by':'amount','points':2,'per':'1.00','units':'exact'}}],
                   'redeem':[{'id':'burn','points':1,'value':'0.01'}]}]}""");
        assertEquals(
                20,
                scene.earn(AT, "{'amount':'10.00','partner':'shop'}").settled.points());
        assertEquals(Unpriceable.Why.PARTNER_UNKNOWN, scene.refusal(AT, "{'amount':'10.00'}"));
        assertEquals(Unpriceable.Why.PARTNER_UNKNOWN, scene.refusal(AT, "{'amount':'10.00','partner':'other'}"));
        Call.Place shop = new Call.Place("shop", null, null);
        assertEquals(
                7,
                scene.account
                        .redeem(scene.program.claimPoints(7, shop, Scene.ms(AT)))
                        .value());
    }

    @Test
    void aRewardCostsWhatItCostsAtTheLevel() {
        Scene scene = scene("""
                {'tiers':{'period':{'type':'calendar','months':12,'startsOn':'01-01'},
                   'validity':{'until':'periodEnd','graceDays':0},'downgrade':'keep','onReversal':'keep',
                   'levels':[{'id':'basic'},{'id':'gold'},{'id':'vip'}]},
                 'rewards':[{'id':'pan','cost':[{'tiers':['gold'],'points':90},{'tiers':['basic'],'points':100}]},
                            {'id':'lounge','cost':0,'when':{'tiers':['gold']},'limits':[{'of':'uses','max':1,
                             'per':'day'}]}]}""");
        assertEquals(100, scene.reward(AT, "pan").points());
        assertEquals(Denial.REWARD_UNAVAILABLE, scene.denial(AT, "lounge"));
        scene.granted("gold", "2027-12-31");
        assertEquals(90, scene.reward(AT, "pan").points());
        assertEquals(0, scene.reward(AT, "lounge").points());
        assertEquals(Denial.LIMIT_EXCEEDED, scene.denial(AT, "lounge"));
        assertNull(scene.denial("2027-01-05T00:00", "lounge"));
        scene.granted("vip", "2027-12-31");
        assertEquals(Denial.REWARD_UNAVAILABLE, scene.denial(AT, "pan"));
        assertEquals(
                Unpriceable.Why.REWARD_NOT_FOUND,
                assertThrows(Unpriceable.class, () -> scene.reward(AT, "pot")).why());
    }

    @Test
    void aRewardHasItsHours() {
        Scene scene = scene("{'rewards':[{'id':'r','cost':1,'when':{'weekdays':['MON'],"
                + "'hours':[{'from':'12:00','to':'24:00'}]}}]}");
        assertEquals(Denial.REWARD_UNAVAILABLE, scene.denial("2027-01-04T11:59", "r"));
        assertNull(scene.denial("2027-01-04T12:00", "r"));
    }

    @Test
    void limitsOfRedeemingCountPointsAndUsesOfAll() {
        Scene scene = scene("""
                {'redeem':[{'id':'r','points':1,'value':'0.01'}],'rewards':[{'id':'perk','cost':0}],
                 'limits':[{'id':'points','on':'redeem','of':'points','max':100,'per':'day'},
                           {'id':'uses','on':'redeem','of':'uses','max':3,'per':'week'}]}""");
        assertEquals(Denial.LIMIT_EXCEEDED, scene.spend(AT, 101).denial());
        assertNull(scene.spend(AT, 60).denial());
        assertEquals(Denial.LIMIT_EXCEEDED, scene.spend(AT, 41).denial());
        assertNull(scene.denial(AT, "perk"));
        assertNull(scene.spend(AT, 40).denial());
        assertEquals(Denial.LIMIT_EXCEEDED, scene.denial("2027-01-05T12:00", "perk"));
        assertNull(scene.denial("2027-01-11T00:00", "perk"));
    }

    @Test
    void aGiftNeedsNoPriceAtTheLevel() {
        Scene scene = new Scene("""
                {'tiers':{'period':{'type':'calendar','months':12,'startsOn':'01-01'},
                   'validity':{'until':'periodEnd','graceDays':0},'downgrade':'keep','onReversal':'keep',
                   'levels':[{'id':'basic'},{'id':'gold'}]},
                 'promotions':[{'id':'g','give':{'reward':'pan','validDays':5}}],
                 'rewards':[{'id':'pan','cost':[{'tiers':['gold'],'points':90}]}]}""");
        assertEquals(Denial.REWARD_UNAVAILABLE, scene.denial(AT, "pan"));
        scene.buy(AT, "0.00");
        assertEquals(0, scene.reward(AT, "pan").points());
    }

    /** Not available here, limits, stock, points: the first one that applies is told. */
    @Test
    void refusalsComeInTheirOrder() {
        Scene scene = new Scene("""
                {'rewards':[{'id':'r','cost':100,'stock':{'total':1},'when':{'weekdays':['MON']},
                 'limits':[{'of':'uses','max':1,'per':'week'}]}]}""");
        scene.earn(AT, "{'points':100}");
        assertNull(takes(scene, AT, null));
        assertEquals(Denial.REWARD_UNAVAILABLE, takes(scene, "2027-01-05T12:00", 0L));
        assertEquals(Denial.LIMIT_EXCEEDED, takes(scene, AT, 0L));
        assertEquals(Denial.OUT_OF_STOCK, takes(scene, "2027-01-11T12:00", 0L));
        Redeemed poor =
                scene.account.redeem(scene.program.claimReward("r", Call.Place.UNKNOWN, Scene.ms("2027-01-11T12:00")));
        assertEquals("insufficient_points", poor.rule());
    }

    private static Denial takes(Scene scene, String at, Long left) {
        return scene.account
                .redeem(scene.program
                        .claimReward("r", Call.Place.UNKNOWN, Scene.ms(at))
                        .sharing(stock -> stock.of(1, left)))
                .denial();
    }

    private static final String GIFTS = """
            {'promotions':[{'id':'two','give':{'reward':'lunch','validDays':5},'limits':[{'of':'uses','max':1,
             'per':'day'}]}],
             'rewards':[{'id':'lunch','cost':300,'limits':[{'of':'uses','max':2,'per':'promotion'}]}]}""";

    @Test
    void theGiftThatEndsSoonestIsUsedBeforePoints() {
        Scene scene = scene(GIFTS);
        scene.buy("2027-01-04T12:00", "0.00");
        scene.buy("2027-01-05T12:00", "0.00");
        Redeemed used = scene.reward("2027-01-06T12:00", "lunch");
        assertEquals(0, used.points());
        assertEquals(Scene.day("2027-01-09"), used.gift().until());
        assertEquals(1, scene.at("2027-01-10T12:00").gifts().size());
        assertEquals(0, scene.at("2027-01-11T12:00").gifts().size());
        assertEquals(300, scene.reward("2027-01-11T12:00", "lunch").points());
        assertEquals(Denial.LIMIT_EXCEEDED, scene.denial("2027-01-11T12:00", "lunch"));
    }

    @Test
    void reversingAPaymentGivesBackTheUseAndTheGiftIfItIsAlive() {
        Scene scene = scene(GIFTS);
        scene.buy("2027-01-04T12:00", "0.00");
        Redeemed used = scene.reward("2027-01-06T12:00", "lunch");
        var after = scene.account.state;
        scene.account.giveBack(used, Scene.ms("2027-01-09T12:00"));
        assertEquals(1, scene.at("2027-01-09T12:00").gifts().size());
        assertEquals(
                Map.of(),
                scene.at("2027-01-09T12:00").counters().entrySet().stream()
                        .filter(each -> each.getKey().name().startsWith("reward:"))
                        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue)));
        scene.account.state = after;
        scene.account.giveBack(used, Scene.ms("2027-01-10T12:00"));
        assertEquals(0, scene.at("2027-01-10T12:00").gifts().size());
    }
}
