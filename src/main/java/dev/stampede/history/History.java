package dev.stampede.history;

import dev.stampede.account.AccountId;
import dev.stampede.account.HoldStatus;
import dev.stampede.account.SealedOperation;
import dev.stampede.account.UnreadableForm;
import dev.stampede.gateway.ConsoleReads;
import dev.stampede.gateway.Unavailable;
import dev.stampede.http.view.OperationView;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.ZoneId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.hibernate.reactive.mutiny.Mutiny;
import org.jspecify.annotations.Nullable;

/** Reads sealed operations. A page takes two queries: one for the operations, one for all their entries. */
@ApplicationScoped
public class History {
    private static final String OF_ACCOUNT = "o.lane = :lane and o.program = :program and o.account = :account";

    private final Mutiny.SessionFactory sessions;
    private final HistoryConfig config;
    private final AtomicInteger pages = new AtomicInteger();

    History(Mutiny.SessionFactory sessions, HistoryConfig config) {
        this.sessions = sessions;
        this.config = config;
    }

    /** Operations, newest first, at most {@code limit}. */
    Uni<List<Told>> page(AccountId account, HistoryQuery asked, int limit) {
        StringBuilder where = new StringBuilder(OF_ACCOUNT).append(" and o.version < :before");
        Map<String, Object> values = new HashMap<>();
        values.put("lane", account.lane());
        values.put("program", account.program());
        values.put("account", account.id());
        values.put("before", asked.before());
        if (asked.key() == null || asked.declined()) {
            where.append(asked.declined() ? " and o.outcome <> 'ok'" : " and o.outcome = 'ok'");
        }
        if (asked.type() != null) {
            where.append(" and o.type = :type");
            values.put("type", asked.type().code());
        }
        if (asked.from() != null) {
            where.append(" and o.createdAt >= :from");
            values.put("from", asked.from());
        }
        if (asked.to() != null) {
            where.append(" and o.createdAt < :to");
            values.put("to", asked.to());
        }
        if (asked.key() != null) {
            where.append(" and o.idempotencyKey = :key");
            values.put("key", asked.key());
        }
        if (asked.reference() != null) {
            where.append(" and o.reference = :reference");
            values.put("reference", asked.reference());
        }
        return read("from OperationRow o where " + where + " order by o.version desc", values, limit);
    }

    /** Any operation: an empty list if there is none at all. */
    Uni<List<Told>> any() {
        return read("from OperationRow o where o.lane >= :lane", Map.of("lane", (short) 0), 1);
    }

    /** Null if the account has no such operation. */
    Uni<@Nullable Told> one(AccountId account, UUID id) {
        // by the id alone: with the account in the condition, Postgres may read the account's whole history
        Map<String, Object> values = Map.of("lane", account.lane(), "id", id);
        return read("from OperationRow o where o.lane = :lane and o.id = :id", values, 1)
                .map(found -> found.stream()
                        .filter(told -> told.row().accountId().equals(account))
                        .findFirst()
                        .orElse(null));
    }

    /**
     * The same in full. Fails with {@link Unavailable} if a newer release has written it so that it can't be read.
     *
     * @return null if the account has no such operation
     */
    public Uni<@Nullable SealedOperation> sealed(AccountId account, UUID id) {
        return one(account, id).map(found -> {
            try {
                return found == null
                        ? null
                        : UnreadableForm.reading(found.row.format, () -> found.row.sealed(found.entries));
            } catch (UnreadableForm e) {
                throw new Unavailable(Unavailable.Code.UNAVAILABLE, e.getMessage(), e);
            }
        });
    }

    /** Holds created before this version, newest first, at most {@code limit}. */
    Uni<List<HeldRow>> holds(AccountId account, long before, int limit) {
        Map<String, Object> values = Map.of(
                "lane", account.lane(),
                "program", account.program(),
                "account", account.id(),
                "before", before);
        return holds(
                "from OperationRow o where " + OF_ACCOUNT + " and o.version < :before and o.type = 'hold'"
                        + " and o.outcome = 'ok' order by o.version desc",
                values,
                limit);
    }

    /** Null if the account has no such hold. */
    Uni<@Nullable HeldRow> hold(AccountId account, UUID id) {
        // by the id alone, as in `one`
        return holds(
                        "from OperationRow o where o.lane = :lane and o.id = :id",
                        Map.of("lane", account.lane(), "id", id),
                        1)
                .map(found -> found.stream()
                        .filter(row -> row.made().isHoldOf(account))
                        .findFirst()
                        .orElse(null));
    }

    /** An operation and its entries. */
    record Told(OperationRow row, List<EntryRow> entries) {
        OperationView view(boolean showsBy, ZoneId zone) {
            return row.view(entries, showsBy, zone);
        }
    }

    /** A hold and the operation that ended it; null if none has. */
    record HeldRow(OperationRow made, @Nullable OperationRow end) {
        /** @throws UnreadableForm if a newer release has written it in a form that cannot be shown */
        HoldStatus at(long nowMs) {
            return made.holdAt(nowMs, end);
        }
    }

    private Uni<List<HeldRow>> holds(String query, Map<String, Object> values, int limit) {
        return bounded(session -> {
            var rows = session.createQuery(query, OperationRow.class).setReadOnly(true);
            values.forEach(rows::setParameter);
            return rows.setMaxResults(limit).getResultList().chain(made -> withEnds(session, made));
        });
    }

    /**
     * Finds the operations that ended holds: a capture or a void names the hold as its target, an expiry needs no
     * operation.
     */
    private static Uni<List<HeldRow>> withEnds(Mutiny.Session session, List<OperationRow> made) {
        if (made.isEmpty()) {
            return Uni.createFrom().item(List.of());
        }
        return session.createQuery(
                        "from OperationRow o where o.lane = :lane and o.target in :holds order by o.version",
                        OperationRow.class)
                .setReadOnly(true)
                .setParameter("lane", made.get(0).lane)
                .setParameter("holds", made.stream().map(row -> row.id).toList())
                .getResultList()
                .map(ends -> {
                    Map<UUID, OperationRow> first =
                            ends.stream().collect(Collectors.toMap(row -> row.target, row -> row, (one, later) -> one));
                    return made.stream()
                            .filter(row -> row.hold != null)
                            .map(row -> new HeldRow(row, first.get(row.id)))
                            .toList();
                });
    }

    private Uni<List<Told>> read(String query, Map<String, Object> values, int limit) {
        return bounded(session -> {
            var rows = session.createQuery(query, OperationRow.class).setReadOnly(true);
            values.forEach(rows::setParameter);
            return rows.setMaxResults(limit).getResultList().chain(found -> withEntries(session, found));
        });
    }

    private static Uni<List<Told>> withEntries(Mutiny.Session session, List<OperationRow> operations) {
        if (operations.isEmpty()) {
            return Uni.createFrom().item(List.of());
        }
        // a page belongs to one account, and therefore to one lane
        return session.createQuery(
                        "from EntryRow e where e.lane = :lane and e.operation in :operations order by e.operation, e.n",
                        EntryRow.class)
                .setReadOnly(true)
                .setParameter("lane", operations.get(0).lane)
                .setParameter(
                        "operations", operations.stream().map(row -> row.id).toList())
                .getResultList()
                .map(rows -> {
                    Map<UUID, List<EntryRow>> byOperation =
                            rows.stream().collect(Collectors.groupingBy(row -> row.operation));
                    return operations.stream()
                            .map(row -> new Told(row, byOperation.getOrDefault(row.id, List.of())))
                            .toList();
                });
    }

    /**
     * Reads a page; the number of pages at a time is limited. Its time is limited both for the caller and for
     * Postgres: statements have a time-out, and a silent connection is closed. A caller that stops waiting does not
     * cancel the read: the place and the connection are given back when Postgres has answered, not before.
     */
    private <T> Uni<T> bounded(Function<Mutiny.Session, Uni<T>> question) {
        return Uni.createFrom()
                .deferred(() -> admitted(question))
                .ifNoItem()
                .after(config.timeout())
                .fail()
                .onFailure(Unavailable::isOfPostgres)
                .transform(e -> new Unavailable(
                        Unavailable.Code.UNAVAILABLE, "The history cannot be read now. Try again later.", e));
    }

    private <T> Uni<T> admitted(Function<Mutiny.Session, Uni<T>> question) {
        boolean ofConsole = ConsoleReads.isCurrent(); // takes none of these places: it has its own
        if (!ofConsole && pages.incrementAndGet() > config.maxPages()) {
            pages.decrementAndGet();
            return Uni.createFrom()
                    .failure(new Unavailable(
                            Unavailable.Code.OVERLOADED, "Too many pages of history are being read. Try again later."));
        }
        // deferred: what it throws is a failure like any other, and gives the place back
        return Uni.createFrom()
                .deferred(() ->
                        sessions.withTransaction(session -> session.createNativeQuery("SET LOCAL statement_timeout = "
                                        + ConsoleReads.timeout(config.timeout()).toMillis())
                                .executeUpdate()
                                .chain(v -> question.apply(session))))
                .onTermination()
                .invoke(() -> pages.addAndGet(ofConsole ? 0 : -1))
                .memoize()
                .indefinitely(); // does not pass on a cancellation
    }
}
