package dev.stampede.codec;

import dev.stampede.award.MemberState;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Of what a member remembers: what no version of the program has any more that can still price something. The operation
 * that names it drops it. As JSON {@code promotions, counters}: names with spaces between them, left out where there
 * are none.
 *
 * @param promotions whose stamps and streaks are dropped
 * @param counters the names of limits' counters that are dropped, in all their windows
 * @param until when this stops being certain, in ms since the epoch; null for never
 */
public record Gone(
        SortedSet<String> promotions,
        SortedSet<String> counters,
        @Nullable Long until) {
    /** As what an operation says that was to find out, and found nothing. */
    public static final Gone NOTHING = new Gone(new TreeSet<>(), new TreeSet<>(), null);

    public Gone {
        promotions = Collections.unmodifiableSortedSet(new TreeSet<>(promotions));
        counters = Collections.unmodifiableSortedSet(new TreeSet<>(counters));
    }

    private static SortedSet<String> names(String words) {
        return new TreeSet<>(Arrays.asList(words.isEmpty() ? new String[0] : words.split(" ", -1)));
    }

    public String write() {
        JsonOut json = new JsonOut().open('{');
        json.field("promotions", words(promotions)).field("counters", words(counters));
        return json.close('}').toString();
    }

    private static @Nullable String words(Collection<String> names) {
        return names.isEmpty() ? null : String.join(" ", names);
    }

    /**
     * @param until when it stops being certain, or earlier
     * @throws IllegalArgumentException if the text was not made by {@link #write}
     */
    public static Gone read(String text, @Nullable Long until) {
        return JsonIn.read(
                text,
                json -> new Gone(
                        names(json.get("promotions").text("")),
                        names(json.get("counters").text("")),
                        until));
    }

    /** The member without it. */
    public MemberState from(MemberState member) {
        return member.without(promotions, counters);
    }

    /** Whether the member remembers nothing of it. */
    public boolean isOutOf(MemberState member) {
        return from(member).equals(member);
    }
}
