package dev.stampede.cli;

import com.fasterxml.jackson.databind.JsonNode;
import org.jspecify.annotations.Nullable;

/** Ends a command with an exit code and a message, which never contains a secret. */
public final class Failure extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final int exitCode;
    private final transient @Nullable JsonNode problem;

    /** @param exitCode one of {@link Exit} */
    public Failure(int exitCode, String message) {
        this(exitCode, message, null);
    }

    /** @param problem what the gateway has answered; null if it was nothing that can be read */
    Failure(int exitCode, String message, @Nullable JsonNode problem) {
        super(message);
        this.exitCode = exitCode;
        this.problem = problem;
    }

    int exitCode() {
        return exitCode;
    }

    @Nullable
    JsonNode problem() {
        return problem;
    }
}
