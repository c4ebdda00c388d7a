/**
 * Pages for people: at {@code /console}, made on the server, with nothing of its own behind them, and at {@code /me}
 * the demo of a member's page. Whatever a page shows is the answer to a call of the API that its reader may make, and
 * whatever it does is such a call ({@link dev.stampede.http.request.ApiCalls}). Nobody calls this package.
 */
@NullMarked
package dev.stampede.console;

import org.jspecify.annotations.NullMarked;
