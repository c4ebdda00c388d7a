package dev.stampede.history;

import dev.stampede.account.Entry;
import dev.stampede.points.Lot;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;
import java.io.Serializable;
import java.util.List;
import java.util.UUID;
import org.hibernate.annotations.Immutable;

/** A movement of points as the database has it; the migration describes the columns. */
@Entity
@Immutable
@Table(name = "entry")
@IdClass(EntryRow.Key.class)
class EntryRow {
    record Key(short lane, UUID operation, short n) implements Serializable {}

    @Id
    short lane;

    @Id
    UUID operation;

    @Id
    short n;

    String type;

    long available;

    long held;

    long pending;

    long debt;

    @Column(name = "available_after")
    long availableAfter;

    @Column(name = "held_after")
    long heldAfter;

    @Column(name = "pending_after")
    long pendingAfter;

    @Column(name = "debt_after")
    long debtAfter;

    String lots;

    /** @throws IllegalArgumentException if its lots cannot be read */
    Entry entry() {
        return with(Entry.parseLots(lots));
    }

    /** The same, without its lots if they cannot be read. */
    Entry known() {
        try {
            return entry();
        } catch (IllegalArgumentException e) {
            return with(List.of());
        }
    }

    private Entry with(List<Lot> moved) {
        return new Entry(
                type, available, held, pending, debt, availableAfter, heldAfter, pendingAfter, debtAfter, moved);
    }
}
