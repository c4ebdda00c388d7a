package dev.stampede.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What came of sending a call once.
 *
 * @param status of the answer; 0 if there was none
 * @param body of the answer; a missing node if there is none that is JSON
 * @param replayed whether the gateway says that it has given this answer before
 * @param retryAfter when the gateway asks for the next attempt; null if it does not say
 * @param why for people, where it was not done
 */
record Attempt(
        Kind kind,
        int status,
        JsonNode body,
        boolean replayed,
        @Nullable Duration retryAfter,
        @Nullable String why) {
    enum Kind {
        DONE,
        /** The gateway has said no. */
        REFUSED,
        /** Nothing was done, and it may be tried again. */
        BUSY,
        /** Nothing was sent. */
        UNREACHABLE,
        /** It may have been done. */
        LOST
    }

    /** The code of the problem; empty if the answer is none. */
    String code() {
        return body.path("code").asText();
    }

    /** Whether the "no" is one that the account's history has, under the call's key. */
    boolean isRecorded() {
        return body.path("operation").isTextual();
    }
}
