/**
 * What all of HTTP shares: the id of a request, the headers of every answer, the settings. The four jobs have a package
 * each: {@code server} is what a request passes before a feature sees it, {@code request} reads a call and answers it,
 * {@code view} is how an operation and a balance are told, and {@code problem} turns all that goes wrong into
 * problem+json. Features use the last three.
 */
package dev.stampede.http;
