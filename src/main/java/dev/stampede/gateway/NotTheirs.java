package dev.stampede.gateway;

/** A void of a call that another principal has made. It has no stack trace: it is an answer, not a fault. */
public final class NotTheirs extends RuntimeException {
    NotTheirs() {
        super("The call was made by another principal.", null, false, false);
    }
}
