package dev.stampede.http.request;

import dev.stampede.access.MemberCodes;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** What shows that the member is there. */
public record Proof(
        @Schema(
                description = "The code that the member's app shows. Programs ask for it above a number of points, and"
                        + " members always need it. A repeated call may send another one",
                minLength = 1,
                maxLength = MemberCodes.MOST_CHARACTERS,
                examples = MemberCodeReader.EXAMPLE)
        @NotOfTheCall
        @Nullable
        String memberCode) {}
