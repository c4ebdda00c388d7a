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
import dev.stampede.points.PointLimits;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Supplier;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** An operation as callers see it. The call itself, its replays and the history show the same. */
@Schema(name = "Operation", description = "One operation on an account and its effects.")
public record OperationView(
        @Schema(description = "The operation's id; it never changes") @Nullable
        UUID id,

        @Schema(
                description = "The kind of operation",
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
                description = "Change of `available`, in points",
                minimum = "-" + PointLimits.MAX,
                maximum = "" + PointLimits.MAX,
                examples = "-500")
        long points,

        @Schema(description = "Its `Idempotency-Key`", examples = "till-3-0042", nullable = true) @Nullable
        String key,

        @Schema(
                description = "The caller's own reference, up to 255 characters",
                examples = "20261121-0042-03-0199",
                nullable = true)
        @Nullable
        String reference,

        @Schema(description = "`ok`, or the code of the refusal if it was declined", examples = "ok")
        String outcome,

        @Schema(description = "Every movement of points, in order; expiries and other changes by time come first")
        List<EntryView> entries,

        @Schema(description = "How the number of points was computed")
        List<ExplanationView> explanation,

        @Schema(description = "The hold that the operation created or ended", nullable = true) @Nullable
        HoldView hold,

        @Schema(
                description = "The operation that this one undid; null where there was nothing to undo",
                nullable = true)
        @Nullable
        UUID reverses,

        @Schema(
                description = "The `Idempotency-Key` of the call that this one voided",
                examples = "till-3-0041",
                nullable = true)
        @JsonInclude(JsonInclude.Include.NON_NULL)
        @Nullable
        String voids,

        @Schema(
                description = "Whether a void by key has voided the operation; only in answers to queries by `key`",
                examples = "true",
                nullable = true)
        @JsonInclude(JsonInclude.Include.NON_NULL)
        @Nullable
        Boolean voided,

        @Schema(description = "When it happened, as the caller stated (RFC 3339, UTC)", nullable = true)
        @JsonInclude(JsonInclude.Include.NON_NULL)
        @Nullable
        Instant occurredAt,

        @Schema(
                description = "The channel, as the caller stated; up to 64 characters",
                examples = "till",
                nullable = true)
        @JsonInclude(JsonInclude.Include.NON_NULL)
        @Nullable
        String channel,

        @Schema(description = "The caller's own note, up to 1000 characters", examples = "birthday", nullable = true)
        @JsonInclude(JsonInclude.Include.NON_NULL)
        @Nullable
        String note,

        @Schema(
                description = "The amount of money that was converted, a plain decimal",
                examples = "42.50",
                nullable = true)
        @JsonInclude(JsonInclude.Include.NON_NULL)
        @Nullable
        String amount,

        @Schema(description = "The amount's ISO 4217 currency", examples = "EUR", nullable = true)
        @JsonInclude(JsonInclude.Include.NON_NULL)
        @Nullable
        String currency,

        @Schema(description = "The receipt's lines, as the caller sent them", nullable = true)
        @JsonInclude(JsonInclude.Include.NON_NULL)
        @Nullable
        List<ItemView> items,

        @Schema(
                description = "The day (UTC) from which the earned points are available, if not at once",
                nullable = true)
        @JsonInclude(JsonInclude.Include.NON_NULL)
        @Nullable
        LocalDate availableOn,

        @Schema(
                description = "The account's balance right after the operation; null where a newer release wrote the"
                        + " operation and this release cannot read it",
                nullable = true)
        @Nullable
        BalanceView balance,

        @Schema(description = "When the operation was decided (RFC 3339, UTC)")
        Instant createdAt) {

    /** One movement of points: the change of each bucket. */
    @Schema(name = "Entry", description = "One movement of points: the change of each bucket.")
    public record EntryView(
            @Schema(
                    description = "What moved the points",
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

            @Schema(description = "The lots that changed; negative where points left the lot")
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

    /** A hold as an operation left it, or in its present state. */
    @Schema(
            name = "Hold",
            description = "Points set aside for a checkout: as the operation left them, or in their present state.")
    public record HoldView(
            @Schema(description = "The hold's id: the id of the operation that created the hold") @Nullable
            UUID id,

            @Schema(
                    description = "Points set aside",
                    minimum = "1",
                    maximum = "" + PointLimits.MAX_PER_OPERATION,
                    examples = "300")
            long points,

            @Schema(
                    description = "Points captured",
                    minimum = "0",
                    maximum = "" + PointLimits.MAX_PER_OPERATION,
                    examples = "0")
            long captured,

            @Schema(
                    description = "The state of the hold",
                    enumeration = {"held", "captured", "voided", "expired"},
                    examples = "held")
            String state,

            @Schema(description = "When the hold expires and its points return (RFC 3339, UTC)")
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

    /** How an operation's number of points was computed. */
    @Schema(name = "Explanation", description = "One rule that determined the number of points.")
    public record ExplanationView(
            @Schema(
                    description = "The rule: `given` (the caller said how many), `base` (the program's rate), `price`"
                            + " (what an amount costs)",
                    examples = "base")
            String rule,

            @Schema(description = "The points that the rule gave or cost", examples = "42")
            long points,

            @Schema(
                    description = "The computation in words, with the rounding",
                    examples = "42.50 EUR x 1 = 42.5, rounded down")
            String text) {
        private static List<ExplanationView> of(@Nullable List<Receipt.Reason> reasons) {
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
                    description = "The article number (SKU), 1 to 64 characters",
                    required = true,
                    minLength = 1,
                    maxLength = 64,
                    examples = "coffee")
            String sku,

            @Schema(
                    description = "The quantity, with at most 6 decimals; negative for a return",
                    minimum = "-1000000",
                    maximum = "1000000",
                    examples = "2",
                    nullable = true)
            @Nullable
            BigDecimal quantity,

            @Schema(
                    description =
                            "The price of the line in the program's currency: a plain decimal; negative for a return"
                                    + " or a discount",
                    implementation = String.class,
                    pattern = "^-?(0|[1-9][0-9]{0,14})(\\.[0-9]{1,6})?$",
                    examples = "12.50",
                    nullable = true)
            @JsonFormat(shape = JsonFormat.Shape.STRING)
            @Nullable
            BigDecimal amount) {
        private static @Nullable List<ItemView> of(@Nullable List<Receipt.Item> items) {
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

    /** @param voided whether a void by key has undone the operation, or has claimed its key before it arrived */
    public static OperationView of(SealedOperation operation, boolean voided) {
        return of(operation, false, voided ? true : null);
    }

    /** An operation that a dry run would do: it has no id. */
    public static OperationView would(SealedOperation operation) {
        return of(operation, true, null);
    }

    /**
     * What can be shown of an operation that a newer release has written: everything except what the newer release has
     * changed.
     * @param id this and all other parameters: as they are stored
     * @param moved the entries; lots that cannot be read are left out
     */
    public static OperationView known(
            UUID id,
            AccountId account,
            String type,
            String outcome,
            @Nullable String key,
            @Nullable String reference,
            long points,
            @Nullable UUID target,
            @Nullable String voids,
            long at,
            Receipt receipt,
            @Nullable String hold,
            String image,
            List<Entry> moved) {
        Receipt.Contents told = Objects.requireNonNullElseGet(known(receipt::known), Receipt.NONE::contents);
        return new OperationView(
                id,
                type,
                account.id(),
                points,
                key,
                reference,
                outcome,
                moved.stream().map(EntryView::of).toList(),
                ExplanationView.of(told.explanation()),
                hold == null ? null : known(() -> HoldView.of(HoldStatus.parseKnown(hold))),
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
                known(() -> BalanceView.of(account, Image.parseKnown(image), at)),
                Instant.ofEpochMilli(at));
    }

    private static <T> @Nullable T known(Supplier<T> read) {
        try {
            return read.get();
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static OperationView of(SealedOperation operation, boolean would, @Nullable Boolean voided) {
        Receipt.Contents told = UnreadableForm.reading(
                UnreadableForm.READS, () -> operation.receipt().contents());
        HoldStatus hold = operation.hold();
        return new OperationView(
                would ? null : operation.id(),
                operation.type().code(),
                operation.account().id(),
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
     * The operation that this one undid. A void names a target even if there was nothing to undo (the call never
     * arrived, or was declined); in this case it has no movement of its own, and its target is not shown.
     */
    private static @Nullable UUID reverses(SealedOperation operation) {
        boolean undid = operation.type() == OperationType.REVERSE
                || (operation.voids() != null
                        && (operation.hold() != null
                                || operation.entries().stream()
                                        .anyMatch(entry -> entry.type().equals("reverse"))));
        return undid ? operation.target() : null;
    }
}
