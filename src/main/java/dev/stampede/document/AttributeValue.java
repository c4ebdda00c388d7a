package dev.stampede.document;

/** A value that a condition asks for. */
public sealed interface AttributeValue {
    record Code(String value) implements AttributeValue {}

    record Flag(boolean value) implements AttributeValue {}
}
