package dev.stampede.account;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.UUID;

/**
 * One thing asked of an account. Fields that its type has no use for are null.
 *
 * @param account whose
 * @param key the {@code Idempotency-Key}, null for what nobody can send twice
 * @param fingerprint of type, path and parsed body: tells another body under the same key
 * @param points to move; null for all that is left (capture, reverse)
 * @param ttlSeconds how long a hold lives
 * @param hold the hold to capture or void
 * @param target the operation to reverse; for an enrol: the head on which it is to be decided, null for any
 * @param voids the key of the call to void
 * @param on the day of the lot that an earn makes, in days since 1970-01-01
 * @param matures the day on which an earn's points become available, if later
 * @param graceOn the day to which points that come back count at least (of a hold: when they do so by themselves);
 *     null: as long as they did
 * @param until to when its days ({@code on}, {@code matures}, {@code graceOn}) hold, in ms since the epoch: decided then or
 *     later it has others; null if it has none, or whenever it is decided
 * @param debt whether what a reversed earn can't take back becomes debt
 * @param autoEnrol whether it may enrol the member
 * @param reference the caller's, up to 255 characters
 * @param attributes the member's attributes (enrol): a JSON object
 * @param detail what the answer tells besides: a JSON object, nothing that decides
 */
public record Operation(
        AccountId account,
        OperationType type,
        String key,
        String fingerprint,
        Long points,
        Long ttlSeconds,
        UUID hold,
        UUID target,
        String voids,
        Long on,
        Long matures,
        Long graceOn,
        Long until,
        boolean debt,
        boolean autoEnrol,
        String reference,
        String attributes,
        String detail) {

    public static Builder of(OperationType type, AccountId account) {
        return new Builder(type, account);
    }

    /**
     * As the Lua library reads it and an unsealed proposal keeps it.
     *
     * @param id this attempt's: each proposal of the same operation has its own
     * @param tombstone for a void: the id of the call that never arrived, should that be so; else null
     */
    public String text(UUID id, UUID tombstone) {
        StringWriter out = new StringWriter(256);
        try (JsonGenerator json = Json.FACTORY.createGenerator(out)) {
            json.writeStartObject();
            json.writeStringField("id", id.toString());
            json.writeStringField("type", type.code());
            write(json, "key", key);
            write(json, "fingerprint", fingerprint);
            write(json, "points", points);
            write(json, "ttlSeconds", ttlSeconds);
            write(json, "hold", hold);
            write(json, "target", target);
            write(json, "voids", voids);
            write(json, "tombstone", tombstone);
            write(json, "on", on);
            write(json, "matures", matures);
            write(json, "graceOn", graceOn);
            write(json, "until", until);
            if (debt) {
                json.writeStringField("clawback", "debt");
            }
            if (autoEnrol) {
                json.writeBooleanField("autoEnrol", true);
            }
            write(json, "reference", reference);
            write(json, "attributes", attributes);
            write(json, "detail", detail);
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toString();
    }

    private static void write(JsonGenerator json, String field, Object value) throws IOException {
        if (value instanceof Long number) {
            json.writeNumberField(field, number);
        } else if (value != null) {
            json.writeStringField(field, value.toString());
        }
    }

    static Operation parse(AccountId account, String text) throws IOException {
        OperationType type = null;
        Builder b = new Builder(null, account);
        try (JsonParser json = Json.FACTORY.createParser(text)) {
            Json.expect(json.nextToken(), JsonToken.START_OBJECT, json);
            for (String field = json.nextFieldName(); field != null; field = json.nextFieldName()) {
                switch (field) {
                    case "id", "tombstone", "clawback", "mac" -> json.nextToken();
                    case "autoEnrol" -> b.autoEnrol = Json.bool(json);
                    case "type" -> type = OperationType.of(Json.string(json));
                    case "key" -> b.key = Json.string(json);
                    case "fingerprint" -> b.fingerprint = Json.string(json);
                    case "points" -> b.points = Json.number(json);
                    case "ttlSeconds" -> b.ttlSeconds = Json.number(json);
                    case "hold" -> b.hold = Json.uuid(json);
                    case "target" -> b.target = Json.uuid(json);
                    case "voids" -> b.voids = Json.string(json);
                    case "on" -> b.on = Json.number(json);
                    case "matures" -> b.matures = Json.number(json);
                    case "graceOn" -> b.graceOn = Json.number(json);
                    case "until" -> b.until = Json.number(json);
                    case "reference" -> b.reference = Json.string(json);
                    case "attributes" -> b.attributes = Json.string(json);
                    case "detail" -> b.detail = Json.string(json);
                    default -> throw new IOException("unknown field " + field);
                }
            }
        }
        if (type == null) {
            throw new IOException("an operation without a type");
        }
        b.type = type;
        return b.build();
    }

    public static final class Builder {
        private OperationType type;
        private final AccountId account;
        private String key;
        private String fingerprint;
        private Long points;
        private Long ttlSeconds;
        private UUID hold;
        private UUID target;
        private String voids;
        private Long on;
        private Long matures;
        private Long graceOn;
        private Long until;
        private boolean debt;
        private boolean autoEnrol;
        private String reference;
        private String attributes;
        private String detail;

        private Builder(OperationType type, AccountId account) {
            this.type = type;
            this.account = account;
            this.autoEnrol = type == OperationType.ENROL;
        }

        public Builder key(String key, String fingerprint) {
            this.key = key;
            this.fingerprint = fingerprint;
            return this;
        }

        public Builder points(Long points) {
            this.points = points;
            return this;
        }

        public Builder ttlSeconds(long ttlSeconds) {
            this.ttlSeconds = ttlSeconds;
            return this;
        }

        public Builder hold(UUID hold) {
            this.hold = hold;
            return this;
        }

        public Builder target(UUID target) {
            this.target = target;
            return this;
        }

        public Builder voids(String key) {
            this.voids = key;
            return this;
        }

        public Builder lot(long on, Long matures) {
            this.on = on;
            this.matures = matures;
            return this;
        }

        public Builder matures(Long matures) {
            this.matures = matures;
            return this;
        }

        public Builder graceOn(Long graceOn) {
            this.graceOn = graceOn;
            return this;
        }

        public Builder until(Long until) {
            this.until = until;
            return this;
        }

        public Builder debt(boolean debt) {
            this.debt = debt;
            return this;
        }

        public Builder autoEnrol(boolean autoEnrol) {
            this.autoEnrol = autoEnrol;
            return this;
        }

        public Builder reference(String reference) {
            this.reference = reference;
            return this;
        }

        public Builder attributes(String attributes) {
            this.attributes = attributes;
            return this;
        }

        public Builder detail(String detail) {
            this.detail = detail;
            return this;
        }

        public Operation build() {
            return new Operation(
                    account,
                    type,
                    key,
                    fingerprint,
                    points,
                    ttlSeconds,
                    hold,
                    target,
                    voids,
                    on,
                    matures,
                    graceOn,
                    until,
                    debt,
                    autoEnrol,
                    reference,
                    attributes,
                    detail);
        }
    }
}
