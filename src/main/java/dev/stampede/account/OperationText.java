package dev.stampede.account;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.stampede.pricing.Grace;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Operations as the JSON that the Lua library reads. 00-contract.lua describes the fields. */
final class OperationText {
    private OperationText() {}

    static String of(Operation operation, UUID id, @Nullable UUID tombstone) {
        StringWriter out = new StringWriter(256);
        try (JsonGenerator json = Json.FACTORY.createGenerator(out)) {
            json.writeStartObject();
            json.writeStringField("id", id.toString());
            json.writeStringField("type", operation.type().code());
            string(json, "key", operation.key());
            string(json, "fingerprint", operation.header().fingerprint());
            string(json, "tombstone", tombstone);
            write(json, operation);
            string(json, "reference", operation.header().reference());
            string(json, "detail", operation.receipt().text());
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toString();
    }

    private static void write(JsonGenerator json, Operation operation) throws IOException {
        if (operation instanceof Operation.Earn earn) {
            json.writeNumberField("points", earn.points());
            json.writeNumberField("on", earn.on());
            number(json, "matures", earn.matures());
            number(json, "until", earn.until());
            flag(json, "autoEnrol", earn.enrols());
        } else if (operation instanceof Operation.Redeem redeem) {
            json.writeNumberField("points", redeem.points());
        } else if (operation instanceof Operation.Hold hold) {
            json.writeNumberField("points", hold.points());
            json.writeNumberField("ttlSeconds", hold.ttlSeconds());
            write(json, hold.grace());
        } else if (operation instanceof Operation.Capture capture) {
            string(json, "hold", capture.hold());
            number(json, "points", capture.points());
            write(json, capture.grace());
        } else if (operation instanceof Operation.Release release) {
            string(json, "hold", release.hold());
            write(json, release.grace());
        } else if (operation instanceof Operation.Reverse reverse) {
            string(json, "target", reverse.target());
            number(json, "points", reverse.points());
            write(json, reverse.grace());
            string(json, "clawback", reverse.debt() ? "debt" : null);
        } else if (operation instanceof Operation.VoidCall of) {
            string(json, "voids", of.voids());
            write(json, of.grace());
            string(json, "clawback", of.debt() ? "debt" : null);
        } else if (operation instanceof Operation.Enrol enrol) {
            string(json, "target", enrol.head());
            string(json, "attributes", enrol.attributes());
            flag(json, "autoEnrol", true);
        }
    }

    private static void write(JsonGenerator json, Grace grace) throws IOException {
        number(json, "graceOn", grace.on());
        number(json, "until", grace.until());
    }

    private static void number(JsonGenerator json, String field, @Nullable Long value) throws IOException {
        if (value != null) {
            json.writeNumberField(field, value);
        }
    }

    private static void string(JsonGenerator json, String field, @Nullable Object value) throws IOException {
        if (value != null) {
            json.writeStringField(field, value.toString());
        }
    }

    private static void flag(JsonGenerator json, String field, boolean value) throws IOException {
        if (value) {
            json.writeBooleanField(field, true);
        }
    }

    static Operation parse(AccountId account, String text) throws IOException {
        Fields fields = new Fields();
        try (JsonParser json = Json.FACTORY.createParser(text)) {
            Json.expect(json.nextToken(), JsonToken.START_OBJECT, json);
            for (String field = json.nextFieldName(); field != null; field = json.nextFieldName()) {
                fields.read(field, json);
            }
        }
        return fields.operation(account);
    }

    /** The fields of all types; null where a field is missing. */
    private static final class Fields {
        private @Nullable OperationType type;
        private @Nullable String key;
        private @Nullable String fingerprint;
        private @Nullable Long points;
        private @Nullable Long ttlSeconds;
        private @Nullable UUID hold;
        private @Nullable UUID target;
        private @Nullable String voids;
        private @Nullable Long on;
        private @Nullable Long matures;
        private @Nullable Long graceOn;
        private @Nullable Long until;
        private boolean debt;
        private boolean autoEnrol;
        private @Nullable String reference;
        private @Nullable String attributes;
        private @Nullable String detail;

        void read(String field, JsonParser json) throws IOException {
            switch (field) {
                case "id", "tombstone", "mac" -> json.nextToken();
                case "type" -> type = type(Json.string(json));
                case "key" -> key = Json.string(json);
                case "fingerprint" -> fingerprint = Json.string(json);
                case "points" -> points = Json.number(json);
                case "ttlSeconds" -> ttlSeconds = Json.number(json);
                case "hold" -> hold = Json.uuid(json);
                case "target" -> target = Json.uuid(json);
                case "voids" -> voids = Json.string(json);
                case "on" -> on = Json.number(json);
                case "matures" -> matures = Json.number(json);
                case "graceOn" -> graceOn = Json.number(json);
                case "until" -> until = Json.number(json);
                case "clawback" -> debt = Json.string(json).equals("debt");
                case "autoEnrol" -> autoEnrol = Json.bool(json);
                case "reference" -> reference = Json.string(json);
                case "attributes" -> attributes = Json.string(json);
                case "detail" -> detail = Json.string(json);
                default -> throw new IOException("unknown field " + field);
            }
        }

        private static OperationType type(String code) throws IOException {
            try {
                return OperationType.of(code);
            } catch (IllegalArgumentException e) {
                throw new IOException("unknown type " + code, e);
            }
        }

        Operation operation(AccountId account) throws IOException {
            Operation.Header header = new Operation.Header(account, key, fingerprint, reference);
            Grace grace = new Grace(graceOn, until);
            Receipt receipt = Receipt.stored(detail);
            return switch (there(type, "type")) {
                case ENROL -> new Operation.Enrol(header, attributes, target);
                case EARN ->
                    new Operation.Earn(
                            header, there(points, "points"), there(on, "on"), matures, until, autoEnrol, receipt);
                case REDEEM -> new Operation.Redeem(header, there(points, "points"), receipt);
                case HOLD ->
                    new Operation.Hold(
                            header, there(points, "points"), there(ttlSeconds, "ttlSeconds"), grace, receipt);
                case CAPTURE -> new Operation.Capture(header, there(hold, "hold"), points, grace);
                case VOID ->
                    hold != null
                            ? new Operation.Release(header, hold, grace)
                            : new Operation.VoidCall(header, there(voids, "voids"), grace, debt);
                case REVERSE -> new Operation.Reverse(header, there(target, "target"), points, grace, debt);
                case LAPSE -> new Operation.Lapse(header);
                case FREEZE -> new Operation.Freeze(header);
                case UNFREEZE -> new Operation.Unfreeze(header);
                case TOMBSTONE -> new Operation.Tombstone(header);
            };
        }

        private static <T> T there(@Nullable T value, String field) throws IOException {
            if (value == null) {
                throw new IOException("an operation without " + field);
            }
            return value;
        }
    }
}
