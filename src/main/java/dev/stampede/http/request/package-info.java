/**
 * Reads a call in the published order of refusals: {@code CallReader} the path, the query and the key, {@code Fields}
 * the strict JSON body. {@code OperationResponder} does what a POST asks for, and says what became of it.
 */
@NullMarked
package dev.stampede.http.request;

import org.jspecify.annotations.NullMarked;
