/**
 * Makes the gateway out of the configuration, and starts it: {@code Main} checks the settings and starts the servers
 * that are not configured elsewhere; {@code GatewayStart} connects the write path and the programs. The only package
 * that knows them all; none knows it.
 */
package dev.stampede.start;
