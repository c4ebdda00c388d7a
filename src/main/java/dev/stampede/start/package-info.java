/**
 * Creates the gateway from the configuration, and starts it: {@code Main} checks the settings and starts the servers
 * that are not configured elsewhere; {@code GatewayStart} connects the write path and the programs. This package
 * may use all others; none may use it.
 */
@NullMarked
package dev.stampede.start;

import org.jspecify.annotations.NullMarked;
