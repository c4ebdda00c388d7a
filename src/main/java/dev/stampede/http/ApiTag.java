package dev.stampede.http;

/** The tags by which the API's document groups its calls. */
public final class ApiTag {
    public static final String ACCOUNTS = "Accounts";
    public static final String POINTS = "Points";
    public static final String HISTORY = "History";
    public static final String PROGRAMS = "Programs";
    public static final String KEYS = "Keys";
    public static final String GATEWAYS = "Gateways";

    private ApiTag() {}
}
