package dev.stampede.seal;

import dev.stampede.account.AccountId;
import dev.stampede.account.Decision;
import dev.stampede.account.Entry;
import dev.stampede.account.HoldStatus;
import dev.stampede.account.Image;
import dev.stampede.account.LedgerSnapshot;
import dev.stampede.account.OperationType;
import dev.stampede.account.Receipt;
import dev.stampede.account.SealedOperation;
import dev.stampede.account.TargetFacts;
import dev.stampede.account.UnreadableForm;
import dev.stampede.points.Lot;
import dev.stampede.points.Refusal;
import io.vertx.sqlclient.Row;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The result of a look-up of an operation, by id or key, read under the account's row lock. It is the only read on
 * which an answer may rest.
 *
 * @param version the number of the account's operations; 0 if it has none
 * @param head the id of the newest operation
 * @param digest of the account's image
 * @param headFormat the format of that image
 * @param headImage that image, null if there is none
 * @param attributes the member's attributes, null if there are none
 * @param operation the operation that was looked up, null if there is none
 * @param reversible how many of its points could be undone originally
 * @param reversed how many of these points have been undone
 * @param voided whether a void by key has undone it, or has claimed its key before it arrived
 * @param steps how many operations have undone it, also 0 points of it
 * @param endedBy the type of the operation that ended a hold, else null
 * @param leftParts what is left of its effects beside the points, a JSON text; null if there was nothing
 */
public record LedgerLookup(
        long version,
        UUID head,
        String digest,
        int headFormat,
        @Nullable String headImage,
        @Nullable String attributes,
        @Nullable SealedOperation operation,
        long reversible,
        long reversed,
        boolean voided,
        long steps,
        @Nullable String endedBy,
        @Nullable String leftParts) {

    static final LedgerLookup NO_ACCOUNT = new LedgerLookup(
            0, Image.NO_HEAD, Image.digest(Image.BLANK.text()), 0, null, null, null, 0, 0, false, 0, null, null);

    /** A tombstone counts as voided, even if its void was lost. */
    @Override
    public boolean voided() {
        return voided || (operation != null && operation.type() == OperationType.TOMBSTONE);
    }

    /** @throws UnreadableForm if a newer release has written the operation */
    static LedgerLookup read(AccountId account, Row row) {
        Short headFormat = row.getShort("head_format");
        return new LedgerLookup(
                row.getLong("head_version"),
                row.getUUID("head"),
                row.getString("digest"),
                headFormat == null ? 0 : headFormat,
                row.getString("head_image"),
                row.getString("attributes"),
                row.getUUID("id") == null
                        ? null
                        : UnreadableForm.reading(row.getShort("format"), () -> sealed(account, row)),
                row.getUUID("id") == null ? 0 : row.getLong("reversible"),
                row.getUUID("id") == null ? 0 : row.getLong("reversed"),
                row.getUUID("id") != null && row.getBoolean("voided"),
                row.getLong("steps"),
                row.getString("ended_by"),
                row.getString("left_parts"));
    }

    private static SealedOperation sealed(AccountId account, Row row) {
        String hold = row.getString("hold");
        return new SealedOperation(
                row.getUUID("id"),
                account,
                OperationType.of(row.getString("type")),
                row.getString("key"),
                row.getString("fingerprint"),
                row.getString("reference"),
                row.getString("voids"),
                known(row.getString("outcome")),
                row.getLong("version"),
                row.getLong("created_at_ms"),
                row.getLong("points"),
                Entry.parse(row.getString("entries")),
                hold == null ? null : HoldStatus.parse(hold),
                row.getUUID("target"),
                row.getLong("matures"),
                row.getInteger("program_version"),
                row.getString("parts"),
                row.getString("told"),
                Receipt.stored(row.getString("detail")),
                Image.parse(row.getString("image")));
    }

    /** @throws IllegalArgumentException if there is no outcome of this name */
    private static String known(String outcome) {
        return outcome.equals(Decision.OK) ? outcome : Refusal.of(outcome).code();
    }

    /**
     * The account as Postgres has it, without its keys.
     *
     * @throws UnreadableForm if a newer release has written it
     */
    public LedgerSnapshot account() {
        return headImage == null ? LedgerSnapshot.BLANK : new LedgerSnapshot(image(headImage), attributes, List.of());
    }

    /** Whether a newer release has written the account's newest operation. */
    public boolean isUnreadable() {
        try {
            return headImage != null && image(headImage) == null;
        } catch (UnreadableForm e) {
            return true;
        }
    }

    private Image image(String text) {
        return UnreadableForm.reading(headFormat, () -> Image.parse(text));
    }

    /** The facts that the Lua library needs to undo this operation, or to say why it cannot be undone. */
    public TargetFacts facts() {
        if (operation == null) {
            return TargetFacts.absent(head, version);
        }
        List<Lot> lots = List.of();
        Long on = null;
        for (Entry entry : operation.entries()) {
            switch (entry.type()) {
                case "redeem", "capture" -> lots = negative(entry.lots());
                case "earn" ->
                    on = entry.lots().isEmpty() ? null : entry.lots().get(0).day();
                case "adjust" -> {
                    if (entry.available() > 0) {
                        on = entry.lots().get(0).day();
                    } else {
                        lots = negative(entry.lots());
                    }
                }
                default -> {}
            }
        }
        return new TargetFacts(
                head,
                version,
                operation.id(),
                // what an enrolment gave is undone like an earn
                operation.type() == OperationType.ENROL && operation.parts() != null
                        ? OperationType.EARN.code()
                        : operation.type().code(),
                !operation.ok(),
                reversible,
                lots,
                on,
                operation.matures(),
                reversed,
                voided,
                steps,
                operation.type() == OperationType.HOLD && operation.ok() ? holdState(operation.id()) : null,
                operation.ok() ? operation.told() : null,
                leftParts,
                operation.receipt());
    }

    private static List<Lot> negative(List<Lot> lots) {
        return lots.stream().map(lot -> lot.of(-lot.points())).toList();
    }

    private String holdState(UUID hold) {
        if ("capture".equals(endedBy)) {
            return "captured";
        }
        if (endedBy != null) {
            return "voided";
        }
        boolean open = image(Objects.requireNonNull(headImage)) // where an operation is, there is one
                .state()
                .holds()
                .stream()
                .anyMatch(each -> each.id().equals(hold));
        return open ? "open" : "expired";
    }
}
