/**
 * The handling of every request before a feature sees it, in the order of {@code FilterOrder}: id, well-formedness,
 * drain at shutdown, overload, body. Also the served API document, readiness and the request metrics. No feature knows
 * this package.
 */
@NullMarked
package dev.stampede.http.server;

import org.jspecify.annotations.NullMarked;
