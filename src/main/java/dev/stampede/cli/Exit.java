package dev.stampede.cli;

/** What the exit code of a command means. */
public final class Exit {
    /** It was done, or it is so. */
    public static final int YES = 0;
    /** It was refused, or it is not so. */
    public static final int NO = 1;
    /** It could not be found out, or the command is wrong; nothing was done. */
    public static final int UNCLEAR = 2;
    /** It may have been done: repeat it with the same key. */
    public static final int UNKNOWN = 3;

    private Exit() {}
}
