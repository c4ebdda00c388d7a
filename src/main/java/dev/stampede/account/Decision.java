package dev.stampede.account;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.List;
import java.util.UUID;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The Lua library's decision on one operation.
 *
 * @param prev the head on which it was decided
 * @param digest the digest of the image on which it was decided
 * @param version the account's version after the operation
 * @param at the time of the decision, in ms since the epoch
 * @param outcome {@code ok}, or the code of the refusal
 * @param points the change of {@code available}, without the changes by time before it
 * @param lapsed whether the first entries record changes by time
 * @param entries the movements; none if the operation was declined
 * @param hold the hold that the operation created or ended, or null
 * @param target the operation that this one undoes (or the hold that it ends), or null
 * @param reversedBefore how many points of the target were undone before
 * @param reversed how many points of the target this operation undoes
 * @param step how many operations undid the target before; 0 if there is no target
 * @param basis of a decline: the operation on whose state the decline rests, or null; Postgres checks it
 * @param rests the state on which the decline rests, as the Lua library writes it
 * @param created whether the operation enrolled the member
 * @param parts what of its effects beside the points later operations can undo, a JSON text; of an operation that
 *     undoes another: what is left of that one; null if there is nothing
 * @param told what its answer tells besides, a JSON text; null if there is nothing
 * @param uses what it takes of shared totals, and gives back, in the order of the budgets
 */
public record Decision(
        UUID prev,
        String digest,
        long version,
        long at,
        String outcome,
        long points,
        boolean lapsed,
        List<Entry> entries,
        @Nullable HoldStatus hold,
        @Nullable UUID target,
        long reversedBefore,
        long reversed,
        long step,
        @Nullable UUID basis,
        @Nullable String rests,
        boolean created,
        @Nullable String parts,
        @Nullable String told,
        List<BudgetUse> uses) {
    public static final String OK = "ok";

    public boolean ok() {
        return outcome.equals(OK);
    }

    /** The operation that this one undoes or on which its decline rests; null if there is none. */
    public @Nullable UUID judged() {
        return target != null ? target : basis;
    }

    /** The sum of a measure over the entries of one type. */
    long sum(String type, ToLongFunction<Entry> points) {
        long sum = 0;
        for (Entry entry : entries) {
            if (entry.type().equals(type)) {
                sum += points.applyAsLong(entry);
            }
        }
        return sum;
    }

    static Decision parse(String text) throws IOException {
        UUID prev = null;
        String digest = null;
        long version = 0;
        long at = 0;
        String outcome = null;
        long points = 0;
        boolean lapsed = false;
        List<Entry> entries = List.of();
        HoldStatus hold = null;
        UUID target = null;
        long reversedBefore = 0;
        long reversed = 0;
        long step = 0;
        UUID basis = null;
        String rests = null;
        boolean created = false;
        String parts = null;
        String told = null;
        List<BudgetUse> uses = List.of();
        try (JsonParser json = Json.FACTORY.createParser(text)) {
            Json.expect(json.nextToken(), JsonToken.START_OBJECT, json);
            for (String field = json.nextFieldName(); field != null; field = json.nextFieldName()) {
                switch (field) {
                    case "prev" -> prev = Json.uuid(json);
                    case "digest" -> digest = Json.string(json);
                    case "version" -> version = Json.number(json);
                    case "at" -> at = Json.number(json);
                    case "outcome" -> outcome = Json.string(json);
                    case "points" -> points = Json.number(json);
                    case "lapsed" -> lapsed = Json.bool(json);
                    case "entries" -> entries = Entry.list(json);
                    case "hold" -> hold = HoldStatus.read(json);
                    case "target" -> target = Json.uuid(json);
                    case "reversedBefore" -> reversedBefore = Json.number(json);
                    case "reversed" -> reversed = Json.number(json);
                    case "step" -> step = Json.number(json);
                    case "basis" -> basis = Json.uuid(json);
                    case "rests" -> rests = Json.string(json);
                    case "created" -> created = Json.bool(json);
                    case "parts" -> parts = Json.string(json);
                    case "told" -> told = Json.string(json);
                    case "uses" -> uses = BudgetUse.list(json);
                    default -> throw new IOException("unknown field " + field);
                }
            }
        }
        if (prev == null || digest == null || outcome == null) {
            throw new IOException("the decision is incomplete");
        }
        return new Decision(
                prev,
                digest,
                version,
                at,
                outcome,
                points,
                lapsed,
                entries,
                hold,
                target,
                reversedBefore,
                reversed,
                step,
                basis,
                rests,
                created,
                parts,
                told,
                uses);
    }
}
