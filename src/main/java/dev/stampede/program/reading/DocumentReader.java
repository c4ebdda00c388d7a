package dev.stampede.program.reading;

import dev.stampede.document.ProgramDocument;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads a programme's document. It reports everything that a stage finds, and stops after the first stage that found an
 * error: what comes later would only repeat it in other words.
 *
 * <ol>
 *   <li>Text: is it JSON, and does it say nothing twice ({@link TreeReader})?
 *   <li>Shape: does it look as the schema says ({@link ShapeCheck}), and are its values possible ({@link ValueCheck})?
 *   <li>References: does each name stand for exactly one thing ({@link ReferenceCheck})?
 *   <li>Meaning: can everything happen that is written there ({@link MeaningCheck})?
 *   <li>Size: can the largest account be stored ({@link StateSize})?
 * </ol>
 *
 * <p>The same text has the same findings, whenever and wherever it is read.
 */
public final class DocumentReader {
    private static final String SCHEMA = "/program/program-1.schema.json";
    private static final Shape SHAPE = shape();

    private DocumentReader() {}

    public static Reading read(String text) {
        return read(text.getBytes(StandardCharsets.UTF_8));
    }

    public static Reading read(byte[] utf8) {
        Findings findings = new Findings();
        Place root = shaped(utf8, findings);
        if (root == null) {
            return new Reading(null, findings.list());
        }
        ValueCheck.check(root, findings);
        if (!findings.refused()) {
            ReferenceCheck.check(root, findings);
        }
        if (findings.refused()) {
            return new Reading(null, findings.list());
        }
        ProgramDocument document = Assembly.document(root);
        MeaningCheck.check(document, root, findings);
        if (!findings.refused()) {
            StateSize.of(document).check(root, findings);
        }
        return new Reading(findings.refused() ? null : document, findings.list());
    }

    /**
     * Reads a version that was published: by this release, or by another one that judged it in another way. Only what
     * this release cannot understand or carry out is an error. No bound, no reference, no meaning and no size is
     * checked again: a check that a later release makes stricter must not stop a programme that is in force.
     */
    public static Reading stored(String text) {
        Findings findings = new Findings(false);
        Place root = shaped(text.getBytes(StandardCharsets.UTF_8), findings);
        if (root != null) {
            UnsupportedFeatures.check(root, findings);
        }
        ProgramDocument document = root == null || findings.refused() ? null : Assembly.document(root);
        return new Reading(document, findings.list());
    }

    /** Null if the text is none of a document; what is wrong with its shape is among the findings. */
    private static @Nullable Place shaped(byte[] utf8, Findings findings) {
        Node tree = TreeReader.read(utf8, findings);
        if (tree == null || findings.refused()) {
            return null;
        }
        Place root = new Place("", tree);
        new ShapeCheck(findings).check(SHAPE, root);
        return root;
    }

    /** An error that only the caller can know, with its place in a text that was read before. */
    public static Finding error(byte[] utf8, String field, Finding.Code code, String message) {
        Findings findings = new Findings();
        Node tree = TreeReader.read(utf8, findings);
        if (tree != null) {
            findings.error(new Place("", tree).at(field), code, message);
        }
        return findings.list().get(0);
    }

    private static Shape shape() {
        try (InputStream schema = DocumentReader.class.getResourceAsStream(SCHEMA)) {
            if (schema == null) {
                throw new IllegalStateException(SCHEMA + " is not in the jar");
            }
            Findings findings = new Findings();
            Node tree = TreeReader.read(schema.readAllBytes(), findings);
            List<Finding> found = findings.list();
            if (tree == null || !found.isEmpty()) {
                throw new IllegalStateException(SCHEMA + ": " + found);
            }
            return Shape.of(new Place("", tree));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
