package dev.stampede.balance;

import dev.stampede.account.Image;
import dev.stampede.points.Hold;
import dev.stampede.points.Lot;
import dev.stampede.points.State;
import java.util.List;

/**
 * The {@code ETag} of a balance: version and head, and the newest moment at which time alone has changed the view since
 * that operation (a lot expired, a hold ran out): no new version is made for that.
 */
final class EntityTag {
    private EntityTag() {}

    static String of(Image image, long nowMs) {
        // the end of an id is random, its beginning only a time: two histories may share that
        String head = image.head().toString().substring(24);
        long lapsed = newestLapse(image.state(), nowMs);
        return '"'
                + Long.toString(image.version())
                + '-'
                + head
                + (lapsed == 0 ? "" : '-' + Long.toString(lapsed, 36))
                + '"';
    }

    private static long newestLapse(State state, long nowMs) {
        long newest = 0;
        for (Lot lot : state.lots()) {
            newest = later(newest, lot.lapsesAt(), nowMs);
        }
        for (var maturing : state.maturing()) {
            newest = later(newest, maturing.maturesAt(), nowMs);
            newest = later(newest, new Lot(maturing.day(), 0).lapsesAt(), nowMs);
        }
        for (Hold hold : state.holds()) {
            newest = later(newest, hold.expiresAt(), nowMs);
            for (Lot lot : hold.lots()) {
                newest = later(newest, lot.lapsesAt(), nowMs);
            }
        }
        return newest;
    }

    private static long later(long newest, long at, long nowMs) {
        return at <= nowMs ? Math.max(newest, at) : newest;
    }

    /** Whether {@code If-None-Match} names it, by the weak comparison that a GET wants. */
    static boolean matches(List<String> ifNoneMatch, String tag) {
        for (String header : ifNoneMatch) {
            for (String each : header.split(",")) {
                String candidate = each.strip();
                if (candidate.startsWith("W/")) {
                    candidate = candidate.substring(2);
                }
                if (candidate.equals("*") || candidate.equals(tag)) {
                    return true;
                }
            }
        }
        return false;
    }
}
