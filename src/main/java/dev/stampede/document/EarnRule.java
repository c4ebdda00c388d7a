package dev.stampede.document;

/** @param name for the member; the id if the document has no name */
public record EarnRule(String id, String name, Match match, Rate rate) {}
