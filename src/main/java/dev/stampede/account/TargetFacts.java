package dev.stampede.account;

import dev.stampede.points.Lot;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What Postgres knows of the operation that another one undoes, and the head at which it was read. History does not
 * change: all fields but {@code reversed}, {@code voided}, {@code undone} and {@code state} are valid for ever. These
 * four are valid only as long as the account's image still knows that head.
 *
 * @param id of the operation, null if no operation has that key
 * @param points how many of its points could be undone originally
 * @param lots the lots that a redeem or capture consumed, in that order
 * @param on the day of the lot that an earn created
 * @param matures the day on which an earn's points matured, or null
 * @param reversed how many of its points have been undone
 * @param voided whether a void by key has undone it
 * @param undone whether a reversal has undone it; for an earn of 0 points, {@code reversed} does not show it
 * @param state of a hold: {@code open}, {@code captured}, {@code voided}, {@code expired}; else null
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
        boolean undone,
        @Nullable String state) {

    /** No operation was found at that head. */
    public static TargetFacts absent(UUID head, long headVersion) {
        return new TargetFacts(head, headVersion, null, null, false, 0, List.of(), null, null, 0, false, false, null);
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
            out.append(",\"undone\":").append(undone);
            if (state != null) {
                out.append(",\"state\":\"").append(state).append('"');
            }
        }
        return out.append('}').toString();
    }
}
