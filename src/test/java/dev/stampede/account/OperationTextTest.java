package dev.stampede.account;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.award.Claim;
import dev.stampede.award.LevelRules;
import dev.stampede.award.MemberState;
import dev.stampede.award.PlainPrice;
import dev.stampede.codec.Gone;
import dev.stampede.codec.LapseRules;
import dev.stampede.points.Grace;
import dev.stampede.points.LocalDay;
import java.io.IOException;
import java.time.ZoneId;
import java.util.List;
import java.util.TreeSet;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is written here is read by the Lua library and by gateways of the release before. */
class OperationTextTest {
    private static final AccountId ACCOUNT = AccountId.of("demo", "one");
    private static final UUID ID = new UUID(1, 2);
    private static final UUID OTHER = new UUID(3, 4);
    private static final PlainPrice PRICE = new PlainPrice("r", null, 2, new Claim.Rate(100, 3));

    private static final Claim CLAIM = new Claim("tea", List.of(), List.of(), List.of(), 0, 3, 0, LevelRules.NONE);
    private static final String HEADER = "{\"id\":\"" + ID
            + "\",\"type\":\"%s\",\"key\":\"k\",\"fingerprint\":\"1:f\"%s,\"reference\":\"r\"," + "\"version\":7}";

    private static Operation operation(String type, LocalDay day) {
        Operation.Header header = new Operation.Header(ACCOUNT, "k", "1:f", "r", 7, day);
        Grace grace = new Grace(7L, 8L);
        return switch (type) {
            case "enrol" -> new Operation.Enrol(header, new Attributes("{}", null, null), OTHER, null);
            case "earn" ->
                new Operation.Earn(header, 5, null, 20_500, 20_400L, day == null ? 9L : 8L, true, Receipt.NONE);
            case "receipt" ->
                new Operation.Earn(
                        header,
                        5,
                        null,
                        20_500,
                        null,
                        9L,
                        false,
                        Receipt.NONE,
                        new Unique("account:fuel", "one r \"1\"", OTHER));
            case "code" ->
                new Operation.Redeem(
                        header, 0, new Operation.Claimed(CLAIM.with(new Claim.Code("7K3M", 77)), 9), Receipt.NONE);
            case "worth" -> new Operation.Redeem(header, 5, null, PRICE, Receipt.NONE);
            case "worth held" -> new Operation.Hold(header, 5, null, PRICE.of(7), 60, grace, Receipt.NONE);
            case "redeem" -> new Operation.Redeem(header, 5, Receipt.NONE);
            case "hold" -> new Operation.Hold(header, 5, 60, grace, Receipt.NONE);
            case "capture" -> new Operation.Capture(header, OTHER, 5L, grace);
            case "release" -> new Operation.Release(header, OTHER, grace);
            case "void" -> new Operation.VoidCall(header, "lost", LapseRules.NONE, grace, true);
            case "reverse" ->
                new Operation.Reverse(header, OTHER, Reversal.Asked.points(5L), LapseRules.NONE, grace, true);
            case "lapse" -> new Operation.Lapse(header, LapseRules.NONE);
            case "shown" -> new Operation.Redeem(header.shown(new Presence(77L, 500L)), 5, Receipt.NONE);
            case "freeze" -> new Operation.Freeze(header, false, Receipt.NONE);
            case "less" -> new Operation.Freeze(header, true, Receipt.NONE);
            case "unfreeze" -> new Operation.Unfreeze(header, Receipt.NONE);
            case "close" -> new Operation.Close(header, true, Receipt.NONE);
            case "grant" -> new Operation.Grant(header, new MemberState.Grant("gold", 20_500), Receipt.NONE);
            case "adjust" -> new Operation.Adjust(header, -5, 20_500, day == null ? 9L : 8L, true, Receipt.NONE);
            default -> new Operation.Tombstone(header);
        };
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "enrol   | enrol     | ,'target':'OTHER','attributes':'{}','autoEnrol':true",
                "earn    | earn      | ,'points':5,'on':20500,'matures':20400,'autoEnrol':true,'until':9",
                "receipt | earn      | ,'points':5,'on':20500,'unique':'account:fuel one r \\\"1\\\"','usedBy':'OTHER',"
                        + "'until':9",
                "code    | redeem    | ,'claim':{'reward':'tea','options':[],'today':3,'code':'7K3M','codeUntil':77},"
                        + "'until':9",
                "worth   | redeem    | ,'points':5,'plain':{'rule':'r','decimals':2,'rate':[100,3]}",
                "worth held | hold   | ,'points':5,'plain':{'rule':'r','value':7,'decimals':2,'rate':[100,3]},"
                        + "'ttlSeconds':60,'graceOn':7,'until':8",
                "redeem  | redeem    | ,'points':5",
                "hold    | hold      | ,'points':5,'ttlSeconds':60,'graceOn':7,'until':8",
                "capture | capture   | ,'hold':'OTHER','points':5,'graceOn':7,'until':8",
                "release | void      | ,'hold':'OTHER','graceOn':7,'until':8",
                "void    | void      | ,'voids':'lost','graceOn':7,'clawback':'debt','until':8",
                "reverse | reverse   | ,'target':'OTHER','points':5,'graceOn':7,'clawback':'debt','until':8",
                "lapse   | lapse     | ``",
                "shown   | redeem    | ,'points':5,'memberCode':77,'stepUpAbove':500",
                "freeze  | freeze    | ``",
                "less    | freeze    | ,'spendingOnly':true",
                "unfreeze| unfreeze  | ``",
                "close   | close     | ,'forfeit':true",
                "grant   | grant     | ,'grant':'gold 20500'",
                "adjust  | adjust    | ,'points':-5,'on':20500,'allowDebt':true,'until':9",
                "never   | tombstone | ``",
            })
    void eachTypeIsReadAsItWasWritten(String type, String stored, String fields) throws IOException {
        Operation operation = operation(type, null);
        String text = operation.text(ID, null);
        assertEquals(HEADER.formatted(stored, fields.replace('\'', '"').replace("OTHER", OTHER.toString())), text);
        assertEquals(operation, Operation.parse(ACCOUNT, text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "enrol",
                "earn",
                "redeem",
                "hold",
                "capture",
                "release",
                "void",
                "reverse",
                "lapse",
                "freeze",
                "unfreeze",
                "adjust",
                "close",
                "grant"
            })
    void eachTypeSaysItsDayWhereThatIsNotOfUtc(String type) throws IOException {
        LocalDay day = new LocalDay(20_400, 8, ZoneId.of("Europe/Berlin"));
        Operation operation = operation(type, day);
        String text = operation.text(ID, null);
        assertTrue(text.contains(",\"until\":8,\"today\":20400,\"zone\":\"Europe/Berlin\","), text);
        assertEquals(day, Operation.parse(ACCOUNT, text).header().day());
    }

    /** Only operations by which a member can grow say what he can forget. */
    @ParameterizedTest
    @CsvSource({"enrol,8", "earn,8", "redeem,8", "hold,8", "grant,8", "capture,8", "reverse,8", "freeze,", "lapse,"})
    void whatIsGoneIsReadAsItWasWritten(String type, Long until) throws IOException {
        Gone gone = new Gone(new TreeSet<>(List.of("b", "a")), new TreeSet<>(List.of("a.0", "limit:x")), 8L);
        Operation operation = operation(type, null);
        Operation without = operation.without(gone);
        String text = without.text(ID, null);
        assertEquals(text, Operation.parse(ACCOUNT, text).text(ID, null));
        assertEquals(until, without.until());
        assertEquals(operation.mayForget(), !without.equals(operation));
        assertFalse(without.mayForget() && operation.mayForget());
        assertEquals(
                operation.mayForget(),
                text.contains(",\"gone\":{\"promotions\":\"a b\",\"counters\":\"a.0 limit:x\"}"),
                text);
    }

    @Test
    void daysEndWithTheFirstOfThem() {
        ZoneId zone = ZoneId.of("Europe/Berlin");
        Operation.Header header = Operation.Header.of(ACCOUNT, new LocalDay(20_400, 8, zone));
        assertEquals(8, new Operation.Release(header, OTHER, new Grace(null, null)).until());
        assertEquals(7, new Operation.Release(header, OTHER, new Grace(7L, 7L)).until());
        assertEquals(8, new Operation.Release(header, OTHER, new Grace(7L, 9L)).until());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"type\":\"lapse\",\"zone\":\"Europe/Berlin\"}",
                "{\"type\":\"lapse\",\"zone\":\"Mars/Olympus\",\"today\":1,\"until\":1}",
                "{\"type\":\"gift\"}",
                "{\"type\":\"earn\",\"points\":1}",
                "{\"type\":\"earn\",\"on\":20500}",
                "{\"type\":\"redeem\"}",
                "{\"type\":\"hold\",\"points\":1}",
                "{\"type\":\"capture\"}",
                "{\"type\":\"void\"}",
                "{\"type\":\"reverse\"}",
                "{\"type\":\"adjust\",\"points\":1}",
                "{\"type\":\"lapse\",\"more\":1}",
            })
    void whatATypeNeedsIsThere(String text) {
        assertThrows(IOException.class, () -> Operation.parse(ACCOUNT, text));
    }
}
