package dev.stampede.account;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import dev.stampede.points.Lot;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What Postgres knows of the operation that another one undoes, and the head at which it was read. History does not
 * change: all fields but {@code reversed}, {@code voided}, {@code steps}, {@code state} and {@code parts} are valid for
 * ever. These five are valid only as long as the account's image still knows that head.
 *
 * @param id of the operation, null if no operation has that key
 * @param points how many of its points could be undone originally
 * @param lots the lots that a redeem, a capture or an adjustment consumed, in that order
 * @param on the day of the lot that an earn or an adjustment created; null if it created none
 * @param matures the day on which an earn's points matured, or null
 * @param reversed how many of its points have been undone
 * @param voided whether a void by key has undone it
 * @param steps how many operations have undone it, also 0 points of it
 * @param state of a hold: {@code open}, {@code captured}, {@code voided}, {@code expired}; else null
 * @param told what its answer tells besides, a JSON text, or null
 * @param parts what is left of its effects beside the points, a JSON text, or null: an operation made of them is
 *     refused once another one has undone the same target
 * @param receipt what the caller said of it
 */
public record TargetFacts(
        UUID head,
        long headVersion,
        @Nullable UUID id,
        @Nullable String type,
        boolean declined,
        long points,
        List<Lot> lots,
        @Nullable Long on,
        @Nullable Long matures,
        long reversed,
        boolean voided,
        long steps,
        @Nullable String state,
        @Nullable String told,
        @Nullable String parts,
        Receipt receipt) {

    /** No operation was found at that head. */
    public static TargetFacts absent(UUID head, long headVersion) {
        return new TargetFacts(
                head,
                headVersion,
                null,
                null,
                false,
                0,
                List.of(),
                null,
                null,
                0,
                false,
                0,
                null,
                null,
                null,
                Receipt.NONE);
    }

    /** The JSON that the Lua library reads. */
    public String text() {
        StringBuilder out = new StringBuilder(256)
                .append("{\"head\":\"")
                .append(head)
                .append("\",\"headVersion\":")
                .append(headVersion);
        if (id != null) {
            out.append(",\"id\":\"").append(id).append("\",\"type\":\"").append(type);
            out.append("\",\"declined\":")
                    .append(declined)
                    .append(",\"points\":")
                    .append(points);
            out.append(",\"lots\":");
            Json.writeLots(out, lots);
            if (on != null) {
                out.append(",\"on\":").append(on);
            }
            if (matures != null) {
                out.append(",\"matures\":").append(matures);
            }
            out.append(",\"reversed\":").append(reversed).append(",\"voided\":").append(voided);
            out.append(",\"steps\":").append(steps);
            if (parts != null) {
                out.append(",\"parts\":true"); // what they are, Java has made the operation of
            }
            if (told != null && ("redeem".equals(type) || "capture".equals(type))) {
                out.append(",\"told\":\"")
                        .append(JsonStringEncoder.getInstance().quoteAsString(told))
                        .append('"');
            }
            if (state != null) {
                out.append(",\"state\":\"").append(state).append('"');
            }
        }
        return out.append('}').toString();
    }
}
