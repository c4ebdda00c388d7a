package dev.stampede.account;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.stampede.codec.MemberText;
import dev.stampede.points.Hold;
import dev.stampede.points.LocalDay;
import dev.stampede.points.Lot;
import dev.stampede.points.Maturing;
import dev.stampede.points.MemberPoints;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The basis of every decision: an account's whole state after its newest operation. The Lua library writes it ({@code
 * encode} in 10-json.lua), Postgres stores it with each operation ({@code operation.image}), and this class reads it.
 *
 * <p>A JSON object: {@code head}, {@code version} and {@code at} as below, the fields of {@link MemberPoints} ({@code
 * closed} and {@code spendingFrozen} only where they are true), and if there are any, {@code attributes}, {@code
 * memberCode} and {@code expired}. {@code lots} are rows
 * {@code [day, points]} or {@code [day, points, the day that they were given first]}, {@code maturing} are {@code
 * [matures, day, points]} or the same with that day, {@code holds} are {@code [id, points, expires at, lots]}, then the
 * day of the grace and, as a text, what the hold took besides, where there is one. {@code expired} are the lots that
 * expired unspent; only the Lua library uses them. {@code member} comes last, if it is there.
 *
 * @param head the id of the newest operation
 * @param version the number of the account's operations, including declined ones
 * @param at when the newest operation was decided, in ms since the epoch; the next one is not earlier
 * @param state the points
 * @param attributes the digest of the member's attributes, null if there are none
 * @param memberCode when the newest code was made that the member has shown to spend points, in ms since the epoch;
 *     null if he has shown none
 * @param member what a program knows of the member besides the points ({@link dev.stampede.award.MemberState}): a JSON
 *     object as the Lua library wrote it; null if there is nothing
 * @param text the canonical form, as the Lua library wrote it; digests are computed from it
 */
public record Image(
        UUID head,
        long version,
        long at,
        MemberPoints state,
        @Nullable String attributes,
        @Nullable Long memberCode,
        @Nullable String member,
        String text) {
    /** Changes with the canonical form; an image of another format counts as not loaded. */
    public static final String FORMAT = "3";

    /** The head of an account without operations. */
    public static final UUID NO_HEAD = new UUID(0, 0);

    private static final String MEMBER = ",\"member\":";

    public static final Image BLANK = new Image(
            NO_HEAD,
            0,
            0,
            MemberPoints.BLANK,
            null,
            null,
            null,
            "{\"head\":\"" + NO_HEAD + "\",\"version\":0,\"at\":0,\"enrolled\":false,\"frozen\":false,\"available\":0,"
                    + "\"held\":0,\"pending\":0,\"debt\":0,\"lifetime\":0,\"lots\":[],\"maturing\":[],\"holds\":[]}");

    /** The SHA-1 of the canonical form, in hex, as Redis' {@code sha1hex} computes it. */
    public static String digest(String text) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-1").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-1", e);
        }
    }

    /** @throws IllegalArgumentException if the text is not an image, or has a part that this release does not know */
    public static Image parse(String text) {
        return parse(text, false);
    }

    /**
     * The readable part of an image that a newer release may have written: only for showing it, never for a decision.
     *
     * @throws IllegalArgumentException if the text is not an image
     */
    public static Image parseKnown(String text) {
        return parse(text, true);
    }

    private static Image parse(String text, boolean knownOnly) {
        UUID head = null;
        long version = -1;
        long at = 0;
        boolean enrolled = false;
        boolean frozen = false;
        boolean closed = false;
        boolean spendingFrozen = false;
        long available = 0;
        long held = 0;
        long pending = 0;
        long debt = 0;
        long lifetime = 0;
        // a newer release may leave out empty parts
        List<Lot> lots = knownOnly ? List.of() : null;
        List<Maturing> maturing = knownOnly ? List.of() : null;
        List<Hold> holds = knownOnly ? List.of() : null;
        String attributes = null;
        Long memberCode = null;
        String member = null;
        try (JsonParser json = Json.FACTORY.createParser(text)) {
            Json.expect(json.nextToken(), JsonToken.START_OBJECT, json);
            for (String field = json.nextFieldName(); field != null; field = json.nextFieldName()) {
                switch (field) {
                    case "head" -> head = Json.uuid(json);
                    case "version" -> version = Json.number(json);
                    case "at" -> at = Json.number(json);
                    case "enrolled" -> enrolled = Json.bool(json);
                    case "frozen" -> frozen = Json.bool(json);
                    case "closed" -> closed = Json.bool(json);
                    case "spendingFrozen" -> spendingFrozen = Json.bool(json);
                    case "available" -> available = Json.number(json);
                    case "held" -> held = Json.number(json);
                    case "pending" -> pending = Json.number(json);
                    case "debt" -> debt = Json.number(json);
                    case "lifetime" -> lifetime = Json.number(json);
                    case "lots" -> lots = Json.lots(json);
                    case "maturing" -> maturing = maturing(json);
                    case "holds" -> holds = holds(json);
                    case "attributes" -> attributes = Json.string(json);
                    case "memberCode" -> memberCode = Json.number(json);
                    case "member" -> member = Json.object(json, text);
                    case "expired" -> { // only decisions need this field
                        if (knownOnly) {
                            skip(json);
                        } else {
                            var unused = Json.lots(json);
                        }
                    }
                    default -> {
                        if (!knownOnly) {
                            throw new IOException("unknown field " + field);
                        }
                        skip(json);
                    }
                }
            }
            Json.expect(json.currentToken(), JsonToken.END_OBJECT, json);
            Json.expect(json.nextToken(), null, json);
        } catch (IOException | IllegalStateException e) {
            throw new IllegalArgumentException("not an image", e);
        }
        if (head == null || version < 0 || lots == null || maturing == null || holds == null) {
            throw new IllegalArgumentException("not an image: a field is missing");
        }
        if (member != null && !knownOnly && !isLast(member, text)) {
            throw new IllegalArgumentException("not an image: the Lua library could not find the end of its member");
        }
        return new Image(
                head,
                version,
                at,
                new MemberPoints(
                        enrolled,
                        frozen,
                        spendingFrozen,
                        closed,
                        available,
                        held,
                        pending,
                        debt,
                        lifetime,
                        lots,
                        maturing,
                        holds),
                attributes,
                memberCode,
                member,
                text);
    }

    private static boolean isLast(String member, String text) {
        int at = text.length() - 1 - member.length() - MEMBER.length();
        return text.endsWith("}") && text.startsWith(MEMBER, at) && text.startsWith(member, at + MEMBER.length());
    }

    /** Whether the text is that of the member's attributes. */
    public boolean has(@Nullable String attributesText) {
        return attributes == null
                ? attributesText == null
                : attributesText != null && attributes.equals(digest(attributesText));
    }

    /**
     * Those attributes that rules go by, with the days since when the member has them: the end of a canonical text of
     * the member. Null if there are none.
     */
    static @Nullable String attributesOf(@Nullable String member) {
        if (member == null) {
            return null;
        }
        int at = member.indexOf("\"attributes\":["); // no value has a quote without a backslash
        return at < 0 ? null : member.substring(at);
    }

    /** The tier that is granted by hand, of a canonical text of the member. Null if none is. */
    static @Nullable String grantOf(@Nullable String member) {
        if (member == null) {
            return null;
        }
        String name = "\"grant\":\"";
        int at = member.indexOf(name);
        return at < 0 ? null : member.substring(at + name.length(), member.indexOf('"', at + name.length()));
    }

    /**
     * The next time at which time alone changes the account, in ms since the epoch; 0 if never.
     *
     * @param zone the program's
     */
    public long dueAt(ZoneId zone) {
        return dueAt(zone, Long.MIN_VALUE);
    }

    /** The same after a lapse: titles that are over all the same will not end while the program has no levels. */
    long dueAfterLapse(ZoneId zone) {
        return dueAt(zone, LocalDay.number(at, zone));
    }

    private long dueAt(ZoneId zone, long from) {
        long due = state.dueAt(zone);
        Long end = member == null ? null : MemberText.readEnds(member).nextEnd(from);
        if (end == null) {
            return due;
        }
        long over = LocalDay.start(end + 1, zone);
        return due == 0 ? over : Math.min(due, over);
    }

    private static void skip(JsonParser json) throws IOException {
        json.nextToken();
        json.skipChildren();
    }

    private static List<Maturing> maturing(JsonParser json) throws IOException {
        Json.expect(json.nextToken(), JsonToken.START_ARRAY, json);
        List<Maturing> rows = new ArrayList<>(0);
        while (json.nextToken() == JsonToken.START_ARRAY) {
            long matures = Json.number(json);
            long day = Json.number(json);
            long points = Json.number(json);
            boolean extended = json.nextToken() == JsonToken.VALUE_NUMBER_INT;
            rows.add(new Maturing(matures, day, points, extended ? json.getLongValue() : day));
            if (extended) {
                json.nextToken();
            }
        }
        return rows;
    }

    private static List<Hold> holds(JsonParser json) throws IOException {
        Json.expect(json.nextToken(), JsonToken.START_ARRAY, json);
        List<Hold> holds = new ArrayList<>(0);
        while (json.nextToken() == JsonToken.START_ARRAY) {
            UUID id = Json.uuid(json);
            long points = Json.number(json);
            long expiresAt = Json.number(json);
            List<Lot> lots = Json.lots(json);
            Long graceOn = json.nextToken() == JsonToken.VALUE_NUMBER_INT ? json.getLongValue() : null;
            if (graceOn != null) {
                json.nextToken();
            }
            String taken = json.currentToken() == JsonToken.VALUE_STRING ? json.getText() : null;
            if (taken != null) {
                json.nextToken();
            }
            holds.add(new Hold(id, points, expiresAt, lots, graceOn, taken));
        }
        return holds;
    }
}
