/**
 * Codes at a till. Redemption codes of rewards: to look one up, and to use it up once. Member codes, something else: a
 * member's app makes one, and a till finds out whose it is.
 */
@NullMarked
package dev.stampede.codes;

import org.jspecify.annotations.NullMarked;
