package dev.stampede.balance;

import dev.stampede.account.Image;
import dev.stampede.http.view.MemberView;
import dev.stampede.points.Hold;
import dev.stampede.points.Lot;
import dev.stampede.points.MemberPoints;
import java.time.ZoneId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The {@code ETag} of a balance: version and head, and the newest time at which time alone has changed the balance
 * since that operation (a lot expired, a hold ran out), because such a change makes no new version. What the program
 * shows of the member can change with the time in many ways (a tier ends, a period begins, a reward can be had): of it
 * the tag has a digest. The tag is weak because the time of the answer is in the body, too.
 */
final class EntityTag {
    private EntityTag() {}

    /** Characters of a digest: 48 bits are enough to tell the states between two operations apart. */
    private static final int DIGITS = 12;

    /**
     * @param zone the program's
     * @param member what is shown of the member besides the points; null if nothing
     */
    static String of(Image image, @Nullable MemberView member, long nowMs, ZoneId zone) {
        long lapsed = newestLapse(image.state(), nowMs, zone);
        return "W/\""
                + sealed(image)
                + (lapsed == 0 ? "" : '-' + Long.toString(lapsed, 36))
                + (member == null ? "" : '.' + Image.digest(member.toString()).substring(0, DIGITS))
                + '"';
    }

    /** Identifies the image itself, regardless of changes by time: the id of an event. */
    static String sealed(Image image) {
        // the end of an id is random; its beginning is a time, which two histories may share
        return Long.toString(image.version()) + '-' + image.head().toString().substring(24);
    }

    private static long newestLapse(MemberPoints state, long nowMs, ZoneId zone) {
        long newest = 0;
        for (Lot lot : state.lots()) {
            newest = later(newest, lot.lapsesAt(zone), nowMs);
        }
        for (var maturing : state.maturing()) {
            newest = later(newest, maturing.maturesAt(zone), nowMs);
            newest = later(newest, new Lot(maturing.day(), 0).lapsesAt(zone), nowMs);
        }
        for (Hold hold : state.holds()) {
            newest = later(newest, hold.expiresAt(), nowMs);
            for (Lot lot : hold.lots()) {
                newest = later(newest, lot.lapsesAt(zone), nowMs);
            }
        }
        return newest;
    }

    private static long later(long newest, long at, long nowMs) {
        return at <= nowMs ? Math.max(newest, at) : newest;
    }

    static boolean namesAny(List<String> header) {
        return header.stream().anyMatch(each -> each.strip().equals("*"));
    }

    /**
     * Whether {@code If-None-Match} or {@code If-Match} contains the tag, by the weak comparison: these tags are weak
     * only because the time of the answer is in its body.
     */
    static boolean matches(List<String> headers, String tag) {
        for (String header : headers) {
            for (String each : header.split(",")) {
                String candidate = each.strip();
                if (candidate.equals("*") || opaque(candidate).equals(opaque(tag))) {
                    return true;
                }
            }
        }
        return false;
    }

    private static String opaque(String tag) {
        return tag.startsWith("W/") ? tag.substring(2) : tag;
    }
}
