package dev.stampede.account;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ReceiptTest {
    /** Quantities were numbers, could be below 0, and a line needed no amount. */
    @Test
    void anOlderReceiptIsRead() {
        String stored = "{\"channel\":\"till\",\"items\":[{\"sku\":\"cheese\",\"quantity\":0.453},"
                + "{\"sku\":\"bottle\",\"quantity\":-8,\"amount\":\"-2.00\"}]}";

        assertEquals(
                List.of(
                        new Receipt.Item("cheese", null, "0.453", null, null),
                        new Receipt.Item("bottle", null, "-8", "-2.00", null)),
                Receipt.stored(stored).contents().items());
    }

    @Test
    void linesAreKeptAsTheyWereSent() {
        Receipt.Item line = new Receipt.Item(null, List.of("b", "a"), "1.00", "-0.50", Map.of("class", "Q"));
        Receipt receipt = Receipt.of(
                null, null, null, null, new Receipt.Sale("fuel", "s-17", null, null, List.of(line), null), null);

        Receipt.Contents read = Receipt.stored(receipt.text()).contents();
        assertEquals(List.of(line), read.items());
        assertEquals("fuel", read.partner());
        assertEquals("s-17", read.store());
    }
}
