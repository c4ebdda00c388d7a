package dev.stampede.http.view;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.stampede.account.AccountId;
import dev.stampede.account.Entry;
import dev.stampede.account.HoldStatus;
import dev.stampede.account.Image;
import dev.stampede.account.OperationType;
import dev.stampede.account.Receipt;
import dev.stampede.account.SealedOperation;
import dev.stampede.account.UnreadableForm;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** An operation as callers see it, told the same way by the call that made it, its replays and the history. */
@Schema(name = "Operation", description = "One thing that was asked of an account, and what it did.")
public record OperationView(
        @Schema(description = "Its id; it stays") UUID id,

        @Schema(
                description = "What was asked",
                enumeration = {
                    "enrol",
                    "earn",
                    "redeem",
                    "hold",
                    "capture",
                    "void",
                    "reverse",
                    "lapse",
                    "freeze",
                    "unfreeze",
                    "tombstone"
                },
                examples = "redeem")
        String type,

        @Schema(description = "The account's id", examples = "m-1")
        String account,

        @Schema(
                description = "What it did to `available`, in points",
                minimum = "-9000000000000000",
                maximum = "9000000000000000",
                examples = "-500")
        long points,

        @Schema(description = "Its `Idempotency-Key`", examples = "till-3-0042", nullable = true)
        String key,

        @Schema(description = "The caller's, up to 255 characters", examples = "20261121-0042-03-0199", nullable = true)
        String reference,

        @Schema(description = "`ok`, or the code with which it was declined", examples = "ok")
        String outcome,

        @Schema(
                description =
                        "Every movement of points that it caused, in order; what time had done before comes first")
        List<EntryView> entries,

        @Schema(description = "Why it moved as many points as it did")
        List<ExplanationView> explanation,

        @Schema(description = "The hold that it made or ended", nullable = true)
        HoldView hold,

        @Schema(description = "The operation that it undid; null where there was nothing to undo", nullable = true)
        UUID reverses,

        @Schema(description = "The key of the call that it voided", examples = "till-3-0041", nullable = true)
        @JsonInclude(JsonInclude.Include.NON_NULL)
        String voids,

        @Schema(
                description = "Whether it was voided by its key; told where it is asked for by `key`",
                examples = "true",
                nullable = true)
        @JsonInclude(JsonInclude.Include.NON_NULL)
        Boolean voided,

        @Schema(description = "When it happened, as the caller said (RFC 3339, UTC)", nullable = true)
        @JsonInclude(JsonInclude.Include.NON_NULL)
        Instant occurredAt,

        @Schema(
                description = "Where it came from, as the caller said; up to 64 characters",
                examples = "till",
                nullable = true)
        @JsonInclude(JsonInclude.Include.NON_NULL)
        String channel,

        @Schema(description = "The caller's, up to 1000 characters", examples = "birthday", nullable = true)
        @JsonInclude(JsonInclude.Include.NON_NULL)
        String note,

        @Schema(description = "The amount that was priced, a plain decimal", examples = "42.50", nullable = true)
        @JsonInclude(JsonInclude.Include.NON_NULL)
        String amount,

        @Schema(description = "Its ISO 4217 currency", examples = "EUR", nullable = true)
        @JsonInclude(JsonInclude.Include.NON_NULL)
        String currency,

        @Schema(description = "The receipt's lines, as the caller sent them", nullable = true)
        @JsonInclude(JsonInclude.Include.NON_NULL)
        List<ItemView> items,

        @Schema(
                description = "The day (UTC) from which the earned points are available, where that is later",
                nullable = true)
        @JsonInclude(JsonInclude.Include.NON_NULL)
        LocalDate availableOn,

        @Schema(
                description =
                        "The account right after it; null where a newer release has written the operation, and this"
                                + " one can't read it",
                nullable = true)
        BalanceView balance,

        @Schema(description = "When it was decided (RFC 3339, UTC)")
        Instant createdAt) {

    /** One movement of points: what it did to each bucket. */
    @Schema(name = "Entry", description = "One movement of points: what it did to each bucket.")
    public record EntryView(
            @Schema(
                    description = "What moved them",
                    enumeration = {
                        "earn", "redeem", "hold", "capture", "release", "reverse", "mature", "payoff", "expire"
                    },
                    examples = "redeem")
            String type,

            @Schema(description = "Change of `available`, in points", examples = "-500")
            long points,

            @Schema(description = "Change of `held`, in points", examples = "0")
            long held,

            @Schema(description = "Change of `pending`, in points", examples = "0")
            long pending,

            @Schema(description = "Change of `debt`, in points", examples = "0")
            long debt,

            @Schema(description = "The lots that moved; negative where points left them")
            List<BalanceView.LotView> lots) {
        static EntryView of(Entry entry) {
            return new EntryView(
                    entry.type(),
                    entry.available(),
                    entry.held(),
                    entry.pending(),
                    entry.debt(),
                    BalanceView.LotView.byDay(entry.lots()));
        }
    }

    /** A hold as an operation left it, or as it stands now. */
    @Schema(
            name = "Hold",
            description =
                    "Points set aside for a checkout: in an operation as it left them, otherwise as they stand now.")
    public record HoldView(
            @Schema(description = "That of the operation that made it")
            UUID id,

            @Schema(description = "Points set aside", minimum = "1", maximum = "1000000000000", examples = "300")
            long points,

            @Schema(
                    description = "Points of them that were captured",
                    minimum = "0",
                    maximum = "1000000000000",
                    examples = "0")
            long captured,

            @Schema(
                    description = "What has become of it",
                    enumeration = {"held", "captured", "voided", "expired"},
                    examples = "held")
            String state,

            @Schema(description = "When they return by themselves (RFC 3339, UTC)")
            Instant expiresAt) {
        public static HoldView of(HoldStatus hold) {
            return of(hold, false);
        }

        static HoldView of(HoldStatus hold, boolean would) {
            return new HoldView(
                    would && hold.state().equals("held") ? null : hold.id(),
                    hold.points(),
                    hold.captured(),
                    hold.state(),
                    Instant.ofEpochMilli(hold.expiresAt()));
        }
    }

    /** Why an operation moved as many points as it did. */
    @Schema(name = "Explanation", description = "One reason why an operation moved as many points as it did.")
    public record ExplanationView(
            @Schema(
                    description = "The rule: `given` (the caller said how many), `base` (the program's rate), `price`"
                            + " (what an amount costs)",
                    examples = "base")
            String rule,

            @Schema(description = "The points that it gave, or cost", examples = "42")
            long points,

            @Schema(
                    description = "The same for people, with the rounding",
                    examples = "42.50 EUR x 1 = 42.5, rounded down")
            String text) {
        private static List<ExplanationView> of(List<Receipt.Reason> reasons) {
            return reasons == null
                    ? List.of()
                    : reasons.stream()
                            .map(reason -> new ExplanationView(reason.rule(), reason.points(), reason.text()))
                            .toList();
        }
    }

    /** One line of a receipt. */
    @Schema(name = "Item", description = "One line of a receipt.")
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record ItemView(
            @Schema(
                    description = "The article, 1 to 64 characters",
                    required = true,
                    minLength = 1,
                    maxLength = 64,
                    examples = "coffee")
            String sku,

            @Schema(
                    description = "How many of it, or how much: at most 6 decimals, below 0 for what is returned",
                    minimum = "-1000000",
                    maximum = "1000000",
                    examples = "2",
                    nullable = true)
            BigDecimal quantity,

            @Schema(
                    description = "What the line cost, in the program's currency: a plain decimal, below 0 for a return"
                            + " or a discount",
                    implementation = String.class,
                    pattern = "^-?(0|[1-9][0-9]{0,14})(\\.[0-9]{1,6})?$",
                    examples = "12.50",
                    nullable = true)
            @JsonFormat(shape = JsonFormat.Shape.STRING)
            BigDecimal amount) {
        private static List<ItemView> of(List<Receipt.Item> items) {
            return items == null
                    ? null
                    : items.stream()
                            .map(item -> new ItemView(
                                    item.sku(),
                                    item.quantity(),
                                    item.amount() == null ? null : new BigDecimal(item.amount())))
                            .toList();
        }
    }

    public static OperationView of(SealedOperation operation) {
        return of(operation, false, null);
    }

    /** @param voided whether a void by key has undone it, or claimed its key before it came */
    public static OperationView of(SealedOperation operation, boolean voided) {
        return of(operation, false, voided ? true : null);
    }

    /** What would be: it has no id. */
    public static OperationView would(SealedOperation operation) {
        return of(operation, true, null);
    }

    /**
     * As much as can be told of an operation that a newer release has written: what does not depend on what has
     * changed.
     *
     * @param id and all others: as they are stored
     * @param moved its entries; the lots of those that can't be read are left out
     */
    public static OperationView known(
            UUID id,
            AccountId account,
            String type,
            String outcome,
            String key,
            String reference,
            long points,
            UUID target,
            String voids,
            long at,
            Receipt receipt,
            String hold,
            String image,
            List<Entry> moved) {
        Receipt.Contents told = known(receipt::known, Receipt.NONE.contents());
        return new OperationView(
                id,
                type,
                account.account(),
                points,
                key,
                reference,
                outcome,
                moved.stream().map(EntryView::of).toList(),
                ExplanationView.of(told.explanation()),
                hold == null ? null : known(() -> HoldView.of(HoldStatus.parseKnown(hold)), null),
                type.equals(OperationType.REVERSE.code()) ? target : null,
                voids,
                null,
                told.occurredAt() == null ? null : Instant.parse(told.occurredAt()),
                told.channel(),
                told.note(),
                told.amount(),
                told.currency(),
                ItemView.of(told.items()),
                told.availableOn() == null ? null : LocalDate.parse(told.availableOn()),
                known(() -> BalanceView.of(account, Image.parseKnown(image), at), null),
                Instant.ofEpochMilli(at));
    }

    private static <T> T known(Supplier<T> read, T otherwise) {
        try {
            return read.get();
        } catch (IllegalArgumentException e) {
            return otherwise;
        }
    }

    private static OperationView of(SealedOperation operation, boolean would, Boolean voided) {
        Receipt.Contents told = UnreadableForm.reading(
                UnreadableForm.READS, () -> operation.receipt().contents());
        HoldStatus hold = operation.hold();
        return new OperationView(
                would ? null : operation.id(),
                operation.type().code(),
                operation.account().account(),
                operation.points(),
                operation.key(),
                operation.reference(),
                operation.outcome(),
                operation.entries().stream().map(EntryView::of).toList(),
                ExplanationView.of(told.explanation()),
                hold == null ? null : HoldView.of(hold, would),
                reverses(operation),
                operation.voids(),
                voided,
                told.occurredAt() == null ? null : Instant.parse(told.occurredAt()),
                told.channel(),
                told.note(),
                told.amount(),
                told.currency(),
                ItemView.of(told.items()),
                told.availableOn() == null ? null : LocalDate.parse(told.availableOn()),
                BalanceView.of(operation.account(), operation.image(), operation.at()),
                Instant.ofEpochMilli(operation.at()));
    }

    /**
     * The operation that this one undid. A void names a target also where there was nothing to undo (the call never
     * came, or was declined): then it has no movement of its own, and its target says nothing to anybody.
     */
    private static UUID reverses(SealedOperation operation) {
        boolean undid = operation.type() == OperationType.REVERSE
                || (operation.voids() != null
                        && (operation.hold() != null
                                || operation.entries().stream()
                                        .anyMatch(entry -> entry.type().equals("reverse"))));
        return undid ? operation.target() : null;
    }
}
