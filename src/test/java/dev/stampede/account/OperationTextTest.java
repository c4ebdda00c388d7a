package dev.stampede.account;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.stampede.pricing.Grace;
import java.io.IOException;
import java.util.UUID;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is written here is read by the Lua library and by gateways of the release before. */
class OperationTextTest {
    private static final AccountId ACCOUNT = AccountId.of("demo", "one");
    private static final UUID ID = new UUID(1, 2);
    private static final UUID OTHER = new UUID(3, 4);
    private static final String HEADER =
            "{\"id\":\"" + ID + "\",\"type\":\"%s\",\"key\":\"k\",\"fingerprint\":\"1:f\"%s,\"reference\":\"r\"}";

    private static Operation operation(String type) {
        Operation.Header header = new Operation.Header(ACCOUNT, "k", "1:f", "r");
        Grace grace = new Grace(7L, 8L);
        return switch (type) {
            case "enrol" -> new Operation.Enrol(header, "{}", OTHER);
            case "earn" -> new Operation.Earn(header, 5, 20_500, 20_400L, 9L, true, Receipt.NONE);
            case "redeem" -> new Operation.Redeem(header, 5, Receipt.NONE);
            case "hold" -> new Operation.Hold(header, 5, 60, grace, Receipt.NONE);
            case "capture" -> new Operation.Capture(header, OTHER, 5L, grace);
            case "release" -> new Operation.Release(header, OTHER, grace);
            case "void" -> new Operation.VoidCall(header, "lost", grace, true);
            case "reverse" -> new Operation.Reverse(header, OTHER, 5L, grace, true);
            case "lapse" -> new Operation.Lapse(header);
            case "freeze" -> new Operation.Freeze(header);
            case "unfreeze" -> new Operation.Unfreeze(header);
            default -> new Operation.Tombstone(header);
        };
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "enrol   | enrol     | ,'target':'OTHER','attributes':'{}','autoEnrol':true",
                "earn    | earn      | ,'points':5,'on':20500,'matures':20400,'until':9,'autoEnrol':true",
                "redeem  | redeem    | ,'points':5",
                "hold    | hold      | ,'points':5,'ttlSeconds':60,'graceOn':7,'until':8",
                "capture | capture   | ,'hold':'OTHER','points':5,'graceOn':7,'until':8",
                "release | void      | ,'hold':'OTHER','graceOn':7,'until':8",
                "void    | void      | ,'voids':'lost','graceOn':7,'until':8,'clawback':'debt'",
                "reverse | reverse   | ,'target':'OTHER','points':5,'graceOn':7,'until':8,'clawback':'debt'",
                "lapse   | lapse     | ``",
                "freeze  | freeze    | ``",
                "unfreeze| unfreeze  | ``",
                "never   | tombstone | ``",
            })
    void eachTypeIsReadAsItWasWritten(String type, String stored, String fields) throws IOException {
        Operation operation = operation(type);
        String text = operation.text(ID, null);
        assertEquals(HEADER.formatted(stored, fields.replace('\'', '"').replace("OTHER", OTHER.toString())), text);
        assertEquals(operation, Operation.parse(ACCOUNT, text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"type\":\"gift\"}",
                "{\"type\":\"earn\",\"points\":1}",
                "{\"type\":\"earn\",\"on\":20500}",
                "{\"type\":\"redeem\"}",
                "{\"type\":\"hold\",\"points\":1}",
                "{\"type\":\"capture\"}",
                "{\"type\":\"void\"}",
                "{\"type\":\"reverse\"}",
                "{\"type\":\"lapse\",\"more\":1}",
            })
    void whatATypeNeedsIsThere(String text) {
        assertThrows(IOException.class, () -> Operation.parse(ACCOUNT, text));
    }
}
