/**
 * What all calls have in common: how a request is read (path, key, strict JSON), how an answer is written, and the one
 * place where a code gets its HTTP status. Features use it; it knows the gateway and no feature.
 */
package dev.stampede.http;
