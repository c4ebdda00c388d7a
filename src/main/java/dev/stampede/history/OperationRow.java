package dev.stampede.history;

import dev.stampede.account.AccountId;
import dev.stampede.account.Decision;
import dev.stampede.account.HoldStatus;
import dev.stampede.account.Image;
import dev.stampede.account.OperationType;
import dev.stampede.account.Receipt;
import dev.stampede.account.SealedOperation;
import dev.stampede.account.UnreadableForm;
import dev.stampede.http.view.OperationView;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;
import java.io.Serializable;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.hibernate.annotations.Immutable;
import org.jspecify.annotations.Nullable;

/** A sealed operation as the database has it; the migration describes the columns. */
@Entity
@Immutable
@Table(name = "operation")
@IdClass(OperationRow.Key.class)
class OperationRow {
    record Key(short lane, String program, String account, long version) implements Serializable {}

    @Id
    short lane;

    @Id
    String program;

    @Id
    String account;

    @Id
    long version;

    UUID id;

    String type;

    String outcome;

    @Column(name = "key")
    @Nullable
    String idempotencyKey;

    @Nullable
    String reference;

    long points;

    @Nullable
    UUID target;

    @Nullable
    String voids;

    @Column(name = "created_at")
    Instant createdAt;

    @Column(name = "program_version")
    @Nullable
    Integer programVersion;

    @Nullable
    String parts;

    @Nullable
    String told;

    @Nullable
    String detail;

    @Nullable
    String hold;

    String image;

    short format;

    boolean isHoldOf(AccountId id) {
        return type.equals(OperationType.HOLD.code())
                && outcome.equals(Decision.OK)
                && program.equals(id.program())
                && account.equals(id.id());
    }

    /**
     * The state at this time of the hold that this operation created.
     *
     * @param end the operation that ended it, null if none has; a void by key may also name a hold that had expired
     * @throws UnreadableForm if a newer release has written one of the two in a form that cannot be shown
     */
    HoldStatus holdAt(long nowMs, @Nullable OperationRow end) {
        HoldStatus then = known(Objects.requireNonNull(hold));
        if (end == null) {
            return then.expiresAt() > nowMs ? then : then.as("expired");
        }
        return end.hold == null ? then.as("voided") : known(end.hold);
    }

    private static HoldStatus known(String hold) {
        return UnreadableForm.reading(UnreadableForm.READS, () -> HoldStatus.parseKnown(hold));
    }

    AccountId accountId() {
        return new AccountId(lane, program, account);
    }

    /**
     * The operation as callers see it; of one that a newer release has written, the readable part.
     *
     * @param showsBy whether it is told who asked for it
     * @param zone the program's
     */
    OperationView view(List<EntryRow> entries, boolean showsBy, ZoneId zone) {
        try {
            return UnreadableForm.reading(format, () -> OperationView.past(sealed(entries), false, showsBy, zone));
        } catch (UnreadableForm e) {
            return OperationView.known(
                    id,
                    accountId(),
                    type,
                    outcome,
                    idempotencyKey,
                    reference,
                    points,
                    target,
                    voids,
                    programVersion,
                    createdAt.toEpochMilli(),
                    Receipt.stored(detail),
                    hold,
                    image,
                    entries.stream().map(EntryRow::known).toList(),
                    zone);
        }
    }

    SealedOperation sealed(List<EntryRow> entries) {
        return new SealedOperation(
                id,
                accountId(),
                OperationType.of(type),
                idempotencyKey,
                null,
                reference,
                voids,
                outcome,
                version,
                createdAt.toEpochMilli(),
                points,
                entries.stream().map(EntryRow::entry).toList(),
                hold == null ? null : HoldStatus.parse(hold),
                target,
                null,
                programVersion,
                parts,
                told,
                Receipt.stored(detail),
                Image.parse(image));
    }
}
