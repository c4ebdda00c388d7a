/**
 * What all of HTTP shares: the id of a request, the headers of every answer, the settings. Each of the four jobs has
 * its own package: {@code server} handles a request before a feature sees it, {@code request} reads a call and answers
 * it, {@code view} renders operations and balances, and {@code problem} turns every error into problem+json. Features
 * use the last three.
 */
@NullMarked
package dev.stampede.http;

import org.jspecify.annotations.NullMarked;
