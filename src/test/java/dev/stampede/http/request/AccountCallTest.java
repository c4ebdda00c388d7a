package dev.stampede.http.request;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.stampede.account.OperationType;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class AccountCallTest {
    /** Stored for ever: if one of these has to change, so has the format in front of it. */
    @Test
    void fingerprintsStayWhatTheyAre() {
        assertEquals("1:cdav-etX4WgX5poWzHm6Dg", fingerprint(OperationType.EARN, "earn", "{\"points\":120}"));
        assertEquals(
                "1:A5qa7_umbE9Wp07JTCSIQw",
                fingerprint(
                        OperationType.REDEEM,
                        "redeem",
                        "{ \"reference\" : \"caf\\u00e9\", \"points\": 5, \"note\": null }"));
    }

    /** Nor does it matter in which order fields come, or what is written as null. */
    @Test
    void theSameCallHasTheSameFingerprint() {
        assertEquals(
                fingerprint(OperationType.EARN, "earn", "{\"points\":1,\"reference\":\"a\"}"),
                fingerprint(OperationType.EARN, "earn", "{\"reference\":\"\\u0061\",\"note\":null,\"points\":1}"));
    }

    private record Request(
            @JsonUnwrapped Purchase purchase,
            @JsonUnwrapped Reference ref,
            @JsonUnwrapped Origin origin) {}

    private static String fingerprint(OperationType type, String path, String body) {
        Body<Request> read = BodyReader.of(Request.class).required(body.getBytes(StandardCharsets.UTF_8));
        return AccountCall.fingerprint(type, path, read.canonical());
    }
}
