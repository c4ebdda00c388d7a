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
import dev.stampede.award.Gift;
import dev.stampede.award.Parts;
import dev.stampede.codec.PartsText;
import dev.stampede.codec.Taken;
import dev.stampede.codec.Told;
import dev.stampede.points.PointLimits;
import dev.stampede.rules.Explanation;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.Currency;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Supplier;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
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
                    "adjust",
                    "close",
                    "grant",
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

        @Schema(description = "Who asked for it; left out where nobody did, and for members", nullable = true)
        @JsonInclude(JsonInclude.Include.NON_NULL)
        @Nullable
        ByView by,

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

        @Schema(
                description = "The version of the program whose rules priced the operation",
                minimum = "1",
                examples = "1",
                nullable = true)
        @JsonInclude(JsonInclude.Include.NON_NULL)
        @Nullable
        Integer programVersion,

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

        @Schema(description = "The partner, as the caller stated", examples = "supermarket", nullable = true)
        @JsonInclude(JsonInclude.Include.NON_NULL)
        @Nullable
        String partner,

        @Schema(description = "The store, as the caller stated", examples = "store-17", nullable = true)
        @JsonInclude(JsonInclude.Include.NON_NULL)
        @Nullable
        String store,

        @Schema(description = "What the member did, as the caller stated", examples = "email-opt-in", nullable = true)
        @JsonInclude(JsonInclude.Include.NON_NULL)
        @Nullable
        String action,

        @Schema(description = "The caller's own note, up to 1000 characters", examples = "birthday", nullable = true)
        @JsonInclude(JsonInclude.Include.NON_NULL)
        @Nullable
        String note,

        @Schema(
                description = "Why a programme manager or an agent did it; up to 255 characters",
                examples = "goodwill",
                nullable = true)
        @JsonInclude(JsonInclude.Include.NON_NULL)
        @Nullable
        String reason,

        @Schema(
                description = "What the member is told of an adjustment; up to 1000 characters",
                examples = "Sorry for the wait",
                nullable = true)
        @JsonInclude(JsonInclude.Include.NON_NULL)
        @Nullable
        String text,

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

        @Schema(description = "The reward that was had, for points or as a gift", examples = "coffee", nullable = true)
        @JsonInclude(JsonInclude.Include.NON_NULL)
        @Nullable
        String reward,

        @Schema(
                description = "What the points or the reward are worth, in the program's currency: a plain decimal,"
                        + " rounded down. Of payments; of a capture not where points are worth the same to everybody at"
                        + " every time",
                examples = "5.00",
                nullable = true)
        @JsonInclude(JsonInclude.Include.NON_NULL)
        @Nullable
        String value,

        @Schema(
                description = "The id of the program's redeem rule that said what the points are worth",
                examples = "standard",
                nullable = true)
        @JsonInclude(JsonInclude.Include.NON_NULL)
        @Nullable
        String rate,

        @Schema(
                description = "The code with which a till gives out the reward, once; of a hold it is valid when the"
                        + " hold was captured",
                examples = "7K3M-9QXA-ZT2W-4HBN",
                nullable = true)
        @JsonInclude(JsonInclude.Include.NON_NULL)
        @Nullable
        String code,

        @Schema(description = "The receipt's lines, as the caller sent them", nullable = true)
        @JsonInclude(JsonInclude.Include.NON_NULL)
        @Nullable
        List<ItemView> items,

        @Schema(
                description = "The day from which the earned points are available, if not at once; in the program's"
                        + " time zone",
                nullable = true)
        @JsonInclude(JsonInclude.Include.NON_NULL)
        @Nullable
        LocalDate availableOn,

        @Schema(
                type = SchemaType.OBJECT,
                description = "How much the operation counted for the program's measures, by their ids: a number, or"
                        + " for money a decimal in quotes",
                additionalProperties = Schema.True.class,
                examples = "{\"stars\":30}",
                nullable = true)
        @JsonInclude(JsonInclude.Include.NON_NULL)
        @Nullable
        Map<String, Object> measures,

        @Schema(
                description = "Only of a dry run: how much is left of the budget of each promotion that is open to the"
                        + " purchase and has one; left out where none has",
                nullable = true)
        @JsonInclude(JsonInclude.Include.NON_NULL)
        @Nullable
        List<BudgetStateView> budgets,

        @Schema(
                description = "Only of a dry run: how much is left of the reward, as far as this gateway knows; `nearly"
                        + " exhausted` is at most 5 % of its stock. A hint: nothing is reserved. Left out where it has"
                        + " no stock",
                enumeration = {"available", "nearly exhausted", "exhausted"},
                examples = "available",
                nullable = true)
        @JsonInclude(JsonInclude.Include.NON_NULL)
        @Nullable
        String stock,

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
                        "earn",
                        "redeem",
                        "hold",
                        "capture",
                        "release",
                        "reverse",
                        "take_back",
                        "adjust",
                        "forfeit",
                        "mature",
                        "payoff",
                        "expire"
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

            @Schema(
                    description = "The lots that changed; negative where points left the lot. An adjustment also names"
                            + " the points that it turned into debt")
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
                    description = "Points set aside; 0 where a reward costs none",
                    minimum = "0",
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
            Instant expiresAt,

            @Schema(
                    description = "The reward that is held; only in answers to queries of holds",
                    examples = "coffee",
                    nullable = true)
            @JsonInclude(JsonInclude.Include.NON_NULL)
            @Nullable
            String reward,

            @Schema(
                    description = "What is held is worth so much, in the program's currency: a plain decimal; only in"
                            + " answers to queries of holds",
                    examples = "5.00",
                    nullable = true)
            @JsonInclude(JsonInclude.Include.NON_NULL)
            @Nullable
            String value,

            @Schema(
                    description = "The id of the program's redeem rule that said what the points are worth; only in"
                            + " answers to queries of holds",
                    examples = "standard",
                    nullable = true)
            @JsonInclude(JsonInclude.Include.NON_NULL)
            @Nullable
            String rate) {
        /** @param told what the operation that created the hold has told, a JSON text, or null */
        public static HoldView of(HoldStatus hold, @Nullable String told) {
            Paid paid = UnreadableForm.reading(UnreadableForm.READS, () -> Paid.of(told));
            return of(hold, false, paid);
        }

        static HoldView of(HoldStatus hold, boolean would) {
            return of(hold, would, Paid.NOTHING);
        }

        private static HoldView of(HoldStatus hold, boolean would, Paid paid) {
            return new HoldView(
                    would && hold.state().equals("held") ? null : hold.id(),
                    hold.points(),
                    hold.captured(),
                    hold.state(),
                    Instant.ofEpochMilli(hold.expiresAt()),
                    paid.reward,
                    paid.value,
                    paid.rate);
        }
    }

    /** What is shown of a payment. */
    private record Paid(
            @Nullable String reward,
            @Nullable String value,
            @Nullable String rate,
            @Nullable String code,
            List<ExplanationView> explanation) {
        static final Paid NOTHING = new Paid(null, null, null, null, List.of());

        static Paid of(SealedOperation operation) {
            return switch (operation.type()) {
                case REDEEM, HOLD, CAPTURE -> operation.ok() ? of(operation.told()) : NOTHING;
                default -> NOTHING;
            };
        }

        static Paid of(@Nullable String told) {
            if (told == null) {
                return NOTHING;
            }
            Taken taken = Taken.read(told);
            BigDecimal money = taken.money();
            String value = money == null ? null : money.toPlainString();
            Gift gift = taken.gift();
            String price = taken.reward() ? "the price of the reward" : "worth " + value;
            String what = gift != null ? "used as a gift" : price;
            return new Paid(
                    taken.reward() ? taken.rule() : null,
                    value,
                    taken.reward() ? null : taken.rule(),
                    taken.code(),
                    List.of(new ExplanationView(
                            (taken.reward() ? "reward:" : "redeem:") + taken.rule(),
                            taken.points(),
                            null,
                            null,
                            null,
                            what)));
        }
    }

    /** How an operation's number of points was computed. */
    @Schema(name = "Explanation", description = "One rule that determined the number of points.")
    public record ExplanationView(
            @Schema(
                    description = "The rule: `stated` (the caller said how many), `adjustment` (by hand),"
                            + " `base:<earn rule>`, `tier:<tier>` (its"
                            + " bonus; of a grant the tier that was granted),"
                            + " `promotion:<promotion>`, `grant:<reward>` (a gift), `redeem:<redeem rule>` or"
                            + " `reward:<reward>` (what was paid by)",
                    examples = "base:standard")
            String rule,

            @Schema(description = "The points that the rule gave or cost; 0 for a gift", examples = "42")
            long points,

            @Schema(
                    description = "The number of gifts; left out where it is about points",
                    examples = "1",
                    nullable = true)
            @JsonInclude(JsonInclude.Include.NON_NULL)
            @Nullable
            Long count,

            @Schema(
                    description = "The points that it would have given without `reason`; left out where it gave all",
                    examples = "42",
                    nullable = true)
            @JsonInclude(JsonInclude.Include.NON_NULL)
            @Nullable
            Long wanted,

            @Schema(
                    description = "Why it did not give all: `limit`, `budget` (what a budget has cut to a part is told"
                            + " twice, first without it), `stacking:<the promotion that was chosen>`, or the first"
                            + " condition that does not hold; left out where it gave all",
                    examples = "limit",
                    nullable = true)
            @JsonInclude(JsonInclude.Include.NON_NULL)
            @Nullable
            String reason,

            @Schema(
                    description = "The computation in words, with the rounding",
                    examples = "42.50 EUR x 1 = 42.5, rounded down")
            String text) {
        public static ExplanationView of(Explanation.Entry entry) {
            return new ExplanationView(
                    entry.rule(),
                    Objects.requireNonNullElse(entry.points(), 0L),
                    entry.count(),
                    entry.wanted(),
                    entry.reason(),
                    entry.text());
        }

        /** Of an award what was decided, else what was computed before. */
        public static List<ExplanationView> of(
                OperationType type, @Nullable String told, @Nullable List<Receipt.Reason> reasons) {
            return told != null && isOfAward(type)
                    ? Explanation.of(Told.read(told).explanation()).stream()
                            .map(ExplanationView::of)
                            .toList()
                    : of(reasons);
        }

        private static boolean isOfAward(OperationType type) {
            return switch (type) {
                case EARN, ENROL, REVERSE, VOID -> true;
                default -> false;
            };
        }

        private static List<ExplanationView> of(@Nullable List<Receipt.Reason> reasons) {
            return reasons == null
                    ? List.of()
                    : reasons.stream()
                            .map(reason -> new ExplanationView(
                                    reason.rule(), reason.points(), null, null, null, reason.text()))
                            .toList();
        }
    }

    /** One line of a receipt. */
    @Schema(name = "Item", description = "One line of a receipt.")
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record ItemView(
            @Schema(
                    description = "The article number (SKU), 1 to 64 characters",
                    minLength = 1,
                    maxLength = 64,
                    examples = "coffee",
                    nullable = true)
            @Nullable
            String sku,

            @Schema(
                    description = "What kind of article it is: each 1 to 64 characters",
                    maxItems = 8,
                    examples = "[\"iced\"]",
                    nullable = true)
            @Nullable
            List<String> categories,

            @Schema(
                    description = "The quantity: a plain decimal above 0 and below 1000000 with at most 3 decimals;"
                            + " 1 if not said",
                    implementation = String.class,
                    pattern = "^(?=.*[1-9])(0|[1-9][0-9]{0,5})(\\.[0-9]{1,3})?$",
                    examples = "2",
                    nullable = true)
            @JsonFormat(shape = JsonFormat.Shape.STRING)
            @Nullable
            BigDecimal quantity,

            @Schema(
                    description =
                            "The price of the line in the program's currency: a plain decimal; negative for a return"
                                    + " or a discount, zero for what is free",
                    required = true,
                    implementation = String.class,
                    pattern = "^-?(0|[1-9][0-9]{0,14})(\\.[0-9]{1,6})?$",
                    examples = "12.50")
            @JsonFormat(shape = JsonFormat.Shape.STRING)
            @Nullable
            BigDecimal amount,

            @Schema(
                    type = SchemaType.OBJECT,
                    description =
                            "What else is known of the line, as the program's `itemAttributes` name it: texts of 1"
                                    + " to 64 characters",
                    maxProperties = 16,
                    additionalProperties = String.class,
                    examples = "{\"bookingClass\":\"Q\"}",
                    nullable = true)
            @Nullable
            Map<String, String> attributes) {
        private static @Nullable List<ItemView> of(@Nullable List<Receipt.Item> items) {
            return items == null
                    ? null
                    : items.stream()
                            .map(item -> new ItemView(
                                    item.sku(),
                                    item.categories(),
                                    item.quantity() == null ? null : new BigDecimal(item.quantity()),
                                    item.amount() == null ? null : new BigDecimal(item.amount()),
                                    item.attributes()))
                            .toList();
        }

        /** As it is stored. */
        public Receipt.Item receipt() {
            return new Receipt.Item(
                    sku,
                    categories,
                    quantity == null ? null : quantity.toPlainString(),
                    amount == null ? null : amount.toPlainString(),
                    attributes);
        }
    }

    @Schema(name = "By", description = "Who asked for an operation.")
    record ByView(
            @Schema(description = "The id of the key", examples = "7Kq3ZrT0aB9x")
            String id,

            @Schema(description = "Its location; null if it has none", examples = "store-42", nullable = true) @Nullable
            String location) {}

    /** @param zone the program's; null while it cannot be read */
    public static OperationView of(SealedOperation operation, @Nullable ZoneId zone) {
        return of(operation, false, null, List.of(), null, true, zone);
    }

    /**
     * One of the history.
     *
     * @param voided whether a void by key has undone it, or has claimed its key before it arrived
     * @param showsBy whether it is told who asked for it
     */
    public static OperationView past(SealedOperation operation, boolean voided, boolean showsBy, ZoneId zone) {
        return of(operation, false, voided ? true : null, List.of(), null, showsBy, zone);
    }

    /**
     * An operation that a dry run would do: it has no id.
     *
     * @param budgets of the promotions that are open to it
     * @param stock how much is left of the reward; null if it has no stock
     */
    public static OperationView would(
            SealedOperation operation, List<BudgetStateView> budgets, @Nullable String stock, @Nullable ZoneId zone) {
        return of(operation, true, null, budgets, stock, true, zone);
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
            @Nullable Integer programVersion,
            long at,
            Receipt receipt,
            @Nullable String hold,
            String image,
            List<Entry> moved,
            ZoneId zone) {
        Receipt.Contents told = Objects.requireNonNullElseGet(known(receipt::known), Receipt.NONE::contents);
        return new OperationView(
                id,
                type,
                account.id(),
                points,
                null,
                key,
                reference,
                outcome,
                moved.stream().map(EntryView::of).toList(),
                ExplanationView.of(told.explanation()),
                hold == null ? null : known(() -> HoldView.of(HoldStatus.parseKnown(hold), false)),
                type.equals(OperationType.REVERSE.code()) ? target : null,
                voids,
                null,
                programVersion,
                told.occurredAt() == null ? null : Instant.parse(told.occurredAt()),
                told.channel(),
                told.partner(),
                told.store(),
                told.action(),
                told.note(),
                told.reason(),
                told.text(),
                told.amount(),
                told.currency(),
                null,
                null,
                null,
                null,
                ItemView.of(told.items()),
                told.availableOn() == null ? null : LocalDate.parse(told.availableOn()),
                null,
                null,
                null,
                known(() -> BalanceView.of(account, Image.parseKnown(image), at, zone)),
                Instant.ofEpochMilli(at));
    }

    private static List<ExplanationView> explained(SealedOperation operation, Receipt.Contents told) {
        return UnreadableForm.reading(
                UnreadableForm.READS, () -> ExplanationView.of(operation.type(), operation.told(), told.explanation()));
    }

    /** What an earn counts for, by measure; money as a decimal in quotes. */
    private static @Nullable Map<String, Object> measures(SealedOperation operation, Receipt.Contents told) {
        String parts = operation.parts();
        boolean isOfAward = operation.type() == OperationType.EARN || operation.type() == OperationType.ENROL;
        if (parts == null || !isOfAward) {
            return null;
        }
        List<Parts.Measured> counted = UnreadableForm.reading(UnreadableForm.READS, () -> PartsText.measures(parts));
        Map<String, Object> measures = new LinkedHashMap<>();
        for (Parts.Measured each : counted) {
            boolean isMoney =
                    told.moneyMeasures() != null && told.moneyMeasures().contains(each.measure());
            measures.put(each.measure(), isMoney ? money(each.value(), told.currency()) : each.value());
        }
        return measures.isEmpty() ? null : measures;
    }

    private static String money(long minor, @Nullable String currency) {
        int digits = currency == null ? 0 : Currency.getInstance(currency).getDefaultFractionDigits();
        return BigDecimal.valueOf(minor, Math.max(0, digits)).toPlainString();
    }

    private static <T> @Nullable T known(Supplier<T> read) {
        try {
            return read.get();
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static OperationView of(
            SealedOperation operation,
            boolean would,
            @Nullable Boolean voided,
            List<BudgetStateView> budgets,
            @Nullable String stock,
            boolean showsBy,
            @Nullable ZoneId zone) {
        Receipt.Contents told = UnreadableForm.reading(
                UnreadableForm.READS, () -> operation.receipt().contents());
        Paid paid = UnreadableForm.reading(UnreadableForm.READS, () -> Paid.of(operation));
        HoldStatus hold = operation.hold();
        return new OperationView(
                would ? null : operation.id(),
                operation.type().code(),
                operation.account().id(),
                operation.points(),
                told.by() == null || !showsBy
                        ? null
                        : new ByView(told.by().id(), told.by().location()),
                operation.key(),
                operation.reference(),
                operation.outcome(),
                operation.entries().stream().map(EntryView::of).toList(),
                told.explanation() == null && operation.told() != null && !paid.explanation.isEmpty()
                        ? paid.explanation
                        : explained(operation, told),
                hold == null ? null : HoldView.of(hold, would),
                reverses(operation),
                operation.voids(),
                voided,
                operation.programVersion(),
                told.occurredAt() == null ? null : Instant.parse(told.occurredAt()),
                told.channel(),
                told.partner(),
                told.store(),
                told.action(),
                told.note(),
                told.reason(),
                told.text(),
                told.amount(),
                told.currency(),
                paid.reward,
                paid.value,
                paid.rate,
                paid.code,
                ItemView.of(told.items()),
                told.availableOn() == null ? null : LocalDate.parse(told.availableOn()),
                measures(operation, told),
                budgets.isEmpty() ? null : budgets,
                stock,
                BalanceView.after(operation, zone),
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
