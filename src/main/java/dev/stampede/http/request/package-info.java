/**
 * Reads a call in the published order of refusals: {@code Calls} the path, the query and the key, {@code Fields} the
 * strict JSON body. {@code Answers} does what a POST asks for, and says what became of it.
 */
package dev.stampede.http.request;
