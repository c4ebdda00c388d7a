package dev.stampede.document;

/** In which window a limit counts: within one operation, a calendar period of the programme's zone, or for ever. */
public enum Per {
    OPERATION,
    DAY,
    /** An ISO week. */
    WEEK,
    MONTH,
    YEAR,
    /** From one birthday of the member to the next; its key is the birthday's year. */
    BIRTHDAY,
    /** As long as the promotion or the reward exists. */
    PROMOTION
}
