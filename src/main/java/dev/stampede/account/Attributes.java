package dev.stampede.account;

import dev.stampede.award.MemberState;
import dev.stampede.codec.MemberText;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The attributes of a member, as an operation leaves them.
 *
 * @param text all of them, a JSON object
 * @param declared those that the program declares, as texts by their ids: its rules go by them; null where it declares
 *     none, and those that the member has stay as they are
 * @param before the digest of the attributes of which these were made, "" if there were none; null where these replace
 *     whatever was there
 */
public record Attributes(
        String text,
        @Nullable SortedMap<String, String> declared,
        @Nullable String before) {
    public Attributes {
        declared = declared == null ? null : Collections.unmodifiableSortedMap(new TreeMap<>(declared));
    }

    /** Whether an account has exactly these. */
    public boolean areIn(Image image) {
        return image.has(text) && (declared == null || declared.equals(values(image.member())));
    }

    private static SortedMap<String, String> values(@Nullable String member) {
        SortedMap<String, String> values = new TreeMap<>();
        MemberState state = MemberText.read(member);
        state.attributes().forEach((id, attribute) -> values.put(id, attribute.value()));
        return values;
    }
}
