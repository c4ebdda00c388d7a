package dev.stampede.http;

/** In which order a request passes what comes before the resources: the highest first. */
final class FilterOrder {
    /** Gives the request its id, so that whatever goes wrong with it has one. */
    static final int REQUEST_ID = 1_000_000;
    /** Refuses what no resource should ever see. */
    static final int WELL_FORMED = 999_999;
    /** Refuses all that comes too late, when the gateway shuts down. */
    static final int DRAINING = 999_998;
    /** Refuses writes past the bound, before their bodies are read. */
    static final int OVERLOAD = 999_997;
    /** Reads the body. */
    static final int BODIES = 999_996;

    private FilterOrder() {}
}
