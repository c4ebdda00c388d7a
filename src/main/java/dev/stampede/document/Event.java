package dev.stampede.document;

/** What sets off a promotion. */
public sealed interface Event {
    record Purchase() implements Event {}

    /** The account is opened. */
    record Enrol() implements Event {}

    /** A call names this action. */
    record Action(String action) implements Event {}

    /** The member reaches this level. */
    record TierReached(String tier) implements Event {}
}
