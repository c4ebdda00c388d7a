package dev.stampede.program.reading;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Stage 1: is it strict JSON? It becomes a tree that knows where each value stands. */
final class TreeReader {
    /** In bytes. */
    static final int MAX_TEXT = 1024 * 1024;

    private static final int MAX_DEPTH = 32;
    private static final int MAX_PARSER_MESSAGE = 200;

    /** Numbers of characters, and advice how to make the parser accept what it refuses. */
    private static final Pattern FOR_PROGRAMMERS =
            Pattern.compile(" \\(code \\d+\\)|CTRL-CHAR, |: enable .*| \\(not recognized .*|\\R.*", Pattern.DOTALL);

    private static final JsonFactory STRICT = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH)
                    // numbers stay text, so that a long one costs nothing
                    .maxNumberLength(MAX_TEXT + 1)
                    .maxStringLength(MAX_TEXT + 1)
                    .maxNameLength(MAX_TEXT + 1)
                    .build())
            // names that strangers made up must not stay in memory
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .build();

    private final Findings findings;

    private TreeReader(Findings findings) {
        this.findings = findings;
    }

    /** @return null if it is not JSON */
    static @Nullable Node read(byte[] utf8, Findings findings) {
        if (utf8.length > MAX_TEXT) {
            findings.error(
                    "",
                    Position.START,
                    Finding.Code.MALFORMED,
                    "The document is too long: " + utf8.length + " bytes. At most " + MAX_TEXT + " are allowed.");
            return null;
        }
        CharBuffer text = CharBuffer.allocate(utf8.length + 1);
        CharsetDecoder decoder = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
        CoderResult result = decoder.decode(ByteBuffer.wrap(utf8), text, true);
        text.flip();
        if (result.isError()) {
            findings.error(
                    "",
                    Position.of(text, text.length()),
                    Finding.Code.MALFORMED,
                    "The text is not UTF-8: the byte here belongs to no character. Save the document as UTF-8.");
            return null;
        }
        return new TreeReader(findings).read(text.toString());
    }

    private @Nullable Node read(String text) {
        Node root;
        int end;
        try (JsonParser json = STRICT.createParser(text)) {
            JsonToken first = json.nextToken();
            if (first == null) {
                findings.error("", Position.START, Finding.Code.MALFORMED, "The document is empty.");
                return null;
            }
            root = value(json, first, "");
            json.finishToken();
            end = (int) json.currentLocation().getCharOffset();
        } catch (StreamConstraintsException e) {
            findings.error(
                    "",
                    at(e, text),
                    Finding.Code.MALFORMED,
                    "Lists and objects are nested more than " + MAX_DEPTH + " deep here. A programme never is.");
            return null;
        } catch (JsonEOFException e) {
            findings.error(
                    "",
                    Position.of(text, text.length()),
                    Finding.Code.MALFORMED,
                    "The text ends in the middle of the document. A closing quote, ] or } is missing.");
            return null;
        } catch (JsonProcessingException e) {
            findings.error("", at(e, text), Finding.Code.MALFORMED, "The text is not JSON from here on: " + message(e));
            return null;
        } catch (IOException e) {
            throw new IllegalStateException("a text can be read", e);
        }
        while (end < text.length() && " \t\r\n".indexOf(text.charAt(end)) >= 0) {
            end++;
        }
        if (end < text.length()) {
            findings.error(
                    "",
                    Position.of(text, end),
                    Finding.Code.TRAILING_TEXT,
                    "The document has ended, but there is more text. One document has one pair of outer braces.");
        }
        return root;
    }

    private static Position at(JsonProcessingException e, String text) {
        return e.getLocation() == null ? Position.of(text, text.length()) : Position.of(e.getLocation());
    }

    /** Of the parser's message only what an author understands, and not much of the text that it quotes. */
    private static String message(JsonProcessingException e) {
        String message = e.getOriginalMessage() == null ? "unexpected text" : e.getOriginalMessage();
        String plain = FOR_PROGRAMMERS.matcher(message).replaceAll("");
        return Words.printable(plain.substring(0, Math.min(plain.length(), MAX_PARSER_MESSAGE))) + ".";
    }

    private Node value(JsonParser json, @Nullable JsonToken token, String pointer) throws IOException {
        if (token == null) {
            throw new JsonEOFException(json, null, "end of text");
        }
        Position at = Position.of(json.currentTokenLocation());
        return switch (token) {
            case START_OBJECT -> fields(json, at, pointer);
            case START_ARRAY -> {
                List<Node> elements = new ArrayList<>();
                for (JsonToken next = json.nextToken(); next != JsonToken.END_ARRAY; next = json.nextToken()) {
                    elements.add(value(json, next, pointer + "/" + elements.size()));
                }
                yield new Node.Elements(at, elements);
            }
            case VALUE_STRING -> new Node.Text(at, json.getText());
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> new Node.Numeral(at, json.getText());
            case VALUE_TRUE -> new Node.Flag(at, true);
            case VALUE_FALSE -> new Node.Flag(at, false);
            case VALUE_NULL -> new Node.Null(at);
            default -> throw new IllegalStateException("no value starts with " + token);
        };
    }

    private Node fields(JsonParser json, Position at, String pointer) throws IOException {
        Map<String, Node.Field> fields = new LinkedHashMap<>();
        for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
            Position named = Position.of(json.currentTokenLocation());
            String child = Place.child(pointer, name);
            Node.Field before = fields.get(name);
            Node value = value(json, json.nextToken(), child);
            if (before == null) {
                fields.put(name, new Node.Field(named, value));
            } else {
                findings.error(
                        child,
                        named,
                        Finding.Code.DUPLICATE_KEY,
                        "The field " + Words.quoted(name) + " is in this object twice, first on line "
                                + before.named().line() + ". Remove one of them.");
            }
        }
        return new Node.Fields(at, fields);
    }
}
