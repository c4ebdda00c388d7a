package dev.stampede.support;

import dev.stampede.account.Receipt;
import dev.stampede.award.Award;
import dev.stampede.document.ProgramDocument;
import dev.stampede.program.reading.DocumentReader;
import dev.stampede.program.reading.Reading;
import dev.stampede.rules.Call;
import dev.stampede.rules.CompiledProgram;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Prices sealed earns again, by what Postgres has of them: the document of their version, and their receipt. */
public final class Repricing {
    private Repricing() {}

    /** @throws IllegalArgumentException if the document is not valid */
    public static CompiledProgram compiled(String document) {
        Reading reading = DocumentReader.read(document);
        ProgramDocument read = reading.document();
        if (read == null) {
            throw new IllegalArgumentException(reading.findings().toString());
        }
        return CompiledProgram.of(read);
    }

    /**
     * What a purchase or an action was worth. Where the caller did not say when it happened, it is priced for the time
     * of its decision: so no condition of time may have changed in the seconds between its arrival and that.
     *
     * @param decidedMs when it was decided, in ms since the epoch
     */
    public static Award award(CompiledProgram program, Receipt.Contents receipt, long decidedMs) {
        long atMs = receipt.occurredAt() == null
                ? decidedMs
                : Instant.parse(receipt.occurredAt()).toEpochMilli();
        return program.price(call(receipt), atMs, Math.max(atMs, decidedMs));
    }

    private static Call call(Receipt.Contents receipt) {
        Call.Place place = new Call.Place(receipt.partner(), receipt.store(), receipt.channel());
        if (receipt.action() != null) {
            return new Call.Action(place, receipt.action());
        }
        List<Receipt.Item> items = receipt.items() == null ? List.of() : receipt.items();
        return new Call.Purchase(
                place,
                new BigDecimal(receipt.amount()),
                items.stream().map(Repricing::item).toList());
    }

    private static Call.Item item(Receipt.Item item) {
        return new Call.Item(
                item.sku(),
                item.categories() == null ? Set.of() : Set.copyOf(item.categories()),
                item.quantity() == null ? BigDecimal.ONE : new BigDecimal(item.quantity()),
                item.amount() == null ? BigDecimal.ZERO : new BigDecimal(item.amount()),
                item.attributes() == null ? Map.of() : item.attributes());
    }
}
