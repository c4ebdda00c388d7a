/**
 * A shop's real year through the gateway: every invoice of a file is earned over HTTP, some of it is redeemed, the
 * gateway is killed on the way, and in the end all accounts are compared with what the file says. The file is named by
 * whoever runs it; without one, generated invoices of the same shape are used.
 */
package dev.stampede.replay;
