package dev.stampede.http.request;

import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** Where a call comes from, and why. */
public record Origin(
        @Schema(
                description = "Where the call comes from, such as `till` or `app`",
                minLength = 1,
                maxLength = 64,
                examples = "till")
        @Nullable
        String channel,

        @Schema(
                description = "A note for people; it may have several lines",
                minLength = 1,
                maxLength = 1000,
                examples = "birthday")
        @Multiline
        @Nullable
        String note) {}
