package dev.stampede.gateway;

import dev.stampede.support.TestGateway;

/** The sweep, when a test wants it and not when its time has come. */
public final class Sweep {
    private Sweep() {}

    /** Writes down what time has done to all accounts. */
    public static void now(Gateway gateway) {
        TestGateway.get(gateway.sweep().toCompletionStage().toCompletableFuture());
    }
}
