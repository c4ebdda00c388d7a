package dev.stampede.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.Test;

class CallTest {
    private final Call call = new Call(1, Kind.EARN, 0, 10);

    @Test
    void isUnknownWhileAnAnswerIsMissing() {
        call.sending(2);
        call.answered(Outcome.DECLINED, 422, null);
        assertEquals(Outcome.UNKNOWN, call.outcome());
        call.answered(Outcome.DECLINED, 422, null);
        assertEquals(Outcome.DECLINED, call.outcome());
    }

    @Test
    void isCarriedOutOnceAnyAnswerSaysSo() {
        call.sending(3);
        call.answered(Outcome.REFUSED, 503, null);
        call.answered(Outcome.OK, 201, "a");
        assertEquals(Outcome.OK, call.outcome());
        assertEquals(1, call.missing());
        assertNull(call.contradiction());
    }

    @Test
    void wasNotCarriedOutIfAllWereRefused() {
        call.sending(1);
        call.answered(Outcome.REFUSED, 503, null);
        assertEquals(Outcome.REFUSED, call.outcome());
    }

    @Test
    void canNotBeTwoOperations() {
        call.sending(2);
        call.answered(Outcome.OK, 201, "a");
        call.answered(Outcome.OK, 200, "b");
        assertNotNull(call.contradiction());
    }

    @Test
    void canNotBeMadeTwice() {
        call.sending(2);
        call.answered(Outcome.OK, 201, "a");
        call.answered(Outcome.OK, 201, "a");
        assertNotNull(call.contradiction());
    }

    @Test
    void canNotBeBothCarriedOutAndDeclined() {
        call.sending(2);
        call.answered(Outcome.OK, 201, "a");
        call.answered(Outcome.DECLINED, 422, null);
        assertNotNull(call.contradiction());
    }

    @Test
    void a503SaysWhetherAnythingWasDone() {
        assertEquals(Outcome.REFUSED, Outcome.of(503, "{\"code\":\"overloaded\"}"));
        assertEquals(Outcome.REFUSED, Outcome.of(503, "{\"code\":\"unavailable\"}"));
        assertEquals(Outcome.UNKNOWN, Outcome.of(503, "{\"code\":\"outcome_unknown\"}"));
        assertEquals(Outcome.UNKNOWN, Outcome.of(500, ""));
        assertEquals(Outcome.DECLINED, Outcome.of(422, ""));
        assertEquals(Outcome.OK, Outcome.of(201, ""));
    }

    @Test
    void anOperationsIdIsItsFirstField() {
        assertEquals("0193", Run.operationId("{\"id\":\"0193\",\"hold\":{\"id\":\"0194\"}}"));
        assertNull(Run.operationId("{}"));
    }
}
