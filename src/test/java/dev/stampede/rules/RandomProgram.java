package dev.stampede.rules;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Makes documents that are right, with a bit of everything. */
final class RandomProgram {
    private final Random random;

    /** Whether it has totals that all members share. */
    private boolean shares;

    RandomProgram(Random random) {
        this.random = random;
    }

    RandomProgram sharing() {
        shares = true;
        return this;
    }

    String json() {
        String tiers = """
                'measures':[{'id':'m','of':%s},{'id':'visits','of':'operations'}],
                'tiers':{'period':%s,'downgrade':'%s','onReversal':'lower','levels':[{'id':'l0'},
                 {'id':'l1','multiplier':'1.2','qualify':{'any':[{'measure':'m','atLeast':%s}]}},
                 {'id':'l2','multiplier':'1.55','qualify':{'all':[{'measure':'m','atLeast':%s},
                  {'measure':'visits','atLeast':3}]}}]},""";
        tiers = tiers.formatted(measure(), period(), one("keep", "oneDown", "requalified"), "40", "90");
        List<String> promotions = new ArrayList<>();
        int count = random.nextInt(9);
        for (int i = 0; i < count; i++) {
            promotions.add(promotion("p" + i));
        }
        return """
                {'points':{'backdateDays':%d,'pendingDays':%d},'rounding':{'scope':'%s'},
                 'earn':[{'id':'none','match':{'categories':['x']},'rate':'none'},
                         {'id':'units','match':{'categories':['b']},'rate':{'by':'quantity','points':7,'per':'2'}},
                         {'id':'base','rate':{'by':'amount','points':3,'per':'2.00','units':'%s',
                           'byTier':[{'tiers':['l2'],'points':5,'per':'3.00'}]}}],
                 %s
                 'stacking':{'groups':[{'id':'g','mode':'%s'},{'id':'h','mode':'%s'}]%s},
                 'promotions':[%s],
                 'redeem':[{'id':'r','points':1,'value':'0.01'}],
                 'budgets':[%s],
                 'rewards':[{'id':'free','cost':20,%s'limits':[{'of':'uses','max':3,'per':'week'}]}],
                 'limits':[%s{'id':'out','on':'redeem','of':'points','max':300,'per':'day'}]}""".formatted(
                        random.nextInt(12),
                        random.nextInt(3) * 5,
                        one("basket", "line"),
                        one("exact", "whole"),
                        random.nextInt(4) == 0 ? "" : tiers,
                        one("all", "best", "first"),
                        one("all", "best", "first"),
                        random.nextInt(3) == 0 ? ",'maxBonusPerOperation':60" : "",
                        String.join(",", promotions),
                        shares ? budgets() : "",
                        shares ? one("", "'stock':{'total':9},") : "",
                        one(
                                "",
                                "{'id':'in','on':'earn','of':'points','max':150,'per':'day'},",
                                "{'id':'in','on':'earn','of':'uses','max':4,'per':'week'},"))
                .replace("'l2'],'points'", random.nextInt(2) == 0 ? "'l2'],'points'" : "'l1'],'points'");
    }

    private String one(String... of) {
        return of[random.nextInt(of.length)];
    }

    private String measure() {
        return one("'points','include':['base','tier']", "'points','include':['base']");
    }

    private String period() {
        return one(
                "{'type':'calendar','months':1,'startsOn':'01-10'},'validity':{'until':'periodEnd','graceDays':3}",
                "{'type':'calendar','months':6,'startsOn':'01-01'},'validity':{'until':'nextPeriodEnd','graceDays':0}",
                "{'type':'anniversary','months':1},'validity':{'until':'nextPeriodEnd','graceDays':0}",
                "{'type':'rolling','months':12},'validity':{'months':2}");
    }

    private String promotion(String id) {
        return "{'id':'" + id + "'," + one("", "", "", "'event':'enrol',", "'event':'tier:l1',", "'event':'action:go',")
                + one("", "", "'priority':5,") + one("", "", "'group':'g',", "'group':'h',")
                + one("", "", "", "'exclusive':true,") + one("", "'qualifies':true,") + when() + drawn() + limits()
                + give() + "}";
    }

    private String when() {
        return one(
                "",
                "",
                "'when':{'minimum':'12.00'},",
                "'when':{'items':{'categories':['a']}},",
                "'when':{'items':{'categories':['b'],'quantity':2}},",
                "'when':{'weekdays':['MON','TUE','FRI','SAT']},",
                "'when':{'hours':[{'from':'20:00','to':'09:00'}]},");
    }

    private String budgets() {
        return "{'id':'b1','of':'points','total':1000,'exhausted':'%s','returns':%s},{'id':'b2','of':'uses',"
                        .formatted(one("nothing", "partial"), one("true", "false"))
                + "'total':1000,'exhausted':'nothing','returns':" + one("true", "false") + "}";
    }

    private String drawn() {
        if (!shares) {
            return progress();
        }
        return one("", "'budget':'b1',", "'budget':'b2',", progress(), progress(), progress());
    }

    private String progress() {
        return one(
                "",
                "",
                "",
                "'progress':{'type':'count','counts':'quantity','target':4,'repeat':true},",
                "'progress':{'type':'count','counts':'operations','target':3,'repeat':" + random.nextBoolean() + "},",
                "'progress':{'type':'streak','unit':'day','target':2,'repeat':true},",
                "'progress':{'type':'streak','unit':'day','target':3,'repeat':" + random.nextBoolean() + "},",
                "'progress':{'type':'streak','unit':'week','target':2,'repeat':true},");
    }

    private String limits() {
        return one(
                "",
                "",
                "'limits':[{'of':'uses','max':2,'per':'" + one("day", "week", "month", "promotion") + "'}],",
                "'limits':[{'of':'points','max':35,'per':'" + one("day", "week", "operation") + "'}],",
                "'limits':[{'of':'uses','max':3,'per':'week','counter':'shared'},"
                        + "{'of':'points','max':50,'per':'month'}],");
    }

    private String give() {
        return one(
                "'give':{'points':" + (1 + random.nextInt(30)) + "}",
                "'give':{'multiply':'" + one("1.3", "2", "3.75") + "','of':'" + one("base", "baseAndTier") + "','on':'"
                        + one("basket", "items") + "'}",
                "'give':{'rate':{'by':'amount','points':1,'per':'3.00','units':'exact'},'on':'" + one("basket", "items")
                        + "'}",
                "'give':{'reward':'free','validDays':" + random.nextInt(40) + ",'count':" + (1 + random.nextInt(2))
                        + "}");
    }
}
