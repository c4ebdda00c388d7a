package dev.stampede.http.server;

/** What a request passes before the resources, in this order. */
enum FilterOrder {
    /** Gives the request its id, so that whatever goes wrong with it has one. */
    ARRIVAL,
    /** Refuses what no resource should ever see. */
    WELL_FORMED,
    /** Refuses all that comes too late, when the gateway shuts down. */
    DRAINING,
    /** Refuses writes past the bound, before their bodies are read. */
    OVERLOAD,
    /** Reads the body. */
    BODIES;

    /** Before all filters of the framework's own. */
    private static final int FIRST = 1_000_000;

    /** As the framework has it: the highest comes first. */
    int priority() {
        return FIRST - ordinal();
    }
}
