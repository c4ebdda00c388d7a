package dev.stampede.history;

import dev.stampede.account.OperationType;
import dev.stampede.account.SealedOperation;
import dev.stampede.http.problem.ProblemException;
import dev.stampede.http.request.CallReader;
import dev.stampede.http.request.Fields;
import dev.stampede.http.request.PageQuery;
import dev.stampede.http.request.Reference;
import java.time.Instant;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The operations that are asked for.
 *
 * @param before only versions below this one
 * @param type of the operations, null for all
 * @param declined the declined operations instead of those that were done
 */
record HistoryQuery(
        long before,
        int limit,
        @Nullable OperationType type,
        boolean declined,
        @Nullable Instant from,
        @Nullable Instant to,
        @Nullable String reference,
        @Nullable String key) {
    private static final String DECLINED = "declined";

    static final String[] PARAMETERS = {"cursor", "limit", "type", "from", "to", "reference", "key"};

    static HistoryQuery read(CallReader calls) {
        String type = calls.query("type");
        boolean declined = DECLINED.equals(type);
        String from = calls.query("from");
        String to = calls.query("to");
        PageQuery page = PageQuery.read(calls);
        return new HistoryQuery(
                page.before(),
                page.limit(),
                type == null || declined ? null : type(type),
                declined,
                from == null ? null : Fields.time("from", from),
                to == null ? null : Fields.time("to", to),
                calls.text("reference", Reference.MAX_LENGTH),
                calls.text("key", Reference.MAX_LENGTH));
    }

    private static OperationType type(String code) {
        return Arrays.stream(OperationType.values())
                .filter(type -> type.code().equals(code) && type != OperationType.TOMBSTONE)
                .findFirst()
                .orElseThrow(() -> ProblemException.malformed("type is unknown."));
    }

    /** Whether an operation that was found by its key also matches the other filters. */
    boolean accepts(SealedOperation operation) {
        Instant at = Instant.ofEpochMilli(operation.at());
        return operation.version() < before
                && (type == null || operation.type() == type)
                && (!declined || !operation.ok())
                && (from == null || !at.isBefore(from))
                && (to == null || at.isBefore(to))
                && (reference == null || reference.equals(operation.reference()));
    }
}
