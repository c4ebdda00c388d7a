package dev.stampede.document;

/** What a limit or a budget counts. */
public enum CountedAs {
    USES,
    POINTS
}
