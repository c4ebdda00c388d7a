/**
 * Search: finds an account or an operation by what somebody has in hand. On connections of its own, so that a search is
 * never in the way of a till.
 */
@NullMarked
package dev.stampede.search;

import org.jspecify.annotations.NullMarked;
