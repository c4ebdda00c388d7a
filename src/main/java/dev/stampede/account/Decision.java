package dev.stampede.account;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.List;
import java.util.UUID;
import java.util.function.ToLongFunction;

/**
 * What the Lua library decided of one operation.
 *
 * @param prev the head that it was decided on
 * @param digest the digest of the image that it was decided on
 * @param version the account's version after it
 * @param at the time of the decision, in ms since the epoch
 * @param outcome {@code ok}, or the code of the refusal
 * @param points what it did to {@code available}, without what time had done before
 * @param lapsed whether its first entries write down what time had done
 * @param entries the movements; none if it was declined
 * @param hold the hold that it made or ended, or null
 * @param target the operation that it undoes (or hold that it ends), or null
 * @param reversedBefore how many points of the target were undone before
 * @param reversed how many points of the target it undoes
 * @param basis of a decline: the operation on whose state it rests, or null; Postgres judges it
 * @param rests that state, as the Lua library keeps it
 * @param created whether it enrolled the member
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
        HoldStatus hold,
        UUID target,
        long reversedBefore,
        long reversed,
        UUID basis,
        String rests,
        boolean created) {
    public static final String OK = "ok";

    public boolean ok() {
        return outcome.equals(OK);
    }

    /** The operation that this one undoes or rests on; null if there is none. */
    public UUID judged() {
        return target != null ? target : basis;
    }

    /** What the entries of a type do together, by that measure. */
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
        UUID basis = null;
        String rests = null;
        boolean created = false;
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
                    case "basis" -> basis = Json.uuid(json);
                    case "rests" -> rests = Json.string(json);
                    case "created" -> created = Json.bool(json);
                    default -> throw new IOException("unknown field " + field);
                }
            }
        }
        if (prev == null || digest == null || outcome == null) {
            throw new IOException("not a whole decision");
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
                basis,
                rests,
                created);
    }
}
