package dev.stampede.embedded;

/** A reason not to start, in words for the operator: it is printed without a stack trace. */
public final class StartupTrouble extends RuntimeException {

    public StartupTrouble(String message) {
        super(message);
    }

    public StartupTrouble(String message, Throwable cause) {
        super(message, cause);
    }
}
