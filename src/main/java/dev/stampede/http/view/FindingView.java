package dev.stampede.http.view;

import dev.stampede.program.reading.Finding;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

@Schema(name = "Finding", description = "Something that is wrong with the document of a program, or looks wrong.")
public record FindingView(
        @Schema(
                description = "`error`: the document is refused because of it; `warning`: it is not",
                examples = "error")
        String level,

        @Schema(
                description = "A JSON pointer to the value; for a missing field the place where it should be",
                examples = "/earn/0/rate/per")
        String pointer,

        @Schema(description = "The line in the text, from 1", minimum = "1", examples = "28")
        int line,

        @Schema(description = "The column in characters, from 1", minimum = "1", examples = "12")
        int column,

        @Schema(description = "Stable, in snake_case; new codes may be added", examples = "not_decimal")
        String code,

        @Schema(
                description = "What is wrong, and what would be right; a text for people",
                examples = "Write a plain decimal in quotes.")
        String message) {
    public static FindingView of(Finding finding) {
        return new FindingView(
                finding.level().word(),
                finding.pointer(),
                finding.line(),
                finding.column(),
                finding.code().word(),
                finding.message());
    }
}
