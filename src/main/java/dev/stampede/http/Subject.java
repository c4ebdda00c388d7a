package dev.stampede.http;

/** By which the API's document sorts its calls: the tag of each. */
public final class Subject {
    public static final String ACCOUNTS = "Accounts";
    public static final String POINTS = "Points";
    public static final String HISTORY = "History";

    private Subject() {}
}
