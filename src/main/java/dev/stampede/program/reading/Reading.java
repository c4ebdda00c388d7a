package dev.stampede.program.reading;

import dev.stampede.document.ProgramDocument;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the reader made of a text.
 *
 * @param document null if there is an error among the findings
 * @param findings in the order of the text. Without an error they are warnings, of all stages; otherwise they are those
 *     of the stages up to the first that found an error
 */
public record Reading(@Nullable ProgramDocument document, List<Finding> findings) {
    public Reading {
        findings = List.copyOf(findings);
    }
}
