package dev.stampede.http.server;

/** The filters that a request passes before the resources, in this order. */
enum FilterOrder {
    /** Gives the request its id: every error after this can name it. */
    ARRIVAL,
    /** Refuses requests for other hosts. */
    HOST,
    /** Finds out who calls, and refuses calls beyond the key's rate, and everything that he may not do. */
    GUARD,
    /** Refuses requests that no resource should see. */
    WELL_FORMED,
    /** Refuses late requests while the gateway shuts down. */
    DRAINING,
    /** Refuses writes beyond the limit, before their bodies are read. */
    OVERLOAD,
    /** Reads the body. */
    BODIES;

    /** Above the priorities of all filters of the framework. */
    private static final int FIRST = 1_000_000;

    /** The priority as the framework defines it: the highest comes first. */
    int priority() {
        return FIRST - ordinal();
    }
}
