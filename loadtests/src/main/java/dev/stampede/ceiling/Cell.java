package dev.stampede.ceiling;

import java.util.List;
import java.util.stream.Stream;

/**
 * Something to load for a few seconds.
 *
 * @param app null if no JVM is loaded
 * @param beside the other gateways that are loaded with it
 */
record Cell(String name, App app, List<App> beside, Load load, Expected expected) {
    @FunctionalInterface
    interface Load {
        Measured run(int seconds) throws Exception;
    }

    Cell(String name, App app, Load load, Expected expected) {
        this(name, app, List.of(), load, expected);
    }

    /** Whose CPU counts as the server's. */
    Stream<App> apps() {
        return Stream.concat(Stream.ofNullable(app), beside.stream());
    }

    /** Where what it does can be counted. */
    String database() {
        return app == null ? Servers.ONE_TRANSACTION_DATABASE : app.database();
    }
}
