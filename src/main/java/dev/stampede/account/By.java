package dev.stampede.account;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * Who has asked for an operation.
 *
 * @param id of the principal, without a space
 * @param location where it stands; null if nobody has said
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record By(String id, @Nullable String location) {
    /** As one text, for proposals. */
    String text() {
        return location == null ? id : id + ' ' + location;
    }

    static By of(String text) {
        int space = text.indexOf(' ');
        return space < 0 ? new By(text, null) : new By(text.substring(0, space), text.substring(space + 1));
    }
}
