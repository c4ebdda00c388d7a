package dev.stampede.load;

/** What became of a call, as far as its caller was told. */
enum Outcome {
    /** 2xx or 304. */
    OK,
    /** 404, 409, 410, 422: decided, and nothing moved. */
    DECLINED,
    /** 503 or 429 that says that nothing was done. */
    REFUSED,
    /** No answer, or one that leaves it open; to be cleared up by the key. */
    UNKNOWN,
    /** Was unknown, and the gateway said afterwards that there is no such operation. */
    ABSENT;

    static Outcome of(int status, String body) {
        return switch (status) {
            case 200, 201, 304 -> OK;
            case 404, 409, 410, 422 -> DECLINED;
            case 429 -> REFUSED;
            case 503 -> body.contains("\"overloaded\"") || body.contains("\"unavailable\"") ? REFUSED : UNKNOWN;
            default -> UNKNOWN;
        };
    }
}
