package dev.stampede.http.request;

/**
 * A request's body that was read and checked.
 *
 * @param value what it says
 * @param canonical compact JSON with sorted names: the same text for all bodies that mean the same
 */
public record Body<T extends Record>(T value, String canonical) {}
