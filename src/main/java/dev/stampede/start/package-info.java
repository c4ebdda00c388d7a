/**
 * Creates the gateway from the configuration, and starts it: {@code Main} checks the settings and starts the servers
 * that are not configured elsewhere; {@code GatewayStart} connects the write path and the programs. No
 * package may use this one.
 */
@NullMarked
package dev.stampede.start;

import org.jspecify.annotations.NullMarked;
