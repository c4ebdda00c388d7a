package dev.stampede.ceiling;

/** Told to whoever started the measurement, without a stack trace. */
final class Trouble extends RuntimeException {
    private static final long serialVersionUID = 1;

    Trouble(String message) {
        super(message);
    }
}
