package dev.stampede.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.stampede.award.Award;
import dev.stampede.award.MemberState;
import dev.stampede.award.Settled;
import dev.stampede.award.Settlement;
import dev.stampede.award.SettlementCheck;
import dev.stampede.codec.MemberText;
import dev.stampede.codec.PartsText;
import dev.stampede.codec.Told;
import org.junit.jupiter.api.Test;

/** What claims to be a settlement is one only if all that it says agrees with the award, and with itself. */
class SettlementCheckTest {
    private static final long NOW = Scene.ms("2026-11-04T12:00");
    private final CompiledProgram program = TestPrograms.of("""
            {'measures':[{'id':'stars','of':'points','include':['base','tier']}],
             'tiers':{'period':{'type':'calendar','months':12,'startsOn':'01-01'},
              'validity':{'until':'periodEnd','graceDays':0},'downgrade':'requalified','onReversal':'keep',
              'levels':[{'id':'low'},{'id':'high','multiplier':'2',
               'qualify':{'any':[{'measure':'stars','atLeast':10}]}}]},
             'promotions':[{'id':'extra','give':{'points':5},'limits':[{'of':'uses','max':2,'per':'day'}]}],
             'limits':[{'id':'most','on':'earn','of':'points','max':100,'per':'day'}]}""");

    private final Award award = program.price(Calls.buy("20.00"), NOW, NOW);
    private final Settled right = Settlement.settle(award, MemberState.BLANK);

    private String flaw(String part, String from, String to, long points) {
        String told = Told.of(right).write();
        String parts = PartsText.write(right.parts());
        String member = MemberText.write(right.member());
        String all = told + "\n" + parts + "\n" + member;
        String of = switch (part) {
            case "told" -> told.replace(from, to) + "\n" + parts + "\n" + member;
            case "parts" -> told + "\n" + parts.replace(from, to) + "\n" + member;
            case "both" -> told.replace(from, to) + "\n" + parts.replace(from, to) + "\n" + member;
            default -> told + "\n" + parts + "\n" + member.replace(from, to);
        };
        assertEquals(from.equals(to), all.equals(of), all);
        String[] lines = of.split("\n", -1);
        Told read = Told.read(lines[0]);
        return SettlementCheck.flaw(
                award,
                new Settled(
                        MemberText.read(lines[2]),
                        read.enrols(),
                        read.level(),
                        read.reached(),
                        points,
                        read.explanation(),
                        PartsText.read(lines[1])));
    }

    @Test
    void theRightOneHasNoFlaw() {
        assertEquals(25, right.points());
        assertNull(flaw("told", "", "", 25));
    }

    @Test
    void eachForgedPartIsFound() {
        assertNotNull(flaw("told", "", "", 24));
        assertNotNull(flaw("both", "[\"promotion:extra\",5", "[\"promotion:extra\",6", 26));
        assertNotNull(flaw("told", "[\"promotion:extra\",5", "[\"promotion:extra\",6", 25));
        assertNotNull(flaw("both", "promotion:extra", "promotion:other", 25));
        assertNotNull(flaw("parts", "\"base:base\"", "\"base:other\"", 25));
        assertNotNull(flaw("parts", "\"limit:most 1 20761\",0,25", "\"limit:most 1 20761\",0,1", 25));
        assertNotNull(flaw("parts", "\"stars\",3,20,20", "\"stars\",3,2000,2000", 25));
        assertNotNull(flaw("told", "\"reached\":1", "\"level\":1", 25));
        assertNotNull(flaw("member", "\"titles\":\"high", "\"titles\":\"low", 25));
    }
}
