/**
 * What happens to every request before a feature sees it, in the order of {@code FilterOrder}: its id, what is not well
 * formed, the drain at the end, overload, the body. Also the served document, readiness and the request metrics. No
 * feature knows this package.
 */
package dev.stampede.http.server;
