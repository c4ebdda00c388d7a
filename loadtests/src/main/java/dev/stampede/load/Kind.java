package dev.stampede.load;

/** What a call that moves points does to an account, if it is carried out with n points. */
enum Kind {
    EARN("/earn", 1, 1),
    REDEEM("/redeem", -1, -1),
    HOLD("/holds", -1, 0),
    CAPTURE("/capture", 0, -1),
    VOID("/void", 1, 0);

    final String path;
    private final int available;
    private final int total;

    Kind(String path, int available, int total) {
        this.path = path;
        this.available = available;
        this.total = total;
    }

    /** The change of {@code available}. */
    long available(long points) {
        return available * points;
    }

    /** The change of {@code available} and {@code held} together, which a hold that runs out leaves alone. */
    long total(long points) {
        return total * points;
    }
}
