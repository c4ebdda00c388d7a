package dev.stampede.console;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stampede.http.request.ApiCall;
import dev.stampede.http.request.CallReader;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What can be done on the console: each is one call of the API, and the fields of a form are those of its body. */
enum Action {
    ADJUST(
            "/accounts/{account}/adjust",
            Kind.number("points"),
            Kind.text("reason"),
            Kind.text("text"),
            Kind.flag("allowDebt"),
            Kind.text("reference")),
    REVERSE("/accounts/{account}/operations/{operation}/reverse", Kind.number("points"), Kind.text("reference")),
    FREEZE("/accounts/{account}/freeze", Kind.text("reason"), Kind.flag("spendingOnly")),
    UNFREEZE("/accounts/{account}/unfreeze", Kind.text("reason")),
    CLOSE("/accounts/{account}/close", Kind.text("reason"), Kind.flag("forfeit")),
    GRANT("/accounts/{account}/tier", Kind.text("tier"), Kind.text("until"), Kind.text("reason")),
    RELEASE("/accounts/{account}/holds/{hold}/void"),
    USE_CODE("/codes/{code}/use", Kind.text("reference"), Kind.text("store")),
    CREATE_KEY(
            "/keys",
            Kind.text("name"),
            Kind.list("scopes"),
            Kind.text("location"),
            Kind.number("perSecond"),
            Kind.text("expiresAt")),
    ROTATE_KEY("/keys/{key}/rotate", Kind.number("overlapSeconds")),
    REVOKE_KEY("DELETE", "/keys/{key}", List.of()),
    PAIR("/pairings", Kind.text("location"), Kind.text("name"), Kind.list("scopes"), Kind.number("perSecond"));

    private final String method;
    private final String template;
    private final List<Field> fields;

    /** How a field is written in the body. */
    enum Kind {
        TEXT,
        NUMBER,
        FLAG,
        LIST;

        static Field text(String name) {
            return new Field(name, TEXT);
        }

        static Field number(String name) {
            return new Field(name, NUMBER);
        }

        static Field flag(String name) {
            return new Field(name, FLAG);
        }

        static Field list(String name) {
            return new Field(name, LIST);
        }
    }

    /** A field of the body. */
    record Field(String name, Kind kind) {
        /** Adds it, if the form has it. What is no number is left to the API to refuse. */
        void add(Form form, ObjectNode body) {
            String text = form.text(name);
            if (text.isEmpty()) {
                return;
            }
            switch (kind) {
                case TEXT -> body.put(name, text);
                case FLAG -> body.put(name, text.equals("true"));
                case NUMBER -> {
                    if (text.matches("-?[0-9]{1,18}")) {
                        body.put(name, Long.parseLong(text));
                    } else {
                        body.put(name, text);
                    }
                }
                case LIST -> {
                    ArrayNode list = body.putArray(name);
                    form.all(name).forEach(list::add);
                }
            }
        }
    }

    Action(String below, Field... fields) {
        this("POST", below, List.of(fields));
    }

    Action(String method, String below, List<Field> fields) {
        this.method = method;
        this.template = CallReader.PROGRAMS + "/{program}" + below;
        this.fields = fields;
    }

    /** As paths of the console name it. */
    String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static Optional<Action> of(String label) {
        return Arrays.stream(values())
                .filter(action -> action.label().equals(label))
                .findFirst();
    }

    /** The call without anything that a form says, to ask whether it is allowed. */
    ApiCall in(String program) {
        return new ApiCall(method, template, Map.of("program", program), Map.of(), null, null);
    }

    /** The call that a form asks for. */
    ApiCall call(String program, Form form) {
        Map<String, String> values = new TreeMap<>();
        for (String name : ApiCall.variables(template)) {
            values.put(name, name.equals("program") ? program : form.text("of-" + name));
        }
        String key = form.text("idempotency-key");
        return new ApiCall(method, template, values, Map.of(), key.isEmpty() ? null : key, body(form));
    }

    private String body(Form form) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        fields.forEach(field -> field.add(form, body));
        return body.toString();
    }
}
