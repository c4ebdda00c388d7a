package dev.stampede.console;

import dev.stampede.http.request.ApiCall;
import dev.stampede.http.request.IdempotencyKey;

/** A call of the API as a command line, with {@code $STAMPEDE_KEY} in place of the secret. */
final class Curl {
    private static final String NEXT = " \\\n  ";

    private Curl() {}

    /** @param gateway where it is, such as {@code http://localhost:8080} */
    static String of(ApiCall call, String gateway) {
        StringBuilder command = new StringBuilder("curl");
        if (!call.method().equals("GET")) {
            command.append(" -X ").append(call.method());
        }
        command.append(' ').append(quoted(gateway + call.target()));
        command.append(NEXT).append("-H \"Authorization: Bearer $STAMPEDE_KEY\"");
        if (call.key() != null) {
            command.append(NEXT).append("-H ").append(quoted(IdempotencyKey.HEADER + ": " + call.key()));
        }
        if (call.body() != null && !call.method().equals("DELETE")) {
            command.append(NEXT).append("-H 'Content-Type: application/json'");
            command.append(NEXT).append("--data-binary ").append(quoted(call.body()));
        }
        return command.toString();
    }

    private static String quoted(String text) {
        return "'" + text.replace("'", "'\\''") + "'";
    }
}
