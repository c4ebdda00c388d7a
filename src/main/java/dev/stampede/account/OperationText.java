package dev.stampede.account;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.stampede.award.Award;
import dev.stampede.award.Claim;
import dev.stampede.award.MemberState;
import dev.stampede.award.PlainPrice;
import dev.stampede.award.Undo;
import dev.stampede.codec.AwardText;
import dev.stampede.codec.ClaimText;
import dev.stampede.codec.Gone;
import dev.stampede.codec.LapseRules;
import dev.stampede.codec.MemberText;
import dev.stampede.codec.UndoText;
import dev.stampede.points.Grace;
import dev.stampede.points.LocalDay;
import dev.stampede.points.Refusal;
import dev.stampede.points.Renewal;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
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
            By by = operation.header().by();
            string(json, "by", by == null ? null : by.text());
            string(json, "tombstone", tombstone);
            write(json, operation);
            number(json, "until", operation.until());
            Renewal renewal = operation.header().renewal();
            number(json, "renews", renewal == null ? null : renewal.on());
            Gone gone = operation.header().gone();
            if (gone != null) {
                json.writeFieldName("gone");
                json.writeRawValue(gone.write());
            }
            Presence presence = operation.header().presence();
            if (presence != null) {
                number(json, "memberCode", presence.memberCode());
                number(json, "stepUpAbove", presence.stepUpAbove());
            }
            day(json, operation.header().day());
            string(json, "reference", operation.header().reference());
            number(json, "version", operation.header().programVersion());
            string(json, "detail", operation.receipt().text());
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toString();
    }

    private static void write(JsonGenerator json, Operation operation) throws IOException {
        if (operation instanceof Operation.Earn earn) {
            if (earn.award() == null) {
                json.writeNumberField("points", earn.points());
            }
            award(json, earn.award());
            json.writeNumberField("on", earn.on());
            number(json, "matures", earn.matures());
            flag(json, "autoEnrol", earn.enrols());
            Unique unique = earn.unique();
            if (unique != null) {
                json.writeStringField("unique", unique.text());
                string(json, "usedBy", unique.usedBy());
            }
        } else if (operation instanceof Operation.Redeem redeem) {
            pay(json, redeem.points(), redeem.claim());
            plain(json, redeem.plain());
        } else if (operation instanceof Operation.Hold hold) {
            pay(json, hold.points(), hold.claim());
            plain(json, hold.plain());
            json.writeNumberField("ttlSeconds", hold.ttlSeconds());
            number(json, "graceOn", hold.grace().on());
        } else if (operation instanceof Operation.Capture capture) {
            string(json, "hold", capture.hold());
            number(json, "points", capture.points());
            number(json, "graceOn", capture.grace().on());
        } else if (operation instanceof Operation.Release release) {
            string(json, "hold", release.hold());
            number(json, "graceOn", release.grace().on());
        } else if (operation instanceof Operation.Reverse reverse) {
            string(json, "target", reverse.target());
            number(json, "points", reverse.isOfParts() ? null : reverse.asked().points());
            undoing(json, reverse);
        } else if (operation instanceof Operation.VoidCall of) {
            string(json, "voids", of.voids());
            undoing(json, of);
        } else if (operation instanceof Operation.Enrol enrol) {
            string(json, "target", enrol.head());
            attributes(json, enrol.set());
            Operation.Welcome welcome = enrol.welcome();
            if (welcome != null) {
                award(json, welcome.award());
                json.writeNumberField("on", welcome.on());
                number(json, "matures", welcome.matures());
            }
            flag(json, "autoEnrol", enrol.enrols());
        } else if (operation instanceof Operation.Adjust adjust) {
            json.writeNumberField("points", adjust.points());
            json.writeNumberField("on", adjust.on());
            flag(json, "allowDebt", adjust.allowDebt());
        } else if (operation instanceof Operation.Freeze freeze) {
            flag(json, "spendingOnly", freeze.spendingOnly());
        } else if (operation instanceof Operation.Close close) {
            flag(json, "forfeit", close.forfeit());
        } else if (operation instanceof Operation.Grant grant) {
            string(json, "grant", MemberText.grant(grant.grant()));
        } else if (operation instanceof Operation.Lapse lapse) {
            rules(json, lapse.rules());
        }
    }

    private static void attributes(JsonGenerator json, @Nullable Attributes set) throws IOException {
        if (set == null) {
            return;
        }
        json.writeStringField("attributes", set.text());
        if (set.declared() != null) {
            json.writeArrayFieldStart("declared");
            for (Map.Entry<String, String> each : set.declared().entrySet()) {
                json.writeString(each.getKey());
                json.writeString(each.getValue());
            }
            json.writeEndArray();
        }
        string(json, "before", set.before());
    }

    private static void undoing(JsonGenerator json, Operation.Undoing operation) throws IOException {
        number(json, "graceOn", operation.grace().on());
        string(json, "clawback", operation.debt() ? "debt" : null);
        Reversal reversal = operation.reversal();
        if (reversal == null) {
            return;
        }
        Undo undo = reversal.undo();
        if (undo != null) {
            json.writeNumberField("undoes", reversal.points());
            json.writeFieldName("undo");
            json.writeRawValue(UndoText.write(undo));
            rules(json, operation.rules());
        }
        string(
                json,
                "refused",
                reversal.refused() == null ? null : reversal.refused().code());
    }

    private static void rules(JsonGenerator json, LapseRules rules) throws IOException {
        if (!rules.equals(LapseRules.NONE)) {
            json.writeFieldName("rules");
            json.writeRawValue(rules.write());
        }
    }

    private static void award(JsonGenerator json, @Nullable Award award) throws IOException {
        if (award != null) {
            json.writeFieldName("award");
            json.writeRawValue(AwardText.write(award));
        }
    }

    private static void pay(JsonGenerator json, long points, @Nullable Claim claim) throws IOException {
        if (claim == null) {
            json.writeNumberField("points", points);
        } else {
            json.writeFieldName("claim");
            json.writeRawValue(ClaimText.write(claim));
        }
    }

    private static void plain(JsonGenerator json, @Nullable PlainPrice price) throws IOException {
        if (price != null) {
            json.writeFieldName("plain");
            json.writeRawValue(ClaimText.write(price));
        }
    }

    private static void day(JsonGenerator json, @Nullable LocalDay day) throws IOException {
        if (day != null) {
            json.writeNumberField("today", day.number());
            json.writeStringField("zone", day.zone().getId());
        }
    }

    private static void number(JsonGenerator json, String field, @Nullable Number value) throws IOException {
        if (value != null) {
            json.writeNumberField(field, value.longValue());
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
                fields.read(field, json, text);
            }
        }
        return fields.operation(account);
    }

    /** The fields of all types; null where a field is missing. */
    private static final class Fields {
        private @Nullable OperationType type;
        private @Nullable String key;
        private @Nullable String fingerprint;
        private @Nullable By by;
        private @Nullable Long points;
        private @Nullable Long ttlSeconds;
        private @Nullable UUID hold;
        private @Nullable UUID target;
        private @Nullable String voids;
        private @Nullable String unique;
        private @Nullable UUID usedBy;
        private @Nullable Award award;
        private LapseRules rules = LapseRules.NONE;
        private @Nullable Undo undo;
        private @Nullable Long undoes;
        private @Nullable Refusal refused;
        private @Nullable Claim claim;
        private @Nullable PlainPrice plain;
        private @Nullable Long on;
        private @Nullable Long matures;
        private @Nullable Long graceOn;
        private @Nullable Long until;
        private @Nullable Long renews;
        private @Nullable Gone gone;
        private @Nullable Long today;
        private @Nullable ZoneId zone;
        private boolean debt;
        private boolean autoEnrol;
        private boolean allowDebt;
        private boolean forfeit;
        private boolean spendingOnly;
        private @Nullable Long memberCode;
        private @Nullable Long stepUpAbove;
        private MemberState.@Nullable Grant grant;
        private @Nullable String reference;
        private @Nullable Integer version;
        private @Nullable String attributes;
        private @Nullable SortedMap<String, String> declared;
        private @Nullable String before;
        private @Nullable String detail;

        void read(String field, JsonParser json, String text) throws IOException {
            switch (field) {
                case "id", "tombstone", "mac" -> json.nextToken();
                case "type" -> type = type(Json.string(json));
                case "key" -> key = Json.string(json);
                case "fingerprint" -> fingerprint = Json.string(json);
                case "by" -> by = By.of(Json.string(json));
                case "points" -> points = Json.number(json);
                case "ttlSeconds" -> ttlSeconds = Json.number(json);
                case "hold" -> hold = Json.uuid(json);
                case "target" -> target = Json.uuid(json);
                case "voids" -> voids = Json.string(json);
                case "unique" -> unique = Json.string(json);
                case "usedBy" -> usedBy = Json.uuid(json);
                case "award" -> award = Json.part(json, text, AwardText::read);
                case "undo" -> undo = Json.part(json, text, UndoText::read);
                case "undoes" -> undoes = Json.number(json);
                case "refused" -> refused = refusal(Json.string(json));
                case "rules" -> rules = Json.part(json, text, LapseRules::read);
                case "claim" -> claim = Json.part(json, text, ClaimText::read);
                case "plain" -> plain = Json.part(json, text, ClaimText::readPlain);
                case "on" -> on = Json.number(json);
                case "matures" -> matures = Json.number(json);
                case "graceOn" -> graceOn = Json.number(json);
                case "renews" -> renews = Json.number(json);
                case "gone" -> gone = Json.part(json, text, of -> Gone.read(of, until));
                case "until" -> until = Json.number(json);
                case "today" -> today = Json.number(json);
                case "zone" -> zone = zone(Json.string(json));
                case "clawback" -> debt = Json.string(json).equals("debt");
                case "autoEnrol" -> autoEnrol = Json.bool(json);
                case "allowDebt" -> allowDebt = Json.bool(json);
                case "forfeit" -> forfeit = Json.bool(json);
                case "spendingOnly" -> spendingOnly = Json.bool(json);
                case "memberCode" -> memberCode = Json.number(json);
                case "stepUpAbove" -> stepUpAbove = Json.number(json);
                case "grant" -> grant = grant(Json.string(json));
                case "reference" -> reference = Json.string(json);
                case "version" -> version = Json.integer(json);
                case "attributes" -> attributes = Json.string(json);
                case "declared" -> declared = declared(json);
                case "before" -> before = Json.string(json);
                case "detail" -> detail = Json.string(json);
                default -> throw new IOException("unknown field " + field);
            }
        }

        private static SortedMap<String, String> declared(JsonParser json) throws IOException {
            Json.expect(json.nextToken(), JsonToken.START_ARRAY, json);
            SortedMap<String, String> values = new TreeMap<>();
            while (json.nextToken() == JsonToken.VALUE_STRING) {
                values.put(json.getText(), Json.string(json));
            }
            Json.expect(json.currentToken(), JsonToken.END_ARRAY, json);
            return values;
        }

        private static Refusal refusal(String code) throws IOException {
            if (!Refusal.isCode(code)) {
                throw new IOException("unknown refusal " + code);
            }
            return Refusal.of(code);
        }

        private static MemberState.@Nullable Grant grant(String text) throws IOException {
            try {
                return MemberText.grant(text);
            } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
                throw new IOException("unknown grant " + text, e);
            }
        }

        private static OperationType type(String code) throws IOException {
            try {
                return OperationType.of(code);
            } catch (IllegalArgumentException e) {
                throw new IOException("unknown type " + code, e);
            }
        }

        private static ZoneId zone(String id) throws IOException {
            try {
                return ZoneId.of(id);
            } catch (DateTimeException e) {
                throw new IOException("unknown time zone " + id, e);
            }
        }

        private @Nullable LocalDay day() throws IOException {
            return zone == null ? null : new LocalDay(there(today, "today"), there(until, "until"), zone);
        }

        private @Nullable Presence presence() {
            return memberCode == null && stepUpAbove == null ? null : new Presence(memberCode, stepUpAbove);
        }

        private @Nullable Renewal renewal() throws IOException {
            return renews == null ? null : new Renewal(renews, there(until, "until"));
        }

        Operation operation(AccountId account) throws IOException {
            Operation.Header header = new Operation.Header(
                    account, key, fingerprint, reference, version, day(), renewal(), gone, by, presence());
            Grace grace = new Grace(graceOn, graceOn == null ? null : until);
            Receipt receipt = Receipt.stored(detail);
            return switch (there(type, "type")) {
                case ENROL -> new Operation.Enrol(header, set(), target, welcome());
                case EARN ->
                    new Operation.Earn(
                            header,
                            award == null ? there(points, "points") : 0,
                            award,
                            there(on, "on"),
                            matures,
                            until,
                            autoEnrol,
                            receipt,
                            unique());
                case REDEEM -> new Operation.Redeem(header, paid(), claimed(), plain, receipt);
                case HOLD ->
                    new Operation.Hold(
                            header, paid(), claimed(), plain, there(ttlSeconds, "ttlSeconds"), grace, receipt);
                case CAPTURE -> new Operation.Capture(header, there(hold, "hold"), points, grace);
                case VOID ->
                    hold != null
                            ? new Operation.Release(header, hold, grace)
                            : new Operation.VoidCall(
                                    header, there(voids, "voids"), true, reversal(), rules, grace, debt);
                case REVERSE ->
                    new Operation.Reverse(
                            header,
                            there(target, "target"),
                            Reversal.Asked.points(points),
                            reversal(),
                            rules,
                            grace,
                            debt);
                case LAPSE -> new Operation.Lapse(header, rules);
                case ADJUST ->
                    new Operation.Adjust(header, there(points, "points"), there(on, "on"), until, allowDebt, receipt);
                case FREEZE -> new Operation.Freeze(header, spendingOnly, receipt);
                case UNFREEZE -> new Operation.Unfreeze(header, receipt);
                case CLOSE -> new Operation.Close(header, forfeit, receipt);
                case GRANT -> new Operation.Grant(header, grant, receipt);
                case TOMBSTONE -> new Operation.Tombstone(header);
            };
        }

        private @Nullable Reversal reversal() throws IOException {
            if (undo == null && refused == null) {
                return null;
            }
            return new Reversal(undo, undo == null ? 0 : there(undoes, "undoes"), refused);
        }

        private @Nullable Unique unique() throws IOException {
            try {
                return unique == null ? null : Unique.of(unique, usedBy);
            } catch (IllegalArgumentException e) {
                throw new IOException("nothing unique", e);
            }
        }

        private @Nullable Attributes set() {
            return attributes == null ? null : new Attributes(attributes, declared, before);
        }

        private Operation.@Nullable Welcome welcome() throws IOException {
            return award == null ? null : new Operation.Welcome(award, there(on, "on"), matures, there(until, "until"));
        }

        private long paid() throws IOException {
            return claim == null ? there(points, "points") : 0;
        }

        private Operation.@Nullable Claimed claimed() throws IOException {
            return claim == null ? null : new Operation.Claimed(claim, there(until, "until"));
        }

        private static <T> T there(@Nullable T value, String field) throws IOException {
            if (value == null) {
                throw new IOException("an operation without " + field);
            }
            return value;
        }
    }
}
