package dev.stampede.http.request;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.stampede.account.OperationType;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class AccountCallTest {
    /** Stored for ever: if one of these has to change, so has the format in front of it. */
    @Test
    void fingerprintsStayWhatTheyAre() {
        assertEquals("1:cdav-etX4WgX5poWzHm6Dg", fingerprint(OperationType.EARN, "earn", "{\"points\":120}", "points"));
        assertEquals(
                "1:A5qa7_umbE9Wp07JTCSIQw",
                fingerprint(
                        OperationType.REDEEM,
                        "redeem",
                        "{ \"reference\" : \"caf\\u00e9\", \"points\": 5, \"note\": null }",
                        "points"));
    }

    /** Nor does it matter in which order fields come, or what is written as null. */
    @Test
    void theSameCallHasTheSameFingerprint() {
        assertEquals(
                fingerprint(OperationType.EARN, "earn", "{\"points\":1,\"reference\":\"a\"}", "points"),
                fingerprint(
                        OperationType.EARN,
                        "earn",
                        "{\"reference\":\"\\u0061\",\"note\":null,\"points\":1}",
                        "points"));
    }

    private static String fingerprint(OperationType type, String path, String body, String number) {
        Fields fields = Fields.of(body.getBytes(StandardCharsets.UTF_8));
        var unused = List.of(
                String.valueOf(fields.points(number)),
                String.valueOf(fields.text("reference", 255)),
                String.valueOf(fields.lines("note", 1000)));
        return AccountCall.fingerprint(type, path, fields.canonical());
    }
}
