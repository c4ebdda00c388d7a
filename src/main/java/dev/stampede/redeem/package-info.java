/** Paying with points at once. */
package dev.stampede.redeem;
