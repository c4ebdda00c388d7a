package dev.stampede.http.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vertx.core.http.HttpMethod;
import org.junit.jupiter.api.Test;

class UrgencyTest {
    private static final String ACCOUNT = "/v1/programs/demo/accounts/earn";

    private static Urgency post(String below) {
        return Urgency.of(HttpMethod.POST, ACCOUNT + "/" + below, null);
    }

    @Test
    void theLastSegmentTells() {
        for (String below :
                new String[] {"holds/1/capture", "holds/1/void", "voids", "operations/1/reverse", "freeze"}) {
            assertEquals(Urgency.CAPTURE, post(below), below);
        }
        assertEquals(Urgency.REDEEM, post("redeem"));
        assertEquals(Urgency.REDEEM, post("holds"));
        assertEquals(Urgency.REDEEM, post("codes"));
        assertEquals(Urgency.REDEEM, Urgency.of(HttpMethod.POST, "/v1/programs/demo/identify", null));
        assertEquals(Urgency.REDEEM, Urgency.of(HttpMethod.POST, "/v1/programs/demo/codes/resolve", null));
        assertEquals(Urgency.EARN, post("earn"));
        assertEquals(Urgency.ENROL, Urgency.of(HttpMethod.PUT, ACCOUNT, null));
        assertEquals(Urgency.ENROL, Urgency.of(HttpMethod.PATCH, ACCOUNT, null));
        assertEquals(Urgency.ENROL, Urgency.of(HttpMethod.POST, "/v1/programs/demo/quote", null));
        assertEquals(Urgency.ENROL, post("stream-tickets"));
        assertEquals(Urgency.CAPTURE, Urgency.of(HttpMethod.POST, "/v1/programs/demo/keys", null));
        assertEquals(Urgency.CONSOLE, Urgency.of(HttpMethod.POST, "/console/programs/demo/do/adjust", null));
        assertEquals(Urgency.CONSOLE, Urgency.of(HttpMethod.GET, "/console", null));
        assertEquals(Urgency.ENROL, Urgency.of(HttpMethod.GET, "/consoles", null));
    }

    @Test
    void aDryRunWaits() {
        assertEquals(Urgency.ENROL, Urgency.of(HttpMethod.POST, ACCOUNT + "/redeem", "dryRun=true"));
        assertEquals(Urgency.REDEEM, Urgency.of(HttpMethod.POST, ACCOUNT + "/redeem", "dryRun=false"));
    }
}
