package dev.stampede.http.request;

import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** The caller's own name for an operation. {@link BodyReader} checks what the annotation says. */
public record Reference(
        @Schema(
                description = "The caller's own reference, such as a receipt number; history can be filtered by it",
                minLength = 1,
                maxLength = MAX_LENGTH,
                examples = "20261121-0042-03-0199")
        @Nullable
        String reference) {
    /** In code points. */
    public static final int MAX_LENGTH = 255;
}
